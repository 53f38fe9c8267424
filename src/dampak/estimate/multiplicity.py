"""Adjustment of p-values for looking at several outcomes or subgroups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import deviations
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]

# Anderson's code tries q = 1.000, 0.999, ..., 0.001.
Q_LEVELS = np.arange(1000, 0, -1) / 1000


def holm(p_values: FloatArray) -> FloatArray:
    """Holm's step-down adjustment, which controls the chance of any false finding in the family.

    Parameters
    ----------
    p_values : (m,) float
        Unadjusted, one per outcome of the family.

    Returns
    -------
    (m,) float
        Adjusted p-values in the order given.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def anderson_q(p_values: FloatArray) -> FloatArray:
    """Sharpened two-stage q-values: the smallest false discovery rate at which each finding stands.

    For each q, in steps of 0.001: with q' = q / (1 + q), the r1 hypotheses below the largest p_(r) <= q' r / m are
    rejected; then m - r1 estimates the number of true nulls, and p_(r) <= q' r / (m - r1) decides. The q-value is the
    smallest q that rejects. It can be below its p-value where most hypotheses are rejected. Proven for independent
    tests; use `holm` or `romano_wolf` where a single false finding matters.

    Parameters
    ----------
    p_values : (m,) float

    Returns
    -------
    (m,) float
        Multiples of 0.001, in the order given.

    References
    ----------
    Benjamini, Y., Krieger, A. and Yekutieli, D. (2006). Biometrika 93, 491-507 (two-stage procedure).
    Anderson, M. (2008). Journal of the American Statistical Association 103, 1481-1495, and his code.
    """
    p = np.asarray(p_values, dtype=float)
    m = p.size
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, m + 1)
    level = (Q_LEVELS / (1 + Q_LEVELS))[:, None]

    def rejected(bound: FloatArray) -> NDArray[np.int64]:
        return np.asarray(np.max(np.where(p[order] <= bound, ranks, 0), axis=1, initial=0))

    first = rejected(level * ranks / m)[:, None]
    # When the first stage rejects all, no true null is left, and the second rejects all.
    with np.errstate(divide="ignore"):
        second = rejected(np.where(first < m, level * ranks / (m - first), np.inf))
    q = np.ones(m)
    # Levels fall, so the last assignment is that of the smallest q that rejects.
    for value, count in zip(Q_LEVELS, second, strict=True):
        q[order[:count]] = value
    return q


def romano_wolf(
    p_values: FloatArray,
    *,
    influence: FloatArray,
    seed: int,
    name: str = "",
    design: SurveyDesign | None = None,
    draws: int = 9_999,
) -> FloatArray:
    """Step-down adjustment that uses how the estimates move together, so that it gives away less than Holm's.

    The p-values are carried to the normal scale, z = -Phi^-1(p / 2), and compared with the largest absolute value of
    joint draws under "no effect anywhere": a multiplier bootstrap of the influence values, with one normal multiplier
    per PSU. Their own degrees of freedom are therefore kept.

    Parameters
    ----------
    p_values : (m,) float
        Two-sided, one per hypothesis of the family.
    influence : (n, m) float
        Influence values of the m estimates, survey weight included, one row per unit.
    seed : int
        Of the study.
    name : str
        Of the family: another name draws other multipliers.
    design : SurveyDesign or None
        None = independent units.
    draws : int

    Returns
    -------
    (m,) float
        Adjusted p-values in the order given.

    References
    ----------
    Romano, J. and Wolf, M. (2005). Econometrica 73, 1237-1282; (2016). Statistics & Probability Letters 113, 38-40.
    Chernozhukov, V., Chetverikov, D. and Kato, K. (2013). Annals of Statistics 41, 2786-2819 (multipliers).
    """
    from scipy.special import ndtri

    p = np.asarray(p_values, dtype=float)
    if influence.ndim != 2 or influence.shape[1] != p.size:
        raise ConfigError(
            f"multiplicity: {p.size} p-values need as many columns of influence values, not shape {influence.shape}"
        )
    null = multiplier_draws(influence, design=design, draws=draws, seed=seed_of(seed, "romano_wolf", name))
    # Where little is to be adjusted, the draws' own error would leave a value below the one that was to be raised.
    return np.asarray(np.maximum(p, step_down(-np.asarray(ndtri(p / 2)), null=null)))


def multiplier_draws(influence: FloatArray, *, design: SurveyDesign | None, draws: int, seed: int) -> FloatArray:
    """Joint draws of studentised estimates under "no effect", by normal multipliers of PSU deviations.

    sum_c e_c d_c / ||d||, with d_c the scaled deviations of `dampak.estimate.variance.deviations` and e_c standard
    normal, is normal with the design correlation R of the estimates; it is drawn as such, at a cost that does not
    depend on the number of PSUs.

    Parameters
    ----------
    influence : (n, m) float
    design : SurveyDesign or None
    draws, seed : int

    Returns
    -------
    (draws, m) float
        Columns without variation are 0.
    """
    d = influence if design is None else deviations(influence, design=design)[0]
    norm = np.sqrt(np.sum(d**2, axis=0))
    unit = d / np.where(norm > 0, norm, 1.0)
    correlation = np.einsum("ij,ik->jk", unit, unit, optimize=False)
    # Estimates that determine each other make R singular; the ridge changes no digit that draws can show.
    root = np.linalg.cholesky(correlation + 1e-9 * np.eye(d.shape[1]))
    normal = np.random.default_rng(seed).standard_normal((draws, d.shape[1]))
    return np.asarray(np.einsum("ij,kj->ik", normal, root, optimize=False) * (norm > 0))


def step_down(statistics: FloatArray, *, null: FloatArray) -> FloatArray:
    """Romano and Wolf's adjusted p-values from statistics and joint draws of them under the null.

    Parameters
    ----------
    statistics : (m,) float
        Absolute values count.
    null : (draws, m) float
        E.g. of `multiplier_draws`, or bootstrap t statistics.

    Returns
    -------
    (m,) float

    References
    ----------
    Romano, J. and Wolf, M. (2016). Statistics & Probability Letters 113, 38-40.
    """
    size = np.abs(statistics)
    order = np.argsort(-size, kind="stable")
    # Largest draw among the hypotheses that are still in play at each step.
    largest = np.maximum.accumulate(np.abs(null)[:, order[::-1]], axis=1)[:, ::-1]
    stepped = (1 + np.sum(largest >= size[order], axis=0)) / (1 + null.shape[0])
    adjusted = np.empty(size.shape[0])
    adjusted[order] = np.maximum.accumulate(stepped)
    return adjusted
