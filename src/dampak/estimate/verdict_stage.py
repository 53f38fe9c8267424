"""The verdict stage: from effects, placebo tests and robustness to a verdict per outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dampak.errors import ConfigError
from dampak.estimate.methods import is_adjusted, label_of
from dampak.estimate.power import minimum_detectable_effect
from dampak.estimate.robustness_stage import SENSITIVITY_COLUMNS
from dampak.estimate.stage import by_keys, outcome_names
from dampak.estimate.verdict import verdict_on
from dampak.match.specification import estimand_of

VERDICT_COLUMNS = ["treatment", "outcome", "verdict", "reasons"]


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
    real, _ = outcome_names(settings)
    name, alpha, headline = settings["treatment"]["name"], float(settings["alpha"]), str(settings["headline"])
    methods = {label_of(m): m for m in settings["methods"]}
    if headline not in methods:
        raise ConfigError(f"headline: '{headline}' is not the label of a method of this study ({', '.join(methods)})")
    verdicts: list[dict[str, str]] = []
    for outcome in real:
        judged = verdict_on(
            outcome,
            effects=effects,
            placebo=placebo,
            balance=balance,
            headline=headline,
            estimand=estimand_of(methods[headline], settings),
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
        "verdicts": by_keys(pd.DataFrame(verdicts, columns=VERDICT_COLUMNS), VERDICT_COLUMNS[:2]),
        "sensitivity": by_keys(pd.concat(parts, ignore_index=True), SENSITIVITY_COLUMNS[:4]),
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
