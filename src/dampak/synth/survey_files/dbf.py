"""Write dBase III tables of numbers, the format in which BPS delivers Susenas."""

import datetime
import re
import struct

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,9}")
_WIDEST = 20
_VERSION, _WINDOWS_ANSI = 0x03, 0x03
_HEADER, _FIELD = struct.Struct("<BBBBIHH17xBxx"), struct.Struct("<11sc4xBB14x")
Cells = NDArray[np.bytes_]


def dbf_bytes(table: pd.DataFrame, *, date: datetime.date) -> bytes:
    """Encode a table of numbers as a dBase III file.

    Whole numbers become fields of type N. Others become fields of type F and keep the shortest decimal text that gives
    the same float64 back, so that nothing is rounded.

    Parameters
    ----------
    table : (n, p) DataFrame
        Integer columns (nullable ones too) and float64 columns; a missing value is a blank cell. Names of at most ten
        capital letters, digits and underscores.
    date : date
        Day of the last change that the header tells: a fixed one makes the bytes the same each time.

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        If a column has another type or a name that the format does not have, or a number does not fit in 20 characters.

    References
    ----------
    dBASE III table file format: header of 32 bytes, field descriptors of 32 bytes, records of fixed width.
    """
    columns = {str(name): _cells(str(name), table[name]) for name in table.columns}
    fields = [_FIELD.pack(name.encode(), kind, width, decimals) for name, (_, kind, width, decimals) in columns.items()]
    length = 1 + sum(width for _, _, width, _ in columns.values())
    offset = _HEADER.size + _FIELD.size * len(fields) + 1
    header = _HEADER.pack(
        _VERSION, date.year - 1900, date.month, date.day, len(table), offset, length, _WINDOWS_ANSI
    )  # fmt: skip
    # The first byte of a record, a blank, says that it is not deleted.
    records = np.full((len(table), length), ord(" "), dtype=np.uint8)
    start = 1
    for cells, _, width, _ in columns.values():
        records[:, start : start + width] = cells.view(np.uint8).reshape(len(table), width)
        start += width
    return b"".join([header, *fields, b"\r", records.tobytes(), b"\x1a"])


def _cells(name: str, values: pd.Series) -> tuple[Cells, bytes, int, int]:
    """Right-justified text of a column, its type, width and decimals."""
    if not _NAME.fullmatch(name):
        raise DataError(
            f"a DBF table cannot have a column {name!r}; use at most ten capital letters, digits and underscores"
        )
    missing = values.isna().to_numpy(dtype=np.bool_)
    decimals = 0
    if pd.api.types.is_integer_dtype(values.dtype):
        kind, texts = b"N", values.to_numpy(dtype=np.int64, na_value=0).astype(f"S{_WIDEST}")
    elif pd.api.types.is_float_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=0.0)
        kind, texts = b"F", np.where(missing, 0.0, numbers).astype("S32")
        point = np.strings.find(texts, b".")
        strange = np.flatnonzero(
            (np.strings.str_len(texts) > _WIDEST) | (np.strings.find(texts, b"e") >= 0) | (point < 0)
        )
        if len(strange):
            raise DataError(
                f"column {name!r}, row {strange[0] + 1}: the number needs more than {_WIDEST} characters in a DBF "
                "table; round it or change its unit"
            )
        decimals = int((np.strings.str_len(texts) - point - 1).max(initial=1))
    else:
        raise DataError(f"column {name!r} is of type {values.dtype}; a DBF table written here holds numbers only")
    texts[missing] = b""
    width = max(int(np.strings.str_len(texts).max(initial=1)), decimals + 2 if decimals else 1)
    return np.strings.rjust(texts, width).astype(f"S{width}"), kind, width, decimals
