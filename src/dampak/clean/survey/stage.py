"""Clean a household survey: several files in, households and persons out, outcomes apart from the rest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.expression import evaluate
from dampak.clean.ledger import Finding, Ledger
from dampak.clean.registers.files import with_hashes
from dampak.clean.registers.name_rules import name_rules
from dampak.clean.registers.rules import TABLES, read_name_tables
from dampak.clean.spelling import listing
from dampak.clean.survey.roster import roster_of
from dampak.clean.survey.tables import canonical, read_survey_file, sift, survey_label, with_row_numbers
from dampak.clean.survey.variables import aggregated, used_variables, with_definitions
from dampak.errors import DataError

BoolArray = npt.NDArray[np.bool_]
FILES = ("households", "persons", "expenditure", "identities", "areas")


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
        name: read_survey_file(name, settings["survey"][name], base_dir)
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
        File -> raw table, from `read_survey_file`.
    settings : mapping
        Plain values. ``path``: the study, for messages. ``survey``: the files with their codebooks inlined,
        ``household_id``, ``person_number``, ``kab_code``. ``territory``, ``aggregates``, ``household_variables``,
        ``person_variables``, ``design``. ``split``: {`households`, `persons`: {`design`, `outcomes`}}, names.
    name_tables : mapping
        Tables of names, see `read_name_tables`.

    Returns
    -------
    dict of DataFrame
        ``households`` (household_id, kab_code, design and other variables of ``split``, sorted by household_id) and
        ``persons`` (household_id, number, ...), both without outcomes; ``household_outcomes`` and ``person_outcomes``
        with the same rows; ``areas``; ``roster`` (private, empty without identities); ``quarantine``, ``ledger``.

    Raises
    ------
    ConfigError, DataError
        If the files do not fit their codebooks or each other; a sentence that names file, column and remedy.
    """
    ledger, files = Ledger(), _files(raw, settings)
    raw = {name: with_row_numbers(table) for name, table in raw.items()}
    key, number = settings["survey"]["household_id"], settings["survey"]["person_number"]
    used = used_variables(settings)
    keys = {"households": [key], "persons": [key, number], "expenditure": [key], "areas": ["kab_code"]}
    keys["identities"] = [key, number]
    # Of the areas everything is wanted: their names, by which registers call them, and published figures.
    wanted = {"identities": ["kecamatan"], "areas": list(files["areas"]["codebook"]["variables"])}
    tables = {
        name: canonical(name, raw[name], spec, used=wanted.get(name, used), key=keys[name], ledger=ledger)
        for name, spec in files.items()
    }
    for name in ("households", "persons"):
        tables[name] = tables[name].sort_values(keys[name], kind="stable")
    tables = _joined(tables, settings, ledger, key=key)
    households, persons, identities = tables["households"], tables["persons"], tables.get("identities")
    ids = households[key].to_numpy()
    home = np.searchsorted(ids, persons[key].to_numpy())
    path = settings["path"]
    made = aggregated(persons, home, len(ids), settings["aggregates"], where=f"{path}: aggregates")
    households = pd.concat([households.reset_index(drop=True), pd.DataFrame(made)], axis=1)
    households = with_definitions(households, settings["household_variables"], where=f"{path}: household_variables")
    own = persons.reset_index(drop=True)
    others = [name for name in households.columns if name not in own.columns]
    own = pd.concat([own, households.iloc[home][others].reset_index(drop=True)], axis=1)
    own = with_definitions(own, settings["person_variables"], where=f"{path}: person_variables")
    roster = pd.DataFrame()
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
        "households": _picked(households, [key, "kab_code"], split["households"]["design"]),
        "persons": _picked(own, [key, number], split["persons"]["design"]),
        "household_outcomes": _picked(households, [key], split["households"]["outcomes"]),
        "person_outcomes": _picked(own, [key, number], split["persons"]["outcomes"]),
        "areas": tables["areas"].reset_index(drop=True),
        "roster": roster,
        "quarantine": ledger.quarantine(),
        "ledger": ledger.table(),
    }


def _files(raw: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: settings["survey"][name] for name in FILES if name in raw}


def _picked(table: pd.DataFrame, keys: list[str], names: list[str]) -> pd.DataFrame:
    return table[[*keys, *(name for name in names if name not in keys)]].reset_index(drop=True)


