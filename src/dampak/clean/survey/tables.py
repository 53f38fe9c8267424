"""One file of a survey as a table of canonical variables, its rows accounted for."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.codebook import convert, locate_columns, masked, raw_texts
from dampak.clean.ledger import Finding, Ledger
from dampak.clean.readers import read_table, reader_of, source_label, source_path
from dampak.clean.study import account_for_reading
from dampak.errors import ConfigError, DataError

BoolArray = npt.NDArray[np.bool_]


def survey_label(name: str, spec: Mapping[str, Any]) -> str:
    """How messages name a file of the survey."""
    return f"survey.{name}: {source_label(spec)}"


def read_survey_file(name: str, spec: Mapping[str, Any], base_dir: Path) -> pd.DataFrame:
    """Read the raw table of one file, as it is.

    Parameters
    ----------
    name : str
        `households`, `persons`, `expenditure`, `identities` or `areas`.
    spec : mapping
        ``path``, ``reader``, ``options``, ``codebook`` (for its ``encoding``).
    base_dir : Path
        Folder that relative paths start from.

    Raises
    ------
    DataError, ConfigError
        If the file is missing, empty, damaged or in another encoding, or an option does not exist.
    """
    return read_table(
        source_path(name, spec, base_dir, key="survey"),
        reader=reader_of(name, spec, key="survey"),
        label=survey_label(name, spec),
        options=spec.get("options") or {},
        encoding=spec["codebook"].get("encoding"),
    )


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
) -> pd.DataFrame:
    """Recode the used variables of one file, and set aside rows that break the codebook or have no key of their own.

    Parameters
    ----------
    name : str
        Of the file; the ledger's source is ``survey.<name>``.
    raw : DataFrame
        As read, index: 1-based row.
    spec : mapping
        ``path``, ``options``, ``codebook``.
    used : collection of str
        Canonical variables to convert; those that the codebook does not have belong to other files.
    key : sequence of str
        Whole numbers that identify a row.
    ledger : Ledger

    Returns
    -------
    DataFrame
        Index: row of the file. Keys are int64, other numbers float64, texts object.

    Raises
    ------
    ConfigError
        If the codebook has no key, or not as a whole number.
    DataError
        If columns are missing, a value has another type, or no row is left.
    """
    codebook, where, source = spec["codebook"], survey_label(name, spec), f"survey.{name}"
    for variable in key:
        if codebook["variables"].get(variable, {}).get("type") != "integer":
            raise ConfigError(
                f"{where}: its codebook has no whole number {variable!r}, by which the files of the survey are joined; "
                f"add it with `type: integer`, or correct `household_id` and `person_number` of the survey"
            )
    account_for_reading(source, raw, ledger)
    own = [*key, *sorted(variable for variable in used if variable in codebook["variables"] and variable not in key)]
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
    table = table[sift(ledger, source, "validate", table, findings)]
    twice = table.duplicated(list(key), keep="first").to_numpy(dtype=np.bool_)
    table = table[sift(ledger, source, "deduplicate", table, [Finding("duplicate_key", twice, columns[key[-1]])])]
    if table.empty:
        reasons = ", ".join(f"{count} {reason}" for reason, count in list(ledger.rows_dropped().items())[:3])
        raise DataError(f"{where}: no row is left after cleaning ({reasons}); correct the file or its codebook")
    return table.astype(dict.fromkeys(key, np.int64))


def sift(ledger: Ledger, source: str, stage: str, table: pd.DataFrame, findings: Sequence[Finding]) -> BoolArray:
    """Account for a stage of a table that is indexed by row; (n,) bool, the rows kept."""
    return ledger.sift(source, stage, table.index.to_numpy(dtype=np.int64), findings)
