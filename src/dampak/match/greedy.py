"""Greedy pairs on a score, without replacement, in O(n log n)."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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
    On a tie the unit that stands first in the data is taken. The free units next to a place in the sorted pool are
    found by union-find with path halving, one forest for each direction.
    """
    pool = pool[np.lexsort((pool, score[pool]))]
    values = score[pool]
    sign = {"largest": -1.0, "smallest": 1.0, "data": 0.0}[order]
    queue = focal[np.argsort(sign * score[focal], kind="stable")]
    # Where each focal unit would stand in the sorted pool, and where each run of equal scores starts.
    place = np.searchsorted(values, score[queue], side="left").tolist()
    run_start = np.searchsorted(values, values, side="left").tolist()
    size = pool.size
    right = list(range(size + 1))  # right[i]: a free place >= i, or size
    left = list(range(size + 1))  # left[i]: a free place + 1 <= i, or 0
    value, position, wanted = values.tolist(), pool.tolist(), score[queue].tolist()
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


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
