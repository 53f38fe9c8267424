"""Tables on disk with stable bytes: UTF-8 CSV at ten significant digits, or Parquet rounded to the same."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from dampak.provenance.writing import write_atomically

SIGNIFICANT_DIGITS = 10


def round_significant(values: np.ndarray, *, digits: int = SIGNIFICANT_DIGITS) -> np.ndarray:
    """Round floats to a number of significant digits.

    Parameters
    ----------
    values : (n,) float array
    digits
        Significant decimal digits kept.

    Returns
    -------
    (n,) float array
        NaN and infinities stay as they are; negative zero becomes zero.
    """
    values = np.asarray(values, dtype=float)
    finite = np.isfinite(values) & (values != 0)
    rounded = np.where(values == 0, 0.0, values)
    # Through decimal text: scaling by a power of ten would itself round.
    rounded[finite] = [float(f"{v:.{digits - 1}e}") for v in values[finite]]
    return rounded


def write_table(frame: pd.DataFrame, path: Path, *, exact: bool = False) -> None:
    """Write a table with stable bytes.

    Parameters
    ----------
    frame
        Rows in their final order.
    path
        `*.csv` (UTF-8, comma, one header line, `\\n`) or `*.parquet`.
    exact
        Write the floats of a Parquet file as they are; those of a CSV file always have ten significant digits.

    Raises
    ------
    ValueError
        For any other suffix.
    """
    frame = frame.reset_index(drop=True)
    floats = [c for c in frame.columns if pd.api.types.is_float_dtype(frame[c])]
    if not (exact and path.suffix == ".parquet"):
        frame = frame.assign(**{c: round_significant(frame[c].to_numpy(dtype=float)) for c in floats})
    match path.suffix:
        case ".csv":
            text = frame.assign(**{c: frame[c].map(_number) for c in floats})
            write_atomically(path, lambda p: text.to_csv(p, index=False, lineterminator="\n", encoding="utf-8"))
        case ".parquet":
            write_atomically(path, lambda p: frame.to_parquet(p, index=False, compression="zstd"))
        case other:
            raise ValueError(f"{path}: tables are .csv or .parquet, not {other!r}")


def _number(value: float) -> str:
    """Format a float as short text: at most ten significant digits, `inf` for infinity, empty for missing."""
    if np.isnan(value):
        return ""
    if np.isfinite(value) and value == int(value) and abs(value) < 10**SIGNIFICANT_DIGITS:
        return str(int(value))
    return f"{value:.{SIGNIFICANT_DIGITS}g}"


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote; text columns keep empty cells as empty text.

    Raises
    ------
    ValueError
        For a suffix other than `.csv` and `.parquet`.
    """
    match path.suffix:
        case ".csv":
            frame = pd.read_csv(path, encoding="utf-8", keep_default_na=False, na_values={}, dtype=str)
            return frame.assign(**{c: _typed(frame[c]) for c in frame.columns})
        case ".parquet":
            return pd.read_parquet(path)
        case other:
            raise ValueError(f"{path}: tables are .csv or .parquet, not {other!r}")


def as_numbers(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table from a CSV file with these columns as floats: one that is empty throughout was read as text."""
    empty = [name for name in columns if name in frame.columns and (frame[name].astype(str) == "").all()]
    return frame.assign(**{name: np.full(len(frame), np.nan) for name in empty})


def _typed(column: pd.Series) -> pd.Series:
    """Give a text column the type that its cells show: integer, float (empty = missing) or text."""
    filled = column[column != ""]
    if filled.empty:
        return column
    try:
        numbers = pd.to_numeric(filled)
    except (ValueError, TypeError):
        return column
    if len(filled) == len(column):
        return numbers
    return numbers.astype(float).reindex(column.index)
