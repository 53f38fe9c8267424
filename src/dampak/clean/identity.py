"""Names for rows: an id that follows a row's content, or the id that the data have."""

import hashlib
from collections.abc import Sequence

import pandas as pd

from dampak.clean.ledger import Finding
from dampak.errors import DataError

ID_LENGTH = 16
_FIELD, _VALUE, _MISSING = "\x1e", "\x1f", "\x00"


def content_ids(texts: pd.DataFrame, *, source: str, before: Sequence[str]) -> pd.Series:
    """Name each row by what it contains, so that the order of rows in a file never matters.

    The id is the first 16 hexadecimal digits of SHA-256 over the source's name, the row's values of the variables that
    design the study, and an occurrence number that keeps equal rows apart. Outcomes are not in the hash, so that a
    corrected outcome changes no id; equal rows are numbered in the order of their other values, never of the file.
    Give it *no* personal columns: a hash of few possible values can be guessed.

    Parameters
    ----------
    texts : (n, p) DataFrame of object
        Raw values as text (``None`` where missing), one column per canonical variable.
    source : str
        Name of the source: equal rows of two sources are two units.
    before : sequence of str
        Columns that go into the hash: what is known before treatment, and the treatment.

    Returns
    -------
    (n,) Series of str
        Same index as `texts`.
    """
    known = set(before)
    after = [name for name in texts.columns if name not in known]
    content = pd.DataFrame(
        {"design": _joined(texts, sorted(known)), "rest": _joined(texts, sorted(after))}, index=texts.index
    )
    content["place"] = range(len(content))
    content = content.sort_values(["design", "rest"], kind="stable")
    content["number"] = content.groupby("design", sort=False).cumcount()
    content = content.sort_values("place")
    ids = [
        hashlib.sha256(f"{source}{_FIELD}{number}{text}".encode()).hexdigest()[:ID_LENGTH]
        for text, number in zip(content["design"], content["number"], strict=True)
    ]
    return pd.Series(ids, index=texts.index, dtype=object)


def _joined(texts: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """One text per row that two rows share only if they agree in every named column."""
    joined = pd.Series(_FIELD, index=texts.index, dtype=object)
    for name in names:
        joined = joined + _FIELD + name + _VALUE + texts[name].astype(object).where(texts[name].notna(), _MISSING)
    return joined


def duplicate_rows(texts: pd.DataFrame) -> Finding:
    """Find rows that repeat an earlier row in every variable of the codebook.

    Parameters
    ----------
    texts : (n, p) DataFrame of object
        Raw values as text, the id and personal columns included.

    Returns
    -------
    Finding
        Reason ``duplicate_row``; the first of equal rows is kept.
    """
    return Finding("duplicate_row", texts.where(texts.notna(), _MISSING).duplicated(keep="first").to_numpy())


def require_unique(ids: pd.Series, sources: Sequence[str], *, variable: str, labels: dict[str, str]) -> None:
    """Refuse ids that name more than one row.

    Parameters
    ----------
    ids : (n,) Series of str
        Index: 1-based row in the raw file.
    sources : (n,) sequence of str
        Source of each row.
    variable : str
        Name of the id, for the message.
    labels : dict
        File of each source, for the message.

    Raises
    ------
    DataError
        Naming up to three ids and the rows that share them.
    """
    duplicated = ids.duplicated(keep=False).to_numpy()
    if not duplicated.any():
        return
    table = pd.DataFrame({"id": ids.to_numpy()[duplicated]})
    table["place"] = [
        f"{labels[source]} row {row}"
        for source, row, shared in zip(sources, ids.index, duplicated, strict=True)
        if shared
    ]
    shared_ids = list(dict.fromkeys(table["id"]))
    named = [f"{unit!r} ({', '.join(table.loc[table['id'] == unit, 'place'].iloc[:3])})" for unit in shared_ids[:3]]
    more = f" and {len(shared_ids) - 3} more" if len(shared_ids) > 3 else ""
    raise DataError(
        f"unit_id {variable!r} must name one row each, but different rows share {'; '.join(named)}{more};"
        " correct the ids, select one row of each with `keep`, or use `unit_id: content`"
    )
