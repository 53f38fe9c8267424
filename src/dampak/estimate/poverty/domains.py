"""Ratios and totals of a survey and of all its areas at once, with linearised standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import deviations

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

WHOLE = "all"
# A standard error this small beside its estimate is rounding: the sample does not vary in what was measured.
ROUNDING = 1e-11


class Measured(NamedTuple):
    """Estimates of the whole and of its D areas.

    Attributes
    ----------
    value : (1 + D,) float
        The whole first; NaN where the denominator is nothing.
    std_error : (1 + D,) float
        NaN where the value is, where the design cannot give it (`Domains.unknown`), and where the sample shows no
        variation (a share of 0 or 1): linearisation then says nothing of how wrong the estimate may be, and an error
        of zero would say that it is exact.
    """

    value: FloatArray
    std_error: FloatArray

    def only_whole(self) -> Measured:
        """Leave the areas out."""
        return Measured(self.value[:1], self.std_error[:1])

    def where(self, known: BoolArray) -> Measured:
        """Keep the rows that are known, the others as NaN."""
        return Measured(np.where(known, self.value, np.nan), np.where(known, self.std_error, np.nan))


@dataclass(frozen=True, eq=False)
class Domains:
    """The whole sample and a partition of it into areas, under one survey design.

    An area is a domain: the units outside it stay in the sample with weight 0, so that its size counts as random and
    all sampled PSUs of a stratum count. The variance of all areas is found in one pass over the cells of PSU and
    area; PSUs and strata may cross areas.

    Attributes
    ----------
    area : (n,) int
        Area of each unit, 0 ... D - 1.
    names : tuple of str, length D
    design : SurveyDesign
        Says what happens to a stratum with a single PSU. `refuse` refuses the errors that need it, not the estimates.
    """

    area: IntArray
    names: tuple[str, ...]
    design: SurveyDesign

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the rows of an estimate: `all`, then the areas."""
        return (WHOLE, *self.names)

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum over the whole and over each area; (n,) -> (1 + D,)."""
        parts = np.bincount(self.area, weights=values, minlength=len(self.names))
        return np.concatenate([[np.sum(values)], parts])

    def ratio(self, numerator: FloatArray, denominator: FloatArray) -> Measured:
        """R = sum y / sum x of the whole and of each area, survey weights included in both.

        Influence values (y_i - R x_i) / sum x.

        Parameters
        ----------
        numerator, denominator : (n,) float

        References
        ----------
        Woodruff, R. (1971). Journal of the American Statistical Association 66, 411-414.
        """
        above, below = self.sums(numerator), self.sums(denominator)
        below = np.where(below != 0, below, np.nan)
        value = above / below
        own = np.nan_to_num((numerator - value[1:][self.area] * denominator) / below[1:][self.area])
        return self.measured(value, (numerator - value[0] * denominator) / below[0], own)

    def total(self, values: FloatArray) -> Measured:
        """Sum of the whole and of each area, survey weights included; its influence values are the terms."""
        return self.measured(self.sums(values), values, values)

    def measured(self, value: FloatArray, whole: FloatArray, own: FloatArray) -> Measured:
        """Attach to values the errors that their influence values give.

        Parameters
        ----------
        value : (1 + D,) float
        whole : (n,) float
            Influence on the estimate of the whole.
        own : (n,) float
            Influence on the estimate of the unit's area.
        """
        variance = np.concatenate([self.variances_of_whole(whole[:, None]), self.variances(own)])
        return Measured(value, reported(value, np.sqrt(variance)))

    @cached_property
    def unknown(self) -> BoolArray:
        """Whose errors the design cannot give, (1 + D,).

        Under `refuse`, those of the whole and of the areas with units in a stratum with a single PSU; the other areas
        have nothing in that stratum. Under any rule all of them, where single PSUs leave no stratum with two.
        """
        cells = self._cells
        if not cells.lonely.any():
            return np.zeros(1 + len(self.names), dtype=bool)
        if np.sum(cells.n_psus - 1) < 1:
            return np.ones(1 + len(self.names), dtype=bool)
        touched = np.bincount(cells.area, weights=cells.lonely[cells.stratum], minlength=len(self.names)) > 0
        return np.concatenate([[True], touched]) & (self.design.lonely == "refuse")

    def variances_of_whole(self, influence: FloatArray) -> FloatArray:
        """Design variances of the sums of influence values over all units; (n, m) -> (m,), NaN where unknown."""
        if self.unknown[0] or not np.isfinite(influence).all():
            return np.full(influence.shape[1], np.nan)
        deviation, _ = deviations(influence, design=self.design)
        return np.asarray(np.sum(deviation**2, axis=0))

    def measured_whole(self, value: float, influence: FloatArray) -> Measured:
        """Attach to an estimate of the whole alone the error that its (n,) influence values give."""
        values = np.array([value], dtype=np.float64)
        return Measured(values, reported(values, np.sqrt(self.variances_of_whole(influence[:, None]))))

    def variances(self, influence: FloatArray) -> FloatArray:
        """Design variance of the sum of influence values over each area, 0 outside it; (n,) -> (D,).

        As `dampak.estimate.variance.deviations` for each area in turn: with t the total of a PSU within the area,
        V = sum_h (1 - f_h) n_h / (n_h - 1) (sum t^2 - (sum t)^2 / n_h). NaN where `unknown`.
        """
        cells, areas = self._cells, len(self.names)
        total = np.bincount(cells.cell, weights=influence, minlength=cells.stratum.size)
        group_total = np.bincount(cells.group, weights=total)
        squares = np.bincount(cells.group, weights=total**2)
        scale = cells.scale[cells.group_stratum]
        spread = scale * (squares - group_total**2 / cells.n_psus[cells.group_stratum])
        variance = np.bincount(cells.group_area, weights=spread, minlength=areas)
        if self.design.lonely == "adjust" and cells.lonely.any():
            # Single PSUs are centred at the mean of all PSUs, those outside the area with their total of 0.
            mean = np.bincount(cells.area, weights=total, minlength=areas) / cells.n_psus.sum()
            factor = np.where(cells.lonely, cells.scale, 0.0)
            here = factor[cells.stratum] * (total**2 - 2 * mean[cells.area] * total)
            variance += np.bincount(cells.area, weights=here, minlength=areas) + mean**2 * factor.sum()
        return np.where(self.unknown[1:], np.nan, np.maximum(variance, 0.0))

    @cached_property
    def _cells(self) -> _Cells:
        n, areas = self.area.size, max(len(self.names), 1)
        codes = self.design.clusters(n)
        pairs, cell = np.unique(codes.cluster * areas + self.area, return_inverse=True)
        stratum, area = codes.stratum_of_cluster[pairs // areas], pairs % areas
        groups, group = np.unique(stratum * areas + area, return_inverse=True)
        count, fraction = codes.n_psus, codes.sampling_fraction
        # As in `deviations`: a stratum of which every PSU was drawn has no sampling error.
        take_all = fraction > 1 - 1e-7
        lonely = (count < 2) & ~take_all
        scale = np.where(take_all, 0.0, (1 - fraction) * count / np.maximum(count - 1, 1))
        if self.design.lonely == "average" and lonely.any():
            scale = scale * (count.shape[0] / max(int(np.sum(~lonely)), 1))
        return _Cells(cell, area, stratum, group, groups // areas, groups % areas, scale, count, lonely)


class _Cells(NamedTuple):
    """PSU by area cells (of each unit; their area, stratum and group), groups = stratum by area, and strata."""

    cell: IntArray
    area: IntArray
    stratum: IntArray
    group: IntArray
    group_stratum: IntArray
    group_area: IntArray
    scale: FloatArray
    n_psus: IntArray
    lonely: BoolArray


def reported(value: FloatArray, std_error: FloatArray) -> FloatArray:
    """Standard errors with NaN where the value is NaN or the error is nothing but rounding."""
    known = np.isfinite(value) & (std_error > ROUNDING * np.maximum(np.abs(value), 1e-9))
    return np.where(known, std_error, np.nan)
