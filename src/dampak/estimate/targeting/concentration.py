"""Persons ranked by consumption: shares of the poorest, the concentration curve and its coefficient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

POINTS = 101
# Half the width, in ranks, over which the slope of a concentration curve is taken for the error of a quantile.
BANDWIDTH = 0.025


@dataclass(frozen=True, eq=False)
class Ranking:
    """Persons from the poorest to the richest; a household fills the ranks from `lower` to `upper`.

    A household that lies across a boundary, such as that of a decile, belongs to both sides by the parts of its ranks:
    every decile is then exactly a tenth of the persons, and the share of the poorest p is the concentration curve at p.

    Attributes
    ----------
    persons : (n,) float
        Person weights.
    lower, upper : (n,) float
        Ranks in [0, 1].
    """

    persons: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def middle(self) -> FloatArray:
        """Fractional rank: that of the household's middle person; its weighted mean is 1/2."""
        return (self.lower + self.upper) / 2

    def poorest(self, share: float) -> FloatArray:
        """Part of each household that is among the poorest `share` of persons; (n,) in [0, 1]."""
        width = self.upper - self.lower
        part = np.divide(share - self.lower, width, out=np.zeros_like(width), where=width > 0)
        return np.asarray(np.clip(part, 0.0, 1.0))

    def influence(self, share: float, values: FloatArray) -> FloatArray:
        """Influence values of the total of the poorest `share`, (n,).

        T(p) = sum y_i 1[rank <= p] with y weighted. The boundary is itself estimated: influence values
        y_i f_i - m(p) w_i (f_i - p), with m(p) the mean per person at the boundary, which is the slope of T over W.

        Parameters
        ----------
        share : float
            p in [0, 1].
        values : (n,) float
            y, survey weights included.

        References
        ----------
        Kovacevic, M. and Binder, D. (1997). Journal of Official Statistics 13, 41-58 (shares and Lorenz ordinates by
        estimating equations). From memory; held against a bootstrap of PSUs in the tests.
        """
        if share <= 0:
            return np.zeros(values.size)
        inside = self.poorest(share)
        low, high = max(share - BANDWIDTH, 0.0), min(share + BANDWIDTH, 1.0)
        rise = float(np.sum(values * (self.poorest(high) - self.poorest(low))))
        slope = rise / ((high - low) * float(np.sum(self.persons)))
        return np.asarray(values * inside - slope * self.persons * (inside - share))


def ranking(consumption: FloatArray, persons: FloatArray, household_id: IntArray) -> Ranking:
    """Rank persons by their household's consumption per person.

    Parameters
    ----------
    consumption : (n,) float
        Rp per person per month.
    persons : (n,) float
        Household weight x size.
    household_id : (n,) int
        Decides between equals, so that the order of the rows does not matter.
    """
    order = np.lexsort((household_id, consumption))
    reached = np.cumsum(persons[order])
    upper = np.empty(persons.size)
    upper[order] = reached / reached[-1]
    lower = np.empty(persons.size)
    lower[order] = np.concatenate([[0.0], reached[:-1]]) / reached[-1]
    return Ranking(persons, lower, upper)


def concentration_curve(ranks: Ranking, benefits: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of all benefits that the poorest share of persons gets, at 101 points from 0 to 1.

    Parameters
    ----------
    ranks : Ranking
    benefits : (n,) float
        Rupiah of the household, survey weight included; a household's members share them equally.

    Returns
    -------
    population_share, benefit_share : (101,) float
        NaN where there are no benefits.
    """
    points = np.linspace(0.0, 1.0, POINTS)
    total = float(np.sum(benefits))
    if total == 0:
        return points, np.full(POINTS, np.nan)
    order = np.argsort(ranks.upper, kind="stable")
    ends = np.concatenate([[0.0], ranks.upper[order]])
    heights = np.concatenate([[0.0], np.cumsum(benefits[order])]) / total
    return points, np.interp(points, ends, heights)


def concentration_coefficient(ranks: Ranking, benefits: FloatArray) -> tuple[float, FloatArray]:
    """C = 2 cov(b, F) / mean(b), with b the benefit per person and F the fractional rank; and influence values.

    Twice the area between the diagonal and the concentration curve: -1 = all to the poorest, 0 = equal shares, 1 = all
    to the richest. With N = sum y F and B = sum y (y = w b): C = 2 N / B - 1, and the influence of unit i on N is
    y_i F_i + w_i (B (1 - L(F_i)) - N) / W, as its weight also moves the ranks of the richer.

    Parameters
    ----------
    ranks : Ranking
    benefits : (n,) float
        y, rupiah of the household, survey weight included; not all 0.

    Returns
    -------
    coefficient : float
    influence : (n,) float

    References
    ----------
    Kakwani, N., Wagstaff, A. and van Doorslaer, E. (1997). Journal of Econometrics 77, 87-103. Formula 2 cov(b, rank) /
    mean(b) from memory; held against the area under the curve and a bootstrap of PSUs in the tests.
    """
    rank, total, people = ranks.middle, float(np.sum(benefits)), float(np.sum(ranks.persons))
    above = float(np.sum(benefits * rank))
    order = np.argsort(ranks.upper, kind="stable")
    curve = np.empty(rank.size)
    curve[order] = (np.cumsum(benefits[order]) - benefits[order] / 2) / total
    moved = benefits * rank + ranks.persons * (total * (1 - curve) - above) / people
    return 2 * above / total - 1, 2 * (moved - above / total * benefits) / total
