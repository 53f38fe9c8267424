"""Tables have stable bytes and come back as they went."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.provenance.tables import as_numbers, read_table, round_significant, write_table


@given(st.one_of(st.just(0.0), st.floats(1e-290, 1e290), st.floats(-1e290, -1e-290)))
def test_rounding_keeps_ten_significant_digits(value: float) -> None:
    rounded = float(round_significant(np.array([value]))[0])
    assert math.isclose(rounded, value, rel_tol=5.0001e-10, abs_tol=0)
    assert float(round_significant(np.array([rounded]))[0]) == rounded


def test_csv_has_one_header_line_unix_ends_and_ten_digits(tmp_path: Path) -> None:
    frame = pd.DataFrame({"key": ["a", "é"], "value": [1 / 3, math.inf], "n": [1, 2], "gap": [math.nan, -0.0]})
    write_table(frame, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == "key,value,n,gap\na,0.3333333333,1,\né,inf,2,0\n".encode()


def test_a_table_comes_back_with_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame({"key": ["all", "none"], "value": [0.5, math.nan], "n": [1, 2], "text": ["", "NA"]})
    write_table(frame, tmp_path / "t.csv")
    back = read_table(tmp_path / "t.csv")
    assert back["key"].tolist() == ["all", "none"]
    assert back["n"].tolist() == [1, 2]
    assert back["text"].tolist() == ["", "NA"]
    assert back["value"].iloc[0] == 0.5 and math.isnan(back["value"].iloc[1])


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    from dampak.provenance.writing import write_atomically

    def fail(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        write_atomically(tmp_path / "t.csv", fail)
    assert list(tmp_path.iterdir()) == []


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tables are"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.xlsx")


def test_a_column_of_numbers_that_is_empty_throughout_is_one_of_missing_numbers(tmp_path: Path) -> None:
    write_table(pd.DataFrame({"area": ["35"], "pooled": [math.nan], "note": [""]}), tmp_path / "t.csv")
    table = as_numbers(read_table(tmp_path / "t.csv"), ["pooled", "absent"])
    assert table["pooled"].dtype == float and table["pooled"].isna().all()
    assert table["note"].tolist() == [""] and list(table) == ["area", "pooled", "note"]
