"""In which unit an effect is printed: points for a share, per cent for a logarithm, thousands for large sums."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.figures.labels import Labels
from dampak.figures.numbers import currency, decimals, number

SHARES = ("share", "proportion", "probability", "0/1", "bagian", "proporsi", "peluang")
LARGE = 1000  # rupiah; from this on, thousands are printed


@dataclass(frozen=True)
class Scale:
    """How effects on one outcome are printed.

    Attributes
    ----------
    kind
        `share` (times 100), `log` (100 (exp(x) - 1)) or `level` (divided by `divisor`).
    divisor
        1 or 1000.
    unit
        Printed on the axis.
    digits
        Decimal places of printed numbers.
    language
        `en` or `id`.
    """

    kind: str
    divisor: float
    unit: str
    digits: int
    language: str

    def __call__(self, values: Any) -> NDArray[np.float64]:
        """Return effects (any shape) in the printed unit; what is not finite stays so."""
        given = np.asarray(values, dtype=float)
        if self.kind == "share":
            return given * 100
        return np.expm1(given) * 100 if self.kind == "log" else given / self.divisor

    def text(self, value: float) -> str:
        """Return a value that is already in the printed unit, as text; a dash where it is unknown."""
        return number(value, language=self.language, digits=self.digits)


def scale_of(outcome: str, labels: Labels, effects: pd.DataFrame, *, ends: Sequence[str] = ("estimate",)) -> Scale:
    """Choose the scale of an outcome.

    Parameters
    ----------
    outcome
        Its codebook unit decides: a share, a unit that begins with `log`, or a level.
    labels
        Of the study.
    effects
        Rows of that outcome: `std_error`, and the columns named in `ends`, in the unit of the outcome.
    ends
        Columns whose size decides whether a sum of money is printed in thousands.

    Returns
    -------
    Scale
        Its digits show two significant digits of the median standard error, one decimal at most for per cent.
    """
    unit = (labels.unit(outcome) or "").strip()
    low = unit.lower()
    errors = effects["std_error"].to_numpy(dtype=float)
    if low in SHARES:
        kind, divisor, printed = "share", 1.0, labels.say("points")
    elif low.startswith("log"):
        kind, divisor, printed = "log", 1.0, labels.say("per_cent")
    else:
        sizes = np.abs(effects[list(ends)].to_numpy(dtype=float))
        rupiah = currency(unit, language=labels.language).startswith("Rp")
        large = rupiah and bool(np.any(sizes[np.isfinite(sizes)] >= LARGE))
        kind, divisor = "level", 1000.0 if large else 1.0
        printed = labels.say("thousand", unit=unit) if large else unit
    known = errors[np.isfinite(errors) & (errors > 0)]
    middle = float(np.median(known)) if len(known) else math.nan
    spread = middle / divisor if kind == "level" else 100 * middle
    digits = decimals([spread]) if math.isfinite(spread) else 1
    return Scale(kind, divisor, printed, min(digits, 1) if kind != "level" else digits, labels.language)
