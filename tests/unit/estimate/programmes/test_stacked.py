"""The tables of a study stand below each other in an order of their own, published effects beside ours."""

from typing import Any

import pandas as pd

from dampak.estimate.programmes.areas import AREA_COLUMNS
from dampak.estimate.programmes.stacked import PUBLISHED_COLUMNS, stacked_tables
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES
from dampak.match.balance_stage import BALANCE_KEYS
from dampak.match.programmes.stage import PROBLEM_COLUMNS

SETTINGS: dict[str, Any] = {
    "universes": {
        "children": {"of": "persons", "placebo_outcomes": []},
        "households": {"of": "households", "placebo_outcomes": ["land"]},
    },
    "treatments": {"pkh": {}, "bpnt": {}},
    "headline": "eb",
    "alpha": 0.05,
}


def effect(treatment: str, outcome: str, method: str, estimate: float, subgroup: str = "all") -> dict[str, Any]:
    keys = dict(zip(EFFECT_KEYS, (treatment, "none", outcome, subgroup, "att", method), strict=True))
    return keys | dict.fromkeys(EFFECT_VALUES, 0.5) | {"estimate": estimate, "std_error": 0.1, "p_value": 0.01}


def published(treatment: str, outcome: str) -> dict[str, Any]:
    return dict.fromkeys(PUBLISHED_COLUMNS, "x") | {"treatment": treatment, "outcome": outcome, "estimate": 0.07}


def test_tables_are_stacked_in_stable_order_with_published_effects_beside_ours() -> None:
    effects = [
        effect("pkh", "food", "eb", 0.2), effect("pkh", "food", "ipw", 9.0), effect("pkh", "food", "eb", 8.0, "rural"),
        effect("pkh", "land", "eb", 0.3), effect("bpnt", "food", "eb", 0.4),
    ]  # fmt: skip
    support = pd.DataFrame(
        [("pkh", universe, reason, 3, 4, 5.0) for universe in ("children", "households") for reason in ("old", "kept")],
        columns=["treatment", "universe", "reason", "n_treated", "n_comparison", "weight_treated"],
    )
    tables = {
        "effects": pd.DataFrame(effects),
        "areas": pd.DataFrame([["pkh", "food", code, *[0.1] * 10] for code in ("3502", "3501")], columns=AREA_COLUMNS),
        "problems": pd.DataFrame([["pkh", "households", "all", "eb", "why"]], columns=PROBLEM_COLUMNS),
        "balance": pd.DataFrame([["pkh", "eb", "age"], ["bpnt", "eb", "age"]], columns=BALANCE_KEYS),
        "imbalance": pd.DataFrame(columns=["treatment", "universe", "scope", "method", "covariate", "smd_after"]),
        "support": support,
        "published": pd.DataFrame([published("pkh", "food"), published("pkh", "school"), published("pip", "food")]),
    }
    found = stacked_tables(tables, SETTINGS)
    keys = found["effects"][EFFECT_KEYS].to_numpy().tolist()
    assert keys == sorted(keys) and len(keys) == 5
    assert found["areas"]["area"].tolist() == ["3501", "3502"]
    assert found["balance"]["treatment"].tolist() == ["bpnt", "pkh"]
    assert found["placebo"]["outcome"].tolist() == ["land"]
    # Units left out are told of households, whose universe need not come first.
    assert found["support"][["treatment", "reason"]].to_numpy().tolist() == [["pkh", "kept"], ["pkh", "old"]]
    ours = found["published"].set_index(["treatment", "outcome"])[["ours", "ours_std_error"]]
    assert ours.index.tolist() == [("pkh", "food"), ("pkh", "school")]
    assert ours.loc[("pkh", "food")].tolist() == [0.2, 0.1]
    assert ours.loc[("pkh", "school")].isna().all()
