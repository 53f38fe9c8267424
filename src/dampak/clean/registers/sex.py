"""Sex as registers code it."""

import re

import numpy as np
import pandas as pd

from dampak.clean.cells import cell_text

EMPTY, NOT_READABLE = "sex_empty", "sex_not_readable"
# P is perempuan (woman), never pria (man): the official pair is L/P, and Susenas and DTKS number it 1/2.
_CODES = {
    **dict.fromkeys(("L", "1", "LK", "LAKI", "LAKILAKI", "PRIA"), "L"),
    **dict.fromkeys(("P", "2", "PR", "PEREMPUAN", "WANITA"), "P"),
}


def read_sex(values: pd.Series) -> pd.DataFrame:
    """Read sex from raw cells: L/P, 1/2, Laki-laki/Perempuan, in any case and with a code before the word.

    Parameters
    ----------
    values : (n,) Series of any dtype

    Returns
    -------
    (n, 2) DataFrame
        Index of `values`. ``sex``: ``L`` or ``P``, ``None`` where there is a problem. ``problem``: ``""``,
        ``sex_empty`` or ``sex_not_readable``.
    """
    codes, unique = pd.factorize(cell_text(values), use_na_sentinel=True)
    read = [_read(str(text)) for text in unique]
    # Code -1 (missing) is the last entry.
    sex = np.array([*(found for found, _ in read), None], dtype=object)
    problem = np.array([*(problem for _, problem in read), EMPTY], dtype=object)
    return pd.DataFrame({"sex": sex[codes], "problem": problem[codes]}, index=values.index, dtype=object)


def _read(text: str) -> tuple[str | None, str]:
    word = re.sub(r"[^A-Z0-9]", "", text.upper())
    if not word:
        return None, EMPTY
    found = _CODES.get(word)
    if found is None and word[0] in "12" and (spelt := _CODES.get(word[1:])) == _CODES[word[0]]:
        # "1. Laki-laki", as questionnaires print it.
        found = spelt
    return (None, NOT_READABLE) if found is None else (found, "")
