"""Rows of survey weight zero lie outside the analysis: to every estimator they are as good as absent."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dampak.estimate
from dampak.errors import DataError
from dampak.estimate.aipw import aipw
from dampak.estimate.balancing import balancing_difference
from dampak.estimate.contrasts import contrast_table, pairwise_contrasts
from dampak.estimate.did import did_dr
from dampak.estimate.g_computation import g_computation
from dampak.estimate.generalised_linear import mean_model
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.learners import predicted_mean
from dampak.estimate.multiplicity import romano_wolf
from dampak.estimate.neighbours import nearest_neighbours
from dampak.estimate.oaxaca_blinder import oaxaca_blinder
from dampak.estimate.omitted_variables import benchmark_bounds
from dampak.estimate.regression import partial_f, regression
from dampak.estimate.score_matching import score_matched_difference
from dampak.estimate.stratified import stratified_difference
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.survey_mean import survey_mean
from dampak.estimate.tie_range import alternative_estimates, tie_range
from dampak.estimate.weighted import weighted_difference
from dampak.estimate.wild_bootstrap import wild_cluster_bootstrap
from dampak.match.covariate_balancing import covariate_balancing_weights
from dampak.match.distance import scaled_covariates
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.multivalued import generalised_score
from dampak.match.order_sensitivity import order_sensitivity
from dampak.match.pairing import nearest
from dampak.match.propensity import propensity_score
from dampak.match.weighting import inverse_probability_weights, pair_weights
from tests.properties.strategies import COVARIATES, Sample, every_kind

ESTIMANDS = ("att", "atc", "ate")


class Rows:
    """Arrays of a sample, and rows of weight zero among them if asked for.

    Attributes
    ----------
    kept : (n,) bool
        False for the rows of weight zero.
    """

    def __init__(self, sample: Sample, *, outside: int, seed: int) -> None:
        design, outcomes, rng = sample.design, sample.outcomes, np.random.default_rng(seed)
        n = len(design)
        # The same units in the same order, strangers between them.
        at = np.sort(rng.choice(n + outside, n, replace=False)) if outside else np.arange(n)
        self.kept = np.isin(np.arange(n + outside), at)
        source = np.empty(n + outside, dtype=int)
        source[at], source[~self.kept] = np.arange(n), rng.integers(0, n, outside)
        strange = np.where(self.kept, 0.0, 1.0)
        self.w = np.where(self.kept, design["survey_weight"].to_numpy()[source], 0.0)
        self.t = (design["treatment"].to_numpy() == 1)[source] ^ (strange * rng.random(n + outside) > 0.5)
        self.x = design[list(COVARIATES)].to_numpy()[source] + strange[:, None] * rng.normal(size=(n + outside, 3))
        self.y, self.before, self.visits = (
            outcomes[name].to_numpy()[source] * (1 + 1e4 * strange) for name in ("food", "food_before", "visits")
        )
        self.binary = np.where(self.kept, outcomes["school"].to_numpy()[source], 7.0)
        self.arm = np.where(self.t, "cash", design["area"].to_numpy()[source])
        self.stratum = np.digitize(self.x[:, 0], [35.0, 45.0])
        self.later = (np.argsort(outcomes["visits"].to_numpy(), kind="stable") % 2 == 0)[source]
        # A PSU that was drawn counts, whoever of it is in the analysis: the strangers are of the same ones.
        labels = (design[name].to_numpy()[source] if name in design else None for name in ("strata", "psu"))
        strata, psu = labels
        self.design = None if psu is None else SurveyDesign(strata, psu)
        self.cluster = source % 9 if psu is None else psu

    def score(self, model: str = "logit") -> Any:
        return propensity_score(self.x, self.t, names=COVARIATES, weight=self.w, model=model).score

    def pairs(self, **options: Any) -> Any:
        """Pairs of the rows that are kept."""
        row = np.flatnonzero(self.kept)
        pairs = nearest(self.t[row], score=self.score()[row], covariates=self.x[row], **options)
        return replace(pairs, focal=row[pairs.focal], match=row[pairs.match])


Estimator = Callable[[Rows], Any]


def _scored(estimand: str) -> Estimator:
    return lambda r: inverse_probability(
        r.y, r.t, propensity=r.score(), covariates=r.x, survey_weight=r.w, estimand=estimand, design=r.design
    )


def _predicted(estimator: Callable[..., Any], estimand: str, **options: Any) -> Estimator:
    return lambda r: estimator(r.y, r.t, covariates=r.x, weight=r.w, estimand=estimand, design=r.design, **options)


def _stratified(estimand: str) -> Estimator:
    return lambda r: stratified_difference(
        r.y, r.t, stratum=r.stratum, survey_weight=r.w, estimand=estimand, design=r.design
    )


def _augmented(estimand: str, folds: int | None) -> Estimator:
    return lambda r: aipw(
        r.y, r.t, covariates=r.x, survey_weight=r.w, estimand=estimand, folds=folds, splits=1, design=r.design
    )


def _learned(model: str) -> Estimator:
    return lambda r: predicted_mean(model, r.x, r.y, weight=r.w, of_score=False, seed=1)[r.kept]


def _balanced(method: str, estimand: str, moments: int = 1) -> Estimator:
    def estimate(r: Rows) -> Any:
        common: dict[str, Any] = {"names": COVARIATES, "estimand": estimand, "survey_weight": r.w}
        if method == "cbps":
            weight = covariate_balancing_weights(r.x, r.t, **common)
        else:
            weight = entropy_balancing(r.x, r.t, moments=moments, **common)
        return balancing_difference(
            r.y, r.t, weight=weight, covariates=r.x, survey_weight=r.w, method=method, estimand=estimand,
            moments=moments, design=r.design,
        )  # fmt: skip

    return estimate


def _paired(r: Rows) -> Any:
    pairs = r.pairs()
    weight = pair_weights(pairs, survey_weight=r.w)
    return score_matched_difference(
        r.y, r.t, weight=weight, propensity=r.score(), covariates=r.x, survey_weight=r.w, design=r.design
    )


def _in_sets(r: Rows) -> Any:
    pairs = r.pairs()
    member = np.full(r.t.size, -1)
    member[pairs.focal] = member[pairs.match] = np.cumsum(r.kept)[pairs.focal]
    weight = pair_weights(pairs, survey_weight=r.w)
    common: dict[str, Any] = {"weight": weight, "design": r.design, "matched_set": member}
    return [
        weighted_difference(r.y, r.t, **common),
        regression(r.y, r.t, covariates=r.x, **common),
        g_computation(r.y, r.t, covariates=r.x, survey_weight=r.w, **common),
    ]


def _neighbours(variance: str) -> Estimator:
    def estimate(r: Rows) -> Any:
        # Distances in units that the strangers have no part in.
        place = scaled_covariates(r.x, r.t, distance="scaled_euclidean", include=r.kept)
        pairs = r.pairs(distance="scaled_euclidean", replace=True, ratio=2)
        return nearest_neighbours(
            r.y, r.t, focal=pairs.focal, match=pairs.match, pair_weight=pairs.weight, survey_weight=r.w,
            covariates=r.x, bias_adjust=True, variance=variance, coordinates=place,
        )  # fmt: skip

    return estimate


def _orders(r: Rows) -> Any:
    found = order_sensitivity(r.t, score=r.score(), caliper_sd=1.0, include=r.kept, seed=1, name="pairs", tie_draws=0)
    return [tie_range(r.y, found, survey_weight=r.w), alternative_estimates(r.y, found, survey_weight=r.w)]


def _arms(estimand: str) -> Estimator:
    def estimate(r: Rows) -> Any:
        score = generalised_score(r.x, r.arm, names=COVARIATES, weight=r.w)
        found = pairwise_contrasts(
            r.y, r.arm, propensity=score, covariates=r.x, survey_weight=r.w, estimand=estimand,
            target="cash" if estimand == "att" else None, design=r.design,
        )  # fmt: skip
        return contrast_table(found, alpha=0.05)

    return estimate


def _several_outcomes(r: Rows) -> Any:
    found = [weighted_difference(y, r.t, weight=r.w, design=r.design) for y in (r.y, r.before, r.visits)]
    influence = np.column_stack([effect.influence for effect in found])
    return romano_wolf(
        p_values=np.array([0.01, 0.02, 0.5]), influence=influence, seed=1, name="outcomes", design=r.design
    )


ESTIMATORS: dict[str, Estimator] = {
    "weighted_difference": lambda r: weighted_difference(r.y, r.t, weight=r.w, design=r.design),
    "regression": lambda r: regression(r.y, r.t, covariates=r.x, weight=r.w, design=r.design),
    "partial_f": lambda r: partial_f(r.y, r.t, covariates=r.x, weight=r.w),
    "benchmark_bounds": lambda r: benchmark_bounds(
        r.y, r.t, covariates=r.x, names=COVARIATES, benchmarks=COVARIATES, weight=r.w
    ),
    **{f"oaxaca_blinder {e}": _predicted(oaxaca_blinder, e, std_error="linearized") for e in ESTIMANDS},
    "oaxaca_blinder, stacked": lambda r: oaxaca_blinder(r.y, r.t, covariates=r.x, weight=r.w),
    **{f"g_computation {estimand}": _predicted(g_computation, estimand) for estimand in ESTIMANDS},
    "g_computation, logit": lambda r: g_computation(
        r.binary, r.t, covariates=r.x, weight=r.w, model="logit", design=r.design
    ),
    "g_computation, poisson": lambda r: g_computation(
        r.visits, r.t, covariates=r.x, weight=r.w, model="poisson", design=r.design
    ),
    **{f"inverse_probability {estimand}": _scored(estimand) for estimand in (*ESTIMANDS, "ato")},
    "inverse_probability_weights, trimmed": lambda r: inverse_probability_weights(
        r.score(), r.t, estimand="ate", survey_weight=r.w, trim=0.9, stabilised=True
    )[r.kept],
    **{f"cbps {estimand}": _balanced("cbps", estimand) for estimand in ESTIMANDS},
    **{f"entropy_balancing {estimand}": _balanced("entropy_balancing", estimand, 2) for estimand in ESTIMANDS},
    "score_matched_difference": _paired,
    "matched sets": _in_sets,
    "nearest_neighbours, homoscedastic": _neighbours("homoscedastic"),
    "nearest_neighbours, heteroscedastic": _neighbours("heteroscedastic"),
    **{f"stratified_difference {estimand}": _stratified(estimand) for estimand in ESTIMANDS},
    **{f"aipw {estimand}, folds {folds}": _augmented(estimand, folds) for estimand in ESTIMANDS for folds in (None, 3)},
    "did_dr": lambda r: did_dr(
        r.y, r.t, covariates=r.x, survey_weight=r.w, outcome_before=r.before, design=r.design
    ),
    "did_dr, two samples": lambda r: did_dr(
        r.y, r.t, covariates=r.x, survey_weight=r.w, period=r.later, method="improved", design=r.design
    ),
    **{f"pairwise_contrasts {estimand}": _arms(estimand) for estimand in ("ate", "att", "ato")},
    "wild_cluster_bootstrap": lambda r: wild_cluster_bootstrap(
        r.y, r.t, cluster=r.cluster, weight=r.w, covariates=r.x, seed=1, draws=199
    ),
    "romano_wolf": _several_outcomes,
    "survey_mean": lambda r: survey_mean(r.y, weight=r.w, denominator=r.before, design=r.design),
    "tie_range": _orders,
    **{f"predicted_mean, {model}": _learned(model) for model in ("linear", "gradient_boosting")},
    "mean_model, probit": lambda r: mean_model(r.x, r.binary, weight=r.w, family="probit").coefficients,
}  # fmt: skip


def flat(found: Any, kept: Any) -> list[float]:
    """All numbers of a result; influence values of the rows that are kept, which are the only ones."""
    if is_dataclass(found) and not isinstance(found, type):
        return [x for part in fields(found) for x in flat(getattr(found, part.name), kept)]
    if isinstance(found, pd.DataFrame):
        return flat(found.select_dtypes("number").to_numpy(), kept)
    if isinstance(found, list | tuple):
        return [x for part in found for x in flat(part, kept)]
    if found is None:
        return []
    values = np.asarray(found, dtype=float)
    if values.shape[:1] == kept.shape:
        assert not np.any(values[~kept])
        values = values[kept]
    return list(values.ravel())


def answer(name: str, rows: Rows) -> Any:
    """What an estimator says; that it refuses small folds, or moments out of reach, is an answer too."""
    try:
        return ESTIMATORS[name](rows)
    except DataError:
        assert "folds" in name or "entropy_balancing" in name
        return -1.0


@pytest.mark.parametrize("name", ESTIMATORS)
@every_kind("survey", "weighted")
def test_rows_of_weight_zero_change_nothing(sample: Sample, name: str) -> None:
    """Wherever they stand, whatever their outcomes, covariates and treatment, in PSUs that others are in."""
    alone, among = (Rows(sample, outside=outside, seed=1) for outside in (0, 25))
    assert among.kept.sum() == len(sample.design) and not among.kept.all()
    # Influence values are small against the estimate; rounding is measured by the largest number.
    one, two = (np.array(flat(answer(name, rows), rows.kept)) for rows in (alone, among))
    np.testing.assert_allclose(two, one, rtol=1e-8, atol=1e-10 * np.nanmax(np.abs(one[np.isfinite(one)])))


def test_every_estimator_with_weights_is_asked() -> None:
    parts = {"effect", "counted", "require_sets", "score_equation", "difference_with_estimated_weights"}
    parts |= {"gram_inverse", "weighted_least_squares", "weighted_mean"}
    named = inspect.getsource(inspect.getmodule(Rows))  # type: ignore[arg-type]
    for module in pkgutil.iter_modules(dampak.estimate.__path__):
        found = importlib.import_module(f"dampak.estimate.{module.name}")
        for name, function in vars(found).items():
            if not inspect.isfunction(function) or function.__module__ != found.__name__ or name.startswith("_"):
                continue
            if {"weight", "survey_weight"} & set(inspect.signature(function).parameters):
                assert name in parts or f"{name}(" in named, f"{module.name}.{name}"
