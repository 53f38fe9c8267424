"""The truth: effects on recipients, from the potential outcomes. For tests and the proof: no analysis reads it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.effects import without
from dampak.synth.population import Population
from dampak.synth.survey import Survey
from dampak.synth.terms import HOUSEHOLD_EVENTS, LOG_OUTCOMES, PERSON_EVENTS, PROGRAMMES, REGIONS

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TRUTH_COLUMNS = [
    "treatment", "comparison", "outcome", "subgroup", "area", "scope",
    "n_treated", "weight_treated", "mean_with", "mean_without", "att",
]  # fmt: skip
_PAIR = ("pkh", "bpnt")


@dataclass(frozen=True)
class _Contrast:
    """A treatment, who has it, and the world without it."""

    treatment: str
    comparison: str
    treated: BoolArray
    counterfactual: BoolArray


def _contrasts(assignment: BoolArray) -> Iterator[_Contrast]:
    """Each programme against its absence with the others kept; PKH and BPNT alone and together against neither."""
    for column, programme in enumerate(PROGRAMMES):
        yield _Contrast(programme, "none", assignment[:, column], without(assignment, programme))
    first, second = (assignment[:, PROGRAMMES.index(name)] for name in _PAIR)
    neither = without(assignment, *_PAIR)
    for name, treated in (
        ("pkh_only", first & ~second),
        ("bpnt_only", second & ~first),
        ("pkh_and_bpnt", first & second),
    ):
        yield _Contrast(name, "neither", treated, neither)


def potential_outcomes(population: Population, counterfactual: BoolArray) -> pd.DataFrame:
    """Both worlds, unit by unit.

    Parameters
    ----------
    population : Population
    counterfactual : (n, p) bool
        The other assignment of the same households.

    Returns
    -------
    DataFrame
        One row per outcome and unit: `outcome`, `household` (row), `with` (under the real assignment), `without`.
        Outcomes: `food`, `nonfood`, `consumption` (Rp per person per month) and the logarithm of each (`log_food` ...),
        `poor`, `food_insecure` per household; `attends_school`, `outpatient`, `assisted_delivery`, `works` per person.
    """
    pieces = [
        pd.DataFrame({"household": unit, "with": ours, "without": theirs}).assign(outcome=name)
        for name, unit, ours, theirs in _both(population, counterfactual)
    ]
    return pd.concat(pieces, ignore_index=True)[["outcome", "household", "with", "without"]]


def _both(population: Population, counterfactual: BoolArray
          ) -> Iterator[tuple[str, IntArray, FloatArray, FloatArray]]:  # fmt: skip
    potential, assignment = population.potential, population.assignment
    line, every = population.households["line"].to_numpy(), np.arange(len(assignment))
    ours, theirs = potential.consumption(assignment), potential.consumption(counterfactual)
    for name in (*LOG_OUTCOMES, "consumption"):
        yield name, every, ours[name], theirs[name]
        yield f"log_{name}", every, np.log(ours[name]), np.log(theirs[name])
    yield "poor", every, (ours["consumption"] < line).astype(float), (theirs["consumption"] < line).astype(float)
    for name in HOUSEHOLD_EVENTS + PERSON_EVENTS:
        happened, would = potential.event(name, assignment), potential.event(name, counterfactual)
        yield name, potential.events[name].household, happened.astype(float), would.astype(float)


def _subgroups(households: pd.DataFrame) -> dict[str, BoolArray]:
    urban, region = households["urban"].to_numpy(), households["region"].to_numpy()
    return {
        "all": np.ones(len(households), dtype=bool),
        "urban": urban,
        "rural": ~urban,
        **{name: region == code for code, name in enumerate(REGIONS)},
        **{name: households[name].to_numpy() for name in ("female_head", "has_elderly", "has_disability")},
    }


def true_effects(population: Population, survey: Survey | None = None) -> pd.DataFrame:
    """Average effects on the treated, known because both potential outcomes are.

    Parameters
    ----------
    population : Population
    survey : Survey, optional
        Adds the effects on its recipients, with its weights.

    Returns
    -------
    DataFrame
        Columns `TRUTH_COLUMNS`. `scope` is `population` or `survey`; `area` is a BPS code for `subgroup` `all`, and
        `all` otherwise; `n_treated` counts units (households, or persons of the outcome's ages), `weight_treated`
        their weight; `att` is `mean_with` minus `mean_without`. Groups without treated units have no row.
    """
    households = population.households
    weights = {"population": households["represents"].to_numpy()}
    if survey is not None:
        drawn = np.zeros(len(households))
        drawn[survey.households["row"].to_numpy()] = survey.households["weight"].to_numpy()
        weights["survey"] = drawn
    codes, area = np.unique(households["kab_code"].to_numpy(), return_inverse=True)
    rows: list[tuple[object, ...]] = []
    for contrast in _contrasts(population.assignment):
        for outcome, unit, ours, theirs in _both(population, contrast.counterfactual):
            concerned = contrast.treated[unit]
            unit, values = unit[concerned], (ours[concerned], theirs[concerned])
            for scope, weight in weights.items():
                key = (contrast.treatment, contrast.comparison, outcome)
                for group, member in _subgroups(households).items():
                    own = weight[unit] * member[unit]
                    rows += [(*key, group, "all", scope, *mean) for mean in _means(own, values, unit * 0, 1)]
                means = _means(weight[unit], values, area[unit], len(codes))
                rows += [(*key, "all", str(code), scope, *m) for code, m in zip(codes, means, strict=True)]
    table = pd.DataFrame(rows, columns=TRUTH_COLUMNS)
    return table[table["n_treated"] > 0].sort_values(TRUTH_COLUMNS[:6], kind="stable").reset_index(drop=True)


def _means(weight: FloatArray, values: tuple[FloatArray, FloatArray], cell: IntArray, cells: int
           ) -> list[tuple[int, float, float, float, float]]:  # fmt: skip
    """Count, weight, both means and their difference in each cell."""
    count = np.bincount(cell[weight > 0], minlength=cells)
    total = np.bincount(cell, weights=weight, minlength=cells)
    safe = np.where(total > 0, total, np.nan)
    ours, theirs = (np.bincount(cell, weights=weight * value, minlength=cells) / safe for value in values)
    return [
        (int(c), float(t), float(a), float(b), float(a - b))
        for c, t, a, b in zip(count, total, ours, theirs, strict=True)
    ]
