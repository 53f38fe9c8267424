"""Matches with replacement, all ties of the last one included."""

import numpy as np

from dampak.match.constraints import Constraints
from dampak.match.distance import FloatArray, IntArray, Measure
from dampak.match.window import Window

# Ties on covariates: squared scaled distances this close (the convention of R's Matching::Match); on a score: rounding.
TIE = 1e-5
SCORE_TIE = 1e-9

Found = tuple[IntArray, IntArray, FloatArray, FloatArray]


def all_nearest(measure: Measure, focal: IntArray, pool: IntArray, *, ratio: int, constraints: Constraints) -> Found:
    """Take for each focal unit its `ratio` nearest admissible units and all that tie with the last.

    Parameters
    ----------
    measure : Measure
    focal, pool : int arrays
    ratio : int
    constraints : Constraints

    Returns
    -------
    focal, match : int arrays
    share, distance : float arrays
        1 / matches of the focal unit; a focal unit without an admissible match does not occur.
    """
    points = measure.points()
    if points is not None and not constraints.calipers and constraints.anti_exact is None:
        return _by_tree(points, measure, focal, pool, ratio=ratio)
    window = Window(pool, constraints)
    who, match, share, distance = [], [], [], []
    for unit in focal.tolist():
        near = window.around(unit)
        near = np.sort(near[constraints.admits(unit, near)])
        gap = measure.distance(measure.gap(unit, near))
        near, gap = near[np.isfinite(gap)], gap[np.isfinite(gap)]
        if near.size == 0:
            continue
        k = min(ratio, near.size)
        taken = gap <= _reach(np.partition(gap, k - 1)[k - 1], measure)
        match.append(near[taken])
        distance.append(gap[taken])
        who.append(np.full(match[-1].size, unit))
        share.append(np.full(match[-1].size, 1.0 / match[-1].size))
    if not who:
        none = np.empty(0)
        return none.astype(np.int64), none.astype(np.int64), none, none
    return np.concatenate(who), np.concatenate(match), np.concatenate(share), np.concatenate(distance)


def _by_tree(points: FloatArray, measure: Measure, focal: IntArray, pool: IntArray, *, ratio: int) -> Found:
    """As `all_nearest`, where every pair is admissible."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points[pool])
    far, _ = tree.query(points[focal], k=[min(ratio, pool.size)])
    chosen = tree.query_ball_point(points[focal], _reach(far[:, 0], measure), return_sorted=True)
    sizes = np.array([len(c) for c in chosen], dtype=np.int64)
    match = pool[np.concatenate([np.asarray(c, dtype=np.int64) for c in chosen])]
    who = np.repeat(focal, sizes)
    return who, match, np.repeat(1.0 / sizes, sizes), measure.distance(measure.gap(who, match))


def _reach(far: FloatArray, measure: Measure) -> FloatArray:
    """Distance up to which units tie with one at distance `far`."""
    if measure.position is not None:
        return np.asarray(np.sqrt(far**2 + TIE))
    return np.asarray(far + SCORE_TIE * (1 if measure.matrix is None else np.abs(far)))
