"""Clean a household survey: several files in, households and persons out, outcomes apart from the rest."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dampak.clean.ledger import Ledger
from dampak.clean.provincial import read_provinces
from dampak.clean.registers.files import with_hashes
from dampak.clean.registers.name_rules import name_rules
from dampak.clean.registers.rules import TABLES, read_name_tables
from dampak.clean.survey.areas import AREAS, area_table
from dampak.clean.survey.joining import joined
from dampak.clean.survey.roster import empty_roster, roster_of
from dampak.clean.survey.tables import canonical, with_row_numbers
from dampak.clean.survey.variables import aggregated, variables_of_households, variables_of_persons, with_definitions

FILES = ("households", "persons", "expenditure", "identities", AREAS)


def clean_survey_files(settings: Mapping[str, Any], *, base_dir: Path, key: bytes) -> dict[str, pd.DataFrame]:
    """Read and clean the survey of a study.

    Parameters
    ----------
    settings : mapping
        As `clean_survey`.
    base_dir : Path
        Folder that relative paths start from; has the tables of names in config/names.
    key : bytes
        Of the keyed hashes that stand for NIK and KK in the roster.

    Returns
    -------
    dict of DataFrame
        As `clean_survey`.
    """
    raw = {
        name: read_provinces(
            name, settings["survey"][name], base_dir, key="survey", provinces=settings["territory"]["provinces"]
        )
        for name in FILES
        if settings["survey"].get(name) is not None
    }
    tables = {name: pd.DataFrame(table) for name, table in read_name_tables(base_dir / "config" / "names").items()}
    found = clean_survey(raw, settings, name_tables={name: tables[name] for name in TABLES})
    return found | {"roster": with_hashes(found["roster"], key=key)}


def clean_survey(
    raw: Mapping[str, pd.DataFrame], settings: Mapping[str, Any], *, name_tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Clean, join and split the files of a survey.

    Parameters
    ----------
    raw : mapping
        File -> raw table, from `dampak.clean.readers.read_source`.
    settings : mapping
        Plain values. ``path``: the study, for messages. ``survey``: the files (``path``, ``reader``, ``options``,
        ``keep``) with their codebooks inlined, each joined by its whole number ``household_id``;
        ``household_id``, ``person_number``, ``kab_code``. ``territory``, ``aggregates``, ``household_variables``,
        ``person_variables``, ``design``. ``split``: {`households`, `persons`: {`design`, `outcomes`}}, names.
    name_tables : mapping
        Tables of names, see `read_name_tables`.

    Returns
    -------
    dict of DataFrame
        ``households`` (household_id, kab_code, area_code: that or the province's, design and other variables of
        ``split``, sorted by household_id) and ``persons`` (household_id, number, ...), both without outcomes;
        ``household_outcomes`` and ``person_outcomes`` with the same rows; ``roster`` (private, empty without
        identities); ``quarantine``, ``ledger``.

    Raises
    ------
    ConfigError, DataError
        If the files do not fit their codebooks or each other; a sentence that names file, column and remedy.
    """
    ledger, files = Ledger(), _files(raw, settings)
    raw = {name: with_row_numbers(table) for name, table in raw.items()}
    key, number = settings["survey"]["household_id"], settings["survey"]["person_number"]
    keys = {"households": [key], "persons": [key, number], "expenditure": [key], "identities": [key, number]}
    # A weight that the individual file repeats is not read there: a slip in a copy would cost a person.
    of_persons = variables_of_persons(settings)
    wanted: dict[str, Collection[str]] = {"persons": of_persons, "identities": ["kecamatan"]}
    named = of_persons | variables_of_households(settings)
    tables = joined(
        {
            name: area_table(raw[name], spec, ledger)
            if name == AREAS
            else canonical(name, raw[name], spec, used=wanted.get(name, named), key=keys[name], ledger=ledger)
            for name, spec in files.items()
        },
        settings,
        ledger,
    )
    households, persons, identities = tables["households"], tables["persons"], tables.get("identities")
    ids = households[key].to_numpy()
    home = np.searchsorted(ids, persons[key].to_numpy())
    path = settings["path"]
    made = aggregated(
        persons, home, len(ids), settings["aggregates"], known=households.columns, where=f"{path}: aggregates"
    )
    kab = households["kab_code"].to_numpy(dtype=np.int64)
    made["area_code"] = kab // 100 if settings["territory"].get("areas") == "province" else kab
    households = pd.concat([households.reset_index(drop=True), pd.DataFrame(made)], axis=1)
    households = with_definitions(households, settings["household_variables"], where=f"{path}: household_variables")
    own = persons.reset_index(drop=True)
    needed = of_persons | {"kab_code"}
    others = [name for name in households.columns if name in needed and name not in own.columns]
    own = pd.concat([own, households.iloc[home][others].reset_index(drop=True)], axis=1)
    own = with_definitions(own, settings["person_variables"], where=f"{path}: person_variables")
    roster = empty_roster()
    if identities is not None:
        roster = roster_of(
            raw["identities"].loc[identities.index],
            identities.reset_index(drop=True),
            own,
            files["identities"],
            rules=name_rules(dict(name_tables)),
            on=settings["territory"]["date"],
            key=(key, number),
        )
    split = settings["split"]
    return {
        "households": _picked(households, [key, "kab_code", "area_code"], split["households"]["design"]),
        "persons": _picked(own, [key, number], split["persons"]["design"]),
        "household_outcomes": _picked(households, [key], split["households"]["outcomes"]),
        "person_outcomes": _picked(own, [key, number], split["persons"]["outcomes"]),
        "roster": roster,
        "quarantine": ledger.quarantine(),
        "ledger": ledger.table(),
    }


def _files(raw: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: settings["survey"][name] for name in FILES if name in raw}


def _picked(table: pd.DataFrame, keys: list[str], names: list[str]) -> pd.DataFrame:
    return table[[*keys, *(name for name in names if name not in keys)]].reset_index(drop=True)
