"""Covariate balance: standardised mean differences, variance ratios, distances of distributions."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def standardiser(x: FloatArray, treatment: NDArray[np.bool_], *, estimand: str, survey_weight: FloatArray) -> float:
    """Return the standard deviation that mean differences are divided by, from the unmatched data.

    Parameters
    ----------
    x : (n,) float
    treatment : (n,) bool
    estimand : {"att", "atc", "ate"}
        att: of the treated; atc: of the comparison group; ate: root of the mean of both variances. For a binary
        covariate the variance is p (1 - p).
    survey_weight : (n,) float

    References
    ----------
    Ho, D., Imai, K., King, G. and Stuart, E. (2011), ``summary.matchit``. Greifer, N., cobalt, ``col_w_smd``.
    """
    binary = is_binary(x)

    def variance(group: NDArray[np.bool_]) -> float:
        if binary:
            p = float(np.average(x[group] == x.max(), weights=survey_weight[group]))
            return p * (1 - p) * float(np.ptp(x)) ** 2
        return weighted_variance(x[group], survey_weight[group])

    match estimand:
        case "att":
            return math.sqrt(variance(treatment))
        case "atc":
            return math.sqrt(variance(~treatment))
        case _:
            return math.sqrt((variance(treatment) + variance(~treatment)) / 2)


def balance(x: FloatArray, treatment: NDArray[np.bool_], *, weight: FloatArray, scale: float) -> Balance:
    """Compare the weighted distributions of one covariate in the two groups.

    Parameters
    ----------
    x : (n,) float
    treatment : (n,) bool
    weight : (n,) float
        Analysis weights; units of weight 0 do not count.
    scale : float
        From `standardiser`.

    Returns
    -------
    Balance
        All NaN when a group has no weight; `smd` NaN when the scale is 0 and the means differ.
    """
    # Of all units: weighting must not turn a count into a binary covariate.
    binary, span = is_binary(x), float(np.ptp(x))
    used = weight > 0
    x, treatment, weight = x[used], treatment[used], weight[used]
    if not treatment.any() or treatment.all():
        return Balance(math.nan, math.nan, math.nan, math.nan)
    treated, comparison = weight * treatment, weight * ~treatment
    treated, comparison = treated / treated.sum(), comparison / comparison.sum()
    difference = float(treated @ x - comparison @ x)
    order = np.argsort(x, kind="stable")
    gap = np.abs(np.cumsum((treated - comparison)[order]))
    sorted_x = x[order]
    last = np.append(sorted_x[1:] != sorted_x[:-1], True)
    if binary:
        ks = mean_gap = abs(difference) / span if span > 0 else 0.0
        ratio = math.nan
    else:
        ks, mean_gap = float(gap[last].max()), float(gap[last].mean())
        below = weighted_variance(x[~treatment], weight[~treatment])
        ratio = weighted_variance(x[treatment], weight[treatment]) / below if below > 0 else math.nan
    smd = difference / scale if scale > 0 else (0.0 if abs(difference) < 1e-12 else math.nan)
    return Balance(smd, ratio, ks, mean_gap)
