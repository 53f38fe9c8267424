"""The chain of stages from a sample to robust effects, and what differs between two runs of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dampak.errors import DataError
from dampak.estimate.robustness_stage import robustness_stage
from dampak.estimate.stage import effects_stage
from dampak.match.balance_stage import balance_stage
from dampak.match.stage import match_stage, orders_stage, score_stage
from tests.properties.menu import Method, outcome_of
from tests.properties.strategies import COVARIATES, Sample
from tests.settings import DEFAULTS

Tables = dict[str, pd.DataFrame]


def study(sample: Sample, methods: Sequence[Method], outcome: str, **changes: Any) -> dict[str, Any]:
    """Settings of a study that asks these methods about one outcome."""
    base = DEFAULTS | {
        "treatment": {"name": "cash"},
        "covariates": [{"name": name, "expression": None} for name in COVARIATES],
        "outcomes": [{"name": outcome, "expression": None, "before": "food_before"}],
        "placebo_outcomes": [],
        "exact": list(sample.exact),
        "estimands": ["att"],
        "support": {"rule": "minmax", "trim": 0.1},
        "methods": list(methods),
        "alpha": 0.05,
    }
    return base | changes


def run(sample: Sample, methods: Sequence[Method], **changes: Any) -> Tables:
    """Tables of all stages, from score to effects, with one more: the methods that refuse the sample.

    Parameters
    ----------
    sample : Sample
    methods : sequence of dict
    **changes
        Of the settings. ``further=True`` adds balance, other orders of matching and robustness.
    """
    further = changes.pop("further", False)
    parts = [
        part
        for outcome in dict.fromkeys(outcome_of(m) for m in methods)
        for part in _each(
            sample, [m for m in methods if outcome_of(m) == outcome], further, outcome=outcome, changes=changes
        )
    ]
    names = dict.fromkeys(name for part in parts for name in part)
    # An empty table has columns of no type, which would spoil those of the others.
    filled = {name: [part[name] for part in parts if name in part and len(part[name])] for name in names}
    tables = {name: pd.concat(some, ignore_index=True) for name, some in filled.items() if some}
    return tables | {"scores": tables["scores"].drop_duplicates(["specification", "unit_id"])}


def _each(sample: Sample, methods: Sequence[Method], further: bool, *, outcome: str, changes: Any) -> list[Tables]:
    """Run methods together; where one refuses, halve until it stands alone."""
    try:
        return [stages(sample, study(sample, methods, outcome, **changes), further=further)]
    except DataError as error:
        if len(methods) == 1:
            return [{"refused": pd.DataFrame({"method": [methods[0]["label"]], "why": [str(error)[:40]]})}]
    half = len(methods) // 2
    return [
        part
        for some in (methods[:half], methods[half:])
        for part in _each(sample, some, further, outcome=outcome, changes=changes)
    ]


def stages(sample: Sample, settings: dict[str, Any], *, further: bool) -> Tables:
    """Tables of the stages of one study."""
    design, outcomes = sample.design, sample.outcomes
    tables: Tables = score_stage(design, settings)
    scores = tables["scores"]
    tables |= match_stage(design, scores, settings)
    given = (design, outcomes, scores, tables["pairs"], tables["weights"])
    tables |= effects_stage(*given, settings)
    if further:
        tables |= balance_stage(design, scores, tables["weights"], settings) | orders_stage(design, scores, settings)
        tables["robustness"] = robustness_stage(*given, tables["orders"], tables["effects"], settings)
    return tables


KEYS = {
    "scores": ["specification", "unit_id"],
    "pairs": ["specification", "method", "focal_id", "match_id"],
    "weights": ["specification", "method", "unit_id"],
    "balance": ["method", "covariate"],
    "effects": ["outcome", "method"],
    "refused": ["method"],
    "robustness": ["outcome", "method", "measure"],
    "dropped": ["method", "covariate"],
    "frontier": ["n_pruned"],
    "orders": ["method", "alternative", "focal_id", "match_id"],
}
# How much further than rounding two runs may be apart, where the order of sums is all that differs.
TOLERANCE = 1e-8
COMPARED = ("scores", "pairs", "weights", "effects", "refused")


def differences(one: Tables, other: Tables, *, of: Sequence[str] = COMPARED, tolerance: float = TOLERANCE) -> list[str]:
    """What differs between tables of two runs; empty if nothing does.

    Estimates, standard errors and limits may be apart by the tolerance times the larger of estimate and standard
    error; distances by the tolerance times the largest distance; other numbers by the tolerance times their own size.
    All that is counted must agree. Matched sets and classes are compared by who is in them, not by their numbers.
    """
    found: list[str] = []
    for name in of:
        if name not in one and name not in other:
            continue
        a, b = (_keyed(tables, name) for tables in (one, other))
        found += [f"{name}: {key} is gone" for key in a.index.difference(b.index)]
        found += [f"{name}: {key} is new" for key in b.index.difference(a.index)]
        a, b = (table.loc[a.index.intersection(b.index)] for table in (a, b))
        for column in a.columns:
            if not pd.api.types.is_numeric_dtype(a[column]):
                apart = (a[column] != b[column]).to_numpy()
            else:
                x, y = a[column].to_numpy(dtype=float), b[column].to_numpy(dtype=float)
                apart = ~_near(x, y, scale=_scale(name, column, a, x), tolerance=tolerance)
            found += [
                f"{name}: {key}: {column}: {x} is {y}"
                for key, x, y in zip(a.index[apart], a[column][apart], b[column][apart], strict=True)
            ]
    return found


def _keyed(tables: Tables, name: str) -> pd.DataFrame:
    """Rows by their keys; a stratum is called by the first of its units."""
    table = tables.get(name, pd.DataFrame(columns=[*KEYS[name]]))
    if name == "weights":
        table = table.sort_values(KEYS[name])
        first = table.groupby(["specification", "method", "stratum"])["unit_id"].transform("first")
        table = table.assign(stratum=first.where(table["stratum"] >= 0, ""))
    return table.set_index(KEYS[name]).sort_index()


def _scale(name: str, column: str, table: pd.DataFrame, x: Any) -> Any:
    """What a difference is measured by."""
    if name == "effects" and column in ("estimate", "std_error", "ci_low", "ci_high"):
        return np.maximum(np.abs(table["estimate"].to_numpy()), table["std_error"].to_numpy())
    if column == "distance":
        return table["distance"].groupby(level="method").transform("max").to_numpy()
    return np.ones_like(x) if column in ("p_value", "p_adjusted", "propensity") else np.abs(x)


def _near(x: Any, y: Any, *, scale: Any, tolerance: float) -> Any:
    with np.errstate(invalid="ignore"):
        return (x == y) | (np.isnan(x) & np.isnan(y)) | (np.abs(x - y) <= tolerance * scale)
