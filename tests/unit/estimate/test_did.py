"""Doubly robust difference in differences: exact errors, and the four cases of Sant'Anna and Zhao's simulations."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from dampak.errors import ConfigError, DataError
from dampak.estimate.did import did_dr
from dampak.estimate.effect import Effect, interval
from dampak.estimate.survey_design import SurveyDesign

METHODS = ["traditional", "improved"]


def data(n: int, seed: int) -> dict[str, np.ndarray]:
    """A panel, read as such or as two rounds of different units (`period`); no model fits it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    d = rng.random(n) < 1 / (1 + np.exp(0.4 - 0.6 * x[:, 0] - 0.3 * x[:, 1] ** 2))
    before = x @ [1.0, 0.5] + d + rng.normal(size=n)
    after = before + 0.5 * x[:, 0] + x[:, 1] ** 2 + d * (1 + x[:, 0]) + rng.normal(size=n)
    return {"after": after, "before": before, "d": d, "x": x, "w": rng.uniform(0.5, 2, size=n)}


def estimate(part: dict[str, np.ndarray], *, panel: bool, method: str, factor: np.ndarray | float = 1.0) -> Effect:
    chosen = {"covariates": part["x"], "survey_weight": part["w"] * factor, "method": method}
    if panel:
        return did_dr(part["after"], part["d"], outcome_before=part["before"], **chosen)
    period = np.arange(part["d"].size) % 2 == 1
    return did_dr(np.where(period, part["after"], part["before"]), part["d"], period=period, **chosen)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("panel", [True, False])
def test_the_error_is_the_response_to_every_weight(panel: bool, method: str) -> None:
    """psi_i = w_i d(estimate) / d(w_i), found by differencing: score, regressions and means all counted."""
    part = data(80, seed=1)
    step = 1e-5 * np.eye(80)
    psi = [
        (
            estimate(part, panel=panel, method=method, factor=1 + step[i]).estimate
            - estimate(part, panel=panel, method=method, factor=1 - step[i]).estimate
        )
        / 2e-5
        for i in range(80)
    ]
    found = estimate(part, panel=panel, method=method).std_error
    assert found == pytest.approx(np.sqrt(np.sum(np.square(psi))), rel=1e-6)


