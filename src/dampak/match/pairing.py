"""Nearest-neighbour pairs, with and without replacement, exact within strata, within calipers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.match.candidates import Candidates
from dampak.match.closest import by_distance, in_turn
from dampak.match.constraints import Constraints, constraints
from dampak.match.distance import BoolArray, FloatArray, IntArray, Measure, measured_on
from dampak.match.greedy import FreeScores, choosing_order, greedy_pairs
from dampak.match.replacement import Found, all_nearest
from dampak.match.ties import TieRule, search_ranks
from dampak.match.variable_ratio import match_quotas

# Who chooses first, without replacement.
ORDERS = ("largest", "smallest", "data", "closest", "farthest")


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of units as positions in the data, ordered by focal unit, then by match.

    Attributes
    ----------
    focal, match : (p,) int
    weight : (p,) float
        1 / number of matches of the focal unit, ties included.
    distance : (p,) float
        Difference of scores, distance on scaled covariates, or entry of the given matrix.
    """

    focal: IntArray
    match: IntArray
    weight: FloatArray
    distance: FloatArray


def nearest(
    treatment: BoolArray,
    *,
    score: FloatArray | None = None,
    covariates: FloatArray | None = None,
    distance: str = "propensity",
    distance_matrix: FloatArray | None = None,
    estimand: str = "att",
    replace: bool = False,
    reuse_max: int | None = None,
    ratio: float = 1,
    min_ratio: int | None = None,
    max_ratio: int | None = None,
    order: str | None = None,
    caliper: float | None = None,
    caliper_sd: float | None = None,
    covariate_calipers: tuple[FloatArray, FloatArray] | None = None,
    exact: NDArray[np.int64] | None = None,
    anti_exact: NDArray[np.int64] | None = None,
    unit_id: NDArray[np.int64] | None = None,
    ties: str = "all",
    include: BoolArray | None = None,
) -> Pairs:
    """Pair each focal unit with its nearest units of the other group.

    Parameters
    ----------
    treatment : (n,) bool
    score : (n,) float or None
        Propensity score; orders the choice, and measures calipers.
    covariates : (n, k) float or None
        For a distance on covariates.
    distance : {"propensity", "scaled_euclidean", "mahalanobis", "robust_mahalanobis"}
        See `scaled_covariates`.
    distance_matrix : (n_treated, n_comparison) or (n, n) float, or None
        Takes the place of `distance`. Infinite entries are never paired.
    estimand : {"att", "atc"}
        Whether treated or comparison units are focal.
    replace : bool
        With replacement a unit may serve any number of focal units. Without, each focal unit in turn takes the nearest
        unit that is still free.
    reuse_max : int or None
        How many focal units a unit may serve; 1 without, any number with `replace`, if None.
    ratio : float
        Matches per focal unit (their mean, where it varies). Unless there is replacement they are dealt in rounds, one
        to everybody in each.
    min_ratio, max_ratio : int or None
        Fewest and most matches, for a ratio that varies with the score (`match_quotas`).
    order : {"largest", "smallest", "data", "closest", "farthest"} or None
        Who chooses first, without replacement: by score, by position, or by the distance of the best pair that is
        still possible. `largest` if None and there is a score, else `data`.
    caliper : float or None
        Largest difference of scores, in standard deviations of the score over all units. If negative: differences must
        be larger than it.
    caliper_sd : float or None
        Standard deviation that the caliper is measured in; that of `score` (n - 1) if None.
    covariate_calipers : tuple of (n, m) float and (m,) float, or None
        Columns and the largest difference in each, in its own units; negative as above.
    exact : (n,) int or None
        Numbers of strata; pairs are formed only between equal ones.
    anti_exact : (n,) or (n, a) int or None
        Pairs are formed only between units that differ in every column.
    unit_id : (n,) int or None
        Units that share a number count as one: what one is used for, all are. Not with unlimited replacement.
    ties : {"all", "first"}
        With unlimited replacement: whether all that tie with the last match are used, with equal weights, or matches
        are cut at `ratio` (see `TieRule`).
    include : (n,) bool or None
        Units that may be paired; all if None.

    Returns
    -------
    Pairs
        A focal unit without an admissible match does not occur; there may be no pairs at all.

    Raises
    ------
    ConfigError
        For an option that is not among those above, or lacks what it is measured on.

    Notes
    -----
    Without replacement, of units that are equally near on the score or in a matrix the first in the data is taken; on
    covariates the rule is MatchIt's (`TieRule`). There, and wherever ties are cut, covariances are those of the
    included units; with ``ties="all"``, of all units.

    References
    ----------
    Ho, D., Imai, K., King, G. and Stuart, E. (2011). Journal of Statistical Software 42 (8) (greedy choice, orders).
    Sekhon, J. (2011). Journal of Statistical Software 42 (7) (ties). Abadie, A. and Imbens, G. (2006). Econometrica
    74, 235-267.
    """
    if estimand not in ("att", "atc"):
        raise ConfigError(f"nearest neighbours estimate att or atc, not '{estimand}'; use ipw for the effect on all")
    score = None if score is None else np.asarray(score, dtype=np.float64)
    order = order or ("data" if score is None else "largest")
    unlimited = replace and reuse_max is None
    _refuse(score, order=order, ties=ties, reuse_max=reuse_max, ratio=ratio, varies=max_ratio is not None)
    is_focal = treatment if estimand == "att" else ~treatment
    allowed = np.ones(treatment.size, dtype=bool) if include is None else include
    with_all_ties = unlimited and ties == "all"
    measure = measured_on(
        treatment,
        score=score,
        covariates=covariates,
        distance=distance,
        matrix=distance_matrix,
        estimand=estimand,
        include=None if with_all_ties else include,
    )
    width = None
    if caliper is not None:
        sd = caliper_sd if caliper_sd is not None or score is None else float(np.std(score, ddof=1))
        width = caliper * (1.0 if sd is None else sd)
    limits = constraints(
        treatment.size, score=score, width=width, covariate_calipers=covariate_calipers, anti_exact=anti_exact
    )
    strata = [(s[is_focal[s]], s[~is_focal[s]]) for s in _strata(exact, allowed)]
    strata = [(focal, pool) for focal, pool in strata if focal.size and pool.size]
    if not strata:
        return _collect([])
    if with_all_ties:
        count = _whole(ratio)
        return _collect([all_nearest(measure, f, p, ratio=count, constraints=limits) for f, p in strata])
    if max_ratio is not None and score is not None:
        groups = np.flatnonzero(is_focal), np.flatnonzero(~is_focal)
        quota = match_quotas(score, *groups, ratio=ratio, min_ratio=min_ratio or 1, max_ratio=max_ratio)
    else:
        quota = np.full(treatment.size, _whole(ratio))
    on_score = measure.matrix is None and measure.position is None
    simple = not limits.calipers or (len(limits.calipers) == 1 and width is not None and width >= 0)
    if (
        on_score
        and simple
        and limits.anti_exact is None
        and unit_id is None
        and (reuse_max or 1) == 1
        and not unlimited
    ):
        reach = np.inf if width is None else width
        return _collect([_on_score(measure, f, p, quota=quota, order=order, width=reach) for f, p in strata])
    return _collect(
        [
            _searched(
                measure,
                strata,
                treatment.size,
                limits=limits,
                quota=quota,
                order="data" if unlimited else order,
                score=score,
                exact=exact,
                unit_id=None if unlimited else unit_id,
                reuse_max=reuse_max or (treatment.size if replace else 1),
                unlimited=unlimited,
            )
        ]
    )


