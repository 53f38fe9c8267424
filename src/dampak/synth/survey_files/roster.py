"""The confidential roster: who the persons of the survey are, as interviewers wrote it down."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.synth.survey import Survey
from dampak.synth.survey_files.settings import Dirt

Texts = NDArray[np.object_]
NEEDED = ("person_id", "name", "nik", "kk", "birth_date")
_LETTERS = "ABCDEFGHIJKLMNOPRSTUWY"


def of_survey(survey: Survey, identities: pd.DataFrame) -> pd.DataFrame:
    """Pick the identities of the surveyed persons, in the order of the survey.

    Parameters
    ----------
    survey : Survey
    identities : DataFrame
        One row per person of the population: `person_id`, `name`, `nik` ("" for the few without), `kk`, `birth_date`.

    Returns
    -------
    (m persons, 5) DataFrame

    Raises
    ------
    DataError
        If a column or a surveyed person is missing.
    """
    missing = [name for name in NEEDED if name not in identities]
    if missing:
        raise DataError(f"the identities have no column {missing[0]!r}; give the table that draws them for everybody")
    keys = pd.Index(identities["person_id"])
    where = keys.get_indexer(pd.Index(survey.persons["person_id"]))
    if (where < 0).any():
        raise DataError(
            f"{int((where < 0).sum())} of {len(where)} persons of the survey have no identity; draw identities and "
            "survey from the same population"
        )
    return pd.DataFrame(identities[list(NEEDED)].iloc[where].reset_index(drop=True))


def roster_records(survey: Survey, known: pd.DataFrame, dirt: Dirt, rng: np.random.Generator) -> pd.DataFrame:
    """Write the roster with its faults.

    Parameters
    ----------
    survey : Survey
    known : (m, 5) DataFrame
        From :func:`of_survey`.
    dirt : Dirt
    rng : Generator

    Returns
    -------
    (m persons, 7) DataFrame
        `RENUM`, `R401`, `NAMA`, `NIK`, `NO_KK`, `TGL_LAHIR` (ISO text), `KODE_KEC`; "" where a number is missing.
    """
    persons, households, m = survey.persons, survey.households, len(survey.persons)
    row = np.searchsorted(households["household_id"].to_numpy(), persons["household_id"].to_numpy())
    families, family = np.unique(persons["family_id"].to_numpy(), return_inverse=True)
    nik = known["nik"].to_numpy(dtype=object).copy()
    wrong = np.flatnonzero((rng.random(m) < dirt.nik_typo.value) & (known["nik"] != "").to_numpy())
    nik[wrong] = [_wrong_digit(nik[i], rng) for i in wrong]
    nik[rng.random(m) < dirt.nik_missing.value] = ""
    kk = known["kk"].to_numpy(dtype=object).copy()
    # A card is shown for the whole family or not at all.
    kk[(rng.random(len(families)) < dirt.kk_missing.value)[family]] = ""
    return pd.DataFrame(
        {
            "RENUM": persons["household_id"].to_numpy(),
            "R401": persons["number"].to_numpy(),
            "NAMA": recorded_names(known["name"].to_numpy(dtype=object), dirt, rng),
            "NIK": nik,
            "NO_KK": kk,
            "TGL_LAHIR": known["birth_date"].dt.strftime("%Y-%m-%d").to_numpy(dtype=object),
            "KODE_KEC": households["kecamatan"].to_numpy()[row],
        }
    )


def recorded_names(names: Texts, dirt: Dirt, rng: np.random.Generator) -> Texts:
    """Spell some names in another way and make some typing errors.

    Parameters
    ----------
    names : (m,) array of str
        Proper spelling, capital letters.
    dirt : Dirt
        `name_variant`, `name_typo`, `spellings`.
    rng : Generator

    Returns
    -------
    (m,) array of str
    """
    recorded, m = names.copy(), len(names)
    varied, mistyped = rng.random(m) < dirt.name_variant.value, rng.random(m) < dirt.name_typo.value
    choice = rng.random(m)
    words = dirt.spellings.words
    for i in np.flatnonzero(varied):
        recorded[i] = " ".join(
            words[word][int(choice[i] * len(words[word]))] if word in words else word for word in names[i].split(" ")
        )
    for i in np.flatnonzero(mistyped):
        recorded[i] = _typo(recorded[i], rng)
    return recorded


def _typo(name: str, rng: np.random.Generator) -> str:
    """Replace, leave out or swap one letter of the longest word; short names stay as they are."""
    word = max(name.split(" "), key=len)
    if len(word) < 4:
        return name
    at, kind = int(rng.integers(1, len(word) - 1)), int(rng.integers(3))
    other = _LETTERS[int(rng.integers(len(_LETTERS)))]
    mistyped = (
        word[:at] + other + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )[kind]
    return name.replace(word, mistyped, 1)


def _wrong_digit(nik: str, rng: np.random.Generator) -> str:
    at, step = int(rng.integers(len(nik))), int(rng.integers(1, 10))
    return f"{nik[:at]}{(int(nik[at]) + step) % 10}{nik[at + 1 :]}"
