"""The matching estimator with replacement: bias adjustment and Abadie-Imbens variance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.regression import weighted_least_squares

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def nearest_neighbours(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    focal: IntArray,
    match: IntArray,
    pair_weight: FloatArray,
    survey_weight: FloatArray,
    covariates: FloatArray | None = None,
    bias_adjust: bool = False,
    design_declared: bool = False,
) -> Effect:
    """Mean gap between focal units and their neighbours (ATT when the focal units are treated, ATC otherwise).

    Symbols as in Abadie and Imbens: K_j, how often j serves as a match (weighted); tau_i, gap of focal unit i;
    sigma^2, conditional outcome variance taken as constant and estimated from the pair gaps,

        sigma^2 = 1/2 sum_ij W_ij (gap_ij - tau)^2 / sum_ij W_ij,
        V = [ sum_i w_i^2 (tau_i - tau)^2 + sigma^2 sum_j (K_j^2 - sum_i W_ij^2) ] / (sum_i w_i)^2,

    W_ij = w_i x pair weight. With unit survey weights this is R's ``Matching::Match(Var.calc=0)``. The matching
    itself is taken from the pairs; a propensity score estimated for the distance is treated as known.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    focal, match : (p,) int
        Row numbers of the two members of each pair.
    pair_weight : (p,) float
        1 / number of matches of the focal unit (ties count); sums to 1 within a focal unit.
    survey_weight : (n,) float
        w; every w_i positive for matched units.
    covariates : (n, k) float or None
        For the bias adjustment.
    bias_adjust : bool
        Subtract what a regression among the matches, weighted by K, says about the remaining covariate gaps.
    design_declared : bool
        Whether the study declares strata or PSUs, which this variance cannot honour.

    Raises
    ------
    ConfigError
        Survey design declared, or bias adjustment without covariates.
    DataError
        No pairs.

    References
    ----------
    Abadie, A. and Imbens, G. (2006). Econometrica 74, 235-267, eq. 14; (2011). JBES 29, 1-11 (bias adjustment).
    Sekhon, J. (2011). Journal of Statistical Software 42 (7).
    """
    if design_declared:
        raise ConfigError(
            "methods: matching with replacement has only the Abadie-Imbens standard error, which assumes independent "
            "units and cannot honour design strata or psu; use replace: false, ipw or entropy_balancing"
        )
    if focal.size == 0:
        raise DataError("match/pairs.parquet holds no pair; widen the caliper or the common support")
    n = outcome.shape[0]
    w_pair = survey_weight[focal] * pair_weight
    k = np.asarray(np.bincount(match, weights=w_pair, minlength=n), dtype=np.float64)
    adjusted = outcome
    if bias_adjust:
        if covariates is None:
            raise ConfigError("methods: bias_adjust needs covariates; name some in the study or set bias_adjust: false")
        adjusted = outcome - _slope(outcome, covariates, k)
    gap = adjusted[focal] - adjusted[match]
    units = np.unique(focal)
    w = survey_weight[units]
    total = float(np.sum(w))
    tau_i = np.asarray(np.bincount(focal, weights=pair_weight * gap, minlength=n), dtype=np.float64)[units]
    tau = float(np.sum(w * tau_i)) / total
    sigma2 = 0.5 * float(np.sum(w_pair * (gap - tau) ** 2)) / float(np.sum(w_pair))
    reuse = float(np.sum(k**2)) - float(np.sum(w_pair**2))
    variance = (float(np.sum((w * (tau_i - tau)) ** 2)) + sigma2 * reuse) / total**2
    weight = k.copy()
    weight[units] = w
    sign = 1.0 if treatment[focal[0]] else -1.0
    return effect(sign * tau, variance, df=math.inf, treatment=treatment, weight=weight)


def _slope(outcome: FloatArray, covariates: FloatArray, k: FloatArray) -> FloatArray:
    """What the covariates predict, up to a constant, by a regression among the matches weighted by K; (n,)."""
    matched = k > 0
    x = np.column_stack([np.ones(int(np.sum(matched))), covariates[matched]])
    fit = weighted_least_squares(x, outcome[matched], weight=k[matched])
    return np.asarray(covariates @ fit.coefficients[1:])
