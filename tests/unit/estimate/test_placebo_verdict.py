"""The placebo gate and the verdict on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.placebo import failures, placebo_table
from dampak.estimate.verdict import number, probability, verdict_on


def effects_table(*, p_placebo: float, estimate: float = 5.0, p_adjusted: float = 0.001) -> pd.DataFrame:
    shared = {
        "treatment": "pkh",
        "comparison": "none",
        "subgroup": "all",
        "estimand": "att",
        "std_error": 1.0,
    }
    bounds = {"ci_low": estimate - 2, "ci_high": estimate + 2}
    real = {"outcome": "school", "estimate": estimate, "p_value": p_adjusted, "p_adjusted": p_adjusted}
    placebo = {"outcome": "birth", "estimate": 0.4, "p_value": p_placebo, "p_adjusted": np.nan}
    return pd.DataFrame(
        [{**shared, **bounds, "method": m, **row} for m in ("ipw", "regression") for row in (real, placebo)]
    )


def verdict(effects: pd.DataFrame, *, smd: float = 0.02) -> tuple[str, str]:
    balance = pd.DataFrame(
        {"treatment": "pkh", "method": "ipw", "covariate": ["age", "propensity"], "smd_after": [smd, 0.9]}
    )
    placebo = placebo_table(effects, placebo_outcomes=["birth"], alpha=0.05)
    judged = verdict_on(
        "school",
        effects=effects,
        placebo=placebo,
        balance=balance,
        headline="ipw",
        estimand="att",
        alpha=0.05,
    )
    return judged.verdict, judged.reasons


@pytest.mark.parametrize(
    ("estimate", "p_adjusted", "expected"),
    [
        (5.0, 0.001, "positive"),
        (-5.0, 0.001, "negative"),
        (5.0, 0.2, "no_evidence"),
        (-5.0, 0.05, "no_evidence"),
    ],
)
def test_the_verdict_is_the_sign_of_a_significant_headline_effect(
    estimate: float, p_adjusted: float, expected: str
) -> None:
    assert verdict(effects_table(p_placebo=0.5, estimate=estimate, p_adjusted=p_adjusted))[0] == expected


def test_a_failed_placebo_overrules_a_significant_effect_and_is_named_with_its_numbers() -> None:
    name, reasons = verdict(effects_table(p_placebo=0.0301))
    assert name == "not_credible"
    assert "0.4 (p = 0.030) on birth" in reasons


def test_imbalance_is_noted_but_the_score_itself_is_not_a_covariate() -> None:
    assert "exceeds 0.1 for age (-0.350)" in verdict(effects_table(p_placebo=0.5), smd=-0.35)[1]
    assert "Note:" not in verdict(effects_table(p_placebo=0.5))[1]


def test_without_a_placebo_the_reader_is_told_that_nothing_was_tested() -> None:
    effects = effects_table(p_placebo=0.5)
    effects = effects[effects["outcome"] == "school"]
    name, reasons = verdict(effects)
    assert name == "positive"
    assert "No placebo outcome was declared" in reasons


def test_the_gate_names_only_the_failures_of_the_method_asked_for() -> None:
    effects = effects_table(p_placebo=0.01)
    effects.loc[(effects["method"] == "ipw") & (effects["outcome"] == "birth"), "p_value"] = 0.6
    placebo = placebo_table(effects, placebo_outcomes=["birth"], alpha=0.05)
    assert failures(placebo, method="ipw", estimand="att").empty
    assert failures(placebo, method="regression", estimand="att")["status"].tolist() == ["failed"]


def test_numbers_in_sentences_are_short() -> None:
    assert (number(1794.3423), number(-0.01234), number(0.0)) == ("1,794.34", "-0.0123", "0")
    assert (probability(0.0004), probability(0.0412)) == ("p < 0.001", "p = 0.041")
