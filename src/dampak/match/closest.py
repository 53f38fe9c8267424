"""Orders of a greedy choice: focal units in turn, or the closest or farthest pair first."""

import heapq
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

# Focal units whose neighbours are looked up together.
BLOCK = 2048


class Search(Protocol):
    """What an order needs to know: who may choose, who is nearest, who is taken."""

    def may_choose(self, unit: int, quota: int) -> bool: ...
    def is_free(self, unit: int) -> bool: ...
    def nearest(self, unit: int) -> tuple[int, float] | None: ...
    def take(self, unit: int, match: int) -> None: ...
    def prefetch(self, units: Sequence[int]) -> None: ...


def in_turn(search: Search, queue: IntArray, quota: IntArray) -> list[tuple[int, int, float]]:
    """Let focal units choose one after the other, in rounds of one match each.

    Parameters
    ----------
    search : Search
    queue : int array
        Focal units, the first to choose first.
    quota : (n,) int
        Matches that each wants. One that finds none in a round is out of the next.

    Returns
    -------
    list of (focal, match, gap)
    """
    pairs: list[tuple[int, int, float]] = []
    waiting = [int(u) for u in queue]
    for number in range(1, int(quota[queue].max(initial=0)) + 1):
        waiting = [u for u in waiting if quota[u] >= number]
        served = []
        for start in range(0, len(waiting), BLOCK):
            block = waiting[start : start + BLOCK]
            search.prefetch(block)
            for unit in block:
                found = search.nearest(unit) if search.may_choose(unit, int(quota[unit])) else None
                if found is not None:
                    search.take(unit, found[0])
                    pairs.append((unit, *found))
                    served.append(unit)
        waiting = served
    return pairs


def by_distance(search: Search, focal: IntArray, quota: IntArray, *, farthest: bool) -> list[tuple[int, int, float]]:
    """Form the closest possible pair first, or that of the focal unit whose nearest match is farthest.

    Parameters
    ----------
    search : Search
    focal : int array
        In data order.
    quota : (n,) int
        Matches that each wants, one a round. One that finds none in a round is out of the next.
    farthest : bool

    Returns
    -------
    list of (focal, match, gap)

    Notes
    -----
    A pair whose match was taken meanwhile is replaced by the next best of its focal unit and put in its new place.
    Among equally close pairs one that was put back comes first, and after the others among equally far ones; the
    rest are in data order. These are MatchIt's rules.
    """
    pairs: list[tuple[int, int, float]] = []
    sign = -1.0 if farthest else 1.0
    waiting = [int(u) for u in focal]
    returned = 0
    for _ in range(int(quota[focal].max(initial=0))):
        waiting = [u for u in waiting if search.may_choose(u, int(quota[u]))]
        search.prefetch(waiting)
        heap = []
        for place, unit in enumerate(waiting):
            found = search.nearest(unit)
            if found is not None:
                heap.append((sign * found[1], place, unit, found[0]))
        heapq.heapify(heap)
        served = []
        while heap:
            gap, _, unit, match = heapq.heappop(heap)
            if not search.may_choose(unit, int(quota[unit])):
                continue
            if search.is_free(match):
                search.take(unit, match)
                pairs.append((unit, match, sign * gap))
                served.append(unit)
                continue
            found = search.nearest(unit)
            if found is not None:
                returned += 1
                place = len(waiting) + returned if farthest else -returned
                heapq.heappush(heap, (sign * found[1], place, unit, found[0]))
        waiting = sorted(served)
    return pairs
