"""Tables of the shape that the pipeline hands to the figures: LDW-CPS1 as published, the rest made up to match."""

import math
from typing import Any

import numpy as np
import pandas as pd

# Estimate and standard error; Imbens & Xu (2024), tables B1 and B2, where two decimals are given.
RE78_CPS = {
    "difference_in_means": (-8497.52, 581.92),
    "regression": (1066.38, 626.85),
    "oaxaca_blinder": (1133.28, 624.26),
    "nearest_1_caliper": (1580.0, 905.0),
    "nearest_5_bias_adjusted": (1729.12, 815.38),
    "ipw_m_estimation": (1377.12, 660.0),
    "entropy_balancing": (1406.30, 654.93),
}
RE75_CPS = {
    "difference_in_means": (-12118.0, 250.0),
    "regression": (-1134.82, 272.44),
    "oaxaca_blinder": (-1096.0, 260.0),
    "nearest_1_caliper": (-870.0, 500.0),
    "nearest_5_bias_adjusted": (-1465.93, 351.78),
    "ipw_m_estimation": (-1190.0, 275.0),
    "entropy_balancing": (-1228.0, 268.0),
}
EXPERIMENT = {"difference_in_means": (1794.34, 670.82)}
FAMILIES = {"ipw_m_estimation": "ipw"}


def effect_rows(outcome: str, estimates: dict[str, tuple[float, float]], **columns: Any) -> pd.DataFrame:
    """Rows of effects.csv; intervals at 1.96 standard errors."""
    rows = []
    for method, (estimate, error) in estimates.items():
        few = method == "nearest_1_caliper"
        rows.append(
            {
                "treatment": "treat",
                "comparison": "none",
                "outcome": outcome,
                "subgroup": "all",
                "estimand": "att",
                "method": method,
                "estimate": estimate,
                "std_error": error,
                "ci_low": estimate - 1.96 * error,
                "ci_high": estimate + 1.96 * error,
                "p_value": math.erfc(abs(estimate / error) / math.sqrt(2)),
                "n_treated": 177 if few else 185,
                "n_comparison": 177 if few else 15992,
            }
            | columns
        )
    return pd.DataFrame(rows)


def cps_effects() -> pd.DataFrame:
    return pd.concat([effect_rows("re78", RE78_CPS), effect_rows("re75", RE75_CPS)], ignore_index=True)


def experiment_effects() -> pd.DataFrame:
    return effect_rows("re78", EXPERIMENT, n_comparison=260)


def placebo_rows(outcome: str, estimates: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Rows of placebo.csv, judged at five per cent."""
    rows = effect_rows(outcome, estimates)
    return rows.assign(status=np.where(rows["p_value"] < 0.05, "failed", "passed"))


def balance_rows(before: dict[str, float], after: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Rows of balance.csv: {covariate: gap} before, {method: {covariate: gap}} after."""
    return pd.DataFrame(
        [
            {"treatment": "treat", "method": method, "covariate": c, "smd_before": before[c], "smd_after": gaps[c]}
            for method, gaps in after.items()
            for c in before
        ]
    )


def cps_balance() -> pd.DataFrame:
    before = {"age": -1.04, "black": 2.11, "hisp": -0.05, "re74": -2.44, "re75": -3.76, "u74": 1.29, "propensity": 2.9}
    near = {c: 0.04 * math.sin(i + 1) for i, c in enumerate(before)}
    return balance_rows(
        before,
        {
            "difference_in_means": before,
            "nearest_5_bias_adjusted": near,
            "entropy_balancing": dict.fromkeys(before, 0.0),
        },
    )


def scored(treated: np.ndarray, comparison: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """design.parquet and scores.parquet for given linear propensities; support by the range of both groups."""
    linear = np.concatenate([treated, comparison])
    low, high = max(treated.min(), comparison.min()), min(treated.max(), comparison.max())
    ids = [f"u{i:06d}" for i in range(len(linear))]
    design = pd.DataFrame({"unit_id": ids, "treatment": np.repeat([1, 0], [len(treated), len(comparison)])})
    inside = (linear >= low) & (linear <= high)
    scores = pd.DataFrame(
        {
            "specification": "main",
            "unit_id": ids,
            "propensity": 1 / (1 + np.exp(-linear)),
            "linear_propensity": linear,
            "in_support": inside,
            "support_reason": np.where(inside, "kept", "outside"),
        }
    )
    return design.assign(survey_weight=1.0), scores


def cps_scores() -> tuple[pd.DataFrame, pd.DataFrame]:
    draw = np.random.default_rng(1986)
    return scored(draw.normal(-1.3, 1.4, 185), draw.normal(-8.0, 2.3, 15992))


def settings(**changes: Any) -> dict[str, Any]:
    """Leaves of the study nsw_cps."""
    dollars = "1982 US dollars per year"
    return {
        "title": "National Supported Work trainees against the Current Population Survey",
        "treatment": {"label": "NSW job training"},
        "language": "en",
        "labels": {
            "age": {"label": "Age", "unit": "years"},
            "black": {"label": "Black", "unit": ""},
            "hisp": {"label": "Hispanic", "unit": ""},
            "re74": {"label": "Earnings 1974", "unit": dollars},
            "re75": {"label": "Earnings 1975", "unit": dollars},
            "re78": {"label": "Earnings 1978", "unit": dollars},
        },
        "citations": ["LaLonde, R. (1986). American Economic Review 76 (4), 604-620."],
        "covariates": [{"name": "age", "expression": None}, {"name": "u74", "expression": "re74 == 0"}],
        "outcomes": [{"name": "re78", "expression": None}],
        "methods": [{"label": label, "method": FAMILIES.get(label, label)} for label in RE78_CPS],
        "headline": "nearest_5_bias_adjusted",
        "benchmark": {"study": "nsw_experiment", "method": "difference_in_means"},
        "support": {"rule": "minmax"},
        "alpha": 0.05,
    } | changes
