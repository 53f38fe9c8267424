"""Registers that come in a file per province: cleaned province by province, then held against each other as a whole.

A register of the size of a country does not fit in memory as text. A province's registers do; and of all provinces
together no more is needed than the rows that share a number with another one.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from dampak.clean.ledger import LEDGER_COLUMNS, NO_REASON, Ledger
from dampak.clean.provincial import numbered, of_province
from dampak.clean.registers.cleaned import flags_between, total
from dampak.clean.registers.duplicates import findings
from dampak.clean.registers.files import PARTS, clean_register_file, hold_against_each_other
from dampak.clean.registers.stage import register_label
from dampak.errors import DampakError, DataError

SELECT = "select"
DROPPED_COLUMNS = ["register", "row"]


def clean_province(
    settings: Mapping[str, Any], areas: pd.DataFrame, *, base_dir: Path, key: bytes
) -> dict[str, pd.DataFrame]:
    """Read and clean all registers of one province, and hold them against each other.

    Parameters
    ----------
    settings : mapping
        `province`, `specs` (name to source with its codebook inlined and `{province}` in its path), `territory`,
        `registers` (name to programme), `excludes`, `path`.
    areas : DataFrame
        `kab_code`, `area_name` of all kabupaten/kota of the study.
    base_dir : Path
        Folder that relative paths start from.
    key : bytes
        Of the keyed hashes.

    Returns
    -------
    dict of DataFrame
        `registers` (private), `ledger`, `quarantine`, `notes`, `rupiah`. Rows are numbered as
        `dampak.clean.provincial.numbered` says.

    Raises
    ------
    DataError
        One sentence for each problem of each register; a fault of one does not hide those of the others.
    """
    province = str(settings["province"])
    own = areas[areas["kab_code"].astype(int) // 100 == int(province)]
    if own.empty:
        raise DataError(
            f"{settings['path']}: territory: province {province} has no kabupaten/kota in the table of areas; add their"
            " rows to the file of survey.areas"
        )
    cleaned: list[dict[str, pd.DataFrame]] = []
    problems: list[str] = []
    for name, spec in settings["specs"].items():
        file = of_province(spec, province)
        try:
            tables = clean_register_file(
                {"register": name, "spec": file, "territory": settings["territory"]}, own, base_dir=base_dir, key=key
            )
            where = register_label(name, file)
            for part in ("table", "quarantine"):
                rows = tables[part]["row"].to_numpy(dtype=np.int64)
                tables[part] = tables[part].assign(row=numbered(rows, province, where=where))
            cleaned.append(tables)
        except DampakError as error:
            problems += error.sentences
    if problems:
        raise DataError("\n".join(problems))
    parts = {part: pd.concat([tables[part] for tables in cleaned], ignore_index=True) for part in PARTS}
    return hold_against_each_other(parts, settings)


def join_provinces(
    files: Sequence[Path], tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Find families that are listed in two provinces, and account for every row of survey and registers.

    Parameters
    ----------
    files : sequence of Path
        `registers` of `clean_province`, one Parquet file per province.
    tables : mapping of DataFrame
        `ledger`, `quarantine`, `notes`, `rupiah` of all provinces below each other; `survey_ledger`,
        `survey_quarantine`.
    settings : mapping
        `registers` (name to programme), `excludes`.

    Returns
    -------
    dict of DataFrame
        `dropped`: `DROPPED_COLUMNS`, the rows of `files` that linkage leaves out; `ledger` and `quarantine` with those
        of the survey; `notes` and `rupiah`, one line per register (and problem).
    """
    found = _between_provinces(files, settings)
    ledgers, quarantines, money, dropped = [], [], [], []
    for name in settings["registers"]:
        own = _register(files, name)
        flags = found[found["register"] == name]
        ledger = Ledger()
        keep = ledger.sift(name, SELECT, own.index.to_numpy(dtype=np.int64), findings(flags, own.index))
        lines, before = ledger.table(), _summed_ledger(tables["ledger"], name, kept=len(own))
        if SELECT in before["stage"].to_numpy():
            lines = lines[lines["reason"] != NO_REASON]
        ledgers.append(pd.concat([before, lines], ignore_index=True))
        quarantines.append(ledger.quarantine())
        lost = total(own["amount"], ~keep)
        account = tables["rupiah"][tables["rupiah"]["register"] == name]
        # What all provinces declare together is known only where each declares something.
        sums = account[["in", "kept", "dropped", "declared"]].sum(skipna=False)
        money.append(
            {"register": name, **sums.to_dict(), "kept": sums["kept"] - lost, "dropped": sums["dropped"] + lost}
        )
        dropped.append(pd.DataFrame({"register": name, "row": own.index.to_numpy(dtype=np.int64)[~keep]}))
    quarantine = pd.concat([tables["quarantine"], *quarantines], ignore_index=True)
    notes = tables["notes"].groupby(["register", "problem"], as_index=False, sort=False)[["n"]].sum()
    return {
        "dropped": pd.concat(dropped, ignore_index=True)[DROPPED_COLUMNS],
        "ledger": pd.concat([tables["survey_ledger"], *ledgers], ignore_index=True),
        "quarantine": pd.concat(
            [tables["survey_quarantine"], quarantine.sort_values(["source", "row"], kind="stable")], ignore_index=True
        ),
        "notes": notes,
        "rupiah": pd.DataFrame(money),
    }


