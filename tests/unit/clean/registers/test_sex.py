"""Sex is L or P, whatever a register calls it."""

import pandas as pd

from dampak.clean.registers.sex import read_sex


def test_every_code_is_read() -> None:
    men = ["L", "l", " L ", 1, 1.0, "1", "Laki-laki", "LAKI - LAKI", "Laki Laki", "LK", "pria", "1. Laki-laki"]
    women = ["P", "p", 2, 2.0, "2", "Perempuan", "PR", "Wanita", "2 - Perempuan"]
    found = read_sex(pd.Series([*men, *women], dtype=object))
    assert found["sex"].tolist() == ["L"] * len(men) + ["P"] * len(women)
    assert (found["problem"] == "").all()


def test_what_is_neither_has_a_reason() -> None:
    raw = pd.Series([None, "", "-", "3", 0, "X", "2. Laki-laki", "L/P"], dtype=object, index=range(2, 10))
    found = read_sex(raw)
    assert found["sex"].isna().all() and found.index.equals(raw.index)
    assert found["problem"].tolist() == ["sex_empty"] * 3 + ["sex_not_readable"] * 5
