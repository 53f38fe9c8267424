"""Standard errors of balancing weights count the balancing: derivatives by brute force, planted truth, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dampak.errors import ConfigError
from dampak.estimate.balancing import balancing_difference
from dampak.estimate.effect import Effect, interval
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.weighted import weighted_difference
from dampak.match.covariate_balancing import covariate_balancing_weights
from dampak.match.entropy_balancing import entropy_balancing

NAMES = ["a", "b"]
ESTIMANDS = ["att", "atc", "ate"]
METHODS = ["entropy_balancing", "cbps"]


def weights(method: str, x: np.ndarray, t: np.ndarray, survey: np.ndarray, *, estimand: str, moments: int = 1):
    if method == "cbps":
        return covariate_balancing_weights(x, t, names=NAMES, estimand=estimand, survey_weight=survey)
    return entropy_balancing(x, t, names=NAMES, estimand=estimand, moments=moments, survey_weight=survey)


def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, treatment, covariates; the effect is 1 + a / 2, and both covariates confound."""
    x = rng.normal(size=(n, 2))
    t = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.6 * x[:, 0] + 0.4 * x[:, 1]))
    return (1 + 0.5 * x[:, 0]) * t + 1.5 * x[:, 0] + x[:, 1] + rng.normal(size=n), t, x


def truth(estimand: str) -> float:
    """Mean of 1 + a / 2 in the target, by quadrature."""
    point, mass = np.polynomial.hermite_e.hermegauss(60)
    a, b = np.meshgrid(point, point)
    e = 1 / (1 + np.exp(0.3 - 0.6 * a + 0.4 * b))
    tilt = {"att": e, "atc": 1 - e, "ate": np.ones_like(e)}[estimand]
    return float(np.average(1 + 0.5 * a, weights=np.outer(mass, mass) * tilt))


def coverage(results: list[Effect], value: float) -> float:
    bounds = [interval(r, alpha=0.05) for r in results]
    return float(np.mean([b.low <= value <= b.high for b in bounds]))


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize(("method", "moments"), [("entropy_balancing", 1), ("entropy_balancing", 2), ("cbps", 1)])
def test_an_influence_value_is_the_derivative_of_the_rebalanced_estimate(
    estimand: str, method: str, moments: int
) -> None:
    """In the survey weight of the unit, with targets, weights and means all computed again."""
    rng = np.random.default_rng(1)
    y, t, x = draw(rng, 90)
    survey = rng.uniform(0.5, 3.0, 90)
    options = {"estimand": estimand, "moments": moments}
    result = balancing_difference(
        y,
        t,
        weight=weights(method, x, t, survey, **options),
        covariates=x,
        survey_weight=survey,
        method=method,
        **options,
    )
    derivative = np.empty(90)
    for i in range(90):
        moved = []
        for step in (1e-4, -1e-4):
            other = survey.copy()
            other[i] += step
            moved.append(weighted_difference(y, t, weight=weights(method, x, t, other, **options)).estimate)
        derivative[i] = (moved[0] - moved[1]) / 2e-4
    assert result.std_error == pytest.approx(math.sqrt(np.sum((survey * derivative) ** 2)), rel=1e-5)
    assert result.df == math.inf


@pytest.mark.parametrize("estimand", ["att", "atc"])
def test_the_covariate_balancing_score_and_entropy_balancing_have_one_error(estimand: str) -> None:
    """Two derivations, by stacked equations and by regression, of what is the same estimator."""
    rng = np.random.default_rng(2)
    y, t, x = draw(rng, 300)
    survey = rng.uniform(0.5, 3.0, 300)
    both = [
        balancing_difference(
            y,
            t,
            weight=weights(method, x, t, survey, estimand=estimand),
            covariates=x,
            survey_weight=survey,
            method=method,
            estimand=estimand,
        )
        for method in METHODS
    ]
    assert both[0].estimate == pytest.approx(both[1].estimate, rel=1e-8)
    assert both[0].std_error == pytest.approx(both[1].std_error, rel=1e-8)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_interval_covers_and_the_one_that_takes_the_weights_as_known_is_far_too_wide(
    method: str, estimand: str
) -> None:
    rng = np.random.default_rng(3)
    counted, fixed, value = [], [], truth(estimand)
    for _ in range(300):
        y, t, x = draw(rng, 500)
        one = np.ones(500)
        w = weights(method, x, t, one, estimand=estimand)
        counted.append(
            balancing_difference(y, t, weight=w, covariates=x, survey_weight=one, method=method, estimand=estimand)
        )
        fixed.append(weighted_difference(y, t, weight=w))
    ratio = np.mean([r.std_error for r in counted]) / np.std([r.estimate for r in counted], ddof=1)
    assert 0.9 < ratio < 1.1
    assert 0.915 < coverage(counted, value) < 0.98
    assert coverage(fixed, value) > 0.985


