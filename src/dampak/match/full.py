"""Optimal full matching: every unit in a set of one treated and some comparison units, or the other way round."""

import math

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.arcs import RESOLUTION, Arcs, arcs_by_stratum, require_room, whole_numbers

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_BOUNDED_ARCS = 500_000  # unknowns of a linear programme: some twenty seconds


def full_match(
    treatment: NDArray[np.bool_],
    *,
    score: FloatArray | None = None,
    covariates: FloatArray | None = None,
    distance: str = "propensity",
    estimand: str = "att",
    min_controls: float | None = None,
    max_controls: float | None = None,
    caliper: float | None = None,
    caliper_sd: float | None = None,
    exact: NDArray[np.int64] | None = None,
    include: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Divide the units into matched sets so that the sum of distances within sets is least.

    Every set holds one treated unit and at least one comparison unit, or one comparison unit and at least one treated;
    distances are those between the single unit and the others. All units that have an admissible match are used.
    Without bounds this is the minimum-weight edge cover of a bipartite graph.

    With bounds on the number of comparison units per treated unit some units may not fit; then as few as possible are
    left out, a unit of the target group counting twice. Distances count to one part in 2^30 of the largest.

    Ties. Of several nearest units, the one that has fewer companions is joined, then the first by score, covariates
    and position. What still ties is decided by the solver on units sorted in that way, so that the order of rows
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
    estimand : {"att", "atc", "ate"}
        Matters for bounds only: whom to leave out first. The weights of the sets make the estimand.
    min_controls, max_controls : float or None
        Comparison units per treated unit of a set: 2 is two per treated, 0.5 one per two treated. None = no bound.
    caliper : float or None
        Largest difference of scores, in standard deviations of the score over all units.
    caliper_sd : float or None
        Standard deviation that the caliper is measured in; that of `score` (n - 1) if None.
    exact : (n,) int or None
        Numbers of strata; sets are formed within them.
    include : (n,) bool or None
        Units that may be matched; all if None.

    Returns
    -------
    (n,) int
        Number of the matched set, by its first unit in data order; -1 = not matched.

    Raises
    ------
    ConfigError
        Another estimand or distance, a score or covariates missing, or bounds that contradict each other.
    DataError
        Bounds that cannot be met, or more admissible pairs than fit in memory.

    References
    ----------
    Hansen, B. and Klopfer, S. (2006). Journal of Computational and Graphical Statistics 15, 609-627 (``optmatch``).
    Rosenbaum, P. (1991). Journal of the Royal Statistical Society B 53, 597-610 (sets are stars). Schrijver, A. (2003).
    Combinatorial Optimization, section 19.3 (edge covers from matchings).
    """
    if estimand not in ("att", "atc", "ate"):
        raise ConfigError(f"full matching estimates att, atc or ate, not '{estimand}'; use overlap for the ato")
    degrees = _degrees(min_controls, max_controls)
    centre = np.full(treatment.size, -1, dtype=np.int64)
    for arcs in arcs_by_stratum(
        treatment,
        focal=treatment,
        score=score,
        covariates=covariates,
        distance=distance,
        caliper=caliper,
        caliper_sd=caliper_sd,
        exact=exact,
        include=include,
    ):
        if min_controls is None and max_controls is None:
            one, other, cost = _edge_cover(arcs)
        else:
            one, other, cost = _bounded_cover(arcs, degrees=degrees, estimand=estimand)
        one, other = _stars(one, other, cost)
        treated, comparison = arcs.focal[one], arcs.pool[other]
        # The single unit names the set: the treated one where it has several companions, else the comparison unit.
        star = np.where(np.bincount(one, minlength=arcs.focal.size)[one] > 1, treated, comparison)
        centre[treated] = star
        centre[comparison] = star
    return _numbered(centre)


def _degrees(min_controls: float | None, max_controls: float | None) -> tuple[int, float, int, float]:
    """Fewest and most companions of a treated unit, then of a comparison unit."""
    low = 0.0 if min_controls is None else float(min_controls)
    high = math.inf if max_controls is None else float(max_controls)
    if low < 0 or high <= 0 or low > high:
        raise ConfigError(
            f"full: min_controls {low:g} and max_controls {high:g} admit no set; name a positive range such as 0.5 to 3"
        )
    slack = 1e-9  # 1 / 3 written with ten digits is a third
    return (
        max(1, math.ceil(low - slack)),
        max(1.0, math.floor(high + slack)) if math.isfinite(high) else high,
        max(1, math.ceil(1 / high - slack)),
        max(1.0, math.floor(1 / low + slack)) if low > 0 else math.inf,
    )


def _edge_cover(arcs: Arcs) -> tuple[IntArray, IntArray, FloatArray]:
    """Cover every unit that has an arc by arcs of least total distance; places in `focal` and `pool`, and distances.

    With m(v) the distance of v from its nearest, an optimal cover is a matching that saves most, m(u) + m(v) - d(u, v)
    for each of its pairs, and the nearest arc of every unit that it leaves. Only arcs that save something can be in
    the matching, so that few need to be kept.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    n_focal, n_pool = arcs.focal.size, arcs.pool.size
    digits = min(RESOLUTION, 50 - math.ceil(math.log2(n_focal + 1)))
    who, whom, cost, m_focal, m_pool = _short_arcs(arcs, digits=digits)
    if who.size == 0:
        return who, whom, cost
    # Each row is used once, by an arc or by a column that stands for "left to its nearest", so that a shift which
    # makes all weights positive changes nothing. Of equal savings the larger number of sets is preferred.
    saving = (m_focal[who] + m_pool[whom] - cost) * (n_focal + 1) + 1
    shift = float(saving.max()) + 1
    table = csr_array(
        (
            np.concatenate([shift - saving, np.full(n_focal, shift)]),
            (np.concatenate([who, np.arange(n_focal)]), np.concatenate([whom, n_pool + np.arange(n_focal)])),
        ),
        shape=(n_focal, n_pool + n_focal),
    )
    rows, columns = min_weight_full_bipartite_matching(table)
    matched_to = np.full(n_focal, -1)
    matched_to[rows[columns < n_pool]] = columns[columns < n_pool]
    chosen = matched_to[who] == whom
    _join_nearest(chosen, who, whom, nearest=cost == m_focal[who], n=n_focal, n_other=n_pool)
    _join_nearest(chosen, whom, who, nearest=cost == m_pool[whom], n=n_pool, n_other=n_focal)
    return who[chosen], whom[chosen], cost[chosen]


def _short_arcs(arcs: Arcs, *, digits: int) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray]:
    """Arcs not longer than the nearest distances of their ends together, and those nearest distances.

    Returns
    -------
    who, whom : (a,) int
        Places in `focal` and `pool`.
    cost : (a,) float
        Distances as whole numbers.
    m_focal, m_pool : float arrays
        Distances of each unit from its nearest, as whole numbers; 0 without an arc.
    """
    near_focal, near_pool = np.full(arcs.focal.size, np.inf), np.full(arcs.pool.size, np.inf)
    for i in range(arcs.focal.size):
        place, gap = arcs.of(i)
        near_focal[i] = gap.min(initial=np.inf)
        near_pool[place] = np.minimum(near_pool[place], gap)
    near_focal[np.isinf(near_focal)] = 0.0
    near_pool[np.isinf(near_pool)] = 0.0
    largest = float(near_focal.max() + near_pool.max())
    m_focal, m_pool = (whole_numbers(near, largest=largest, digits=digits) for near in (near_focal, near_pool))
    whos, whoms, costs, total = [], [], [], 0
    for i in range(arcs.focal.size):
        place, gap = arcs.of(i)
        cost = whole_numbers(gap, largest=largest, digits=digits)
        if largest == 0:
            place, cost = place[gap == 0], cost[gap == 0]
        short = cost <= m_focal[i] + m_pool[place]
        whos.append(np.full(int(short.sum()), i))
        whoms.append(place[short])
        costs.append(cost[short])
        total += whos[-1].size
        require_room(total, method="full")
    return np.concatenate(whos), np.concatenate(whoms), np.concatenate(costs), m_focal, m_pool


