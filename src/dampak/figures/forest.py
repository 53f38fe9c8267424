"""A forest of estimates with their intervals: the common part of the figures of effects and of placebo outcomes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from dampak.figures.numbers import number, tick_digits
from dampak.figures.sheet import MARGIN, Sheet, column_width, text_width, wrap
from dampak.figures.style import GREY, INK, PALE, SHADE, WIDTH

PITCH = 0.235  # inches from row to row
HEADER = 0.24
AXIS = 0.46  # below the rows: tick labels and axis label
GUTTER = 0.12


@dataclass(frozen=True)
class Row:
    """One estimate.

    Attributes
    ----------
    label
        Printed left of the row.
    estimate, low, high
        In the unit of the outcome; not finite where unknown, and then not drawn.
    cells
        Printed right of the row, one text per column.
    colour, marker
        Of the mark; the shape tells what the colour tells.
    bold
        Whether the row is the study's headline.
    """

    label: str
    estimate: float
    low: float
    high: float
    cells: tuple[str, ...]
    colour: str
    marker: str = "o"
    bold: bool = False


@dataclass(frozen=True)
class Band:
    """A reference estimate with its interval, drawn as a vertical band across all rows; its label stands above."""

    estimate: float
    low: float
    high: float
    label: str
    colour: str


@dataclass(frozen=True)
class Panel:
    """One outcome: its rows, the label of its axis, the heads of its columns, and what it is held against."""

    rows: tuple[Row, ...]
    axis: str
    heads: tuple[str, ...]
    band: Band | None = None


def panel_height(panel: Panel) -> float:
    """Return the height of a panel in inches."""
    return HEADER + PITCH * len(panel.rows) + AXIS


def draw_panels(sheet: Sheet, panels: Sequence[Panel], *, language: str) -> None:
    """Draw panels from top to bottom, their columns aligned with one another.

    Parameters
    ----------
    sheet
        A page with room for the sum of the panels' heights.
    panels
        At least one; all with the same number of columns.
    language
        `en` or `id`, for the numbers of the axis.
    """
    rows = [row for panel in panels for row in panel.rows]
    labels = column_width([row.label for row in rows], cap=0.3 * WIDTH, bold=[row.bold for row in rows])
    columns = range(len(panels[0].heads))
    widths = []
    for i in columns:
        heads = [text_width(panel.heads[i]) for panel in panels]
        widths.append(max(heads + [text_width(row.cells[i], bold=row.bold) for row in rows]))
    left = MARGIN + labels + GUTTER
    right = WIDTH - MARGIN - sum(widths) - GUTTER * len(widths)
    starts = [right + GUTTER * (i + 1) + sum(widths[:i]) for i in columns]
    top = sheet.top
    for panel in panels:
        bottom = top - panel_height(panel)
        height = PITCH * len(panel.rows)
        axes = sheet.axes(left, bottom + AXIS, right - left, height)
        _draw_axes(axes, panel, language=language)
        sheet.write_centred((left + right) / 2, bottom + AXIS - 0.23, panel.axis, va="top")
        for i, start in enumerate(starts):
            sheet.write(start, bottom + AXIS + height + 0.06, panel.heads[i], color=GREY, va="bottom")
        for place, row in enumerate(panel.rows):
            y = bottom + AXIS + height - PITCH * (place + 0.5)
            weight = "bold" if row.bold else "normal"
            sheet.write_lines(MARGIN, y, wrap(row.label, labels, bold=row.bold), weight=weight)
            for start, cell in zip(starts, row.cells, strict=True):
                sheet.write(start, y, cell, weight=weight, va="center_baseline")
        if panel.band:
            _write_band(sheet, axes, panel.band, bottom + AXIS + height + 0.06, end=right)
        top = bottom


def _write_band(sheet: Sheet, axes: Axes, band: Band, y: float, *, end: float) -> None:
    """Write the label of the band above it, clear of the columns that begin at `end`."""
    box = axes.get_position()
    low, high = axes.get_xlim()
    centre = (box.x0 + (band.estimate - low) / (high - low) * box.width) * WIDTH
    sheet.write_centred(centre, y, band.label, end=end, color=band.colour, weight="bold", va="bottom")


def _draw_axes(axes: Axes, panel: Panel, *, language: str) -> None:
    """Draw marks, intervals, the zero line and the band of one panel."""
    low, high = _limits(panel)
    axes.set_xlim(low, high)
    axes.set_ylim(len(panel.rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for y in range(1, len(panel.rows), 2):
        axes.axhspan(y - 0.5, y + 0.5, color="#F6F6F6", linewidth=0, zorder=0)
    if panel.band:
        axes.axvspan(panel.band.low, panel.band.high, color=panel.band.colour, alpha=0.18, linewidth=0, zorder=1)
        axes.axvline(panel.band.estimate, color=panel.band.colour, linewidth=1.2, zorder=1)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=2)
    for y, row in enumerate(panel.rows):
        if math.isfinite(row.low) and math.isfinite(row.high):
            axes.plot([row.low, row.high], [y, y], color=row.colour, linewidth=2 if row.bold else 1.2, zorder=3)
        if math.isfinite(row.estimate):
            axes.plot(
                row.estimate,
                y,
                marker=row.marker,
                markersize=6.5 if row.bold else 5,
                color=row.colour,
                markeredgewidth=(2.2 if row.bold else 1.8) if row.marker == "x" else 1.0,
                linestyle="none",
                zorder=4,
            )
    _ticks(axes, language=language)
    axes.grid(axis="x", color=SHADE, linewidth=0.6)
    axes.spines["bottom"].set_color(PALE)


def _ticks(axes: Axes, *, language: str) -> None:
    """Place as many ticks, six intervals at most, as leave air between their numbers."""
    low, high = axes.get_xlim()
    inches = axes.get_position().width * WIDTH
    for intervals in range(6, 0, -1):
        places = [float(x) for x in MaxNLocator(intervals, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)]
        places = [x for x in places if low <= x <= high]
        digits = tick_digits(places[1] - places[0]) if len(places) > 1 else 0
        texts = [number(x, language=language, digits=digits) for x in places]
        widths = [text_width(text) for text in texts]
        needed = max([(a + b) / 2 + 0.1 for a, b in pairwise(widths)], default=0.0)
        if len(places) < 2 or needed <= inches * (places[1] - places[0]) / (high - low):
            break
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.set_xticklabels(texts)


def _limits(panel: Panel) -> tuple[float, float]:
    """Return the ends of the axis: everything drawn, and zero, with a little air."""
    values = [0.0]
    for row in panel.rows:
        values += [row.estimate, row.low, row.high]
    if panel.band:
        values += [panel.band.estimate, panel.band.low, panel.band.high]
    finite = [v for v in values if math.isfinite(v)]
    low, high = min(finite), max(finite)
    pad = 0.04 * (high - low) or 1.0
    return low - pad, high + pad
