"""Covariate balance: standardised mean differences, variance ratios, distances of distributions."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Balance:
    """Balance of one covariate under one set of weights.

    Attributes
    ----------
    smd
        Standardised mean difference, treated minus comparison, over the *unmatched* standard deviation.
    variance_ratio
        Variance of the treated over that of the comparison group; NaN for a binary covariate.
    ks
        Largest distance of the two distribution functions (Kolmogorov-Smirnov).
    ecdf_mean
        Mean distance of the two distribution functions over the distinct values.
    """

    smd: float
    variance_ratio: float
    ks: float
    ecdf_mean: float


def is_binary(x: FloatArray) -> bool:
    """Whether a covariate takes two values at most."""
    return bool(np.all((x == x.min()) | (x == x.max())))


def weighted_variance(x: FloatArray, weight: FloatArray) -> float:
    """Variance with reliability weights: sum w (x - m)^2 * W / (W^2 - sum w^2), W = sum w; NaN for one unit."""
    total = float(weight.sum())
    freedom = total**2 - float((weight**2).sum())
    if freedom <= 0:
        return math.nan
    mean = float(weight @ x) / total
    return float(weight @ (x - mean) ** 2) * total / freedom


def standardiser(
    x: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    estimand: str,
    survey_weight: FloatArray,
    overlap_weight: FloatArray | None = None,
) -> float:
    """Return the standard deviation that mean differences are divided by, from the unmatched data.

    Parameters
    ----------
    x : (n,) float
    treatment : (n,) bool
    estimand : {"att", "atc", "ate", "ato"}
        att: of the treated; atc: of the comparison group; ate: root of the mean of both variances; ato: of all units
        under the overlap weights, which make the population that the effect is on. For a binary covariate the
        variance is p (1 - p). Where it is 0, that of all units is taken.
    survey_weight : (n,) float
    overlap_weight : (n,) float or None
        For ato: overlap weights, survey weight included. One scale serves all methods, before and after, so these are
        the weights of the estimand and not of the method.

    Raises
    ------
    ConfigError
        For ato without overlap weights.

    References
    ----------
    Ho, D., Imai, K., King, G. and Stuart, E. (2011), ``summary.matchit``. Greifer, N., cobalt, ``col_w_smd``
    (``s.d.denom``: "treated", "control", "pooled", and "weighted" for the ATO).
    """
    binary = is_binary(x)

    def variance(weight: FloatArray) -> float:
        if binary:
            p = float(np.average(x == x.max(), weights=weight))
            return p * (1 - p) * float(np.ptp(x)) ** 2
        return weighted_variance(x, weight)

    treated, comparison = (np.where(group, survey_weight, 0.0) for group in (treatment, ~treatment))
    match estimand:
        case "att":
            found = variance(treated)
        case "atc":
            found = variance(comparison)
        case "ato":
            if overlap_weight is None:
                raise ConfigError("balance: the estimand ato is standardised with its overlap weights; pass them")
            found = variance(overlap_weight)
        case _:
            found = (variance(treated) + variance(comparison)) / 2
    # A covariate that does not vary in the target group may still differ from the other group: cobalt does the same.
    return math.sqrt(found if found > 0 else variance(survey_weight))


def balance(
    x: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    weight: FloatArray,
    scale: float,
    order: NDArray[np.int64] | None = None,
) -> Balance:
    """Compare the weighted distributions of one covariate in the two groups.

    Parameters
    ----------
    x : (n,) float
    treatment : (n,) bool
    weight : (n,) float
        Analysis weights, survey weight included; units of weight 0 do not count.
    scale : float
        From `standardiser`.
    order : (n,) int or None
        ``np.argsort(x, kind="stable")``, where balance is measured under several weights: sorting is most of the work.

    Returns
    -------
    Balance
        All NaN when a group has no weight; `smd` NaN when the scale is 0 and the means differ.
    """
    # Of all units: weighting must not turn a count into a binary covariate.
    binary, span = is_binary(x), float(np.ptp(x))
    treated, comparison = np.where(treatment, weight, 0.0), np.where(treatment, 0.0, weight)
    if not (treated.any() and comparison.any()):
        return Balance(math.nan, math.nan, math.nan, math.nan)
    treated, comparison = treated / treated.sum(), comparison / comparison.sum()
    apart = treated - comparison
    difference = float(apart @ x)
    if binary:
        ks = mean_gap = abs(difference) / span if span > 0 else 0.0
        ratio = math.nan
    else:
        if order is None:
            used = np.flatnonzero(weight > 0)
            sequence = used[np.argsort(x[used], kind="stable")]
        else:
            sequence = order[weight[order] > 0]
        sorted_x = x[sequence]
        last = np.append(sorted_x[1:] != sorted_x[:-1], True)
        gap = np.abs(np.cumsum(apart[sequence])[last])
        ks, mean_gap = float(gap.max()), float(gap.mean())
        below = weighted_variance(x, comparison)
        ratio = weighted_variance(x, treated) / below if below > 0 else math.nan
    smd = difference / scale if scale > 0 else (0.0 if abs(difference) < 1e-12 else math.nan)
    return Balance(smd, ratio, ks, mean_gap)
