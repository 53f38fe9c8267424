"""The columns of a register: found by name as offices write them, below a title if there is one."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from dampak.clean.cells import cell_text
from dampak.clean.spelling import listing, suggestion
from dampak.errors import ConfigError, DataError

IDENTITY = ("nik", "kk", "name")
# Titles, logos and the name of the office stand above the header of a printed list.
_TITLE_ROWS = 30
_VALUES = re.compile(r"[0-9]{6}|^[\W\d]+$")


def plain_name(column: object) -> str:
    """Letters and digits of a column's name, in lower case: ``Tanggal_Lahir`` and ``TANGGAL LAHIR.`` are one."""
    return re.sub(r"[\W_]+", "", str(column).casefold())


def register_columns(raw_columns: Iterable[object], codebook: Mapping[str, Any], *, where: str) -> dict[str, str]:
    """Find the raw column of each variable: by its exact name, else by its letters and digits.

    Parameters
    ----------
    raw_columns : iterable of str
        Columns of the file.
    codebook : mapping
        With ``variables``: canonical name -> {``column``, ``required``, ...}.
    where : str
        Register and file, for messages.

    Returns
    -------
    dict
        Canonical name -> raw column, without optional columns that the file does not have.

    Raises
    ------
    ConfigError
        If the codebook has none of NIK, KK number and name.
    DataError
        If a required column is missing, or two columns could be it. The columns of the file are listed only where they
        are names: a file without a header has persons in their place.
    """
    if not any(name in codebook["variables"] for name in IDENTITY):
        raise ConfigError(
            f"{where}: the codebook has none of the variables {listing(IDENTITY)}, and a register without them names"
            " nobody; add the one that the file has"
        )
    known = [str(column) for column in raw_columns]
    by_name: dict[str, list[str]] = {}
    for column in known:
        by_name.setdefault(plain_name(column), []).append(column)
    found, missing = {}, []
    for name, variable in codebook["variables"].items():
        column = str(variable.get("column") or name)
        close = [column] if column in known else by_name.get(plain_name(column), [])
        if len(close) > 1:
            raise DataError(
                f"{where}: the columns {listing(map(repr, close))} could all be {column!r} (codebook variable"
                f" {name!r}); write one of them exactly in the codebook"
            )
        if close:
            found[name] = close[0]
        elif variable.get("required", True):
            missing.append((name, column))
    if missing:
        raise DataError(_missing_sentence(missing, known, where))
    return found


def _missing_sentence(missing: list[tuple[str, str]], known: list[str], where: str) -> str:
    names = listing((f"{column!r} (codebook variable {name!r})" for name, column in missing), limit=4)
    start = f"{where} has no column {names}"
    if any(_VALUES.search(column) for column in known):
        return (
            f"{start}: the row that was taken for the header holds values, not names; correct `skip_rows`, or put the"
            " header back above the data"
        )
    remedy = "use the codebook of this register and year, or correct `column` in it"
    if len(known) == 1 and (marks := [mark for mark in ";\t|," if mark in known[0]]):
        remedy = f"the file looks separated by {marks[0]!r}: set `options: {{delimiter: {marks[0]!r}}}`"
    return f"{start}{suggestion(missing[0][1], known)}; its columns are {listing(known)}; {remedy}"


def below_title(raw: pd.DataFrame, codebook: Mapping[str, Any], *, skip_rows: int | None, where: str) -> pd.DataFrame:
    """Find the header of a table that was read with its title on top.

    A row is the header if it names at least half of the required columns of the codebook, two or more, and more than
    the row that was taken for it; no row of data can do that. Whether it names them all is for `register_columns`.

    Parameters
    ----------
    raw : (n, p) DataFrame
        As read; index: 1-based row below the row that was taken for the header.
    codebook : mapping
    skip_rows : int or None
        What the study says; then the header must be there.
    where : str
        Register and file, for messages.

    Returns
    -------
    (m, p) DataFrame
        `raw` itself, or the rows below the header that was found, numbered from 1.

    Raises
    ------
    DataError
        If the study gives `skip_rows`, but the header is in another row; or if its names repeat.
    """
    required = {
        plain_name(variable.get("column") or name)
        for name, variable in codebook["variables"].items()
        if variable.get("required", True)
    }
    top = raw.iloc[:_TITLE_ROWS]
    rows = [cell_text(top.iloc[place]).tolist() for place in range(len(top))]
    named = [len(required & {plain_name(cell) for cell in row if cell}) for row in rows]
    enough = max(2, (len(required) + 1) // 2, 1 + len(required & {plain_name(column) for column in raw.columns}))
    if max(named, default=0) < enough:
        return raw
    place = named.index(max(named))
    if skip_rows is not None:
        raise DataError(
            f"{where}: row {place + 1} below the row that `skip_rows: {skip_rows}` makes the header looks like the"
            f" header; set `skip_rows: {skip_rows + place + 1}`"
        )
    names = [cell or f"unnamed_{i + 1}" for i, cell in enumerate(rows[place])]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise DataError(
            f"{where}: the column name {repeated[0]!r} occurs twice in the header, each must be unique; rename one"
        )
    table = raw.iloc[place + 1 :].set_axis(names, axis="columns")
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return table
