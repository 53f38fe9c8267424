"""Apply a codebook: raw columns become canonical variables with one meaning, one unit and known codes.

The order is fixed: missing codes, then codes, then conversion to a number, then ``factor``, then ``range``. A range
is therefore in the canonical unit. Only the variables that a study uses are converted and checked, so that a fault in a
column which nobody uses costs no row.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.cells import cell_numbers, cell_text
from dampak.clean.ledger import Finding
from dampak.clean.spelling import listing, suggestion
from dampak.errors import DataError

MASK = "***"
NUMERIC_TYPES = ("integer", "number", "binary")
Variable = Mapping[str, Any]


def locate_columns(
    raw_columns: Iterable[str], codebook: Mapping[str, Any], *, needed: Iterable[str], where: str
) -> dict[str, str]:
    """Find the raw column of each variable.

    Parameters
    ----------
    raw_columns : iterable of str
        Columns of the file.
    codebook : mapping
        With ``variables``: canonical name -> {``column``, ``required``, ...}.
    needed : iterable of str
        Variables that the study uses: their column must exist even where the codebook says ``required: false``.
    where : str
        Source and file, for messages.

    Returns
    -------
    dict
        Canonical name -> raw column, without optional columns that the file does not have.

    Raises
    ------
    DataError
        If a required column is missing, with the closest name and the file's columns.
    """
    known, used = [str(column) for column in raw_columns], set(needed)
    columns = {}
    for name, variable in codebook["variables"].items():
        column = str(variable.get("column") or name)
        if column in known:
            columns[name] = column
        elif variable.get("required", True) or name in used:
            remedy = "correct `column` in the codebook"
            if len(known) == 1 and (marks := [m for m in ";\t|," if m in known[0]]):
                remedy = f"the file looks separated by {marks[0]!r}: set `options: {{delimiter: {marks[0]!r}}}` there"
            raise DataError(
                f"{where} has no column {column!r} (codebook variable {name!r}){suggestion(column, known)};"
                f" its columns are {listing(known)}; {remedy}"
            )
    return columns


def raw_texts(raw: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Write the raw value of every located variable as text.

    Returns
    -------
    (n, p) DataFrame of object
        One column per canonical variable, ``None`` where the cell is blank.
    """
    return pd.DataFrame({name: cell_text(raw[column]) for name, column in columns.items()}, index=raw.index)


def masked(texts: pd.Series, variable: Variable) -> pd.Series:
    """Hide the values of a personal variable; others pass."""
    return texts.where(texts.isna(), MASK) if variable.get("personal", False) else texts


