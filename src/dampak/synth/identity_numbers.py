"""Birth dates, NIK and KK numbers of the synthetic population.

Both numbers have the structure PPKKCC DDMMYY NNNN: province, kabupaten/kota and kecamatan where the number was first
given, a date, a sequence number. In a NIK the date is the birth date, with 40 added to the day for women; in a KK
number it is the day on which the family card was issued. In East Java the ministry's PPKK are the BPS codes of the
kabupaten/kota; its CC are taken to be the numbers of the kecamatan in the BPS code (assumption).

Shares in capital letters are assumptions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Days = NDArray[np.datetime64]
Texts = NDArray[np.object_]

DAY = np.datetime64("2020-03-01", "D")
"""The day to which ages refer."""
HEAPED_FROM, HEAPED = 50, 0.08
"""Old persons without a birth certificate were given a round date."""
OTHER_KECAMATAN, OTHER_KABUPATEN = 0.10, 0.04
"""Persons whose NIK was given elsewhere: they moved since."""
CARD_OTHER_KECAMATAN = 0.05
YOUNG, YOUNG_WITHOUT, OTHERS_WITHOUT = 5, 0.12, 0.006
"""Small children, and others, who have no NIK yet."""
FIRST_CARD = np.datetime64("2006-01-01", "D")
ADULT = 17
_FEMALE_DAYS, _SEQUENCES = 40, 9999


@dataclass(frozen=True)
class Kecamatan:
    """Where numbers can be given.

    Parameters
    ----------
    kab_code : (k,) int
        All kabupaten/kota, rising.
    count : (k,) int
        Kecamatan of each, numbered from 1.
    """

    kab_code: IntArray
    count: IntArray


def birth_dates(age: IntArray, rng: np.random.Generator) -> Days:
    """Draw birth dates, even over the year except for the round dates of the old.

    Parameters
    ----------
    age : (n,) int
        Completed years on `DAY`.
    rng : Generator

    Returns
    -------
    (n,) datetime64[D]
    """
    n, year = len(age), 2019 - age
    start, end = _day(year, 3, 2), _day(year + 1, 3, 1)
    days = (end - start).astype(np.int64) + 1
    drawn = start + np.floor(rng.random(n) * days).astype(np.int64)
    heaped = (age >= HEAPED_FROM) & (rng.random(n) < HEAPED)
    rounded = np.stack([_day(year, 7, 1), _day(year, 12, 31), _day(year + 1, 1, 1)])[
        rng.integers(3, size=n), np.arange(n)
    ]
    return np.where(heaped, rounded, drawn)


def origins(
    kab: IntArray, number: IntArray, where: Kecamatan, rng: np.random.Generator, *, kecamatan: float, kabupaten: float
) -> tuple[IntArray, IntArray]:
    """Draw where numbers were given: mostly where their holders live.

    Parameters
    ----------
    kab, number : (n,) int
        Where they live: code of the kabupaten/kota, number of the kecamatan in it.
    where : Kecamatan
    rng : Generator
    kecamatan, kabupaten : float
        Shares from another kecamatan of the same, and from another kabupaten/kota.

    Returns
    -------
    (n,) int, (n,) int
        Kabupaten/kota and number of the kecamatan.
    """
    n = len(kab)
    which, step, place = rng.random(n), rng.random(n), rng.random(n)
    row = np.searchsorted(where.kab_code, kab)
    others = np.maximum(where.count[row] - 1, 0)
    near = (number - 1 + np.minimum(others, 1) + np.floor(step * others).astype(np.int64)) % where.count[row] + 1
    many = len(where.kab_code)
    far = (row + min(many - 1, 1) + np.floor(step * (many - 1)).astype(np.int64)) % many
    from_near, from_far = which < kecamatan, (which >= kecamatan) & (which < kecamatan + kabupaten)
    anywhere = np.floor(place * where.count[far]).astype(np.int64) + 1
    return np.where(from_far, where.kab_code[far], kab), np.where(from_near, near, np.where(from_far, anywhere, number))


def nik_texts(kab: IntArray, number: IntArray, birth: Days, female: BoolArray, rng: np.random.Generator) -> Texts:
    """Write NIK, each once.

    Parameters
    ----------
    kab, number : (n,) int
        Where they were given, see `origins`.
    birth : (n,) datetime64[D]
    female : (n,) bool
    rng : Generator
        Puts those of one day and kecamatan in order.

    Returns
    -------
    (n,) array of str

    Raises
    ------
    DataError
        If more than 9999 persons of one sex were born on one day in one kecamatan.
    """
    return _written(kab, number, birth, _FEMALE_DAYS * female, rng)


def kk_texts(kab: IntArray, number: IntArray, oldest: Days, rng: np.random.Generator) -> Texts:
    """Write the numbers of family cards, each once; issued between `FIRST_CARD` and `DAY`.

    Parameters
    ----------
    kab, number : (f,) int
        Where they were issued.
    oldest : (f,) datetime64[D]
        Birth date of the oldest of the family, who was an adult by then.
    rng : Generator

    Returns
    -------
    (f,) array of str
    """
    years, months, days = _parts(oldest)
    adult = _day(years + ADULT, months, 1) + (days - 1)
    first = np.clip(adult, FIRST_CARD, DAY - 1)
    span = (DAY - first).astype(np.int64)
    issued = first + np.floor(rng.random(len(first)) * span).astype(np.int64)
    return _written(kab, number, issued, np.zeros(len(kab), dtype=np.int64), rng)


def without_nik(age: IntArray, rng: np.random.Generator) -> BoolArray:
    """Draw who has no NIK, (n,) bool: small children mostly."""
    return np.asarray(rng.random(len(age)) < np.where(age < YOUNG, YOUNG_WITHOUT, OTHERS_WITHOUT))


def _written(kab: IntArray, number: IntArray, day: Days, added: IntArray, rng: np.random.Generator) -> Texts:
    years, months, days = _parts(day)
    head = (((kab * 100 + number) * 100 + days + added) * 100 + months) * 100 + years % 100
    order = np.lexsort((rng.random(len(head)), head))
    ordered = head[order]
    sequence = np.empty(len(head), dtype=np.int64)
    sequence[order] = np.arange(len(head)) - np.searchsorted(ordered, ordered) + 1
    if (sequence > _SEQUENCES).any():
        raise DataError(
            f"{int((sequence > _SEQUENCES).sum())} persons find no free number of their day and kecamatan, which has "
            f"{_SEQUENCES} of them; draw a smaller population"
        )
    # Codes begin with the province, 35: sixteen digits without filling.
    return np.asarray((head * 10_000 + sequence).astype("U16").astype(object))


def _day(year: IntArray, month: int | IntArray, day: int) -> Days:
    months = (year - 1970) * 12 + (month - 1)
    return np.asarray(months.astype("datetime64[M]").astype("datetime64[D]") + (day - 1))


def _parts(day: Days) -> tuple[IntArray, IntArray, IntArray]:
    """Year, month and day of dates."""
    months = day.astype("datetime64[M]")
    number = months.astype(np.int64)
    return number // 12 + 1970, number % 12 + 1, (day - months.astype("datetime64[D]")).astype(np.int64) + 1
