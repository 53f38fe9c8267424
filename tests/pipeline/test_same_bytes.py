"""The same inputs give the same bytes, wherever and however the pipeline runs."""

import random
from pathlib import Path

from .conftest import Project
from .small_project import small_project


def differing(one: Project, two: Project, *ignored: str) -> list[str]:
    ours, theirs = one.results(), two.results()
    assert ours.keys() == theirs.keys()
    return [name for name in ours if ours[name] != theirs[name] and not any(part in name for part in ignored)]


def test_every_result_has_the_same_bytes_elsewhere_on_one_core_with_other_seeds_and_locale(
    built: Project, empty: Project
) -> None:
    done = empty.dampak(
        "run",
        "--cores",
        "1",
        PYTHONHASHSEED="7",
        TZ="Asia/Jakarta",
        LC_ALL="C",
        MPLBACKEND="svg",
        OPENBLAS_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
    )
    assert done.returncode == 0, done.stderr
    # The record of a job names the environment variables that libraries asked for, which differ with their number.
    assert differing(built, empty, "/provenance/") == []
    assert (built.root / "dampak.lock").read_bytes() == (empty.root / "dampak.lock").read_bytes()


def test_the_order_of_the_raw_rows_changes_no_result(empty: Project) -> None:
    assert empty.dampak("new-study", "cash").returncode == 0
    done = empty.dampak("run", "cash")
    assert done.returncode == 0, done.stderr
    before = empty.results()
    raw = empty.root / "data" / "cash" / "survey.csv"
    head, *rows = raw.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(1).shuffle(rows)
    raw.write_text(head + "".join(rows), encoding="utf-8")
    done = empty.dampak("run", "cash")
    assert done.returncode == 0, done.stderr
    ran = [line for line in done.stderr.splitlines() if line.startswith("[") and "unchanged" not in line]
    assert [line.split("]")[1].split()[0] for line in ran] == ["clean", "cash"]
    after = empty.results()
    assert [name for name in before if before[name] != after[name]] == ["results/cash/provenance/clean.json"]


def test_a_project_that_repeats_itself_is_verified_twice(small: Project) -> None:
    done = small.dampak("verify", "--twice")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("all ") and "results of 23 jobs have the same bytes twice" in done.stdout


def test_a_project_that_does_not_repeat_itself_is_told_where(tmp_path: Path) -> None:
    """Rows in the order of Python's hashes of text, which change from process to process."""
    project = small_project(tmp_path / "project")
    project.edit(
        "workflow/scripts/score.py",
        '    job.write(score_stage(job.table("design"), job.settings))',
        '    tables = score_stage(job.table("design"), job.settings)\n'
        '    job.write({n: t.sort_values("unit_id", key=lambda c: c.map(hash)) for n, t in tables.items()})',
    )
    done = project.dampak("verify", "--twice")
    assert done.returncode == 1
    assert done.stdout.startswith("a/score: results/a/match/scores.parquet: row order: ")
