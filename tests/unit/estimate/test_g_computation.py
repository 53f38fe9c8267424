"""G-computation finds planted effects for the population it was asked about, and its errors count everything."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, interval
from dampak.estimate.g_computation import g_computation
from dampak.estimate.oaxaca_blinder import oaxaca_blinder
from dampak.estimate.survey_design import SurveyDesign

MODELS = ["linear", "logit", "poisson"]


def data(n: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes by model, treatment, covariates, survey weight."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    t = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.6 * x[:, 0]))
    linear = 0.5 * t + x @ [0.4, -0.3] + 0.3 * t * x[:, 0]
    outcomes = {
        "linear": linear + rng.normal(size=n),
        "logit": (rng.random(n) < 1 / (1 + np.exp(-linear))).astype(float),
        "poisson": rng.poisson(np.exp(0.5 * linear)).astype(float),
    }
    return outcomes, t, x, rng.uniform(0.5, 2.0, size=n)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
def test_the_error_is_the_response_to_every_weight(model: str, estimand: str) -> None:
    """With weight w_i, psi_i = w_i d(estimate) / d(w_i) (the infinitesimal jackknife), found here by differencing."""
    outcomes, t, x, w = data(60, seed=1)

    def estimate(factor: np.ndarray) -> Effect:
        return g_computation(outcomes[model], t, covariates=x, weight=w * factor, estimand=estimand, model=model)

    step = 1e-5 * np.eye(60)
    psi = [(estimate(1 + step[i]).estimate - estimate(1 - step[i]).estimate) / 2e-5 for i in range(60)]
    assert estimate(np.ones(60)).std_error == pytest.approx(np.sqrt(np.sum(np.square(psi))), rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_the_estimate_is_the_mean_contrast_of_two_fits_of_statsmodels(model: str) -> None:
    outcomes, t, x, w = data(300, seed=2)
    family = {
        "linear": sm.families.Gaussian(),
        "logit": sm.families.Binomial(),
        "poisson": sm.families.Poisson(),
    }[model]
    z, y = sm.add_constant(x), outcomes[model]
    m1, m0 = (sm.GLM(y[g], z[g], family=family, freq_weights=w[g]).fit(tol=1e-13).predict(z) for g in (t, ~t))
    found = g_computation(y, t, covariates=x, weight=w, estimand="ate", model=model)
    assert found.estimate == pytest.approx(np.average(m1 - m0, weights=w), rel=1e-8)


def test_a_linear_model_for_the_treated_is_oaxaca_blinder() -> None:
    outcomes, t, x, w = data(200, seed=3)
    ours = g_computation(outcomes["linear"], t, covariates=x, weight=w)
    theirs = oaxaca_blinder(outcomes["linear"], t, covariates=x, weight=w, std_error="linearized")
    assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-10)
    assert ours.std_error == pytest.approx(theirs.std_error, rel=0.03)


@pytest.mark.parametrize("model", ["linear", "logit"])
def test_intervals_cover_a_planted_effect_that_differs_between_people(model: str) -> None:
    rng = np.random.default_rng(4)
    big = rng.normal(size=400_000)
    p = 1 / (1 + np.exp(0.3 - 0.8 * big))
    contrast = 0.5 + 0.5 * big
    if model == "logit":
        contrast = 1 / (1 + np.exp(-0.5 - 1.2 * big)) - 1 / (1 + np.exp(-0.7 * big))
    truth = {"att": np.average(contrast, weights=p), "atc": np.average(contrast, weights=1 - p), "ate": contrast.mean()}
    for estimand, value in truth.items():
        results = []
        for _ in range(150):
            x = rng.normal(size=400)
            t = rng.random(400) < 1 / (1 + np.exp(0.3 - 0.8 * x))
            y = 0.7 * x + t * (0.5 + 0.5 * x) + rng.normal(size=400)
            if model == "logit":
                y = (rng.random(400) < 1 / (1 + np.exp(-0.7 * x - t * (0.5 + 0.5 * x)))).astype(float)
            results.append(
                g_computation(y, t, covariates=x[:, None], weight=np.ones(400), estimand=estimand, model=model)
            )
        bounds = [interval(r, alpha=0.05) for r in results]
        spread = np.std([r.estimate for r in results], ddof=1)
        assert 0.91 <= np.mean([b.low <= value <= b.high for b in bounds]) <= 0.985
        assert 0.88 <= np.mean([r.std_error for r in results]) / spread <= 1.12
        assert abs(np.mean([r.estimate for r in results]) - value) < 4 * spread / np.sqrt(150)


def weighted_case(estimand: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """Outcome that no line fits, treatment, covariate, balancing weight from the true score, true effect."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-2, 2, size=200_000)
    e = 1 / (1 + np.exp(0.5 - x))
    t = rng.random(x.size) < e
    contrast = 1 + x**2
    y = np.exp(x) + t * contrast + rng.normal(size=x.size)
    tilt = {"ate": np.ones_like(e), "ato": e * (1 - e), "att": e}[estimand]
    return y, t, x[:, None], tilt / np.where(t, e, 1 - e), float(np.average(contrast, weights=tilt))


