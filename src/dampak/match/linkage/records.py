"""The two sides of a linkage as comparison records: survey persons, and distinct persons of the registers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError

IntArray = NDArray[np.int64]

ROSTER_COLUMNS = (
    "household_id",
    "number",
    "nik",
    "kk",
    "name",
    "name_key",
    "sex",
    "birth_date",
    "kab_code",
    "kecamatan",
    "relation",
)
REGISTER_COLUMNS = (
    "register",
    "row",
    "kab_code",
    "kecamatan",
    "nik",
    "kk",
    "name",
    "name_key",
    "sex",
    "birth_date",
    "component",
    "amount",
)
FIELDS = ["nik", "kk", "name", "name_key", "sex", "birth_date", "kab_code", "kecamatan"]
# A number that is known but is nobody's in the survey: it differs from every number there.
ELSEWHERE = -1
_MISSING = -2
_NAME_START = 5


@dataclass(frozen=True)
class Roster:
    """Survey persons, ready to compare.

    Parameters
    ----------
    records : DataFrame
        One row per person, `unique_id` 0..n-1: `nik` and `kk` as numbers (nullable), `name`, `name_key`, `name_start`,
        `sex`, `birth_date`, `birth_year`, `birth_month`, `birth_day`, `kab_code`, `kecamatan` (nullable).
    household_id : (n,) int
    family : (n,) int
        Family within the survey: persons of one household and one KK number.
    nik_values, kk_values : Index of object
        Number to value, to read the registers with.
    """

    records: pd.DataFrame
    household_id: IntArray
    family: IntArray
    nik_values: pd.Index
    kk_values: pd.Index


@dataclass(frozen=True)
class People:
    """Distinct persons of the registers, ready to compare.

    Parameters
    ----------
    records : DataFrame
        As of `Roster`; rows of any register that are alike in all that is compared are one.
    person : (rows,) int
        `unique_id` of each register row.
    """

    records: pd.DataFrame
    person: IntArray


def read_roster(roster: pd.DataFrame) -> Roster:
    """Bring the survey persons to comparison records.

    A missing KK number is filled from the household where its other members have one and the same: they are one family
    then in all but a few households, and the number of a family is not in its members' hands.

    Parameters
    ----------
    roster : (n,) DataFrame
        Columns `ROSTER_COLUMNS`; missing values are ``None``, an unknown kecamatan -1.

    Returns
    -------
    Roster
        In the order of `roster`.

    Raises
    ------
    DataError
        If a column is missing or there is no person.
    """
    _require(roster, ROSTER_COLUMNS, "roster")
    if roster.empty:
        raise DataError("roster: no person, at least one was expected; check the identity file of the survey")
    household = roster["household_id"].to_numpy(dtype=np.int64)
    nik, nik_values = pd.factorize(_texts(roster["nik"]), use_na_sentinel=True)
    kk, kk_values = pd.factorize(_texts(roster["kk"]), use_na_sentinel=True)
    known = pd.Series(np.where(kk >= 0, kk, np.nan)).groupby(household)
    lowest, highest = known.transform("min").to_numpy(), known.transform("max").to_numpy()
    kk = np.where((kk < 0) & (lowest == highest), lowest, kk).astype(np.int64)
    # Who has no number where the household has several belongs to the family of the first person with one.
    first = known.transform("first").to_numpy()
    unit = np.where(kk >= 0, kk, np.where(np.isnan(first), -1, first)).astype(np.int64)
    family = pd.factorize(pd.MultiIndex.from_arrays([household, unit]))[0].astype(np.int64)
    records = _records(roster)
    records["nik"] = _nullable(np.where(nik < 0, _MISSING, nik))
    records["kk"] = _nullable(np.where(kk < 0, _MISSING, kk))
    return Roster(records, household, family, pd.Index(nik_values), pd.Index(kk_values))


def read_people(register: pd.DataFrame, roster: Roster) -> People:
    """Bring register rows to distinct comparison records.

    Numbers that no survey person has are all alike here (they agree with nobody), so that rows of several registers
    are one person as soon as all else is equal.

    Parameters
    ----------
    register : (n,) DataFrame
        Columns `REGISTER_COLUMNS`.
    roster : Roster

    Returns
    -------
    People

    Raises
    ------
    DataError
        If a column is missing.
    """
    _require(register, REGISTER_COLUMNS, "register")
    columns: dict[str, IntArray] = {}
    for name, values in (("nik", roster.nik_values), ("kk", roster.kk_values)):
        texts = _texts(register[name])
        found = values.get_indexer(pd.Index(texts)) if len(values) else np.full(len(texts), ELSEWHERE)
        columns[name] = np.where(pd.isna(texts), _MISSING, found).astype(np.int64)
    codes = [columns["nik"], columns["kk"]]
    for name in ("name", "sex", "birth_date", "kab_code", "kecamatan"):
        codes.append(pd.factorize(register[name], use_na_sentinel=True)[0].astype(np.int64))
    order = np.lexsort(codes[::-1])
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for column in codes:
        new[1:] = new[1:] | np.asarray(np.diff(column[order]) != 0)
    person = np.empty(len(order), dtype=np.int64)
    person[order] = np.cumsum(new) - 1
    # Stable sorting puts the first row of equal ones first.
    chosen = order[new]
    records = _records(register.iloc[chosen])
    for name in ("nik", "kk"):
        records[name] = _nullable(columns[name][chosen])
    return People(records, person)


def identified(register: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows have anything that can tell a person: NIK, KK or name.

    Parameters
    ----------
    register : (n,) DataFrame

    Returns
    -------
    (n,) bool
    """
    known = [register[column].notna().to_numpy(dtype=np.bool_) for column in ("nik", "kk", "name")]
    return known[0] | known[1] | known[2]


