"""The stage: with links beyond doubt it is the effects stage; with doubtful ones the errors grow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.linkage_error.effects import linkage_effects
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES, effects_stage
from dampak.match.stage import match_stage, score_stage
from tests.settings import DEFAULTS, method

N = 400
SETTINGS: dict[str, Any] = DEFAULTS | {
    "treatment": {"column": "pkh", "treated": 1, "comparison": 0, "name": "pkh", "label": "PKH"},
    "covariates": [{"name": "age", "expression": None}, {"name": "size", "expression": None}],
    "outcomes": [{"name": "food", "expression": None}, {"name": "school", "expression": None}],
    "placebo_outcomes": [],
    "support": {"rule": "none", "trim": 0.1},
    "exact": [],
    "estimands": ["att"],
    "methods": [method("entropy_balancing"), method("ipw"), method("nearest_1")],
    "headline": "ipw",
    "alpha": 0.05,
}


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(2)
    ids = [f"h{i:03d}" for i in rng.permutation(N)]
    age, size = rng.normal(45, 10, N), rng.normal(4, 1, N)
    treatment = rng.random(N) < 1 / (1 + np.exp(1 - 0.5 * (size - 4)))
    design = pd.DataFrame(
        {
            "unit_id": ids,
            "treatment": treatment.astype("int8"),
            "survey_weight": rng.uniform(1, 2, N),
            "psu": np.arange(N) // 10,
            "age": age,
            "size": size,
        }
    )
    food = 2.0 * treatment + 0.1 * age + rng.normal(0, 1, N)
    return design, pd.DataFrame({"unit_id": ids, "food": food, "school": (food > 5).astype(float)})


def test_links_beyond_doubt_give_the_rows_of_the_effects_stage(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    design, outcomes = tables
    known = design["treatment"].to_numpy(dtype=float)
    found = linkage_effects(design.assign(treatment=0), outcomes, known, SETTINGS)
    scores = score_stage(design, SETTINGS)["scores"]
    matched = match_stage(design, scores, SETTINGS)
    expected = effects_stage(design, outcomes, scores, matched["pairs"], matched["weights"], SETTINGS)["effects"]
    values = [value for value in EFFECT_VALUES if value != "p_adjusted"]
    pd.testing.assert_frame_equal(
        found[EFFECT_KEYS + values], expected[EFFECT_KEYS + values], check_dtype=False, check_exact=True
    )
    assert (found["fraction_missing"] == 0).all() and (found["n_doubtful"] == 0).all()


def test_doubtful_links_widen_the_interval_and_are_counted(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    design, outcomes = tables
    known = design["treatment"].to_numpy(dtype=float)
    doubtful = np.random.default_rng(3).random(N) < 0.25
    p = np.where(doubtful, 0.5, known)
    found = linkage_effects(design, outcomes, p, SETTINGS, imputations=5, only=["food"])
    assert set(found["outcome"]) == {"food"} and len(found) == 3
    assert found["fraction_missing"].between(0, 1, inclusive="neither").all()
    assert found["n_doubtful"].between(1, doubtful.sum()).all()
    assert ((found["ci_low"] < 2) & (found["ci_high"] > 2)).all() and (found["ci_low"] > 0).all()
    pd.testing.assert_frame_equal(found, linkage_effects(design, outcomes, p, SETTINGS, imputations=5, only=["food"]))
