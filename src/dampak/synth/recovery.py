"""What a study found in synthetic data, held against what is true of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dampak.clean.expression import evaluate
from dampak.match.linkage.report import true_quality
from dampak.match.specification import headline_labels

NAIVE = "difference_in_means"
COUNTS = {"n_accepted": "n_linked", "n_correct": "n_right"}
KEYS = ["treatment", "outcome", "subgroup"]
RECOVERY_COLUMNS = [
    *KEYS, "true", "naive", "method", "estimate", "std_error", "ci_low", "ci_high", "covered", "sign_change",
]  # fmt: skip


def recovery_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Compare effects, poverty and links with the truth.

    Parameters
    ----------
    tables : mapping of DataFrame
        `effects`, `poverty` and `links` of the study; `areas` (kab_code, p0_published); `households` (household_id,
        kab_code, variables of the subgroups); `true_effects`, `true_links`.
    settings : mapping
        headline, linkage, registers, subgroups.

    Returns
    -------
    dict of DataFrame
        `recovery`: `RECOVERY_COLUMNS`; `covered` is 1 where the interval of the headline method holds the true effect
        on the surveyed recipients, `sign_change` 1 where the naive difference has the other sign than the truth and the
        estimate has that of the truth. `calibration`: area, p0 (percent), std_error, p0_published, difference.
        `linkage_truth`: register, n_true (rows of surveyed families), n_linked, n_right, precision, recall;
        `linkage_truth_groups` the same by group (`kab_code` and the subgroups) and value: links of a group are those
        to its households.
    """
    links = tables["true_links"]
    truth = links.assign(household_id=links["household_id"].where(links["surveyed"] == 1, -1))
    return {
        "recovery": _recovery(tables["effects"], tables["true_effects"], settings),
        "calibration": _calibration(tables["poverty"], tables["areas"]),
        "linkage_truth": _linkage(tables["links"], truth, list(settings["registers"])),
        "linkage_truth_groups": _by_group(tables["links"], truth, tables["households"], settings),
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
    found = true_quality(links, truth).rename(columns=COUNTS)
    found = found.set_index("register").reindex([*registers, "all"])
    counts = ["n_true", "n_linked", "n_right"]
    found[counts] = found[counts].fillna(0).astype("int64")
    return found.reset_index()


def _by_group(
    links: pd.DataFrame, truth: pd.DataFrame, households: pd.DataFrame, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Precision and recall of the accepted links of every register, by kabupaten/kota and subgroup of the household."""
    home = households["household_id"]
    groups = {"kab_code": households["kab_code"].astype("int64").astype(str)}
    for name, expression in settings["subgroups"].items():
        inside = np.nan_to_num(evaluate(expression, households, where=f"subgroups: {name}")) == 1
        groups[name] = pd.Series(inside, index=households.index).astype(str)
    tables = []
    for group, values in groups.items():
        of_household = pd.Series(values.to_numpy(), index=home)
        linked, true = (table["household_id"].map(of_household) for table in (links, truth))
        for value in sorted(values.unique()):
            # A link to the group whose true household is elsewhere stays, and counts as wrong.
            own = true_quality(links[linked == value], truth[true == value])
            tables.append(own.assign(group=group, value=value))
    table = pd.concat(tables, ignore_index=True).rename(columns=COUNTS)
    table = table[["register", "group", "value", "n_true", "n_linked", "n_right", "precision", "recall"]]
    return table.sort_values(["register", "group", "value"], kind="stable", ignore_index=True)
