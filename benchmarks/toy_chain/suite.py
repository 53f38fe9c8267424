"""Make every edit with a tool, and hold what ran against what had to run."""

import shutil
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from toy_chain.edits import EDITS, Edit
from toy_chain.layout import STEPS, Project
from toy_chain.tools import Everything, Tool


@dataclass(frozen=True)
class Outcome:
    """What a tool did after one edit.

    Attributes
    ----------
    edit
        The edit.
    ran
        The steps that ran, in their order.
    missed
        Steps that had to run and did not.
    spurious
        Steps that ran and did not have to.
    wrong
        Steps whose output, in the end, is not what the edited project makes from nothing.
    seconds
        The time of the command.
    """

    edit: Edit
    ran: tuple[str, ...]
    missed: tuple[str, ...]
    spurious: tuple[str, ...]
    wrong: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Score:
    """What a tool did in the whole suite.

    Attributes
    ----------
    tool
        Its name.
    outcomes
        What it did, edit by edit.
    idle
        The seconds of its runs with nothing to do.
    first
        The seconds of the run that made everything.
    """

    tool: str
    outcomes: tuple[Outcome, ...]
    idle: tuple[float, ...]
    first: float

    @property
    def exact(self) -> int:
        """Number of edits after which exactly the right steps ran."""
        return sum(not outcome.missed and not outcome.spurious for outcome in self.outcomes)

    @property
    def missed(self) -> int:
        """Number of steps missed."""
        return sum(len(outcome.missed) for outcome in self.outcomes)

    @property
    def spurious(self) -> int:
        """Number of steps run for nothing."""
        return sum(len(outcome.spurious) for outcome in self.outcomes)

    @property
    def wrong(self) -> int:
        """Number of edits that end with a wrong output."""
        return sum(bool(outcome.wrong) for outcome in self.outcomes)

    @property
    def no_op(self) -> float:
        """Median seconds with nothing to do."""
        return statistics.median(self.idle)

    @property
    def seconds(self) -> float:
        """Seconds over all edits."""
        return sum(outcome.seconds for outcome in self.outcomes)


def timed(tool: Tool, project: Project) -> tuple[list[str], float]:
    """Run the tool; return the steps that ran and the seconds."""
    begin = time.perf_counter()
    ran = tool.run(project)
    return ran, time.perf_counter() - begin


def play(tool: Tool, truth: dict[str, dict[str, bytes | None]], edits: Iterable[Edit] = EDITS) -> Score:
    """Make each edit to a project that is up to date, and bring it up to date again.

    Before each edit the project is put back at the same place with the same times, and run once with nothing to do: so
    that a tool knows the files as it would know them on any day, and to time that run.

    Parameters
    ----------
    tool
        The tool.
    truth
        By edit, the outputs that the edited project makes from nothing; filled here by `Everything`.

    Raises
    ------
    RuntimeError
        When the project is not up to date after two runs, or an edit changes an output that it does not name.
    """
    project = tool.project()
    place, kept = project.folder.parent, tool.room / "kept"
    tool.lay_out(project)
    everything = isinstance(tool, Everything)
    _, first = timed(tool, project)
    base = project.outputs()
    tool.run(project)
    shutil.copytree(place, kept, symlinks=True)
    outcomes, idle = [], []
    for edit in edits:
        shutil.rmtree(place)
        shutil.copytree(kept, place, symlinks=True)
        project = tool.project()
        ran, seconds = timed(tool, project)
        if ran and not everything:
            raise RuntimeError(f"{tool.name}: {ran} ran with nothing to do, before '{edit.name}'")
        idle.append(seconds)
        edit.make(project)
        ran, seconds = timed(tool, project)
        after = project.outputs()
        if everything:
            truth[edit.name] = after
            changed = {step for step in STEPS if after[step] != base[step]}
            if changed - set(edit.must):
                raise RuntimeError(f"'{edit.name}' changes the output of {sorted(changed - set(edit.must))}")
        right = {step for step in STEPS if after[step] == truth[edit.name][step]}
        outcomes.append(judge(edit, ran, right, seconds))
    return Score(tool.name, tuple(outcomes), tuple(idle), first)


def judge(edit: Edit, ran: list[str], right: set[str], seconds: float) -> Outcome:
    """Hold what ran against what had to run.

    Parameters
    ----------
    edit
        The edit.
    ran
        The steps that ran.
    right
        The steps whose output, in the end, is what the edited project makes from nothing.
    seconds
        The time of the command.
    """
    done = set(ran) | (right if edit.repair else set())
    return Outcome(
        edit,
        ran=tuple(ran),
        missed=tuple(step for step in edit.must if step not in done),
        spurious=tuple(step for step in ran if step not in edit.must),
        wrong=tuple(step for step in STEPS if step not in right),
        seconds=seconds,
    )


def rooms(base: Path, tools: Iterable[type[Tool]], peers: Path) -> list[Tool]:
    """Return each tool with a folder of its own."""
    made = []
    for number, tool in enumerate(tools):
        room = base / str(number)
        room.mkdir()
        made.append(tool(room, peers))
    return made
