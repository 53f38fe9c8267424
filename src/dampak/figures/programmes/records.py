"""The rows of a table, one after the other."""

from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[Any]:
    """Return rows as named tuples; the type of a cell is that of its column, which no annotation can tell."""
    return list(frame.itertuples(index=False))
