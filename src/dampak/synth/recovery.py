"""What a study found in synthetic data, held against what is true of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dampak.match.linkage.report import true_quality
from dampak.match.specification import headline_labels

NAIVE = "difference_in_means"
KEYS = ["treatment", "outcome", "subgroup"]
RECOVERY_COLUMNS = [
    *KEYS, "true", "naive", "method", "estimate", "std_error", "ci_low", "ci_high", "covered", "sign_change",
]  # fmt: skip


def recovery_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Compare effects, poverty and links with the truth.

    Parameters
    ----------
    tables : mapping of DataFrame
        `effects`, `poverty` and `links` of the study; `areas` (kab_code, p0_published); `true_effects`, `true_links`.
    settings : mapping
        headline, linkage, registers.

    Returns
    -------
    dict of DataFrame
        `recovery`: `RECOVERY_COLUMNS`; `covered` is 1 where the interval of the headline method holds the true effect
        on the surveyed recipients, `sign_change` 1 where the naive difference has the other sign than the truth and the
        estimate has that of the truth. `calibration`: area, p0 (percent), std_error, p0_published, difference.
        `linkage_truth`: register, n_true (rows of surveyed families), n_linked, n_right, precision, recall.
    """
    return {
        "recovery": _recovery(tables["effects"], tables["true_effects"], settings),
        "calibration": _calibration(tables["poverty"], tables["areas"]),
        "linkage_truth": _linkage(tables["links"], tables["true_links"], list(settings["registers"])),
    }


def _recovery(effects: pd.DataFrame, truth: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    known = truth[(truth["scope"] == "survey") & (truth["area"].astype(str) == "all")]
    true = known.set_index(KEYS)["att"].rename("true")
    by_preference = [effects[effects["method"] == label] for label in headline_labels(str(settings["headline"]))]
    chosen = pd.concat(by_preference).drop_duplicates(KEYS).set_index(KEYS).sort_index()
    naive = effects[effects["method"] == NAIVE].set_index(KEYS)["estimate"].rename("naive")
    table = chosen[["method", "estimate", "std_error", "ci_low", "ci_high"]].join(true, how="inner").join(naive)
    covered = (table["ci_low"] <= table["true"]) & (table["true"] <= table["ci_high"])
    turned = (np.sign(table["naive"]) == -np.sign(table["true"])) & (
        np.sign(table["estimate"]) == np.sign(table["true"])
    )
    table = table.assign(covered=covered.astype(int), sign_change=turned.astype(int))
    return table.reset_index()[RECOVERY_COLUMNS].sort_values(KEYS, kind="stable", ignore_index=True)


def _calibration(poverty: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Headcount of every area as surveyed, beside the published one; percent."""
    p0 = poverty[(poverty["treatment"].astype(str) == "none") & (poverty["measure"] == "p0")]
    published = areas.assign(area=areas["kab_code"].astype(int).astype(str)).set_index("area")["p0_published"]
    table = pd.DataFrame(
        {
            "area": p0["area"].astype(str).to_numpy(),
            "p0": 100 * p0["value"].to_numpy(dtype=float),
            "std_error": 100 * p0["std_error"].to_numpy(dtype=float),
        }
    )
    table["p0_published"] = table["area"].map(published)
    table["difference"] = table["p0"] - table["p0_published"]
    return table.sort_values("area", kind="stable", ignore_index=True)


def _linkage(links: pd.DataFrame, truth: pd.DataFrame, registers: list[str]) -> pd.DataFrame:
    """Precision and recall of the accepted links of every register, and of all; rows set aside count as missed."""
    surveyed = truth.assign(household_id=truth["household_id"].where(truth["surveyed"] == 1, -1))
    found = true_quality(links, surveyed).rename(columns={"n_accepted": "n_linked", "n_correct": "n_right"})
    found = found.set_index("register").reindex([*registers, "all"])
    counts = ["n_true", "n_linked", "n_right"]
    found[counts] = found[counts].fillna(0).astype("int64")
    return found.reset_index()
