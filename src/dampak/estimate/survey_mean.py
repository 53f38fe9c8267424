"""Means and ratios of a population from a survey."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.effect import Interval
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import sampling_variance
from dampak.match.weighting import effective_sample_size

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SurveyMean:
    """A mean or ratio with its standard error; `dampak.estimate.effect.interval` gives its interval.

    Attributes
    ----------
    estimate, std_error : float
        In the unit of y, or of y per unit of the denominator.
    df : float
        Degrees of freedom of the t reference distribution.
    n : int
        Units with a positive weight.
    ess : float
        Kish effective sample size.
    bounds : Interval or None
        As in `Effect`.
    """

    estimate: float
    std_error: float
    df: float
    n: int
    ess: float
    bounds: Interval | None = None


def survey_mean(
    y: FloatArray,
    *,
    weight: FloatArray,
    denominator: FloatArray | None = None,
    design: SurveyDesign | None = None,
) -> SurveyMean:
    """Weighted mean of y, or ratio of the totals of y and a denominator, with its linearised standard error.

    R = sum w y / sum w x with x = 1 for a mean, and influence values psi_i = w_i (y_i - R x_i) / sum w x. The mean of
    a subpopulation is asked for with weight 0 outside it, so that its size counts as random and every PSU is kept.

    Parameters
    ----------
    y : (n,) float
    weight : (n,) float
        Survey weights; 0 = outside the population of interest.
    denominator : (n,) float or None
        x; None = a mean.
    design : SurveyDesign or None
        None = independent units, with the factor n / (n - 1).

    Raises
    ------
    DataError
        No unit has a positive weight, or the denominator adds up to nothing.

    References
    ----------
    Woodruff, R. (1971). Journal of the American Statistical Association 66, 411-414.
    R's ``survey::svymean`` and ``svyratio``.
    """
    x = np.ones(y.shape[0]) if denominator is None else denominator
    total = float(np.sum(weight * x))
    if total == 0:
        raise DataError(
            "clean/design.parquet: column survey_weight: the weighted denominator of a survey mean is zero, so there "
            "is no mean; check the subgroup and the weights"
        )
    ratio = float(np.sum(weight * y)) / total
    influence = weight * (y - ratio * x) / total
    n = int(np.sum(weight > 0))
    variance, df = sampling_variance(influence, design=design, n=n, n_parameters=1)
    return SurveyMean(ratio, math.sqrt(variance), df, n, effective_sample_size(weight))
