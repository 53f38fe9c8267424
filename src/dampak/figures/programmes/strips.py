"""A strip: marks with intervals along one axis, row under row, to be set beside other strips of the same rows."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import NormalDist

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from dampak.figures.numbers import number, tick_digits
from dampak.figures.sheet import Sheet, text_width
from dampak.figures.style import GREY, INK, PALE, SHADE, WIDTH

STRIPE = "#F6F6F6"


@dataclass(frozen=True)
class Mark:
    """One estimate.

    Attributes
    ----------
    y
        Inches below the top of the strip.
    value, low, high
        In the unit of the axis; not finite where unknown, and then not drawn.
    colour, marker, filled
        Shape and filling tell what the colour tells.
    size
        Of the mark, points.
    """

    y: float
    value: float
    low: float = math.nan
    high: float = math.nan
    colour: str = INK
    marker: str = "o"
    filled: bool = True
    size: float = 4.5
    width: float = 1.3


@dataclass(frozen=True)
class Line:
    """A thin line between two values of one row, from the naive to the adjusted estimate."""

    y: float
    start: float
    end: float
    colour: str
    width: float


@dataclass(frozen=True)
class Strip:
    """What is drawn along one axis; `stripes` are (top, bottom) in inches, shaded."""

    marks: tuple[Mark, ...]
    limits: tuple[float, float]
    lines: tuple[Line, ...] = ()
    stripes: tuple[tuple[float, float], ...] = field(default=())
    zero: bool = True


def interval(value: float, std_error: float, *, alpha: float) -> tuple[float, float]:
    """Return the normal interval around a value; unknown where the standard error is."""
    if not (math.isfinite(value) and math.isfinite(std_error)):
        return math.nan, math.nan
    reach = NormalDist().inv_cdf(1 - alpha / 2) * std_error
    return value - reach, value + reach


def limits_for(core: Iterable[float], ends: Iterable[float], *, zero: bool = True, wide: float = 4.0
               ) -> tuple[float, float]:  # fmt: skip
    """Return the ends of an axis: every value of `core`, and of `ends` those that do not dwarf the others.

    Parameters
    ----------
    core
        Values that must be on the axis; not finite ones are passed over.
    ends
        Ends of intervals and other values that may lie beyond; an end farther from zero than `wide` times the median
        of them is cut off.
    zero
        Whether zero must be on the axis.
    """
    inner = [v for v in core if math.isfinite(v)]
    outer = [v for v in ends if math.isfinite(v)]
    cap = wide * float(np.median(np.abs(outer))) if outer else 0.0
    cap = max([cap, *(1.3 * abs(v) for v in inner)])
    shown = inner + [min(max(v, -cap), cap) for v in outer] + ([0.0] if zero else [])
    low, high = (min(shown), max(shown)) if shown else (0.0, 1.0)
    pad = 0.05 * (high - low) or 1.0
    return low - pad, high + pad


def draw_strip(sheet: Sheet, strip: Strip, *, left: float, top: float, width: float, height: float, language: str
               ) -> Axes:  # fmt: skip
    """Draw a strip at a place in inches; a mark beyond the axis becomes an open triangle at its end."""
    axes = sheet.axes(left, top - height, width, height)
    axes.set_xlim(*strip.limits)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    for start, end in strip.stripes:
        axes.axhspan(start, end, color=STRIPE, linewidth=0, zorder=0)
    axes.grid(axis="x", color=SHADE, linewidth=0.6)
    if strip.zero:
        axes.axvline(0, color=INK, linewidth=0.8, zorder=2)
    for line in strip.lines:
        axes.plot([line.start, line.end], [line.y] * 2, color=line.colour, linewidth=line.width, zorder=2.5)
    for mark in strip.marks:
        _draw_mark(axes, mark)
    place_ticks(axes, language=language)
    return axes


def _draw_mark(axes: Axes, mark: Mark) -> None:
    low, high = axes.get_xlim()
    ends = [("<", low, mark.low < low), (">", high, mark.high > high)]
    if math.isfinite(mark.low) and math.isfinite(mark.high):
        shown = [max(mark.low, low), min(mark.high, high)]
        axes.plot(shown, [mark.y] * 2, color=mark.colour, linewidth=mark.width, zorder=3)
        for shape, place, beyond in ends:
            if beyond:
                axes.plot(place, mark.y, marker=shape, markersize=3.5, color=mark.colour, clip_on=False, zorder=3)
    if not math.isfinite(mark.value):
        return
    outside = mark.value < low or mark.value > high
    axes.plot(
        min(max(mark.value, low), high),
        mark.y,
        marker=mark.marker if not outside else "<" if mark.value < low else ">",
        markersize=mark.size,
        color=mark.colour,
        markerfacecolor=mark.colour if mark.filled else "white",
        markeredgewidth=1.0,
        linestyle="none",
        clip_on=False,
        zorder=5 if mark.filled else 4,
    )


def place_ticks(axes: Axes, *, language: str, most: int = 5, suffix: str = "") -> None:
    """Place as many ticks as leave air between their numbers."""
    low, high = axes.get_xlim()
    inches = axes.get_position().width * WIDTH
    places: list[float] = []
    texts: list[str] = []
    for intervals in range(most, 0, -1):
        found = MaxNLocator(intervals, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        places = [float(x) for x in found if low <= x <= high]
        digits = tick_digits(places[1] - places[0]) if len(places) > 1 else 0
        texts = [number(x, language=language, digits=digits) + suffix for x in places]
        needed = max([(text_width(a) + text_width(b)) / 2 + 0.08 for a, b in pairwise(texts)], default=0.0)
        if len(places) < 2 or needed <= inches * (places[1] - places[0]) / (high - low):
            break
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.set_xticklabels(texts)
    axes.tick_params(axis="x", pad=2)


def stripes_of(heights: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return every second row of those heights, as (top, bottom) in inches."""
    edges = np.concatenate([[0.0], np.cumsum(np.asarray(heights, dtype=float))])
    return tuple((float(edges[i]), float(edges[i + 1])) for i in range(1, len(heights), 2))


def write_key(sheet: Sheet, x: float, y: float, entries: Sequence[tuple[Mark, str]], *, end: float = WIDTH) -> float:
    """Write a key in lines, each name beside a copy of its mark.

    Returns
    -------
    float
        Height of the lowest line, inches.
    """
    start = x
    for mark, text in entries:
        if x > start and x + 0.22 + text_width(text) > end:
            x, y = start, y - 0.16
        axes = sheet.axes(x, y, 0.18, 0.12)
        axes.axis("off")
        axes.set_xlim(0, 1)
        axes.set_ylim(1, 0)
        if math.isfinite(mark.low):
            axes.plot([0, 1], [0.5, 0.5], color=mark.colour, linewidth=mark.width)
        face = mark.colour if mark.filled else "white"
        axes.plot(
            0.5, 0.5, marker=mark.marker, markersize=mark.size, color=mark.colour, markerfacecolor=face, clip_on=False
        )
        sheet.write(x + 0.23, y + 0.06, text, va="center_baseline", color=INK if mark.colour != GREY else GREY)
        x += 0.23 + text_width(text) + 0.18
    return y
