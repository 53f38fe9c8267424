"""What a linkage is worth: match rates, expected and true precision and recall."""

import numpy as np
import pandas as pd

from dampak.errors import DataError
from dampak.match.linkage.links import Links

LINKAGE_COLUMNS = [
    "register",
    "kab_code",
    "n_register",
    "n_linked",
    "match_rate",
    "expected_precision",
    "expected_recall",
]
GROUP_COLUMNS = ["register", "group", "value", "n_linked", "expected_linked", "expected_precision", "expected_recall"]
TRUTH_COLUMNS = ["register", "n_true", "n_accepted", "n_correct", "precision", "recall"]
ALL = "all"


def linkage_table(links: Links, register: pd.DataFrame) -> pd.DataFrame:
    """Match rate and expected quality per register and kabupaten, and over all kabupaten.

    Expected precision is the mean probability of accepted links; expected recall is the sum of the probabilities of
    accepted links over that of all candidates. A second row of a family that has an accepted row of the register counts
    as missed, though its household is found.

    Parameters
    ----------
    links : Links
    register : DataFrame
        The rows that were linked: register, row, kab_code.

    Returns
    -------
    DataFrame
        Columns `LINKAGE_COLUMNS`, sorted; `kab_code` is text, with ``all``. NaN where nothing is expected.
    """
    place = register[["register", "row", "kab_code"]]
    found = links.links.merge(place, on=["register", "row"], how="left", validate="many_to_one")
    tables = []
    for area in (found["kab_code"].astype("int64").astype(str), pd.Series(ALL, index=found.index)):
        keys = pd.DataFrame({"register": found["register"], "kab_code": area})
        tables.append(_quality(found, keys))
    quality = pd.concat(tables, ignore_index=True)
    by_area = links.report[["register", "kab_code", "n_register"]]
    by_area = by_area.assign(kab_code=by_area["kab_code"].astype("int64").astype(str))
    counts: pd.DataFrame = pd.concat([by_area, by_area.assign(kab_code=ALL)], ignore_index=True)
    counts = counts.groupby(["register", "kab_code"], as_index=False)[["n_register"]].sum()
    table = counts.merge(quality, on=["register", "kab_code"], how="left")
    table["n_linked"] = table["n_linked"].fillna(0).astype("int64")
    table["match_rate"] = table["n_linked"] / table["n_register"]
    return table[LINKAGE_COLUMNS].sort_values(["register", "kab_code"], kind="stable", ignore_index=True)


def linkage_by_group(links: Links, groups: pd.DataFrame) -> pd.DataFrame:
    """Expected quality of the links by groups of survey households.

    Parameters
    ----------
    links : Links
    groups : DataFrame
        One row per survey household: household_id and one column per grouping, such as urban or female_head.

    Returns
    -------
    DataFrame
        Columns `GROUP_COLUMNS`, sorted. `expected_linked`: expected number of register rows of the group's households.

    Raises
    ------
    DataError
        If a household of the links is not in `groups`.
    """
    found = links.links.merge(groups, on="household_id", how="left", validate="many_to_one", indicator=True)
    if (found["_merge"] == "left_only").any():
        raise DataError(
            "household groups: a linked household has no row; give one row per survey household with its household_id"
        )
    names = [column for column in groups.columns if column != "household_id"]
    tables = []
    for name in names:
        keys = pd.DataFrame({"register": found["register"], "group": name, "value": found[name].astype(str)})
        tables.append(_quality(found, keys))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=GROUP_COLUMNS)
    return table[GROUP_COLUMNS].sort_values(["register", "group", "value"], kind="stable", ignore_index=True)


def true_quality(links: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Precision and recall against the truth; for tests and proofs only, no analysis may read the truth.

    Parameters
    ----------
    links : DataFrame
        Of `Links`: register, row, household_id, accepted.
    truth : DataFrame
        register, row, household_id: the household of the survey, -1 where the row is of no household of the survey.
        Rows that cleaning set aside are missed as well, unless they are left out here.

    Returns
    -------
    DataFrame
        Columns `TRUTH_COLUMNS`, one row per register and one for ``all``.
    """
    found = links[links["accepted"].astype(bool)].merge(
        truth, on=["register", "row"], how="left", suffixes=("", "_true")
    )
    parts = pd.DataFrame(
        {
            "n_true": truth["household_id"].ge(0).groupby(truth["register"]).sum(),
            "n_accepted": found.groupby("register").size(),
            "n_correct": found["household_id"].eq(found["household_id_true"]).groupby(found["register"]).sum(),
        }
    ).fillna(0)
    parts.loc[ALL] = parts.sum()
    parts = parts.astype("int64").rename_axis("register").reset_index()
    with np.errstate(invalid="ignore", divide="ignore"):
        parts["precision"] = parts["n_correct"] / parts["n_accepted"]
        parts["recall"] = parts["n_correct"] / parts["n_true"]
    return parts[TRUTH_COLUMNS].sort_values("register", kind="stable", ignore_index=True)


def _quality(found: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    probability, accepted = found["probability"], found["accepted"]
    by = list(keys.columns)
    parts = keys.assign(n_linked=accepted.astype("int64"), sure=probability.where(accepted, 0.0), every=probability)
    table = parts.groupby(by, as_index=False, sort=True).sum()
    table["expected_linked"] = table["every"]
    table["expected_precision"] = table["sure"] / table["n_linked"].where(table["n_linked"] > 0)
    table["expected_recall"] = table["sure"] / table["every"]
    return table
