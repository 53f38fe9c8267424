"""Nearest-neighbour pairs, with and without replacement, exact within strata, within a caliper."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.match.distance import scaled_covariates
from dampak.match.greedy import greedy_pairs

# Families of methods whose weights come from pairs.
NEIGHBOUR_FAMILIES = ("nearest_1", "nearest_1_caliper", "nearest_5_bias_adjusted")

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Ties on covariates: squared scaled distances this close (the convention of R's Matching::Match); on a score: rounding.
TIE = 1e-5
SCORE_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of units as positions in the data, ordered by focal unit, then by match.

    Attributes
    ----------
    focal, match : (p,) int
    weight : (p,) float
        1 / number of matches of the focal unit, ties included.
    distance : (p,) float
        Difference of scores, or distance on scaled covariates.
    """

    focal: IntArray
    match: IntArray
    weight: FloatArray
    distance: FloatArray


def nearest(
    treatment: NDArray[np.bool_],
    *,
    score: FloatArray,
    covariates: FloatArray | None = None,
    distance: str = "propensity",
    estimand: str = "att",
    replace: bool = False,
    ratio: int = 1,
    order: str = "largest",
    caliper: float | None = None,
    exact: NDArray[np.int64] | None = None,
    include: NDArray[np.bool_] | None = None,
    caliper_sd: float | None = None,
) -> Pairs:
    """Pair each focal unit with its nearest units of the other group.

    Parameters
    ----------
    treatment : (n,) bool
    score : (n,) float
        Propensity score; orders the choice, and measures calipers.
    covariates : (n, k) float or None
        For a distance on covariates.
    distance : {"propensity", "scaled_euclidean", "mahalanobis"}
        `scaled_euclidean` divides by the standard deviation of all units (inverse-variance weights);
        `mahalanobis` uses the pooled within-group covariance.
    estimand : {"att", "atc"}
        Whether treated or comparison units are focal.
    replace : bool
        With replacement a unit may serve many focal units, and all ties are used, with equal weights. Without, each
        focal unit in turn takes the nearest unit that is still free, the first in data order on a tie.
    ratio : int
        Matches per focal unit. Without replacement they are dealt in rounds, one to everybody in each.
    order : {"largest", "smallest", "data"}
        Who chooses first, without replacement: by score, or by position.
    caliper : float or None
        Largest difference of scores, in standard deviations of the score over all units.
    exact : (n,) int or None
        Numbers of strata; pairs are formed only between equal ones.
    include : (n,) bool or None
        Units that may be paired; all if None.
    caliper_sd : float or None
        Standard deviation that the caliper is measured in; that of `score` (n - 1) if None.

    Returns
    -------
    Pairs
        A focal unit without an admissible match does not occur; there may be no pairs at all.

    Raises
    ------
    ConfigError
        For an estimand, distance or order that is not among those above, or a distance on covariates without
        replacement.

    References
    ----------
    Ho, D., Imai, K., King, G. and Stuart, E. (2011). Journal of Statistical Software 42 (8) (greedy choice, orders).
    Sekhon, J. (2011). Journal of Statistical Software 42 (7) (ties). Abadie, A. and Imbens, G. (2006). Econometrica
    74, 235-267.
    """
    if estimand not in ("att", "atc"):
        raise ConfigError(f"nearest neighbours estimate att or atc, not '{estimand}'; use ipw for the effect on all")
    if order not in ("largest", "smallest", "data"):
        raise ConfigError(f"order: '{order}' is not known; use largest, smallest or data")
    if not replace and distance != "propensity":
        raise ConfigError(f"distance '{distance}' goes with replace: true; without replacement use propensity")
    score = np.asarray(score, dtype=np.float64)
    allowed = np.ones(score.size, dtype=bool) if include is None else include
    is_focal = treatment if estimand == "att" else ~treatment
    width = np.inf
    if caliper is not None:
        width = caliper * (float(np.std(score, ddof=1)) if caliper_sd is None else caliper_sd)
    position = None
    if distance != "propensity":
        if covariates is None:
            raise ConfigError(f"distance '{distance}' needs covariates")
        position = scaled_covariates(covariates, treatment, distance=distance)
    parts: list[tuple[IntArray, IntArray, FloatArray, FloatArray]] = []
    for stratum in _strata(exact, allowed):
        focal, pool = stratum[is_focal[stratum]], stratum[~is_focal[stratum]]
        if focal.size == 0 or pool.size == 0:
            continue
        if not replace:
            found = greedy_pairs(score, focal, pool, ratio=ratio, order=order, width=width)
            parts.append(_weighed(score, *found))
        elif np.isfinite(width):
            parts.append(_within_caliper(position, focal, pool, ratio=ratio, score=score, width=width))
        else:
            parts.append(
                _nearest_points(
                    score[:, None] if position is None else position,
                    focal,
                    pool,
                    ratio=ratio,
                    on_score=position is None,
                )
            )
    return _collect(parts)


