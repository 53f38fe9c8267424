"""Variables that a study makes from those of the survey: by expressions, and from the persons of a household."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.expression import evaluate, names_in
from dampak.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
DESIGN = ("weight", "strata", "psu", "population")
# What the roster holds of the individual file, whether or not the study uses it otherwise.
OF_ROSTER = ("male", "relation")


def variables_of_households(settings: Mapping[str, Any]) -> set[str]:
    """Return the variables that the study names of households, from whatever file or definition they are.

    Parameters
    ----------
    settings : mapping
        As `clean_survey`.
    """
    named = set(names_in(settings["survey"]["kab_code"])) | set(design_variables(settings).values())
    for term in settings["household_variables"]:
        named |= set(names_in(term["expression"])) if term["expression"] else {term["name"]}
    return named.union(*settings["split"]["households"].values())


def variables_of_persons(settings: Mapping[str, Any]) -> set[str]:
    """Return the variables that the study names of persons; some are of their households.

    Parameters
    ----------
    settings : mapping
        As `clean_survey`.
    """
    named: set[str] = set(OF_ROSTER)
    for aggregate in settings["aggregates"].values():
        for expression in (aggregate.get(part) for part in ("count", "any", "of", "where")):
            named |= set(names_in(expression)) if expression else set()
    for term in settings["person_variables"]:
        named |= set(names_in(term["expression"])) if term["expression"] else {term["name"]}
    return named.union(*settings["split"]["persons"].values())


def design_variables(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return {role: variable} of the survey's design, as far as the study names it."""
    return {role: str(name) for role in DESIGN if (name := settings["design"].get(role))}


def with_definitions(table: pd.DataFrame, terms: Iterable[Mapping[str, Any]], *, where: str) -> pd.DataFrame:
    """Add variables that are made by expressions, in their order; each may use those before it.

    Parameters
    ----------
    table : (n, p) DataFrame
    terms : iterable of mapping
        ``name``, ``expression`` (null: nothing to make).
    where : str
        Key of the study, for messages.

    Returns
    -------
    DataFrame
        With the new columns, float64; NaN where the result is not a finite number, such as a logarithm of zero.
    """
    made = table.copy()
    for term in terms:
        if term["expression"]:
            values = evaluate(str(term["expression"]), made, where=f"{where}: {term['name']}")
            made[str(term["name"])] = np.where(np.isfinite(values), values, np.nan)
    return made


def aggregated(
    persons: pd.DataFrame,
    household: npt.NDArray[np.int64],
    n: int,
    aggregates: Mapping[str, Any],
    *,
    known: Collection[str] = (),
    where: str,
) -> dict[str, FloatArray]:
    """Make household variables from the persons.

    Parameters
    ----------
    persons : (m, p) DataFrame
        Sorted by household and number.
    household : (m,) int
        Row of each person's household, 0 to n - 1, ascending.
    n : int
        Households.
    aggregates : mapping
        Name -> ``count`` or ``any`` (expression), or ``of`` with ``take`` (`first`, `sum`, `mean`, `max`, `min`) and
        ``where``. A person for whom the condition or the value is missing does not count.
    known : collection of str
        Names that households have already.
    where : str
        Key of the study, for messages.

    Returns
    -------
    dict of (n,) float
        NaN where `of` has nobody to look at; 0 for `count`, `any` and `sum`.

    Raises
    ------
    ConfigError
        If a name is taken, or an expression uses what is not of persons.
    """
    made = {}
    for name, spec in aggregates.items():
        at = f"{where}: {name}"
        if name in known:
            raise ConfigError(f"{at}: {name!r} is a variable of the household files already; give it another name")
        if condition := spec.get("count") or spec.get("any"):
            holds = evaluate(condition, persons, where=at)
            count = np.bincount(household[(holds != 0) & ~np.isnan(holds)], minlength=n).astype(float)
            made[name] = count if spec.get("count") else (count > 0).astype(float)
            continue
        values = evaluate(spec["of"], persons, where=at)
        asked = np.isfinite(values)
        if spec.get("where"):
            holds = evaluate(spec["where"], persons, where=at)
            asked &= (holds != 0) & ~np.isnan(holds)
        made[name] = _taken(values[asked], household[asked], n, spec["take"])
    return made


def _taken(values: FloatArray, household: npt.NDArray[np.int64], n: int, take: str) -> FloatArray:
    """One value per household of those of its persons, who are in order."""
    total = np.asarray(np.bincount(household, weights=values, minlength=n), dtype=np.float64)
    if take == "sum":
        return total
    result = np.full(n, np.nan)
    there, first, members = np.unique(household, return_index=True, return_counts=True)
    if take == "first":
        result[there] = values[first]
    elif take == "mean":
        result[there] = total[there] / members
    elif there.size:
        result[there] = (np.maximum if take == "max" else np.minimum).reduceat(values, first)
    return result
