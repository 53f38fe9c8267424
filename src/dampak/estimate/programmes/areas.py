"""The headline effect in every kabupaten/kota, and what it becomes when areas learn from each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.effect import Effect, interval
from dampak.estimate.regression import regression
from dampak.estimate.sample import Sample
from dampak.estimate.shrinkage import partial_pooling
from dampak.estimate.survey_design import SurveyDesign
from dampak.match.independent import independent_columns
from dampak.match.programmes.analysis import Analysis

FloatArray = NDArray[np.float64]

AREA_COLUMNS = [
    "treatment", "outcome", "area", "estimate", "std_error", "ci_low", "ci_high",
    "pooled", "pooled_std_error", "pooled_low", "pooled_high", "n_treated", "n_comparison",
]  # fmt: skip
# Fewer recipients than this say nothing of an area of their own; it is reported without an estimate.
RECIPIENTS = 8
POOLED_FROM = 4


def area_effects(
    treatment: str,
    outcome: str,
    analysis: Analysis,
    sample: Sample,
    values: FloatArray,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Estimate the effect in every area by regression under the headline weights, and pool partially.

    The headline weights balance the whole; what imbalance is left inside an area the regression takes away. The error
    is that of the survey design within the area. Areas with fewer than eight recipients, or whose covariates determine
    who receives, have no estimate.

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
    rows = []
    for code in np.unique(analysis.kab_code):
        at = np.flatnonzero((analysis.kab_code == code) & (weight > 0))
        n_treated = int(sample.treatment[at].sum())
        n_comparison = at.size - n_treated
        result = None
        if min(n_treated, n_comparison) >= RECIPIENTS:
            result = _effect(at, sample, values, weight)
        rows.append(_row(treatment, outcome, str(code), result, n_treated, n_comparison, alpha))
    table = pd.DataFrame(rows, columns=AREA_COLUMNS)
    return _pooled(table, alpha)


def _effect(at: NDArray[np.int64], sample: Sample, values: FloatArray, weight: FloatArray) -> Effect | None:
    x, y = sample.covariates[at], values[at]
    if np.ptp(y) == 0:
        return None
    x = x[:, independent_columns(x)]
    if x.shape[1] + 10 > at.size:
        return None
    design = sample.design
    if design is not None:
        design = replace(design, strata=_part(design.strata, at), psu=_part(design.psu, at), population=None)
        design = _joined(design)
    try:
        return regression(y, sample.treatment[at], covariates=x, weight=weight[at], design=design)
    except DataError:
        return None


def _part(labels: Any, at: NDArray[np.int64]) -> Any:
    return None if labels is None else labels[at]


def _joined(design: SurveyDesign) -> SurveyDesign:
    """Drop the strata of an area in which one of them has a single sampling unit: the area is then one stratum."""
    if design.strata is None or design.psu is None:
        return design
    sizes = pd.DataFrame({"stratum": design.strata, "psu": design.psu}).drop_duplicates()["stratum"].value_counts()
    return replace(design, strata=None) if int(sizes.min()) < 2 else design


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
