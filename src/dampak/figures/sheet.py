"""A figure's page: study and finding above, source below, and room for the picture in between.

All lengths are inches, measured from the text itself, so nothing depends on an automatic layout.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from dampak.figures.style import DPI, FONT, GREY, INK, WIDTH

MARGIN = 0.1
KICKER, TITLE, TEXT = 8.0, 10.0, 8.0  # points
LEADING = 1.3


def text_width(text: str, *, size: float = TEXT, bold: bool = False) -> float:
    """Return the printed width of one line of text, in inches."""
    font = FontProperties(family=[FONT], size=size, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width) / 72


def wrap(text: str, width: float, *, size: float = TEXT, bold: bool = False) -> list[str]:
    """Break text into lines no wider than `width` inches; one word wider than that stays whole."""
    lines: list[str] = []
    # Not `split()`: a no-break space keeps a sign with its number.
    for word in filter(None, re.split(r"[ \n]+", text)):
        longer = f"{lines[-1]} {word}" if lines else word
        # The tolerance lets a text fit a column that was measured on that very text.
        if lines and text_width(longer, size=size, bold=bold) <= width + 1e-6:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def balance(text: str, width: float, *, size: float = TEXT, bold: bool = False) -> list[str]:
    """Break text into as few lines as `wrap`, of about equal width: no single word is left on the last line."""
    lines = wrap(text, width, size=size, bold=bold)
    narrower = lines
    while len(narrower) == len(lines) > 1 and width > 1:
        lines = narrower
        width -= 0.05
        narrower = wrap(text, width, size=size, bold=bold)
    return lines


def column_width(texts: Iterable[str], *, cap: float, bold: Iterable[bool] = ()) -> float:
    """Return the width in inches of the widest line when texts are wrapped to at most `cap` inches.

    `bold` says which of the texts are; none where not given.
    """
    pairs = zip_longest(texts, bold, fillvalue=False)
    return max(text_width(line, bold=b) for t, b in pairs for line in wrap(str(t), cap, bold=bool(b)))


def line_height(size: float) -> float:
    """Return the height of a line of text of that size in points, in inches."""
    return size * LEADING / 72


@dataclass(frozen=True)
class Sheet:
    """A page with its texts in place.

    Attributes
    ----------
    figure
        The figure, 16 cm wide.
    height
        Of the whole page, inches.
    bottom, top
        Of the room for the picture, inches above the lower edge of the page.
    """

    figure: Figure
    height: float
    bottom: float
    top: float

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes at a place in inches."""
        return self.figure.add_axes((left / WIDTH, bottom / self.height, width / WIDTH, height / self.height))

    def write(self, x: float, y: float, text: str, **options: Any) -> None:
        """Write text at a place in inches."""
        self.figure.text(x / WIDTH, y / self.height, text, **options)

    def write_centred(self, x: float, y: float, text: str, *, end: float = WIDTH - MARGIN, **options: Any) -> None:
        """Write text centred on `x`, moved sideways where it would leave the page or pass `end`."""
        half = text_width(text, bold=options.get("weight") == "bold") / 2
        self.write(max(min(x, end - half), MARGIN + half), y, text, ha="center", **options)

    def write_lines(self, x: float, y: float, lines: list[str], **options: Any) -> None:
        """Write lines of text, tightly set, centred on a height in inches."""
        step = line_height(TEXT) * 0.8
        for i, line in enumerate(lines):
            self.write(x, y + ((len(lines) - 1) / 2 - i) * step, line, va="center_baseline", **options)


def compose(*, kicker: str, title: str, subtitle: str, note: str, body: float) -> Sheet:
    """Lay out a page.

    Parameters
    ----------
    kicker
        The study, in one small line above the title.
    title
        The finding; wrapped to the page.
    subtitle
        What qualifies the finding; may be empty.
    note
        Number of units and source, below the picture.
    body
        Height of the room for the picture, inches.
    """
    width = WIDTH - 2 * MARGIN
    blocks = [
        (wrap(kicker, width, size=KICKER), KICKER, "normal", GREY, 0.02),
        (balance(title, width, size=TITLE, bold=True), TITLE, "bold", INK, 0.03),
        (balance(subtitle, width), TEXT, "normal", INK, 0.0),
    ]
    foot = wrap(note, width)
    head_height = sum(len(lines) * line_height(size) + gap for lines, size, _, _, gap in blocks)
    foot_height = len(foot) * line_height(TEXT)
    height = round(2 * MARGIN + head_height + 0.12 + body + 0.1 + foot_height, 2)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    FigureCanvasAgg(figure)
    bottom = MARGIN + foot_height + 0.1
    sheet = Sheet(figure=figure, height=height, bottom=bottom, top=bottom + body)
    y = height - MARGIN
    for lines, size, weight, colour, gap in blocks:
        for line in lines:
            sheet.write(MARGIN, y, line, size=size, weight=weight, color=colour, va="top")
            y -= line_height(size)
        y -= gap
    y = MARGIN + foot_height
    for line in foot:
        sheet.write(MARGIN, y, line, size=TEXT, color=GREY, va="top")
        y -= line_height(TEXT)
    return sheet
