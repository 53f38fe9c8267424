"""Rows of a printed list that are no beneficiaries: blank ones, headers that are repeated, sums."""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

BLANK_ROW, REPEATED_HEADER, TOTAL_ROW = "blank_row", "repeated_header", "total_row"
# Jumlah, Sub Total, GRAND TOTAL, Jml. KPM.
_TOTAL = re.compile(r"\s*(?:sub|grand)?[\s.\-]*(?:total|jumlah|jml)\b", re.IGNORECASE)


def furniture(raw: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, npt.NDArray[np.bool_]]:
    """Find the rows that are no beneficiaries.

    A row of totals has no NIK and no KK number, and a cell that begins with ``Jumlah`` or ``Total``; a name there that
    is another word makes it a beneficiary. A blank row has nothing at all, a repeated header the names of its columns.

    Parameters
    ----------
    raw : (n, q) DataFrame
    columns : mapping
        Canonical name -> raw column.

    Returns
    -------
    dict
        ``blank_row``, ``repeated_header``, ``total_row`` -> (n,) bool.
    """
    blank = raw.isna().all(axis=1).to_numpy(dtype=np.bool_)
    header = np.zeros(len(raw), dtype=np.bool_)
    first = next(columns[name] for name in ("name", "nik", "kk") if name in columns)
    if not pd.api.types.is_numeric_dtype(raw[first].dtype):
        header = (raw[first] == first).fillna(False).to_numpy(dtype=np.bool_)
    numbered = [raw[columns[name]].notna().to_numpy(dtype=np.bool_) for name in ("nik", "kk") if name in columns]
    sums = ~(np.logical_or.reduce(numbered) if numbered else blank) & ~blank
    if "name" in columns:
        sums[sums] = _begins_with_total(raw.loc[sums, columns["name"]], or_missing=True)
    rows = raw.loc[sums]
    found = np.zeros(len(rows), dtype=np.bool_)
    for place in range(rows.shape[1]):
        found |= _begins_with_total(rows.iloc[:, place])
    sums[sums] = found
    return {BLANK_ROW: blank, REPEATED_HEADER: header, TOTAL_ROW: sums}


def _begins_with_total(cells: pd.Series, *, or_missing: bool = False) -> npt.NDArray[np.bool_]:
    """Whether each cell is a text that begins as a sum does; a missing one counts as `or_missing` says."""
    found = [
        _TOTAL.match(cell) is not None if isinstance(cell, str) else or_missing and bool(pd.isna(cell))
        for cell in cells.astype(object)
    ]
    return np.array(found, dtype=np.bool_)
