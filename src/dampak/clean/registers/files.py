"""The jobs of cleaning registers: one per file, then one that holds them against each other.

What leaves a job has no NIK and no KK: keyed hashes stand for them. Names and birth dates stay until linkage.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.clean.registers.cleaned import CleanedRegister
from dampak.clean.registers.pseudonyms import keyed_hash
from dampak.clean.registers.rules import read_name_tables
from dampak.clean.registers.stage import clean_listed, join_listed, read_register

PARTS = ("table", "quarantine", "ledger", "notes", "rupiah")


def clean_register_file(
    settings: Mapping[str, Any], areas: pd.DataFrame, *, base_dir: Path, key: bytes
) -> dict[str, pd.DataFrame]:
    """Read and clean one register.

    Parameters
    ----------
    settings : mapping
        `register` (its name), `spec` (its source with the codebook inlined), `territory` (province, date).
    areas : DataFrame
        `kab_code`, `area_name` of the study's kabupaten/kota.
    base_dir : Path
        Folder that relative paths start from.
    key : bytes
        Of the keyed hashes.

    Returns
    -------
    dict of DataFrame
        The parts of `CleanedRegister`; NIK and KK of the table are keyed hashes.
    """
    name, spec = str(settings["register"]), settings["spec"]
    codes = areas["kab_code"].astype(int)
    own = {
        "registers": {name: spec},
        "area": {
            "kab_codes": codes.tolist(),
            "kab_names": dict(zip(codes.astype(str), areas["area_name"].astype(str), strict=True)),
            "date": settings["territory"]["date"],
        },
        "names": read_name_tables(base_dir / "config" / "names"),
    }
    tables = clean_listed(read_register(name, spec, base_dir), name, own).tables()
    tables["table"] = with_hashes(tables["table"], key=key)
    return tables


def with_hashes(table: pd.DataFrame, *, key: bytes) -> pd.DataFrame:
    """Replace NIK and KK numbers by keyed hashes, the same in registers and survey."""
    return table.assign(**{number: keyed_hash(table[number], key=key, purpose=number) for number in ("nik", "kk")})


def join_register_files(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Hold the registers against each other and join the accounts of registers and survey.

    Parameters
    ----------
    tables : mapping of DataFrame
        As `hold_against_each_other`; `survey_ledger`, `survey_quarantine`.
    settings : mapping
        As `hold_against_each_other`.

    Returns
    -------
    dict of DataFrame
        As `hold_against_each_other`, the accounts of the survey first.
    """
    joined = hold_against_each_other(tables, settings)
    for part in ("ledger", "quarantine"):
        joined[part] = pd.concat([tables[f"survey_{part}"], joined[part]], ignore_index=True)
    return joined


def hold_against_each_other(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Find families that are listed twice in a programme, or in two that exclude each other.

    Parameters
    ----------
    tables : mapping of DataFrame
        `PARTS` of all registers below each other.
    settings : mapping
        registers (name to programme), excludes, path.

    Returns
    -------
    dict of DataFrame
        `registers` (private), `ledger`, `quarantine`, `notes`, `rupiah`.
    """
    cleaned = {
        name: CleanedRegister(**{part: _of(tables[part], name) for part in PARTS}) for name in settings["registers"]
    }
    specs = {
        name: {"programme": programme, "excludes": settings["excludes"].get(name, [])}
        for name, programme in settings["registers"].items()
    }
    return join_listed(cleaned, {"registers": specs, "path": settings["path"]})


def _of(table: pd.DataFrame, register: str) -> pd.DataFrame:
    """Rows of one register."""
    column = "register" if "register" in table.columns else "source"
    return table[table[column] == register].reset_index(drop=True)
