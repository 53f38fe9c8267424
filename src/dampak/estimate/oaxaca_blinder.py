"""Oaxaca-Blinder: each group keeps its own regression, and one predicts the missing outcome of the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.regression import weighted_least_squares
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import hc1, linearized
from dampak.estimate.weighted import weighted_mean

FloatArray = NDArray[np.float64]


def oaxaca_blinder(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    covariates: FloatArray,
    weight: FloatArray,
    estimand: str = "att",
    std_error: str = "hc1_prediction_fixed",
    design: SurveyDesign | None = None,
) -> Effect:
    """Mean outcome of a group minus what the other group's regression predicts for it.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    covariates : (n, k) float
    weight : (n,) float
        Survey weight; 0 = not used.
    estimand : {"att", "atc", "ate"}
    std_error : {"hc1_prediction_fixed", "linearized"}
        ``hc1_prediction_fixed`` is the published convention of Imbens & Xu: observed and predicted outcomes are
        stacked as two independent samples and compared with HC1. It ignores that the regression is estimated
        and that the two outcomes belong to the same person. ``linearized`` counts both. With a survey
        design the error is always the linearised one, as the stacked rows have no design.
    design : SurveyDesign or None

    Raises
    ------
    ConfigError
        Unknown option, or the published convention asked for the ATE, where it is not defined.

    References
    ----------
    Kline, P. (2011). American Economic Review 101 (3), 532-537.
    Imbens, G. and Xu, Y. (2024). LaLonde (1986) after Nearly Four Decades, row "Oaxaca Blinder" (`om.reg`).
    """
    if estimand not in ("att", "atc", "ate"):
        raise ConfigError(f"methods: oaxaca_blinder supports the estimands att, atc and ate, not '{estimand}'")
    if std_error not in ("hc1_prediction_fixed", "linearized"):
        raise ConfigError(
            f"methods: oaxaca_blinder: std_error is hc1_prediction_fixed or linearized, not '{std_error}'"
        )
    if estimand == "ate" and std_error == "hc1_prediction_fixed" and design is None:
        raise ConfigError(
            "methods: oaxaca_blinder: std_error hc1_prediction_fixed stacks one observed group on its prediction and "
            "is not defined for the estimand ate; use std_error linearized"
        )
    x = np.column_stack([np.ones(outcome.shape[0]), covariates])
    w1, w0 = np.where(treatment, weight, 0.0), np.where(treatment, 0.0, weight)
    target = {"att": w1, "atc": w0, "ate": weight}[estimand]
    fit1 = weighted_least_squares(x, outcome, weight=w1)
    fit0 = weighted_least_squares(x, outcome, weight=w0)
    # For the ATT the treated regression drops out: with an intercept its mean prediction is the observed mean.
    gap = x @ (fit1.coefficients - fit0.coefficients)
    if estimand == "att":
        gap = outcome - x @ fit0.coefficients
    elif estimand == "atc":
        gap = x @ fit1.coefficients - outcome
    estimate = weighted_mean(gap, target, group="comparison" if estimand == "atc" else "treated")
    influence: FloatArray | None
    if std_error == "linearized" or design is not None:
        centre = np.array([weighted_mean(column, target, group="target") for column in x.T])
        own = target * (gap - estimate) / np.sum(target)
        psi1 = fit1.influence(centre) if estimand != "att" else np.zeros_like(own)
        psi0 = fit0.influence(centre) if estimand != "atc" else np.zeros_like(own)
        influence = own + psi1 - psi0
        if design is not None:
            variance, df = linearized(influence, design=design)
        else:
            n1, n0 = int(np.sum(w1 > 0)), int(np.sum(w0 > 0))
            k1, k0 = (1 if estimand == "att" else fit1.rank), (1 if estimand == "atc" else fit0.rank)
            # Each regression pays for its own coefficients, as two separate HC1 fits would.
            variance = hc1(influence[treatment], n=n1, n_parameters=k1)
            variance += hc1(influence[~treatment], n=n0, n_parameters=k0)
            df = float(n1 + n0 - k1 - k0)
    else:
        focal = target > 0
        fitted = x @ (fit0 if estimand == "att" else fit1).coefficients
        influence = None
        variance, df = _stacked(outcome[focal], fitted[focal], weight=target[focal])
    return effect(estimate, variance, df=df, treatment=treatment, weight=weight, influence=influence)


def _stacked(observed: FloatArray, predicted: FloatArray, *, weight: FloatArray) -> tuple[float, float]:
    """HC1 of the difference between two stacked samples of equal size and equal weights."""
    n = 2 * observed.shape[0]
    if n <= 2:
        raise DataError("clean/design.parquet: one unit in the target group; a standard error needs at least two")
    share = weight / np.sum(weight)
    deviations = [share * (y - np.sum(share * y)) for y in (observed, predicted)]
    return hc1(np.concatenate(deviations), n=n, n_parameters=2), float(n - 2)
