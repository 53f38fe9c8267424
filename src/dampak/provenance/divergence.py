"""Two runs of the same project from nothing, under different conditions, and the first place where they differ."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.errors import DataError
from dampak.provenance.digests import file_sha256
from dampak.provenance.graph import Graph
from dampak.provenance.record import read_record
from dampak.provenance.tables import read_table
from dampak.provenance.used.places import PACKAGE_FOLDER

LEFT_BEHIND = {"results", "dampak.lock", ".snakemake", ".git", ".venv", ".uv", ".hypothesis", "__pycache__", "tests"}
TABLES = {".csv", ".parquet"}


@dataclass(frozen=True)
class Conditions:
    """What a run can differ in without its results being allowed to."""

    folder: str
    cores: int
    hash_seed: str
    time_zone: str
    locale: str
    kernel: str | None = None

    def __str__(self) -> str:
        kernel = f", OpenBLAS kernel {self.kernel}" if self.kernel else ""
        return f"{self.cores} core(s), hash seed {self.hash_seed}, {self.time_zone}, locale {self.locale}{kernel}"


FIRST = Conditions("first", 1, "1", "UTC", "C")
SECOND = Conditions("second/in another folder", 2, "4242", "Asia/Jayapura", "C.UTF-8")


def build_copy(root: Path, target: Path, studies: list[str], conditions: Conditions) -> None:
    """Copy a project without its results, and run it from nothing.

    Parameters
    ----------
    root
        The project's folder.
    target
        A folder that does not exist yet.
    studies
        Names of the studies to run.
    conditions
        Under which to run.

    Raises
    ------
    DataError
        When the run fails.
    """
    ignore = shutil.ignore_patterns(*LEFT_BEHIND, "*.egg-info", ".*_cache")
    shutil.copytree(root, target, ignore=ignore, copy_function=_link, symlinks=True)
    environment = dict(os.environ, PYTHONHASHSEED=conditions.hash_seed, TZ=conditions.time_zone)
    environment["LC_ALL"] = conditions.locale
    if conditions.kernel:
        environment["OPENBLAS_CORETYPE"] = conditions.kernel
    package = PACKAGE_FOLDER.parent
    if package.is_relative_to(root):
        environment["PYTHONPATH"] = str(target / package.relative_to(root))
    command = [sys.executable, "-m", "dampak.cli", "run", *studies, "--cores", str(conditions.cores)]
    done = subprocess.run(command, cwd=target, env=environment, text=True, capture_output=True)
    if done.returncode:
        raise DataError(f"the run with {conditions} failed:\n{done.stderr.strip()}")


def _link(source: str, target: str) -> None:
    """Give a file a second name where the file system can, so that large raw data are not copied."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def first_divergence(graph: Graph, one: Path, two: Path) -> str | None:
    """Return a sentence on the first result, upstream first, that differs between two builds; None when none does.

    Parameters
    ----------
    graph
        The jobs.
    one, two
        Folders of two builds of the same project.
    """
    for job, node in graph.nodes.items():
        for path in node.outputs:
            left, right = one / path, two / path
            if file_sha256(left) == file_sha256(right):
                continue
            what = table_difference(left, right) if left.suffix in TABLES else _file_difference(left, right)
            return f"{job}: {path}: {what}{_random_state(one, two, job)}"
    return None


def table_difference(left: Path, right: Path) -> str:
    """Say in which column, row or order two tables first differ."""
    one, two = read_table(left), read_table(right)
    if list(one.columns) != list(two.columns):
        return f"the columns differ ({', '.join(one.columns)} and {', '.join(two.columns)})"
    if len(one) != len(two):
        return f"the number of rows differs ({len(one)} and {len(two)})"
    if one.equals(two):
        return "the values are equal, but not the bytes (types or file format)"
    ordered = [frame.sort_values(list(frame.columns)).reset_index(drop=True) for frame in (one, two)]
    if ordered[0].equals(ordered[1]):
        row = int((one != two).any(axis=1).to_numpy().argmax())
        return f"row order: the same rows in another order, from row {row + 1} on"
    for column in one.columns:
        different = ~((one[column] == two[column]) | (one[column].isna() & two[column].isna()))
        if different.any():
            row = int(different.to_numpy().argmax())
            values = f"{_value(one[column].iloc[row])} and {_value(two[column].iloc[row])}"
            rows = f"{int(different.sum())} of {len(one)} rows, first in row {row + 1}"
            return f"column {column!r} differs in {rows} ({values})"
    return "the types of the columns differ"


def _value(value: Any) -> str:
    return "missing" if pd.isna(value) else repr(value.item() if hasattr(value, "item") else value)


def _file_difference(left: Path, right: Path) -> str:
    one, two = left.read_bytes(), right.read_bytes()
    try:
        lines = list(zip(one.decode("utf-8").splitlines(), two.decode("utf-8").splitlines(), strict=False))
    except UnicodeDecodeError:
        lines = []
    for number, (before, after) in enumerate(lines, 1):
        if before != after:
            return f"line {number} differs ({before.strip()[:60]!r} and {after.strip()[:60]!r})"
    sums = f"{file_sha256(left)[:12]} and {file_sha256(right)[:12]}"
    return f"the checksums differ ({sums}; {len(one)} and {len(two)} bytes)"


def _random_state(one: Path, two: Path, job: str) -> str:
    records = [read_record(root, job) or {} for root in (one, two)]
    drawn = {
        source
        for record in records
        for source, use in record.get("used", {}).get("random", {}).items()
        if use == "drawn"
    }
    return f"; random state: the job drew from the global generator of {' and '.join(sorted(drawn))}" if drawn else ""
