"""Dates of registers: day before month, with or without century, ISO, month names, and the day numbers of Excel."""

import datetime
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

EMPTY, NOT_READABLE, IMPOSSIBLE, FUTURE, TOO_EARLY = (
    "date_empty",
    "date_not_readable",
    "date_impossible",
    "date_in_future",
    "date_too_early",
)
OLDEST = 120

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[T ]+[0-9:.]+(?:Z|\+00:00)?)?")
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})\s*([-/. ])\s*([0-9]{1,2}|[A-Za-z]{3,9})\s*\2\s*([0-9]{4}|[0-9]{2})(?: +[0-9:.]+)?"
)
_DAY_NUMBER = re.compile(r"([0-9]{1,5})(?:[.,][0-9]+)?")
_NOTHING = re.compile(r"[\s\-/.'0]*")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("JAN JANUARI JANUARY", "FEB FEBRUARI PEBRUARI FEBRUARY", "MAR MARET MARCH", "APR APRIL", "MEI MAY",
         "JUN JUNI JUNE", "JUL JULI JULY", "AGU AGT AGS AGUSTUS AUG AUGUST", "SEP SEPT SEPTEMBER",
         "OKT OKTOBER OCT OCTOBER", "NOV NOP NOVEMBER NOPEMBER", "DES DESEMBER DEC DECEMBER"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

Read = tuple[datetime.date | None, str]


def candidate_dates(
    day: npt.NDArray[np.int64], month: npt.NDArray[np.int64], year: npt.NDArray[np.int64], *, on: datetime.date
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]:
    """Dates that a two-digit year can mean: the latest one not after `on`, and the one a century before.

    Parameters
    ----------
    day, month, year : (n,) int
        Year 0 to 99.
    on : date

    Returns
    -------
    late, early : (n,) datetime64[D]
        NaT where the date does not exist in that year (29 February 1900).
    """
    full = on.year - (on.year - year) % 100
    full = np.where((full == on.year) & (100 * month + day > 100 * on.month + on.day), full - 100, full)
    return _dates(day, month, full), _dates(day, month, full - 100)


def _dates(
    day: npt.NDArray[np.int64], month: npt.NDArray[np.int64], year: npt.NDArray[np.int64]
) -> npt.NDArray[np.datetime64]:
    months = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1).astype("timedelta64[M]")
    dates = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    same = (dates.astype("datetime64[M]") == months) & (month >= 1) & (month <= 12)
    return np.where(same, dates, np.datetime64("NaT"))


def read_date(values: pd.Series, *, on: datetime.date) -> pd.DataFrame:
    """Read dates from raw cells, and say what is wrong with those that are not.

    Day comes before month, as Indonesian offices write; a month of 13 or more is an error, never a sign of American
    order. Read are ``dd/mm/yyyy``, ``dd-mm-yyyy``, ``dd.mm.yyyy``, ``dd-mm-yy``, ``17 Agustus 1945``, ``yyyy-mm-dd``
    (with or without a time), date cells, and numbers as the day numbers of Excel (1900 system). Eight digits without a
    mark are not read: ``11121920`` has two readings. The rule for two-digit years: the latest century in which the date
    is not after `on`.

    Parameters
    ----------
    values : (n,) Series of any dtype
    on : date
        Day to which the register refers: a later date is an error.

    Returns
    -------
    (n, 2) DataFrame
        Index of `values`. ``date``: datetime64[s], NaT where there is a problem. ``problem``: ``""``, ``date_empty``,
        ``date_not_readable``, ``date_impossible`` (30 February), ``date_in_future`` or ``date_too_early`` (120 years or
        more before `on`: the 01/01/1900 of a form that wanted a date).
    """
    codes, unique = pd.factorize(values.astype(object), use_na_sentinel=True)
    read = [_read(cell, on) for cell in unique]
    # Code -1 (missing) is the last entry.
    dates = np.array([*(found for found, _ in read), None], dtype="datetime64[s]")
    problems = np.array([*(problem for _, problem in read), EMPTY], dtype=object)
    return pd.DataFrame(
        {"date": dates[codes], "problem": pd.Series(problems[codes], index=values.index, dtype=object)},
        index=values.index,
    )


def _read(cell: object, on: datetime.date) -> Read:
    """Read one cell and hold it to the range that is possible."""
    found, problem = _parse(cell, on)
    if found is None:
        return None, problem
    if found > on:
        return None, FUTURE
    age = on.year - found.year - ((found.month, found.day) > (on.month, on.day))
    return (None, TOO_EARLY) if age >= OLDEST else (found, "")


def _parse(cell: object, on: datetime.date) -> Read:
    if isinstance(cell, datetime.datetime):
        return cell.date(), ""
    if isinstance(cell, datetime.date):
        return cell, ""
    if isinstance(cell, bool | np.bool_):
        return None, NOT_READABLE
    if isinstance(cell, int | float | np.integer | np.floating):
        return _of_day_number(float(cell))
    text = str(cell).strip().lstrip("'").strip()
    if match := _YEAR_FIRST.fullmatch(text):
        return _of_parts(int(match[4]), int(match[3]), int(match[1])) if _NOTHING.sub("", text) else (None, EMPTY)
    if _NOTHING.fullmatch(text):
        return None, EMPTY
    if match := _DAY_FIRST.fullmatch(text):
        month = int(match[3]) if match[3].isdigit() else _MONTHS.get(match[3].upper())
        if month is None:
            return None, NOT_READABLE
        if len(match[4]) == 4:
            return _of_parts(int(match[1]), month, int(match[4]))
        day, year = int(match[1]), int(match[4])
        late, early = candidate_dates(np.array([day]), np.array([month]), np.array([year]), on=on)
        chosen = early[0] if np.isnat(late[0]) else late[0]
        return (None, IMPOSSIBLE) if np.isnat(chosen) else (chosen.astype(object), "")
    if match := _DAY_NUMBER.fullmatch(text):
        return _of_day_number(float(match[1]))
    return None, NOT_READABLE


def _of_parts(day: int, month: int, year: int) -> Read:
    try:
        return datetime.date(year, month, day), ""
    except ValueError:
        return None, IMPOSSIBLE


def _of_day_number(number: float) -> Read:
    """Read a day number of Excel, which counts a 29 February 1900 that never was as day 60."""
    if not np.isfinite(number) or number < 0 or number >= 100_000:
        return None, NOT_READABLE
    days = int(number)
    if days == 0:
        return None, EMPTY
    if days == 60:
        return None, IMPOSSIBLE
    return datetime.date(1899, 12, 30 if days > 60 else 31) + datetime.timedelta(days=days), ""
