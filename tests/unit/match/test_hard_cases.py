"""Cases that look harmless and are not: rare covariates, equal units, odd codes, strata that spell alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dampak.errors import ConfigError, DataError
from dampak.match.balance import balance, standardiser
from dampak.match.balance_stage import balance_stage
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.pairing import nearest
from dampak.match.propensity import logit_score
from dampak.match.replacement import SCORE_TIE
from dampak.match.stage import match_stage, score_stage
from dampak.match.support import pairing_reasons
from dampak.match.weighting import inverse_probability_weights
from tests.settings import DEFAULTS, method

NAMES = ["age", "female", "income"]


def draw(n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(40, 12, n), rng.integers(0, 2, n), rng.lognormal(8, 1, n)])
    return x, rng.random(n) < 1 / (1 + np.exp(-(-3 + 0.05 * x[:, 0] + 0.8 * x[:, 1] - 2e-4 * x[:, 2])))


@pytest.mark.parametrize("weighted", [False, True])
def test_coefficients_are_those_of_an_independent_glm(weighted: bool) -> None:
    x, t = draw()
    weight = np.random.default_rng(1).uniform(0.2, 9.0, t.size) if weighted else None
    fit = logit_score(x, t, names=NAMES, weight=weight)
    model = sm.GLM(t.astype(float), sm.add_constant(x), family=sm.families.Binomial(), freq_weights=weight)
    reference = model.fit(tol=1e-14, maxiter=100)
    assert fit.coefficients == pytest.approx(np.asarray(reference.params), rel=1e-8)


def test_equal_units_have_bitwise_equal_scores() -> None:
    x, t = draw(601)
    scores = logit_score(np.repeat(x, 3, axis=0), np.repeat(t, 3), names=NAMES).score.reshape(-1, 3)
    assert (scores == scores[:, :1]).all()


@pytest.mark.parametrize("units", [1, 20, 400])
def test_a_covariate_that_separates_only_a_few_units_is_named_and_no_other(units: int) -> None:
    x, t = draw()
    rare = np.zeros(t.size)
    rare[np.flatnonzero(~t)[:units]] = 1
    with pytest.raises(DataError, match="parquet: 'island' separates"):
        logit_score(np.column_stack([x, rare]), t, names=[*NAMES, "island"])


def test_of_covariates_that_separate_jointly_only_those_that_do_are_named() -> None:
    x = np.random.default_rng(3).normal(size=(500, 4))
    with pytest.raises(DataError, match="parquet: 'b', 'd' separate"):
        logit_score(x, x[:, 1] - x[:, 3] > 0, names=["a", "b", "c", "d"])


def test_logits_beyond_20_alone_are_not_called_separation() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(4000, 1)) * 10
    fit = logit_score(x, rng.random(4000) < 1 / (1 + np.exp(-x[:, 0])), names=["a"])
    assert np.abs(fit.linear).max() > 20


def test_scores_that_differ_by_rounding_only_tie() -> None:
    score = np.array([0.3, 0.3 + 0.1, 0.3 - 0.1, 0.3 + 0.1 + 100 * SCORE_TIE])
    for caliper in (None, 9.0):
        pairs = nearest(np.arange(4) == 0, score=score, replace=True, caliper=caliper)
        assert pairs.match.tolist() == [1, 2]


def test_the_tie_of_a_single_covariate_is_that_of_covariates() -> None:
    x = np.array([[0.0], [1.0], [-1.000001], [9.0]])
    options: dict[str, Any] = {"covariates": x, "distance": "scaled_euclidean", "replace": True}
    for caliper in (None, 9.0):
        pairs = nearest(np.arange(4) == 0, score=np.array([0.5, 0.4, 0.4, 0.6]), caliper=caliper, **options)
        assert pairs.match.tolist() == [1, 2]


def test_an_unmatched_unit_is_told_the_true_reason() -> None:
    treated = np.array([1, 1, 1, 1, 0, 0]) == 1
    score = np.array([0.50, 0.51, 0.95, 0.50, 0.50, 0.10])
    town = np.array([0, 0, 0, 1, 0, 0])
    why = pairing_reasons(
        nearest(treated, score=score, caliper=0.2, exact=town),
        treated,
        score=score,
        exact=town,
        used=np.ones(6, dtype=bool),
        caliper=0.2,
        sought="comparison",
    )
    assert why.tolist() == [
        "no comparison unit left",  # in reach, but the larger score chose first
        "kept",
        "no comparison unit within the caliper",
        "no comparison unit in the same exact stratum",
        "kept",
        "not chosen",
    ]


def test_a_weight_is_refused_when_infinite_and_only_then() -> None:
    p, t, one = np.array([1.0, 1.0, 0.5]), np.array([True, False, False]), np.ones(3)
    with pytest.raises(DataError, match="infinite"):
        inverse_probability_weights(p, t, estimand="att", survey_weight=one)
    # A treated unit that was certain to be treated has weight 1 in the ATT.
    kept = [0, 2]
    assert inverse_probability_weights(p[kept], t[kept], estimand="att", survey_weight=one[kept]).tolist() == [1, 1]


def test_entropy_balancing_departs_from_the_base_weights_exponentially() -> None:
    # The first-order condition of Hainmueller's programme: log(weight / base) is linear in the covariates.
    x, t = draw(800)
    survey = np.random.default_rng(2).uniform(0.5, 4, 800)
    w = entropy_balancing(x, t, names=NAMES, survey_weight=survey)
    log_ratio = np.log(w[~t] / survey[~t])
    design = np.column_stack([np.ones((~t).sum()), x[~t] / x.std(axis=0)])
    assert log_ratio == pytest.approx(design @ np.linalg.lstsq(design, log_ratio, rcond=None)[0], abs=1e-9)


@pytest.mark.parametrize("codes", [(0.0, 1.0), (1.0, 2.0), (0.0, 12.0)])
def test_a_binary_covariate_is_measured_alike_however_it_is_coded(codes: tuple[float, float]) -> None:
    t = np.arange(100) < 40
    has = (np.arange(100) % 4 == 0) | (np.arange(100) < 10)
    x, one = np.where(has, codes[1], codes[0]), np.ones(100)
    p1, p0 = has[t].mean(), has[~t].mean()
    found = balance(x, t, weight=one, scale=standardiser(x, t, estimand="att", survey_weight=one))
    assert found.smd == pytest.approx((p1 - p0) / np.sqrt(p1 * (1 - p1)))
    assert np.isnan(found.variance_ratio)
    assert found.ks == pytest.approx(abs(p1 - p0)) and found.ecdf_mean == found.ks


def test_a_count_stays_a_count_when_matching_leaves_two_of_its_values() -> None:
    x = np.array([0.0, 1, 0, 1, 1, 2, 0, 1])
    assert np.isfinite(balance(x, np.arange(8) < 4, weight=np.where(x < 2, 1.0, 0.0), scale=1.0).variance_ratio)


def run(design: pd.DataFrame, **changes: Any) -> None:
    settings: dict[str, Any] = (
        DEFAULTS
        | {
            "treatment": {"name": "cash"},
            "covariates": [{"name": name, "expression": None} for name in NAMES],
            "placebo_outcomes": [],
            "exact": [],
            "estimands": ["att"],
            "support": {"rule": "none", "trim": 0.1},
            "methods": [method("nearest_1")],
        }
        | changes
    )
    scores = score_stage(design, settings)["scores"]
    weights = match_stage(design, scores, settings)["weights"]
    balance_stage(design, scores, weights, settings)


def units() -> pd.DataFrame:
    x, t = draw(300)
    ids = [f"u{i:03d}" for i in range(300)]
    return pd.DataFrame(x, columns=NAMES).assign(unit_id=ids, treatment=t.astype("int8"), survey_weight=1.0)


def test_exact_strata_are_not_confused_by_their_spelling() -> None:
    # Joined as text, ("x / y", "z") and ("x", "y / z") would be one stratum.
    design = units()
    treated = design["treatment"] == 1
    design = design.assign(town=np.where(treated, "x / y", "x"), part=np.where(treated, "z", "y / z"))
    with pytest.raises(DataError, match=r"nearest_1.*town, part"):
        run(design, exact=["town", "part"])


def test_two_estimands_are_refused_rather_than_one_of_them_dropped() -> None:
    with pytest.raises(ConfigError, match="names 2 estimands"):
        run(units(), estimands=["att", "atc"])
