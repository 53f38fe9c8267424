"""NIK and KK numbers: read, checked part by part, and what a NIK says of its holder.

Both have the structure PPKKCC DDMMYY NNNN: province, kabupaten/kota and kecamatan where the number was first given
(which need not be where its holder lives now), a date, and a sequence number. In a NIK the date is the birth date, with
40 added to the day for women; in a KK number it is the day on which the family card was issued.

References
----------
`stdnum.id.nik` of python-stdnum is the reference for single numbers, and its list of provinces is used here. This
module refuses more: kabupaten/kota or kecamatan 00, kabupaten/kota that do not exist (where `areas` lists them), days
81 to 99 (which python-stdnum takes modulo 40), and numbers that only fill the field.
"""

from collections.abc import Collection
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.registers.dates import candidate_dates
from dampak.clean.registers.digits import digit_matrix, sixteen_digits

BAD_AREA, BAD_SEQUENCE = "bad_area", "bad_sequence"
MALE, FEMALE = "L", "P"
_FEMALE_DAYS = 40
# 29 February exists in a year that ends in 00 as well: 2000.
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def read_nik(values: pd.Series, *, exact_numbers: bool = False, areas: Collection[str] = ()) -> pd.DataFrame:
    """Read NIK from raw cells, and say what is wrong with those that are not.

    Parameters
    ----------
    values : (n,) Series of any dtype
        As the register holds them: text, numbers, scientific notation, with apostrophes, dots or blanks.
    exact_numbers : bool
        Whether the source keeps all digits of a number (see `sixteen_digits`); not so for Excel.
    areas : collection of str
        Codes of four digits: all kabupaten/kota of one or several provinces. In these provinces no other code is valid;
        of other provinces only the first two digits are checked, as python-stdnum does. It does not list the provinces
        created since 2012 (65 and 92 to 96), so that a register of these needs their codes here.

    Returns
    -------
    (n, 2) DataFrame
        Index of `values`. ``nik``: text of 16 digits, ``None`` unless valid. ``problem``: ``""`` or the first of
        ``nik_empty``, ``nik_not_digits``, ``nik_not_16_digits``, ``nik_lost_digits``, ``nik_bad_area``,
        ``nik_bad_birth_date``, ``nik_bad_sequence`` that applies. The last, a sequence 0000 or one digit sixteen times
        as the mark of a filler, is from memory, unverified.
    """
    return _read(values, "nik", "bad_birth_date", exact_numbers, areas)


def read_kk(values: pd.Series, *, exact_numbers: bool = False, areas: Collection[str] = ()) -> pd.DataFrame:
    """Read the numbers of family cards (kartu keluarga) from raw cells; parameters and rules as `read_nik`.

    Returns
    -------
    (n, 2) DataFrame
        ``kk`` and ``problem``: ``kk_empty``, ``kk_not_digits``, ``kk_not_16_digits``, ``kk_lost_digits``,
        ``kk_bad_area``, ``kk_bad_issue_date``, ``kk_bad_sequence``.
    """
    return _read(values, "kk", "bad_issue_date", exact_numbers, areas)


def _read(values: pd.Series, name: str, bad_date: str, exact_numbers: bool, areas: Collection[str]) -> pd.DataFrame:
    texts, problem = sixteen_digits(values, exact_numbers=exact_numbers)
    present, digits = digit_matrix(pd.Series(texts, dtype=object), reader=f"read_{name}")
    parts = [10 * digits[:, 2 * place] + digits[:, 2 * place + 1] for place in range(6)]
    day = np.where(parts[3] > _FEMALE_DAYS, parts[3] - _FEMALE_DAYS, parts[3]) if name == "nik" else parts[3]
    sequence = digits[:, 12:] @ np.array([1000, 100, 10, 1])
    faults = {
        BAD_AREA: ~_known_areas(100 * parts[0] + parts[1], frozenset(areas)) | (parts[2] == 0),
        bad_date: ~_is_day_of_year(day, parts[4], parts[5]),
        BAD_SEQUENCE: (sequence == 0) | (digits == digits[:, :1]).all(axis=1),
    }
    found = np.full(len(digits), "", dtype=object)
    for label, failing in reversed(faults.items()):
        found[failing] = label
    problem[present] = found
    texts[problem != ""] = None
    labels = {label: f"{name}_{label}" if label else "" for label in set(problem)}
    return pd.DataFrame(
        {name: texts, "problem": [labels[label] for label in problem]}, index=values.index, dtype=object
    )