def _refuse(
    score: FloatArray | None, *, order: str, ties: str, reuse_max: int | None, ratio: float, varies: bool
) -> None:
    """Refuse options that are unknown or do not go together."""
    if order not in ORDERS:
        raise ConfigError(f"order: '{order}' is not known; use {', '.join(ORDERS[:-1])} or {ORDERS[-1]}")
    if score is None and order in ("largest", "smallest"):
        raise ConfigError(f"order: '{order}' is by propensity score, and there is none; use data, closest or farthest")
    if score is None and varies:
        raise ConfigError("max_ratio: the number of matches varies with the propensity score; give `score`")
    if ties not in ("all", "first"):
        raise ConfigError(f"ties: '{ties}' is not known; use all or first")
    if reuse_max is not None and reuse_max < 1:
        raise ConfigError(f"reuse_max: {reuse_max} is too small; a unit serves at least 1 focal unit")
    if ratio < 1:
        raise ConfigError(f"ratio: {ratio:g} is too small; a focal unit has at least 1 match")


def _whole(ratio: float) -> int:
    if ratio != int(ratio):
        raise ConfigError(f"ratio: {ratio:g} is not a whole number; give max_ratio too if it is a mean")
    return int(ratio)


def _strata(exact: NDArray[np.int64] | None, allowed: BoolArray) -> list[IntArray]:
    """Return the positions of allowed units by stratum, in the order of first appearance."""
    units = np.flatnonzero(allowed)
    if exact is None:
        return [units]
    _, first, code = np.unique(exact[units], return_index=True, return_inverse=True)
    order = np.argsort(code, kind="stable")
    groups = np.split(units[order], np.cumsum(np.bincount(code))[:-1])
    return [groups[index] for index in np.argsort(first)]


