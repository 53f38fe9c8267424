"""The robustness stage: what it would take to overturn an estimate, and what arbitrary choices are worth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.estimate.e_value import e_value_of_difference
from dampak.estimate.methods import analysis_weight, label_of, matched_sets
from dampak.estimate.omitted_variables import benchmark_bounds, robustness_value
from dampak.estimate.regression import partial_f
from dampak.estimate.rosenbaum import rosenbaum_gamma_sets
from dampak.estimate.sample import Sample, outcome_of, sample_of
from dampak.estimate.stage import by_keys, outcome_names
from dampak.estimate.tie_range import tie_range
from dampak.match.methods import PAIR_FAMILIES
from dampak.match.order_sensitivity import Alternatives
from dampak.match.specification import estimand_of, specifications

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SENSITIVITY_COLUMNS = ["treatment", "outcome", "method", "measure", "value"]
MULTIPLES = (1, 2, 3)


def robustness_stage(
    design: pd.DataFrame,
    outcomes: pd.DataFrame,
    scores: pd.DataFrame,
    pairs: pd.DataFrame,
    weights: pd.DataFrame,
    orders: pd.DataFrame,
    effects: pd.DataFrame,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Measure how firmly the estimates of every real outcome stand.

    Parameters
    ----------
    design, outcomes, scores, pairs, weights : pandas.DataFrame
        As in `effects_stage`.
    orders : pandas.DataFrame
        Of `orders_stage`.
    effects : pandas.DataFrame
        Of `effects_stage`.
    settings : mapping
        As in `effects_stage`.

    Returns
    -------
    pandas.DataFrame
        Rows of the sensitivity table. Every regression: ``robustness_value`` (q = 1), for independent units also
        ``robustness_value_alpha``, and ``with_confounder_like_<covariate>_<k>x``, the estimate had a confounder k
        times as strong as a covariate been omitted. Pairs and sets without replacement: ``rosenbaum_gamma``. Greedy
        pairs: ``order_minimum``, ``order_maximum``, ``ties_minimum``, ``ties_maximum``, the range of the estimate over
        orders of matching and ways to break ties. Every method: ``e_value`` and ``e_value_limit``.
    """
    covariates = specifications(settings)["main"]
    sample = sample_of(
        "main", covariates=covariates, design=design, scores=scores, pairs=pairs, weights=weights,
        lonely=str(settings["design"]["lonely"]),
    )  # fmt: skip
    alternatives = {
        label_of(m): _alternatives(orders, label_of(m), estimand_of(m, settings), sample) for m in settings["methods"]
    }
    rows: list[tuple[str, str, str, str, float]] = []
    for outcome in outcome_names(settings)[0]:
        y = outcome_of(outcomes, outcome, units=sample.units)
        spread = _spread_within_groups(y, sample)
        mine = {str(row["method"]): row for row in effects[effects["outcome"] == outcome].to_dict("records")}
        for method in settings["methods"]:
            label = label_of(method)
            found = [
                *_omitted(method, sample, y, covariates, alpha=float(settings["alpha"])),
                *_hidden_bias(method, sample, y, alpha=float(settings["alpha"])),
                *_choices(alternatives[label], sample, y),
                *_e_values(mine[label], spread),
            ]
            rows += [(str(settings["treatment"]["name"]), outcome, label, *measure) for measure in found]
    return by_keys(pd.DataFrame(rows, columns=SENSITIVITY_COLUMNS), SENSITIVITY_COLUMNS[:4])


def _omitted(
    method: Mapping[str, Any], sample: Sample, y: FloatArray, covariates: list[str], *, alpha: float
) -> Iterator[tuple[str, float]]:
    """What a regression owes to variables that it lacks."""
    if method["method"] != "regression":
        return
    weight = analysis_weight(method, sample=sample)
    f, df = partial_f(y, sample.treatment, covariates=sample.covariates, weight=weight)
    yield "robustness_value", robustness_value(f, df=df)
    # The critical value is that of independent units: under a survey design it would claim too much.
    if sample.design is None:
        yield "robustness_value_alpha", robustness_value(f, df=df, alpha=alpha)
    bounds = benchmark_bounds(
        y,
        sample.treatment,
        covariates=sample.covariates,
        names=covariates,
        benchmarks=covariates,
        weight=weight,
        kd=MULTIPLES,
        alpha=alpha,
    )
    for row in bounds.to_dict("records"):
        if not math.isnan(row["adjusted_estimate"]):
            yield f"with_confounder_like_{row['benchmark']}_{row['kd']:g}x", float(row["adjusted_estimate"])