@pytest.mark.parametrize("estimand", ["att", "ate", "ato"])
def test_right_weights_repair_a_wrong_regression_and_keep_the_target(estimand: str) -> None:
    y, t, x, weight, truth = weighted_case(estimand)
    ones = np.ones(y.size)
    found = g_computation(y, t, covariates=x, weight=weight, survey_weight=ones, estimand=estimand)
    assert found.estimate == pytest.approx(truth, abs=4 * found.std_error)
    assert found.std_error < 0.05
    if estimand != "ato":
        unweighted = g_computation(y, t, covariates=x, weight=ones, estimand=estimand)
        assert abs(unweighted.estimate - truth) > 10 * unweighted.std_error


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
def test_a_right_regression_repairs_wrong_weights_and_keeps_the_target(estimand: str) -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(size=40_000)
    e = 1 / (1 + np.exp(0.5 - x))
    t = rng.random(x.size) < e
    y = x + t * (1 + 2 * x) + rng.normal(size=x.size)
    weight, ones = np.exp(0.5 * x), np.ones(x.size)
    found = g_computation(y, t, covariates=x[:, None], weight=weight, survey_weight=ones, estimand=estimand)
    truth = np.average(1 + 2 * x, weights={"att": t, "atc": ~t, "ate": ones}[estimand])
    assert found.estimate == pytest.approx(truth, abs=0.1)


def test_the_treated_and_their_matches_are_predicted_for_the_treated_who_were_matched() -> None:
    outcomes, t, x, _ = data(300, seed=6)
    weight = np.where(t, 1.0, 0.4)
    dropped = t & (x[:, 0] > 1)
    weight[dropped] = 0.0
    kept = g_computation(outcomes["linear"], t, covariates=x, weight=weight, survey_weight=np.ones(300))
    alone = g_computation(outcomes["linear"][~dropped], t[~dropped], covariates=x[~dropped], weight=weight[~dropped])
    assert kept.estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert kept.std_error == pytest.approx(alone.std_error, rel=1e-12)
    assert kept.n_treated == int(np.sum(t & ~dropped))


def test_matched_sets_are_the_clusters() -> None:
    """Pairs whose members share a shock: independent errors are far too narrow or wide, clustered ones are not."""
    rng = np.random.default_rng(7)
    sets = np.repeat(np.arange(60), 2)
    t = np.tile([True, False], 60)
    results, naive = [], []
    for _ in range(200):
        x = np.repeat(rng.normal(size=60), 2)[:, None] + 0.1 * rng.normal(size=(120, 1))
        y = t + x[:, 0] ** 2 + np.repeat(rng.normal(size=60), 2) + 0.3 * rng.normal(size=120)
        results.append(g_computation(y, t, covariates=x, weight=np.ones(120), matched_set=sets))
        naive.append(g_computation(y, t, covariates=x, weight=np.ones(120)))
    spread = np.std([r.estimate for r in results], ddof=1)
    assert 0.85 <= np.mean([r.std_error for r in results]) / spread <= 1.2
    assert np.mean([r.std_error for r in naive]) / spread > 2
    assert results[0].df == 59


def test_units_split_in_two_halves_change_nothing_when_the_design_knows_it() -> None:
    outcomes, t, x, w = data(120, seed=8)
    y = outcomes["linear"]
    whole = g_computation(y, t, covariates=x, weight=w, design=SurveyDesign(psu=np.arange(120)))
    halves = g_computation(
        np.repeat(y, 2),
        np.repeat(t, 2),
        covariates=np.repeat(x, 2, axis=0),
        weight=np.repeat(w, 2) / 2,
        design=SurveyDesign(psu=np.repeat(np.arange(120), 2)),
    )
    assert halves.estimate == pytest.approx(whole.estimate, rel=1e-10)
    assert halves.std_error == pytest.approx(whole.std_error, rel=1e-10)
    assert halves.df == whole.df


def test_rows_without_weight_may_hold_anything() -> None:
    outcomes, t, x, w = data(100, seed=9)
    weight = np.where(np.arange(100) < 20, 0.0, w)
    y, z = outcomes["linear"].copy(), x.copy()
    y[:20], z[:20] = np.nan, np.nan
    dirty = g_computation(y, t, covariates=z, weight=weight)
    clean = g_computation(y[20:], t[20:], covariates=z[20:], weight=weight[20:])
    assert dirty.estimate == clean.estimate
    assert dirty.std_error == clean.std_error


def test_what_it_cannot_do_is_refused_with_a_sentence() -> None:
    outcomes, t, x, w = data(60, seed=10)
    y = outcomes["linear"]
    with pytest.raises(ConfigError, match="overlap weights define"):
        g_computation(y, t, covariates=x, weight=w, estimand="ato")
    with pytest.raises(ConfigError, match="not 'late'"):
        g_computation(y, t, covariates=x, weight=w, estimand="late")
    with pytest.raises(ConfigError, match="not 'probit'"):
        g_computation(y, t, covariates=x, weight=w, model="probit")
    with pytest.raises(DataError, match="from 0 to 1"):
        g_computation(y, t, covariates=x, weight=w, model="logit")
    with pytest.raises(DataError, match="no unit of the treated"):
        g_computation(y, np.zeros(60, bool), covariates=x, weight=w)
    with pytest.raises(DataError, match="3 units among the treated for 3 coefficients"):
        g_computation(y, np.arange(60) < 3, covariates=x, weight=w)
    with pytest.raises(DataError, match="have a weight but no match"):
        g_computation(y, t, covariates=x, weight=w, matched_set=np.full(60, -1))
