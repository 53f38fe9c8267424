"""HC3 of entropy balancing is the jackknife of the regression that its weights amount to."""

import math
from typing import Any

import numpy as np
import pytest

from dampak.estimate.balancing import balancing_difference
from dampak.estimate.effect import Effect
from dampak.match.entropy_balancing import entropy_balancing


def case(seed: int = 1, n: int = 40, k: int = 4) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    t = np.arange(n) % 3 == 0
    x[t, 0] += 0.4
    q = rng.uniform(0.5, 3, n)
    y = 1.0 * t + x @ rng.normal(size=k) + rng.normal(size=n)
    return {"outcome": y, "treatment": t, "covariates": x, "survey_weight": q}


def weights(made: dict[str, Any], estimand: str) -> np.ndarray:
    x = made["covariates"]
    return entropy_balancing(
        x, made["treatment"], names=[str(j) for j in range(x.shape[1])], estimand=estimand,
        survey_weight=made["survey_weight"],
    )  # fmt: skip


def fitted(made: dict[str, Any], estimand: str, *, leverage: bool) -> Effect:
    return balancing_difference(
        made["outcome"], made["treatment"], weight=weights(made, estimand), covariates=made["covariates"],
        survey_weight=made["survey_weight"], estimand=estimand, leverage=leverage,
    )  # fmt: skip


def left_out(y: np.ndarray, x: np.ndarray, w: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Intercept of the weighted regression of y on x, less the intercept without each of the rows."""

    def intercept(keep: np.ndarray) -> float:
        root = np.sqrt(w[keep])
        return float(np.linalg.lstsq(x[keep] * root[:, None], y[keep] * root, rcond=None)[0][0])

    return np.array([intercept(rows) - intercept(rows[rows != i]) for i in rows])


@pytest.mark.parametrize("estimand", ["att", "atc"])
def test_the_influence_of_a_reweighted_unit_is_what_changes_when_it_is_left_out(estimand: str) -> None:
    made = case()
    result = fitted(made, estimand, leverage=True)
    t, q, w = made["treatment"], made["survey_weight"], weights(made, estimand)
    target, other = (t, ~t) if estimand == "att" else (~t, t)
    gap = made["covariates"] - np.average(made["covariates"][target], axis=0, weights=q[target])
    x = np.column_stack([np.ones(t.size), gap])
    jackknife = left_out(made["outcome"], x, w, np.flatnonzero(other))
    assert np.abs(result.influence[other]) == pytest.approx(np.abs(jackknife), abs=1e-10)
    # What the target's own units add is not of the regression, and stays as it is.
    plain = fitted(made, estimand, leverage=False)
    assert result.influence[target] == pytest.approx(plain.influence[target], abs=1e-12)
    variance = np.sum(jackknife**2) + np.sum(plain.influence[target] ** 2)
    assert result.std_error == pytest.approx(math.sqrt(variance), rel=1e-9)


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
def test_leverage_moves_the_error_up_and_the_estimate_not(estimand: str) -> None:
    made = case(2)
    plain, corrected = (fitted(made, estimand, leverage=flag) for flag in (False, True))
    assert corrected.estimate == plain.estimate
    assert corrected.std_error > 1.02 * plain.std_error


def test_with_many_units_and_few_covariates_the_two_errors_meet() -> None:
    made = case(3, n=4000, k=2)
    plain, corrected = (fitted(made, "att", leverage=flag).std_error for flag in (False, True))
    assert plain < corrected < 1.005 * plain


def test_a_unit_that_alone_decides_its_covariate_leaves_the_error_finite() -> None:
    made = case(4, n=80)
    alone = np.zeros(80)
    t = made["treatment"]
    alone[[np.flatnonzero(t)[0], np.flatnonzero(~t)[0]]] = 1.0
    made["covariates"] = np.column_stack([made["covariates"], alone])
    plain, corrected = (fitted(made, "att", leverage=flag).std_error for flag in (False, True))
    assert math.isfinite(corrected) and corrected > plain


def test_errors_with_leverage_cover_where_many_covariates_rest_on_few_units() -> None:
    """Spread of the estimate over samples of 120 with 8 covariates, against the mean of the errors."""
    estimates: list[float] = []
    errors: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(150):
        made = case(100 + seed, n=120, k=8)
        # The outcome of one coefficient vector, so that the spread is that of sampling.
        rng = np.random.default_rng(seed)
        made["outcome"] = made["covariates"] @ np.linspace(-1, 1, 8) + rng.normal(size=120)
        estimates.append(fitted(made, "atc", leverage=False).estimate)
        for flag, kept in errors.items():
            kept.append(fitted(made, "atc", leverage=flag).std_error)
    spread = float(np.std(estimates))
    assert np.mean(errors[False]) < 0.95 * spread
    assert np.mean(errors[True]) > 0.95 * spread
