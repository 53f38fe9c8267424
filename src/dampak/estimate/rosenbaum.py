"""Rosenbaum's bounds: how far hidden bias in who was treated could reach before a matched result is lost.

Units of one matched set may differ in their odds of treatment by a factor of Gamma at most. Gamma = 1 is a
randomised experiment; at Gamma = 2 one of two look-alikes may have been twice as likely to be treated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LARGEST_GAMMA = 1e6
# Differences that are in memory at a time.
CHUNK = 2_000_000
ALTERNATIVES = ("greater", "less", "two-sided")


def p_upper(differences: FloatArray, *, gamma: float, alternative: str = "two-sided") -> float:
    """Largest p-value of Wilcoxon's signed rank test under hidden bias of at most gamma.

    Large-sample bound: T+ = sum of the ranks of |d| with d > 0 has at most the mean p S1 and the variance
    p (1 - p) S2, p = gamma / (1 + gamma), with S1 and S2 the sums of the ranks and of their squares over pairs with
    d != 0. Ties share their mean rank.

    Parameters
    ----------
    differences : (pairs,) float
        Treated minus comparison outcome.
    gamma : float
        At least 1.
    alternative : {"greater", "less", "two-sided"}
        Direction of the effect; two-sided doubles the smaller of both.

    Returns
    -------
    float

    References
    ----------
    Rosenbaum, P. (2002). Observational Studies, 2nd ed., section 4.3.3; ``DOS2::senWilcox``.
    """
    return _p_upper(_signed_rank(differences), gamma, alternative)


def rosenbaum_gamma(differences: FloatArray, *, alpha: float, alternative: str = "two-sided") -> float:
    """Largest gamma at which Wilcoxon's signed rank test still rejects at level alpha.

    Parameters
    ----------
    differences : (pairs,) float
        Treated minus comparison outcome.
    alpha : float
    alternative : {"greater", "less", "two-sided"}

    Returns
    -------
    float
        At least 1; NaN where the test does not reject even without hidden bias.
    """
    return _largest_gamma(_signed_rank(differences), alpha, alternative)


def p_upper_sets(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    matched_set: IntArray,
    gamma: float,
    alternative: str = "two-sided",
    trim: float = 2.5,
) -> float:
    """Largest p-value of a Huber-Maritz M-statistic in matched sets under hidden bias of at most gamma.

    The score of a unit is q_ij = sum_k psi((y_ij - y_ik) / s) / n_i over the others k of its set, with
    psi(z) = max(-1, min(1, z / trim)) and s the median |y_ij - y_ik|; T adds the scores of the treated. In each set
    the confounder that raises the mean of T most, and of those the one with most variance, splits the sorted scores
    in two (separable approximation, large sample).

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    matched_set : (n,) int
        Set of each unit, -1 = not matched. A set has one treated unit and one or more others, or one comparison
        unit and several treated (then that one is the odd one out and signs turn around).
    gamma : float
        At least 1.
    alternative : {"greater", "less", "two-sided"}
    trim : float
        In medians: differences beyond it count alike; ``inf`` is the permutational t statistic.

    Raises
    ------
    DataError
        A set without such a unit, or a scale of 0.

    References
    ----------
    Rosenbaum, P. (2007). Biometrics 63, 456-464. Gastwirth, J., Krieger, A. and Rosenbaum, P. (2000). JRSS B 62,
    545-555. ``sensitivitymv::senmv`` (inner = 0).
    """
    return _p_upper(_m_statistic(outcome, treatment, matched_set, trim), gamma, alternative)


def rosenbaum_gamma_sets(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    matched_set: IntArray,
    alpha: float,
    alternative: str = "two-sided",
    trim: float = 2.5,
) -> float:
    """Largest gamma at which the test of `p_upper_sets` still rejects at level alpha; NaN if not even at 1."""
    return _largest_gamma(_m_statistic(outcome, treatment, matched_set, trim), alpha, alternative)


@dataclass(frozen=True, eq=False)
class _Statistic:
    """T and its scores, in a form from which the largest mean and variance under gamma follow.

    `scores` holds one array per set size m: (sets, m), each row sorted from the smallest score to the largest. For
    pairs of the signed rank test a row is (-rank / 2, rank / 2) about the set's middle.
    """

    value: float
    scores: tuple[FloatArray, ...]

    def deviate(self, gamma: float, sign: float) -> float:
        """(T - largest mean) / standard deviation, of T or of -T."""
        mean = variance = 0.0
        for scores in self.scores:
            q = scores if sign > 0 else -scores[:, ::-1]
            mu, nu = _worst_split(q, gamma)
            mean += mu
            variance += nu
        if variance <= 0:
            return 0.0
        return (sign * self.value - mean) / math.sqrt(variance)


def _worst_split(q: FloatArray, gamma: float) -> tuple[float, float]:
    """Sum over sets of the largest mean, and of the largest variance among the splits that reach it."""
    m = q.shape[1]
    below, below2 = np.cumsum(q, axis=1), np.cumsum(q**2, axis=1)
    total, total2 = below[:, -1:], below2[:, -1:]
    # Split a: the a smallest scores have odds 1, the m - a largest odds gamma.
    a = np.arange(1, m)
    weight = a + gamma * (m - a)
    mean = (below[:, :-1] + gamma * (total - below[:, :-1])) / weight
    second = (below2[:, :-1] + gamma * (total2 - below2[:, :-1])) / weight
    variance = second - mean**2
    best = mean.max(axis=1, keepdims=True)
    # Means that agree up to rounding are one and the same.
    reached = mean >= best - 1e-12 * np.maximum(1.0, np.abs(best))
    return float(best.sum()), float(np.where(reached, variance, 0.0).max(axis=1).sum())


def _signed_rank(differences: FloatArray) -> _Statistic:
    from scipy.stats import rankdata

    d = np.asarray(differences, dtype=float)
    if d.size == 0:
        raise DataError("match/pairs.parquet holds no pair, so there is nothing to bound; widen the caliper")
    rank = rankdata(np.abs(d))
    half = rank[d != 0] / 2
    return _Statistic(float(np.sum(np.sign(d[d != 0]) * half)), (np.column_stack([-half, half]),))


def _m_statistic(outcome: FloatArray, treatment: NDArray[np.bool_], matched_set: IntArray, trim: float) -> _Statistic:
    used = matched_set >= 0
    if not used.any():
        raise DataError("match/pairs.parquet holds no matched set, so there is nothing to bound; widen the caliper")
    y, t, code = outcome[used], treatment[used], np.unique(matched_set[used], return_inverse=True)[1]
    size, treated = np.bincount(code), np.bincount(code, weights=t).astype(int)
    wrong = np.flatnonzero((treated != 1) & (treated != size - 1) | (size < 2))
    if wrong.size:
        name = np.unique(matched_set[used])[wrong[0]]
        raise DataError(
            f"match/pairs.parquet: matched set {name} has {treated[wrong[0]]} treated of {size[wrong[0]]} units; "
            "bounds need sets with one treated or one comparison unit, as pairs, k:1 and full matching give"
        )
    # Where several treated share one comparison unit, the scores (which add up to 0) of the treated are minus its own.
    turned = (treated != 1)[code]
    y, odd = np.where(turned, -y, y), np.where(turned, ~t, t)
    # The odd unit first, then the others, set by set.
    order = np.lexsort((~odd, code))
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    blocks = [y[order][start[size == m][:, None] + np.arange(m)] for m in np.unique(size)]
    scale = 1.0
    if math.isfinite(trim):
        scale = _median_distance(blocks)
        if scale == 0:
            raise DataError(
                "clean/outcomes.parquet: more than half of the differences within sets are 0, so an M-statistic "
                "has no scale; use the signed rank test, or trim = inf"
            )
    value, scores = 0.0, []
    for block in blocks:
        q = np.empty(block.shape)
        for rows, gap in _gaps(block):
            psi = np.clip(gap / (trim * scale), -1, 1) if math.isfinite(trim) else gap
            q[:, rows] = psi.sum(axis=2) / block.shape[1]
        value += float(q[:, 0].sum())
        scores.append(np.sort(q, axis=1))
    return _Statistic(value, tuple(scores))


def _gaps(block: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
    """Differences y_i - y_j within sets of one size, (sets, some i, every j), a few million at a time.

    Full matching makes sets of thousands, all of whose pairs would take gigabytes.
    """
    sets, m = block.shape
    step = max(1, CHUNK // (sets * m))
    for start in range(0, m, step):
        rows = slice(start, min(start + step, m))
        yield rows, block[:, rows, None] - block[:, None, :]


def _median_distance(blocks: Sequence[FloatArray]) -> float:
    """Median of |y_i - y_j| over the pairs of all sets."""
    sizes = [len(block) * block.shape[1] * (block.shape[1] - 1) // 2 for block in blocks]
    distances, filled = np.empty(sum(sizes)), 0
    for block in blocks:
        for rows, gap in _gaps(block):
            later = np.arange(block.shape[1]) > np.arange(rows.start, rows.stop)[:, None]
            found = np.abs(gap[:, later]).ravel()
            distances[filled : filled + found.size] = found
            filled += found.size
    return float(np.median(distances, overwrite_input=True))


def _p_upper(statistic: _Statistic, gamma: float, alternative: str) -> float:
    from scipy.special import ndtr

    if not gamma >= 1:
        raise ConfigError(
            f"sensitivity: gamma = {gamma:g}: hidden bias is a ratio of odds of at least 1; use 1 or more"
        )
    if alternative not in ALTERNATIVES:
        raise ConfigError(f"sensitivity: alternative '{alternative}' is not known; use {', '.join(ALTERNATIVES)}")
    greater, less = (float(ndtr(-statistic.deviate(gamma, sign))) for sign in (1.0, -1.0))
    return {"greater": greater, "less": less, "two-sided": min(1.0, 2 * min(greater, less))}[alternative]


def _largest_gamma(statistic: _Statistic, alpha: float, alternative: str) -> float:
    """Where the bound, which grows with gamma, crosses alpha: by bisection on the logarithm of gamma."""

    def rejects(log_gamma: float) -> bool:
        return _p_upper(statistic, math.exp(log_gamma), alternative) < alpha

    low, high = 0.0, math.log(LARGEST_GAMMA)
    if not rejects(low):
        return math.nan
    if rejects(high):
        return math.inf
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rejects(middle) else (low, middle)
    return math.exp(low)
