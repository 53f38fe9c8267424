"""Links between register rows and survey households."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.linkage.comparing import compare
from dampak.match.linkage.comparisons import COMPARISONS
from dampak.match.linkage.posterior import KK, NIK, Candidates, Model, Posterior, gather, posterior, weighed
from dampak.match.linkage.records import People, Roster, identified, read_people, read_roster
from dampak.match.linkage.settings import LinkSettings
from dampak.match.linkage.training import train
from dampak.match.linkage.waterfall import MODEL_COLUMNS, WATERFALL_COLUMNS, steps
from dampak.seeds import seed_of

IntArray = NDArray[np.int64]

LINK_COLUMNS = ["register", "row", "household_id", "how", "match_weight", "probability", "accepted"]
COUNT_COLUMNS = ["register", "kab_code", "n_register", "n_unidentified"]
# Eight decimals of a probability do not depend on the processor.
_DECIMALS = 8
_WATERFALL_LINKS = 48
# Rows that training reads to have enough distinct persons.
ROWS_PER_PERSON = 4


@dataclass(frozen=True)
class Links:
    """Candidates of every register row, without personal data.

    Parameters
    ----------
    links : DataFrame
        Columns `LINK_COLUMNS`, one row per register row and survey household with a probability of at least the
        floor, sorted by register, row, household. `how`: what the best pair of persons agrees on, ``nik``, ``kk``
        or ``probabilistic``. `match_weight`: log2 of the odds of this household against nobody. `accepted`: one
        household per row and one row per family of a register at most.
    model : DataFrame
        Columns `MODEL_COLUMNS`: for the match-weight chart.
    report : DataFrame
        Columns `COUNT_COLUMNS`, rows of each register and kabupaten, and how many of them name nobody.
    waterfall : DataFrame
        Columns `WATERFALL_COLUMNS`: how the weight of sampled links adds up, without values.
    """

    links: pd.DataFrame
    model: pd.DataFrame
    report: pd.DataFrame
    waterfall: pd.DataFrame


def link_registers(roster: pd.DataFrame, register: pd.DataFrame, *, settings: LinkSettings, seed: int) -> Links:
    """Link register rows to survey households.

    Parameters
    ----------
    roster : DataFrame
        Survey persons, `dampak.match.linkage.records.ROSTER_COLUMNS`.
    register : DataFrame
        Rows of all registers, `dampak.match.linkage.records.REGISTER_COLUMNS`.
    settings : LinkSettings
    seed : int

    Returns
    -------
    Links

    Raises
    ------
    DataError
        If a column is missing, or no register row is of an area of the survey.

    References
    ----------
    Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage. JASA 64, 1183-1210.
    """
    return link_parts(roster, areas_together(register, settings), register, settings=settings, seed=seed)


def link_parts(
    roster: pd.DataFrame,
    parts: Iterable[pd.DataFrame],
    sample: pd.DataFrame,
    *,
    settings: LinkSettings,
    seed: int,
) -> Links:
    """Link registers that come part by part, for those that do not fit in memory at once.

    Parameters
    ----------
    roster : DataFrame
    parts : iterable of DataFrame
        Register rows; a kabupaten is whole in one part.
    sample : DataFrame
        Register rows to estimate the parameters on, drawn from all of them by chance or all of them.
    settings : LinkSettings
    seed : int

    Returns
    -------
    Links
    """
    survey = read_roster(roster)
    model = train(survey, _training_people(sample, survey, settings, seed), settings=settings, seed=seed)
    found, counts, waterfalls = [], [], []
    for number, part in enumerate(parts):
        people = read_people(part, survey)
        candidates, probabilities = _scored(survey, people, model, settings)
        found.append(_rows(part, people, _households(candidates, probabilities, survey, settings)))
        counts.append(_counts(part))
        generator = np.random.default_rng(seed_of(seed, "link", "waterfall", number))
        waterfalls.append(steps(candidates, probabilities, model, generator))
    links = _accepted(pd.concat(found, ignore_index=True), settings)
    report = pd.concat(counts).groupby(["register", "kab_code"], as_index=False, sort=True).sum()
    waterfall = pd.concat(waterfalls, keys=range(len(waterfalls)), names=["part"]).reset_index("part")
    waterfall["link"] = pd.factorize(pd.MultiIndex.from_frame(waterfall[["part", "link"]]))[0] + 1
    waterfall = _some(waterfall, np.random.default_rng(seed_of(seed, "link", "waterfall")))
    return Links(
        links=links[LINK_COLUMNS],
        model=_model_table(model),
        report=report[COUNT_COLUMNS],
        waterfall=waterfall[WATERFALL_COLUMNS].reset_index(drop=True),
    )


def _some(waterfall: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """No more links than can be looked at, numbered anew."""
    links = waterfall["link"].unique()
    if len(links) <= _WATERFALL_LINKS:
        return waterfall
    chosen = np.sort(generator.choice(links, _WATERFALL_LINKS, replace=False))
    waterfall = waterfall[waterfall["link"].isin(chosen)]
    return waterfall.assign(link=np.searchsorted(chosen, waterfall["link"]) + 1)


def areas_together(register: pd.DataFrame, settings: LinkSettings) -> Iterable[pd.DataFrame]:
    """Divide a register into parts of whole areas, together until they have as many rows as a part may have.

    Parameters
    ----------
    register : (n,) DataFrame
    settings : LinkSettings

    Yields
    ------
    DataFrame
    """
    area = register["kab_code"].to_numpy(dtype=np.int64)
    codes, sizes = np.unique(area, return_counts=True)
    part = np.zeros(len(codes), dtype=np.int64)
    filled = 0
    for place, size in enumerate(sizes):
        if place:
            full = filled + size > settings.part_people
            part[place] = part[place - 1] + int(full)
            filled = 0 if full else filled
        filled += int(size)
    of_row = part[np.searchsorted(codes, area)]
    for number in range(int(part.max(initial=-1)) + 1):
        yield register[of_row == number].reset_index(drop=True)


def _training_people(sample: pd.DataFrame, survey: Roster, settings: LinkSettings, seed: int) -> pd.DataFrame:
    limit = settings.training_people * ROWS_PER_PERSON
    if len(sample) > limit:
        generator = np.random.default_rng(seed_of(seed, "link", "training rows"))
        sample = sample.iloc[np.sort(generator.choice(len(sample), limit, replace=False))].reset_index(drop=True)
    return read_people(sample, survey).records


def _scored(survey: Roster, people: People, model: Model, settings: LinkSettings) -> tuple[Candidates, Posterior]:
    """Candidates among the persons of these areas, and among those anywhere with the same NIK or KK."""
    records = survey.records
    near = records["kab_code"].isin(people.records["kab_code"].unique())
    for name in ("nik", "kk"):
        near |= records[name].notna() & records[name].isin(people.records[name].dropna().unique())
    pairs = compare(records[near.to_numpy(dtype=bool)], people.records, threads=settings.threads)
    candidates = weighed(gather(pairs, survey, people.records), model, survey)
    return candidates, posterior(candidates, model, survey)


def _households(candidates: Candidates, found: Posterior, survey: Roster, settings: LinkSettings) -> pd.DataFrame:
    """Register person x household: the probabilities of its members, and of the family as such, are one event each."""
    pairs, by_kk = candidates.pairs, candidates.family_of
    left = np.concatenate([pairs.left, pairs.left[by_kk]])
    table = pd.DataFrame(
        {
            "person": np.concatenate([pairs.right, pairs.right[by_kk]]),
            "household_id": survey.household_id[left],
            "family": survey.family[left],
            "probability": np.concatenate([found.person, found.family]),
            "how": np.concatenate([_how(pairs.levels), np.full(len(by_kk), 1)]),
        }
    )
    table = table[table["probability"] >= settings.floor / 100]
    # The best pair of each household first; equal ones in the order of the survey.
    table = table.sort_values(["person", "household_id", "probability"], ascending=[True, True, False], kind="stable")
    grouped = table.groupby(["person", "household_id"], sort=False)
    summed = grouped[["family", "how"]].first()
    summed["probability"] = grouped["probability"].sum()
    summed = summed.reset_index()
    nobody = found.nobody[summed["person"].to_numpy()]
    odds = np.maximum(summed["probability"].to_numpy(), 1e-300) / np.maximum(nobody, 1e-300)
    summed["match_weight"] = np.round(np.log2(odds), _DECIMALS - 2)
    summed["probability"] = np.round(np.minimum(summed["probability"], 1.0), _DECIMALS)
    return summed[summed["probability"] >= settings.floor]


def _how(levels: NDArray[np.int8]) -> IntArray:
    return np.where(levels[:, NIK] == 0, 0, np.where(levels[:, KK] == 0, 1, 2)).astype(np.int64)


def _rows(register: pd.DataFrame, people: People, households: pd.DataFrame) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"person": people.person, "register": register["register"].to_numpy(), "row": register["row"].to_numpy()}
    )
    return rows.merge(households, on="person", how="inner").drop(columns="person")


def _accepted(links: pd.DataFrame, settings: LinkSettings) -> pd.DataFrame:
    """Greedy by probability. Above one half a row has one candidate, so greedy leaves the best row of each family."""
    links = links.sort_values(["register", "row", "household_id"], kind="stable", ignore_index=True)
    links["how"] = np.array(["nik", "kk", "probabilistic"], dtype=object)[links["how"].to_numpy(dtype=np.int64)]
    able = links[links["probability"] >= settings.accept]
    able = able.sort_values(
        ["probability", "match_weight", "register", "row"], ascending=[False, False, True, True], kind="stable"
    )
    links["accepted"] = False
    links.loc[able.drop_duplicates(["register", "family"]).index, "accepted"] = True
    return links


def _counts(register: pd.DataFrame) -> pd.DataFrame:
    counted = register[["register", "kab_code"]].assign(n_register=1, n_unidentified=~identified(register))
    counted["n_unidentified"] = counted["n_unidentified"].astype("int64")
    return counted.groupby(["register", "kab_code"], as_index=False, sort=True).sum()


def _model_table(model: Model) -> pd.DataFrame:
    rows = [
        (comparison.name, level.name, m, u, np.log2(m / u))
        for comparison in COMPARISONS
        for level, (m, u) in zip(comparison.levels, model.parameters[comparison.name], strict=True)
        if not level.fixed
    ]
    return pd.DataFrame(rows, columns=MODEL_COLUMNS)