def fitted(part: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Design matrix, and the weights of comparison units by statsmodels' logit."""
    z = sm.add_constant(part["x"])
    model = sm.GLM(part["d"].astype(float), z, family=sm.families.Binomial(), freq_weights=part["w"])
    p = model.fit(tol=1e-14).predict(z)
    return z, np.where(part["d"], 0.0, part["w"] * p / (1 - p))


def test_the_panel_estimate_is_equation_3_1() -> None:
    part = data(200, seed=2)
    z, odds = fitted(part)
    d, w, change = part["d"], part["w"], part["after"] - part["before"]
    trend = sm.WLS(change[~d], z[~d], weights=w[~d]).fit().predict(z)
    weight = np.where(d, w, 0.0) / np.sum(w[d]) - odds / np.sum(odds)
    assert estimate(part, panel=True, method="traditional").estimate == pytest.approx(
        np.sum(weight * (change - trend)), rel=1e-8
    )


def test_the_cross_section_estimate_is_that_of_section_3_2() -> None:
    part = data(300, seed=3)
    z, odds = fitted(part)
    d, w = part["d"], part["w"]
    period = np.arange(300) % 2 == 1
    y = np.where(period, part["after"], part["before"])
    mu = {
        (g, r): sm.WLS(y[cell], z[cell], weights=w[cell]).fit().predict(z)
        for g in (True, False)
        for r in (True, False)
        for cell in [(d == g) & (period == r)]
    }
    residual = y - np.where(period, mu[False, True], mu[False, False])
    expected = 0.0
    for r, sign in ((True, 1), (False, -1)):
        treated, comparison = np.where(d & (period == r), w, 0.0), np.where(period == r, odds, 0.0)
        gap = mu[True, r] - mu[False, r]
        expected += sign * (np.average(residual, weights=treated) - np.average(residual, weights=comparison))
        expected += sign * (np.average(gap, weights=np.where(d, w, 0.0)) - np.average(gap, weights=treated))
    assert estimate(part, panel=False, method="traditional").estimate == pytest.approx(expected, rel=1e-8)


def simulated(rng: np.random.Generator, *, n: int, wrong: set[str], panel: bool, method: str) -> Effect:
    """One draw of section 4, where z are bent transformations of normal x.

    The effect is 0. Both models are given z; a right one was drawn from z, a wrong one from x.
    """
    x = rng.normal(size=(n, 4))
    columns = (
        np.exp(0.5 * x[:, 0]),
        10 + x[:, 1] / (1 + np.exp(x[:, 0])),
        (0.6 + x[:, 0] * x[:, 2] / 25) ** 3,
        (20 + x[:, 1] + x[:, 3]) ** 2,
    )
    raw = np.column_stack(columns)
    z = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    in_score, in_trend = (x if "score" in wrong else z), (x if "trend" in wrong else z)
    d = rng.random(n) < 1 / (1 + np.exp(-0.75 * (-in_score[:, 0] + in_score @ [0, 0.5, -0.25, -0.1])))
    level = 210 + in_trend @ [27.4, 13.7, 13.7, 13.7]
    unit = rng.normal(size=n) + d * level
    before = level + unit + rng.normal(size=n)
    after = 2 * level + unit + rng.normal(size=n)
    chosen = {"covariates": z, "survey_weight": np.ones(n), "method": method}
    if panel:
        return did_dr(after, d, outcome_before=before, **chosen)
    period = rng.random(n) < 0.5
    return did_dr(np.where(period, after, before), d, period=period, **chosen)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wrong", [set(), {"score"}, {"trend"}, {"score", "trend"}], ids=str)
def test_the_four_cases_of_the_paper(wrong: set[str], method: str) -> None:
    rng = np.random.default_rng(4)
    results = [simulated(rng, n=600, wrong=wrong, panel=True, method=method) for _ in range(150)]
    estimates = np.array([r.estimate for r in results])
    bounds = [interval(r, alpha=0.05) for r in results]
    coverage = np.mean([b.low <= 0 <= b.high for b in bounds])
    spread = estimates.std(ddof=1)
    if wrong == {"score", "trend"}:
        assert coverage < 0.9
        return
    assert abs(estimates.mean()) < max(4 * spread / np.sqrt(150), 0.25 * spread)
    assert 0.88 <= coverage <= 0.99


def test_cross_sections_cover_with_both_models_right() -> None:
    rng = np.random.default_rng(5)
    results = [simulated(rng, n=800, wrong=set(), panel=False, method="traditional") for _ in range(120)]
    bounds = [interval(r, alpha=0.05) for r in results]
    ratio = np.mean([r.std_error for r in results]) / np.std([r.estimate for r in results], ddof=1)
    assert 0.9 <= np.mean([b.low <= 0 <= b.high for b in bounds]) <= 0.99
    assert 0.85 <= ratio <= 1.15


@pytest.mark.parametrize("method", METHODS)
def test_a_lasting_difference_between_the_groups_does_not_matter(method: str) -> None:
    part = data(150, seed=6)
    moved = {**part, **{name: part[name] + 100 * part["d"] for name in ("after", "before")}}
    for panel in (True, False):
        plain = estimate(part, panel=panel, method=method)
        shifted = estimate(moved, panel=panel, method=method)
        assert shifted.estimate == pytest.approx(plain.estimate, abs=1e-8)
        assert shifted.std_error == pytest.approx(plain.std_error, rel=1e-8)


def test_clusters_of_the_design_widen_the_error() -> None:
    part = data(200, seed=7)
    psu = np.repeat(np.arange(20), 10)
    part["after"] = part["after"] + np.repeat(np.random.default_rng(8).normal(size=20), 10) * (1 + 2 * part["d"])
    chosen = {"covariates": part["x"], "survey_weight": part["w"], "outcome_before": part["before"]}
    alone = did_dr(part["after"], part["d"], **chosen)
    drawn = did_dr(part["after"], part["d"], design=SurveyDesign(psu=psu), **chosen)
    assert drawn.estimate == alone.estimate
    assert drawn.std_error > 1.2 * alone.std_error
    assert drawn.df == 19


def test_rows_without_weight_may_hold_anything() -> None:
    part = data(120, seed=9)
    part["w"][:20] = 0
    clean = {name: values[20:] for name, values in part.items()}
    part["after"][:20], part["x"][:20] = np.nan, np.nan
    dirty, without = (estimate(p, panel=True, method="improved") for p in (part, clean))
    assert dirty.estimate == without.estimate
    assert dirty.std_error == pytest.approx(without.std_error, rel=1e-13)  # sums of other lengths


def test_what_it_cannot_do_is_refused_with_a_sentence() -> None:
    part = data(60, seed=10)
    chosen = {"covariates": part["x"], "survey_weight": part["w"]}
    with pytest.raises(ConfigError, match="effect on the treated"):
        did_dr(part["after"], part["d"], outcome_before=part["before"], estimand="ate", **chosen)
    with pytest.raises(ConfigError, match="traditional or improved"):
        did_dr(part["after"], part["d"], outcome_before=part["before"], method="local", **chosen)
    with pytest.raises(ConfigError, match="needs two rounds"):
        did_dr(part["after"], part["d"], **chosen)
    with pytest.raises(ConfigError, match="needs two rounds"):
        did_dr(part["after"], part["d"], outcome_before=part["before"], period=part["d"], **chosen)
    with pytest.raises(DataError, match="no treated unit before"):
        did_dr(part["after"], part["d"], period=part["d"], **chosen)
    with pytest.raises(DataError, match="no comparison unit, so"):
        did_dr(part["after"], np.ones(60, bool), outcome_before=part["before"], **chosen)
