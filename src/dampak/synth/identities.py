"""Who the persons of the synthetic population are: names, NIK, KK, birth dates, mothers, addresses. All invented."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.seeds import seed_of
from dampak.synth.addresses import draw_addresses
from dampak.synth.identity_numbers import (
    CARD_OTHER_KECAMATAN,
    OTHER_KABUPATEN,
    OTHER_KECAMATAN,
    Kecamatan,
    birth_dates,
    kk_texts,
    nik_texts,
    origins,
    without_nik,
)
from dampak.synth.names import Names, draw_names, load_names
from dampak.synth.parameters import AREAS
from dampak.synth.population import Population
from dampak.synth.terms import REGIONS, RELATIONS

__all__ = ["draw_identities", "load_names"]

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

OLD_FROM, OLD_ALL = 20, 50
"""Ages between which names pass from those of the young to those of the old (assumption)."""
MOTHER_OLDER, MOTHER_GAP = 15, 26
"""Years: least between a mother and a child, and usual (assumptions)."""
_ROUNDS = 10


def draw_identities(population: Population, *, names: Names, seed: int) -> pd.DataFrame:
    """Draw the identity of every person of a population.

    Parameters
    ----------
    population : Population
    names : Names
        From `load_names`.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    (n persons, 11) DataFrame
        `person_id`; `name` (capital letters, spelling of today, one to three parts; no two of a household are the
        same); `nik` (16 digits, each once, valid; ``""`` where there is none yet); `kk` (16 digits, one per
        `family_id`); `birth_date` (datetime64[ns], of which follows the age on 1 March 2020); `birth_place`; `mother`
        (her name); `desa` (int, 10 digits), `address`, `rt`, `rw` (int).

    Raises
    ------
    ConfigError
        If a kabupaten/kota has no name.
    DataError
        If the population is too large for the numbers of one day and kecamatan.

    Notes
    -----
    The same name occurs many times, also in one kecamatan, as in real registers; what makes a person is name, birth
    date and place together.
    """

    def stream(stage: str) -> np.random.Generator:
        return np.random.default_rng(seed_of(seed, "synth", "identities", stage))

    households, persons = population.households, population.persons
    row = np.searchsorted(households["household_id"].to_numpy(), persons["household_id"].to_numpy())
    male, age = persons["male"].to_numpy(dtype=bool), persons["age"].to_numpy(dtype=np.int64)
    kab = households["kab_code"].to_numpy(dtype=np.int64)
    number = households["kecamatan"].to_numpy(dtype=np.int64) % 1000 // 10
    where = _kecamatan(kab, number, names)
    madura = (households["region"].to_numpy() == REGIONS.index("madura"))[row]

    birth = birth_dates(age, stream("birth"))
    code = _own_names(names, row, male, madura, age, stream("names"))
    mother = _mothers(persons, row, code, _drawn_names(names, np.zeros_like(male), madura, age + MOTHER_GAP,
                                                       stream("mothers")))  # fmt: skip
    rng = stream("nik")
    given = origins(kab[row], number[row], where, rng, kecamatan=OTHER_KECAMATAN, kabupaten=OTHER_KABUPATEN)
    nik = nik_texts(*given, birth, ~male, rng)
    nik[without_nik(age, rng)] = ""
    addresses = draw_addresses(households, names, stream("addresses"))
    places, place = np.unique(given[0], return_inverse=True)
    return pd.DataFrame(
        {
            "person_id": persons["person_id"].to_numpy(),
            "name": names.texts(code),
            "nik": nik,
            "kk": _cards(persons, row, birth, kab, number, where, stream("kk")),
            "birth_date": birth.astype("datetime64[ns]"),
            "birth_place": np.array([names.places[int(p)] for p in places], dtype=object)[place],
            "mother": names.texts(mother),
            **{column: addresses[column].to_numpy()[row] for column in addresses},
        }
    )


def _kecamatan(kab: IntArray, number: IntArray, names: Names) -> Kecamatan:
    """All kecamatan in which somebody lives."""
    codes, place = np.unique(kab, return_inverse=True)
    unknown = [int(code) for code in codes if int(code) not in names.places]
    if unknown:
        raise ConfigError(f"{AREAS}: kab_code {unknown[0]} of the population is missing; add its row")
    count = np.zeros(len(codes), dtype=np.int64)
    np.maximum.at(count, place, number)
    return Kecamatan(codes, count)


def _drawn_names(names: Names, male: BoolArray, madura: BoolArray, age: IntArray, rng: np.random.Generator) -> IntArray:
    """Codes of names as people of that age have them."""
    old = rng.random(len(age)) < (age - OLD_FROM) / (OLD_ALL - OLD_FROM)
    return draw_names(names, male, madura, old, rng)


def _own_names(names: Names, household: IntArray, male: BoolArray, madura: BoolArray, age: IntArray,
               rng: np.random.Generator) -> IntArray:  # fmt: skip
    """Codes of names that differ within a household: nobody gives two children the same."""
    code = _drawn_names(names, male, madura, age, rng)
    rows = np.arange(len(code))
    for _ in range(_ROUNDS):
        # Ids of households times all names stay far below 2**63.
        _, first = np.unique(household * len(names.words) ** 3 + code, return_index=True)
        again = np.setdiff1d(rows, first, assume_unique=True)
        if not len(again):
            break
        code[again] = _drawn_names(names, male[again], madura[again], age[again], rng)
    return code


def _mothers(persons: pd.DataFrame, household: IntArray, code: IntArray, drawn: IntArray) -> IntArray:
    """Codes of the mothers' names: of the woman of the household who can be the mother, else drawn for siblings alike.

    The mother of the head's children is the spouse or head, that of grandchildren the married daughter or the
    daughter-in-law, that of the head the parent, each if a woman and at least `MOTHER_OLDER` years older.
    """
    relation = pd.Categorical(persons["relation"], categories=list(RELATIONS)).codes.astype(np.int64)
    head, spouse, child, in_law, grandchild, parent = (
        relation == RELATIONS.index(name)
        for name in ("head", "spouse", "child", "child_in_law", "grandchild", "parent")
    )
    woman, age = ~persons["male"].to_numpy(dtype=bool), persons["age"].to_numpy(dtype=np.int64)
    married = (persons["marital"] != "never").to_numpy()
    pairs = (
        (child, woman & (head | spouse)),
        (grandchild, woman & (in_law | (child & married))),
        (head, woman & parent),
    )
    _, first, sibling = np.unique(household * len(RELATIONS) + relation, return_index=True, return_inverse=True)
    mother = np.where(child | grandchild, drawn[first[sibling]], drawn)
    for children, candidates in pairs:
        of_household = np.full(int(household[-1]) + 1, -1, dtype=np.int64)
        of_household[household[candidates]] = np.flatnonzero(candidates)
        found = of_household[household]
        known = children & (found >= 0) & (age[found] - age >= MOTHER_OLDER)
        mother[known] = code[found[known]]
    return mother


def _cards(persons: pd.DataFrame, household: IntArray, birth: NDArray[np.datetime64], kab: IntArray, number: IntArray,
           where: Kecamatan, rng: np.random.Generator) -> NDArray[np.object_]:  # fmt: skip
    """KK number of everybody: one per family."""
    _, first, family = np.unique(persons["family_id"].to_numpy(), return_index=True, return_inverse=True)
    oldest = np.full(len(first), np.iinfo(np.int64).max)
    np.minimum.at(oldest, family, birth.astype(np.int64))
    home = household[first]
    issued = origins(kab[home], number[home], where, rng, kecamatan=CARD_OTHER_KECAMATAN, kabupaten=0.0)
    return kk_texts(*issued, oldest.astype("datetime64[D]"), rng)[family]
