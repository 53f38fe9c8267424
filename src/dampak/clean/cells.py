"""One spelling for each raw value, whatever the file format stored it as.

Codes, missing codes, unit ids and row identities all compare *text*: the Stata value 1.0, the Parquet integer 1 and
the CSV text ``" 1 "`` are one and the same code, while the CSV text ``"01"`` keeps its zero.
"""

import datetime
import math
import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LARGEST_EXACT = 2.0**63
# Kinds of columns in which equal values are written alike. (Among mixed ones the integer 2**63 and the float are not.)
_ONE_KIND = ("string", "integer", "floating", "boolean")


def _float_text(value: float) -> str | None:
    """Shortest text that gives the same float64 back; whole numbers without a decimal point."""
    if math.isnan(value):
        return None
    if value.is_integer() and abs(value) < _LARGEST_EXACT:
        return str(int(value))
    return repr(value)


def _one_text(value: object) -> str | None:
    """Text of one value of a mixed column (Excel cells, DBF fields)."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, float | np.floating):
        return _float_text(float(value))
    if isinstance(value, datetime.datetime):
        # A date that a format could only store as a moment at midnight is still a date.
        midnight = value.time() == datetime.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace").strip() or None
    return str(value).strip() or None


def cell_text(values: pd.Series) -> pd.Series:
    """Write each raw value as text, the same text for the same value in any file format.

    Parameters
    ----------
    values : (n,) Series of any dtype

    Returns
    -------
    (n,) Series of object
        Text without outer blanks; ``None`` where the value is missing or blank.
    """
    if pd.api.types.is_bool_dtype(values.dtype):
        texts = [None if value is pd.NA else str(int(value)) for value in values.astype(object)]
    elif pd.api.types.is_integer_dtype(values.dtype):
        texts = [None if value is pd.NA else str(value) for value in values.astype(object)]
    elif pd.api.types.is_float_dtype(values.dtype):
        floats: list[float] = values.to_numpy(dtype=np.float64, na_value=np.nan).tolist()
        texts = [_float_text(value) for value in floats]
    else:
        distinct = _distinct(values)
        if distinct is not None:
            return _spread(distinct, [_one_text(value) for value in distinct[1]], values)
        objects = values.astype(object)
        texts = [_one_text(value) for value in objects.where(objects.notna(), None)]
    return pd.Series(texts, index=values.index, name=values.name, dtype=object)


def _distinct(values: pd.Series) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]] | None:
    """Place of each value (-1 missing) among the distinct ones; None where equal values can have different texts."""
    if pd.api.types.infer_dtype(values, skipna=True) not in _ONE_KIND:
        return None
    places, unique = pd.factorize(values.astype(object).to_numpy(), use_na_sentinel=True)
    return places, np.asarray(unique, dtype=object)


def _spread(
    distinct: tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]], texts: Sequence[object], values: pd.Series
) -> pd.Series:
    """Give every value the text of its distinct value; a survey has a hundred thousand rows and a dozen codes."""
    meaning = np.empty(len(texts) + 1, dtype=object)
    meaning[:-1] = texts
    # Place -1 (missing) is the last entry.
    meaning[-1] = None
    return pd.Series(meaning[distinct[0]], index=values.index, name=values.name, dtype=object)


def cell_numbers(
    values: pd.Series, *, decimal: str = ".", thousands: str | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read raw values as float64, exactly.

    A float32 becomes the float64 of the same value (no decimal rounding); text is read to the nearest float64. It does
    *not* guess: ``"NA"``, ``"1,5"`` with a decimal point declared, ``"inf"`` and ``"12 kg"`` are not numbers.

    Parameters
    ----------
    values : (n,) Series of any dtype
    decimal : str
        Decimal mark of numbers that are stored as text.
    thousands : str or None
        Thousands mark of numbers that are stored as text.

    Returns
    -------
    numbers : (n,) float64
        NaN where the value is missing or not a number.
    not_a_number : (n,) bool
        True where there is a value, but it is not a finite number.
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = np.array(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
        infinite = np.isinf(numbers)
        numbers[infinite] = np.nan
        return numbers, infinite
    distinct = _distinct(values)
    if distinct is None:
        return _read_numbers(values.astype(object), cell_text(values), decimal, thousands)
    places, unique = distinct
    read, bad = _read_numbers(unique, [_one_text(value) for value in unique], decimal, thousands)
    # Place -1 (missing) is the last entry.
    return np.append(read, np.nan)[places], np.append(bad, False)[places]


def _read_numbers(
    values: Iterable[object], texts: Collection[str | None], decimal: str, thousands: str | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Numbers of raw values and of the same values as text, one by one."""
    numbers = np.full(len(texts), np.nan)
    bad = np.zeros(len(texts), dtype=np.bool_)
    for position, (raw, text) in enumerate(zip(values, texts, strict=True)):
        if text is None:
            continue
        plain = text
        if isinstance(raw, str):
            plain = text.replace(thousands, "") if thousands else text
            if decimal != ".":
                plain = plain.replace(".", "?").replace(decimal, ".")
        number = float(plain) if _NUMBER.fullmatch(plain) else math.nan
        bad[position] = not math.isfinite(number)
        numbers[position] = number if math.isfinite(number) else math.nan
    return numbers, bad
