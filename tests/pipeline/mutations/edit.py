"""What a mutation is, and the few ways to make one."""

import os
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..conftest import Project

STAGES = "clean score match orders balance effects verdicts overlap love effects_figure placebo_figure"
FIGURES = "overlap love effects_figure placebo_figure"


def jobs(rules: str, *studies: str) -> frozenset[str]:
    """Return `rule study` for every rule and study."""
    return frozenset(f"{rule} {study}" for rule in rules.split() for study in studies)


# Who reads the effects of `a`, the benchmark of `b`.
READERS_OF_A = frozenset({"effects_figure b", "notebook b"})
WHOLE_A = jobs(STAGES, "a") | READERS_OF_A
ALL = jobs(STAGES, "a", "b") | {"notebook b"}
# What an outcome can reach: the design of the study (score, match, balance, overlap) is blind to it.
FROM_OUTCOMES = jobs("effects verdicts love effects_figure placebo_figure", "a") | READERS_OF_A
# What follows the methods of `a`.
FROM_METHODS = FROM_OUTCOMES | jobs("match orders balance", "a")
NONE: frozenset[str] = frozenset()


class Bench(Project):
    """A copy of the small project to edit, that one tool then builds."""

    @abstractmethod
    def build(self) -> None:
        """Bring all results up to date."""


Edit = Callable[[Bench], "Bench | None"]


@dataclass(frozen=True)
class Mutation:
    """One edit to the small project (see `small_project`), and the jobs that have to run after it.

    Attributes
    ----------
    kind, name
        Heading and line of the table.
    edit
        Makes the edit; returns the project where it has moved.
    runs
        `rule study` of every job that has to run, reasoned from the rules: it has a reason of its own, or one of its
        inputs really gets other bytes.
    again
        Whether to look that nothing is left to do after the run.
    stock
        Whether the edit means anything to a project without `dampak.lock`.
    """

    kind: str
    name: str
    edit: Edit
    runs: frozenset[str]
    again: bool = False
    stock: bool = True


def replaced(file: str, *changes: str, every: bool = False) -> Edit:
    """Return the edit that replaces texts of a file: old, new, old, new; `every` occurrence, or the only one."""

    def edit(bench: Bench) -> None:
        path = bench.root / file
        text = path.read_bytes().decode("utf-8")
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            found = text.count(old)
            assert found == 1 or (every and found), f"{file} has {old!r} {found} times"
            assert old != new
            text = text.replace(old, new)
        path.write_bytes(text.encode("utf-8"))

    return edit


def rewritten(file: str, change: Callable[[str], str]) -> Edit:
    """Return the edit that passes the whole text of a file through a function."""

    def edit(bench: Bench) -> None:
        path = bench.root / file
        before = path.read_bytes().decode("utf-8")
        after = change(before)
        assert after != before, f"{file} is not changed"
        path.write_bytes(after.encode("utf-8"))

    return edit


def added(file: str, text: str) -> Edit:
    """Return the edit that appends a text to a file, or makes the file."""

    def edit(bench: Bench) -> None:
        path = bench.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)

    return edit


def touched(*patterns: str) -> Edit:
    """Return the edit that gives files the present time, and nothing else."""

    def edit(bench: Bench) -> None:
        paths = [path for pattern in patterns for path in sorted(bench.root.glob(pattern)) if path.is_file()]
        assert paths, f"no file matches {patterns}"
        for path in paths:
            os.utime(path)

    return edit


def deleted(*files: str) -> Edit:
    """Return the edit that deletes files."""

    def edit(bench: Bench) -> None:
        for file in files:
            (bench.root / file).unlink()

    return edit


def with_old_time(file: str, edit: Edit) -> Edit:
    """Return an edit after which a file has the modification time that it had before."""

    def edit_in_secret(bench: Bench) -> None:
        path = bench.root / file
        before = path.stat()
        edit(bench)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return edit_in_secret


def after_each_other(*edits: Edit) -> Edit:
    """Return the edit that makes several."""

    def edit(bench: Bench) -> None:
        for one in edits:
            one(bench)

    return edit


def built(bench: Bench) -> None:
    """Build between two edits."""
    bench.build()


def data_file(bench: Bench) -> Path:
    """Return the raw file of `a`."""
    return bench.root / "data" / "nsw.csv"
