"""One file of a survey as a table of canonical variables, its rows accounted for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.cells import cell_text
from dampak.clean.codebook import convert, locate_columns, masked, raw_texts
from dampak.clean.expression import evaluate, names_in
from dampak.clean.ledger import Finding, Ledger
from dampak.clean.readers import source_label
from dampak.clean.spelling import listing
from dampak.clean.study import account_for_reading
from dampak.errors import ConfigError, DataError

BoolArray = npt.NDArray[np.bool_]
# Above it not every whole number is a float64; and NIK and KK, which have 16 digits, number no household.
LARGEST_KEY = 10**15


@dataclass(frozen=True)
class SurveyTable:
    """A cleaned file of a survey.

    Parameters
    ----------
    rows : DataFrame
        Index: row of the file. Keys are int64, other numbers float64, texts object (``None`` where missing).
    keys : DataFrame of int64
        Keys of all rows of the file, those that are set aside too, where they can be read.
    """

    rows: pd.DataFrame
    keys: pd.DataFrame


def survey_label(name: str, spec: Mapping[str, Any]) -> str:
    """How messages name a file of the survey."""
    return f"survey.{name}: {source_label(spec)}"


def with_row_numbers(raw: pd.DataFrame) -> pd.DataFrame:
    """Number the rows of a table from 1, as the readers do, where they are not."""
    if raw.index.name == "row":
        return raw
    return raw.set_axis(pd.RangeIndex(1, len(raw) + 1, name="row"), axis=0)


def canonical(
    name: str,
    raw: pd.DataFrame,
    spec: Mapping[str, Any],
    *,
    used: Collection[str],
    key: Sequence[str],
    ledger: Ledger,
) -> SurveyTable:
    """Recode the used variables of one file, and set aside rows that break the codebook or have no key of their own.

    Of rows that are equal in every column the first is kept. Different rows with one key are all set aside: nothing
    says which of them the other files mean.

    Parameters
    ----------
    name : str
        Of the file; the ledger's source is ``survey.<name>``, its stages ``read``, ``validate``, ``deduplicate`` and,
        where the source has a `keep`, ``select``.
    raw : DataFrame
        As read, index: 1-based row.
    spec : mapping
        ``path``, ``options``, ``codebook``, ``keep`` (expression over variables of this file).
    used : collection of str
        Canonical variables to convert; those that the codebook does not have belong to other files.
    key : sequence of str
        Whole numbers that identify a row.
    ledger : Ledger

    Raises
    ------
    ConfigError
        If the codebook has no key, or not as a whole number.
    DataError
        If columns are missing, a value has another type, keys are too long, or no row is left.
    """
    codebook, where, source = spec["codebook"], survey_label(name, spec), f"survey.{name}"
    for variable in key:
        if codebook["variables"].get(variable, {}).get("type") != "integer":
            raise ConfigError(
                f"{where}: its codebook has no whole number {variable!r}, by which the files of the survey are joined; "
                f"add it with `type: integer`, or correct `household_id` and `person_number` of the survey"
            )
    account_for_reading(source, raw, ledger)
    if raw.empty:
        raise DataError(f"{where} holds no rows; name the file that holds the data, or copy it again")
    keep = str(spec["keep"]) if spec.get("keep") else ""
    chosen = {*used, *names_of_file(keep, codebook)}
    own = [*key, *sorted(variable for variable in chosen if variable in codebook["variables"] and variable not in key)]
    _require_edition(raw, spec, own, key, where=where, name=name)
    columns = locate_columns(raw.columns, codebook, needed=own, where=where)
    options = spec.get("options") or {}
    texts = raw_texts(raw, {variable: columns[variable] for variable in own})
    table, findings = convert(
        raw,
        texts,
        codebook,
        variables=own,
        columns=columns,
        where=where,
        decimal=options.get("decimal") or ".",
        thousands=options.get("thousands"),
    )
    for variable in key:
        shown = masked(texts[variable], codebook["variables"][variable])
        missing = table[variable].isna().to_numpy(dtype=np.bool_)
        findings.append(Finding(f"missing_key: {variable}", missing, columns[variable], shown))
        _require_exact(table[variable], where, columns[variable])
    readable = table[list(key)].dropna()
    # A number with decimals identifies nothing; such rows go in `validate`.
    keys = readable[(readable == np.floor(readable)).all(axis=1)].astype(np.int64)
    table = table[sift(ledger, source, "validate", table, findings)]
    shown = masked(texts[key[-1]], codebook["variables"][key[-1]]).loc[table.index]
    table = table[sift(ledger, source, "deduplicate", table, _repeated(table, raw, key, columns[key[-1]], shown))]
    if keep:
        value = evaluate(keep, table, where=f"{where}: keep")
        left_out = Finding(f"not_selected: {keep}", np.isnan(value) | (value == 0))
        table = table[sift(ledger, source, "select", table, [left_out])]
    if table.empty:
        reasons = ", ".join(f"{count} {reason}" for reason, count in dropped(ledger, source).items())
        raise DataError(f"{where}: no row is left after cleaning ({reasons}); correct the file or its codebook")
    return SurveyTable(table.astype(dict.fromkeys(key, np.int64)), keys)


def names_of_file(expression: str, codebook: Mapping[str, Any]) -> list[str]:
    """Variables of a codebook that an expression names; none for an empty expression."""
    return [name for name in names_in(expression) if name in codebook["variables"]] if expression else []


def sift(ledger: Ledger, source: str, stage: str, table: pd.DataFrame, findings: Sequence[Finding]) -> BoolArray:
    """Account for a stage of a table that is indexed by row; (n,) bool, the rows kept."""
    return ledger.sift(source, stage, table.index.to_numpy(dtype=np.int64), findings)


def dropped(ledger: Ledger, source: str) -> dict[str, int]:
    """The three reasons for which most rows of a file were set aside, with their counts."""
    table = ledger.table()
    counts = table[table["source"] == source].groupby("reason", sort=False)["rows_dropped"].sum()
    counts = counts[counts > 0].sort_values(ascending=False, kind="stable")
    return {str(reason): int(count) for reason, count in counts.iloc[:3].items()}


def _require_edition(
    raw: pd.DataFrame, spec: Mapping[str, Any], own: Sequence[str], key: Sequence[str], *, where: str, name: str
) -> None:
    """Refuse a file that lacks its key or several columns of its codebook: surveys are numbered anew each year."""
    codebook, book = spec["codebook"], f"codebook {spec.get('codebook_name') or ''}".rstrip()
    column = {variable: str(about.get("column") or variable) for variable, about in codebook["variables"].items()}
    wanted = [
        variable for variable in column if codebook["variables"][variable].get("required", True) or variable in own
    ]
    present = [str(there) for there in raw.columns]
    missing = [variable for variable in wanted if column[variable] not in present]
    # One or two are misspelt, and a single column is a wrong delimiter: `locate_columns` has better sentences for both.
    if len(present) > 1 and (len(missing) > 2 or set(missing) & set(key)):
        lacking = listing((column[variable] for variable in missing), limit=8)
        raise DataError(
            f"{where} lacks {len(missing)} of {len(wanted)} columns of its {book}: {lacking}; its columns are"
            f" {listing(present, limit=8)}; the codebook is of another year or file: name the one of this file in"
            f" `codebook` of survey.{name}, or correct `column` in it"
        )


def _require_exact(values: pd.Series, where: str, column: str) -> None:
    """Refuse numbers of which a float64 may not hold every digit: two households would become one."""
    long = (values.abs() >= LARGEST_KEY).to_numpy()
    if long.any():
        row = values.index[int(np.argmax(long))]
        raise DataError(
            f"{where}: column {column!r}: row {row} holds a number of more than 15 digits, which cannot be told from "
            "its neighbours; number the households with at most 15 digits"
        )


def _repeated(
    table: pd.DataFrame, raw: pd.DataFrame, key: Sequence[str], column: str, shown: pd.Series
) -> list[Finding]:
    """Rows that repeat an earlier row in full, and rows that share a key without being equal."""
    twice = table.duplicated(list(key), keep=False).to_numpy(dtype=np.bool_)
    copies = np.zeros(len(table), dtype=np.bool_)
    shared = copies.copy()
    if twice.any():
        cells = raw.loc[table.index[twice]].apply(cell_text)
        copies[twice] = cells.where(cells.notna(), "\x00").duplicated(keep="first").to_numpy(dtype=np.bool_)
        left = table.loc[~copies, list(key)]
        shared[~copies] = left.duplicated(keep=False).to_numpy(dtype=np.bool_)
    return [Finding("duplicate_row", copies, column, shown), Finding("shared_key", shared, column, shown)]
