"""The job of linkage: registers and roster in, links, receipts and their report out. What leaves it names nobody."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dampak.clean.expression import evaluate
from dampak.match.linkage.links import link_registers
from dampak.match.linkage.received import receipts
from dampak.match.linkage.report import linkage_by_group, linkage_table
from dampak.match.linkage.settings import LinkSettings
from dampak.match.linkage.unlinked import contamination
from dampak.seeds import seed_of


def link_stage(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Link the rows of all registers to the surveyed households.

    Parameters
    ----------
    tables : mapping of DataFrame
        `roster` and `registers` (private); `households` (household_id, kab_code, variables of the subgroups);
        `rupiah` (register, in, kept, dropped, declared; Rp per year).
    settings : mapping
        linkage (accept, floor), registers (name to programme), subgroups, path, seed.

    Returns
    -------
    dict of DataFrame
        `links`, `receipts`, `waterfall`; `linkage`, `linkage_groups`, `contamination` and `rupiah`, to which `linked`
        and `unlinked` are added: rupiah of rows with and without an accepted link; kept = linked + unlinked.
    """
    register, households = tables["registers"], tables["households"]
    chosen = LinkSettings(accept=float(settings["linkage"]["accept"]), floor=float(settings["linkage"]["floor"]))
    links = link_registers(
        tables["roster"], register, settings=chosen, seed=seed_of(int(settings["seed"]), "linkage")
    )  # fmt: skip
    groups = {
        name: np.nan_to_num(evaluate(expression, households, where=f"{settings['path']}: subgroups: {name}")) == 1
        for name, expression in settings["subgroups"].items()
    }
    by_group = linkage_by_group(
        links, pd.DataFrame({"household_id": households["household_id"], **groups})
    )  # fmt: skip
    return {
        "links": links.links,
        "receipts": receipts(links, register, settings["registers"]),
        "waterfall": links.waterfall.rename(columns={"weight": "log2_weight"}),
        "linkage": linkage_table(links, register),
        "linkage_groups": by_group,
        "contamination": contamination(links, register, households),
        "rupiah": _rupiah(tables["rupiah"], links.links, register),
    }


def _rupiah(account: pd.DataFrame, links: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Follow the money of every register to its links."""
    accepted = links.loc[links["accepted"], ["register", "row"]].drop_duplicates().assign(linked=True)
    paid = register[["register", "row", "amount"]].merge(accepted, on=["register", "row"], how="left")
    amount = paid["amount"].fillna(0.0)
    linked = amount.where(paid["linked"].eq(True), 0.0).groupby(paid["register"]).sum()
    whole = amount.groupby(paid["register"]).sum()
    names = account["register"]
    return account.assign(
        linked=names.map(linked).fillna(0.0), unlinked=names.map(whole - linked).fillna(0.0)
    )  # fmt: skip
