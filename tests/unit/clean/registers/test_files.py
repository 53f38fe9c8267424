"""What leaves the cleaning of a register file has hashes for NIK and KK, the same that the survey's roster has."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dampak.clean.registers.files import PARTS, clean_register_file, join_register_files, with_hashes
from dampak.errors import ConfigError
from tests.unit.clean.registers.conftest import NAMES
from tests.unit.clean.registers.lists import KAB_NAMES, cleaned, nik, person, spec, study, write_csv

ROOT = NAMES.parents[1]
KEY = b"k" * 16
HASH = re.compile(r"[0-9a-f]{24}")
AREAS = pd.DataFrame({"kab_code": [int(code) for code in KAB_NAMES], "area_name": list(KAB_NAMES.values())})
Clean = Callable[..., dict[str, pd.DataFrame]]

PKH = [
    person(1),
    person(2, nik=nik(2, born="410180")[:15]),
    person(3, kk=None),
    person(4, status="Meninggal Dunia"),
    person(1, no=5, amount="900.000"),
]
ASPD = [person(3, kk=nik(33, born="020315")), person(6), person(7, nik=None)]


@pytest.fixture
def clean(tmp_path: Path) -> Clean:
    """Write a list and clean it as the job of its file does."""

    def run(name: str, rows: list[list[Any]], *, key: bytes = KEY) -> dict[str, pd.DataFrame]:
        write_csv(tmp_path / f"{name}.csv", rows)
        source = spec(str(tmp_path / f"{name}.csv"), options={"delimiter": ";"})
        settings = {"register": name, "spec": source, "territory": {"provinces": ["35"], "date": "2020-03-01"}}
        return clean_register_file(settings, AREAS, base_dir=ROOT, key=key)

    return run


def joined(*parts: dict[str, pd.DataFrame], excludes: dict[str, list[str]]) -> dict[str, pd.DataFrame]:
    tables = {part: pd.concat([found[part] for found in parts], ignore_index=True) for part in PARTS}
    survey = {"survey_ledger": parts[0]["ledger"].iloc[:0], "survey_quarantine": parts[0]["quarantine"].iloc[:0]}
    names = {"pkh": "pkh", "aspd": "aspd"}
    return join_register_files(tables | survey, {"registers": names, "excludes": excludes, "path": "s.yaml"})


def numbers_of(rows: list[list[Any]]) -> set[str]:
    return {str(cell) for row in rows for cell in row[2:4] if cell is not None}


def test_no_nik_and_no_kk_number_leaves_a_job(clean: Clean) -> None:
    pkh, aspd = clean("pkh", PKH), clean("aspd", ASPD)
    for tables in (pkh, aspd, joined(pkh, aspd, excludes={"aspd": ["pkh"]})):
        for name, table in tables.items():
            text = table.to_csv()
            assert not [number for number in numbers_of([*PKH, *ASPD]) if number in text], name
            assert not re.search(r"(?<![0-9a-f])\d{15,16}(?![0-9a-f])", text), name
    for column in ("nik", "kk"):
        held = pd.concat([pkh["table"], aspd["table"]])[column].dropna()
        assert len(held) >= 4 and held.map(lambda text: bool(HASH.fullmatch(text))).all()


def test_a_number_that_cannot_be_read_has_no_hash(clean: Clean) -> None:
    table = clean("pkh", PKH)["table"].set_index("row")
    assert table.loc[2, "nik"] is None and table.loc[3, "kk"] is None
    assert table["nik"].notna().tolist() == [True, False, True]


def test_a_person_has_the_same_hash_in_survey_and_register_and_as_nik_another_than_as_kk(clean: Clean) -> None:
    roster = pd.DataFrame(
        {
            "household_id": [1, 1, 2],
            "nik": [nik(1, born="410180"), None, nik(6, born="410180")],
            "kk": [nik(1, born="020315"), nik(1, born="410180"), None],
        }
    )
    surveyed = with_hashes(roster, key=KEY)
    listed = pd.concat([clean("pkh", PKH)["table"], clean("aspd", ASPD)["table"]]).reset_index(drop=True)
    found = listed.merge(surveyed.dropna(subset="nik"), on="nik")
    assert found[["register", "row", "household_id"]].to_numpy().tolist() == [["pkh", 1, 1], ["aspd", 2, 2]]
    assert listed.loc[0, "kk"] == surveyed.loc[0, "kk"]
    assert surveyed.loc[1, "kk"] != surveyed.loc[0, "nik"]
    assert surveyed["nik"].isna().tolist() == [False, True, False]


def test_another_key_gives_other_hashes_and_a_short_one_none(clean: Clean) -> None:
    usual, other = (clean("pkh", PKH, key=key)["table"] for key in (KEY, b"K" * 16))
    assert not set(usual["nik"].dropna()) & set(other["nik"].dropna())
    pd.testing.assert_frame_equal(usual.drop(columns=["nik", "kk"]), other.drop(columns=["nik", "kk"]))
    with pytest.raises(ConfigError, match="has 15 bytes, at least 16"):
        clean("pkh", PKH, key=KEY[:-1])


def test_jobs_per_file_and_their_join_find_what_cleaning_all_at_once_does(clean: Clean, tmp_path: Path) -> None:
    by_file = joined(clean("pkh", PKH), clean("aspd", ASPD), excludes={"aspd": ["pkh"]})
    sources = {
        name: spec(f"{name}.csv", options={"delimiter": ";"}, excludes=excludes)
        for name, excludes in (("pkh", []), ("aspd", ["pkh"]))
    }
    at_once = cleaned(tmp_path, study(**sources))
    assert "double_aid" in set(by_file["quarantine"]["reason"])
    for part in ("ledger", "quarantine", "notes", "rupiah"):
        pd.testing.assert_frame_equal(by_file[part], at_once[part], check_dtype=False)
    pd.testing.assert_frame_equal(by_file["registers"], with_hashes(at_once["registers"], key=KEY), check_dtype=False)
    account = by_file["rupiah"]
    assert (account["in"] == account["kept"] + account["dropped"]).all()
