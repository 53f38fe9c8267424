"""Effects that others published, in the unit and with the interval of our own."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dampak.figures.programmes.records import records
from dampak.figures.programmes.scales import Scale
from dampak.figures.programmes.strips import interval

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Published:
    """One published effect: value and interval in the printed unit, and the letter that the key explains."""

    letter: str
    study: str
    note: str
    value: float
    low: float
    high: float


def published_of(
    published: pd.DataFrame | None, outcome: str, scale: Scale, *, alpha: float
) -> Mapping[str, tuple[Published, ...]]:
    """Return the published effects on one outcome, by programme.

    Parameters
    ----------
    published
        `tables/published.csv`: treatment, outcome, study, estimate, std_error, note; or None.
    outcome
        Its estimates are in the same unit as our own.
    scale
        Of the outcome.
    alpha
        One minus the level of the interval; a row without a standard error has no interval.

    Returns
    -------
    mapping
        A study with its note has the same letter in every panel: letters follow the order of the whole table. Rows
        without an estimate are left out.
    """
    if published is None or published.empty:
        return {}
    known = published[published["estimate"].notna()]
    pairs = list(dict.fromkeys(zip(known["study"].astype(str), known["note"].fillna("").astype(str), strict=True)))
    found: dict[str, list[Published]] = {}
    for row in records(known[known["outcome"] == outcome]):
        study, note = str(row.study), "" if pd.isna(row.note) else str(row.note)
        estimate, std_error = float(row.estimate), float(row.std_error)
        low, high = interval(estimate, std_error, alpha=alpha) if math.isfinite(std_error) else (math.nan, math.nan)
        value, low, high = (float(v) for v in scale([estimate, low, high]))
        letter = LETTERS[pairs.index((study, note)) % len(LETTERS)]
        found.setdefault(str(row.treatment), []).append(Published(letter, study, note, value, low, high))
    return {programme: tuple(rows) for programme, rows in found.items()}