def _strata(exact: NDArray[np.int64] | None, allowed: NDArray[np.bool_]) -> Iterator[IntArray]:
    """Yield the positions of allowed units by stratum, in the order of first appearance."""
    units = np.flatnonzero(allowed)
    if exact is None:
        yield units
        return
    _, first, code = np.unique(exact[units], return_index=True, return_inverse=True)
    order = np.argsort(code, kind="stable")
    groups = np.split(units[order], np.cumsum(np.bincount(code))[:-1])
    for index in np.argsort(first):
        yield groups[index]


def _weighed(score: FloatArray, focal: IntArray, match: IntArray) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Give each pair its share of the focal unit's matches, and its distance."""
    matches = np.bincount(focal, minlength=score.size)
    return focal, match, 1.0 / matches[focal], np.abs(score[focal] - score[match])


def _nearest_points(
    position: FloatArray, focal: IntArray, pool: IntArray, *, ratio: int, on_score: bool
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Take for each focal unit its `ratio` nearest units of the pool and all ties of the last, with replacement."""
    from scipy.spatial import cKDTree

    tree = cKDTree(position[pool])
    k = min(ratio, pool.size)
    far, _ = tree.query(position[focal], k=[k])
    reach = _reach(far[:, 0], on_score=on_score)
    chosen = tree.query_ball_point(position[focal], reach, return_sorted=True)
    sizes = np.array([len(c) for c in chosen], dtype=np.int64)
    match = pool[np.concatenate([np.asarray(c, dtype=np.int64) for c in chosen])]
    who = np.repeat(focal, sizes)
    gap = np.sqrt(((position[who] - position[match]) ** 2).sum(axis=1))
    return who, match, np.repeat(1.0 / sizes, sizes), gap


def _reach(far: FloatArray, *, on_score: bool) -> FloatArray:
    """Distance up to which units tie with one at distance `far`."""
    return np.asarray(far + SCORE_TIE if on_score else np.sqrt(far**2 + TIE))


def _within_caliper(
    position: FloatArray | None,
    focal: IntArray,
    pool: IntArray,
    *,
    ratio: int,
    score: FloatArray,
    width: float,
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """As `_nearest_points`, among the units of the pool whose score lies within the caliper of the focal unit's."""
    by_score = pool[np.argsort(score[pool], kind="stable")]
    sorted_scores = score[by_score]
    # The window is a rounding error wider than the caliper; the exact test follows.
    low = np.searchsorted(sorted_scores, score[focal] - width * (1 + 1e-12), side="left")
    high = np.searchsorted(sorted_scores, score[focal] + width * (1 + 1e-12), side="right")
    parts: list[tuple[IntArray, IntArray, FloatArray, FloatArray]] = []
    for unit, start, stop in zip(focal, low, high, strict=True):
        near = by_score[start:stop]
        near = np.sort(near[np.abs(score[near] - score[unit]) <= width])
        if near.size == 0:
            continue
        if position is None:
            gap = np.abs(score[near] - score[unit])
        else:
            gap = np.sqrt(((position[near] - position[unit]) ** 2).sum(axis=1))
        k = min(ratio, near.size)
        taken = gap <= _reach(np.partition(gap, k - 1)[k - 1], on_score=position is None)
        match = near[taken]
        parts.append((np.full(match.size, unit), match, np.full(match.size, 1.0 / match.size), gap[taken]))
    pairs = _collect(parts)
    return pairs.focal, pairs.match, pairs.weight, pairs.distance


def _collect(parts: list[tuple[IntArray, IntArray, FloatArray, FloatArray]]) -> Pairs:
    """Join the pairs of all strata, ordered by focal unit, then by match."""
    if not parts:
        none = np.empty(0)
        return Pairs(none.astype(np.int64), none.astype(np.int64), none, none)
    focal, match, weight, distance = (np.concatenate([p[i] for p in parts]) for i in range(4))
    order = np.lexsort((match, focal))
    return Pairs(focal[order].astype(np.int64), match[order].astype(np.int64), weight[order], distance[order])
