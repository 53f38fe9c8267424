"""The estimators meet the published numbers on LaLonde's data, given brute-force matching and weighting.

Sources. Imbens, G. and Xu, Y. (2024), "LaLonde (1986) after Nearly Four Decades: Lessons Learned", arXiv 2406.00827,
tutorial Tables B1 (outcome re78) and B2 (outcome re75); rows marked "recomputed" were recomputed with R's Matching and
estimatr, or to a tighter balance than published. Tolerance: the printed cent, or the relative tolerance stated.
Pairs and weights are made here, by the slowest and plainest code, so that a fault in `dampak.match` cannot hide one in
`dampak.estimate`; the ledger meets the same numbers with the pairs and weights of `dampak.match`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.effect import Effect
from dampak.estimate.neighbours import nearest_neighbours
from dampak.estimate.stage import effects_stage
from dampak.estimate.verdict_stage import verdict_stage
from dampak.estimate.weighted import weighted_difference
from dampak.match.weighting import inverse_probability_weights
from tests.settings import DEFAULTS, method

from .lalonde import Data
from .public_data import MAIN, earnings

CENT = 0.00501


def pairs_of(data: Data, *, ratio: int) -> dict[str, np.ndarray]:
    """Matching::Match: inverse-variance metric, ties within 1e-5 of the squared distance of the last match."""
    scaled = data.x / data.x.std(axis=0, ddof=1)
    treated, comparison = np.flatnonzero(data.t), np.flatnonzero(~data.t)
    focal, match, weight = [], [], []
    for i in treated:
        squared = np.sum((scaled[comparison] - scaled[i]) ** 2, axis=1)
        chosen = comparison[squared <= np.partition(squared, ratio - 1)[ratio - 1] + 1e-5]
        focal.append(np.full(chosen.size, i))
        match.append(chosen)
        weight.append(np.full(chosen.size, 1 / chosen.size))
    found = {"focal": focal, "match": match, "pair_weight": weight}
    return {name: np.concatenate(parts) for name, parts in found.items()}


def neighbours(y: np.ndarray, data: Data, *, ratio: int, bias_adjust: bool) -> Effect:
    return nearest_neighbours(
        y,
        data.t,
        **pairs_of(data, ratio=ratio),
        survey_weight=data.ones,
        covariates=data.x,
        bias_adjust=bias_adjust,
    )


def logit(x: np.ndarray, t: np.ndarray) -> np.ndarray:
    z = np.column_stack([np.ones(t.size), (x - x.mean(axis=0)) / x.std(axis=0)])
    beta = np.zeros(z.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-z @ beta))
        beta += np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z, z.T @ (t - p))
    return 1 / (1 + np.exp(-z @ beta))


def entropy_weights(data: Data) -> np.ndarray:
    gap = (data.x[~data.t] - data.x[data.t].mean(axis=0)) / data.x.std(axis=0)
    multiplier, dual = np.zeros(gap.shape[1]), np.inf
    for _ in range(500):
        q = np.exp(gap @ multiplier - (gap @ multiplier).max())
        q /= q.sum()
        gradient = gap.T @ q
        step = np.linalg.solve((gap * q[:, None]).T @ gap - np.outer(gradient, gradient), gradient)
        size = 1.0
        dual = np.logaddexp.reduce(gap @ multiplier)
        while np.logaddexp.reduce(gap @ (multiplier - size * step)) > dual and size > 1e-12:
            size /= 2
        multiplier -= size * step
        if np.abs(gradient).max() < 1e-12:
            break
    weight = np.ones(data.t.size)
    weight[~data.t] = q * data.t.sum()
    return weight


@pytest.mark.parametrize(
    ("data", "outcome", "method", "estimate", "std_error"),
    [
        ("exp", "re78", "nearest_5_bias_adjusted", 1757.18, 764.06),
        ("exp", "re78", "entropy_balancing", 1712.24, 699.24),
        ("cps", "re78", "nearest_5_bias_adjusted", 1729.12, 815.38),
        ("cps", "re75", "nearest_5_bias_adjusted", -1465.93, 351.78),
    ],
)
def test_published_effects_are_met_to_the_cent(
    data: str, outcome: str, method: str, estimate: float, std_error: float
) -> None:
    d = earnings(data, outcome=outcome)
    y = d.column(outcome)
    result = {
        "nearest_5_bias_adjusted": lambda: neighbours(y, d, ratio=5, bias_adjust=True),
        "entropy_balancing": lambda: weighted_difference(y, d.t, weight=entropy_weights(d)),
    }[method]()
    assert result.estimate == pytest.approx(estimate, abs=CENT)
    assert result.std_error == pytest.approx(std_error, abs=CENT)


def test_one_neighbour_on_cps_without_bias_adjustment_is_1723_843() -> None:
    d = earnings("cps")
    result = neighbours(d.column("re78"), d, ratio=1, bias_adjust=False)
    assert result.estimate == pytest.approx(1723.843, rel=1e-5)
    assert result.std_error == pytest.approx(910.16, rel=1e-5)


def test_ipw_on_cps_with_the_score_held_fixed_is_1377_119() -> None:
    d = earnings("cps")
    weight = inverse_probability_weights(logit(d.x, d.t), d.t, estimand="att", survey_weight=d.ones)
    result = weighted_difference(d.column("re78"), d.t, weight=weight)
    assert result.estimate == pytest.approx(1377.119, rel=1e-5)
    assert result.std_error == pytest.approx(654.724, rel=1e-5)


def test_entropy_balancing_on_cps_is_1406_304_with_268_8_effective_comparisons() -> None:
    d = earnings("cps")
    result = weighted_difference(d.column("re78"), d.t, weight=entropy_weights(d))
    assert result.estimate == pytest.approx(1406.304, rel=1e-5)
    assert result.std_error == pytest.approx(654.928, rel=1e-5)
    assert result.ess_comparison == pytest.approx(268.8, rel=1e-3)


def study(headline: str) -> dict[str, Any]:
    families = ("difference_in_means", "regression", "oaxaca_blinder", "nearest_5_bias_adjusted", "ipw")
    return DEFAULTS | {
        "treatment": {"column": "treat", "treated": 1, "comparison": 0, "name": "treat", "label": "NSW"},
        "covariates": [{"name": name, "expression": None} for name in MAIN],
        "outcomes": [{"name": "re78", "expression": None}],
        "placebo_outcomes": [{"outcome": "re75", "without": ["re75", "u75"]}],
        "estimands": ["att"],
        "methods": [method(f) for f in families],
        "headline": headline,
        "alpha": 0.05,
    }


def run_stages(data: str, headline: str) -> dict[str, pd.DataFrame]:
    """Both stages on match tables made by brute force."""
    table = earnings(data).table
    ids = np.array([f"u{i:05d}" for i in range(len(table))])
    design = table[MAIN].assign(unit_id=ids, treatment=table["treat"].astype("int8"), survey_weight=1.0)
    outcomes = table[["re78", "re75"]].assign(unit_id=ids)
    scores, pairs = [], []
    for specification, outcome in (("main", "re78"), ("placebo_re75", "re75")):
        d = earnings(data, outcome=outcome)
        score = {"propensity": logit(d.x, d.t), "in_support": True}
        scores.append(pd.DataFrame({"specification": specification, "unit_id": ids, **score}))
        found = pairs_of(d, ratio=5)
        ends = {
            "focal_id": ids[found["focal"]],
            "match_id": ids[found["match"]],
            "weight": found["pair_weight"],
        }
        pairs.append(pd.DataFrame({"specification": specification, "method": "nearest_5_bias_adjusted", **ends}))
    weights = pd.DataFrame({"specification": [], "method": [], "unit_id": [], "weight": [], "stratum": []})
    settings = study(headline)
    done = effects_stage(design, outcomes, pd.concat(scores), pd.concat(pairs), weights, settings)
    balance = pd.DataFrame({"method": [headline], "covariate": ["age"], "smd_after": [0.0]})
    return done | verdict_stage(done["effects"], done["placebo"], balance, settings)


def test_the_experiment_is_positive_and_its_placebo_passes() -> None:
    done = run_stages("exp", "difference_in_means")
    assert done["verdicts"]["verdict"].tolist() == ["positive"]
    assert done["placebo"].set_index("method")["status"]["difference_in_means"] == "passed"
    assert "1,794.34" in done["verdicts"]["reasons"].iloc[0]


def test_cps_is_not_credible_because_every_method_fails_the_placebo() -> None:
    done = run_stages("cps", "nearest_5_bias_adjusted")
    assert done["verdicts"]["verdict"].tolist() == ["not_credible"]
    assert set(done["placebo"]["status"]) == {"failed"}
    assert "-1,465.93 (p < 0.001) on re75" in done["verdicts"]["reasons"].iloc[0]
    effects = done["effects"].set_index(["outcome", "method"])
    assert effects.loc[("re78", "nearest_5_bias_adjusted"), "estimate"] == pytest.approx(1729.12, abs=CENT)
    assert effects.loc[("re75", "regression"), "estimate"] == pytest.approx(-1134.82, abs=CENT)
