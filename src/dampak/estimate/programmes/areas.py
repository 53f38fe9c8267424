"""The headline effect in every kabupaten/kota, and what it becomes when areas learn from each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.estimate.effect import Effect, effect, interval
from dampak.estimate.regression import weighted_least_squares
from dampak.estimate.sample import Sample
from dampak.estimate.shrinkage import partial_pooling
from dampak.estimate.variance import influence_variance
from dampak.match.programmes.analysis import Analysis
from dampak.match.weighting import effective_sample_size

FloatArray = NDArray[np.float64]

AREA_COLUMNS = [
    "treatment", "outcome", "area", "estimate", "std_error", "ci_low", "ci_high",
    "pooled", "pooled_std_error", "pooled_low", "pooled_high", "n_treated", "n_comparison",
]  # fmt: skip
# An area with fewer recipients, or comparison units that weigh as few do, is reported without an estimate.
RECIPIENTS, COMPARISONS = 10, 5
POOLED_FROM = 4


def area_effects(
    treatment: str,
    outcome: str,
    analysis: Analysis,
    sample: Sample,
    values: FloatArray,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Estimate the effect in every area and pool partially.

    What the covariates explain is taken from the comparison units of all areas together, under the headline weights;
    the effect of an area is the difference of the mean residuals of its recipients and its comparison units. The error
    is that of the survey design, with the residuals of comparison units corrected for leverage (CR3, a PSU together),
    since an area rests on few of them; the slopes, which rest on all, are taken as known. An area has no estimate with
    fewer than `RECIPIENTS` recipients or an effective number of comparison units below `COMPARISONS`.

    Parameters
    ----------
    treatment, outcome : str
    analysis : Analysis
    sample : Sample
        Of the same units.
    values : (n,) float
    settings : mapping
        headline, alpha.

    Returns
    -------
    DataFrame
        `AREA_COLUMNS`, a row per area of the analysis.

    References
    ----------
    `dampak.estimate.shrinkage.partial_pooling` (Morris 1983).
    """
    alpha, label = float(settings["alpha"]), str(settings["headline"])
    weight = sample.weights.get(label, sample.survey_weight)
    residual, corrected = _residuals(sample, values, weight)
    rows = []
    for code in np.unique(analysis.area_code):
        w = np.where(analysis.area_code == code, weight, 0.0)
        n_treated, n_comparison = (int(((w > 0) & group).sum()) for group in (sample.treatment, ~sample.treatment))
        result = None
        if n_treated >= RECIPIENTS and effective_sample_size(w[~sample.treatment]) >= COMPARISONS:
            result = _effect(w, residual, corrected, sample)
        rows.append(_row(treatment, outcome, str(code), result, n_treated, n_comparison, alpha))
    return _pooled(pd.DataFrame(rows, columns=AREA_COLUMNS), alpha)


def _residuals(sample: Sample, values: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What the covariates leave unexplained, as it is and corrected for leverage."""
    x = np.column_stack([np.ones(values.size), sample.covariates])
    own = np.where(sample.treatment, 0.0, weight)
    fit = weighted_least_squares(x, values, weight=own)
    return fit.residuals, fit.left_out_residuals(sample.cluster)


def _effect(weight: FloatArray, residual: FloatArray, corrected: FloatArray, sample: Sample) -> Effect | None:
    means, influence = [], np.zeros(weight.size)
    for group, sign in ((sample.treatment, 1.0), (~sample.treatment, -1.0)):
        w = np.where(group, weight, 0.0) / weight[group].sum()
        mean = float(w @ residual)
        influence += sign * w * (corrected - mean)
        means.append(mean)
    variance, df = influence_variance(influence, design=sample.design)
    if not variance > 0:
        return None
    return effect(means[0] - means[1], variance, df=df, treatment=sample.treatment, weight=weight)


def _row(
    treatment: str, outcome: str, area: str, result: Effect | None, n_treated: int, n_comparison: int, alpha: float
) -> tuple[Any, ...]:
    blank = (np.nan,) * 4
    if result is None or not result.std_error > 0:
        return (treatment, outcome, area, *blank, *blank, n_treated, n_comparison)
    bounds = interval(result, alpha=alpha)
    own = (result.estimate, result.std_error, bounds.low, bounds.high)
    return (treatment, outcome, area, *own, *blank, n_treated, n_comparison)


def _pooled(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    known = table["std_error"].notna()
    if int(known.sum()) < POOLED_FROM:
        return table
    own = table.loc[known]
    pooling = partial_pooling(
        own["estimate"].to_numpy(dtype=float), own["std_error"].to_numpy(dtype=float), alpha=alpha
    )
    table.loc[known, "pooled"] = pooling.estimates
    table.loc[known, "pooled_std_error"] = pooling.std_errors
    table.loc[known, "pooled_low"] = pooling.low
    table.loc[known, "pooled_high"] = pooling.high
    return table
