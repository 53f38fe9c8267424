"""The files of a survey joined: households that all files have, and what the others say of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.expression import evaluate
from dampak.clean.ledger import Finding, Ledger
from dampak.clean.spelling import listing
from dampak.clean.survey.tables import BoolArray, SurveyTable, dropped, sift, survey_label
from dampak.clean.survey.variables import design_variables
from dampak.errors import ConfigError, DataError

# A kabupaten that the table of areas lacks has hundreds of households; fewer than this many are slips of a digit.
HOUSEHOLDS_OF_AN_AREA = 10


def joined(tables: Mapping[str, SurveyTable], settings: Mapping[str, Any], ledger: Ledger) -> dict[str, pd.DataFrame]:
    """Keep the households that every file has and the survey design needs, and of the other files what is theirs.

    Parameters
    ----------
    tables : mapping
        File -> cleaned table.
    settings : mapping
        As `clean_survey`.
    ledger : Ledger
        Stages ``join`` (all files) and ``complete_cases`` (households: the survey design).

    Returns
    -------
    dict of DataFrame
        ``households`` with columns of expenditure and areas, sorted by number; ``persons`` sorted by household and
        number; ``areas``; ``expenditure`` and ``identities`` where the survey has them. Index: row of the file.

    Raises
    ------
    ConfigError
        If a variable of the design is in no file of households.
    DataError
        If the files share no household, the survey is of another province, the table of areas lacks a kabupaten/kota
        of the survey, or weights are negative or all zero.
    """
    key, number = settings["survey"]["household_id"], settings["survey"]["person_number"]
    _require_common(tables, settings, key)
    households, areas = _joined_households(tables, settings, ledger, key)
    found = {"households": households, "areas": areas}
    for name in ("persons", "expenditure", "identities"):
        if name not in tables:
            continue
        own = tables[name].rows
        reasons = [
            Finding("no_household", ~_in(own[key], tables["households"].keys[key])),
            Finding("household_set_aside", ~_in(own[key], households[key])),
        ]
        if name == "identities":
            reasons += _without_person(own, tables["persons"], found["persons"], [key, number])
        kept = own[sift(ledger, f"survey.{name}", "join", own, reasons)]
        found[name] = kept.sort_values([key, number], kind="stable") if name == "persons" else kept
    return found


def place_of_person(table: pd.DataFrame, persons: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.int64]:
    """Find the person of each row.

    Parameters
    ----------
    table : (n, p) DataFrame
        With `keys`, whole numbers.
    persons : (m, q) DataFrame
        Sorted by `keys`, each pair once.
    keys : list of str
        Household and number.

    Returns
    -------
    (n,) int
        Position in `persons`, -1 where there is none.
    """
    household, number = keys
    ids = np.unique(persons[household].to_numpy())
    low, high = int(persons[number].min()), int(persons[number].max())
    width = high - low + 1
    known = np.searchsorted(ids, persons[household]) * width + (persons[number].to_numpy() - low)
    home = np.minimum(np.searchsorted(ids, table[household]), len(ids) - 1)
    numbers = table[number].to_numpy()
    asked = home * width + (numbers - low)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    exists = (ids[home] == table[household].to_numpy()) & (numbers >= low) & (numbers <= high)
    return np.where(exists & (known[place] == asked), place, -1)


def _joined_households(
    tables: Mapping[str, SurveyTable], settings: Mapping[str, Any], ledger: Ledger, key: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    households, areas = tables["households"].rows, tables["areas"].rows
    where = survey_label("households", settings["survey"]["households"])
    code = evaluate(settings["survey"]["kab_code"], households, where=f"{settings['path']}: survey: kab_code")
    known = np.isin(code, areas["kab_code"].to_numpy())
    _require_areas(code[~known], where, settings)
    if not known.any():
        raise DataError(_elsewhere(code, where, areas, settings))
    findings = [Finding("missing_area", np.isnan(code)), Finding("outside_areas", ~known)]
    for name, reason in (("persons", "no_person"), ("expenditure", "no_expenditure")):
        if name in tables:
            findings.append(Finding(reason, ~_in(households[key], tables[name].keys[key])))
            findings.append(Finding(f"{name}_set_aside", ~_in(households[key], tables[name].rows[key])))
    kept = sift(ledger, "survey.households", "join", households, findings)
    if not kept.any():
        reasons = ", ".join(f"{count} {reason}" for reason, count in dropped(ledger, "survey.households").items())
        raise DataError(f"{where}: no household is left after joining the files ({reasons}); correct them")
    found = households[kept].assign(kab_code=code[kept].astype(np.int64))
    if "expenditure" in tables:
        found = _beside(found, tables["expenditure"].rows, key)
    found = _beside(found, areas, "kab_code")
    found = found[sift(ledger, "survey.households", "complete_cases", found, _of_design(found, settings, where))]
    return found.sort_values(key, kind="stable"), areas


def _of_design(households: pd.DataFrame, settings: Mapping[str, Any], where: str) -> list[Finding]:
    """Households that stand for nobody, or whose place in the design is unknown."""
    design = design_variables(settings)
    for role, name in design.items():
        if name not in households.columns:
            raise ConfigError(
                f"{settings['path']}: design: {role}: {name!r} is in no codebook of households, expenditure or areas; "
                "name a variable of households"
            )
    weight = design["weight"]
    column = _column_of(weight, settings)
    w = households[weight].to_numpy(dtype=np.float64)
    if (w < 0).any():
        row = households.index[w < 0].min()
        raise DataError(
            f"{where}: column {column!r}: the survey weight is negative in {int((w < 0).sum())} rows, first in row "
            f"{row}; weights are positive: correct it or add it to missing_codes"
        )
    if not (w > 0).any():
        raise DataError(
            f"{where}: column {column!r}: no household has a survey weight above 0, so nobody is represented; name the "
            "column that holds the weight in the codebook"
        )
    findings = [Finding("zero_weight", w == 0, column, pd.Series("0", index=households.index, dtype=object))]
    for role, name in design.items():
        missing = households[name].isna().to_numpy(dtype=np.bool_)
        findings.append(Finding(f"missing_{role}", missing, _column_of(name, settings)))
    return findings


def _column_of(variable: str, settings: Mapping[str, Any]) -> str:
    """Raw column of a variable of households."""
    for name in ("households", "expenditure", "areas"):
        spec = settings["survey"].get(name)
        if spec is not None and variable in spec["codebook"]["variables"]:
            return str(spec["codebook"]["variables"][variable].get("column") or variable)
    return variable


def _in(values: pd.Series, others: pd.Series) -> BoolArray:
    return np.isin(values.to_numpy(), others.to_numpy())


def _beside(left: pd.DataFrame, right: pd.DataFrame, key: str) -> pd.DataFrame:
    """Columns of another table beside a table whose keys it all has; columns that both have stay the left's."""
    at = pd.Index(right[key]).get_indexer(pd.Index(left[key]))
    new = [name for name in right.columns if name not in left.columns]
    return left.assign(**{name: right[name].to_numpy()[at] for name in new})


