"""Records of the individual file."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.survey import Survey
from dampak.synth.survey_files.coding import asked, coded, yes_no
from dampak.synth.survey_files.households import places
from dampak.synth.survey_files.settings import Answers
from dampak.synth.terms import MARITAL

BoolArray = NDArray[np.bool_]

NEVER, STILL, NO_MORE = 1, 2, 3
"""Codes of "attends school"."""
SCHOOL_STARTS = 8
"""Age from which a child without a certificate that is not at school is taken to have left it."""
FERTILE = (10, 54)
"""Ages at which ever-married women are asked about births."""


def individual_records(survey: Survey, has_nik: BoolArray, answers: Answers, rng: np.random.Generator
                       ) -> pd.DataFrame:  # fmt: skip
    """Fill in the individual file.

    An answer is blank where the population has none: school attendance outside 7-18, work outside 15-64, schooling
    below 5, births and pregnancy of men, of the never married and of others than 10-54. Self-care and outpatient visits
    are answered for everybody, although the survey asks about self-care from the age of 2 and, in some years, about
    visits only after a complaint.

    Parameters
    ----------
    survey : Survey
    has_nik : (m,) bool
        Whether each person has a NIK.
    answers : Answers
    rng : Generator

    Returns
    -------
    (m persons, p) DataFrame of int (nullable) and float
        Columns by their names of 2020.
    """
    persons, m = survey.persons, len(survey.persons)
    row = np.searchsorted(survey.households["household_id"].to_numpy(), persons["household_id"].to_numpy())
    age, male = persons["age"].to_numpy(), persons["male"].to_numpy(dtype=bool)
    outpatient = persons["outpatient"].fillna(False).to_numpy(dtype=bool)
    complaint = outpatient | (rng.random(m) < answers.complaint_without_visit)
    marital = persons["marital"].cat.codes.to_numpy(dtype=np.int64)
    home = places(survey.households)
    columns: dict[str, object] = {str(name): home[name].to_numpy()[row] for name in home}
    columns |= {
        "R401": persons["number"].to_numpy(dtype=np.int64),
        "R403": coded("relation", persons["relation"], answers.answers, rng),
        "R404": marital + 1,
        "R405": np.where(male, 1, 2),
        "R407": age.astype(np.int64),
        # A card keeps the number that it has in the population: 1 the head's, 2 a married child's, 3 a parent's.
        "R501": persons["family_id"].to_numpy() % 10,
        "R502": yes_no(has_nik),
        "R1009": coded("self_care", _named(persons["severe_disability"], "severe", "able"), answers.answers, rng),
        "R1102": yes_no(complaint),
        "R1105": yes_no(outpatient),
    }
    columns |= _school_and_work(persons, answers, rng)
    wed = ~male & (marital != MARITAL.index("never")) & (age >= FERTILE[0]) & (age <= FERTILE[1])
    columns |= _births(persons, wed, answers, rng)
    return pd.DataFrame(columns)


def _named(holds: pd.Series, yes: str, no: str) -> pd.Series:
    return pd.Series(np.where(holds.fillna(False).to_numpy(dtype=bool), yes, no))


def _school_and_work(persons: pd.DataFrame, answers: Answers, rng: np.random.Generator) -> dict[str, object]:
    """School attendance, level attended now or last, certificate, work."""
    age, certificate = persons["age"].to_numpy(), persons["schooling"]
    pupil_age = persons["attends_school"].notna().to_numpy()
    attends = persons["attends_school"].fillna(False).to_numpy(dtype=bool)
    uncertified = (certificate == "none").to_numpy()
    left = np.where(uncertified & (age < SCHOOL_STARTS), NEVER, NO_MORE)
    # Who is not at school last attended the level of the certificate, as far as the population knows.
    level = pd.Series(np.where(attends, persons["level"].astype(str), certificate.astype(str)))
    known = (level != "none").to_numpy()
    attended = np.zeros(len(persons), dtype=np.int64)
    attended[known] = coded("attended", level[known].reset_index(drop=True), answers.answers, rng)
    return {
        "R612": asked(np.where(attends, STILL, left), pupil_age),
        "R613": asked(attended, known),
        "R615": asked(coded("certificate", certificate, answers.answers, rng), age >= 5),
        "R702_A": asked(
            yes_no(persons["works"].fillna(False).to_numpy(dtype=bool)), persons["works"].notna().to_numpy()
        ),
    }


def _births(persons: pd.DataFrame, wed: BoolArray, answers: Answers, rng: np.random.Generator) -> dict[str, object]:
    """Births and pregnancy of ever-married women."""
    recent = persons["birth_last_two_years"].to_numpy(dtype=bool)
    pregnant = persons["pregnant"].to_numpy(dtype=bool)
    own = persons["relation"].isin(["head", "spouse"]).to_numpy()
    # Children at home are those of the head or spouse; whether another woman ever gave birth is not known.
    home = persons["household_id"].where(persons["relation"] == "child").dropna().to_numpy()
    mother = recent | (own & np.isin(persons["household_id"].to_numpy(), home))
    helped = _named(persons["assisted_delivery"], "assisted", "unassisted")
    return {
        "R1501A": asked(yes_no(mother | pregnant), wed),
        "R1502A": asked(yes_no(mother), wed),
        "R1503": asked(np.where(recent, 1, 2), wed & mother),
        "R1504A": asked(coded("birth_place", helped, answers.answers, rng), wed & recent),
        "R1504B": asked(coded("birth_attendant", helped, answers.answers, rng), wed & recent),
        "R1606": asked(yes_no(pregnant), wed),
    }
