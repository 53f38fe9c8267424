"""Where households live: areas, strata, blocks (PSU) and kecamatan, in the shape of a two-stage survey."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.parameters import Parameters
from dampak.synth.terms import REGIONS

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def apportion(total: int, share: FloatArray, lower: IntArray, upper: IntArray) -> IntArray:
    """Divide a number of places in proportion, within bounds.

    Each place goes to the cell that is furthest behind its share (Webster, Sainte-Laguë), so what a full cell cannot
    take goes to the others in proportion.

    Parameters
    ----------
    total : int
        Places.
    share : (k,) float
        Non-negative, any scale.
    lower, upper : (k,) int
        Fewest and most places of each cell.

    Returns
    -------
    (k,) int
        Sums to `total` when the bounds allow it; otherwise to the nearest sum that they allow.
    """
    target = share / share.sum() * total
    places: IntArray = np.clip(np.floor(target).astype(np.int64), lower, upper)
    while places.sum() < total and (places < upper).any():
        places[np.argmax(np.where(places < upper, target / (places + 0.5), -np.inf))] += 1
    while places.sum() > total and (places > lower).any():
        places[np.argmin(np.where(places > lower, target / (places - 0.5), np.inf))] -= 1
    return np.asarray(places)


def area_table(parameters: Parameters) -> pd.DataFrame:
    """Areas as columns, one row each in the order of their codes; `region` as a code of `REGIONS`."""
    table = pd.DataFrame([area.model_dump() for area in parameters.areas])
    kota = (table["type"] == "kota").to_numpy()
    madura = (table["region"] == "madura").to_numpy()
    table["region"] = np.where(kota, REGIONS.index("kota"), np.where(madura, 2, 1)).astype(np.int8)
    return table


def settle(parameters: Parameters) -> pd.DataFrame:
    """Lay out the households of the population; nothing here is drawn.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    DataFrame
        One row per household, sorted by area, urban before rural, block: `household_id` (area code and number),
        `area` (row of `area_table`), `kab_code`, `region` (code of `REGIONS`), `kecamatan` (area code and number),
        `urban`, `stratum` (area code and 1 urban, 2 rural), `psu` (stratum and number).
    """
    size, areas = parameters.size, area_table(parameters)
    persons = areas["persons_2020_derived"].to_numpy(dtype=float)
    fewest = np.full(len(areas), size.min_households_per_area.value, dtype=np.int64)
    total = max(size.households.value, int(fewest.sum()))
    counts = apportion(total, persons, fewest, np.full(len(areas), total, dtype=np.int64))
    return pd.concat([_area(areas.iloc[i], i, int(n), size.households_per_psu.value) for i, n in enumerate(counts)],
                     ignore_index=True)  # fmt: skip


def _area(area: "pd.Series[Any]", index: int, households: int, per_psu: int) -> pd.DataFrame:
    """Households of one area."""
    share = float(area["urban_share_assumed"])
    urban_count = round(share * households)
    if 0 < share < 1:  # Both strata keep two blocks, or a survey could not estimate a variance.
        urban_count = min(max(urban_count, 2 * per_psu), households - 2 * per_psu)
    code, n_kecamatan = int(area["kab_code"]), int(area["kecamatan"])
    urban = np.arange(households) < urban_count
    psu = np.empty(households, dtype=np.int64)
    for inside, digit in ((urban, 1), (~urban, 2)):
        n = int(inside.sum())
        if n:
            blocks = max(2, round(n / per_psu))
            psu[inside] = (code * 10 + digit) * 10_000 + 1 + np.arange(n) * blocks // n
    # Blocks in order are neighbours: a kecamatan is a run of them.
    _, rank = np.unique(psu, return_inverse=True)
    kecamatan = rank * n_kecamatan // (int(rank.max()) + 1)
    return pd.DataFrame(
        {
            "household_id": code * 1_000_000 + 1 + np.arange(households, dtype=np.int64),
            "area": np.full(households, index, dtype=np.int64),
            "kab_code": np.full(households, code, dtype=np.int64),
            "region": np.full(households, area["region"], dtype=np.int8),
            "kecamatan": code * 1000 + 10 * (kecamatan + 1),
            "urban": urban,
            "stratum": np.where(urban, code * 10 + 1, code * 10 + 2).astype(np.int64),
            "psu": psu,
        }
    )
