"""Partial pooling: the effects of many areas, each drawn towards what all of them say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import quantile

FloatArray = NDArray[np.float64]

METHODS = ("reml", "paule_mandel")
INTERVALS = ("morris", "robust")


@dataclass(frozen=True, eq=False)
class PartialPooling:
    """Shrunken effects of m areas; arrays in the order given.

    Attributes
    ----------
    mean, mean_std_error : float
        Of the distribution of effects over areas.
    tau2 : float
        Variance of the true effects between areas.
    shrinkage : (m,) float
        B_i, the share of an area's distance from the mean that is taken as noise: 1 = all.
    estimates : (m,) float
    std_errors : (m,) float
        Morris's, which count that mean and tau2 are estimated.
    low, high : (m,) float
        Ends of the intervals.
    """

    mean: float
    mean_std_error: float
    tau2: float
    shrinkage: FloatArray
    estimates: FloatArray
    std_errors: FloatArray
    low: FloatArray
    high: FloatArray


def partial_pooling(
    estimates: FloatArray,
    std_errors: FloatArray,
    *,
    method: str = "reml",
    interval: str = "morris",
    alpha: float = 0.05,
) -> PartialPooling:
    """Empirical Bayes estimates of the effects of many areas under y_i ~ N(theta_i, V_i), theta_i ~ N(mu, A).

    theta_i is estimated by (1 - B_i) y_i + B_i mu, with B_i = (m - 3) / (m - 1) V_i / (V_i + A) and mu weighted by
    1 / (V_i + A). Areas must be independent of each other: with a comparison group in common their errors are
    not, and intervals of single areas are then right but comparisons between areas too cautious.

    Intervals. `morris`: normal, with the variance

        s_i^2 = V_i [1 - (1 - W_i / sum W) B_i] + 2 / (m - 3) B_i^2 (V_mean + A) / (V_i + A) (y_i - mu)^2,

    W_i = 1 / (V_i + A), V_mean = sum W_i V_i / sum W. They cover if the effects are normal over areas. `robust`: cv
    (1 - B_i) sqrt(V_i) around the shrunken estimate, with B_i = V_i / (V_i + A) and cv such that the coverage averaged
    over areas is at least 1 - alpha whatever the distribution of effects of variance A. A is then taken as known, but
    not below 2 / sum(1 / V_i), so that areas that look alike are not taken to be exactly alike.

    Parameters
    ----------
    estimates, std_errors : (m,) float
        One per area, m >= 4, in the unit of the outcome; standard errors positive and taken as known.
    method : {"reml", "paule_mandel"}
        How the variance A between areas is estimated.
    interval : {"morris", "robust"}
    alpha : float
        Error rate of the intervals.

    Raises
    ------
    ConfigError
        Unknown method or interval.
    DataError
        Fewer than 4 areas, or a standard error that is not positive.

    References
    ----------
    Morris, C. (1983). Journal of the American Statistical Association 78, 47-55.
    Paule, R. and Mandel, J. (1982). Journal of Research of the NBS 87, 377-385.
    Armstrong, T., Kolesar, M. and Plagborg-Moller, M. (2022). Econometrica 90, 2567-2602.
    """
    if interval not in INTERVALS:
        raise ConfigError(f"partial pooling: interval is {' or '.join(INTERVALS)}, not '{interval}'")
    y, v = np.asarray(estimates, dtype=np.float64), np.asarray(std_errors, dtype=np.float64) ** 2
    m = y.shape[0]
    if m < 4:
        raise DataError(f"partial pooling: {m} areas, and at least 4 are needed to learn how effects vary between them")
    if not np.all(v > 0):
        raise DataError(
            f"partial pooling: area {int(np.argmax(~(v > 0))) + 1} has no positive standard error; leave it out, or "
            "use a larger area"
        )
    tau2 = between_variance(y, v, method=method)
    if interval == "robust":
        tau2 = max(tau2, 2 / float(np.sum(1 / v)))
    w = 1 / (v + tau2)
    mean = float(np.sum(w * y) / np.sum(w))
    # Morris corrects the shrinkage for the estimation of A; the theory of the robust interval is that of the plain one.
    b = v * w if interval == "robust" else (m - 3) / (m - 1) * v * w
    shrunken = y - b * (y - mean)
    v_mean = float(np.sum(w * v) / np.sum(w))
    known = v * (1 - (1 - w / np.sum(w)) * b)
    s = np.sqrt(known + 2 / (m - 3) * b**2 * (v_mean + tau2) * w * (y - mean) ** 2)
    if interval == "robust":
        # The bias -B_i (theta_i - mu) has the mean square V_i / A in standard deviations (1 - B_i) sqrt(V_i).
        ratios, at = np.unique(v / tau2, return_inverse=True)
        critical = np.array([robust_critical_value(float(ratio), alpha=alpha) for ratio in ratios])
        half = critical[at] * (1 - b) * np.sqrt(v)
    else:
        half = quantile(1 - alpha / 2, df=math.inf) * s
    return PartialPooling(mean, math.sqrt(1 / float(np.sum(w))), tau2, b, shrunken, s, shrunken - half, shrunken + half)


def between_variance(y: FloatArray, v: FloatArray, *, method: str) -> float:
    """Variance A of true effects between areas; 0 where the estimates vary no more than their errors explain.

    Both methods make sum W_i^c (y_i - mu)^2 equal to its expectation, with W_i = 1 / (V_i + A): Paule and Mandel with
    c = 1, restricted maximum likelihood with c = 2.

    Parameters
    ----------
    y, v : (m,) float
        Estimates and their squared standard errors.
    method : {"reml", "paule_mandel"}

    References
    ----------
    Viechtbauer, W. (2005). Journal of Educational and Behavioral Statistics 30, 261-293.
    """
    from scipy.optimize import brentq, minimize_scalar

    if method not in METHODS:
        raise ConfigError(f"partial pooling: method is {' or '.join(METHODS)}, not '{method}'")

    def excess(a: float) -> float:
        w = 1 / (v + a)
        mean = float(np.sum(w * y) / np.sum(w))
        return float(np.sum(w * (y - mean) ** 2) - (y.shape[0] - 1))

    def deviance(a: float) -> float:
        w = 1 / (v + a)
        mean = float(np.sum(w * y) / np.sum(w))
        return float(np.log(np.sum(w)) - np.sum(np.log(w)) + np.sum(w * (y - mean) ** 2))

    # At the variance of the estimates themselves both equations are past their root.
    top = float(np.var(y, ddof=1)) + float(np.max(v))
    if method == "paule_mandel":
        return float(brentq(excess, 0.0, top, xtol=1e-14 * top, rtol=1e-12)) if excess(0.0) > 0 else 0.0
    # The restricted likelihood can have several modes: the best point of a grid brackets the highest.
    grid: FloatArray = top * np.append(0.0, np.geomspace(1e-6, 1.0, 121))
    best = int(np.argmin([deviance(float(a)) for a in grid]))
    if best == 0:
        return 0.0
    bracket = (float(grid[best - 1]), float(grid[min(best + 1, grid.shape[0] - 1)]))
    return float(minimize_scalar(deviance, bounds=bracket, method="bounded", options={"xatol": 1e-12 * top}).x)


def robust_critical_value(bias2: float, *, alpha: float) -> float:
    """Smallest cv with P(|Z + b| > cv) <= alpha for every distribution of b with E(b^2) = `bias2`, Z standard normal.

    The largest rejection rate is the concave envelope, at t = `bias2`, of r(t) = P(|Z + sqrt(t)| > cv): r itself from
    t0 on, and before that the chord from r(0) to r(t0), t0 being where the chord is steepest.

    Parameters
    ----------
    bias2 : float
        Mean squared bias in standard deviations of the shrunken estimate.
    alpha : float

    References
    ----------
    Armstrong, T., Kolesar, M. and Plagborg-Moller, M. (2022). Econometrica 90, 2567-2602.
    """
    from scipy.optimize import brentq, minimize_scalar
    from scipy.special import ndtr, ndtri

    def rate(t: float, cv: float) -> float:
        return float(ndtr(-cv - math.sqrt(t)) + ndtr(math.sqrt(t) - cv))

    def worst(cv: float) -> float:
        def slope(root: float) -> float:
            return -(rate(root**2, cv) - rate(0.0, cv)) / root**2

        # Beyond cv + 6 the rate is 1 to nine digits, so that a longer chord is flatter.
        t0 = float(minimize_scalar(slope, bounds=(1e-4, cv + 6), method="bounded", options={"xatol": 1e-10}).x) ** 2
        if bias2 >= t0:
            return rate(bias2, cv)
        return rate(0.0, cv) + bias2 / t0 * (rate(t0, cv) - rate(0.0, cv))

    usual = float(ndtri(1 - alpha / 2))
    # Chebyshev's inequality gives a value that is large enough.
    enough = math.sqrt((1 + bias2) / alpha) + usual
    return float(brentq(lambda cv: worst(cv) - alpha, usual - 1e-9, enough, xtol=1e-9))
