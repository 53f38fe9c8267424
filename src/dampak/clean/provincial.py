"""Sources that come in a file per province."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.readers import read_source, source_label
from dampak.clean.spelling import listing
from dampak.config.sources import PROVINCE
from dampak.errors import DataError

# Row 123 of the file of province 35 is row 350,000,123 of the source: the first two digits of nine name the file.
ROWS_OF_A_FILE = 10_000_000


def of_province(spec: Mapping[str, Any], province: str) -> dict[str, Any]:
    """Return a source as that of one province: the code in its path filled in."""
    return {**spec, "path": str(spec["path"]).replace(PROVINCE, province)}


def numbered(rows: npt.NDArray[np.int64], province: str, *, where: str) -> npt.NDArray[np.int64]:
    """Number the rows of a province's file so that no two files of a source share a number.

    Parameters
    ----------
    rows : (n,) int
        1-based data rows of the file.
    province : str
        Code, two digits.
    where : str
        Source and file, for messages.

    Returns
    -------
    (n,) int
        province * 10,000,000 + row.

    Raises
    ------
    DataError
        If the file has more rows than that leaves room for.
    """
    if rows.size and int(rows.max()) >= ROWS_OF_A_FILE:
        raise DataError(
            f"{where} has {int(rows.max())} rows; a file of a province may have {ROWS_OF_A_FILE - 1} at most: divide it"
        )
    return int(province) * ROWS_OF_A_FILE + rows


def read_provinces(
    name: str, spec: Mapping[str, Any], base_dir: Path, *, key: str, provinces: Iterable[str]
) -> pd.DataFrame:
    """Read a source; where it has a file per province, all of them, one below the other.

    Parameters
    ----------
    name, spec, base_dir, key
        As `dampak.clean.readers.read_source`; `{province}` in the path stands for each code.
    provinces : iterable of str
        Codes, two digits.

    Returns
    -------
    DataFrame
        As `read_source`; of several files the row numbers are those of `numbered`.

    Raises
    ------
    DataError
        If a file cannot be read, or the files do not have the same columns.
    """
    if PROVINCE not in str(spec.get("path") or ""):
        return read_source(name, spec, base_dir, key=key)
    parts: list[pd.DataFrame] = []
    deleted: list[int] = []
    for province in provinces:
        own = of_province(spec, province)
        where = f"{key}.{name}: {source_label(own)}"
        part = read_source(name, own, base_dir, key=key)
        if parts and (other := set(part.columns) ^ set(parts[0].columns)):
            raise DataError(
                f"{where}: the column {listing(sorted(map(str, other)), limit=3)} is not in all files of this source;"
                " deliver every province in one layout"
            )
        gone = np.array(part.attrs.pop("deleted_rows", []), dtype=np.int64)
        deleted += numbered(gone, province, where=where).tolist()
        part.index = pd.Index(numbered(part.index.to_numpy(dtype=np.int64), province, where=where), name="row")
        parts.append(part)
    table = pd.concat(parts)
    if deleted:
        table.attrs["deleted_rows"] = deleted
    return table
