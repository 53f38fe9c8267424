"""One edit made twice: to a project that `dampak run` builds, and to one that stock Snakemake plans."""

import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .conftest import Project
from .mutations import Bench, Mutation
from .stock_snakemake import run_stock

# `[ 3/12] clean          a              1.2 s   elapsed   3.0 s`; a line with a study alone is no job.
RAN = re.compile(r"^\[ *\d+/\d+\] (\S+) +(\S+) +\d+\.\d s +elapsed", re.MULTILINE)
# What a careful user of stock Snakemake writes: the same leaves, neither code nor packages.
STOCK = (
    ("workflow/rules/common.smk", r"return checked\(stamp\)\(settings, ROOT, .*\)", "return settings"),
    ("Snakefile", r".*remember_lock.*\n", ""),
)


class Ours(Bench):
    """A copy that `dampak run` builds."""

    def build(self) -> None:
        """Build the default studies."""
        self.run()

    def run(self) -> set[str]:
        """Build the default studies; return the jobs that really ran, as `rule study`."""
        done = self.dampak("run", "-c", "1")
        assert done.returncode == 0, done.stdout + done.stderr
        jobs = {f"{rule} {study}" for rule, study in RAN.findall(done.stderr)}
        assert jobs or "Nothing to be done" in done.stderr or "unchanged" in done.stderr, done.stderr
        return jobs


class Stock(Bench):
    """A copy with the default settings of Snakemake, whose jobs are planned and never run."""

    def build(self) -> None:
        """Let Snakemake believe that it has built what it plans."""
        run_stock(self.root, "--touch", "--cores", "1")

    def plan(self) -> set[str]:
        """Return the jobs that Snakemake plans, as `rule study`."""
        lines = [line.split("\t") for line in run_stock(self.root, "--summary", "--cores", "1").splitlines()]
        head = next(line for line in lines if line[0] == "output_file")
        rows = [dict(zip(head, line, strict=True)) for line in lines if len(line) == len(head) and line != head]
        assert {row["plan"] for row in rows} <= {"update pending", "no update"}
        return {f"{r['rule']} {Path(r['output_file']).parts[1]}" for r in rows if r["plan"] == "update pending"}

    def remember(self) -> None:
        """Take the results as they are for those of the sources as they are."""
        run_stock(self.root, "--touch", "--forceall", "--cores", "1")


@dataclass(frozen=True)
class Trial:
    """One edit, the jobs that `dampak run` ran after it, and those that stock Snakemake would have run.

    Attributes
    ----------
    kind, name
        Of the edit.
    missed, spurious
        Jobs that had to run and did not; jobs that ran for nothing.
    left
        Jobs that a second run would run, where the edit asks for one.
    stock_missed, stock_spurious
        The same for stock Snakemake; None for an edit that means nothing to it.
    """

    kind: str
    name: str
    missed: list[str]
    spurious: list[str]
    left: list[str]
    stock_missed: list[str] | None
    stock_spurious: list[str] | None


def attempt(mutation: Mutation, *, small: Project, stock: Project, folder: Path) -> Trial:
    """Make one edit to a copy of both projects; let `dampak run` build the one, and Snakemake plan the other."""
    ours = copied(small, folder / "ours" / "project", Ours)
    moved = mutation.edit(ours) or ours
    assert isinstance(moved, Ours)
    ran = moved.run()
    left = moved.planned() if mutation.again else set()
    planned = _stock_plan(mutation, stock, folder / "stock") if mutation.stock else None
    shutil.rmtree(folder)
    return Trial(
        mutation.kind,
        mutation.name,
        missed=sorted(mutation.runs - ran),
        spurious=sorted(ran - mutation.runs),
        left=sorted(left),
        stock_missed=None if planned is None else sorted(mutation.runs - planned),
        stock_spurious=None if planned is None else sorted(planned - mutation.runs),
    )


def _stock_plan(mutation: Mutation, stock: Project, folder: Path) -> set[str]:
    bench = copied(stock, folder / "project", Stock)
    moved = mutation.edit(bench) or bench
    assert isinstance(moved, Stock)
    return moved.plan()


@contextmanager
def attempts(
    mutations: Iterable[Mutation], *, small: Project, stock: Project, folder: Path
) -> Iterator[dict[Mutation, Future[Trial]]]:
    """Make many edits, two at a time: the jobs of one edit mostly wait for each other."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            mutation: pool.submit(attempt, mutation, small=small, stock=stock, folder=folder / str(number))
            for number, mutation in enumerate(mutations)
        }
        pool.shutdown(cancel_futures=True)


def copied(source: Project, target: Path, kind: type[Bench]) -> Bench:
    """Copy a project with its results and Snakemake's memory."""
    shutil.copytree(source.root, target, symlinks=True)
    return kind(target)


def stock_project(small: Project, target: Path) -> Stock:
    """Return the small project as a user of stock Snakemake has it: same sources, same results, default settings."""
    shutil.copytree(
        small.root, target, symlinks=True, ignore=shutil.ignore_patterns("profiles", ".snakemake", "dampak.lock")
    )
    for file, old, new in STOCK:
        path = target / file
        text, found = re.subn(old, new, path.read_text(encoding="utf-8"))
        assert found, f"{file} has no {old!r}"
        path.write_text(text, encoding="utf-8")
    for path in (target / "workflow/rules").glob("*.smk"):
        path.write_text(
            path.read_text(encoding="utf-8").replace("stamp=stamped(", "settings=stamped("), encoding="utf-8"
        )
    stock = Stock(target)
    stock.remember()
    return stock


def score_line(trials: list[Trial]) -> str:
    """Return the score of a suite in one line."""
    ours = [count for trial in trials for count in (len(trial.missed), len(trial.spurious))]
    judged = [(t.stock_missed, t.stock_spurious) for t in trials if t.stock_missed is not None]
    missed, spurious = ([len(pair[i] or ()) for pair in judged] for i in (0, 1))
    return (
        f"mutation suite: {len(trials)} edits; dampak missed {sum(ours[::2])}, spurious {sum(ours[1::2])}; "
        f"stock Snakemake missed {sum(missed)} (in {_some(missed)} edits), "
        f"spurious {sum(spurious)} (in {_some(spurious)} edits)"
    )


def _some(counts: list[int]) -> int:
    return sum(1 for count in counts if count)
