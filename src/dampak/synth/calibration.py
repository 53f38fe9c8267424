"""Levels and weights: each area meets its published headcount."""

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def level_shift(consumption: FloatArray, persons: FloatArray, area: IntArray, *, line: FloatArray, headcount: FloatArray
                ) -> FloatArray:  # fmt: skip
    """Find the log shift of each area that puts the published share of its persons below its line.

    Parameters
    ----------
    consumption : (n,) float
        Per person, any level, above 0.
    persons : (n,) float
        That each household stands for.
    area : (n,) int
        From 0 to k - 1, none empty.
    line : (k,) float
        Rp per person per month.
    headcount : (k,) float
        From 0 to 1.

    Returns
    -------
    (k,) float
        Rounded to 1e-9. The headcount that results is the nearest that whole households can give.
    """
    shift = np.empty(len(line))
    for code in range(len(line)):
        inside = np.flatnonzero(area == code)
        log = np.log(consumption[inside])
        order = np.argsort(log, kind="stable")
        below = np.cumsum(persons[inside][order])
        # Share below a cut between household i and i + 1, for i = 0 .. n - 2.
        cut = int(np.argmin(np.abs(below[:-1] / below[-1] - headcount[code])))
        middle = (log[order[cut]] + log[order[cut + 1]]) / 2
        shift[code] = np.log(line[code]) - middle
    return np.round(shift, 9)


def raked(weight: FloatArray, size: FloatArray, margins: list[tuple[IntArray, FloatArray]], *, rounds: int = 200,
          tolerance: float = 1e-10) -> FloatArray:  # fmt: skip
    """Rake household weights until weighted persons meet every margin.

    Parameters
    ----------
    weight : (n,) float
        Design weights.
    size : (n,) float
        Persons of each household.
    margins : list of ((n,) int, (k,) float)
        Cell of each household, and persons that each cell must hold; a cell without households must hold 0.
    rounds : int
        At most.
    tolerance : float
        Largest relative miss of any cell at which raking stops.

    Returns
    -------
    (n,) float

    References
    ----------
    Deming and Stephan (1940), Ann. Math. Stat. 11(4); Deville, Särndal and Sautory (1993), JASA 88(423).
    """
    result = weight.astype(float).copy()
    for _ in range(rounds):
        miss = 0.0
        for cell, total in margins:
            held = np.bincount(cell, weights=result * size, minlength=len(total))
            factor = np.divide(total, held, out=np.ones_like(held), where=held > 0)
            miss = max(miss, float(np.abs(factor - 1).max()))
            result *= factor[cell]
        if miss < tolerance:
            break
    return result


def headcount(consumption: FloatArray, line: FloatArray, persons: FloatArray) -> float:
    """Share of persons below the line: P0 of Foster, Greer and Thorbecke (1984), from 0 to 1."""
    return float(persons[consumption < line].sum() / persons.sum())