def _between_provinces(files: Sequence[Path], settings: Mapping[str, Any]) -> pd.DataFrame:
    """Rows at fault, with their register; in memory come only those that share a number with another of their aim."""
    programmes, excludes = dict(settings["registers"]), dict(settings["excludes"])
    # Programmes that exclude each other are searched together: `flags_between` tells them apart again.
    searched = dict(programmes)
    for name, others in excludes.items():
        for other in others:
            new, old = searched[name], searched[other]
            searched = {register: new if own == old else own for register, own in searched.items()}
    # Hashes of the numbers take a quarter of the memory; two numbers with one hash are told apart later.
    found = " union ".join(
        f"select rows.* from rows join (select searched, hash({number}) as value from rows where {number} is not null "
        f"group by all having count(*) > 1) as shared on rows.searched = shared.searched and "
        f"hash(rows.{number}) = shared.value where rows.{number} is not null"
        for number in ("nik", "kk")
    )
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.register("names", pd.DataFrame({"register": list(searched), "searched": list(searched.values())}))
        connection.read_parquet([str(path) for path in files]).create_view("tables")
        connection.execute("create temp view rows as select * from tables join names using (register)")
        rows = connection.execute(found).df()
    rows = rows.drop(columns="searched").sort_values(["register", "row"], kind="stable", ignore_index=True)
    flags = flags_between(rows.assign(programme=rows["register"].map(programmes)), excludes, list(programmes))
    place = flags["row"].to_numpy(dtype=np.int64)
    return flags.assign(register=rows["register"].to_numpy()[place], row=rows["row"].to_numpy(dtype=np.int64)[place])


def _register(files: Sequence[Path], name: str) -> pd.DataFrame:
    """Amounts of all rows of a register, indexed by row."""
    parts = [pd.read_parquet(path, columns=["row", "amount"], filters=[("register", "==", name)]) for path in files]
    return pd.concat(parts, ignore_index=True).set_index("row")


def _summed_ledger(ledger: pd.DataFrame, source: str, *, kept: int) -> pd.DataFrame:
    """The account of a source over all provinces, which keep `kept` rows in the end."""
    own = ledger[ledger["source"] == source]
    lines, left = [], kept + int(own["rows_dropped"].sum())
    for stage, of_stage in own.groupby("stage", sort=False):
        dropped = of_stage.groupby("reason", sort=False)["rows_dropped"].sum()
        for reason, count in dropped[dropped > 0].items() if dropped.any() else [(NO_REASON, 0)]:
            lines.append((source, stage, reason, left, left - int(count), int(count)))
            left -= int(count)
    return pd.DataFrame(lines, columns=LEDGER_COLUMNS)
