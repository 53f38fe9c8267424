"""How far an estimate moves with the order of matching and with the breaking of ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.order_sensitivity import Alternatives

FloatArray = NDArray[np.float64]

TIE_RANGE_COLUMNS = ["kind", "n_sets", "minimum", "q05", "median", "q95", "maximum", "n_focal_min", "n_focal_max"]


def alternative_estimates(
    outcome: FloatArray, alternatives: Alternatives, *, survey_weight: FloatArray
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Estimate the effect under every alternative set of pairs.

    The weighted mean over focal units of outcome minus mean outcome of matches; treated minus comparison also where
    comparison units are focal.

    Parameters
    ----------
    outcome : (n,) float
    alternatives : Alternatives
        R sets of pairs.
    survey_weight : (n,) float

    Returns
    -------
    estimates : (R,) float
        In the unit of the outcome; NaN for a set without pairs.
    n_focal : (R,) int
        Focal units that found a match.
    """
    size = len(alternatives.labels)
    share = survey_weight[alternatives.focal] * alternatives.weight
    gap = outcome[alternatives.focal] - outcome[alternatives.match]
    total = np.bincount(alternatives.draw, weights=share * gap, minlength=size)
    scale = np.bincount(alternatives.draw, weights=share, minlength=size)
    estimates = np.divide(total, scale, out=np.full(size, np.nan), where=scale > 0)
    n_focal = np.rint(np.bincount(alternatives.draw, weights=alternatives.weight, minlength=size)).astype(np.int64)
    return (estimates if alternatives.estimand == "att" else -estimates), n_focal


def tie_range(outcome: FloatArray, alternatives: Alternatives, *, survey_weight: FloatArray) -> pd.DataFrame:
    """Range of the estimate over orders of matching, over random breaking of ties, and over both.

    Parameters
    ----------
    outcome : (n,) float
    alternatives : Alternatives
    survey_weight : (n,) float

    Returns
    -------
    DataFrame
        Columns `TIE_RANGE_COLUMNS`; kind is ``order``, ``ties`` (blank values where nothing is tied) or ``all``.
        The range is no interval of confidence: it says what an arbitrary choice of the analyst is worth.
    """
    estimates, n_focal = alternative_estimates(outcome, alternatives, survey_weight=survey_weight)
    kinds = np.array([label.split(":")[0] for label in alternatives.labels], dtype=object)
    rows: list[tuple[object, ...]] = []
    for kind in ("order", "ties", "all"):
        chosen = np.isfinite(estimates) & ((kinds == kind) | (kind == "all"))
        if not chosen.any():
            rows.append((kind, 0, *[np.nan] * 5, 0, 0))
            continue
        values = np.quantile(estimates[chosen], [0, 0.05, 0.5, 0.95, 1])
        rows.append((kind, int(chosen.sum()), *values, int(n_focal[chosen].min()), int(n_focal[chosen].max())))
    return pd.DataFrame(rows, columns=TIE_RANGE_COLUMNS)
