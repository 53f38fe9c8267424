"""Standard errors that count an estimated score: derivatives by brute force, planted truth, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from dampak.errors import ConfigError
from dampak.estimate.effect import Effect, interval
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.weighted import weighted_difference
from dampak.match.propensity import propensity_score
from dampak.match.weighting import inverse_probability_weights

NAMES = ["a", "b"]
ESTIMANDS = ["att", "atc", "ate", "ato"]
MODELS = ["logit", "probit"]


def draw(rng: np.random.Generator, n: int, model: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, treatment, covariates; the effect is 1 + a / 2, and both covariates confound."""
    x = rng.normal(size=(n, 2))
    linear = -0.3 + 0.6 * x[:, 0] - 0.4 * x[:, 1]
    t = rng.random(n) < (1 / (1 + np.exp(-linear)) if model == "logit" else ndtr(0.6 * linear))
    return (1 + 0.5 * x[:, 0]) * t + 1.5 * x[:, 0] + x[:, 1] + rng.normal(size=n), t, x


def truth(estimand: str, model: str) -> float:
    """Mean of 1 + a / 2 under the tilt of the estimand, by quadrature."""
    point, mass = np.polynomial.hermite_e.hermegauss(60)
    a, b = np.meshgrid(point, point)
    linear = -0.3 + 0.6 * a - 0.4 * b
    e = 1 / (1 + np.exp(-linear)) if model == "logit" else ndtr(0.6 * linear)
    tilt = {"att": e, "atc": 1 - e, "ate": np.ones_like(e), "ato": e * (1 - e)}[estimand]
    return float(np.average(1 + 0.5 * a, weights=np.outer(mass, mass) * tilt))


def weights(
    x: np.ndarray, t: np.ndarray, survey: np.ndarray, *, estimand: str, model: str
) -> tuple[np.ndarray, np.ndarray]:
    score = propensity_score(x, t, names=NAMES, weight=survey, model=model).score
    return score, inverse_probability_weights(score, t, estimand=estimand, survey_weight=survey)


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("model", MODELS)
def test_an_influence_value_is_the_derivative_of_the_refitted_estimate(estimand: str, model: str) -> None:
    """In the survey weight of the unit, with score, weights and means all computed again."""
    rng = np.random.default_rng(1)
    y, t, x = draw(rng, 80, model)
    survey = rng.uniform(0.5, 3.0, 80)
    score, _ = weights(x, t, survey, estimand=estimand, model=model)
    result = inverse_probability(
        y, t, propensity=score, covariates=x, survey_weight=survey, estimand=estimand, model=model
    )
    derivative = np.empty(80)
    for i in range(80):
        moved = []
        for step in (1e-4, -1e-4):
            other = survey.copy()
            other[i] += step
            w = weights(x, t, other, estimand=estimand, model=model)[1]
            moved.append(weighted_difference(y, t, weight=w).estimate)
        derivative[i] = (moved[0] - moved[1]) / 2e-4
    assert result.std_error == pytest.approx(math.sqrt(np.sum((survey * derivative) ** 2)), rel=1e-5)
    assert result.df == math.inf


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("model", MODELS)
def test_the_interval_covers_and_the_one_that_takes_the_score_as_known_is_far_too_wide(
    estimand: str, model: str
) -> None:
    rng = np.random.default_rng(2)
    counted, fixed, value = [], [], truth(estimand, model)
    for _ in range(300):
        y, t, x = draw(rng, 500, model)
        one = np.ones(500)
        score, w = weights(x, t, one, estimand=estimand, model=model)
        counted.append(
            inverse_probability(y, t, propensity=score, covariates=x, survey_weight=one, estimand=estimand, model=model)
        )
        fixed.append(weighted_difference(y, t, weight=w))
    ratio = np.mean([r.std_error for r in counted]) / np.std([r.estimate for r in counted], ddof=1)
    assert 0.9 < ratio < 1.1
    assert 0.915 < coverage(counted, value) < 0.98
    assert coverage(fixed, value) > 0.985


def coverage(results: list[Effect], value: float) -> float:
    bounds = [interval(r, alpha=0.05) for r in results]
    return float(np.mean([b.low <= value <= b.high for b in bounds]))


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_units_of_no_weight_move_nothing(estimand: str) -> None:
    rng = np.random.default_rng(3)
    y, t, x = draw(rng, 120, "logit")
    one = np.ones(120)
    score, _ = weights(x, t, one, estimand=estimand, model="logit")
    options = {"estimand": estimand}
    alone = inverse_probability(y, t, propensity=score, covariates=x, survey_weight=one, **options)
    more = inverse_probability(
        np.append(y, [1e6, -1e6]),
        np.append(t, [True, False]),
        propensity=np.append(score, [0.0, 1.0]),
        covariates=np.vstack([x, [[9.0, 9.0], [5.0, -5.0]]]),
        survey_weight=np.append(one, [0.0, 0.0]),
        **options,
    )
    assert (more.estimate, more.std_error) == pytest.approx((alone.estimate, alone.std_error), rel=1e-10)


def test_stabilised_weights_leave_the_estimate_as_it_is() -> None:
    rng = np.random.default_rng(4)
    y, t, x = draw(rng, 200, "logit")
    one = np.ones(200)
    score, plain = weights(x, t, one, estimand="ate", model="logit")
    stabilised = inverse_probability_weights(score, t, estimand="ate", survey_weight=one, stabilised=True)
    assert weighted_difference(y, t, weight=stabilised).estimate == pytest.approx(
        weighted_difference(y, t, weight=plain).estimate, rel=1e-12
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_score_near_certainty_gives_a_finite_error(model: str) -> None:
    rng = np.random.default_rng(5)
    y, t, x = draw(rng, 300, model)
    score, _ = weights(x, t, np.ones(300), estimand="att", model=model)
    score[np.flatnonzero(t)[:3]] = [1.0, 1 - 1e-16, 1e-300]
    result = inverse_probability(
        y, t, propensity=score, covariates=x, survey_weight=np.ones(300), estimand="att", model=model
    )
    assert 0 < result.std_error < math.inf


def test_the_survey_design_gives_t_on_its_degrees_of_freedom() -> None:
    rng = np.random.default_rng(6)
    y, t, x = draw(rng, 120, "probit")
    score, _ = weights(x, t, np.ones(120), estimand="ato", model="probit")
    result = inverse_probability(
        y,
        t,
        propensity=score,
        covariates=x,
        survey_weight=np.ones(120),
        estimand="ato",
        model="probit",
        design=SurveyDesign(np.repeat(["a", "b"], 60), np.repeat(np.arange(12), 10)),
    )
    assert result.df == 10


def test_what_cannot_be_counted_is_refused_with_what_to_use_instead() -> None:
    y, t, x = draw(np.random.default_rng(7), 50, "logit")
    arguments = {"propensity": np.full(50, 0.5), "covariates": x, "survey_weight": np.ones(50)}
    with pytest.raises(ConfigError, match="'gradient_boosting'; use aipw"):
        inverse_probability(y, t, **arguments, model="gradient_boosting")
    with pytest.raises(ConfigError, match=r"trimmed weights is a quantile.*hc1_score_fixed, or overlap"):
        inverse_probability(y, t, **arguments, trim=0.99)
    with pytest.raises(ConfigError, match="att, atc, ate or ato, not 'late'"):
        inverse_probability(y, t, **arguments, estimand="late")
