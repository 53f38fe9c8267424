"""A picture of the jobs, one band a study, coloured by state.

What a job reads stands to its left; a line that a longer path implies is left out. matplotlib is imported when
something is drawn, not before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dampak.errors import DataError
from dampak.provenance.drawing.boxes import LOOKS, SMALL, Box, Look, file_boxes, job_boxes, step
from dampak.provenance.drawing.layers import Place, bands_in_order, columns, direct, place
from dampak.provenance.graph import Graph
from dampak.provenance.plan import State, count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KICKER = "Jobs, each to the right of what it reads"
NOTE = (
    "A line is left out where a longer path implies it; a strong line comes from a job that would run. "
    "Small names without a frame are files that no job makes, bold where they have changed."
)

# Inches.
MARGIN, PAD = 0.1, 0.1  # around the page, inside a band
STRAIT, WIDE = 0.24, 0.42  # the way between two columns, from and to
HEADER = 0.24  # a band's own line of text
BETWEEN = 0.08  # two bands
TIP = 0.06  # length of an arrow's head


def draw(graph: Graph, states: Mapping[str, State]) -> "Figure":
    """Draw the jobs of a graph.

    Parameters
    ----------
    graph
        The jobs and how they hang together.
    states
        The state of each job, as `dampak.provenance.plan.plan` returns it.

    Returns
    -------
    Figure
        A page that stands alone: its title says how many jobs are stale. It is 16 cm wide, wider where the names need
        it, and grows in height with the number of studies.
    """
    from dampak.figures.style import house_style

    read = {job: graph.parents(node) for job, node in graph.nodes.items()}
    bands = bands_in_order(read, {job: node.study for job, node in graph.nodes.items()})
    column = columns(read)
    with house_style():
        boxes, width = job_boxes(graph, states, column)
        lines = direct(read)
        for name, (box, readers) in file_boxes(graph, states, column).items():
            boxes[name] = box
            width[box.column] = max(width.get(box.column, 0.0), box.text_width + 0.08)
            lines[name] = []
            for reader in readers:
                lines[reader].append(name)
        # Files that the first jobs read stand in a column of their own.
        shift = -min(width, default=0)
        boxes = {name: replace(box, column=box.column + shift) for name, box in boxes.items()}
        placed = place(
            lines,
            column={name: box.column for name, box in boxes.items()},
            band={name: box.band for name, box in boxes.items()},
            height={name: box.height for name, box in boxes.items()},
        )
        return _Page(boxes, states, placed, [width[c] for c in sorted(width)], bands).figure


def write(figure: "Figure", path: Path) -> None:
    """Write a figure as SVG, PNG or PDF, by the ending of the path; equal figures give equal bytes.

    Raises
    ------
    DataError
        When the path ends in anything else.
    """
    from dampak.figures.style import DPI, FORMATS, METADATA, house_style
    from dampak.provenance.writing import write_atomically

    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise DataError(
            f"{path}: a picture cannot be written in this format; give a name that ends in .svg, .png or .pdf"
        )
    with house_style():
        write_atomically(path, partial(figure.savefig, format=suffix, dpi=DPI, metadata=METADATA[suffix]))


def finding(states: Mapping[str, State]) -> str:
    """Return the title: how many jobs are stale, and how many wait for them."""
    number = count(states.values())
    total, stale, waits = len(states), number["stale"], number["waits"]
    if total == 0:
        return "There are no jobs"
    if total == 1:
        return f"The only job is {'stale' if stale else 'up to date'}"
    if stale in {0, total}:
        return f"All {total} jobs are {'stale' if stale else 'up to date'}"
    title = f"{stale} of {total} jobs {'is' if stale == 1 else 'are'} stale"
    if waits:
        title += f", {waits} {'waits' if waits == 1 else 'wait'} for {'it' if stale == 1 else 'them'}"
    return title


def band_note(states: Sequence[State]) -> str:
    """Return what stands beside a study's name: `1 stale, 5 wait`."""
    number = count(states)
    parts = [f"{number['stale']} stale"] if number["stale"] else []
    if number["waits"]:
        parts.append(f"{number['waits']} {'waits' if number['waits'] == 1 else 'wait'}")
    return ", ".join(parts) or "up to date"


