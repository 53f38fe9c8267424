"""Optimal pairs: the matching without replacement whose total distance is least."""

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.match.arcs import RESOLUTION, Arcs, arcs_by_stratum, require_room, whole_numbers
from dampak.match.pairing import Pairs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def optimal_pairs(
    treatment: NDArray[np.bool_],
    *,
    score: FloatArray | None = None,
    covariates: FloatArray | None = None,
    distance: str = "propensity",
    estimand: str = "att",
    ratio: int = 1,
    caliper: float | None = None,
    caliper_sd: float | None = None,
    exact: NDArray[np.int64] | None = None,
    include: NDArray[np.bool_] | None = None,
) -> Pairs:
    """Pair focal units with units of the other group so that the sum of distances is least.

    First as many focal units as possible are matched and as many pairs formed (both can be had at once); among these
    matchings, the one of least total distance is taken. A greedy choice may end with fewer pairs and with a larger
    sum. A caliper and strata are never overstepped. Distances count to one part in 2^30 of the largest.

    Ties. On the score alone many matchings have the same total; the pairs are then those in the order of scores (the
    lowest focal unit with the lowest match), and of units with equal scores the first in data order is taken. What
    still ties is decided by the solver on units sorted by score, covariates and position, so that the order of rows
    matters only for units that are alike in all of these.

    Parameters
    ----------
    treatment : (n,) bool
    score : (n,) float or None
        Propensity score, for the distance `propensity` and for calipers.
    covariates : (n, k) float or None
        For a distance on covariates.
    distance : {"propensity", "scaled_euclidean", "mahalanobis"}
        As in `dampak.match.pairing.nearest`.
    estimand : {"att", "atc"}
        Whether treated or comparison units are focal.
    ratio : int
        Matches per focal unit, fewer where the pool does not suffice.
    caliper : float or None
        Largest difference of scores, in standard deviations of the score over all units.
    caliper_sd : float or None
        Standard deviation that the caliper is measured in; that of `score` (n - 1) if None.
    exact : (n,) int or None
        Numbers of strata; pairs are formed only between equal ones.
    include : (n,) bool or None
        Units that may be paired; all if None.

    Returns
    -------
    Pairs
        A focal unit without an admissible match does not occur; there may be no pairs at all.

    Raises
    ------
    ConfigError
        Another estimand or distance, or a score or covariates missing.
    DataError
        More admissible pairs than fit in memory.

    References
    ----------
    Rosenbaum, P. (1989). Journal of the American Statistical Association 84, 1024-1032. Jonker, R. and Volgenant, A.
    (1987). Computing 38, 325-340 (the assignment problem).
    """
    if estimand not in ("att", "atc"):
        raise ConfigError(f"optimal pairs estimate att or atc, not '{estimand}'; use full or ipw for the effect on all")
    if ratio < 1:
        raise ConfigError(f"ratio: {ratio} matches per unit make no pairs; use 1 or more")
    is_focal = treatment if estimand == "att" else ~treatment
    focal, match, gap = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for arcs in arcs_by_stratum(
        treatment,
        focal=is_focal,
        score=score,
        covariates=covariates,
        distance=distance,
        caliper=caliper,
        caliper_sd=caliper_sd,
        exact=exact,
        include=include,
    ):
        one, other = _least_distance(arcs, ratio=ratio)
        if distance == "propensity":
            one, other = _in_order(one, arcs.focal, arcs.position), _in_order(other, arcs.pool, arcs.position)
        focal.append(arcs.focal[one])
        match.append(arcs.pool[other])
        difference = arcs.position[focal[-1]] - arcs.position[match[-1]]
        gap.append(np.sqrt((difference**2).sum(axis=1)))
    i, j, d = np.concatenate(focal), np.concatenate(match), np.concatenate(gap)
    order = np.lexsort((j, i))
    return Pairs(i[order], j[order], 1.0 / np.bincount(i)[i[order]], d[order])


def _least_distance(arcs: Arcs, *, ratio: int) -> tuple[IntArray, IntArray]:
    """Solve one stratum; places in `arcs.focal` and `arcs.pool`, one entry per pair.

    A focal unit is `ratio` rows of an assignment problem. Each row has a column of its own that stands for "no match",
    at a price above any sum of distances; the first row of a unit pays it twice, so that units come before pairs.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    n_focal, n_pool = arcs.focal.size, arcs.pool.size
    rows = n_focal * ratio
    # All rows together use `rows` units of the pool at most, so one of a unit's `rows` nearest is always free for it.
    require_room(ratio * int(np.minimum(arcs.high - arcs.low, rows).sum()), method="optimal")
    places, gaps, counts = [], [], np.zeros(n_focal, dtype=np.int64)
    for i in range(n_focal):
        place, gap = arcs.of(i)
        if place.size > rows:
            nearest = np.sort(np.argpartition(gap, rows - 1)[:rows])
            place, gap = place[nearest], gap[nearest]
        places.append(place)
        gaps.append(gap)
        counts[i] = place.size
    distance = np.concatenate(gaps)
    if distance.size == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # Whole numbers below 2^52 are exact in floating point, and the solver only adds and compares them.
    digits = min(RESOLUTION, 50 - int(np.ceil(np.log2(rows + 1))))
    cost = whole_numbers(distance, largest=float(distance.max()), digits=digits) + 1  # 0 would mean "no arc"
    unmatched = rows * float(cost.max()) + 1
    row = np.concatenate([np.repeat(np.arange(n_focal), counts) + copy * n_focal for copy in range(ratio)])
    price = np.where(np.arange(rows) < n_focal, 2.0, 1.0) * unmatched
    table = csr_array(
        (
            np.concatenate([np.tile(cost, ratio), price]),
            (
                np.concatenate([row, np.arange(rows)]),
                np.concatenate([np.tile(np.concatenate(places), ratio), n_pool + np.arange(rows)]),
            ),
        ),
        shape=(rows, n_pool + rows),
    )
    who, whom = min_weight_full_bipartite_matching(table)
    real = whom < n_pool
    return np.asarray(who[real] % n_focal, dtype=np.int64), np.asarray(whom[real], dtype=np.int64)


def _in_order(places: IntArray, units: IntArray, position: FloatArray) -> IntArray:
    """Sort the places of matched units, exchanging each for the first in data order among those of equal score.

    Pairing in order neither lengthens the total nor the longest distance, so that no caliper is overstepped. A unit
    that is matched several times keeps its number of matches.
    """
    values = position[units, 0]
    start = np.searchsorted(values, values, side="left")
    ordered = np.sort(places)
    distinct, inverse = np.unique(ordered, return_inverse=True)
    # The k-th matched unit of a run of equal scores becomes the k-th unit of that run.
    run = start[distinct]
    rank = np.arange(distinct.size) - np.searchsorted(run, run, side="left")
    return np.asarray((run + rank)[inverse], dtype=np.int64)