def _joined(
    tables: dict[str, pd.DataFrame], settings: Mapping[str, Any], ledger: Ledger, *, key: str
) -> dict[str, pd.DataFrame]:
    """Keep the households that every file has, and of the other files what belongs to them."""
    households, persons, areas = tables["households"], tables["persons"], tables["areas"]
    where = survey_label("households", settings["survey"]["households"])
    spending = tables.get("expenditure")
    _require_common(tables, settings, key)
    expression = settings["survey"]["kab_code"]
    code = evaluate(expression, households.astype({key: float}), where=f"{settings['path']}: survey: kab_code")
    known = np.isin(code, areas["kab_code"].to_numpy())
    if not known.any():
        raise DataError(_elsewhere(code, where, areas, settings))
    weight = settings["design"]["weight"]
    column = settings["survey"]["households"]["codebook"]["variables"].get(weight, {}).get("column", weight)
    w = households[weight].to_numpy(dtype=np.float64)
    if (w < 0).any():
        row = households.index[w < 0].min()
        raise DataError(f"{where}: column {column!r}: the survey weight is negative in row {row}; weights are positive")
    if not (w > 0).any():
        raise DataError(
            f"{where}: column {column!r}: no household has a survey weight above 0, so nobody is represented; name the "
            "column that holds the weight in the codebook"
        )
    design = [name for role in ("strata", "psu", "population") if (name := settings["design"].get(role))]
    findings = [
        Finding("zero_weight", w == 0, column),
        *(_missing(f"missing_design: {name}", households[name]) for name in (weight, *design)),
        Finding("outside_areas", ~known),
        Finding("no_person", ~np.isin(households[key], persons[key])),
    ]
    if spending is not None:
        findings.append(Finding("no_expenditure", ~np.isin(households[key], spending[key])))
    kept = sift(ledger, "survey.households", "join", households, findings)
    joined = households[kept].assign(kab_code=code[kept].astype(np.int64))
    if spending is not None:
        joined = _beside(joined, spending, key)
    joined = _beside(joined, areas, "kab_code")
    found = {"households": joined.sort_values(key, kind="stable"), "areas": areas}
    for name in ("persons", "expenditure", "identities"):
        if name not in tables:
            continue
        own = tables[name]
        there = np.isin(own[key], joined[key])
        reasons = [
            Finding("no_household", ~np.isin(own[key], households[key])),
            Finding("household_set_aside", ~there),
        ]
        if name == "identities":
            reasons.append(Finding("no_person", ~_pairs_in(own, found["persons"], settings)))
        found[name] = own[sift(ledger, f"survey.{name}", "join", own, reasons)]
    return found


def _missing(reason: str, values: pd.Series) -> Finding:
    return Finding(reason, values.isna().to_numpy(dtype=np.bool_), str(values.name))


def _beside(left: pd.DataFrame, right: pd.DataFrame, key: str) -> pd.DataFrame:
    """Columns of another table beside a table whose keys it all has; columns that both have stay the left's."""
    at = pd.Index(right[key]).get_indexer(pd.Index(left[key]))
    new = [name for name in right.columns if name not in left.columns]
    return left.assign(**{name: right[name].to_numpy()[at] for name in new})


def _pairs_in(table: pd.DataFrame, persons: pd.DataFrame, settings: Mapping[str, Any]) -> BoolArray:
    names = [settings["survey"]["household_id"], settings["survey"]["person_number"]]
    known = pd.MultiIndex.from_frame(persons[names])
    return np.asarray(pd.MultiIndex.from_frame(table[names]).isin(known), dtype=np.bool_)


def _require_common(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any], key: str) -> None:
    """Refuse files that have no household in common: another year, or another numbering."""
    ids = tables["households"][key]
    for name in ("persons", "expenditure", "identities"):
        if name in tables and not np.isin(tables[name][key], ids).any():
            where = survey_label(name, settings["survey"][name])
            raise DataError(
                f"{where}: none of its households is in {settings['survey']['households']['path']}; the two are not of "
                f"one survey, or `{key}` is another column: correct the path or the codebook"
            )


def _elsewhere(
    code: npt.NDArray[np.float64], where: str, areas: pd.DataFrame, settings: Mapping[str, Any]
) -> str:  # fmt: skip
    there = sorted({f"{int(value) // 100:02d}" for value in code[np.isfinite(code)]})
    return (
        f"{where}: no household lies in the areas of {settings['survey']['areas']['path']}"
        f" (province {settings['territory']['province']}): they are of province {listing(there, limit=5) or 'unknown'};"
        f" name the survey of the right province, or correct `kab_code` ({len(areas)} areas are known)"
    )