def convert(
    raw: pd.DataFrame,
    texts: pd.DataFrame,
    codebook: Mapping[str, Any],
    *,
    variables: Sequence[str],
    columns: Mapping[str, str],
    where: str,
    decimal: str = ".",
    thousands: str | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Turn raw columns into canonical variables.

    Parameters
    ----------
    raw : (n, q) DataFrame
        Raw columns as read.
    texts : (n, p) DataFrame of object
        Their values as text, from :func:`raw_texts`.
    codebook : mapping
        The codebook.
    variables : sequence of str
        Canonical variables to convert.
    columns : mapping
        Canonical name -> raw column.
    where : str
        Source and file, for messages.
    decimal, thousands : str
        Marks of numbers that are stored as text.

    Returns
    -------
    canonical : (n, len(variables)) DataFrame
        float64 (NaN missing) for ``integer``, ``number`` and ``binary``; object (``None`` missing) for ``category``,
        ``text`` and ``date`` (ISO 8601 text, which orders as dates do).
    findings : list of Finding
        Rows with ``invalid_code``, ``not_integer`` or ``out_of_range`` values, in this order.

    Raises
    ------
    DataError
        If a numeric column holds values that are not numbers, or a date column values that are not dates.
    """
    general = [code_text(code) for code in codebook.get("missing_codes") or []]
    canonical: dict[str, pd.Series] = {}
    findings: list[Finding] = []
    for name in variables:
        variable, column = codebook["variables"][name], columns[name]
        codes_missing = {*general, *(code_text(code) for code in variable.get("missing_codes") or [])}
        blank = (texts[name].isna() | texts[name].isin(codes_missing)).to_numpy(dtype=np.bool_)
        values, invalid = _recode(raw[column], texts[name].where(~blank, None), variable)
        shown = masked(texts[name], variable)
        here = f"{where}: column {column!r} (variable {name!r})"
        if variable["type"] in NUMERIC_TYPES:
            numbers, bad = cell_numbers(values.mask(blank | invalid), decimal=decimal, thousands=thousands)
            _require_none(bad, shown, here, f"a number ({variable['type']}) was expected")
            if not variable.get("codes"):
                numbers = _without_missing_codes(numbers, raw[column], codes_missing)
            checks = _numeric_findings(numbers, variable)
            canonical[name] = pd.Series(checks.pop("converted"), index=raw.index)
        else:
            checks = {}
            converted = values.where(~invalid, None)
            if variable["type"] == "date":
                converted, bad = _dates(converted)
                _require_none(bad, shown, here, "a date (YYYY-MM-DD) was expected")
            canonical[name] = converted
        checks["invalid_code"] = checks.get("invalid_code", np.zeros(len(raw), dtype=np.bool_)) | invalid
        findings += [Finding(reason, failing, column, shown) for reason, failing in checks.items() if failing.any()]
    order = ("invalid_code", "not_integer", "out_of_range")
    findings.sort(key=lambda finding: order.index(finding.reason))
    return pd.DataFrame(canonical, index=raw.index), findings


def code_text(code: object) -> str:
    """Write a code of a codebook as raw values are written: 1 and 1.0 are ``"1"``, ``"01"`` stays."""
    return cell_text(pd.Series([code], dtype=object)).iloc[0] or ""


def _without_missing_codes(
    numbers: npt.NDArray[np.float64], raw: pd.Series, codes: set[str]
) -> npt.NDArray[np.float64]:
    """Blank numbers that equal a missing code but are written in another way, such as ``-9.0`` for -9."""
    listed, bad = cell_numbers(pd.Series(sorted(codes), dtype=object))
    listed = listed[~bad]
    if raw.dtype.name.lower() == "float32":
        # A float32 column stores a code such as -9.9 as a neighbour of it.
        listed = np.concatenate([listed, listed.astype(np.float32).astype(np.float64)])
    return np.where(np.isin(numbers, listed), np.nan, numbers)


def _recode(raw: pd.Series, texts: pd.Series, variable: Variable) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    """Replace raw codes by canonical values; a value that has no code is invalid."""
    codes = {code_text(code): value for code, value in (variable.get("codes") or {}).items()}
    if not codes:
        # Numbers keep their stored value (a float32 has no exact text), everything else is text from here on.
        values = raw if variable["type"] in NUMERIC_TYPES else texts
        return values, np.zeros(len(raw), dtype=np.bool_)
    invalid = (texts.notna() & ~texts.isin(codes)).to_numpy(dtype=np.bool_)
    keep_type = variable["type"] in NUMERIC_TYPES
    # One text per code, not per cell: a survey has a hundred thousand rows and a dozen codes.
    meaning = {code: value if keep_type or value is None else code_text(value) for code, value in codes.items()}
    places, distinct = pd.factorize(texts.to_numpy(dtype=object), use_na_sentinel=True)
    recoded = np.empty(len(distinct) + 1, dtype=object)
    recoded[:-1] = [meaning.get(text) for text in distinct]
    # Place -1 (missing) is the last entry.
    recoded[-1] = None
    return pd.Series(recoded[places], index=raw.index, dtype=object), invalid


def _numeric_findings(numbers: npt.NDArray[np.float64], variable: Variable) -> dict[str, npt.NDArray[Any]]:
    """Convert the unit and find what is not a whole number, not 0/1, or outside the range (NaN passes)."""
    known, found = ~np.isnan(numbers), {}
    if variable["type"] == "binary":
        found["invalid_code"] = known & (numbers != 0) & (numbers != 1)
    if variable["type"] == "integer":
        found["not_integer"] = known & (numbers != np.floor(numbers))
    factor = variable.get("factor")
    converted = numbers if factor is None else numbers * float(factor)
    low, high = variable.get("range") or (None, None)
    outside = np.zeros(len(numbers), dtype=np.bool_)
    if low is not None:
        outside |= known & (converted < low)
    if high is not None:
        outside |= known & (converted > high)
    return {"converted": converted, **found, "out_of_range": outside}


def _dates(texts: pd.Series) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    """Read ISO dates; give them back as ISO text."""
    moments = pd.to_datetime(texts, format="ISO8601", errors="coerce")
    bad = (texts.notna() & moments.isna()).to_numpy(dtype=np.bool_)
    return moments.dt.strftime("%Y-%m-%d").astype(object).where(moments.notna(), None), bad


def _require_none(bad: npt.NDArray[np.bool_], shown: pd.Series, here: str, expected: str) -> None:
    """Raise if any value is not of the declared type, naming the first."""
    if not bad.any():
        return
    first = int(np.flatnonzero(bad)[0])
    count = int(bad.sum())
    others = f" and {count - 1} other row{'s' if count > 2 else ''}" if count > 1 else ""
    raise DataError(
        f"{here}: row {shown.index[first]} holds {shown.iloc[first]!r}{others}, {expected};"
        " add the value to missing_codes in the codebook, or fix it in the file"
    )
