"""Which programmes reach the same households."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

from dampak.estimate.poverty.welfare import Welfare

OVERLAP_COLUMNS = ["programme_a", "programme_b", "households", "share_of_a", "std_error"]


def programme_overlaps(welfare: Welfare) -> pd.DataFrame:
    """Count the households that receive two programmes, as a share of those that receive the first.

    Parameters
    ----------
    welfare : Welfare

    Returns
    -------
    DataFrame
        `OVERLAP_COLUMNS`, a row per ordered pair of different programmes, sorted. `households`: real households (sum of
        household weights) with accepted links to both. `share_of_a` in [0, 1], NaN where nobody receives a;
        `std_error` is the share's, by the survey design.
    """
    rows = []
    for a, b in permutations(range(len(welfare.programmes)), 2):
        first = welfare.weight * welfare.received[:, a]
        both = first * welfare.received[:, b]
        total = float(first.sum())
        share = float(both.sum()) / total if total > 0 else np.nan
        influence = (both - share * first) / total if total > 0 else np.full(both.size, np.nan)
        measured = welfare.domains.measured_whole(share, influence)
        names = welfare.programmes[a], welfare.programmes[b]
        rows.append((*names, float(both.sum()), share, float(measured.std_error[0])))
    table = pd.DataFrame(rows, columns=OVERLAP_COLUMNS)
    return table.sort_values(OVERLAP_COLUMNS[:2], kind="stable", ignore_index=True)