def _known_areas(codes: npt.NDArray[np.int64], areas: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Whether each code of four digits can be a kabupaten/kota; python-stdnum is asked once per code."""
    listed = {area[:2] for area in areas}
    unique, place = np.unique(codes, return_inverse=True)
    texts = [f"{code:04d}" for code in unique]
    known = [
        text in areas if text[:2] in listed else not text.endswith("00") and _is_known_to_stdnum(text) for text in texts
    ]
    return np.array(known, dtype=np.bool_)[place.reshape(-1)]


@cache
def _is_known_to_stdnum(area: str) -> bool:
    from stdnum.id import nik

    # A number whose other parts are valid, so that the answer depends on the area alone.
    return bool(nik.is_valid(f"{area}010101900001"))


def _is_day_of_year(
    day: npt.NDArray[np.int64], month: npt.NDArray[np.int64], year: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Whether a date with a two-digit year exists in one of its centuries."""
    valid_month = (month >= 1) & (month <= 12)
    days = _DAYS[np.where(valid_month, month, 0)] + ((month == 2) & (year % 4 == 0))
    return np.asarray(valid_month & (day >= 1) & (day <= days), dtype=np.bool_)


def nik_birth_date(nik: pd.Series, *, on: date, age: pd.Series | float | None = None) -> pd.Series:
    """Birth date that a NIK implies.

    The NIK has two digits for the year. The rule: the latest century in which its holder was born by `on`, that is an
    age of 0 to 99; where an age is known, the century (of that one and the one before) that comes nearer to it.
    29 February 1900 never was, so that the century without it is not chosen.

    Parameters
    ----------
    nik : (n,) Series of text
        Valid or missing, from `read_nik`.
    on : date
        Day to which the register and `age` refer.
    age : (n,) Series of float, float or None
        Years, NaN where unknown; one number for a register of one age group (75 for the elderly of PKH Plus).

    Returns
    -------
    (n,) Series of datetime64[s]
        NaT where the NIK is missing.

    Raises
    ------
    DataError
        If a value is not a text of 16 digits.
    """
    present, digits = digit_matrix(nik, reader="read_nik")
    day, month, year = (10 * digits[:, place] + digits[:, place + 1] for place in (6, 8, 10))
    day = np.where(day > _FEMALE_DAYS, day - _FEMALE_DAYS, day)
    late, early = candidate_dates(day, month, year, on=on)
    chosen = late
    if age is not None:
        years = np.broadcast_to(np.asarray(age, dtype=np.float64), len(nik))[present]
        reference = np.datetime64(on.isoformat(), "D")
        gap_late, gap_early = (
            np.abs((reference - dates).astype(np.float64) / 365.25 - years) for dates in (late, early)
        )
        nearer = ~np.isnat(early) & (np.isnat(late) | (gap_early < gap_late))
        chosen = np.where(nearer, early, late)
    dates = np.full(len(nik), np.datetime64("NaT"), dtype="datetime64[s]")
    dates[present] = chosen.astype("datetime64[s]")
    return pd.Series(dates, index=nik.index, name="birth_date")


def nik_sex(nik: pd.Series) -> pd.Series:
    """Sex that a NIK implies: ``P`` (perempuan) where 40 is added to the day, else ``L`` (laki-laki).

    Parameters
    ----------
    nik : (n,) Series of text
        Valid or missing, from `read_nik`.

    Returns
    -------
    (n,) Series of object
        ``None`` where the NIK is missing.

    Raises
    ------
    DataError
        If a value is not a text of 16 digits.
    """
    present, digits = digit_matrix(nik, reader="read_nik")
    sex = np.full(len(nik), None, dtype=object)
    sex[present] = np.where(digits[:, 6] >= _FEMALE_DAYS // 10, FEMALE, MALE).astype(object)
    return pd.Series(sex, index=nik.index, name="sex", dtype=object)
