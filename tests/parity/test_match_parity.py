"""Pairs and weights made by the stages of `dampak.match` meet the published numbers on LaLonde's data.

Sources. Imbens, G. and Xu, Y. (2024), "LaLonde (1986) after Nearly Four Decades: Lessons Learned", arXiv 2406.00827,
tutorial Tables B1 (outcome re78) and B2 (outcome re75); rows marked "recomputed" were recomputed from the same data,
because the source prints fewer digits or converges less. Tolerance: the printed cent, or the relative one stated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.neighbours import nearest_neighbours
from dampak.match.balance_stage import balance_stage
from dampak.match.stage import match_stage, score_stage
from dampak.match.weighting import effective_sample_size
from tests.settings import DEFAULTS, method

from .public_data import MAIN, PLACEBO, earnings
from .test_ldw_parity import CENT, logit

SETTINGS: dict[str, Any] = DEFAULTS | {
    "treatment": {"name": "treat"},
    "covariates": [{"name": name, "expression": None} for name in MAIN],
    "placebo_outcomes": [{"outcome": "re75", "without": ["re75", "u75"]}],
    "exact": [],
    "estimands": ["att"],
    "support": {"rule": "minmax", "trim": 0.1},
    "methods": [
        method("nearest_1", distance="scaled_euclidean", replace=True),
        method("nearest_5_bias_adjusted"),
        method("ipw"),
        method("entropy_balancing"),
    ],
}


@pytest.fixture(scope="module")
def matched() -> dict[str, dict[str, pd.DataFrame]]:
    done = {}
    for name in ("exp", "cps"):
        table = earnings(name).table
        ids = [f"u{i:05d}" for i in range(len(table))]
        design = table[MAIN].assign(unit_id=ids, treatment=table["treat"].astype("int8"), survey_weight=1.0)
        scores = score_stage(design, SETTINGS)["scores"]
        found = match_stage(design, scores, SETTINGS)
        balance = balance_stage(design, scores, found["weights"], SETTINGS)
        done[name] = {"data": table.assign(unit_id=ids), "scores": scores} | found | balance
    return done


def weights(done: dict[str, pd.DataFrame], method: str) -> np.ndarray:
    table = done["weights"]
    rows = table[(table["specification"] == "main") & (table["method"] == method)]
    return rows.set_index("unit_id").loc[done["data"]["unit_id"], "weight"].to_numpy()


@pytest.mark.parametrize(
    ("data", "outcome", "method", "estimate", "std_error", "tolerance"),
    [
        ("exp", "re78", "nearest_5_bias_adjusted", 1757.18, 764.06, CENT),  # recomputed
        ("cps", "re78", "nearest_5_bias_adjusted", 1729.12, 815.38, CENT),  # table B1
        ("cps", "re78", "nearest_1", 1723.843, 910.16, 1e-5 * 1723.843),  # recomputed
        ("cps", "re75", "nearest_5_bias_adjusted", -1465.93, 351.78, CENT),  # table B2
    ],
)
def test_the_pairs_give_the_published_effect(
    matched: dict[str, dict[str, pd.DataFrame]],
    data: str,
    outcome: str,
    method: str,
    estimate: float,
    std_error: float,
    tolerance: float,
) -> None:
    done = matched[data]
    table = done["data"]
    specification = "main" if outcome == "re78" else f"placebo_{outcome}"
    pairs = done["pairs"]
    pairs = pairs[(pairs["specification"] == specification) & (pairs["method"] == method)]
    place = pd.Series(range(len(table)), index=table["unit_id"])
    result = nearest_neighbours(
        table[outcome].to_numpy(),
        table["treat"].to_numpy() == 1,
        focal=place[pairs["focal_id"]].to_numpy(),
        match=place[pairs["match_id"]].to_numpy(),
        pair_weight=pairs["weight"].to_numpy(),
        survey_weight=np.ones(len(table)),
        covariates=table[MAIN if outcome == "re78" else PLACEBO].to_numpy(),
        bias_adjust=method == "nearest_5_bias_adjusted",
    )
    assert result.estimate == pytest.approx(estimate, abs=tolerance)
    assert result.std_error == pytest.approx(std_error, abs=max(CENT, 1e-5 * std_error))


@pytest.mark.parametrize(
    ("data", "method", "estimate", "tolerance"),
    [
        ("cps", "entropy_balancing", 1406.304, 1e-5 * 1406.304),  # recomputed to imbalance < 4e-8
        ("exp", "entropy_balancing", 1712.24, CENT),  # recomputed to imbalance < 2e-7
        ("cps", "ipw", 1377.119, 1e-5 * 1377.119),  # recomputed
    ],
)
def test_the_weights_give_the_published_effect(
    matched: dict[str, dict[str, pd.DataFrame]], data: str, method: str, estimate: float, tolerance: float
) -> None:
    table, w = matched[data]["data"], weights(matched[data], method)
    t, y = table["treat"].to_numpy() == 1, table["re78"].to_numpy()
    gap = np.average(y[t], weights=w[t]) - np.average(y[~t], weights=w[~t])
    assert gap == pytest.approx(estimate, abs=tolerance)


def test_entropy_balancing_on_cps_leaves_268_8_effective_comparisons_and_no_imbalance(
    matched: dict[str, dict[str, pd.DataFrame]],
) -> None:
    done = matched["cps"]
    comparison = weights(done, "entropy_balancing")[done["data"]["treat"].to_numpy() == 0]
    assert effective_sample_size(comparison) == pytest.approx(268.8, rel=1e-3)  # recomputed
    gaps = done["balance"].query("method == 'entropy_balancing' and covariate != 'propensity'")["smd_after"]
    assert gaps.abs().max() < 1e-8


def test_the_score_is_the_one_of_a_plain_newton_iteration(matched: dict[str, dict[str, pd.DataFrame]]) -> None:
    for done in matched.values():
        table = done["data"]
        for specification, covariates in (("main", MAIN), ("placebo_re75", PLACEBO)):
            rows = done["scores"][done["scores"]["specification"] == specification]
            expected = logit(table[covariates].to_numpy(), table["treat"].to_numpy() == 1)
            assert rows["propensity"].to_numpy() == pytest.approx(expected, rel=1e-8)
