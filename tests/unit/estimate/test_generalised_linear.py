"""Models of a mean agree with statsmodels, and say what they cannot fit."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from dampak.errors import ConfigError, DataError
from dampak.estimate.generalised_linear import mean_model

FAMILIES = {
    "linear": sm.families.Gaussian(),
    "logit": sm.families.Binomial(),
    "probit": sm.families.Binomial(link=sm.families.links.Probit()),
    "poisson": sm.families.Poisson(),
}


def outcome_of(family: str, linear: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if family == "poisson":
        return rng.poisson(np.exp(linear)).astype(float)
    if family == "linear":
        return linear + rng.normal(size=linear.size)
    return (rng.random(linear.size) < 1 / (1 + np.exp(-linear))).astype(float)


@pytest.mark.parametrize("family", FAMILIES)
def test_coefficients_means_and_robust_errors_are_those_of_statsmodels(family: str) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 3))
    y = outcome_of(family, x @ [0.5, -0.3, 0.2] + 0.1, rng)
    weight = rng.uniform(0.5, 2, size=300)
    weight[:20] = 0
    ours = mean_model(x, y, weight=weight, family=family)
    used = weight > 0
    design = sm.add_constant(x)
    theirs = sm.GLM(y[used], design[used], family=FAMILIES[family], freq_weights=weight[used]).fit(
        tol=1e-14, maxiter=99
    )
    assert ours.coefficients == pytest.approx(theirs.params, rel=1e-8, abs=1e-10)
    assert ours.mean == pytest.approx(theirs.predict(design), rel=1e-8)
    # The sandwich from statsmodels' own derivatives of the log-likelihood, at its own estimate.
    score = design[used] * (weight[used] * theirs.model.score_factor(theirs.params) / weight[used])[:, None]
    bread = np.linalg.inv(-theirs.model.hessian(theirs.params, observed=True))
    robust = np.sqrt(np.diag(bread @ (score.T @ score) @ bread)) * np.sqrt(theirs.scale if family == "linear" else 1)
    found = [np.sqrt(np.sum(ours.influence(np.eye(4)[j]) ** 2)) for j in range(4)]
    if family != "linear":
        assert found == pytest.approx(robust, rel=1e-6)
    assert np.sum(ours.influence(np.ones(4))) == pytest.approx(0.0, abs=1e-8)


def test_tilted_odds_give_comparison_units_the_covariate_means_of_the_treated() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 3))
    t = rng.random(400) < 1 / (1 + np.exp(0.5 - x[:, 0]))
    weight = rng.uniform(0.5, 2, size=400)
    fit = mean_model(x, t.astype(float), weight=weight, family="tilting")
    odds = np.where(t, 0.0, weight * fit.mean / (1 - fit.mean))
    for column in (np.ones(400), *x.T):
        assert np.sum(odds * column) == pytest.approx(np.sum(weight[t] * column[t]), abs=1e-9)


def test_a_redundant_covariate_changes_no_prediction() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 2))
    y = outcome_of("logit", x[:, 0], rng)
    alone = mean_model(x, y, weight=np.ones(200), family="logit")
    more = mean_model(np.column_stack([x, x[:, 0] - x[:, 1]]), y, weight=np.ones(200), family="logit")
    assert more.mean == pytest.approx(alone.mean, rel=1e-9)
    assert more.rank == alone.rank == 3


def test_covariates_in_rupiah_are_fitted_as_well_as_in_millions() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(loc=3.0, size=(300, 2))
    y = outcome_of("logit", x[:, 0] - 3, rng)
    small = mean_model(x, y, weight=np.ones(300), family="logit")
    large = mean_model(x * 1e6, y, weight=np.ones(300), family="logit")
    assert large.mean == pytest.approx(small.mean, rel=1e-9)


def test_what_has_no_maximum_is_refused_with_a_sentence() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    ones = np.ones(40)
    with pytest.raises(DataError, match="logit model of the sample has no finite estimate"):
        mean_model(x, (x[:, 0] > 0).astype(float), weight=ones, family="logit")
    with pytest.raises(DataError, match="probit model of the treated has no finite estimate"):
        mean_model(x, (x[:, 0] > 0).astype(float), weight=ones, family="probit", part="the treated")
    with pytest.raises(DataError, match="no weights of the comparison units reach"):
        mean_model(x, (x[:, 0] > 0).astype(float), weight=ones, family="tilting")
    with pytest.raises(DataError, match="is 0 for every unit of the treated"):
        mean_model(x, np.zeros(40), weight=ones, family="logit", part="the treated")
    with pytest.raises(DataError, match="from 0 to 1"):
        mean_model(x, 2 * ones, weight=ones, family="logit")
    with pytest.raises(DataError, match="counts or amounts"):
        mean_model(x, -ones, weight=ones, family="poisson")
    with pytest.raises(DataError, match="no unit of the treated"):
        mean_model(x, ones, weight=np.zeros(40), family="linear", part="the treated")
    with pytest.raises(ConfigError, match="not 'spline'"):
        mean_model(x, ones, weight=ones, family="spline")
