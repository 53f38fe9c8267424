"""Variables that a study makes from those of the survey: by expressions, and from the persons of a household."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.expression import evaluate, names_in

FloatArray = npt.NDArray[np.float64]


def used_variables(settings: Mapping[str, Any]) -> set[str]:
    """Return every variable that the study names, in whatever file or definition it has its source.

    Parameters
    ----------
    settings : mapping
        As `clean_survey`.
    """
    # The roster holds sex and relation, whether or not the study uses them otherwise.
    named: set[str] = {"male", "relation", *names_in(settings["survey"]["kab_code"])}
    named |= {name for role in ("weight", "strata", "psu", "population") if (name := settings["design"].get(role))}
    for aggregate in settings["aggregates"].values():
        for expression in (aggregate.get(part) for part in ("count", "any", "of", "where")):
            named |= set(names_in(expression)) if expression else set()
    for term in (*settings["household_variables"], *settings["person_variables"]):
        named |= set(names_in(term["expression"])) if term["expression"] else {term["name"]}
    for part in settings["split"].values():
        named |= {*part["design"], *part["outcomes"]}
    return named


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
        With the new columns, float64.
    """
    made = table.copy()
    for term in terms:
        if term["expression"]:
            made[str(term["name"])] = evaluate(str(term["expression"]), made, where=f"{where}: {term['name']}")
    return made


def aggregated(
    persons: pd.DataFrame, household: npt.NDArray[np.int64], n: int, aggregates: Mapping[str, Any], *, where: str
) -> dict[str, FloatArray]:
    """Make household variables from the persons.

    Parameters
    ----------
    persons : (m, p) DataFrame
        Sorted by household and number.
    household : (m,) int
        Row of each person's household, 0 to n - 1.
    n : int
        Households.
    aggregates : mapping
        Name -> ``count`` or ``any`` (expression), or ``of`` with ``take`` (`first`, `sum`, `mean`, `max`, `min`) and
        ``where``. A person for whom the condition is missing does not count.
    where : str
        Key of the study, for messages.

    Returns
    -------
    dict of (n,) float
        NaN where `of` has nobody to look at; 0 for `count`, `any` and `sum`.
    """
    made = {}
    for name, spec in aggregates.items():
        at = f"{where}: {name}"
        if condition := spec.get("count") or spec.get("any"):
            holds = evaluate(condition, persons, where=at) == 1
            count = np.bincount(household[holds], minlength=n).astype(float)
            made[name] = count if spec.get("count") else (count > 0).astype(float)
            continue
        values = evaluate(spec["of"], persons, where=at)
        asked = evaluate(spec["where"], persons, where=at) == 1 if spec.get("where") else np.ones(len(persons), bool)
        known = np.flatnonzero(asked & np.isfinite(values))
        made[name] = _taken(values[known], household[known], n, spec["take"])
    return made


def _taken(values: FloatArray, household: npt.NDArray[np.int64], n: int, take: str) -> FloatArray:
    total = np.asarray(np.bincount(household, weights=values, minlength=n), dtype=np.float64)
    if take == "sum":
        return total
    result = np.full(n, np.nan)
    there, first = np.unique(household, return_index=True)
    if take == "first":
        result[there] = values[first]
    elif take == "mean":
        result[there] = total[there] / np.bincount(household, minlength=n)[there]
    else:
        extreme = np.maximum if take == "max" else np.minimum
        if there.size:
            result[there] = extreme.reduceat(values[np.argsort(household, kind="stable")], _starts(household, there))
    return result


def _starts(household: npt.NDArray[np.int64], there: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.searchsorted(np.sort(household, kind="stable"), there)
