"""Whatever stops a run, the next one completes, with the same bytes."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Project

STUDY = "nsw_experiment"


def start(project: Project, **options: object) -> "subprocess.Popen[str]":
    environment = dict(os.environ, PYTHONPATH=str(project.root / "src"))
    command = [sys.executable, "-m", "dampak.cli", "run", STUDY, "--cores", "2"]
    return subprocess.Popen(
        command,
        cwd=project.root,
        env=environment,
        text=True,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )


def results(project: Project) -> dict[str, bytes]:
    return {path: data for path, data in project.results().items() if path.startswith(f"results/{STUDY}/")}


def leftovers(project: Project) -> list[Path]:
    return [path for path in (project.root / "results").rglob(".*") if path.is_file()]


def test_killed_after_every_job_the_next_run_goes_on_where_it_was(built: Project, empty: Project) -> None:
    """Each run is killed, with all its jobs, as soon as one more job has finished."""
    kills = 0
    for _ in range(20):
        with start(empty) as run:
            assert run.stderr is not None
            for line in run.stderr:
                if line.startswith("[") and "unchanged" not in line and not line.startswith(("[1/1]", "[ 1/ 1]")):
                    os.killpg(run.pid, signal.SIGKILL)
                    kills += 1
                    break
            run.stderr.read()
        if run.returncode == 0:
            break
    assert kills >= 5
    done = empty.dampak("run", STUDY)
    assert done.returncode == 0, done.stderr
    assert results(empty) == results(built)
    assert leftovers(empty) == []
    assert empty.planned(STUDY) == set()


def test_a_run_killed_inside_a_job_leaves_nothing_that_counts_as_done(built: Project, project: Project) -> None:
    table = project.root / "results" / STUDY / "tables" / "balance.csv"
    table.unlink()
    with start(project) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "jobs to run" in line:
                break
        os.killpg(run.pid, signal.SIGKILL)
        run.stderr.read()
    # As if the kill had come between the two halves of a write that is not atomic.
    table.write_bytes((built.root / table.relative_to(project.root)).read_bytes()[:100])
    assert f"balance {STUDY}" in project.planned(STUDY)
    done = project.dampak("run", STUDY)
    assert done.returncode == 0, done.stderr
    assert results(project) == results(built)


def test_a_full_disk_is_a_sentence_and_the_next_run_completes(built: Project, empty: Project) -> None:
    """A limit on the size of a file stands for the full disk: the write fails half-way."""
    limit = 40_000
    assert any(len(data) > limit for data in results(built).values())
    with start(empty, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) as run:
        assert run.stderr is not None
        said = run.stderr.read()
    assert run.returncode == 1
    assert "no space is left" in said and "Traceback" not in said
    done = empty.dampak("run", STUDY)
    assert done.returncode == 0, done.stderr
    assert results(empty) == results(built)


def test_results_that_may_not_be_written_are_a_sentence(project: Project) -> None:
    folder = project.root / "results"
    mounted = subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], capture_output=True).returncode == 0
    if not mounted and os.geteuid() == 0:
        pytest.skip("root writes everywhere, and this machine does not allow a read-only mount")
    if not mounted:
        folder.chmod(0o555)
    try:
        done = project.dampak("run", STUDY)
    finally:
        folder.chmod(0o755) if not mounted else subprocess.run(["umount", folder], check=True)
    assert done.returncode == 1
    assert "may not be written" in done.stderr and "Traceback" not in done.stderr
    assert project.dampak("run", STUDY).returncode == 0


def test_two_runs_at_once_wait_for_each_other(built: Project, empty: Project) -> None:
    with start(empty) as one, start(empty) as two:
        assert one.stderr is not None and two.stderr is not None
        said = [one.stderr.read(), two.stderr.read()]
    assert (one.returncode, two.returncode) == (0, 0), said
    assert sorted("is at work in this folder" in text for text in said) == [False, True]
    assert sorted("Nothing to be done" in text for text in said) == [False, True]
    assert results(empty) == results(built)


def test_a_killed_plain_snakemake_does_not_lock_the_folder(project: Project) -> None:
    """Snakemake leaves its locks behind when it is killed, and would ask for --unlock."""
    (project.root / "results" / STUDY / "figures" / "love.svg").unlink()
    locks = project.root / ".snakemake" / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    (locks / "0.output.lock").write_text(f"results/{STUDY}/figures/love.svg\n")
    done = project.dampak("run", STUDY)
    assert done.returncode == 0, done.stderr
