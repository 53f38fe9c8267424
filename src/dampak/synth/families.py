"""Families (KK) as a register sees them: members, components of PKH, score."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.sections import Points
from dampak.synth.terms import COMPONENTS

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SMALL_FLOOR = 8  # square metres per person


def components(persons: pd.DataFrame, *, elderly_age: int) -> pd.DataFrame:
    """Say which component of PKH each person is.

    School-age components follow age, not attendance: PKH takes a child in order to bring it to school.

    Parameters
    ----------
    persons : DataFrame
        `age`, `pregnant`, `severe_disability`.
    elderly_age : int
        From which a person is an elderly component.

    Returns
    -------
    DataFrame
        (n, 7) bool, columns `COMPONENTS`; at most one of them by age, and none beside a severe disability.
    """
    age = persons["age"].to_numpy()
    disabled = persons["severe_disability"].to_numpy()
    pregnant = persons["pregnant"].to_numpy() & ~disabled
    by_age = {"early_childhood": (0, 6), "sd": (7, 12), "smp": (13, 15), "sma": (16, 18), "elderly": (elderly_age, 999)}
    found = {name: (age >= low) & (age <= high) & ~disabled & ~pregnant for name, (low, high) in by_age.items()}
    found |= {"pregnancy": pregnant, "severe_disability": disabled}
    return pd.DataFrame({name: found[name] for name in COMPONENTS})


def family_table(persons: pd.DataFrame, households: pd.DataFrame, component: pd.DataFrame) -> pd.DataFrame:
    """Gather the families of a population.

    Parameters
    ----------
    persons : DataFrame
        From `compose`, with `schooling`; one `family_head` per `family_id`.
    households : DataFrame
        Dwelling and place of each household.
    component : DataFrame
        From `components`, aligned with `persons`.

    Returns
    -------
    DataFrame
        One row per family, sorted by `family_id`: `household_id`, `household` (row), `kab_code`, `area`, `members`,
        `head_person_id`, `head_age`, `head_male`, `head_schooling`, `n_dependants` (below 15 or from 65),
        `n_pupils` (7-18), `n_<component>` of each component, `has_elderly` (from 60), `has_working_age_woman`.
    """
    ids, row = np.unique(persons["family_id"].to_numpy(), return_inverse=True)
    k, age = len(ids), persons["age"].to_numpy()

    def count(mask: BoolArray) -> NDArray[np.int16]:
        return np.bincount(row[mask], minlength=k).astype(np.int16)

    # Persons are sorted by household, not by family: the heads are put in the order of their families.
    head = np.flatnonzero(persons["family_head"].to_numpy())
    head = head[np.argsort(row[head], kind="stable")]
    heads, household = persons.iloc[head], persons["household"].to_numpy()[head]
    table = pd.DataFrame(
        {
            "family_id": ids,
            "household_id": ids // 10,
            "household": household,
            "kab_code": households["kab_code"].to_numpy()[household],
            "area": households["area"].to_numpy()[household],
            "members": count(np.ones(len(age), dtype=bool)),
            "head_person_id": heads["person_id"].to_numpy(),
            "head_age": heads["age"].to_numpy(),
            "head_male": heads["male"].to_numpy(),
            "head_schooling": heads["schooling"].array,
            "n_dependants": count((age < 15) | (age >= 65)),
            "n_pupils": count((age >= 7) & (age <= 18)),
            "has_elderly": count(age >= 60) > 0,
            "has_working_age_woman": count(~persons["male"].to_numpy() & (age >= 18) & (age < 60)) > 0,
        }
    )
    for name in COMPONENTS:
        table[f"n_{name}"] = count(component[name].to_numpy())
    return table


def need_score(families: pd.DataFrame, households: pd.DataFrame, points: Points) -> FloatArray:
    """Points of need of each family: more is poorer.

    Only what a survey sees too enters, so a study that controls for it controls for selection.

    Parameters
    ----------
    families : DataFrame
        From `family_table`.
    households : DataFrame
        Dwelling, assets, `urban`, `size`.
    points : Points

    Returns
    -------
    (k,) float
    """
    home = households.iloc[families["household"].to_numpy()].reset_index(drop=True)
    schooling = families["head_schooling"]
    terms: list[tuple[float, pd.Series]] = [
        (points.earth_floor, home["floor"] == "earth"),
        (points.bamboo_or_wood_wall, home["wall"] != "brick"),
        (points.no_private_toilet, home["toilet"] != "private"),
        (points.unprotected_water, home["water"] == "unprotected"),
        (points.wood_fuel, home["fuel"] == "wood"),
        (points.no_refrigerator, ~home["refrigerator"]),
        (points.no_motorcycle, ~home["motorcycle"]),
        (points.no_flat_tv, ~home["flat_tv"]),
        (points.no_gold, ~home["gold"]),
        (points.no_car, ~home["car"]),
        (points.small_floor, home["floor_area"] / home["size"] < SMALL_FLOOR),
        (points.head_no_schooling, schooling == "none"),
        (points.head_sd, schooling == "sd"),
        (points.per_dependant, families["n_dependants"]),
        (points.female_head, ~families["head_male"]),
        (points.disability, families["n_severe_disability"] > 0),
        (points.elderly, families["has_elderly"]),
        (points.rural, ~home["urban"]),
    ]
    score = np.zeros(len(families))
    for weight, term in terms:
        score += weight * term.to_numpy(dtype=float)
    return score
