"""The estimate stage: from matched units and outcomes to effects, placebo tests, sensitivity and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dampak.errors import ConfigError
from dampak.estimate.effect import interval
from dampak.estimate.methods import analysis_weight, estimate_effect, is_adjusted, label_of
from dampak.estimate.multiplicity import holm
from dampak.estimate.placebo import placebo_table
from dampak.estimate.regression import partial_f
from dampak.estimate.sample import Sample, outcome_of, sample_of
from dampak.estimate.sensitivity import minimum_detectable_effect, robustness_value
from dampak.estimate.verdict import verdict_on
from dampak.match.specification import one_estimand, specifications

EFFECT_KEYS = ["treatment", "comparison", "outcome", "subgroup", "estimand", "method"]
EFFECT_VALUES = [
    "estimate", "std_error", "ci_low", "ci_high", "p_value", "p_adjusted", "df",
    "n_treated", "n_comparison", "ess_treated", "ess_comparison",
]  # fmt: skip
SENSITIVITY_COLUMNS = ["treatment", "outcome", "method", "measure", "value"]
VERDICT_COLUMNS = ["treatment", "outcome", "verdict", "reasons"]


def effects_stage(
    design: pd.DataFrame,
    outcomes: pd.DataFrame,
    scores: pd.DataFrame,
    pairs: pd.DataFrame,
    weights: pd.DataFrame,
    settings: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    """Estimate every outcome, real and placebo, with every method of the study.

    Parameters
    ----------
    design, outcomes : pandas.DataFrame
        Of the clean stage.
    scores, pairs, weights : pandas.DataFrame
        Of the match stage, all specifications.
    settings : mapping
        Validated study settings: treatment, covariates, outcomes, placebo_outcomes, estimands, methods, headline,
        alpha.

    Returns
    -------
    dict
        ``effects``: keys `EFFECT_KEYS`, values `EFFECT_VALUES`; p_adjusted is Holm over the real outcomes within
        method and estimand, and blank for placebo outcomes, which are no part of that family.
        ``placebo``: see `dampak.estimate.placebo`.
    """
    estimand, alpha = one_estimand(settings), float(settings["alpha"])
    real, placebo = _outcome_names(settings)
    covariates = specifications(settings)
    effects: list[dict[str, Any]] = []
    samples: dict[str, Sample] = {}
    for outcome in [*real, *placebo]:
        specification = f"placebo_{outcome}" if outcome in placebo else "main"
        if specification not in samples:
            samples[specification] = sample_of(
                specification,
                covariates=covariates[specification],
                design=design,
                scores=scores,
                pairs=pairs,
                weights=weights,
            )
        sample = samples[specification]
        y = outcome_of(outcomes, outcome, units=sample.units)
        for method in settings["methods"]:
            result = estimate_effect(method, sample=sample, outcome=y, estimand=estimand)
            bounds = interval(result, alpha=alpha)
            effects.append(
                {
                    "treatment": settings["treatment"]["name"],
                    "comparison": "none",
                    "outcome": outcome,
                    "subgroup": "all",
                    "estimand": estimand,
                    "method": label_of(method),
                    "estimate": result.estimate,
                    "std_error": result.std_error,
                    "ci_low": bounds.low,
                    "ci_high": bounds.high,
                    "p_value": bounds.p_value,
                    "p_adjusted": np.nan,
                    "df": result.df,
                    "n_treated": result.n_treated,
                    "n_comparison": result.n_comparison,
                    "ess_treated": result.ess_treated,
                    "ess_comparison": result.ess_comparison,
                }
            )
    table = pd.DataFrame(effects, columns=EFFECT_KEYS + EFFECT_VALUES)
    table = _sorted(_with_holm(table, real=real), EFFECT_KEYS)
    return {
        "effects": table,
        "placebo": placebo_table(table, placebo_outcomes=placebo, alpha=alpha),
    }


def robustness_stage(
    design: pd.DataFrame, outcomes: pd.DataFrame, scores: pd.DataFrame, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Robustness values of every real outcome under every regression of the study.

    They need the residuals of the regression, which the effects table does not hold: its robust standard errors
    say nothing about partial R2.

    Parameters
    ----------
    design, outcomes, scores : pandas.DataFrame
    settings : mapping
        As in `effects_stage`.

    Returns
    -------
    pandas.DataFrame
        Rows of the sensitivity table: measures ``robustness_value`` (q = 1) and, for independent units only,
        ``robustness_value_alpha``, whose critical value would claim too much under a survey design.
    """
    covariates = specifications(settings)["main"]
    sample = sample_of("main", covariates=covariates, design=design, scores=scores)
    clustered = sample.design is not None
    rows: list[tuple[str, str, str, str, float]] = []
    for outcome in _outcome_names(settings)[0]:
        y = outcome_of(outcomes, outcome, units=sample.units)
        for method in settings["methods"]:
            if method["method"] != "regression":
                continue
            f, df = partial_f(
                y, sample.treatment, covariates=sample.covariates, weight=analysis_weight(method, sample=sample)
            )
            key = (str(settings["treatment"]["name"]), outcome, label_of(method))
            rows.append((*key, "robustness_value", robustness_value(f, df=df)))
            if not clustered:
                alpha = float(settings["alpha"])
                rows.append((*key, "robustness_value_alpha", robustness_value(f, df=df, alpha=alpha)))
    return _sorted(pd.DataFrame(rows, columns=SENSITIVITY_COLUMNS), SENSITIVITY_COLUMNS[:4])