class _Page:
    """The page as it is drawn, from the top down. All lengths are inches from its lower left corner."""

    def __init__(
        self,
        boxes: Mapping[str, Box],
        states: Mapping[str, State],
        placed: Place,
        widths: Sequence[float],
        bands: Sequence[str],
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from dampak.figures.sheet import balance, line_height, wrap
        from dampak.figures.style import DPI, GREY, WIDTH

        self.boxes, self.states, self.widths = boxes, states, widths
        ways = max(len(widths) - 1, 1)
        needed = sum(widths) + ways * STRAIT + 2 * (MARGIN + PAD)
        width = max(WIDTH, needed)
        way = min(STRAIT + (width - needed) / ways, WIDE)
        self.lefts = [MARGIN + PAD + sum(widths[:c]) + c * way for c in range(len(widths))]

        title = balance(finding(states), width - 2 * MARGIN, size=10, bold=True)
        note = wrap(NOTE, width - 2 * MARGIN, size=SMALL)
        header = {name: self._header(name, placed) for name in bands}
        tall = {name: header[name] + placed.heights[name] + PAD for name in bands}
        head = line_height(8) + 0.02 + len(title) * line_height(10) + 0.34
        foot = 0.06 + len(note) * line_height(SMALL)
        height = 2 * MARGIN + head + sum(tall.values()) + BETWEEN * max(len(bands) - 1, 0) + foot
        height = round(height, 2)
        self.figure = Figure(figsize=(round(width, 2), height), dpi=DPI)
        FigureCanvasAgg(self.figure)

        y = height - MARGIN
        self._text(MARGIN, y, KICKER, size=8, color=GREY, va="top")
        y -= line_height(8) + 0.02
        for line in title:
            self._text(MARGIN, y, line, size=10, weight="bold", va="top")
            y -= line_height(10)
        self._legend(y - 0.16)
        y -= 0.34
        tops: dict[str, float] = {}
        for name in bands:
            self._band(name, y, tall[name])
            tops[name] = y - header[name]
            y -= tall[name] + BETWEEN
        self.middle = {name: tops[box.band] - placed.y[name] for name, box in boxes.items()}
        self._lines(placed, tops)
        for name in boxes:
            self._box(name)
        y = MARGIN + len(note) * line_height(SMALL)
        for line in note:
            self._text(MARGIN, y, line, size=SMALL, color=GREY, va="top")
            y -= line_height(SMALL)

    def _add(self, artist: Any) -> None:
        artist.set_transform(self.figure.dpi_scale_trans)
        self.figure.add_artist(artist)

    def _text(self, x: float, y: float, words: str, **options: Any) -> None:
        self.figure.text(x, y, words, transform=self.figure.dpi_scale_trans, **options)

    def _panel(self, x: float, y: float, width: float, height: float, *, radius: float, **options: Any) -> None:
        from matplotlib.patches import FancyBboxPatch

        style = f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0"
        self._add(FancyBboxPatch((x, y), width, height, boxstyle=style, **options))

    def _frame(self, x: float, y: float, width: float, height: float, look: Look) -> None:
        stroke = {"edgecolor": look.edge, "linewidth": look.line_width, "linestyle": look.dashes}
        self._panel(x, y, width, height, radius=0.04, facecolor=look.fill, zorder=3, **stroke)

    def _legend(self, y: float) -> None:
        from dampak.figures.sheet import text_width

        x = MARGIN + 0.01
        for name, number in count(self.states.values()).items():
            if number:
                words = f"{number} {LOOKS[name].one if number == 1 else LOOKS[name].many}"
                self._frame(x, y - 0.06, 0.22, 0.12, LOOKS[name])
                self._text(x + 0.28, y, words, size=8, va="center_baseline")
                x += 0.28 + text_width(words) + 0.2

    def _note(self, band: str) -> str:
        return band_note([self.states[name] for name, box in self.boxes.items() if box.band == band and box.look])

    def _header(self, band: str, placed: Place) -> float:
        """Return the room above a band's boxes: less where nothing stands high below the band's name."""
        from dampak.figures.sheet import text_width

        end = MARGIN + PAD + text_width(band, size=9, bold=True) + 0.1 + text_width(self._note(band))
        under = [n for n, box in self.boxes.items() if box.band == band and self.lefts[box.column] < end + 0.1]
        free = min((placed.y[name] - self.boxes[name].height / 2 for name in under), default=0.0)
        return max(PAD, HEADER - free)

    def _band(self, band: str, top: float, height: float) -> None:
        from dampak.figures.sheet import text_width
        from dampak.figures.style import GREY

        right = self.lefts[-1] + self.widths[-1] + PAD
        self._panel(
            MARGIN, top - height, right - MARGIN, height, radius=0.06, facecolor="#F4F4F4", edgecolor="none", zorder=0
        )
        x = MARGIN + PAD
        self._text(x, top - 0.13, band, size=9, weight="bold", va="center_baseline")
        x += text_width(band, size=9, bold=True) + 0.1
        self._text(x, top - 0.13, self._note(band), size=8, color=GREY, va="center_baseline")

    def _lines(self, placed: Place, tops: Mapping[str, float]) -> None:
        """Draw the lines: curves between two columns, straight where they pass one."""
        from matplotlib.patches import PathPatch, Polygon
        from matplotlib.path import Path as Curve

        from dampak.figures.style import GREY, INK, PALE

        # Lines from study to study bend at different places, one for each job that they come from.
        far = list(dict.fromkeys(p for p, job in placed.routes if self.boxes[p].band != self.boxes[job].band))
        bend = {parent: (i + 1) / (len(far) + 1) for i, parent in enumerate(far)}
        for (parent, job), stops in placed.routes.items():
            source, target = self.boxes[parent], self.boxes[job]
            share = bend[parent] if source.band != target.band else 0.5
            if parent not in self.states:
                style: dict[str, Any] = {"color": PALE, "linewidth": 0.6, "zorder": 1}
            elif self.states[parent].fresh:
                style = {"color": GREY, "linewidth": 0.6, "zorder": 1.5}
            else:
                style = {"color": INK, "linewidth": 1.0, "zorder": 2}
            start = (self.lefts[source.column] + self.widths[source.column], self.middle[parent])
            points, codes = [start], [Curve.MOVETO]
            tip = self.lefts[target.column] - 0.005
            passed = [(self.lefts[c], tops[band] - below, self.widths[c]) for c, band, below in stops]
            for x, y, along in [*passed, (tip - TIP / 2, self.middle[job], 0.0)]:
                before, level = points[-1]
                turn = before + (x - before) * share
                points += [(turn, level), (turn, y), (x, y), (x + along, y)]
                codes += [Curve.CURVE4] * 3 + [Curve.LINETO]
                share = 0.5
            self._add(PathPatch(Curve(points, codes), fill=False, **style))
            y = self.middle[job]
            head = [(tip, y), (tip - TIP, y + 0.026), (tip - TIP, y - 0.026)]
            self._add(Polygon(head, **style | {"linewidth": 0}))

    def _box(self, name: str) -> None:
        from dampak.figures.style import GREY, INK

        box, y = self.boxes[name], self.middle[name]
        x, width, height = self.lefts[box.column], self.widths[box.column], box.height
        if box.look:
            self._frame(x, y - height / 2, width, height, box.look)
        else:
            own = box.text_width + 0.08
            x, width = x + width - own, own
            self._panel(x, y - height / 2, own, height, radius=0, facecolor="white", edgecolor="none", zorder=3)
        y += box.text_height / 2
        for line in box.lines:
            look = {"size": line.size, "weight": "bold" if line.bold else "normal"}
            look |= {"color": GREY if line.faint else INK, "ha": "center", "va": "center_baseline"}
            self._text(x + width / 2, y - step(line.size) / 2, line.text, zorder=4, **look)
            y -= step(line.size)