def _records(table: pd.DataFrame) -> pd.DataFrame:
    """What is compared, apart from NIK and KK."""
    codes, days = pd.factorize(table["birth_date"], use_na_sentinel=True)
    texts = pd.Series(days, dtype=object).astype(str)
    parts = {
        "birth_year": texts.str.slice(0, 4),
        "birth_month": texts.str.slice(5, 7),
        "birth_day": texts.str.slice(8, 10),
    }
    keys = table["name_key"].astype("string[pyarrow]")
    kecamatan = table["kecamatan"].to_numpy(dtype=np.int64)
    records = pd.DataFrame(
        {
            "unique_id": np.arange(len(table), dtype=np.int64),
            "name": _texts(table["name"]),
            "name_key": _texts(keys),
            "name_start": _texts(keys.str.slice(0, _NAME_START)),
            "sex": _texts(table["sex"]),
            "birth_date": _texts(table["birth_date"]),
            "kab_code": table["kab_code"].to_numpy(dtype=np.int64),
            "kecamatan": _nullable(np.where(kecamatan < 0, _MISSING, kecamatan)),
        }
    )
    for name, part in parts.items():
        numbers = np.append(pd.to_numeric(part, errors="coerce").fillna(_MISSING).to_numpy(dtype=np.int64), _MISSING)
        # Code -1 (missing) is the last entry.
        records[name] = _nullable(numbers[codes])
    return records


def _texts(values: pd.Series) -> NDArray[np.object_]:
    texts: NDArray[np.object_] = values.astype(object).where(values.notna(), None).to_numpy(dtype=object)
    return texts


def _nullable(numbers: IntArray) -> pd.Series:
    missing: NDArray[np.bool_] = np.equal(numbers, _MISSING)
    return pd.Series(pd.arrays.IntegerArray(numbers.astype(np.int64), missing))


def _require(table: pd.DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DataError(f"{what}: column {missing[0]!r} is missing; the cleaning stage writes {', '.join(columns)}")
