"""The units of one specification, aligned row by row: what every estimator is handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.survey_design import SurveyDesign

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of one method as row numbers of the sample: focal, match (p,) int; weight (p,) float."""

    focal: IntArray
    match: IntArray
    weight: FloatArray


@dataclass(frozen=True, eq=False)
class Sample:
    """Aligned arrays of one specification, n units sorted as in the design table.

    Attributes
    ----------
    units : pandas.Index of str, length n
    treatment : (n,) bool
    covariates : (n, k) float
        The covariates of the specification, in its order.
    survey_weight : (n,) float
    design : SurveyDesign or None
        None where the study declares neither strata nor PSUs.
    propensity : (n,) float
    in_support : (n,) bool
    weights : mapping of method label to (n,) float
    strata : mapping of method label to (n,) int
        Of the methods that form strata: -1 = in none.
    pairs : mapping of method label to Pairs
    cluster : (n,) int or None
        Units that were drawn together (PSU, or persons of a household), for corrections that leave units out; None:
        each by itself.
    """

    units: pd.Index[str]
    treatment: NDArray[np.bool_]
    covariates: FloatArray
    survey_weight: FloatArray
    design: SurveyDesign | None
    propensity: FloatArray
    in_support: NDArray[np.bool_]
    weights: Mapping[str, FloatArray]
    strata: Mapping[str, IntArray]
    pairs: Mapping[str, Pairs]
    cluster: IntArray | None = None


def sample_of(
    specification: str,
    *,
    covariates: Sequence[str],
    design: pd.DataFrame,
    scores: pd.DataFrame,
    pairs: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
    lonely: str = "refuse",
) -> Sample:
    """Align the tables of one specification on the rows of the design.

    Parameters
    ----------
    specification : str
        ``main`` or ``placebo_<outcome>``.
    covariates : sequence of str
        Columns of `design` in this specification.
    design, scores : pandas.DataFrame
        As written by the clean and match stages.
    pairs, weights : pandas.DataFrame or None
        As written by the match stage; None where no method needs them.
    lonely : str
        Rule for strata with one primary sampling unit, see `SurveyDesign`.

    Raises
    ------
    DataError
        A table speaks of a unit that the design does not hold, or lacks one that it holds.
    """
    units: pd.Index[str] = pd.Index(design["unit_id"].astype(str))
    score = scores[scores["specification"] == specification]
    at = pd.Index(score["unit_id"].astype(str)).get_indexer(units)
    if np.any(at < 0):
        raise DataError(
            f"match/scores.parquet: specification '{specification}' has no score for unit "
            f"'{units[int(np.argmax(at < 0))]}' of clean/design.parquet; run the match stage again"
        )
    return Sample(
        units=units,
        treatment=design["treatment"].to_numpy() == 1,
        covariates=design[list(covariates)].to_numpy(dtype=float),
        survey_weight=design["survey_weight"].to_numpy(dtype=float),
        design=_survey_design(design, lonely),
        propensity=score["propensity"].to_numpy(dtype=float)[at],
        in_support=score["in_support"].to_numpy(dtype=bool)[at],
        **_by_method(weights, specification, units),
        pairs={} if pairs is None else _pairs_by_method(pairs, specification, units),
    )


def _by_method(table: pd.DataFrame | None, specification: str, units: pd.Index[str]) -> dict[str, Any]:
    """Weights and strata of each method spread over all units: 0 and -1 where the table has no row."""
    weights: dict[str, FloatArray] = {}
    strata: dict[str, IntArray] = {}
    if table is None:
        return {"weights": weights, "strata": strata}
    for label, rows in table[table["specification"] == specification].groupby("method", sort=True):
        at = _rows(rows["unit_id"], units, source="match/weights.parquet", column="unit_id")
        spread, member = np.zeros(len(units)), np.full(len(units), -1, dtype=np.int64)
        spread[at] = rows["weight"].to_numpy(dtype=float)
        member[at] = rows["stratum"].to_numpy(dtype=np.int64)
        weights[str(label)] = spread
        if np.any(member >= 0):
            strata[str(label)] = member
    return {"weights": weights, "strata": strata}


def _pairs_by_method(table: pd.DataFrame, specification: str, units: pd.Index[str]) -> dict[str, Pairs]:
    """Pairs of each method as row numbers."""
    return {
        str(label): Pairs(
            focal=_rows(rows["focal_id"], units, source="match/pairs.parquet", column="focal_id"),
            match=_rows(rows["match_id"], units, source="match/pairs.parquet", column="match_id"),
            weight=rows["weight"].to_numpy(dtype=float),
        )
        for label, rows in table[table["specification"] == specification].groupby("method", sort=True)
    }


def outcome_of(outcomes: pd.DataFrame, name: str, *, units: pd.Index[str]) -> FloatArray:
    """Values of one outcome in the order of `units`, refusing missing and constant ones.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        unit_id and one float column per outcome.
    name : str
    units : pandas.Index of str

    Returns
    -------
    (n,) float
        In the unit of the outcome.
    """
    if name not in outcomes.columns:
        raise DataError(
            f"clean/outcomes.parquet: outcome '{name}' has no column; the study names it, so run the clean stage again"
        )
    values = pd.Series(outcomes[name].to_numpy(dtype=float), index=outcomes["unit_id"].astype(str)).reindex(units)
    y = values.to_numpy(dtype=float)
    missing = ~np.isfinite(y)
    if np.any(missing):
        raise DataError(
            f"clean/outcomes.parquet: column {name}: no value for {int(np.sum(missing))} of {y.size} units, the first "
            f"'{units[int(np.argmax(missing))]}'; set required: true in the codebook so that such rows are quarantined"
        )
    if y.size and float(np.ptp(y)) == 0:
        raise DataError(
            f"clean/outcomes.parquet: column {name} is constant at {y[0]:g}, so no effect on it can be estimated; "
            "check its expression in the study or drop the outcome"
        )
    return y


def _survey_design(design: pd.DataFrame, lonely: str) -> SurveyDesign | None:
    strata, psu = _labels(design, "strata"), _labels(design, "psu")
    if strata is None and psu is None:
        return None
    population = design["psu_population"].to_numpy(dtype=float) if "psu_population" in design.columns else None
    return SurveyDesign(strata, psu, population=population, lonely=lonely)


def _labels(design: pd.DataFrame, column: str) -> NDArray[Any] | None:
    """A column of the survey design as text, None where the study declares none, refusing gaps."""
    if column not in design.columns:
        return None
    missing = design[column].isna().to_numpy()
    if np.any(missing):
        unit = str(design["unit_id"].iloc[int(np.argmax(missing))])
        raise DataError(
            f"clean/design.parquet: column {column}: no value for {int(np.sum(missing))} units, the first '{unit}'; "
            "set required: true in the codebook so that such rows are quarantined"
        )
    return design[column].to_numpy(dtype=str)


def _rows(ids: pd.Series[str], units: pd.Index[str], *, source: str, column: str) -> IntArray:
    """Row numbers of unit ids, refusing strangers."""
    at = units.get_indexer(pd.Index(ids.astype(str)))
    if np.any(at < 0):
        stranger = str(ids.iloc[int(np.argmax(at < 0))])
        raise DataError(
            f"{source}: column {column}: unit '{stranger}' is not in clean/design.parquet; run the match stage again"
        )
    return np.asarray(at, dtype=np.int64)
