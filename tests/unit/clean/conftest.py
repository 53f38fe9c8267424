"""A small study in the shape that the validated configuration has, and its raw table."""

import copy
from typing import Any

import pandas as pd
import pytest

CODEBOOK: dict[str, Any] = {
    "title": "A village survey",
    "encoding": None,
    "missing_codes": [-9],
    "variables": {
        "hh": {"column": "IDRT", "type": "text"},
        "nik": {"column": "NIK", "type": "text", "personal": True, "required": False},
        "treat": {"column": "PKH", "type": "binary", "codes": {"1": 1, "2": 0}},
        "size": {"column": "R301", "type": "integer", "range": [1, 30]},
        "food": {"column": "FOOD", "type": "number", "range": [0, None], "factor": 1000.0},
        "region": {"column": "R105", "type": "category", "codes": {"1": "urban", "2": "rural"}},
        "weight": {"column": "FWT", "type": "number"},
        "psu": {"column": "PSU", "type": "text"},
        "work": {"column": "WORK", "type": "number", "missing_codes": ["TT"]},
    },
}

SETTINGS: dict[str, Any] = {
    "path": "config/studies/village.yaml",
    "sources": {
        "survey": {
            "path": "data/village.csv",
            "package": None,
            "file": None,
            "reader": None,
            "options": {},
            "codebook": CODEBOOK,
            "keep": None,
        }
    },
    "unit_id": "content",
    "treatment": {"column": "treat", "treated": 1, "comparison": 0, "name": "treat", "label": "PKH"},
    "covariates": [
        {"name": "size", "expression": None},
        {"name": "food", "expression": None},
        {"name": "rural", "expression": "region == 'rural'"},
    ],
    "outcomes": [{"name": "work", "expression": None}],
    "placebo_outcomes": [{"outcome": "food", "without": ["food"]}],
    "exact": [],
    "design": {"weight": None, "strata": None, "psu": None},
}


@pytest.fixture
def settings() -> dict[str, Any]:
    return copy.deepcopy(SETTINGS)


@pytest.fixture
def raw() -> pd.DataFrame:
    """Eight households as a CSV reader returns them: all text."""
    return pd.DataFrame(
        {
            "IDRT": ["001", "002", "003", "004", "005", "006", "007", "008"],
            "NIK": [f"357801010190000{i}" for i in range(8)],
            "PKH": ["1", "2", "1", "2", "1", "2", "1", "2"],
            "R301": ["4", "5", "3", "4", "6", "2", "4", "5"],
            "FOOD": ["1.5", "2", "0.25", "1", "3", "2.5", "1", "4"],
            "R105": ["1", "2", "1", "2", "2", "1", "1", "2"],
            "FWT": ["10.5", "12", "9", "11", "10", "8", "7.5", "13"],
            "PSU": ["01", "01", "02", "02", "03", "03", "04", "04"],
            "WORK": ["40", "35", "20", "42", "38", "41", "0", "36"],
        },
        dtype=object,
    )
