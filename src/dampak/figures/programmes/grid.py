"""A grid of cells with texts in them: rows named on the left, columns named above in upright lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.patches import Rectangle

from dampak.figures.sheet import MARGIN, Sheet, column_width, line_height, text_width, wrap
from dampak.figures.style import GREY, INK, WIDTH

GUTTER = 0.1
UPRIGHT = 0.9  # inches that the name of a column may take


@dataclass(frozen=True)
class Cell:
    """One cell: its text, its ground, its ink; `framed` cells have a dark edge."""

    text: str
    ground: str = "white"
    ink: str = INK
    bold: bool = False
    framed: bool = False


@dataclass(frozen=True)
class Grid:
    """Cells (r, c) with the names of rows and columns; `pitch` is the height of a row in inches."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    pitch: float
    cap: float = 1.9

    @cached_property
    def left(self) -> float:
        """Where the cells begin, inches from the edge of the page."""
        return MARGIN + column_width(self.rows, cap=self.cap) + GUTTER

    @cached_property
    def step(self) -> float:
        """Width of a cell, inches."""
        return (WIDTH - MARGIN - self.left) / max(len(self.columns), 1)

    @cached_property
    def head(self) -> float:
        """Height of the names of the columns, inches."""
        return max((text_width(line) for lines in self._upright() for line in lines), default=0) + 0.08

    @cached_property
    def height(self) -> float:
        """Of names and cells together, inches."""
        return self.head + self.pitch * len(self.rows)

    def _upright(self) -> list[list[str]]:
        return [wrap(name, UPRIGHT) for name in self.columns]

    def draw(self, sheet: Sheet, *, top: float) -> None:
        """Draw the grid below a height in inches."""
        under = top - self.head
        for i, lines in enumerate(self._upright()):
            middle = self.left + (i + 0.5) * self.step
            for k, line in enumerate(lines):
                x = middle + (k - (len(lines) - 1) / 2) * line_height(8) * 0.8
                sheet.write(x, under + 0.04, line, rotation=90, ha="center", va="bottom")
        axes = sheet.axes(self.left, under - self.pitch * len(self.rows), WIDTH - MARGIN - self.left,
                          self.pitch * len(self.rows))  # fmt: skip
        axes.set_xlim(0, len(self.columns))
        axes.set_ylim(len(self.rows), 0)
        axes.axis("off")
        for r, (name, cells) in enumerate(zip(self.rows, self.cells, strict=True)):
            y = under - self.pitch * (r + 0.5)
            sheet.write_lines(MARGIN, y, wrap(name, self.left - MARGIN - GUTTER))
            for c, cell in enumerate(cells):
                box = Rectangle((c, r), 1, 1, facecolor=cell.ground, edgecolor="white", linewidth=1.2)
                axes.add_patch(box)
                if cell.framed:
                    inner = Rectangle((c + 0.05, r + 0.06), 0.9, 0.88, fill=False, edgecolor=INK, linewidth=1.0)
                    axes.add_patch(inner)
                if cell.text:
                    sheet.write(self.left + (c + 0.5) * self.step, y, cell.text, ha="center", va="center_baseline",
                                color=cell.ink, weight="bold" if cell.bold else "normal")  # fmt: skip


def shade(share: float, *, hue: tuple[int, int, int] = (0, 90, 150)) -> str:
    """Return a ground between white and a hue; darker is more, in colour and in grey.

    Parameters
    ----------
    share
        In [0, 1]; what lies beyond is drawn at the end.
    """
    part = min(max(share, 0.0), 1.0)
    return "#" + "".join(f"{round(255 + (value - 255) * part):02X}" for value in hue)


def ink_on(share: float) -> str:
    """Return the ink that can be read on `shade(share)`."""
    return "white" if share > 0.55 else INK


def write_swatches(sheet: Sheet, x: float, y: float, entries: Sequence[tuple[Cell, str]], *, size: float = 0.17
                   ) -> None:  # fmt: skip
    """Write a key of cells in one line, breaking it where the page ends."""
    start = x
    for cell, text in entries:
        if x > start and x + size + 0.06 + text_width(text) > WIDTH - MARGIN:
            x, y = start, y - size - 0.04
        axes = sheet.axes(x, y, size, size)
        axes.axis("off")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        edge = INK if cell.framed else GREY
        axes.add_patch(Rectangle((0, 0), 1, 1, facecolor=cell.ground, edgecolor=edge, linewidth=0.6, clip_on=False))
        sheet.write(x + size / 2, y + size / 2, cell.text, ha="center", va="center_baseline", color=cell.ink,
                    weight="bold" if cell.bold else "normal")  # fmt: skip
        sheet.write(x + size + 0.06, y + size / 2, text, va="center_baseline")
        x += size + 0.06 + text_width(text) + 0.2
