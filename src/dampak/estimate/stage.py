"""The effects stage: from matched units and outcomes to effects and placebo tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.effect import Effect, interval
from dampak.estimate.methods import estimate_effect, label_of, question_of
from dampak.estimate.multiplicity import anderson_q, holm, romano_wolf
from dampak.estimate.placebo import placebo_table
from dampak.estimate.sample import Sample, outcome_of, sample_of
from dampak.estimate.survey_design import SurveyDesign
from dampak.match.specification import specifications

FloatArray = NDArray[np.float64]

EFFECT_KEYS = ["treatment", "comparison", "outcome", "subgroup", "estimand", "method"]
EFFECT_VALUES = [
    "estimate", "std_error", "ci_low", "ci_high", "p_value", "p_adjusted", "df",
    "n_treated", "n_comparison", "ess_treated", "ess_comparison",
]  # fmt: skip


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
        Validated study settings: treatment, covariates, outcomes, placebo_outcomes, estimands, methods, propensity,
        design, multiplicity, alpha; seed where a method draws at random.

    Returns
    -------
    dict
        ``effects``: keys `EFFECT_KEYS`, values `EFFECT_VALUES`; p_adjusted is over the real outcomes within method and
        estimand, by the study's `multiplicity`, and blank for placebo outcomes, which are no part of that family. A
        method that needs two rounds has no row for a placebo outcome of one.
        ``placebo``: see `dampak.estimate.placebo`.
    """
    alpha, covariates = float(settings["alpha"]), specifications(settings)
    real, placebo = outcome_names(settings)
    before = {str(o["name"]): o.get("before") for o in settings["outcomes"]}
    before |= {str(p["outcome"]): p.get("before") for p in settings["placebo_outcomes"]}
    effects: list[dict[str, Any]] = []
    samples: dict[str, Sample] = {}
    influence: dict[tuple[str, str], FloatArray | None] = {}
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
                lonely=str(settings["design"]["lonely"]),
            )
        sample = samples[specification]
        y = outcome_of(outcomes, outcome, units=sample.units)
        earlier = before[outcome] and outcome_of(outcomes, str(before[outcome]), units=sample.units)
        for method in settings["methods"]:
            if method["method"] == "did_dr" and earlier is None and outcome in placebo:
                continue
            question = question_of(outcome, method, settings, before=earlier)
            result = estimate_effect(method, sample=sample, outcome=y, question=question)
            influence[label_of(method), outcome] = result.influence
            effects.append(
                {
                    "treatment": settings["treatment"]["name"],
                    "comparison": "none",
                    "outcome": outcome,
                    "subgroup": "all",
                    "estimand": question.estimand,
                    "method": label_of(method),
                    **effect_values(result, alpha=alpha),
                }
            )
    table = pd.DataFrame(effects, columns=EFFECT_KEYS + EFFECT_VALUES)
    table = by_keys(_with_adjusted(table, settings, influence=influence, design=samples["main"].design), EFFECT_KEYS)
    return {
        "effects": table,
        "placebo": placebo_table(table, placebo_outcomes=placebo, alpha=alpha),
    }


def effect_values(result: Effect, *, alpha: float) -> dict[str, float]:
    """Value columns of an effect's row; `p_adjusted` is blank until its family is known."""
    bounds = interval(result, alpha=alpha)
    return {
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


def outcome_names(settings: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Names of the real and of the placebo outcomes."""
    return [o["name"] for o in settings["outcomes"]], [p["outcome"] for p in settings["placebo_outcomes"]]


def by_keys(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows in the order of their keys."""
    return table.sort_values(keys, kind="stable").reset_index(drop=True)


def _with_adjusted(
    effects: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    influence: Mapping[tuple[str, str], FloatArray | None],
    design: SurveyDesign | None,
) -> pd.DataFrame:
    """Fill p_adjusted for the real outcomes, family by family."""
    table = effects.copy()
    family = table[table["outcome"].isin(outcome_names(settings)[0])]
    for method, rows in family.groupby("method", sort=True):
        p = rows["p_value"].to_numpy(dtype=float)
        match settings["multiplicity"]:
            case "romano_wolf":
                columns = [influence[str(method), outcome] for outcome in rows["outcome"]]
                known = [column for column in columns if column is not None]
                if len(known) < len(columns):
                    raise ConfigError(f"multiplicity: romano_wolf: {method} has no influence values; use holm")
                seed = int(settings["seed"])
                adjusted = romano_wolf(p, influence=np.stack(known, 1), seed=seed, name=str(method), design=design)
            case "anderson_q":
                adjusted = anderson_q(p)
            case _:
                adjusted = holm(p)
        table.loc[rows.index, "p_adjusted"] = adjusted
    return table
