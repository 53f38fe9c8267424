"""Remarks of field officers are read as the reasons of the official lists."""

import pandas as pd
import pytest

from dampak.clean.registers.drop_reasons import drop_reasons, remark_reasons
from dampak.errors import ConfigError
from tests.unit.clean.registers.conftest import NAMES


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.read_csv(NAMES / "drop_reasons.csv", dtype=str)


def test_official_terms_are_read_in_any_case(table: pd.DataFrame) -> None:
    remarks = pd.Series(["Meninggal Dunia", "PINDAH ALAMAT", " pindah alamat tidak diketahui.", "data duplikasi",
                         "Mampu Ekonomi", "-", None, "meninggal kemarin"], index=range(3, 11))  # fmt: skip
    found = remark_reasons(remarks, drop_reasons(table))
    assert found.tolist() == ["deceased", "moved", "moved_unknown", "duplicate_nik", "well_off", "", "", ""]
    assert found.index.equals(remarks.index)


def test_every_official_term_is_understood(table: pd.DataFrame) -> None:
    reasons = drop_reasons(table)
    assert (remark_reasons(reasons["official"], reasons) != "").all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda table: table.drop(columns="official"), "reasons.csv has no column 'official'"),
        (lambda table: pd.concat([table, table[:1]]), "reasons.csv: 'duplicate_nik' has no reason of its own"),
        (lambda table: table.assign(official=""), "reasons.csv: 'duplicate_nik' has no official of its own"),
    ],
)
def test_a_faulty_table_gets_a_sentence(table: pd.DataFrame, change, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match=sentence):
        drop_reasons(change(table), where="reasons.csv")
