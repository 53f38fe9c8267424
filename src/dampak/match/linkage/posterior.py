"""Whom a register person is in the survey: one of its candidates, someone of a known family, or nobody."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.linkage.comparing import Pairs, pair_weights
from dampak.match.linkage.comparisons import NAMES, Parameters
from dampak.match.linkage.frequencies import Frequencies, rarity
from dampak.match.linkage.records import Roster

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

NIK, KK, AREA = (NAMES.index(name) for name in ("nik", "kk", "area"))
OTHER_AREA = 2
# An area's own share counts as much as this many register persons of the average area.
_SHRINK = 50.0
_AREA_STEPS = 8


@dataclass(frozen=True)
class Model:
    """Parameters of the linkage.

    Parameters
    ----------
    parameters : mapping of comparison to (m, u) by level
    frequencies : Frequencies
    in_survey : float
        Share of register persons whose household is in the survey.
    absent : float
        Of those, the share who are themselves not among its persons, and are found by the family's KK number only.
    moved : float
        Of those, the share whom the survey met in another kabupaten.
    nik_error, kk_error : float
        Share of numbers that belong to another person or family of the area.
    per_person, per_family : float
        Chance that a random person (family) of an average area is a given one of the survey.
    """

    parameters: Parameters
    frequencies: Frequencies
    in_survey: float
    absent: float
    moved: float
    nik_error: float
    kk_error: float
    per_person: float
    per_family: float


@dataclass(frozen=True)
class Candidates:
    """Everything about compared pairs that the parameters do not change.

    Parameters
    ----------
    pairs : Pairs
        `left` a place in the roster, `right` in the register persons.
    family_of : (f,) int
        Place in `pairs` of the first pair of each register person and family with its KK number.
    first : (g,) int
        Place in `order` of the first candidate of each register person with any.
    people : (g,) int
        These register persons.
    order : (p + f,) int
        Persons and, after them, families, sorted by register person.
    area : (n,) int
        Number of the area of each register person, in `area_codes`.
    persons_in, families_in : (areas,) float
        Survey persons and families of each area.
    """

    pairs: Pairs
    family_of: IntArray
    order: IntArray
    first: IntArray
    people: IntArray
    area: IntArray
    persons_in: FloatArray
    families_in: FloatArray
    rarity: FloatArray = field(default_factory=lambda: np.empty((0, 3)))


@dataclass(frozen=True)
class Posterior:
    """Probabilities of candidates.

    Parameters
    ----------
    person : (p,) float
        That the register person is the survey person.
    family : (f,) float
        That only the family is there.
    nobody : (n,) float
    in_survey : (areas,) float
        Share of register persons of each area whose household is in the survey.
    """

    person: FloatArray
    family: FloatArray
    nobody: FloatArray
    in_survey: FloatArray


def gather(pairs: Pairs, roster: Roster, people: pd.DataFrame) -> Candidates:
    """Arrange compared pairs by register person.

    Parameters
    ----------
    pairs : Pairs
    roster : Roster
    people : DataFrame
        Comparison records of the register persons, `right` of the pairs being places in it.

    Returns
    -------
    Candidates
    """
    by_kk = np.flatnonzero(pairs.levels[:, KK] == 0)
    key = pairs.right[by_kk] * (int(roster.family.max()) + 1) + roster.family[pairs.left[by_kk]]
    family_of = by_kk[np.unique(key, return_index=True)[1]]
    right = np.concatenate([pairs.right, pairs.right[family_of]])
    order = np.argsort(right, kind="stable")
    people_with, first = np.unique(right[order], return_index=True)
    area, codes = pd.factorize(people["kab_code"].to_numpy(dtype=np.int64), sort=True)
    survey_area = roster.records["kab_code"].to_numpy(dtype=np.int64)
    place = pd.Index(codes).get_indexer(pd.Index(survey_area))
    persons_in = np.bincount(place[place >= 0], minlength=len(codes)).astype(float)
    families = np.unique(np.column_stack([place, roster.family]), axis=0)[:, 0]
    families_in = np.bincount(families[families >= 0], minlength=len(codes)).astype(float)
    return Candidates(pairs, family_of, order, first, people_with, area.astype(np.int64), persons_in, families_in)


def weighed(candidates: Candidates, model: Model, roster: Roster) -> Candidates:
    """Add the frequency corrections, which training leaves as they are."""
    bits = rarity(candidates.pairs, roster.records, model.frequencies, model.parameters)
    return replace(candidates, rarity=bits)


def posterior(candidates: Candidates, model: Model, roster: Roster, in_survey: FloatArray | None = None) -> Posterior:
    """Probability of every candidate, together with that of nobody summing to one for each register person.

    With prior p_j and ratio R_j = P(levels | same person) / P(levels | two persons), the probability of candidate j is
    p_j R_j / (p_0 + sum_k p_k R_k): a register person is one survey person at most.

    Parameters
    ----------
    candidates : Candidates
        Of `weighed`.
    model : Model
    roster : Roster
    in_survey : (areas,) float, optional
        Shares by area; found from the candidates where not given.

    Returns
    -------
    Posterior

    References
    ----------
    Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage. JASA 64, 1183-1210.
    Sadinle, M. (2017). Bayesian estimation of bipartite matchings for record linkage. JASA 112, 600-612.
    """
    if in_survey is not None:
        return _posterior(candidates, model, roster, in_survey)
    persons = np.bincount(candidates.area, minlength=len(candidates.persons_in)).astype(float)
    share = np.full(len(candidates.persons_in), model.in_survey)
    for _ in range(_AREA_STEPS):
        found = _posterior(candidates, model, roster, share)
        share = area_shares(candidates, found, model.in_survey, persons)
    return _posterior(candidates, model, roster, share)


def area_shares(candidates: Candidates, found: Posterior, overall: float, persons: FloatArray) -> FloatArray:
    """Share of register persons in the survey by area, drawn a little to that of all areas.

    Parameters
    ----------
    candidates : Candidates
    found : Posterior
    overall : float
    persons : (areas,) float
        Register persons by area.

    Returns
    -------
    (areas,) float
    """
    inside = np.bincount(candidates.area, weights=1.0 - found.nobody, minlength=len(persons))
    return (inside + _SHRINK * overall) / (persons + _SHRINK)


def _posterior(candidates: Candidates, model: Model, roster: Roster, in_survey: FloatArray) -> Posterior:
    pairs, area = candidates.pairs, candidates.area[candidates.pairs.right]
    share = np.clip(in_survey, 1e-9, 0.999)
    by_person = pair_weights(pairs.levels, model.parameters)
    by_person[:, AREA] += candidates.rarity[:, 2]
    other = pairs.levels[:, AREA] == OTHER_AREA
    n_persons, n_families = len(roster.family), int(roster.family.max()) + 1
    # Chance that a random person (family) of the area is this one of the survey.
    person = np.where(other, model.in_survey / n_persons, (share / np.maximum(candidates.persons_in, 1))[area])
    family = np.where(other, model.in_survey / n_families, (share / np.maximum(candidates.families_in, 1))[area])
    # A false number is one of the area's, the more likely this one the smaller the area.
    by_person[:, NIK] += np.where(pairs.levels[:, NIK] == 0, np.log2(model.per_person / person), 0.0)
    by_person[:, KK] += np.where(pairs.levels[:, KK] == 0, np.log2(model.per_family / family), 0.0)
    stay = np.where(other, model.moved, 1.0 - model.moved)
    bits = by_person.sum(axis=1) + candidates.rarity[:, :2].sum(axis=1)
    bits += np.log2(person * stay * (1.0 - model.absent))
    chosen = candidates.family_of
    family_bits = by_person[chosen][:, [KK, AREA]].sum(axis=1) + np.log2(family * stay * model.absent)[chosen]
    bits = np.concatenate([bits, family_bits])[candidates.order]
    nobody_bits = np.log2(1.0 - share)[candidates.area[candidates.people]]
    nobody = np.ones(len(candidates.area))
    if not len(candidates.first):
        return Posterior(np.empty(0), np.empty(0), nobody, share)
    top = np.maximum(np.maximum.reduceat(bits, candidates.first), nobody_bits)
    size = np.diff(np.append(candidates.first, len(bits)))
    odds = np.exp2(bits - np.repeat(top, size))
    none = np.exp2(nobody_bits - top)
    total = none + np.add.reduceat(odds, candidates.first)
    probability = np.empty(len(bits))
    probability[candidates.order] = odds / np.repeat(total, size)
    nobody[candidates.people] = none / total
    return Posterior(probability[: len(pairs.left)], probability[len(pairs.left) :], nobody, share)