def _on_score(measure: Measure, focal: IntArray, pool: IntArray, *, quota: IntArray, order: str, width: float) -> Found:
    """Pair without replacement on the score within a caliper, and nothing else: the case that large data need."""
    score = measure.score
    assert score is not None
    most = int(quota[focal].max())
    if order in ("closest", "farthest") or (quota[focal] < most).any():
        search = FreeScores(score, focal, pool, width=width)
        if order in ("closest", "farthest"):
            return _found(measure, by_distance(search, focal, quota, farthest=order == "farthest"))
        return _found(measure, in_turn(search, choosing_order(score, focal, order), quota))
    who, match = greedy_pairs(score, focal, pool, ratio=most, order=order, width=width)
    return _weighed(who, match, measure.gap(who, match))


def _searched(
    measure: Measure,
    strata: list[tuple[IntArray, IntArray]],
    n: int,
    *,
    limits: Constraints,
    quota: IntArray,
    order: str,
    score: FloatArray | None,
    exact: NDArray[np.int64] | None,
    unit_id: NDArray[np.int64] | None,
    reuse_max: int,
    unlimited: bool,
) -> Found:
    """Pair by searching the nearest admissible free unit for one focal unit after the other."""
    pool_of = np.full(n, -1)
    for number, (members, _) in enumerate(strata):
        pool_of[members] = number
    if measure.position is not None:
        # MatchIt searches strata apart unless units with one id may stand in several.
        within = None if exact is None or unit_id is not None else np.asarray(exact)
        rule = TieRule("last_met", search_ranks(measure.position[:, 0], within))
    elif unlimited and measure.matrix is None and score is not None:
        rule = TieRule("first_met", search_ranks(score))
    else:
        rule = TieRule("first_in_data")
    search = Candidates(
        measure,
        [pool for _, pool in strata],
        pool_of,
        constraints=limits,
        identity=np.arange(n) if unit_id is None else np.unique(unit_id, return_inverse=True)[1].ravel(),
        reuse_max=reuse_max,
        ties=rule,
    )
    focal = np.sort(np.concatenate([members for members, _ in strata]))
    if order in ("closest", "farthest"):
        return _found(measure, by_distance(search, focal, quota, farthest=order == "farthest"))
    return _found(measure, in_turn(search, choosing_order(score, focal, order), quota))


def _found(measure: Measure, pairs: list[tuple[int, int, float]]) -> Found:
    """Turn a list of pairs and gaps into arrays."""
    if not pairs:
        none = np.empty(0)
        return none.astype(np.int64), none.astype(np.int64), none, none
    focal, match = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    return _weighed(focal, match, measure.distance(np.array([p[2] for p in pairs])))


def _weighed(focal: IntArray, match: IntArray, distance: FloatArray) -> Found:
    """Give each pair its share of the focal unit's matches."""
    if focal.size == 0:
        return focal, match, np.empty(0), distance
    return focal, match, 1.0 / np.bincount(focal)[focal], distance


def _collect(parts: list[Found]) -> Pairs:
    """Join the pairs of all strata, ordered by focal unit, then by match."""
    if not parts:
        none = np.empty(0)
        return Pairs(none.astype(np.int64), none.astype(np.int64), none, none)
    focal, match, weight, distance = (np.concatenate([p[i] for p in parts]) for i in range(4))
    order = np.lexsort((match, focal))
    return Pairs(focal[order].astype(np.int64), match[order].astype(np.int64), weight[order], distance[order])
