"""Beneficiaries who are listed twice in a programme, or in two programmes that exclude each other.

Nothing is dropped here. Each function returns the rows at fault with a reason and the row that speaks against them; the
ledger takes them through `findings`.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.ledger import Finding
from dampak.errors import DataError

DUPLICATE_NIK, DUPLICATE_NIK_OTHER_NAME = "duplicate_nik", "duplicate_nik_other_name"
DUPLICATE_KK, DUPLICATE_PERSON, DOUBLE_AID = "duplicate_kk", "duplicate_person", "double_aid"
FLAG_COLUMNS = ["row", "reason", "column", "kept_row"]


def flag_duplicates(
    frame: pd.DataFrame,
    *,
    programme: str = "programme",
    nik: str | None = "nik",
    kk: str | None = None,
    person: Sequence[str] = ("name", "birth_date", "area"),
    prefer: Sequence[str] = (),
) -> pd.DataFrame:
    """Find rows of one programme that name a beneficiary again.

    Three rules in this order, each among the rows that the rules before it left: the same NIK; the same KK, where a
    programme pays one family once; the same name, birth date and area. A missing value is equal to nothing.

    Of equal rows the one is kept that has the largest values of `prefer` (the latest stage, say), then the most columns
    filled, then the smallest content, compared as text column by column in the order of their names, then the smallest
    row number. This does not depend on the order of the rows.

    Parameters
    ----------
    frame : (n, p) DataFrame
        Index: unique row numbers of the raw file. Cleaned columns: numbers from `read_nik` and `read_kk`, normalised
        names.
    programme : str
        Column; rows of two programmes are never duplicates.
    nik : str or None
        Column of NIK, ``None`` for no rule.
    kk : str or None
        Column of KK numbers. Only for lists of *families*: members of a family share it.
    person : sequence of str
        Columns that together name a person; empty for no rule. The first is the name.
    prefer : sequence of str
        Columns of numbers or dates, most important first; missing comes last.

    Returns
    -------
    (m, 4) DataFrame
        ``row``, ``reason``, ``column`` (key), ``kept_row``; sorted by row, one line a row. Reasons: ``duplicate_nik``,
        or ``duplicate_nik_other_name`` where the row with the same NIK has another name, which can also be two persons
        of whom one has a wrong NIK; ``duplicate_kk``; ``duplicate_person``. ``kept_row`` is never flagged itself: where
        the row with the same key goes by a later rule, it is the row that stands for that one.

    Raises
    ------
    DataError
        If a column is missing or row numbers repeat.
    """
    keys = [(DUPLICATE_NIK, [nik] if nik else []), (DUPLICATE_KK, [kk] if kk else []), (DUPLICATE_PERSON, list(person))]
    _require(frame, [programme, *prefer, *(column for _, columns in keys for column in columns)])
    numbers = {reason: _codes(frame, [programme, *columns]) for reason, columns in keys if columns}
    # The order of choice is costly, and most rows have no other row with their key.
    repeated = np.zeros(len(frame), dtype=np.bool_)
    for key in numbers.values():
        repeated |= (key >= 0) & (np.bincount(key + 1)[key + 1] > 1)
    frame = frame[repeated]
    numbers = {reason: key[repeated] for reason, key in numbers.items()}
    order = _order_of_choice(frame, prefer)
    left = np.ones(len(frame), dtype=np.bool_)
    stands_for = np.arange(len(frame))
    found = []
    for reason, key in numbers.items():
        candidates = order[left[order] & (key[order] >= 0)]
        # The first row of each key in the order of choice is kept.
        first = np.full(int(key.max(initial=-1)) + 1, -1, dtype=np.int64)
        first[key[candidates][::-1]] = candidates[::-1]
        dropped = candidates[first[key[candidates]] != candidates]
        kept = first[key[dropped]]
        reasons = np.full(len(dropped), reason, dtype=object)
        if reason == DUPLICATE_NIK and person:
            names = _codes(frame, [person[0]])
            other = (names[dropped] >= 0) & (names[kept] >= 0) & (names[dropped] != names[kept])
            reasons[other] = DUPLICATE_NIK_OTHER_NAME
        found.append((dropped, reasons, " + ".join(dict(keys)[reason])))
        left[dropped] = False
        stands_for[dropped] = kept
        # Rows that the ones dropped now stood for.
        stands_for = stands_for[stands_for]
    return _sorted([_flags(frame, rows, stands_for[rows], reasons, column) for rows, reasons, column in found])


def flag_double_aid(
    frame: pd.DataFrame, *, excludes: Mapping[str, Collection[str]], programme: str = "programme", key: str = "nik"
) -> pd.DataFrame:
    """Find rows of a programme whose beneficiary is also in a programme that excludes it.

    Parameters
    ----------
    frame : (n, p) DataFrame
        Index: unique row numbers; the rows of all programmes, one below the other.
    excludes : mapping
        Programme -> programmes whose beneficiaries may not have it (ASPD -> those of the kabupaten). Only rows of the
        first are flagged: the other aid stays. Of two that exclude each other name one only, or both rows would go.
    programme, key : str
        Columns; the key is the NIK, or the KK where aid excludes the family.

    Returns
    -------
    (m, 4) DataFrame
        As `flag_duplicates`, reason ``double_aid``; ``kept_row`` is the smallest row number of the other aid.

    Raises
    ------
    DataError
        If a column is missing, row numbers repeat, or two programmes exclude each other.
    """
    _require(frame, [programme, key])
    for name, others in excludes.items():
        for other in others:
            if other == name or name in excludes.get(other, ()):
                raise DataError(
                    f"programmes {name!r} and {other!r} exclude each other, so that both rows would go; say for one of"
                    " the two only that the other excludes it"
                )
    codes, names = _codes(frame, [key]), frame[programme].to_numpy(dtype=object)
    flags = []
    by_row = np.argsort(frame.index.to_numpy(), kind="stable")
    for name, others in excludes.items():
        holder = np.full(int(codes.max(initial=-1)) + 1, -1, dtype=np.int64)
        holding = by_row[(np.isin(names, list(others)) & (codes >= 0))[by_row]]
        holder[codes[holding][::-1]] = holding[::-1]
        own = np.flatnonzero((names == name) & (codes >= 0))
        own = own[holder[codes[own]] >= 0]
        reasons = np.full(len(own), DOUBLE_AID, dtype=object)
        flags.append(_flags(frame, own, holder[codes[own]], reasons, key))
    return _sorted(flags)


def findings(flags: pd.DataFrame, rows: pd.Index) -> list[Finding]:
    """Write flags as the ledger takes them: one finding per reason and column, in the order of the reasons' first rows.

    Parameters
    ----------
    flags : (m, 4) DataFrame
        From `flag_duplicates` or `flag_double_aid`, or several of them one below the other; of a row's reasons the
        first finding counts in the ledger.
    rows : (n,) Index
        Row numbers that enter the stage, in its order.

    Returns
    -------
    list of Finding
        Without values: the keys are personal.
    """
    return [
        Finding(str(reason), np.asarray(rows.isin(group["row"]), dtype=np.bool_), str(column))
        for (reason, column), group in flags.groupby(["reason", "column"], sort=False)
    ]


def _require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in frame.columns:
            raise DataError(f"the register has no column {column!r}, which duplicates are looked for in")
    if not frame.index.is_unique:
        raise DataError("row numbers of the register repeat, each must name one row; number the rows of all files anew")


def _codes(frame: pd.DataFrame, columns: Sequence[str]) -> npt.NDArray[np.int64]:
    """Number of each row's combination of values; -1 where one is missing."""
    combined = np.zeros(len(frame), dtype=np.int64)
    missing = np.zeros(len(frame), dtype=np.bool_)
    for column in columns:
        codes, unique = pd.factorize(frame[column], use_na_sentinel=True)
        missing |= codes < 0
        # Numbered anew after each column, so that the product never overflows.
        combined = pd.factorize(combined * (len(unique) + 1) + codes)[0].astype(np.int64)
    combined[missing] = -1
    return combined


