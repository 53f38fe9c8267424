"""A two-stage survey of the population, in the manner of Susenas: strata, blocks, ten households a block, weights."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.seeds import seed_of
from dampak.synth.calibration import raked
from dampak.synth.parameters import DOCUMENT, Parameters
from dampak.synth.population import Population
from dampak.synth.settlement import apportion

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Survey:
    """The surveyed part of a population.

    Parameters
    ----------
    households : DataFrame
        As in the population, with `row` (of the household in the population), `design_weight` and `weight` (real
        households each stands for); without `represents` and `standing`.
    families, persons : DataFrame
        Of those households, with their household's `weight`.
    receipts : DataFrame
        Of those families.
    """

    households: pd.DataFrame
    families: pd.DataFrame
    persons: pd.DataFrame
    receipts: pd.DataFrame


def draw_survey(population: Population, parameters: Parameters, *, seed: int) -> Survey:
    """Draw a stratified two-stage sample.

    Areas get places by the square root of their persons, so that small ones can be reported; strata within an area by
    their households. Blocks and, within them, households are drawn with equal chances without replacement. Weights
    are then raked per area to its urban and rural persons and to its persons below and above the line: the
    published headcount is itself an estimate of the survey of March 2020, so the survey has to reproduce it.

    Parameters
    ----------
    population : Population
    parameters : Parameters
        `size.survey_households` and `size.survey_households_per_psu`.
    seed : int

    Returns
    -------
    Survey
        `weight` x `size` sums to each area's persons.

    Raises
    ------
    ConfigError
        When the population has fewer blocks than the survey needs.
    """
    frame, size = population.households, parameters.size
    take = size.survey_households_per_psu.value
    rng = np.random.default_rng(seed_of(seed, "synth", "survey"))
    blocks, block = np.unique(frame["psu"].to_numpy(), return_inverse=True)
    per_block = np.bincount(block)
    strata, stratum_of_block = np.unique(blocks // 10_000, return_inverse=True)
    available = np.bincount(stratum_of_block)
    wanted = round(size.survey_households.value / take)
    if wanted > available.sum() or int(per_block.min()) < take:
        raise ConfigError(
            f"{DOCUMENT}: size: survey_households: {wanted} blocks of {take} households do not fit in "
            f"{int(available.sum())} blocks of at least {int(per_block.min())}; lower survey_households or "
            "raise households"
        )
    places = _allocate(frame, strata, available, wanted)
    chosen = _lowest(rng.random(len(blocks)), stratum_of_block, places)
    drawn = _lowest(rng.random(len(frame)), block, np.where(chosen, take, 0))
    row = np.flatnonzero(drawn)
    inflate = (per_block / take) * (available / places)[stratum_of_block]
    households = frame.iloc[row].reset_index(drop=True)
    households = households.assign(row=row, design_weight=households["represents"].to_numpy() * inflate[block[row]])
    households["weight"] = _calibrated(households, frame)
    households = households.drop(columns=["represents", "standing"])
    return _gathered(population, households)


def _allocate(frame: pd.DataFrame, strata: IntArray, available: IntArray, wanted: int) -> IntArray:
    """Blocks to draw in each stratum: at least two."""
    inside = np.searchsorted(strata, frame["stratum"].to_numpy())
    real = np.bincount(inside, weights=(frame["represents"] * frame["size"]).to_numpy())
    _, area = np.unique(strata // 10, return_inverse=True)
    persons = np.bincount(area, weights=real)
    share = np.sqrt(persons)[area] * real / persons[area]
    return apportion(wanted, share, np.minimum(2, available), available)


def _lowest(priority: FloatArray, group: IntArray, places: IntArray) -> NDArray[np.bool_]:
    """Mark the lowest priorities of each group, as many as it has places: a draw without replacement."""
    order = np.lexsort((priority, group))
    rank = np.arange(len(order)) - np.searchsorted(group[order], group[order])
    marked = np.zeros(len(order), dtype=bool)
    marked[order[rank < places[group[order]]]] = True
    return marked


def _calibrated(sample: pd.DataFrame, frame: pd.DataFrame) -> FloatArray:
    """Rake the design weights to the population's persons by stratum, and by area and poverty."""
    margins: list[tuple[IntArray, FloatArray]] = []
    frame_persons = (frame["represents"] * frame["size"]).to_numpy()
    for key, known in (
        (sample["stratum"].to_numpy(), frame["stratum"].to_numpy()),
        (sample["kab_code"].to_numpy() * 2 + sample["poor"], frame["kab_code"].to_numpy() * 2 + frame["poor"]),
    ):
        # A cell that the sample missed is left out: raking cannot fill it.
        cells = np.unique(np.asarray(key))
        known = np.asarray(known)
        met = np.isin(known, cells)
        where = np.searchsorted(cells, known[met])
        total = np.bincount(where, weights=frame_persons[met], minlength=len(cells)).astype(np.float64)
        margins.append((np.searchsorted(cells, np.asarray(key)).astype(np.int64), total))
    return raked(sample["design_weight"].to_numpy(), sample["size"].to_numpy(dtype=float), margins)


def _gathered(population: Population, households: pd.DataFrame) -> Survey:
    """Families, persons and grants of the drawn households."""
    ids, weight = households["household_id"].to_numpy(), households["weight"].to_numpy()

    def inside(table: pd.DataFrame) -> pd.DataFrame:
        part = table[np.isin(table["household_id"].to_numpy(), ids)].reset_index(drop=True)
        return part.assign(weight=weight[np.searchsorted(ids, part["household_id"].to_numpy())])

    families = inside(population.families)
    received = np.isin(population.receipts["family_id"].to_numpy(), families["family_id"].to_numpy())
    receipts = population.receipts[received].reset_index(drop=True)
    return Survey(households, families, inside(population.persons), receipts)
