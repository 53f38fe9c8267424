"""What stands in the boxes of the picture: the jobs with their reasons to run, and the files that no job makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dampak.provenance.graph import Graph, Node
from dampak.provenance.plan import CUES, State

NAME, SMALL = 8.0, 7.0  # points
INSET = 0.06  # inches between a frame and its text
NARROW, CAP = 0.62, 1.25  # inches: the width of a column, from and to (a longer rule name widens it)
FILES_NAMED = 3
# What a box says for a cue, where the cue's own name would leave a reader asking.
WORDS = {cue: cue for cue in CUES} | {"unknown": "not\N{NO-BREAK SPACE}in\N{NO-BREAK SPACE}lock"}


@dataclass(frozen=True)
class Look:
    """How a state is drawn: told apart by fill, by frame and by the text in the box.

    Attributes
    ----------
    one, many
        What the legend says after the number of jobs.
    fill, edge
        Colours: tints of the house's vermilion, orange and blue, apart in a grey print too.
    line_width, dashes
        Of the frame, as matplotlib takes them.
    """

    one: str
    many: str
    fill: str
    edge: str
    line_width: float
    dashes: Any = "solid"


LOOKS = {
    "stale": Look("stale: the box says why", "stale: the box says why", "#F4BE9B", "#B34700", 1.6),
    "waits": Look(
        "waits: runs only if what it reads changes",
        "wait: run only if what they read changes",
        "#FDEFD0",
        "#8A5A00",
        1.0,
        (0, (3.0, 1.6)),
    ),
    "fresh": Look("up to date", "up to date", "#DCEBF5", "#0072B2", 0.6),
}


def step(size: float) -> float:
    """Return the height of a line of text in a box, inches."""
    return size * 1.22 / 72


@dataclass(frozen=True)
class Line:
    """A line of text in a box; `faint` for what only tells boxes apart."""

    text: str
    size: float = SMALL
    bold: bool = False
    faint: bool = False

    @property
    def width(self) -> float:
        """Printed width, inches."""
        from dampak.figures.sheet import text_width

        return text_width(self.text, size=self.size, bold=self.bold)


@dataclass(frozen=True)
class Box:
    """A job, or files that no job makes.

    Attributes
    ----------
    band
        The study.
    column
        Counted from the left.
    lines
        The text.
    look
        How the job's state is drawn; None for files.
    """

    band: str
    column: int
    lines: list[Line]
    look: Look | None = None

    @property
    def text_height(self) -> float:
        """Of all lines, inches."""
        return sum(step(line.size) for line in self.lines)

    @property
    def height(self) -> float:
        """Of the box, inches."""
        return self.text_height + (0.09 if self.look else 0.05)

    @property
    def text_width(self) -> float:
        """Of the widest line, inches."""
        return max(line.width for line in self.lines)


def job_boxes(
    graph: Graph, states: Mapping[str, State], column: Mapping[str, int]
) -> tuple[dict[str, Box], dict[int, float]]:
    """Return the box of each job, and the width in inches that each column needs for them."""
    from dampak.figures.sheet import wrap

    names: dict[str, list[Line]] = {}
    widths: dict[int, float] = {}
    for job, node in graph.nodes.items():
        state = states[job]
        others = _others(node)
        names[job] = [
            Line(node.rule, NAME, bold=state.stale),
            *([Line(_elide(others), faint=True)] if others else []),
        ]
        # One reason always fits on a line.
        lines = [*names[job], *(Line(f"{WORDS[cue]},") for cue in state.cues)]
        widths[column[job]] = max(widths.get(column[job], NARROW), max(line.width for line in lines) + 2 * INSET)
    boxes: dict[str, Box] = {}
    for job, node in graph.nodes.items():
        state = states[job]
        reasons = ", ".join(WORDS[cue] for cue in CUES if cue in state.cues) or ("waits" if state.waits_for else "")
        lines = [Line(line) for line in wrap(reasons, widths[column[job]] - 2 * INSET, size=SMALL)]
        boxes[job] = Box(node.study, column[job], [*names[job], *lines], LOOKS[state.kind])
    return boxes, widths


def file_boxes(
    graph: Graph, states: Mapping[str, State], column: Mapping[str, int]
) -> dict[str, tuple[Box, list[str]]]:
    """Return a box, and the jobs that read it, for each set of files that the same jobs read and no job makes.

    It stands in the column before its first reader. Changed files are named first, in bold.
    """
    readers: dict[tuple[str, str], list[str]] = {}
    for job, node in graph.nodes.items():
        for path in node.inputs:
            if path not in graph.producer:
                readers.setdefault((node.study, path), []).append(job)
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (study, path), jobs in readers.items():
        together.setdefault((study, tuple(jobs)), []).append(path)
    boxes: dict[str, tuple[Box, list[str]]] = {}
    for (study, reading), paths in together.items():
        jobs = list(reading)
        changed = {path for job in jobs for path in states[job].cues.get("input", [])}
        shown = sorted(paths, key=lambda path: (path not in changed, path))[:FILES_NAMED]
        lines = [
            Line(_elide(path.rpartition("/")[2]), bold=path in changed, faint=path not in changed) for path in shown
        ]
        if len(paths) > len(shown):
            lines.append(Line(f"and {len(paths) - len(shown)} more", faint=True))
        before = min(column[job] for job in jobs) - 1
        boxes[f"{study}/files of {' '.join(jobs)}"] = (Box(study, before, lines), jobs)
    return boxes


def _others(node: Node) -> str:
    """Return the values of a job's wildcards other than its study."""
    return node.job.partition("/")[2].removeprefix(node.rule).removeprefix(".").replace("%20", " ")


def _elide(text: str) -> str:
    """Return text short enough for a column, with its middle left out where it is too long."""
    kept, short = len(text), text
    while Line(short, bold=True).width > CAP - 2 * INSET:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
    return short
