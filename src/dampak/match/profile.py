"""Who was dropped: the means of those who are left out next to those who are kept."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.balance import is_binary, standardiser

FloatArray = NDArray[np.float64]

PROFILE_COLUMNS = ["covariate", "n_kept", "n_dropped", "mean_kept", "mean_dropped", "std_difference"]


def dropped_profile(
    columns: Mapping[str, FloatArray],
    treatment: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    *,
    survey_weight: FloatArray,
    min_cell: int = 10,
) -> pd.DataFrame:
    """Compare the treated who were dropped with those who were kept, covariate by covariate.

    An effect on those who are left is an effect on whom? Means of small groups tell of persons, so they are
    blanked: all of them where fewer than `min_cell` treated were dropped (or kept), and those of a binary covariate
    where fewer than `min_cell` of the dropped (or kept) share one of its values, unless none or all of them do not.

    Parameters
    ----------
    columns : mapping of covariate to (n,) float
    treatment : (n,) bool
    kept : (n,) bool
        Units with a place in the analysis.
    survey_weight : (n,) float
        Units of weight 0 are outside the analysis from the start, and not counted.
    min_cell : int
        Smallest group whose mean may be seen.

    Returns
    -------
    DataFrame
        Columns `PROFILE_COLUMNS`. std_difference: dropped minus kept over the standard deviation of all treated.
        Means, and counts below `min_cell` but 0, are NaN where they are blanked.
    """
    inside = treatment & (survey_weight > 0)
    stay, gone = inside & kept, inside & ~kept
    counts = [float(group.sum()) for group in (stay, gone)]
    shown_counts = [np.nan if 0 < count < min_cell else count for count in counts]
    rows = []
    for name, x in columns.items():
        visible = all(
            count >= min_cell and not _tells(x[group], min_cell, binary=is_binary(x))
            for count, group in zip(counts, (stay, gone), strict=True)
        )
        if not visible:
            rows.append((name, *shown_counts, np.nan, np.nan, np.nan))
            continue
        means = [float(np.average(x[group], weights=survey_weight[group])) for group in (stay, gone)]
        scale = standardiser(x, inside, estimand="att", survey_weight=survey_weight)
        apart = means[1] - means[0]
        rows.append((name, *shown_counts, *means, apart / scale if scale > 0 else (0.0 if apart == 0 else np.nan)))
    return pd.DataFrame(rows, columns=PROFILE_COLUMNS)


def _tells(x: FloatArray, min_cell: int, *, binary: bool) -> bool:
    """Whether a binary covariate singles out a few of this group."""
    if not binary:
        return False
    fewer = min(int((x == x.min()).sum()), int((x == x.max()).sum()))
    return 0 < fewer < min_cell and bool(x.min() != x.max())
