"""The matching estimator with replacement: bias adjustment and Abadie-Imbens variance.

No bootstrap here: it gets the variance of this estimator wrong (Abadie and Imbens 2008, Econometrica 76,
1537-1557).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.conditional_variance import conditional_variance
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
    variance: str = "homoscedastic",
    coordinates: FloatArray | None = None,
    variance_neighbours: int = 2,
    design_declared: bool = False,
) -> Effect:
    """Mean gap between focal units and their neighbours.

    ATT when the focal units are treated, ATC when they are not, ATE when every unit of both groups is focal. Symbols
    as in Abadie and Imbens: K_j, how often j serves as a match (weighted); tau_i, gap of focal unit i;
    sigma_j^2, conditional outcome variance; w_j = 0 where j is not focal; W_ij = w_i x pair weight. Then

        V = [ sum_i w_i^2 (tau_i - tau)^2 + sum_j sigma_j^2 (K_j^2 + 2 w_j K_j - sum_i W_ij^2) ] / (sum_i w_i)^2.

    With `homoscedastic`, one variance for all is estimated from the pair gaps,

        sigma^2 = 1/2 sum_ij W_ij (gap_ij - tau)^2 / sum_ij W_ij,

    which also takes the effect as the same for all. With `heteroscedastic` it is estimated at every unit from its
    nearest units of the same treatment (see `conditional_variance`). With unit survey weights the first is R's
    ``Matching::Match(Var.calc=0)``, the second Stata's ``teffects nnmatch, vce(robust)``. The matching itself is
    taken from the pairs; a propensity score estimated for the distance is treated as known.

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
        Subtract what a regression among the matches of each group, weighted by K, says about the remaining
        covariate gaps.
    variance : {"homoscedastic", "heteroscedastic"}
    coordinates : (n, d) float or None
        Needed by `heteroscedastic`: the units in the space whose Euclidean distance matched them (the score, or
        the covariates scaled as for the distance).
    variance_neighbours : int
        Nearest units of the same treatment for sigma_j^2; all ties count.
    design_declared : bool
        Whether the study declares strata or PSUs, which this variance cannot honour.

    Raises
    ------
    ConfigError
        Survey design declared, bias adjustment without covariates, another `variance`, or `heteroscedastic`
        without coordinates.
    DataError
        No pairs.

    References
    ----------
    Abadie, A. and Imbens, G. (2006). Econometrica 74, 235-267, section 4; (2011). JBES 29, 1-11.
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
    gap = outcome[focal] - outcome[match]
    if bias_adjust:
        if covariates is None:
            raise ConfigError("methods: bias_adjust needs covariates; name some in the study or set bias_adjust: false")
        gap = gap - _predicted_gap(outcome, treatment, covariates, k, focal=focal, match=match)
    gap = np.where(treatment[focal], gap, -gap)
    units = np.unique(focal)
    w = survey_weight[units]
    total = float(np.sum(w))
    tau_i = np.asarray(np.bincount(focal, weights=pair_weight * gap, minlength=n), dtype=np.float64)[units]
    tau = float(np.sum(w * tau_i)) / total
    focal_weight = np.zeros(n)
    focal_weight[units] = w
    reuse = k**2 + 2 * focal_weight * k - np.bincount(match, weights=w_pair**2, minlength=n)
    match variance:
        case "homoscedastic":
            sigma2 = np.full(n, 0.5 * float(np.sum(w_pair * (gap - tau) ** 2)) / float(np.sum(w_pair)))
        case "heteroscedastic":
            if coordinates is None:
                raise ConfigError(
                    "methods: the heteroscedastic variance needs the coordinates that units were matched on"
                )
            # Units outside the analysis tell nothing about those inside.
            inside, sigma2 = survey_weight > 0, np.zeros(n)
            sigma2[inside] = conditional_variance(
                outcome[inside],
                treatment[inside],
                coordinates=coordinates[inside],
                needed=k[inside] > 0,
                neighbours=variance_neighbours,
            )
        case other:
            raise ConfigError(
                f"methods: the variance after matching is homoscedastic or heteroscedastic, not '{other}'"
            )
    v = (float(np.sum((w * (tau_i - tau)) ** 2)) + float(np.sum(sigma2 * reuse))) / total**2
    return effect(tau, v, df=math.inf, treatment=treatment, weight=k + focal_weight)


def _predicted_gap(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    covariates: FloatArray,
    k: FloatArray,
    *,
    focal: IntArray,
    match: IntArray,
) -> FloatArray:
    """What the covariates say about the gap of each pair, by a regression among the matches of each group; (p,)."""
    predicted = np.zeros(focal.shape[0])
    for group in (treatment, ~treatment):
        pairs = group[match]
        if np.any(pairs):
            x = _slope(outcome, covariates, np.where(group, k, 0.0))
            predicted[pairs] = x[focal[pairs]] - x[match[pairs]]
    return predicted


def _slope(outcome: FloatArray, covariates: FloatArray, k: FloatArray) -> FloatArray:
    """What the covariates predict, up to a constant, by a regression among the matches weighted by K; (n,)."""
    matched = k > 0
    x = np.column_stack([np.ones(int(np.sum(matched))), covariates[matched]])
    fit = weighted_least_squares(x, outcome[matched], weight=k[matched])
    return np.asarray(covariates @ fit.coefficients[1:])
