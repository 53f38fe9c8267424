"""The job of linkage: registers and roster in, links, receipts and their report out. What leaves it names nobody."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet

from dampak.clean.expression import evaluate
from dampak.match.linkage.links import ROWS_PER_PERSON, Links, areas_together, link_parts, link_registers
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
    register = tables["registers"]
    links = link_registers(tables["roster"], register, settings=_chosen(settings), seed=_seed(settings))
    return _reported(links, register, tables, settings)


def link_provinces(
    files: Sequence[Path], tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Link registers that come province by province, one province in memory at a time.

    Parameters
    ----------
    files : sequence of Path
        Registers of each province, as `dampak.clean.registers.provinces.clean_province` gives them.
    tables : mapping of DataFrame
        `dropped` (register, row: rows to leave out); `roster`, `households`, `rupiah` as `link_stage`.
    settings : mapping
        As `link_stage`.

    Returns
    -------
    dict of DataFrame
        As `link_stage`.
    """
    dropped = pd.MultiIndex.from_frame(tables["dropped"][["register", "row"]])
    chosen, seed = _chosen(settings), _seed(settings)
    sizes = [parquet.read_metadata(path).num_rows for path in files]
    share = min(1.0, ROWS_PER_PERSON * chosen.training_people / max(sum(sizes), 1))
    sampled, known = [], []
    for number, path in enumerate(files):
        rows = _kept(path, dropped)
        # A share of every province, so that the sample is one of all rows.
        generator = np.random.default_rng(seed_of(seed, "link", "sample", number))
        places = generator.choice(len(rows), int(np.ceil(share * len(rows))), replace=False)
        sampled.append(rows.iloc[np.sort(places)])
        known.append(rows[["register", "row", "kab_code", "amount"]].astype({"register": "category"}))
    every = pd.concat(known, ignore_index=True)
    every["register"] = every["register"].astype("category")
    links = link_parts(
        tables["roster"],
        _province_by_province(files, dropped, chosen),
        pd.concat(sampled, ignore_index=True),
        settings=chosen,
        seed=seed,
    )
    return _reported(links, every, tables, settings)


def _kept(path: Path, dropped: pd.MultiIndex) -> pd.DataFrame:
    """Rows of a province that were not left out when provinces were held against each other."""
    rows = pd.read_parquet(path)
    out = pd.MultiIndex.from_frame(rows[["register", "row"]]).isin(dropped)
    return rows[~out].reset_index(drop=True) if out.any() else rows


def _province_by_province(
    files: Sequence[Path], dropped: pd.MultiIndex, chosen: LinkSettings
) -> Iterator[pd.DataFrame]:
    for path in files:
        yield from areas_together(_kept(path, dropped), chosen)


def _chosen(settings: Mapping[str, Any]) -> LinkSettings:
    return LinkSettings(accept=float(settings["linkage"]["accept"]), floor=float(settings["linkage"]["floor"]))


def _seed(settings: Mapping[str, Any]) -> int:
    return seed_of(int(settings["seed"]), "linkage")


def _reported(
    links: Links, register: pd.DataFrame, tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """The links, and what they are worth; of the register: register, row, kab_code, amount."""
    households = tables["households"]
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
