"""Why a beneficiary is taken off a list: the stable labels of the ledger, and the official terms they stand for."""

import re

import numpy as np
import pandas as pd

from dampak.errors import ConfigError

COLUMNS = ("reason", "official", "meaning", "programme", "status", "source")


def drop_reasons(table: pd.DataFrame, *, where: str = "config/names/drop_reasons.csv") -> pd.DataFrame:
    """Check the table of reasons.

    Parameters
    ----------
    table : DataFrame of text
        Columns ``reason`` (label of the ledger), ``official`` (Indonesian term), ``meaning``, ``programme``,
        ``status``, ``source``.
    where : str
        File, for messages.

    Returns
    -------
    DataFrame
        Index ``reason``, the other columns in their order.

    Raises
    ------
    ConfigError
        If a column is missing, or a label stands twice or has no official term.
    """
    for column in COLUMNS:
        if column not in table.columns:
            raise ConfigError(f"{where} has no column {column!r}; its columns are {', '.join(COLUMNS)}")
    for column, faulty in (("reason", table["reason"].duplicated()), ("official", table["official"].fillna("") == "")):
        if faulty.any():
            raise ConfigError(
                f"{where}: {table['reason'][faulty].iloc[0]!r} has no {column} of its own; each label stands once, with"
                " its official term"
            )
    return table.set_index("reason")[list(COLUMNS[1:])]


def remark_reasons(remarks: pd.Series, reasons: pd.DataFrame) -> pd.Series:
    """Read the official terms that field officers write in a column of remarks (KETERANGAN).

    A remark is compared by its letters and digits alone. Where two labels share a term (Data Duplikasi), the first
    stands: a remark does not say how an office found the duplicate. It does *not* guess at other wordings.

    Parameters
    ----------
    remarks : (n,) Series of text
    reasons : DataFrame
        From `drop_reasons`.

    Returns
    -------
    (n,) Series of object
        Label, ``""`` where the remark is missing or not an official term.
    """
    labels: dict[str, str] = {}
    for reason, official in reasons["official"].items():
        labels.setdefault(_plain(str(official)), str(reason))
    codes, unique = pd.factorize(remarks.astype(object), use_na_sentinel=True)
    # Code -1 (missing) is the last entry.
    found = np.array([*(labels.get(_plain(str(remark)), "") for remark in unique), ""], dtype=object)
    return pd.Series(found[codes], index=remarks.index, name="reason", dtype=object)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
