"""One line of the parity ledger: a number that somebody else printed, and the function that gives ours."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

# Half of the last printed digit, and a little for a source that rounded a number just at that half.
PRINTED = 0.501
# Digits that the page shows at most. Processors may differ in the last four of sixteen.
SIGNIFICANT = 9
# Further digits of ours, where it rounds to another number than the source's.
MORE = 3


@dataclass(frozen=True)
class Row:
    """One published result.

    Attributes
    ----------
    id : str
    what : str
        The estimator, in the field's words.
    data : str
    published : dict of str to str
        Quantity to number, in the digits of the source. "standard error" is shown in brackets.
    source : str
    ours : function without arguments
        Returns our numbers in the order of `published`.
    tolerance : float or None
        Relative; None is half of the last printed digit.
    error_tolerance : float or None
        The same for all but the first quantity; None is `tolerance`.
    remark : str
        What a reader should know about how the number is met.
    shown : int or None
        How many quantities the page shows; all if None.
    """

    id: str
    what: str
    data: str
    published: dict[str, str]
    source: str
    ours: Callable[[], Sequence[float]]
    tolerance: float | None = None
    error_tolerance: float | None = None
    remark: str = ""
    shown: int | None = None

    @cached_property
    def found(self) -> tuple[float, ...]:
        """Our numbers, computed once."""
        values = tuple(float(value) for value in self.ours())
        assert len(values) == len(self.published), f"{self.id}: {len(values)} numbers for {len(self.published)} printed"
        return values

    @property
    def tolerances(self) -> list[float | None]:
        """Relative tolerance of each quantity; None is half of the last printed digit."""
        others = self.tolerance if self.error_tolerance is None else self.error_tolerance
        return [self.tolerance, *[others] * (len(self.published) - 1)]

    @property
    def allowed(self) -> list[float]:
        """Largest admissible absolute difference, per quantity."""
        return [
            PRINTED / 10 ** _decimals(text) if relative is None else relative * abs(float(text))
            for text, relative in zip(self.published.values(), self.tolerances, strict=True)
        ]

    @property
    def misses(self) -> list[str]:
        """A sentence for each quantity beyond its tolerance."""
        numbers = zip(self.published.items(), self.found, self.allowed, strict=True)
        return [
            f"{self.id}: {name} is {value:.12g}, published {text}, allowed {limit:.3g}"
            for (name, text), value, limit in numbers
            if not abs(value - float(text)) <= limit
        ]

    @cached_property
    def display(self) -> list[tuple[str, str, Decimal]]:
        """Ours, theirs and the difference of what is shown, per quantity.

        Ours has the digits of the source that the tolerance speaks of, so that it is the same on every processor, and
        `MORE` where it rounds to another number than the source's.
        """
        cells = []
        numbers = list(zip(self.published.values(), self.found, self.tolerances, strict=True))
        for text, value, relative in numbers[: self.shown]:
            exact = SIGNIFICANT if relative is None else min(SIGNIFICANT, 1 - math.floor(math.log10(relative)))
            digits = max(0, min(_decimals(text), exact - len(str(abs(int(float(text)))))))
            theirs, mine = f"{Decimal(text):.{digits}f}", f"{value:.{digits}f}"
            if Decimal(mine) != Decimal(theirs):
                mine = f"{value:.{digits + MORE}f}"
            cells.append((mine, theirs, Decimal(mine) - Decimal(theirs)))
        return cells

    @property
    def line(self) -> str:
        """The row of the table."""
        ours, theirs = (self._join([str(cell[side]) for cell in self.display]) for side in (0, 1))
        gaps = [cell[2] for cell in self.display]
        difference = self._join([f"{gap:f}" if gap else "0" for gap in gaps]) if any(gaps) else "0"
        what = self.what + ("\\*" if self.remark else "")
        cells = (f"`{self.id}`", what, self.data, ours, theirs, difference, self._tolerance_text, self.source)
        return f"| {' | '.join(cells)} |"

    @property
    def _tolerance_text(self) -> str:
        limits = [self.tolerance] + ([] if self.error_tolerance is None else [self.error_tolerance])
        return "; ".join("printed" if limit is None else f"{limit:g}".replace("e-0", "e-") for limit in limits)

    def _join(self, values: list[str]) -> str:
        text = ""
        for name, value in zip(self.published, values, strict=False):
            shown = f"({value})" if name == "standard error" else f"· {value}"
            text += f" {shown}"
        return text.removeprefix(" · ").strip().replace("-", "−")


@dataclass(frozen=True)
class Group:
    """A table of the page."""

    title: str
    text: str
    rows: list[Row]


def effect_and_error(result: Any) -> tuple[float, float]:
    """Return estimate and standard error of an Effect or SurveyMean."""
    return result.estimate, result.std_error


def numbers(estimate: Callable[..., Any], *arguments: Any) -> Callable[[], tuple[float, float]]:
    """Return the function of a row that calls an estimator with these arguments."""
    return lambda: effect_and_error(estimate(*arguments))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
