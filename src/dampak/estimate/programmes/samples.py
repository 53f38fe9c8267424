"""The sample of one treatment and universe, as the core's estimators take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.sample import Pairs, Sample
from dampak.estimate.survey_design import SurveyDesign
from dampak.match.methods import PAIR_FAMILIES
from dampak.match.programmes.analysis import Analysis

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def programme_sample(
    analysis: Analysis,
    *,
    households: pd.DataFrame,
    scores: pd.DataFrame,
    weights: pd.DataFrame,
    settings: Mapping[str, Any],
) -> Sample:
    """Align scores and weights of one universe and scope on the units of its analysis.

    Parameters
    ----------
    analysis : Analysis
    households : DataFrame
        Has the design variables.
    scores : DataFrame
        unit_id, propensity, in_support; without rows where the scope has no score of its own.
    weights : DataFrame
        method, unit_id, weight, stratum.
    settings : mapping
        design, methods.

    Raises
    ------
    DataError
        A table speaks of a unit that the analysis does not hold.
    """
    design = _design(households, analysis.household, settings["design"])
    n, families = analysis.unit_id.size, {str(m["label"]): str(m["method"]) for m in settings["methods"]}
    propensity, in_support = np.full(n, np.nan), np.ones(n, dtype=bool)
    if len(scores):
        at = _rows(scores["unit_id"].to_numpy(), analysis.unit_id, "match/scores.parquet")
        propensity[at] = scores["propensity"].to_numpy(dtype=float)
        in_support[at] = scores["in_support"].to_numpy(dtype=bool)
    spread: dict[str, FloatArray] = {}
    strata: dict[str, IntArray] = {}
    pairs: dict[str, Pairs] = {}
    for label, mine in weights.groupby("method", sort=True):
        at = _rows(mine["unit_id"].to_numpy(), analysis.unit_id, "match/weights.parquet")
        spread[str(label)] = np.zeros(n)
        spread[str(label)][at] = mine["weight"].to_numpy(dtype=float)
        member = np.full(n, -1, dtype=np.int64)
        member[at] = mine["stratum"].to_numpy(dtype=np.int64)
        if not (member >= 0).any():
            continue
        if families[str(label)] in PAIR_FAMILIES:
            pairs[str(label)] = _pairs(member, analysis.treatment)
        else:
            strata[str(label)] = member
    return Sample(
        units=pd.Index(analysis.unit_id.astype(str)),
        treatment=analysis.treatment,
        covariates=analysis.covariates,
        survey_weight=analysis.survey_weight,
        design=design,
        propensity=propensity,
        in_support=in_support,
        weights=spread,
        strata=strata,
        pairs=pairs,
        cluster=analysis.household if design is None or design.psu is None else design.clusters(n).cluster,
    )


def with_outcome(sample: Sample, known: NDArray[np.bool_]) -> Sample:
    """Give weight 0 to the units whose outcome is missing: they stay in the design, outside the domain."""
    if known.all():
        return sample
    pairs = {
        label: Pairs(p.focal[both], p.match[both], p.weight[both])
        for label, p in sample.pairs.items()
        for both in (known[p.focal] & known[p.match],)
    }
    return replace(
        sample,
        survey_weight=np.where(known, sample.survey_weight, 0.0),
        weights={label: np.where(known, w, 0.0) for label, w in sample.weights.items()},
        strata={label: np.where(known, s, -1) for label, s in sample.strata.items()},
        pairs=pairs,
    )


def _pairs(member: IntArray, treatment: NDArray[np.bool_]) -> Pairs:
    """Pairs of sets that are numbered by the row of their focal unit."""
    match = np.flatnonzero((member >= 0) & ~treatment)
    sets, size = np.unique(member[match], return_counts=True)
    share = 1.0 / size[np.searchsorted(sets, member[match])]
    focal = np.flatnonzero((member >= 0) & treatment)
    of_set = focal[np.argsort(member[focal], kind="stable")]
    return Pairs(focal=of_set[np.searchsorted(member[of_set], member[match])], match=match, weight=share)


def _design(households: pd.DataFrame, household: IntArray, design: Mapping[str, Any]) -> SurveyDesign | None:
    columns = {role: design.get(role) for role in ("strata", "psu", "population")}
    found = {
        role: None if name is None else households[name].to_numpy(dtype=np.float64).astype(np.int64)[household]
        for role, name in columns.items()
    }
    if found["strata"] is None and found["psu"] is None:
        return None
    population = None if found["population"] is None else found["population"].astype(float)
    return SurveyDesign(
        strata=found["strata"], psu=found["psu"], population=population, lonely=str(design["lonely"])
    )  # fmt: skip


def _rows(ids: NDArray[Any], units: IntArray, source: str) -> IntArray:
    order = np.argsort(units, kind="stable")
    position = np.minimum(np.searchsorted(units[order], ids), units.size - 1)
    at = order[position]
    if not np.array_equal(units[at], ids):
        raise DataError(f"{source}: speaks of a unit that the analysis does not hold; run the match stage again")
    return np.asarray(at, dtype=np.int64)
