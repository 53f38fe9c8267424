"""The job of targeting: who receives every programme, how its benefits are spread, and which programmes overlap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dampak.estimate.poverty.stage import POVERTY_COLUMNS, measure_table
from dampak.estimate.poverty.welfare import Welfare, read_welfare
from dampak.estimate.targeting.concentration import concentration_curve
from dampak.estimate.targeting.measures import programme_ranking, targeting_measures
from dampak.estimate.targeting.overlaps import programme_overlaps


def targeting_stage(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Measure the targeting of every programme, in the whole and in every kabupaten/kota.

    Parameters
    ----------
    tables : mapping of DataFrame
        `households`, `outcomes`, `receipts`, as `read_welfare` takes them.
    settings : mapping
        Those of `read_welfare`.

    Returns
    -------
    dict of DataFrame
        `targeting`: treatment, area (`all` or a BPS code), measure, value, std_error, sorted; measures of
        `targeting_measures`. `concentration`: treatment, population_share, benefit_share (101 points from 0 to 1, the
        poorest first; NaN where a programme has no rupiah). `overlaps`: columns of `programme_overlaps`.

    Raises
    ------
    DataError
        As `read_welfare`. A stratum with a single PSU that the design refuses is none: errors are NaN there.
    """
    welfare = read_welfare(tables, settings)
    labels = welfare.domains.labels
    parts = [
        measure_table(programme, targeting_measures(welfare, number), labels)
        for number, programme in enumerate(welfare.programmes)
    ]
    table = pd.concat(parts, ignore_index=True).sort_values(POVERTY_COLUMNS[:3], kind="stable", ignore_index=True)
    curves = pd.concat([_curve(welfare, number) for number in range(len(welfare.programmes))], ignore_index=True)
    curves = curves.sort_values(["treatment", "population_share"], kind="stable", ignore_index=True)
    return {"targeting": table, "concentration": curves, "overlaps": programme_overlaps(welfare)}


def _curve(welfare: Welfare, number: int) -> pd.DataFrame:
    people, share = concentration_curve(programme_ranking(welfare, number), welfare.rupiah(number))
    return pd.DataFrame({"treatment": welfare.programmes[number], "population_share": people, "benefit_share": share})
