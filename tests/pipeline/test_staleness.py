"""One edit, and the exact set of jobs that a plan then holds."""

import os
from pathlib import Path

import pytest

from .conftest import Project

STAGES = [
    "clean",
    "score",
    "match",
    "balance",
    "effects",
    "verdicts",
    "overlap",
    "love",
    "effects_figure",
    "placebo_figure",
]
EXPERIMENT = {f"{s} nsw_experiment" for s in STAGES}
CPS = {f"{s} nsw_cps" for s in STAGES} | {"notebook nsw_cps"}


def after(stages: str, *studies: str) -> set[str]:
    jobs = {f"{stage} {study}" for stage in stages.split() for study in studies}
    return {job for job in jobs if job != "notebook nsw_experiment"}


FROM_CLEAN = " ".join(STAGES) + " notebook"
FROM_SCORE = FROM_CLEAN.replace("clean ", "")
BOTH = ("nsw_experiment", "nsw_cps")
# Editing estimates makes every later stage stale, the CPS figure (through its benchmark) and the notebook too.
FROM_EFFECTS = "effects verdicts love effects_figure placebo_figure notebook"


def test_a_second_run_has_nothing_to_do(built: Project) -> None:
    assert built.planned() == set()


def test_plain_snakemake_agrees_that_nothing_is_to_be_done(built: Project) -> None:
    done = built.snakemake("-n")
    assert done.returncode == 0 and "Nothing to be done" in done.stdout + done.stderr


def test_from_nothing_every_job_of_both_studies_is_planned(empty: Project) -> None:
    assert empty.planned() == EXPERIMENT | CPS


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        # What changes no result reruns nothing.
        ("src/dampak/match/pairing.py", '"""', '"""Edited. ', set()),
        ("src/dampak/match/pairing.py", "\nimport ", "\n# a comment\nimport ", set()),
        ("workflow/scripts/match.py", '"""', '"""Edited. ', set()),
        ("config/studies/nsw_cps.yaml", "seed:", "# a comment\nseed:", set()),
        ("config/codebooks/nsw.yaml", "variables:", "# a comment\nvariables:", set()),
        ("src/dampak/config/scaffold.py", "ROWS = 400", "ROWS = 401", set()),
        # No method of these studies draws at random.
        ("config/studies/nsw_cps.yaml", "seed: 1986", "seed: 1987", set()),
        # Configuration leaves.
        (
            "config/studies/nsw_cps.yaml",
            "title: ",
            "title: Edited ",
            after("overlap love effects_figure placebo_figure notebook", "nsw_cps"),
        ),
        ("config/studies/nsw_cps.yaml", "question: ", "question: Edited ", {"notebook nsw_cps"}),
        (
            "config/studies/nsw_cps.yaml",
            "caliper: 0.2",
            "caliper: 0.3",
            after(FROM_SCORE.replace("score ", "").replace("overlap ", ""), "nsw_cps"),
        ),
        ("config/studies/nsw_cps.yaml", "re78\n", "re78\n  - re79 = re78 / 1000\n", CPS),
        # Code.
        ("src/dampak/provenance/tables.py", "SIGNIFICANT_DIGITS = 10", "SIGNIFICANT_DIGITS = 11", EXPERIMENT | CPS),
        ("workflow/scripts/score.py", "job.write(", "job.write(1 and ", after(FROM_SCORE, *BOTH)),
        ("notebooks/nsw.ipynb", '"cells": [', '"cells":  [', {"notebook nsw_cps"}),
    ],
)
def test_an_edit_reruns_exactly_what_it_can_affect(
    project: Project, file: str, old: str, new: str, stale: set[str]
) -> None:
    project.edit(file, old, new)
    assert project.planned() == stale


def test_a_helper_of_a_helper_reruns_exactly_its_users(project: Project) -> None:
    path = project.root / "src/dampak/estimate/multiplicity.py"
    text = path.read_text()
    assert "def holm(" in text
    path.write_text(text.replace("return ", "return 1 * ", 1))
    assert project.planned() == after(FROM_EFFECTS, *BOTH)


def test_a_touched_script_reruns_nothing(project: Project) -> None:
    for script in (project.root / "workflow" / "scripts").glob("*.py"):
        os.utime(script)
    for notebook in (project.root / "notebooks").glob("*.ipynb"):
        os.utime(notebook)
    assert project.planned() == set()


def test_a_deleted_figure_is_rebuilt_alone(project: Project) -> None:
    figure = project.root / "results/nsw_experiment/figures/love.svg"
    before = figure.read_bytes()
    figure.unlink()
    assert project.planned() == {"love nsw_experiment"}
    assert project.dampak("run").returncode == 0
    assert figure.read_bytes() == before


def test_a_moved_project_has_nothing_to_do(project: Project, tmp_path: Path) -> None:
    project.root.rename(tmp_path / "elsewhere")
    assert Project(tmp_path / "elsewhere").planned() == set()


def test_a_study_by_name_builds_that_study_only(empty: Project) -> None:
    assert empty.planned("nsw_experiment") == EXPERIMENT
