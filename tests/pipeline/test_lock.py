"""The lock in git is what decides: clones, tampering, cut-off, why."""

import json
import os
import shutil
from pathlib import Path

import pytest

from dampak.provenance.lock import LOCK, read_lock
from dampak.provenance.plan import CUES

from .conftest import ROOT, Project

STUDY = "nsw_experiment"


def clone(project: Project, target: Path, *parts: str) -> Project:
    """What git would give, and what is restored beside it: every file with the time of this moment."""
    target.mkdir()
    for part in ("Snakefile", "config", "workflow", "profiles", "notebooks", "src", LOCK, *parts):
        source = project.root / part
        if source.is_dir():
            shutil.copytree(source, target / part, copy_function=shutil.copy)
        else:
            shutil.copy(source, target / part)
    return Project(target)


def alter_in_secret(path: Path, data: bytes) -> None:
    """Give a file other bytes under the modification time that it had."""
    times = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_the_lock_in_git_is_what_a_run_from_nothing_writes(built: Project) -> None:
    """Else: run 'dampak run' and commit dampak.lock. The copy runs the NSW studies; the gate runs all of them."""
    ours = read_lock(built.root)
    studies = {job.partition("/")[0] for job in ours}
    kept = {job: entry for job, entry in read_lock(ROOT).items() if job.partition("/")[0] in studies}
    if any(ours[job].stamp["environment"] != entry.stamp["environment"] for job, entry in kept.items() if job in ours):
        pytest.skip("the lock was written with other versions of Python or of packages")
    assert ours == kept


def test_a_clone_with_restored_results_has_nothing_to_do(built: Project, tmp_path: Path) -> None:
    cloned = clone(built, tmp_path / "clone", "results")
    for number, path in enumerate(sorted((cloned.root / "results").rglob("*"))):
        os.utime(path, (1_600_000_000 + 7919 * number % 10_007, 1_600_000_000 + 7919 * number % 10_007))
    assert cloned.planned() == set()
    done = cloned.snakemake("-n")
    assert "Nothing to be done" in done.stdout + done.stderr
    cloned.edit(f"config/studies/{STUDY}.yaml", "title: ", "title: Edited ")
    assert cloned.planned(STUDY) == {
        f"{rule} {STUDY}" for rule in ("overlap", "love", "effects_figure", "placebo_figure")
    }


def test_a_clone_without_results_rebuilds_the_same_bytes(built: Project, tmp_path: Path) -> None:
    cloned = clone(built, tmp_path / "clone")
    before = (cloned.root / LOCK).read_bytes()
    done = cloned.dampak("run", STUDY)
    assert done.returncode == 0, done.stderr
    assert "other bytes" not in done.stderr
    assert (cloned.root / LOCK).read_bytes() == before
    for path, data in cloned.results().items():
        assert data == (built.root / path).read_bytes(), path


def test_plain_snakemake_cuts_off_and_repairs_as_well(project: Project) -> None:
    table = project.root / "results" / STUDY / "tables" / "effects.csv"
    good = table.read_bytes()
    alter_in_secret(table, good.replace(b"1", b"2", 1))
    done = project.snakemake(STUDY, "--logger", "dampak")
    assert done.returncode == 0, done.stderr
    assert table.read_bytes() == good
    assert done.stderr.count("unchanged") == 4


def test_a_tampered_result_is_named_and_never_propagated(project: Project) -> None:
    table = project.root / "results" / STUDY / "clean" / "outcomes.parquet"
    good = table.read_bytes()
    alter_in_secret(table, bytes([good[0] ^ 1]) + good[1:])
    said = project.dampak("why", f"results/{STUDY}/tables/verdicts.csv").stdout
    assert f"altered      results/{STUDY}/clean/outcomes.parquet" in said
    done = project.dampak("run", STUDY)
    assert f"altered: results/{STUDY}/clean/outcomes.parquet" in done.stderr
    assert table.read_bytes() == good
    assert [line for line in done.stderr.splitlines() if line.startswith("[") and "unchanged" not in line] != []
    assert project.planned() == set()


