"""What the cleaning of every register of a study has in common: names, drop reasons, areas, the reference day."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.clean.registers.drop_reasons import drop_reasons
from dampak.clean.registers.name_rules import NameRules, name_rules
from dampak.errors import ConfigError

TABLES = ("variants", "words", "spelling", "sounds", "drop_reasons")


@dataclass(frozen=True)
class RegisterRules:
    """Rules that hold for every register of a study; made by `register_rules`.

    Parameters
    ----------
    names : NameRules
    reasons : DataFrame
        From `drop_reasons`.
    areas : mapping
        Code (4 digits) -> official name of the kabupaten/kota of the study; a name that is empty is not looked for.
    on : date
        Day to which the registers refer.
    nik_areas : collection of str
        All codes of the province, where a NIK or KK number with another code of it is not valid; empty for no check.
    """

    names: NameRules
    reasons: pd.DataFrame
    areas: Mapping[int, str]
    on: datetime.date
    nik_areas: Collection[str] = ()


def register_rules(settings: Mapping[str, Any]) -> RegisterRules:
    """Build the rules from plain settings.

    Parameters
    ----------
    settings : mapping
        ``area``: ``kab_codes`` (codes of four digits), ``date`` (ISO), optionally ``kab_names`` (code -> name, without
        which areas are read by code only) and ``nik_areas``. ``names``: from `read_name_tables`.

    Raises
    ------
    ConfigError
        If a table of names or reasons is faulty.
    """
    area, tables = settings["area"], {name: pd.DataFrame(table) for name, table in settings["names"].items()}
    names = {int(code): str(name) for code, name in (area.get("kab_names") or {}).items()}
    return RegisterRules(
        names=name_rules(tables),
        reasons=drop_reasons(tables["drop_reasons"]),
        areas={int(code): names.get(int(code), "") for code in area["kab_codes"]},
        on=datetime.date.fromisoformat(str(area["date"])),
        nik_areas=tuple(str(code) for code in area.get("nik_areas") or ()),
    )


def read_name_tables(folder: Path, *, label: str = "config/names") -> dict[str, dict[str, list[str]]]:
    """Read the tables of names and of drop reasons as plain values, for the settings of the stage.

    Parameters
    ----------
    folder : Path
        With ``variants.csv``, ``words.csv``, ``spelling.csv``, ``sounds.csv`` and ``drop_reasons.csv``.
    label : str
        How messages name the folder.

    Returns
    -------
    dict
        Table -> column -> values.

    Raises
    ------
    ConfigError
        If a file is missing or is not a table of text.
    """
    tables = {}
    for name in TABLES:
        try:
            table = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        except FileNotFoundError as error:
            raise ConfigError(f"{label}/{name}.csv is missing; registers cannot be read without it") from error
        except ValueError as error:
            raise ConfigError(f"{label}/{name}.csv is not a table of text: {error}") from error
        tables[name] = {str(column): values.tolist() for column, values in table.items()}
    return tables