def _hidden_bias(
    method: Mapping[str, Any], sample: Sample, y: FloatArray, *, alpha: float
) -> Iterator[tuple[str, float]]:
    """Largest odds of hidden bias under which matched sets still show an effect."""
    member = _sets_of(method, sample)
    if member is None:
        return
    used = member >= 0
    # Where most outcomes of a set are equal, as those of a binary outcome, the robust scale is 0.
    trim = 2.5 if _varies_within(y[used], member[used]) else math.inf
    gamma = rosenbaum_gamma_sets(y, sample.treatment, matched_set=member, alpha=alpha, trim=trim)
    if not math.isnan(gamma):
        yield "rosenbaum_gamma", gamma


def _sets_of(method: Mapping[str, Any], sample: Sample) -> IntArray | None:
    label = label_of(method)
    if method["method"] == "full":
        return sample.strata.get(label)
    if method["method"] not in PAIR_FAMILIES or method.get("replace") or label not in sample.pairs:
        return None
    return matched_sets(sample.pairs[label], n=sample.treatment.size)


def _varies_within(y: FloatArray, member: IntArray) -> bool:
    """Whether most units differ from the mean of their set, so that a median difference is not 0."""
    code = np.unique(member, return_inverse=True)[1]
    mean = np.bincount(code, weights=y) / np.bincount(code)
    return bool(np.median(np.abs(y - mean[code])) > 0) and np.unique(y).size > 2


def _choices(alternatives: Alternatives | None, sample: Sample, y: FloatArray) -> Iterator[tuple[str, float]]:
    """Range of the estimate over orders of matching and ways to break ties."""
    if alternatives is None:
        return
    for row in tie_range(y, alternatives, survey_weight=sample.survey_weight).to_dict("records"):
        if row["kind"] != "all" and row["n_sets"]:
            yield f"{row['kind']}_minimum", float(row["minimum"])
            yield f"{row['kind']}_maximum", float(row["maximum"])


def _alternatives(orders: pd.DataFrame, label: str, estimand: str, sample: Sample) -> Alternatives | None:
    mine = orders[orders["method"] == label]
    if mine.empty:
        return None
    labels, draw = np.unique(mine["alternative"].to_numpy(dtype=str), return_inverse=True)
    at = {c: sample.units.get_indexer(pd.Index(mine[c].astype(str))).astype(np.int32) for c in ("focal_id", "match_id")}
    return Alternatives(
        labels=tuple(str(name) for name in labels),
        draw=draw.astype(np.int32),
        focal=at["focal_id"],
        match=at["match_id"],
        weight=mine["weight"].to_numpy(dtype=float),
        estimand=estimand,
        n_tied=0,
    )


def _e_values(row: Mapping[Any, Any], spread: float) -> Iterator[tuple[str, float]]:
    """Strength of a confounder, as a risk ratio, that would explain the estimate and its nearer limit away."""
    limits = (float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]))
    if not spread > 0 or not np.isfinite(limits).all():
        return
    found = e_value_of_difference(*limits, std_dev=spread)
    yield "e_value", found.estimate
    yield "e_value_limit", found.limit


def _spread_within_groups(y: FloatArray, sample: Sample) -> float:
    """Standard deviation of the outcome within groups, pooled."""
    centred = y.copy()
    for group in (sample.treatment, ~sample.treatment):
        centred[group] -= np.average(y[group], weights=sample.survey_weight[group])
    return math.sqrt(float(np.average(centred**2, weights=sample.survey_weight)))