def _without_person(
    identities: pd.DataFrame, persons: SurveyTable, kept: pd.DataFrame, keys: list[str]
) -> list[Finding]:
    """Identities of nobody in the individual file, and of persons whom it has but who are set aside."""
    alone = place_of_person(identities, kept, keys) < 0
    nobody = alone.copy()
    if alone.any():
        listed = pd.MultiIndex.from_frame(persons.keys[keys])
        nobody[alone] = ~pd.MultiIndex.from_frame(identities.loc[alone, keys]).isin(listed)
    return [Finding("no_person", nobody), Finding("person_set_aside", alone)]


def _require_common(tables: Mapping[str, SurveyTable], settings: Mapping[str, Any], key: str) -> None:
    """Refuse files that have no household in common: another year, or another numbering."""
    ids = tables["households"].keys[key]
    for name in ("persons", "expenditure", "identities"):
        if name in tables and not _in(tables[name].keys[key], ids).any():
            where = survey_label(name, settings["survey"][name])
            raise DataError(
                f"{where}: none of its households is in {settings['survey']['households']['path']}"
                f" (first numbers: {_first(tables[name].keys[key])} here, {_first(ids)} there); the two are not of one "
                f"survey, or {key!r} is another column: correct the path or the codebook"
            )


def _first(ids: pd.Series) -> str:
    return ", ".join(map(str, ids.iloc[:2].tolist()))


def _require_areas(code: npt.NDArray[np.float64], where: str, settings: Mapping[str, Any]) -> None:
    """Refuse a table of areas that lacks a kabupaten/kota of the province in which the survey has households."""
    codes, counts = np.unique(code[np.isfinite(code)], return_counts=True)
    provinces = [int(province) for province in settings["territory"]["provinces"]]
    own = np.isin(codes // 100, provinces) & (counts >= HOUSEHOLDS_OF_AN_AREA)
    if own.any():
        spec = settings["survey"]["areas"]
        lacking = listing((f"{int(area)} ({n} households)" for area, n in zip(codes[own], counts[own], strict=True)))
        raise DataError(
            f"{survey_label('areas', spec)} has no row for kab_code {lacking} of {where}; add its row with its poverty "
            "line, or leave its households out with `keep` of survey.households"
        )


def _elsewhere(code: npt.NDArray[np.float64], where: str, areas: pd.DataFrame, settings: Mapping[str, Any]) -> str:
    there = sorted({f"{int(value) // 100:02d}" for value in code[np.isfinite(code)]})
    own = listing(settings["territory"]["provinces"], limit=5)
    return (
        f"{where}: no household lies in the areas of {settings['survey']['areas']['path']}"
        f" (province {own}): they are of province {listing(there, limit=5) or 'unknown'};"
        f" name the survey of the right province, or correct `kab_code` ({len(areas)} areas are known)"
    )