def _order_of_choice(frame: pd.DataFrame, prefer: Sequence[str]) -> npt.NDArray[np.int64]:
    """Places of the rows, best first."""
    keys: list[npt.NDArray[np.int64]] = []
    for column in prefer:
        codes, _ = pd.factorize(frame[column], sort=True, use_na_sentinel=True)
        keys.append(-codes.astype(np.int64))
    keys.append(-frame.notna().sum(axis=1).to_numpy(dtype=np.int64))
    for column in sorted(frame.columns, key=str):
        values = frame[column]
        # By text, so that a column of mixed types has an order too; missing (-1) comes first.
        texts = values.where(values.notna()).astype(object).map(str, na_action="ignore")
        keys.append(pd.factorize(texts, sort=True, use_na_sentinel=True)[0].astype(np.int64))
    keys.append(pd.factorize(frame.index, sort=True)[0].astype(np.int64))
    return np.lexsort(keys[::-1]).astype(np.int64)


def _flags(
    frame: pd.DataFrame,
    dropped: npt.NDArray[np.int64],
    kept: npt.NDArray[np.int64],
    reasons: npt.NDArray[np.object_],
    column: str,
) -> pd.DataFrame:
    rows = frame.index.to_numpy()
    return pd.DataFrame(
        {
            "row": rows[dropped],
            "reason": reasons,
            "column": np.full(len(dropped), column, dtype=object),
            "kept_row": rows[kept],
        }
    )


def _sorted(flags: Sequence[pd.DataFrame]) -> pd.DataFrame:
    found = [table for table in flags if len(table)]
    if not found:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in FLAG_COLUMNS})
    return pd.concat(found)[FLAG_COLUMNS].sort_values(["row", "reason"], kind="stable", ignore_index=True)