def verdict_stage(
    effects: pd.DataFrame,
    placebo: pd.DataFrame,
    balance: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    robustness: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Judge every real outcome and measure how firmly each estimate stands.

    Parameters
    ----------
    effects, placebo : pandas.DataFrame
        Of `effects_stage`.
    balance : pandas.DataFrame
        Of the match stage.
    settings : mapping
        As in `effects_stage`.
    robustness : pandas.DataFrame or None
        Of `robustness_stage`; without it the sensitivity table has no robustness values.

    Returns
    -------
    dict
        ``verdicts``: treatment, outcome, verdict, reasons (real outcomes).
        ``sensitivity``: treatment, outcome, method, measure, value. Method ``all`` marks a measure across methods.
    """
    real, _ = _outcome_names(settings)
    name, alpha, headline = settings["treatment"]["name"], float(settings["alpha"]), str(settings["headline"])
    if headline not in [label_of(m) for m in settings["methods"]]:
        raise ConfigError(
            f"headline: '{headline}' is not the label of a method of this study "
            f"({', '.join(label_of(m) for m in settings['methods'])})"
        )
    verdicts: list[dict[str, str]] = []
    for outcome in real:
        judged = verdict_on(
            outcome,
            effects=effects,
            placebo=placebo,
            balance=balance,
            headline=headline,
            estimand=str(settings["estimands"][0]),
            alpha=alpha,
        )
        verdicts.append({"treatment": name, "outcome": outcome, "verdict": judged.verdict, "reasons": judged.reasons})
    rows: list[tuple[str, str, str, str, float]] = []
    for outcome in real:
        rows += [(name, outcome, *measure) for measure in _spread(effects, placebo, settings, outcome)]
    parts = [pd.DataFrame(rows, columns=SENSITIVITY_COLUMNS)]
    if robustness is not None and not robustness.empty:
        parts.append(robustness[SENSITIVITY_COLUMNS])
    return {
        "verdicts": _sorted(pd.DataFrame(verdicts, columns=VERDICT_COLUMNS), VERDICT_COLUMNS[:2]),
        "sensitivity": _sorted(pd.concat(parts, ignore_index=True), SENSITIVITY_COLUMNS[:4]),
    }


def _spread(
    effects: pd.DataFrame, placebo: pd.DataFrame, settings: Mapping[str, Any], outcome: str
) -> list[tuple[str, str, float]]:
    """Minimum detectable effects, range over the adjusted methods, share of methods that fail a placebo."""
    mine = effects[effects["outcome"] == outcome]
    measures = [
        (
            str(row["method"]),
            "minimum_detectable_effect",
            minimum_detectable_effect(float(row["std_error"]), df=float(row["df"]), alpha=float(settings["alpha"])),
        )
        for row in mine.to_dict("records")
    ]
    adjusted = mine[mine["method"].isin([label_of(m) for m in settings["methods"] if is_adjusted(m)])]
    if not adjusted.empty:
        measures.append(("all", "adjusted_estimate_min", float(adjusted["estimate"].min())))
        measures.append(("all", "adjusted_estimate_max", float(adjusted["estimate"].max())))
    if not placebo.empty:
        failed = placebo.groupby("method")["status"].agg(lambda status: bool((status == "failed").any()))
        measures.append(("all", "placebo_share_failed", float(failed.mean())))
    return measures


def _outcome_names(settings: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Names of the real and of the placebo outcomes."""
    return [o["name"] for o in settings["outcomes"]], [p["outcome"] for p in settings["placebo_outcomes"]]


def _with_holm(effects: pd.DataFrame, *, real: list[str]) -> pd.DataFrame:
    """Fill p_adjusted for the real outcomes, family by family."""
    table = effects.copy()
    family = table[table["outcome"].isin(real)]
    for _, rows in family.groupby(["treatment", "comparison", "subgroup", "estimand", "method"], sort=True):
        table.loc[rows.index, "p_adjusted"] = holm(rows["p_value"].to_numpy(dtype=float))
    return table


def _sorted(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows in the order of their keys."""
    return table.sort_values(keys, kind="stable").reset_index(drop=True)
