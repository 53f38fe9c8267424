"""Four households in five files: two that stay, one that stands for nobody, one of which nobody knows what it spent."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.clean.registers.rules import read_name_tables
from dampak.clean.survey.stage import clean_survey

ROOT = Path(__file__).resolve().parents[4]
NAMES = {name: pd.DataFrame(table) for name, table in read_name_tables(ROOT / "config/names").items()}
Settings = dict[str, Any]


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
    "territory": {"provinces": ["35"], "date": "2020-03-01"},
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


def clean(
    change: Callable[[Settings], None] | None = None, tables: dict[str, pd.DataFrame] | None = None
) -> dict[str, pd.DataFrame]:
    settings = copy.deepcopy(SETTINGS)
    if change is not None:
        change(settings)
    return clean_survey(tables or raw(), settings, name_tables=NAMES)


def reasons(found: dict[str, pd.DataFrame], file: str) -> dict[int, str]:
    """Row of a file -> why it is set aside."""
    mine = found["quarantine"][found["quarantine"]["source"] == f"survey.{file}"]
    return dict(zip(mine["row"], mine["reason"], strict=True))
