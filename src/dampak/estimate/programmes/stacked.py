"""The tables of a programme study: those of its treatments below each other, in stable order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dampak.estimate.placebo import placebo_table
from dampak.estimate.programmes.areas import AREA_COLUMNS
from dampak.estimate.stage import EFFECT_KEYS, by_keys
from dampak.match.balance_stage import BALANCE_KEYS
from dampak.match.programmes.stage import EVERYONE, PROBLEM_COLUMNS

PUBLISHED_COLUMNS = ["treatment", "outcome", "study", "estimate", "std_error", "method", "note", "status", "source"]
SUPPORT_COLUMNS = ["treatment", "reason", "n_treated", "n_comparison", "weight_treated"]


def stacked_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Stack the tables of all treatments.

    Parameters
    ----------
    tables : mapping of DataFrame
        `effects`, `areas`, `problems`, `balance`, `imbalance`, `support` of all treatments; `published`.
    settings : mapping
        universes, treatments, headline, alpha.

    Returns
    -------
    dict of DataFrame
        The same names, and `placebo`. `published` has the published effects, and `ours` beside them.
        `support` is of households; the reasons of other universes are in match/<treatment>.
    """
    effects = by_keys(tables["effects"], EFFECT_KEYS)
    placebos = [name for about in settings["universes"].values() for name in about["placebo_outcomes"]]
    whole = effects[effects["subgroup"] == EVERYONE]
    households = [name for name, about in settings["universes"].items() if about["of"] == "households"]
    support = tables["support"]
    support = support[support["universe"].isin(households[:1])]
    return {
        "effects": effects,
        "areas": by_keys(tables["areas"], AREA_COLUMNS[:3]),
        "problems": by_keys(tables["problems"], PROBLEM_COLUMNS[:4]),
        "placebo": placebo_table(whole, placebo_outcomes=placebos, alpha=float(settings["alpha"])),
        "balance": by_keys(tables["balance"], BALANCE_KEYS),
        "imbalance": by_keys(tables["imbalance"], ["treatment", "universe", "scope", "method"]),
        "support": by_keys(support[SUPPORT_COLUMNS], SUPPORT_COLUMNS[:2]),
        "published": _beside_ours(tables["published"], whole, settings),
    }


def _beside_ours(published: pd.DataFrame, effects: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Published effects of the study's treatments, with our own estimate of the same outcome in two more columns."""
    found = published.reindex(columns=PUBLISHED_COLUMNS)
    found = found[found["treatment"].isin(list(settings["treatments"]))]
    ours = effects[effects["method"] == settings["headline"]].set_index(["treatment", "outcome"])
    at = pd.MultiIndex.from_frame(found[["treatment", "outcome"]])
    for name, column in (("ours", "estimate"), ("ours_std_error", "std_error")):
        found = found.assign(**{name: ours[column].reindex(at).to_numpy(dtype=float)})
    return by_keys(found, PUBLISHED_COLUMNS[:3])
