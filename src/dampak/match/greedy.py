"""Greedy pairs on a score, without replacement, in O(n log n)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class FreeScores:
    """The free units of a pool by score, and which of them is nearest to a focal unit.

    Parameters
    ----------
    score : (n,) float
    focal, pool : int arrays
        Positions of the units that choose, and of those that are chosen.
    width : float
        Largest difference of scores within a pair.

    Notes
    -----
    On a tie the unit that stands first in the data is taken. The free units next to a place in the sorted pool are
    found by union-find with path halving, one forest for each direction.
    """

    def __init__(self, score: FloatArray, focal: IntArray, pool: IntArray, *, width: float) -> None:
        forest = _Forest(score, pool)
        self._forest, self._width, self._score = forest, width, score
        # Where each focal unit would stand in the sorted pool, and where each unit of the pool does.
        self._place = np.empty(score.size, dtype=np.int64)
        self._place[forest.units] = np.arange(forest.units.size)
        self._place[focal] = np.searchsorted(forest.values, score[focal], side="left")
        self._matches: dict[int, int] = {}

    def may_choose(self, unit: int, quota: int) -> bool:
        """Whether a focal unit has fewer matches than its quota."""
        return self._matches.get(unit, 0) < quota

    def is_free(self, unit: int) -> bool:
        """Whether a unit of the pool is not yet taken."""
        place = int(self._place[unit])
        return self._forest.right[place] == place

    def prefetch(self, units: Sequence[int]) -> None:
        """Nothing is looked up ahead."""

    def nearest(self, unit: int) -> tuple[int, float] | None:
        """Return the nearest free unit within the caliper and the difference of scores, or None."""
        forest, target, place = self._forest, float(self._score[unit]), int(self._place[unit])
        above, below = _root(forest.right, place), _root(forest.left, place) - 1
        best = _root(forest.right, forest.run_start[below]) if below >= 0 else -1
        if above < len(forest.value):
            gap_above = forest.value[above] - target
            gap_below = target - forest.value[best] if best >= 0 else np.inf
            if (gap_above, forest.unit[above]) < (gap_below, forest.unit[best]):
                best = above
        if best < 0 or abs(forest.value[best] - target) > self._width:
            return None
        return forest.unit[best], abs(forest.value[best] - target)

    def take(self, unit: int, match: int) -> None:
        """Record a pair."""
        place = int(self._place[match])
        self._forest.right[place], self._forest.left[place + 1] = place + 1, place
        self._matches[unit] = self._matches.get(unit, 0) + 1


def greedy_pairs(
    score: FloatArray, focal: IntArray, pool: IntArray, *, ratio: int, order: str, width: float
) -> tuple[IntArray, IntArray]:
    """Let each focal unit in turn take the nearest unit of the pool that is still free.

    Parameters
    ----------
    score : (n,) float
    focal, pool : int arrays
        Positions of the units that choose, and of those that are chosen.
    ratio : int
        Rounds; in each, every focal unit that was served in the round before takes one.
    order : {"largest", "smallest", "data"}
        Who chooses first: a stable sort by score, or the order of `focal`.
    width : float
        Largest difference of scores within a pair.

    Returns
    -------
    focal, match : int arrays
        One entry per pair.

    Notes
    -----
    The search of `FreeScores`, written out in the loop: it runs once per pair.
    """
    forest = _Forest(score, pool)
    queue = choosing_order(score, focal, order)
    place = np.searchsorted(forest.values, score[queue], side="left").data
    wanted: Any = score[queue].data
    run_start, right, left, value, position = forest.run_start, forest.right, forest.left, forest.value, forest.unit
    size = pool.size
    chosen: list[tuple[int, int]] = []
    waiting = list(range(queue.size))
    for _ in range(ratio):
        served = []
        for who in waiting:
            target = wanted[who]
            above = _root(right, place[who])
            below = _root(left, place[who]) - 1
            best = -1
            if below >= 0:
                # The first in data order among equal scores.
                best = _root(right, run_start[below])
            if above < size:
                gap_above = value[above] - target
                # Nearer, or as near and first in the data.
                if best < 0 or (gap_above, position[above]) < (target - value[best], position[best]):
                    best = above
            if best < 0 or abs(value[best] - target) > width:
                continue
            right[best] = best + 1
            left[best + 1] = best
            chosen.append((who, position[best]))
            served.append(who)
        waiting = served
    if not chosen:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    pairs = np.array(chosen, dtype=np.int64)
    return queue[pairs[:, 0]], pairs[:, 1]


def choosing_order(score: FloatArray | None, focal: IntArray, order: str) -> IntArray:
    """Sort focal units by who chooses first: stably by score, or as they stand in the data."""
    if order == "data" or score is None:
        return focal
    return focal[np.argsort(-score[focal] if order == "largest" else score[focal], kind="stable")]


class _Forest:
    """A pool sorted by score, and its free places by union-find.

    Read through memory views: they are as quick as lists to index, and hold ten million scores without boxing them.
    """

    def __init__(self, score: FloatArray, pool: IntArray) -> None:
        self.units = pool[np.lexsort((pool, score[pool]))]
        self.values = score[self.units]
        self.unit = self.units.data
        self.value: Any = self.values.data
        # Where each run of equal scores starts.
        fresh = np.flatnonzero(np.diff(self.values, prepend=-np.inf) > 0)
        self.run_start = np.repeat(fresh, np.diff(fresh, append=pool.size)).data
        self.right = np.arange(pool.size + 1).data  # right[i]: a free place >= i, or size
        self.left = np.arange(pool.size + 1).data  # left[i]: a free place + 1 <= i, or 0


def _root(parent: memoryview, i: int) -> int:
    above: int = parent[i]
    while above != i:
        parent[i] = above = parent[above]
        i = above
        above = parent[i]
    return i
