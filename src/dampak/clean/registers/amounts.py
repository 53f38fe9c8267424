"""Amounts of rupiah, as numbers or as offices write them."""

import re

import numpy as np
import pandas as pd

EMPTY, NOT_READABLE, NEGATIVE = "amount_empty", "amount_not_readable", "amount_negative"

_CURRENCY = re.compile(r"^\s*(?:RP|IDR)\.?\s*|\s*(?:[.,]-+|RUPIAH|,-)\s*$", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?|[0-9](?:\.[0-9]+)?E\+?[0-9]{1,2}", re.IGNORECASE)
_DOTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{1,2})?")
_COMMAS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")


def read_rupiah(values: pd.Series, *, decimal: str | None = None, thousands: str | None = None) -> pd.DataFrame:
    """Read amounts from text: ``1800000``, ``1.800.000``, ``Rp 1.800.000,00``, ``1,800,000.00``, ``Rp1.800.000,-``.

    Where the source does not name its marks, groups of three digits are thousands (``1.800`` is one thousand eight
    hundred: rupiah have no three decimals) and one or two digits after the last mark are decimals.

    Parameters
    ----------
    values : (n,) Series of text
    decimal, thousands : str or None
        Marks that the source names: the other reading is then ruled out (``1,800`` with the decimal mark ``,`` is 1.8).

    Returns
    -------
    (n, 2) DataFrame
        Index of `values`. ``amount``: float64, Rp, NaN where missing or not readable. ``problem``: ``""``,
        ``amount_empty``, ``amount_not_readable`` or ``amount_negative`` (which is read).
    """
    codes, unique = pd.factorize(values.astype(object), use_na_sentinel=True)
    read = [_read(str(text), decimal, thousands) for text in unique]
    # Code -1 (missing) is the last entry.
    amount = np.array([*(found for found, _ in read), np.nan], dtype=np.float64)
    problem = np.array([*(found for _, found in read), EMPTY], dtype=object)
    return pd.DataFrame({"amount": amount[codes], "problem": problem[codes]}, index=values.index)


def _read(raw: str, decimal: str | None, thousands: str | None) -> tuple[float, str]:
    text = re.sub(r"\s+", "", _CURRENCY.sub("", raw.strip().lstrip("'")))
    negative = text.startswith("-") or (text.startswith("(") and text.endswith(")"))
    text = _CURRENCY.sub("", text.strip("-+()"))
    if not text:
        return np.nan, EMPTY
    if thousands and thousands not in ".,":
        text = text.replace(thousands, "")
    # A workbook gives true numbers with a point whatever the marks of its texts are, so that these only rule out.
    if _DOTS.fullmatch(text) and decimal != "." and thousands != ",":
        text = text.replace(".", "").replace(",", ".")
    elif _COMMAS.fullmatch(text) and decimal != "," and thousands != ".":
        text = text.replace(",", "")
    if not _PLAIN.fullmatch(text):
        return np.nan, NOT_READABLE
    number = float(text.replace(",", "."))
    return (-number, NEGATIVE) if negative and number else (number, "")
