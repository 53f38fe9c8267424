"""An unlinked household may be a beneficiary all the same: how many of them, expected and at most."""

import numpy as np
import pandas as pd

from dampak.match.linkage.links import Links

CONTAMINATION_COLUMNS = ["register", "kab_code", "n_comparison", "expected", "upper", "share"]
ALL = "all"


def contamination(
    links: Links, register: pd.DataFrame, households: pd.DataFrame, *, sampling_share: float | None = None
) -> pd.DataFrame:
    """Expected number of beneficiary households among those without an accepted link.

    The expectation is the sum over these households of 1 - prod(1 - p) over their candidates; a candidate of a row that
    is accepted elsewhere keeps what is left for it. The upper bound adds the rows that name nobody (no NIK, KK or name)
    in proportion to the share of the register that is in the survey, and is at most the number of households.

    Parameters
    ----------
    links : Links
    register : DataFrame
        The rows that were linked: register, row, kab_code.
    households : DataFrame
        One row per survey household: household_id, kab_code.
    sampling_share : float, optional
        Share of the population's households in the survey, for every area. Estimated from the links by register and
        area where not given: the sum of probabilities over the rows that name someone.

    Returns
    -------
    DataFrame
        Columns `CONTAMINATION_COLUMNS`, sorted, `kab_code` as text with ``all``. `share`: upper over n_comparison.
    """
    home = households[["household_id", "kab_code"]]
    found = links.links.merge(home, on="household_id", how="left", validate="many_to_one")
    grouped = found.assign(missed=np.log1p(-np.minimum(found["probability"], 1 - 1e-9))).groupby(
        ["register", "household_id"], as_index=False
    )
    by_household = grouped.agg(kab_code=("kab_code", "first"), missed=("missed", "sum"), accepted=("accepted", "any"))
    by_household["expected"] = -np.expm1(by_household["missed"])
    linked = by_household[by_household["accepted"]].groupby(["register", "kab_code"]).size()
    open_ = by_household[~by_household["accepted"]].groupby(["register", "kab_code"])["expected"].sum()
    in_register = (
        found.merge(register[["register", "row", "kab_code"]], on=["register", "row"], suffixes=("_home", ""))
        .groupby(["register", "kab_code"])["probability"]
        .sum()
    )
    counts = links.report.set_index(["register", "kab_code"])
    surveyed = home["kab_code"].value_counts()
    every = pd.MultiIndex.from_product(
        [sorted(links.report["register"].unique()), sorted(surveyed.index)], names=["register", "kab_code"]
    )
    rows, unnamed = (counts[c].reindex(every, fill_value=0) for c in ("n_register", "n_unidentified"))
    named = np.maximum(rows - unnamed, 1)
    share = in_register.reindex(every, fill_value=0.0) / named if sampling_share is None else sampling_share
    table = pd.DataFrame(index=every)
    table["n_comparison"] = surveyed.reindex(every.get_level_values("kab_code")).to_numpy() - linked.reindex(
        every, fill_value=0
    )
    table["expected"] = open_.reindex(every, fill_value=0.0)
    table["upper"] = np.minimum(table["expected"] + unnamed * np.minimum(share, 1.0), table["n_comparison"])
    table = table.reset_index()
    table["kab_code"] = table["kab_code"].astype("int64").astype(str)
    overall = table.drop(columns="kab_code").groupby("register", as_index=False).sum().assign(kab_code=ALL)
    table = pd.concat([table, overall], ignore_index=True)
    table["n_comparison"] = table["n_comparison"].astype("int64")
    table["share"] = table["upper"] / table["n_comparison"].where(table["n_comparison"] > 0)
    return table[CONTAMINATION_COLUMNS].sort_values(["register", "kab_code"], kind="stable", ignore_index=True)