@pytest.mark.parametrize("method", METHODS)
def test_a_stratified_cluster_sample_with_informative_weights_is_covered(method: str) -> None:
    """Villages share their luck, and those with a small effect are more often in the sample."""
    rng = np.random.default_rng(4)
    strata, psu = np.repeat(np.arange(4), 150), np.repeat(np.arange(60), 10)
    counted, fixed, unclustered, unweighted = [], [], [], []
    options = {"method": method, "estimand": "ate"}
    for _ in range(300):
        y, t, x = draw(rng, 600)
        luck = rng.normal(-0.4, 1, 600)  # mean 0 under the weights
        survey = np.exp(0.4 * luck) * (1 + strata)  # 1 : 2 : 3 : 4 put the mean stratum at 2
        y = y + (0.5 * luck + 0.6 * (strata - 2) + 0.8 * rng.normal(size=60)[psu]) * t + rng.normal(size=60)[psu]
        w = weights(method, x, t, survey, estimand="ate")
        given = {"weight": w, "covariates": x, "survey_weight": survey}
        counted.append(balancing_difference(y, t, **given, design=SurveyDesign(strata, psu), **options))
        fixed.append(weighted_difference(y, t, weight=w, design=SurveyDesign(strata, psu)))
        unclustered.append(balancing_difference(y, t, **given, **options))
        flat = {"weight": weights(method, x, t, np.ones(600), estimand="ate"), "survey_weight": np.ones(600)}
        unweighted.append(balancing_difference(y, t, **flat, covariates=x, design=SurveyDesign(strata, psu), **options))
    ratio = np.mean([r.std_error for r in counted]) / np.std([r.estimate for r in counted], ddof=1)
    assert 0.88 < ratio < 1.1
    assert 0.91 < coverage(counted, 1.0) < 0.98
    assert coverage(fixed, 1.0) > 0.975
    assert coverage(unclustered, 1.0) < coverage(counted, 1.0) - 0.02
    assert coverage(unweighted, 1.0) < 0.5
    assert counted[0].df == 56


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_units_of_no_weight_move_nothing(method: str, estimand: str) -> None:
    rng = np.random.default_rng(5)
    y, t, x = draw(rng, 150)
    w, options = weights(method, x, t, np.ones(150), estimand=estimand), {"method": method, "estimand": estimand}
    alone = balancing_difference(y, t, weight=w, covariates=x, survey_weight=np.ones(150), **options)
    more = balancing_difference(
        np.append(y, 1e6),
        np.append(t, True),
        weight=np.append(w, 0.0),
        covariates=np.vstack([x, [[9.0, 50.0]]]),
        survey_weight=np.append(np.ones(150), 0.0),
        **options,
    )
    assert (more.estimate, more.std_error) == pytest.approx((alone.estimate, alone.std_error), rel=1e-8)


def test_an_unknown_method_or_estimand_is_refused() -> None:
    y, t, x = draw(np.random.default_rng(6), 60)
    given = {"weight": np.ones(60), "covariates": x, "survey_weight": np.ones(60)}
    with pytest.raises(ConfigError, match="entropy_balancing or cbps, not from 'raking'"):
        balancing_difference(y, t, **given, method="raking")
    with pytest.raises(ConfigError, match="cbps estimates att, atc or ate, not 'ato'"):
        balancing_difference(y, t, **given, method="cbps", estimand="ato")
