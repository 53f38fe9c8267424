"""Where the boxes of a picture stand: columns from upstream to downstream, one band of rows a study, few crossings.

The method of Sugiyama, Tagawa and Toda (1981, IEEE Transactions on Systems, Man, and Cybernetics 11(2)): columns by the
longest path, an order in each column by the mean position of the neighbours, then heights that keep lines straight. All
of it is arithmetic on names and lengths in inches; nothing here knows how a box is drawn.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeAlias

GAP = 0.07  # inches between two rows
LANE = 0.03  # inches that a line takes where it passes a column
SWEEPS = 8

Parents: TypeAlias = Mapping[str, Sequence[str]]
Neighbours: TypeAlias = Mapping[Hashable, Sequence[Hashable]]


@dataclass(frozen=True)
class Place:
    """Where each box stands and each line runs.

    Attributes
    ----------
    y
        Middle of each box, in inches below the top of its band.
    heights
        Of each band, inches.
    routes
        For each line (from, to), where it passes the columns between: (column, band, inches below the band's top).
    """

    y: dict[str, float]
    heights: dict[str, float]
    routes: dict[tuple[str, str], list[tuple[int, str, float]]]


def direct(parents: Parents) -> dict[str, list[str]]:
    """Return the graph without every line that a longer path implies (its transitive reduction).

    Parameters
    ----------
    parents
        For each job, upstream first, the jobs that it reads.
    """
    bit = {job: 1 << i for i, job in enumerate(parents)}
    above: dict[str, int] = {}
    for job, read in parents.items():
        above[job] = 0
        for parent in read:
            above[job] |= above[parent] | bit[parent]
    return {job: [p for p in read if not any(above[q] & bit[p] for q in read)] for job, read in parents.items()}


def columns(parents: Parents) -> dict[str, int]:
    """Return the column of each job: the number of jobs on the longest way down to it."""
    column: dict[str, int] = {}
    for job, read in parents.items():
        column[job] = 1 + max((column[parent] for parent in read), default=-1)
    return column


def bands_in_order(parents: Parents, band: Mapping[str, str]) -> list[str]:
    """Return the bands, each below those that it reads from where that is possible."""
    left = list(dict.fromkeys(band[job] for job in parents))
    reads = {(band[job], band[parent]) for job, read in parents.items() for parent in read if band[job] != band[parent]}
    ordered: list[str] = []
    while left:
        free = [name for name in left if not any((name, other) in reads for other in left)]
        ordered.append((free or left)[0])
        left.remove(ordered[-1])
    return ordered


def place(
    parents: Parents, *, column: Mapping[str, int], band: Mapping[str, str], height: Mapping[str, float]
) -> Place:
    """Place the boxes of a picture.

    Parameters
    ----------
    parents
        For each box, the boxes that a line comes from; each of these stands in an earlier column.
    column, band
        Of each box.
    height
        Of each box, inches.
    """
    # A line that passes a column keeps a place of its own there; lines of one box to one band share it.
    stops = {
        (parent, box): [(parent, band[box], c) for c in range(column[parent] + 1, column[box])]
        for box, read in parents.items()
        for parent in read
    }
    y: dict[Hashable, float] = {}
    heights: dict[str, float] = {}
    for name in dict.fromkeys(band.values()):
        # By name, so that studies with the same jobs look the same; below them what reads nothing.
        inside = sorted((box for box in parents if band[box] == name), key=lambda box: (not parents[box], box))
        size: dict[Hashable, float] = {box: height[box] for box in inside}
        at: dict[Hashable, int] = {box: column[box] for box in inside}
        links: dict[tuple[Hashable, Hashable], None] = {}
        for box in inside:
            for parent in parents[box]:
                size |= dict.fromkeys(stops[parent, box], LANE)
                at |= {stop: stop[2] for stop in stops[parent, box]}
                path = [*([parent] if band[parent] == name else []), *stops[parent, box], box]
                links |= dict.fromkeys(pairwise(path))
        placed = _rows(size, at, list(links))
        top = min(placed[item] - size[item] / 2 for item in placed)
        heights[name] = max(placed[item] + size[item] / 2 for item in placed) - top
        y |= {item: round(value - top, 4) for item, value in placed.items()}
    routes = {line: [(c, name, y[parent, name, c]) for parent, name, c in passed] for line, passed in stops.items()}
    return Place({box: y[box] for box in parents}, heights, routes)


def _rows(
    size: Mapping[Hashable, float], at: Mapping[Hashable, int], links: Sequence[tuple[Hashable, Hashable]]
) -> dict[Hashable, float]:
    """Return the middle of each item of one band, in inches below an arbitrary line."""
    before: dict[Hashable, list[Hashable]] = {item: [] for item in size}
    after: dict[Hashable, list[Hashable]] = {item: [] for item in size}
    for left, right in links:
        before[right].append(left)
        after[left].append(right)
    used = sorted(set(at.values()))
    order = _order([[item for item in size if at[item] == c] for c in used], before, after)
    y: dict[Hashable, float] = {}
    for items in order:
        y |= _stack(items, size, [0.0] * len(items))
    both = {item: [*before[item], *after[item]] for item in size}
    for neighbours, sequence in [(before, order), (after, order[::-1])] * SWEEPS + [
        (both, order),
        (both, order[::-1]),
    ] * SWEEPS:
        for items in sequence:
            y |= _stack(items, size, [_mean(neighbours[item], y, y[item]) for item in items])
    return y


def _mean(items: Sequence[Hashable], position: Mapping[Hashable, float], otherwise: float) -> float:
    known = [position[item] for item in items if item in position]
    return sum(known) / len(known) if known else otherwise


def _order(start: list[list[Hashable]], before: Neighbours, after: Neighbours) -> list[list[Hashable]]:
    """Return the order in each column with the fewest crossings that a few sweeps find."""
    order = [list(items) for items in start]
    best, fewest = order, _crossings(order, after)
    for _ in range(SWEEPS):
        for neighbours, sequence in ((before, range(len(order))), (after, reversed(range(len(order))))):
            for i in sequence:
                rank = {item: float(k) for items in order for k, item in enumerate(items)}
                order[i] = sorted(order[i], key=lambda item: _mean(neighbours[item], rank, rank[item]))
            count = _crossings(order, after)
            if count < fewest:
                best, fewest = [list(items) for items in order], count
    return best


def _crossings(order: Sequence[Sequence[Hashable]], after: Neighbours) -> int:
    rank = {item: k for items in order for k, item in enumerate(items)}
    count = 0
    for items in order:
        lines = [(rank[item], rank[target]) for item in items for target in after[item]]
        count += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(lines, 2))
    return count


def _stack(items: Sequence[Hashable], size: Mapping[Hashable, float], wishes: Sequence[float]) -> dict[Hashable, float]:
    """Place the items of a column in their order, without overlap, as near to the places wished for as can be.

    Least squares under a fixed order is a monotone regression of the wishes less the room that the items take;
    neighbours that are out of order are pooled (Ayer et al. 1955, Annals of Mathematical Statistics 26(4)).
    """
    offsets = [0.0]
    for upper, lower in pairwise(items):
        offsets.append(offsets[-1] + (size[upper] + size[lower]) / 2 + GAP)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        value, weight = wish - offset, 1
        while pools and pools[-1][0] > value:
            other, count = pools.pop()
            value, weight = (value * weight + other * count) / (weight + count), weight + count
        pools.append((value, weight))
    levels = [value for value, weight in pools for _ in range(weight)]
    return {item: level + offset for item, level, offset in zip(items, levels, offsets, strict=True)}
