"""The sixteen digits of a NIK or KK number, from a cell as spreadsheets and people leave it.

A cell is never guessed at: a letter O is not read as a zero, a missing digit is not filled in.
"""

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.errors import DataError

LENGTH = 16
EMPTY, OTHER_SIGNS, WRONG_LENGTH, LOST_DIGITS = "empty", "not_digits", "not_16_digits", "lost_digits"

_LARGEST_EXACT = 2**53
_SEPARATORS = re.compile(r"[\s.,'\"`´‘’\u02bc\-_/:;\u200b-\u200f\ufeff]+")
_SCIENTIFIC = re.compile(r"\+?([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]+)")
# A number that was written to text with its decimals; a group of dotted digits is shorter before its first dot.
_DECIMALS = re.compile(r"([0-9]{13,})[.,]0{1,2}")

Found = tuple[str | None, str]


def sixteen_digits(
    values: pd.Series, *, exact_numbers: bool = False
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Read sixteen digits from raw cells.

    Blanks, dots, dashes and a leading apostrophe are separators. Excel keeps 15 significant digits and writes zeros
    after them, so that a *number* (not a text) that ends in zero may have lost its last digit; a number that ends in
    another digit has not.

    Parameters
    ----------
    values : (n,) Series of any dtype
    exact_numbers : bool
        Whether numbers come from a source that keeps all digits (Stata or SPSS doubles, DBF, integers of a database),
        so that a final zero is a digit like another.

    Returns
    -------
    digits : (n,) object
        Text of 16 digits, ``None`` where there is a problem.
    problem : (n,) object
        ``""``, ``"empty"``, ``"not_digits"``, ``"not_16_digits"`` or ``"lost_digits"``.
    """
    cells: list[object] = values.astype(object).tolist()
    digits = np.empty(len(cells), dtype=object)
    problem = np.full(len(cells), "", dtype=object)
    digits[:] = [
        cell if type(cell) is str and len(cell) == LENGTH and cell.isascii() and cell.isdigit() else None
        for cell in cells
    ]
    for place in np.flatnonzero(pd.isna(digits)).tolist():
        digits[place], problem[place] = _from_cell(cells[place], exact_numbers)
    return digits, problem


def _from_cell(cell: object, exact_numbers: bool) -> Found:
    """Read one cell that is not plainly a text of sixteen digits."""
    if isinstance(cell, str):
        return _from_text(cell, exact_numbers)
    if isinstance(cell, bool | np.bool_):
        return None, OTHER_SIGNS
    if isinstance(cell, int | np.integer):
        return _from_number(int(cell), exact_numbers)
    if isinstance(cell, float | np.floating):
        number = float(cell)
        if np.isnan(number):
            return None, EMPTY
        if not number.is_integer():
            return None, WRONG_LENGTH if np.isfinite(number) else OTHER_SIGNS
        if number > _LARGEST_EXACT and len(str(int(number))) == LENGTH:
            return None, LOST_DIGITS
        return _from_number(int(number), exact_numbers)
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None, EMPTY
    return _from_text(str(cell), exact_numbers)


def _from_number(number: int, exact_numbers: bool) -> Found:
    text = str(number)
    if number < 0 or len(text) != LENGTH:
        return None, WRONG_LENGTH
    if text.endswith("0") and not exact_numbers:
        return None, LOST_DIGITS
    return text, ""


def _from_text(text: str, exact_numbers: bool) -> Found:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.strip().lstrip("'`‘’").strip()
    if match := _SCIENTIFIC.fullmatch(text):
        mantissa, exponent = match[1] + (match[2] or ""), match[3].lstrip("0")
        if exponent != str(LENGTH - 1):
            return None, WRONG_LENGTH
        if len(mantissa) < LENGTH:
            return None, LOST_DIGITS
        return (mantissa, "") if len(mantissa) == LENGTH else (None, WRONG_LENGTH)
    if match := _DECIMALS.fullmatch(text):
        return _from_number(int(match[1]), exact_numbers)
    text = _SEPARATORS.sub("", text)
    if not text:
        return None, EMPTY
    if not (text.isascii() and text.isdigit()):
        return None, OTHER_SIGNS
    return (text, "") if len(text) == LENGTH else (None, WRONG_LENGTH)


def digit_matrix(numbers: pd.Series, *, reader: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Take numbers of sixteen digits apart.

    Parameters
    ----------
    numbers : (n,) Series of text
        Sixteen digits or missing, as `sixteen_digits` gives them.
    reader : str
        Function that reads raw cells, for the message.

    Returns
    -------
    present : (n,) bool
    digits : (m, 16) int
        Of the m numbers that are present, in their order.

    Raises
    ------
    DataError
        If a value is something else; the message names its row, never the value.
    """
    present = numbers.notna().to_numpy(dtype=np.bool_)
    texts = numbers.to_numpy(dtype=object)[present].tolist()
    for place, text in enumerate(texts):
        if not (type(text) is str and len(text) == LENGTH and text.isascii() and text.isdigit()):
            row = numbers.index[np.flatnonzero(present)[place]]
            raise DataError(f"row {row} does not hold {LENGTH} digits; read raw cells with `{reader}` first")
    codes = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8).reshape(-1, LENGTH)
    return present, codes.astype(np.int64) - ord("0")
