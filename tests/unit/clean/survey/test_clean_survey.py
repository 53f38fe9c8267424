"""A survey in several files becomes households and persons, and every row of every file is accounted for."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.clean.registers.rules import read_name_tables
from dampak.clean.survey.stage import clean_survey
from dampak.errors import ConfigError, DataError

ROOT = Path(__file__).resolve().parents[4]
NAMES = {name: pd.DataFrame(table) for name, table in read_name_tables(ROOT / "config/names").items()}


def variable(column: str, kind: str = "integer", **more: Any) -> dict[str, Any]:
    return {
        "column": column,
        "type": kind,
        "codes": {},
        "missing_codes": [],
        "required": True,
        "personal": False,
        **more,
    }


def file(path: str, **variables: dict[str, Any]) -> dict[str, Any]:
    return {"path": path, "package": None, "options": {}, "codebook": {"missing_codes": [], "variables": variables}}


SETTINGS: dict[str, Any] = {
    "path": "config/studies/village.yaml",
    "territory": {"province": "35", "date": "2020-03-01"},
    "survey": {
        "household_id": "household_id",
        "person_number": "number",
        "kab_code": "province * 100 + kab",
        "households": file(
            "rt.csv",
            household_id=variable("RENUM"), province=variable("R101"), kab=variable("R102"), psu=variable("PSU"),
            weight=variable("FWT", "number"), floor=variable("R1808", "category", codes={"1": "tile", "8": "earth"}),
        ),
        "persons": file(
            "ind.csv",
            household_id=variable("RENUM"), number=variable("R401"), age=variable("R407"),
            male=variable("R405", "binary", codes={"1": 1, "2": 0}),
            relation=variable("R403", "category", codes={"1": "head", "3": "child"}),
        ),
        "expenditure": file("b43.csv", household_id=variable("RENUM"), consumption=variable("KAPITA", "number")),
        "identities": file(
            "id.csv",
            household_id=variable("RENUM"), number=variable("R401"), kecamatan=variable("KEC"),
            name=variable("NAMA", "text", personal=True), nik=variable("NIK", "text", personal=True),
            kk=variable("NO_KK", "text", personal=True), birth_date=variable("TGL", "date", personal=True),
        ),
        "areas": file("wilayah.csv", kab_code=variable("kab_code"), line=variable("line", "number")),
    },
    "aggregates": {
        "children": {"count": "age < 18"},
        "old": {"any": "age >= 60"},
        "head_age": {"of": "age", "where": "relation == 'head'", "take": "first"},
        "oldest": {"of": "age", "take": "max"},
        "mean_age": {"of": "age", "take": "mean"},
    },
    "household_variables": [
        {"name": "earth_floor", "expression": "floor == 'earth'"},
        {"name": "poor", "expression": "consumption < line"},
    ],
    "person_variables": [{"name": "child", "expression": "age < 18"}],
    "design": {"weight": "weight", "strata": None, "psu": "psu", "population": None, "lonely": "average"},
    "split": {
        "households": {"design": ["weight", "psu", "children", "old", "head_age", "oldest", "mean_age", "earth_floor"],
                       "outcomes": ["poor", "consumption"]},
        "persons": {"design": ["age", "child"], "outcomes": ["male"]},
    },
}  # fmt: skip


def raw() -> dict[str, pd.DataFrame]:
    households = pd.DataFrame(
        {"RENUM": ["2", "1", "3", "4"], "R101": "35", "R102": ["1", "1", "27", "27"], "PSU": "7",
         "FWT": ["10.5", "20", "0", "12"], "R1808": ["1", "8", "1", "8"]}
    )  # fmt: skip
    persons = pd.DataFrame(
        {"RENUM": ["1", "1", "2", "3", "4", "9"], "R401": ["1", "2", "1", "1", "1", "1"],
         "R407": ["40", "7", "66", "30", "31", "5"], "R405": ["1", "2", "2", "1", "1", "1"],
         "R403": ["1", "3", "1", "1", "1", "1"]}
    )  # fmt: skip
    spending = pd.DataFrame({"RENUM": ["1", "2", "3", "8"], "KAPITA": ["300000", "900000", "1", "1"]})
    identities = pd.DataFrame(
        {"RENUM": ["1", "1", "2", "1"], "R401": ["1", "2", "1", "5"], "KEC": "3501010",
         "NAMA": ["MOCH. ALI", "SITI AMINAH", "", "X"], "NIK": ["3501010101800001", "3501014", "", ""],
         "NO_KK": ["3501010101100001", "", "", ""], "TGL": ["1980-01-01", "07/02/2013", "", ""]}
    )  # fmt: skip
    areas = pd.DataFrame({"kab_code": ["3501", "3527"], "line": ["400000", "350000"]})
    files = {"households": households, "persons": persons, "expenditure": spending, "identities": identities}
    return files | {"areas": areas}


def clean(change: Any = None, tables: dict[str, pd.DataFrame] | None = None) -> dict[str, pd.DataFrame]:
    settings = copy.deepcopy(SETTINGS)
    if change is not None:
        change(settings)
    return clean_survey(tables or raw(), settings, name_tables=NAMES)


def test_households_get_what_their_persons_files_and_area_say() -> None:
    found = clean()
    one, two = found["households"].to_dict("records")
    assert (one["household_id"], one["kab_code"], one["children"], one["old"], one["head_age"]) == (1, 3501, 1, 0, 40)
    assert (one["oldest"], one["mean_age"], one["earth_floor"]) == (40, 23.5, 1)
    assert (two["household_id"], two["children"], two["old"], two["mean_age"]) == (2, 0, 1, 66)
    assert found["household_outcomes"]["poor"].tolist() == [1.0, 0.0]
    assert found["persons"]["child"].tolist() == [0.0, 1.0, 0.0]


def test_no_outcome_is_among_the_tables_that_matching_is_handed() -> None:
    found = clean()
    assert not {"poor", "consumption"} & set(found["households"].columns)
    assert "male" not in found["persons"].columns and "male" in found["person_outcomes"].columns
    assert found["person_outcomes"][["household_id", "number"]].equals(found["persons"][["household_id", "number"]])


def test_every_row_of_every_file_is_kept_or_set_aside_with_a_reason() -> None:
    found = clean()
    ledger, quarantine = found["ledger"], found["quarantine"]
    assert (ledger["rows_kept"] + ledger["rows_dropped"] == ledger["rows_in"]).all()
    for name, table in raw().items():
        mine = ledger[ledger["source"] == f"survey.{name}"]
        assert mine["rows_in"].iloc[0] == len(table)
        assert mine["rows_dropped"].sum() == (quarantine["source"] == f"survey.{name}").sum()
    reasons = set(zip(quarantine["source"], quarantine["row"], quarantine["reason"], strict=True))
    assert reasons == {
        ("survey.households", 3, "zero_weight"),
        ("survey.households", 4, "no_expenditure"),
        ("survey.persons", 4, "household_set_aside"),
        ("survey.persons", 5, "household_set_aside"),
        ("survey.persons", 6, "no_household"),
        ("survey.expenditure", 3, "household_set_aside"),
        ("survey.expenditure", 4, "no_household"),
        ("survey.identities", 4, "no_person"),
    }


def test_the_roster_reads_names_numbers_and_dates_as_registers_do() -> None:
    roster = clean()["roster"]
    assert roster["name"].tolist()[0] == "MUHAMMAD ALI"
    assert roster["nik"].tolist() == ["3501010101800001", None, None]
    assert roster["birth_date"].tolist() == ["1980-01-01", "2013-02-07", None]
    assert roster["sex"].tolist() == ["L", "P", "P"] and roster["kecamatan"].tolist() == [3501010] * 3


def test_repeated_numbers_are_set_aside_after_the_first() -> None:
    tables = raw()
    tables["persons"] = pd.concat([tables["persons"], tables["persons"].iloc[:1]], ignore_index=True)
    found = clean(tables=tables)
    assert len(found["persons"]) == 3
    assert "duplicate_key" in set(found["quarantine"]["reason"])


@pytest.mark.parametrize(
    ("table", "column", "value", "says"),
    [
        ("households", "FWT", "0", "no household has a survey weight above 0"),
        ("households", "FWT", "-1", "the survey weight is negative in row 1"),
        ("households", "R101", "33", "they are of province 33; name the survey of the right province"),
        ("expenditure", "RENUM", "77", "none of its households is in rt.csv"),
    ],
)
def test_files_that_do_not_fit_get_a_sentence(table: str, column: str, value: str, says: str) -> None:
    tables = raw()
    tables[table] = tables[table].assign(**{column: value})
    if table == "expenditure":
        tables[table] = tables[table].iloc[:1]
    with pytest.raises(DataError, match=says):
        clean(tables=tables)


def test_the_codebook_of_another_year_names_the_column_that_is_not_there() -> None:
    def other_year(settings: dict[str, Any]) -> None:
        settings["survey"]["persons"]["codebook"]["variables"]["age"]["column"] = "R408"

    with pytest.raises(DataError, match=r"survey\.persons: ind\.csv has no column 'R408'.*did you mean|closest|R407"):
        clean(other_year)


def test_a_household_number_that_is_text_is_refused_before_zeros_are_lost() -> None:
    def text(settings: dict[str, Any]) -> None:
        settings["survey"]["persons"]["codebook"]["variables"]["household_id"]["type"] = "text"

    with pytest.raises(ConfigError, match="no whole number 'household_id'"):
        clean(text)


def test_the_order_of_rows_in_the_files_changes_nothing() -> None:
    tables = raw()
    shuffled = {name: table.iloc[::-1].reset_index(drop=True) for name, table in tables.items()}
    ours, theirs = clean(), clean(tables=shuffled)
    for name in ("households", "persons", "household_outcomes", "person_outcomes", "roster"):
        pd.testing.assert_frame_equal(ours[name], theirs[name])
    assert np.isfinite(ours["households"]["weight"]).all()
