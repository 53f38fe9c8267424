"""Difference of weighted means, the weights taken as given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import matched_set_variance, sampling_variance

FloatArray = NDArray[np.float64]


def weighted_mean(y: FloatArray, weight: FloatArray, *, group: str) -> float:
    """Weighted mean, refusing an empty group.

    Parameters
    ----------
    y, weight : (n,) float
    group : str
        Name of the group in the error message.
    """
    total = float(np.sum(weight))
    if total <= 0:
        raise DataError(
            f"match/weights.parquet: column weight: no {group} unit has a positive weight, so there is nothing to "
            "compare; widen the caliper or the common support"
        )
    return float(np.sum(weight * y)) / total


def weighted_difference(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    weight: FloatArray,
    design: SurveyDesign | None = None,
    matched_set: NDArray[np.int64] | None = None,
) -> Effect:
    """Weighted mean of the treated minus weighted mean of the comparison units.

    The weights are treated as fixed numbers: the uncertainty of estimating them is not counted (see
    `dampak.estimate.ipw` for the estimator that counts it). With survey weights only, this is the difference
    in means.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    weight : (n,) float
        Analysis weights, survey weight included; 0 = not used.
    design : SurveyDesign or None
        Survey design; without one the standard error is HC1 with n - 2 degrees of freedom.
    matched_set : (n,) int or None
        Set of each unit after matching without replacement, -1 = not matched; the standard error then clusters
        on the sets.

    Raises
    ------
    DataError
        One of the groups has no weight.
    """
    w1, w0 = np.where(treatment, weight, 0.0), np.where(treatment, 0.0, weight)
    mean1 = weighted_mean(outcome, w1, group="treated")
    mean0 = weighted_mean(outcome, w0, group="comparison")
    influence = w1 * (outcome - mean1) / np.sum(w1) - w0 * (outcome - mean0) / np.sum(w0)
    if matched_set is None:
        n = int(np.sum(weight > 0))
        variance, df = sampling_variance(influence, design=design, n=n, n_parameters=2)
    else:
        variance, df = matched_set_variance(influence, matched_set=matched_set, design=design, n_parameters=2)
    return effect(mean1 - mean0, variance, df=df, treatment=treatment, weight=weight, influence=influence)
