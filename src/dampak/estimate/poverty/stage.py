"""The job of poverty: what it is, and what it would be without each programme."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dampak.estimate.poverty.counterfactual import Measures, effect_measures, present_poverty, transfer_measures
from dampak.estimate.poverty.domains import WHOLE
from dampak.estimate.poverty.welfare import read_welfare
from dampak.match.specification import headline_labels

POVERTY_COLUMNS = ["treatment", "area", "measure", "value", "std_error"]
PRESENT = "none"
AREAS_ONLY = ("share_of_change", "share_of_change_effect")


def poverty_stage(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Measure poverty with and without every programme, in the whole and in every kabupaten/kota.

    Where the weights were calibrated to a published headcount, the errors of levels (P0 most of all) are too large, as
    they do not know of it; those of changes hardly are. Households without consumption or line are left out of every
    measure but `share_left_out`.

    Parameters
    ----------
    tables : mapping of DataFrame
        `households`, `outcomes`, `receipts` as `read_welfare` takes them; `effects` (treatment, outcome, subgroup,
        method, estimate, std_error).
    settings : mapping
        Those of `read_welfare`; poverty: effect_on; headline.

    Returns
    -------
    dict of DataFrame
        `poverty`: treatment (`none` for poverty as it is), area (`all` or a BPS code), measure, value, std_error,
        sorted. Headcount and gaps are shares in [0, 1], rupiah are of the year. Measures:
        `dampak.estimate.poverty.counterfactual`.

    Raises
    ------
    DataError
        As `read_welfare`. A stratum with a single PSU that the design refuses is none: errors are NaN there.
    """
    welfare = read_welfare(tables, settings)
    labels = welfare.domains.labels
    parts = [measure_table(PRESENT, present_poverty(welfare), labels)]
    for number, programme in enumerate(welfare.programmes):
        estimate, std_error = headline_effect(tables["effects"], programme, settings)
        found = transfer_measures(welfare, number)
        found |= effect_measures(welfare, number, estimate=estimate, std_error=std_error)
        parts.append(measure_table(programme, found, labels))
    table = pd.concat(parts, ignore_index=True)
    table = table[~(table["measure"].isin(AREAS_ONLY) & (table["area"] == WHOLE))]
    return {"poverty": table.sort_values(POVERTY_COLUMNS[:3], kind="stable", ignore_index=True)}


def measure_table(treatment: str, found: Measures, labels: tuple[str, ...]) -> pd.DataFrame:
    """Write measures as rows: one per area and measure, or of the whole alone where only that was measured.

    Returns
    -------
    DataFrame
        treatment, area, measure, value, std_error.
    """
    counts = [measured.value.size for measured in found.values()]
    return pd.DataFrame(
        {
            "treatment": treatment,
            "area": [label for count in counts for label in labels[:count]],
            "measure": np.repeat(list(found), counts),
            "value": np.concatenate([measured.value for measured in found.values()]),
            "std_error": np.concatenate([measured.std_error for measured in found.values()]),
        }
    )


def headline_effect(effects: pd.DataFrame, programme: str, settings: Mapping[str, Any]) -> tuple[float, float]:
    """Find the headline effect of a programme on the logarithm of consumption, and its standard error.

    The row that carries the uncertainty of linkage is preferred to the plain one; (NaN, NaN) where there is neither.

    Parameters
    ----------
    effects : DataFrame
        `tables/effects.csv`.
    programme : str
    settings : mapping
        headline, poverty: effect_on.
    """
    mine = effects[
        (effects["treatment"].astype(str) == programme)
        & (effects["outcome"].astype(str) == str(settings["poverty"]["effect_on"]))
        & (effects["subgroup"].astype(str) == "all")
    ]
    for method in headline_labels(str(settings["headline"])):
        rows = mine[(mine["method"].astype(str) == method) & np.isfinite(mine["estimate"].to_numpy(dtype=float))]
        if len(rows):
            return float(rows["estimate"].iloc[0]), float(rows["std_error"].iloc[0])
    return math.nan, math.nan
