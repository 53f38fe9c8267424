"""Records of the household and the expenditure file."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.survey import Survey
from dampak.synth.survey_files.coding import coded, yes_no
from dampak.synth.survey_files.settings import Answers

IntArray = NDArray[np.int64]

ASSETS = {
    "R2001B": "refrigerator",
    "R2001F": "computer",
    "R2001G": "gold",
    "R2001H": "motorcycle",
    "R2001K": "car",
    "R2001L": "flat_tv",
    "R2001M": "land",
}
DWELLING = {
    "R1807": "wall",
    "R1808": "floor",
    "R1809A": "toilet",
    "R1810A": "water",
    "R1816": "light",
    "R1817": "fuel",
}
INSECURE_FROM = 4
"""Yes answers to the eight FIES questions from which a household is food insecure (from memory, unverified)."""

# From the mildest question to the severest; less food (R1705) is commoner than a meal left out (R1704).
_SEVERITY = np.array([0, 1, 2, 4, 3, 5, 6, 7], dtype=float)
_NOISE = 0.7


def places(households: pd.DataFrame) -> pd.DataFrame:
    """Number and place of each household, as both KOR files carry them.

    Parameters
    ----------
    households : (n, p) DataFrame
        `household_id`, `psu`, `stratum`, `kab_code`, `urban`, `weight`.

    Returns
    -------
    (n, 8) DataFrame of int and float
        `RENUM`, `PSU`, `SSU` (number of the household in its block), `STRATA`, `R101`, `R102`, `R105`, `FWT`.
    """
    psu, kab_code = households["psu"].to_numpy(), households["kab_code"].to_numpy()
    return pd.DataFrame(
        {
            "RENUM": households["household_id"].to_numpy(),
            "PSU": psu,
            "SSU": households.groupby(psu).cumcount().to_numpy() + 1,
            "STRATA": households["stratum"].to_numpy(),
            "R101": kab_code // 100,
            "R102": kab_code % 100,
            "R105": np.where(households["urban"].to_numpy(), 1, 2),
            "FWT": households["weight"].to_numpy(dtype=np.float64),
        }
    )


def household_records(survey: Survey, answers: Answers, rng: np.random.Generator) -> pd.DataFrame:
    """Fill in the household file.

    Parameters
    ----------
    survey : Survey
    answers : Answers
    rng : Generator

    Returns
    -------
    (n households, p) DataFrame of int and float
        Columns by their names of 2020.
    """
    households, persons = survey.households, survey.persons
    row = np.searchsorted(households["household_id"].to_numpy(), persons["household_id"].to_numpy())
    age, male = persons["age"].to_numpy(), persons["male"].to_numpy()
    married = (persons["marital"] == "married").to_numpy()

    def count(mask: NDArray[np.bool_]) -> IntArray:
        return np.bincount(row[mask], minlength=len(households))

    columns: dict[str, object] = {str(name): values for name, values in places(households).items()}
    columns |= {
        "R301": households["size"].to_numpy(),
        "R302": count(age < 5),
        "R303": count(age >= 5),
        "R304": count(age >= 10),
        "R305": count(~male & married & (age >= 10) & (age <= 54)),
        "R1801": households["n_families"].to_numpy(),
        "R1804": households["floor_area"].to_numpy(),
    }
    columns |= _food_answers(households["food_insecure"], answers, rng)
    columns |= {name: coded(kept, households[kept], answers.answers, rng) for name, kept in DWELLING.items()}
    columns |= {name: yes_no(households[kept].to_numpy(dtype=bool)) for name, kept in ASSETS.items()}
    for name, share in answers.other_assets.items():
        columns[name] = yes_no(rng.random(len(households)) < share)
    return pd.DataFrame(columns)


def _food_answers(insecure: pd.Series, answers: Answers, rng: np.random.Generator) -> dict[str, IntArray]:
    """Draw the eight FIES answers (R1701-R1708): four yes or more where the household is food insecure.

    Who says yes to a severe question mostly said yes to the milder ones, as the Rasch model behind the scale has it.
    """
    categories = pd.Series(np.where(insecure.to_numpy(dtype=bool), "insecure", "enough"))
    score = coded("food_score", categories, answers.answers, rng)
    order = np.argsort(_SEVERITY + _NOISE * rng.standard_normal((len(score), 8)), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(8), order.shape), axis=1)
    yes = rank < score[:, None]
    return {f"R170{i + 1}": yes_no(yes[:, i]) for i in range(8)}


def expenditure_records(survey: Survey) -> pd.DataFrame:
    """Fill in the expenditure file: amounts of the household, and consumption per person.

    Parameters
    ----------
    survey : Survey
        `food`, `nonfood`, `consumption` in Rp per person per month.

    Returns
    -------
    (n households, 7) DataFrame of int and float
        `FOOD`, `NONFOOD`, `EXPEND` in Rp per household per month; `KAPITA` in Rp per person per month.
    """
    households = survey.households
    size = households["size"].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "RENUM": households["household_id"].to_numpy(),
            "R301": size,
            "FOOD": households["food"].to_numpy() * size,
            "NONFOOD": households["nonfood"].to_numpy() * size,
            "EXPEND": households["consumption"].to_numpy() * size,
            "KAPITA": households["consumption"].to_numpy(),
            "FWT": households["weight"].to_numpy(dtype=np.float64),
        }
    )
