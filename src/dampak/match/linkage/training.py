"""The parameters of the linkage, estimated from the data without any known link."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.match.linkage.comparing import Pairs, compare
from dampak.match.linkage.comparisons import COMPARISONS, NAMES, starting_values
from dampak.match.linkage.frequencies import birth_agreement, frequencies
from dampak.match.linkage.posterior import (
    AREA,
    KK,
    NIK,
    OTHER_AREA,
    Candidates,
    Model,
    Posterior,
    area_shares,
    gather,
    posterior,
    weighed,
)
from dampak.match.linkage.records import Roster
from dampak.match.linkage.settings import LinkSettings
from dampak.seeds import seed_of

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Weight of the starting values, in persons: they decide only what the data are silent about.
_PRIOR_PERSONS = 5.0
_START_SHARE = 0.1
_START_RATE = 0.01
_START_ERROR = 0.005
_ERROR_PRIOR = 200.0


def train(roster: Roster, people: pd.DataFrame, *, settings: LinkSettings, seed: int) -> Model:
    """Estimate the parameters.

    How often two persons agree (u) from random pairs within an area; how often one person's two records agree (m), the
    share of register persons in the survey, of moved and absent ones and of false numbers by EM over all candidates
    of a sample of register persons. Everything is added in a fixed order, so that the result has the same bytes on
    any number of cores.

    Parameters
    ----------
    roster : Roster
    people : DataFrame
        Comparison records of register persons; a sample of them is used where there are more than
        `settings.training_people`.
    settings : LinkSettings
    seed : int

    Returns
    -------
    Model

    Raises
    ------
    DataError
        If no register person is of an area of the survey.
    """
    generator = np.random.default_rng(seed_of(seed, "link", "training"))
    if len(people) > settings.training_people:
        chosen = np.sort(generator.choice(len(people), settings.training_people, replace=False))
        sample = people.iloc[chosen].reset_index(drop=True)
    else:
        sample = people.reset_index(drop=True)
    sample["unique_id"] = np.arange(len(sample), dtype=np.int64)
    found = frequencies(roster.records, people)
    parameters = starting_values()
    parameters |= _by_chance(_random_pairs(roster, sample, settings, seed))
    birth = list(parameters["birth"])
    # Random pairs show the same day too seldom to count.
    parameters["birth"] = ((birth[0][0], max(birth_agreement(found), 1e-9)), *birth[1:])
    candidates = gather(compare(roster.records, sample, threads=settings.threads), roster, sample)
    areas = max(int((candidates.persons_in > 0).sum()), 1)
    model = Model(
        parameters=parameters,
        frequencies=found,
        in_survey=_START_SHARE,
        absent=_START_RATE,
        moved=_START_RATE,
        nik_error=_START_ERROR,
        kk_error=_START_ERROR,
        per_person=_START_SHARE * areas / len(roster.family),
        per_family=_START_SHARE * areas / (int(roster.family.max()) + 1),
    )
    return _fitted(weighed(candidates, model, roster), model, roster, sample, settings)


def _fitted(
    candidates: Candidates, model: Model, roster: Roster, sample: pd.DataFrame, settings: LinkSettings
) -> Model:
    model = _with_numbers(model, model.in_survey)
    persons = np.bincount(candidates.area, minlength=len(candidates.persons_in)).astype(float)
    share = np.full(len(persons), model.in_survey)
    known = {name: sample[name].notna().to_numpy() for name in ("nik", "kk")}
    for _ in range(settings.iterations):
        found = posterior(candidates, model, roster, share)
        overall = float((1.0 - found.nobody).sum() + 1.0) / (len(sample) + 10.0)
        share = area_shares(candidates, found, overall, persons)
        updated = _with_numbers(_maximised(candidates, found, model, known), overall)
        change = max(
            abs(new[0] - old[0])
            for name in NAMES
            for new, old in zip(updated.parameters[name], model.parameters[name], strict=True)
        )
        change = max(change, abs(updated.in_survey - model.in_survey))
        model = updated
        if change < settings.tolerance:
            break
    return model


def _maximised(candidates: Candidates, found: Posterior, model: Model, known: dict[str, NDArray[np.bool_]]) -> Model:
    """The M step: shares of the expected matches."""
    pairs, parameters = candidates.pairs, {}
    for place, comparison in enumerate(COMPARISONS):
        level = pairs.levels[:, place]
        given = level >= 0
        counts: FloatArray = np.bincount(
            level[given], weights=found.person[given], minlength=len(comparison.levels)
        ).astype(float)
        if comparison.name == "kk":
            # Families found by their number alone agree on it too.
            counts[0] += found.family.sum()
        groups = np.array([part.group for part in comparison.levels])
        start = np.array([part.m for part in comparison.levels])
        counts = counts + _PRIOR_PERSONS * start
        m = counts / np.bincount(groups, weights=counts)[groups]
        parameters[comparison.name] = tuple(
            old if part.fixed else (float(new), old[1])
            for part, new, old in zip(comparison.levels, m, model.parameters[comparison.name], strict=True)
        )
    persons, families = float(found.person.sum()), float(found.family.sum())
    moved = float(found.person[pairs.levels[:, AREA] == OTHER_AREA].sum())
    return replace(
        model,
        parameters=parameters,
        absent=(families + _PRIOR_PERSONS * _START_RATE) / (persons + families + _PRIOR_PERSONS),
        moved=(moved + _PRIOR_PERSONS * _START_RATE) / (persons + _PRIOR_PERSONS),
        nik_error=_error(pairs, NIK, known["nik"], found, model.in_survey),
        kk_error=_error(pairs, KK, known["kk"], found, model.in_survey),
    )


def _error(pairs: Pairs, place: int, known: NDArray[np.bool_], found: Posterior, in_survey: float) -> float:
    """Share of false numbers: of those who are nobody of the survey, how many have the number of someone there."""
    hit = np.zeros(len(found.nobody), dtype=bool)
    hit[pairs.right[pairs.levels[:, place] == 0]] = True
    hits = float(found.nobody[hit].sum())
    exposed = float(found.nobody[known].sum()) * in_survey
    return min((hits + _ERROR_PRIOR * _START_ERROR) / (exposed + _ERROR_PRIOR), 0.5)


def _with_numbers(model: Model, in_survey: float) -> Model:
    """Set u of NIK and KK: a false number, times the chance that it is this one."""
    per_person = model.per_person * in_survey / model.in_survey
    per_family = model.per_family * in_survey / model.in_survey
    parameters = dict(model.parameters)
    for name, u in (("nik", model.nik_error * per_person), ("kk", model.kk_error * per_family)):
        (agree, _), (differ, _) = parameters[name]
        parameters[name] = ((agree, u), (differ, 1.0 - u))
    return replace(model, parameters=parameters, in_survey=in_survey, per_person=per_person, per_family=per_family)


def _random_pairs(roster: Roster, sample: pd.DataFrame, settings: LinkSettings, seed: int) -> Pairs:
    """Pairs of one area by chance; those with the same NIK or KK are no two families and are left out."""
    generator = np.random.default_rng(seed_of(seed, "link", "random pairs"))
    area = roster.records["kab_code"].to_numpy(dtype=np.int64)
    by_area = np.argsort(area, kind="stable")
    codes, start, size = np.unique(area[by_area], return_index=True, return_counts=True)
    place = pd.Index(codes).get_indexer(pd.Index(sample["kab_code"].to_numpy(dtype=np.int64)))
    usable = np.flatnonzero(place >= 0)
    if not len(usable):
        raise DataError(
            "register: no row is of a kabupaten of the survey; check that registers and survey are of one province and"
            " that kab_code follows the BPS codes"
        )
    right = usable[generator.integers(0, len(usable), settings.random_pairs)]
    offset = (generator.random(settings.random_pairs) * size[place[right]]).astype(np.int64)
    left = by_area[start[place[right]] + offset]
    key = np.unique(right * len(area) + left)
    pairs = compare(roster.records, sample, threads=settings.threads, chosen=(key % len(area), key // len(area)))
    apart = (pairs.levels[:, NIK] != 0) & (pairs.levels[:, KK] != 0)
    return Pairs(pairs.left[apart], pairs.right[apart], pairs.levels[apart])


def _by_chance(pairs: Pairs) -> dict[str, tuple[tuple[float, float], ...]]:
    """Find u of all comparisons but the numbers."""
    found = {}
    for place, comparison in enumerate(COMPARISONS):
        if place in (NIK, KK):
            continue
        level = pairs.levels[:, place]
        counts = np.bincount(level[level >= 0], minlength=len(comparison.levels)).astype(float)
        groups = np.array([part.group for part in comparison.levels])
        counts += np.array([part.u for part in comparison.levels])
        u = counts / np.bincount(groups, weights=counts)[groups]
        found[comparison.name] = tuple(
            (part.m, part.u if part.fixed else float(value)) for part, value in zip(comparison.levels, u, strict=True)
        )
    return found
