"""The nearest unit that a focal unit may still take, whatever the distance and the limits on pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.match.constraints import Constraints
from dampak.match.distance import FloatArray, IntArray, Measure
from dampak.match.ties import TieRule
from dampak.match.window import Free, Window

# Pools, and windows of a caliper, up to this size are searched whole; larger ones by a k-d tree.
WHOLE = 4096
# Share of the pool in a window up to which several covariates are searched within it.
NARROW = 0.5
# Neighbours looked up at first, and the factor by which a list that is used up grows.
FIRST, GROWTH = 4, 4
# Share of a tree's places that may be used up before it is built anew.
STALE = 0.05


@dataclass(eq=False, slots=True)
class _Neighbours:
    """Places of a tree by distance from a focal unit: those before `complete` are all there are up to that distance."""

    gap: FloatArray
    place: IntArray
    complete: int
    everything: bool
    cursor: int = 0


class Candidates:
    """State of a greedy choice: who is still free, and who of them is nearest to a focal unit.

    Parameters
    ----------
    measure : Measure
    pools : list of int arrays
        Units to choose from, stratum by stratum, in data order.
    pool_of : (n,) int
        The pool that each focal unit chooses from.
    constraints : Constraints
    identity : (n,) int
        Units with the same number count as one.
    reuse_max : int
        How many focal units a unit may serve.
    ties : TieRule
    """

    def __init__(
        self,
        measure: Measure,
        pools: list[IntArray],
        pool_of: IntArray,
        *,
        constraints: Constraints,
        identity: IntArray,
        reuse_max: int,
        ties: TieRule,
    ) -> None:
        self._measure, self._constraints, self._ties = measure, constraints, ties
        self._identity, self._reuse_max = identity, reuse_max
        self._uses = np.zeros(int(identity.max(initial=-1)) + 1, dtype=np.int64)
        self._matches: dict[int, list[int]] = {}
        self._pool_of = pool_of
        points = measure.points()
        self._searches: list[Window | _Tree] = []
        for pool in pools:
            whole = Window(pool, constraints)
            # In one dimension a tree always pays; in several, not if the caliper leaves few of its neighbours.
            narrow = points is not None and points.shape[1] > 1 and whole.reach() < NARROW * pool.size
            large = whole.reach() > WHOLE and not narrow
            self._searches.append(_Tree(pool, points, measure) if large and points is not None else whole)

    def may_choose(self, unit: int, quota: int) -> bool:
        """Whether a focal unit, and all that count as the same, have been used fewer times than its quota."""
        return bool(self._uses[self._identity[unit]] < quota)

    def is_free(self, unit: int) -> bool:
        """Whether a unit may serve another focal unit."""
        return bool(self._uses[self._identity[unit]] < self._reuse_max)

    def take(self, unit: int, match: int) -> None:
        """Record a pair."""
        self._matches.setdefault(unit, []).append(match)
        for identity in {int(self._identity[unit]), int(self._identity[match])}:
            self._uses[identity] += 1
        if not self.is_free(match):
            self._searches[self._pool_of[unit]].used += 1

    def prefetch(self, units: Sequence[int]) -> None:
        """Look up the neighbours of many units at once, which is faster than one by one."""
        members = np.asarray(units, dtype=np.int64)
        for number in np.unique(self._pool_of[members]):
            search = self._searches[number]
            if isinstance(search, _Tree):
                new = [u for u in members[self._pool_of[members] == number].tolist() if u not in search.lists]
                search.look_up(new, FIRST, free=self._free)

    def nearest(self, unit: int) -> tuple[int, float] | None:
        """Return the nearest admissible free unit and its gap (see `Measure`), or None."""
        search = self._searches[self._pool_of[unit]]
        if isinstance(search, Window):
            others = search.around(unit, self._free)
            others = others[self._admissible(unit, others)]
            if others.size == 0:
                return None
            gap = self._measure.gap(unit, others)
            least = gap.min()
            if not np.isfinite(least):
                return None
            return self._ties.choose(unit, others[gap == least]), float(least)
        while True:
            known = search.neighbours(unit, free=self._free)
            ahead = slice(known.cursor, known.complete)
            others, gap = search.members(known.place[ahead], known.gap[ahead], self._free)
            admissible = self._admissible(unit, others)
            if admissible.any():
                least = gap[int(np.argmax(admissible))]
                # Nearer places are passed for good: who is taken is not given back.
                known.cursor += int(np.searchsorted(known.gap[ahead], least))
                return self._ties.choose(unit, others[admissible & (gap == least)]), float(least)
            known.cursor = known.complete
            if known.everything:
                return None
            search.look_up([unit], GROWTH * known.place.size, free=self._free)

    def _free(self, units: IntArray) -> NDArray[np.bool_]:
        return np.asarray(self._uses[self._identity[units]] < self._reuse_max)

    def _admissible(self, unit: int, others: IntArray) -> NDArray[np.bool_]:
        admissible = self._free(others) & self._constraints.admits(unit, others)
        if unit in self._matches:
            admissible &= ~np.isin(others, self._matches[unit])
        return admissible


class _Tree:
    """A pool that is searched by a k-d tree over the places (distinct points) where units stand."""

    def __init__(self, pool: IntArray, points: FloatArray, measure: Measure) -> None:
        self._points, self._measure = points, measure
        _, code = np.unique(points[pool], axis=0, return_inverse=True)
        self._units = pool[np.argsort(code.ravel(), kind="stable")]
        self._start = np.append(0, np.cumsum(np.bincount(code.ravel())))
        self._places = np.arange(self._start.size - 1)
        self._crowded: dict[int, IntArray] = {}
        self._tree: Any = None
        self.used = 0
        self.lists: dict[int, _Neighbours] = {}

    def members(self, places: IntArray, gap: FloatArray, free: Free) -> tuple[IntArray, FloatArray]:
        """Return the units at some places, most of them free, and the gap of each."""
        start, size = self._start[places], self._start[places + 1] - self._start[places]
        if (size == 1).all():
            return self._units[start], gap
        parts = [self._at(int(p), int(n), free) for p, n in zip(places, size, strict=True)]
        return np.concatenate(parts), np.repeat(gap, [part.size for part in parts])

    def _at(self, place: int, size: int, free: Free) -> IntArray:
        """Units at one place; a crowd forgets those that are taken when they are half of it."""
        units = self._crowded.get(place)
        if units is None:
            units = self._units[self._start[place] : self._start[place] + size]
        if units.size > 16:
            left = units[free(units)]
            if left.size < units.size // 2:
                self._crowded[place] = units = left
        return units

    def neighbours(self, unit: int, *, free: Free) -> _Neighbours:
        """Return what is known of a focal unit's neighbours, looking up the first if nothing is."""
        if unit not in self.lists:
            self.look_up([unit], FIRST, free=free)
        return self.lists[unit]

    def look_up(self, units: list[int], k: int, *, free: Free) -> None:
        """List the `k` nearest places of some focal units that still have a free unit."""
        if not units:
            return
        if self._tree is None or self.used > STALE * self._places.size:
            self._build(free)
        k = min(k, self._places.size)
        who = np.asarray(units)
        far, found = self._tree.query(self._points[who], k=range(1, k + 1), workers=-1)
        place = self._places[found]
        gap = self._measure.gap(who[:, None], self._units[self._start[place]])
        order = np.argsort(gap, axis=1, kind="stable")
        gap, place = np.take_along_axis(gap, order, axis=1), np.take_along_axis(place, order, axis=1)
        everything = k == self._places.size
        # Places beyond the list may tie with its last, up to rounding; those nearer are all there.
        sure = far[:, -1] ** 2 if self._measure.position is not None else far[:, -1]
        complete = np.full(who.size, k) if everything else (gap < (sure * (1 - 1e-9))[:, None]).sum(axis=1)
        for i, unit in enumerate(units):
            self.lists[unit] = _Neighbours(gap[i], place[i], int(complete[i]), everything)

    def _build(self, free: Free) -> None:
        """Build the tree over the places that have a free unit."""
        from scipy.spatial import cKDTree

        if self._tree is not None:
            left = np.add.reduceat(free(self._units).astype(np.int64), self._start[:-1])
            self._places = np.flatnonzero(left)
        self.used = 0
        if self._places.size == 0:
            self._places = np.arange(1)  # One place without a free unit: every search ends at once.
        self._tree = cKDTree(self._points[self._units[self._start[self._places]]])
