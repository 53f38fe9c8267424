"""One edit to a small real study, and the exact set of jobs that `dampak run` then runs: none missed, none for nothing.

The same edits are put to stock Snakemake; its score stands beside ours in the summary of the test run.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path

import pytest

from .conftest import Project
from .mutation_trial import Ours, Trial, attempts, copied
from .mutations import MUTATIONS, Mutation
from .mutations.edit import ALL, STAGES, jobs, replaced
from .small_project import small_project

Trials = dict[Mutation, Future[Trial]]


@pytest.fixture(scope="session")
def trials(
    request: pytest.FixtureRequest, small: Project, stock: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trials]:
    """Start the trials of all edits that this session was asked for."""
    specs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    chosen = [spec.params["mutation"] for spec in specs if "mutation" in spec.params]
    with attempts(chosen, small=small, stock=stock, folder=tmp_path_factory.mktemp("mutations")) as started:
        yield started


@pytest.mark.parametrize("mutation", [pytest.param(m, id=f"{m.kind}: {m.name}") for m in MUTATIONS])
def test_an_edit_runs_exactly_what_it_can_affect(
    mutation: Mutation, trials: Trials, record_property: Callable[[str, object], None]
) -> None:
    trial = trials[mutation].result()
    record_property("mutation", asdict(trial))
    assert not trial.missed and not trial.spurious, f"missed {trial.missed}, spurious {trial.spurious}"
    assert not trial.left, f"a second run would run {trial.left}"


def test_the_suite_is_large_and_names_each_edit_once() -> None:
    assert len(MUTATIONS) >= 70
    assert len({(m.kind, m.name) for m in MUTATIONS}) == len(MUTATIONS)


def test_a_second_run_has_nothing_to_do(small: Project) -> None:
    assert small.planned() == set()
    done = small.snakemake("-n")
    assert done.returncode == 0 and "Nothing to be done" in done.stdout + done.stderr


def test_from_nothing_every_job_is_planned_and_a_study_by_name_is_that_study_only(tmp_path: Path) -> None:
    empty = small_project(tmp_path / "project")
    assert empty.planned() == ALL
    assert empty.planned("a") == jobs(STAGES, "a")


def test_a_deleted_result_comes_back_with_the_same_bytes(small: Project, tmp_path: Path) -> None:
    ours = copied(small, tmp_path / "project", Ours)
    before = ours.results()
    for file in ("figures/love.svg", "match/pairs.parquet", "tables/ledger.csv"):
        (ours.root / "results/a" / file).unlink()
    ours.build()
    assert ours.results() == before


def test_what_every_table_is_written_with_can_change_everything(small: Project, tmp_path: Path) -> None:
    ours = copied(small, tmp_path / "project", Ours)
    replaced("src/dampak/provenance/tables.py", "SIGNIFICANT_DIGITS = 10", "SIGNIFICANT_DIGITS = 11")(ours)
    assert ours.planned() == ALL
