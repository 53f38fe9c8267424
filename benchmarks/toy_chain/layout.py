"""The five steps, and where a project keeps the files that an edit touches."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Step to (the step whose output it reads, its output, the leaves of the settings, the shared modules it imports).
STEPS: dict[str, tuple[str | None, str, tuple[str, ...], tuple[str, ...]]] = {
    "clean": (None, "clean.csv", ("clean.min_age", "clean.max_age"), ("rows",)),
    "match": ("clean", "match.csv", ("match.caliper",), ("numbers", "rounding", "rows")),
    "estimate": ("match", "estimate.csv", ("estimate.critical",), ("numbers", "rounding", "rows")),
    "figure": ("estimate", "figure.svg", ("digits", "figure.width", "figure.height"), ("numbers", "rounding", "rows")),
    "table": ("estimate", "table.csv", ("digits", "table.heading"), ("numbers", "rounding", "rows")),
}


@dataclass
class Project:
    """One copy of the toy chain, laid out for one tool.

    Attributes
    ----------
    folder
        The project's folder; an edit that moves or clones the project sets it anew.
    config
        The settings file, relative to it.
    results
        The folder of outputs, relative to it.
    package
        The folder of the shared modules, relative to it.
    step_file
        Returns the file that holds a step's function, relative to the folder.
    carry
        Takes the outputs of one project to another, the way that the tool has for it.
    hidden
        What the tool keeps outside the project's folder; a clone on another machine does not have it.
    """

    folder: Path
    config: str
    results: str
    package: str
    step_file: Callable[[str], str]
    carry: Callable[["Project", "Project"], object]
    hidden: list[Path] = field(default_factory=list)

    def source(self, step: str) -> str:
        """Return the path of a step's input, relative to the folder."""
        before = STEPS[step][0]
        return "data/raw.csv" if before is None else self.target(before)

    def target(self, step: str) -> str:
        """Return the path of a step's output, relative to the folder."""
        return f"{self.results}/{STEPS[step][1]}"

    def output(self, step: str) -> Path:
        """Return the output file of a step."""
        return self.folder / self.target(step)

    def outputs(self) -> dict[str, bytes | None]:
        """Return the bytes of every output; None for one that is missing."""
        files = {step: self.output(step) for step in STEPS}
        return {step: file.read_bytes() if file.is_file() else None for step, file in files.items()}

    def replace(self, path: str, old: str, new: str, *, keep_time: bool = False) -> None:
        """Replace a text that occurs once in a file, in place as an editor does."""
        file = self.folder / path
        before, text = file.stat(), file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{file}: {old!r} occurs {text.count(old)} times; an edit needs exactly one")
        with file.open("r+", encoding="utf-8") as stream:
            stream.write(text.replace(old, new))
            stream.truncate()
        if keep_time:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