def _join_nearest(
    chosen: NDArray[np.bool_], who: IntArray, whom: IntArray, *, nearest: NDArray[np.bool_], n: int, n_other: int
) -> None:
    """Mark for each unit without a chosen arc one to its nearest unit, the least sought of several."""
    degree = np.bincount(whom[chosen], minlength=n_other)
    left = np.bincount(who[chosen], minlength=n) == 0
    index = np.flatnonzero(nearest & left[who])
    index = index[np.lexsort((whom[index], who[index]))]
    for group in np.split(index, np.flatnonzero(np.diff(who[index])) + 1):
        if group.size:
            best = group[np.argmin(degree[whom[group]])]
            chosen[best] = True
            degree[whom[best]] += 1


def _bounded_cover(
    arcs: Arcs, *, degrees: tuple[int, float, int, float], estimand: str
) -> tuple[IntArray, IntArray, FloatArray]:
    """Cover units by arcs of least total distance with bounds on the arcs of a unit, as a linear programme.

    Its matrix, the incidence of a bipartite graph and a column per unit for "left out", is totally unimodular, so that
    a vertex solution consists of whole numbers.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    n_focal, n_pool = arcs.focal.size, arcs.pool.size
    require_room(int((arcs.high - arcs.low).sum()), method="full (with bounds)", most=MOST_BOUNDED_ARCS)
    found = [arcs.of(i) for i in range(n_focal)]
    who = np.repeat(np.arange(n_focal), [place.size for place, _ in found])
    whom = np.concatenate([place for place, _ in found])
    gap = np.concatenate([g for _, g in found])
    if who.size == 0:
        return who, whom, gap
    n, n_arcs, ends = n_focal + n_pool, who.size, np.concatenate([who, n_focal + whom])
    incidence = csr_array((np.ones(2 * n_arcs), (ends, np.tile(np.arange(n_arcs), 2))), shape=(n, n_arcs))
    reachable = np.bincount(ends, minlength=n) > 0
    treated = np.arange(n) < n_focal
    fewest = np.where(treated, degrees[0], degrees[2]) * reachable
    most = np.where(treated, degrees[1], degrees[3])
    # A unit that needs several companions cannot be left out by halves.
    may_stay_out = reachable & (fewest <= 1)
    target = {"att": treated, "atc": ~treated}.get(estimand, np.zeros(n, dtype=bool))
    unit = float(gap.max()) or 1.0
    cost = whole_numbers(gap, largest=unit) / 2.0**RESOLUTION
    covered = hstack([incidence, eye_array(n)])
    bounded = np.isfinite(most)
    solution = linprog(
        np.concatenate([cost, np.where(target, 2.0, 1.0) * (n + 1)]),
        A_ub=vstack([-covered, hstack([incidence, csr_array((n, n))]).tocsr()[bounded]]),
        b_ub=np.concatenate([-fewest, most[bounded]]),
        bounds=np.column_stack([np.zeros(n_arcs + n), np.concatenate([np.ones(n_arcs), may_stay_out])]),
        method="highs-ds",
    )
    if solution.x is None:
        raise DataError(
            "full: min_controls and max_controls cannot be met with the units at hand; lower min_controls or raise "
            "max_controls, or widen the caliper"
        )
    chosen = solution.x[:n_arcs] > 0.5
    return who[chosen], whom[chosen], gap[chosen]


def _stars(who: IntArray, whom: IntArray, cost: FloatArray) -> tuple[IntArray, IntArray]:
    """Drop arcs whose two ends have others: of least total distance only when their distance is 0."""
    one, other = np.bincount(who), np.bincount(whom)
    kept = np.ones(who.size, dtype=bool)
    between = np.flatnonzero((one[who] > 1) & (other[whom] > 1))
    for arc in between[np.argsort(-cost[between], kind="stable")]:
        if one[who[arc]] > 1 and other[whom[arc]] > 1:
            kept[arc] = False
            one[who[arc]] -= 1
            other[whom[arc]] -= 1
    return who[kept], whom[kept]


def _numbered(centre: IntArray) -> IntArray:
    """Number sets by the first of their units in data order; -1 stays."""
    number = np.full(centre.size, -1, dtype=np.int64)
    used = np.flatnonzero(centre >= 0)
    _, first, code = np.unique(centre[used], return_index=True, return_inverse=True)
    number[used] = np.argsort(np.argsort(first, kind="stable"), kind="stable")[code]
    return number