@pytest.mark.parametrize(
    ("edit", "path", "said"),
    [
        (
            ("config/studies/nsw_cps.yaml", "caliper: 0.2", "caliper: 0.3"),
            "results/nsw_cps/tables/balance.csv",
            "methods.nearest_1_caliper.caliper: 0.2 → 0.3",
        ),
        (
            ("src/dampak/estimate/multiplicity.py", "    return ", "    return 1 * "),
            "results/nsw_cps/figures/love.png",
            "dampak.estimate.multiplicity:holm was edited",
        ),
        (
            ("notebooks/nsw.ipynb", '"cells": [', '"cells":  ['),
            "results/nsw_cps/notebooks/nsw.html",
            "notebooks/nsw.ipynb has changed",
        ),
        (
            ("src/dampak/report/page.css", "{", " {"),
            "results/nsw_cps/notebooks/nsw.html",
            "page.css was edited",
        ),
    ],
)
def test_why_names_what_changed(project: Project, edit: tuple[str, str, str], path: str, said: str) -> None:
    project.edit(*edit)
    done = project.dampak("why", path)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


def test_why_names_an_upgraded_package(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "upgrade" / "scikit_learn-99.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: scikit-learn\nVersion: 99.0\n")
    project = Project(project.root, (str(tmp_path / "upgrade"),))
    said = project.dampak("why", "results/nsw_cps/match/scores.parquet").stdout
    assert "environment  scikit-learn: " in said and '→ "99.0"' in said
    assert {job for job in project.planned() if job.startswith("score")} == {"score nsw_cps", "score nsw_experiment"}


def test_why_of_a_fresh_figure_says_what_drew_it(built: Project) -> None:
    said = built.dampak("why", "results/nsw_cps/figures/love.png").stdout
    assert "is up to date" in said and "dampak.figures.love:draw (love.py:" in said


def test_why_of_a_file_that_no_job_makes_is_a_sentence(built: Project) -> None:
    done = built.dampak("why", "results/nsw_cps/figures/nothing.png")
    assert done.returncode == 1 and "no job makes this file" in done.stderr


def test_status_prints_jobs_by_cue(project: Project) -> None:
    project.edit("config/studies/nsw_cps.yaml", "question: ", "question: Edited ")
    lines = project.dampak("status").stdout.splitlines()
    assert lines[0].split() == ["job", "study", "state", *CUES, "upstream"]
    stale = [line.split() for line in lines if " stale " in line]
    assert stale == [["notebook.nsw", "nsw_cps", "stale", *"....x...".replace("", " ").split()]]
    assert lines[-1] == "1 of 23 jobs is stale"


def test_the_graph_is_drawn(project: Project) -> None:
    done = project.dampak("graph", "-o", "graph.svg")
    assert done.returncode == 0, done.stderr
    assert "nsw_cps" in (project.root / "graph.svg").read_text()
    assert project.dampak("graph", "-o", "graph.bmp").returncode == 1


SNAKEMAKES_GRAPH = """
import json
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import DAGSettings, ResourceSettings

with SnakemakeApi() as api:
    workflow = api.workflow(resource_settings=ResourceSettings(cores=1), snakefile=Path("Snakefile"))
    workflow.dag(dag_settings=DAGSettings(forceall=True)).execute_workflow(executor="dryrun")
    jobs = [j for j in workflow._workflow.dag.jobs if "study" in j.wildcards_dict]
    print("graph:" + json.dumps([[sorted(map(str, j.output)), sorted(map(str, j.input))] for j in jobs]))
"""


def test_our_graph_is_snakemakes_graph(built: Project) -> None:
    """The same jobs, by their outputs, with the same inputs as in the graph that Snakemake builds for itself."""
    done = built.python("-c", SNAKEMAKES_GRAPH)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout.split("graph:")[1])
    ours = [[sorted(entry.outputs), sorted(entry.inputs)] for entry in read_lock(built.root).values()]
    assert len(ours) == 23
    assert sorted(ours) == sorted(theirs)


def test_a_damaged_lock_is_a_sentence(project: Project) -> None:
    lock = project.root / LOCK
    lock.write_text(lock.read_text() + "<<<<<<< HEAD\n")
    for arguments in (("run",), ("run", "-n"), ("status",)):
        done = project.dampak(*arguments)
        assert done.returncode == 1 and "git checkout dampak.lock" in done.stderr and "Traceback" not in done.stderr


def test_a_job_that_the_rules_no_longer_have_leaves_the_lock(project: Project) -> None:
    project.edit("config/studies/nsw_cps.yaml", "notebooks:", "notebooks: []\n#")
    done = project.dampak("run")
    assert done.returncode == 0, done.stderr
    assert "results/nsw_cps/notebooks/nsw.html: no job makes this file any more" in done.stderr
    assert "nsw_cps/notebook.nsw" not in read_lock(project.root)


def test_a_forced_job_runs(project: Project) -> None:
    done = project.snakemake(STUDY, "--forcerun", "balance", "--logger", "dampak")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("[") and "unchanged" not in line]
    assert [line.split("]")[1].split()[0] for line in lines] == ["balance", STUDY]
