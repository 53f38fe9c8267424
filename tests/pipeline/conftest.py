"""A copy of the project in a temporary folder, built once a session, edited and run again by the tests."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config", "workflow", "profiles", "notebooks", "src", "pyproject.toml")


@dataclass(frozen=True)
class Project:
    """One copy of the project: its code, configuration and results are its own."""

    root: Path
    packages: tuple[str, ...] = ()
    """Folders with packages that stand before the installed ones."""

    def dampak(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in this copy, with this copy's code."""
        return self._run([sys.executable, "-m", "dampak.cli", *arguments], environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python in this copy, with this copy's code."""
        return self._run([sys.executable, *arguments], environment)

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run plain Snakemake in this copy."""
        return self._run([sys.executable, "-m", "snakemake", *arguments], environment)

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.root / "src"), *self.packages])
        full = dict(os.environ, PYTHONPATH=path, COLUMNS="200", **environment)
        return subprocess.run(command, cwd=self.root, env=full, text=True, capture_output=True, timeout=600)

    def planned(self, *studies: str) -> set[str]:
        """Return the jobs that `dampak run -n` would run, as `rule study`."""
        done = self.dampak("run", "-n", *studies)
        assert done.returncode == 0, done.stderr
        jobs = set(re.findall(r"^ {2}would run (\S+) +(\S+)", done.stderr, re.MULTILINE))
        assert bool(jobs) != ("Nothing to be done" in done.stderr)
        return {f"{rule} {study}" for rule, study in jobs}

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text in a file of the copy."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def results(self) -> dict[str, bytes]:
        """Return the bytes of every result file but the logs."""
        files = (p for p in (self.root / "results").rglob("*") if p.is_file() and "logs" not in p.parts)
        return {p.relative_to(self.root).as_posix(): p.read_bytes() for p in files}


def copy_project(target: Path) -> Project:
    """Copy the sources of the project, without results."""
    target.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", ".snakemake")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=ignore)
        else:
            shutil.copy2(source, target / part)
    # The East Java study takes minutes; tests/pipeline/test_programmes.py runs a small one of its kind.
    (target / "config/config.yaml").write_text("default_studies: [nsw_experiment, nsw_cps]\n", encoding="utf-8")
    return Project(target)


def from_nothing(project: Project) -> Project:
    """Build the default studies of a copy that has no results yet, and return it."""
    done = project.dampak("run", "--cores", "2")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the default studies built from nothing; tests must not change this copy."""
    return from_nothing(copy_project(tmp_path_factory.mktemp("built") / "project"))


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """Return a copy of the built project, outputs and Snakemake's memory included, to edit."""
    target = tmp_path / "project"
    shutil.copytree(built.root, target, symlinks=True)
    return Project(target)


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """Return a copy of the project without results."""
    return copy_project(tmp_path / "empty")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the two small studies of the mutation suite, built from nothing; tests must not change this copy."""
    from .small_project import small_project

    return from_nothing(small_project(tmp_path_factory.mktemp("small") / "project"))


@pytest.fixture(scope="session")
def stock(small: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the small studies as a user of stock Snakemake has them; tests must not change this copy."""
    from .mutation_trial import stock_project

    return stock_project(small, tmp_path_factory.mktemp("stock") / "project")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the score of the mutation suite beside that of stock Snakemake."""
    from .mutation_trial import Trial, score_line

    reports = [r for outcome in ("passed", "failed") for r in terminalreporter.getreports(outcome) if r.when == "call"]
    found = [value for report in reports for key, value in report.user_properties if key == "mutation"]
    if found:
        terminalreporter.write_line(score_line([Trial(**trial) for trial in found]))
