"""A figure that differs from what git keeps is named, and the commands of the README do what it says."""

from hashlib import sha256
from pathlib import Path

from .conftest import ROOT, Project


def test_verify_names_a_figure_that_is_not_the_one_kept(project: Project) -> None:
    none = project.dampak("verify")
    assert none.returncode == 1 and "verify --update" in none.stderr and "Traceback" not in none.stderr
    kept = project.dampak("verify", "--update")
    assert kept.returncode == 0 and "24 figure files" in kept.stdout
    assert project.dampak("verify").returncode == 0
    path = project.root / "results/nsw_cps/figures/love.svg"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("#0072b2", "#0072b3"), encoding="utf-8")
    repaired = project.dampak("verify")
    assert repaired.returncode == 0 and path.read_text(encoding="utf-8") == good
    assert "altered: results/nsw_cps/figures/love.svg" in repaired.stderr
    # A file edited by hand is made again; what is left is a figure that the pipeline draws otherwise than git keeps.
    hashes = project.root / "results" / "figures.sha256"
    digest = sha256(path.read_bytes()).hexdigest()
    project.edit(hashes.relative_to(project.root).as_posix(), digest, digest[::-1])
    changed = project.dampak("verify")
    assert changed.returncode == 1
    assert changed.stdout.startswith("results/nsw_cps/figures/love.svg: differs")


def test_every_figure_has_the_hash_that_git_keeps(built: Project, tmp_path: Path) -> None:
    from dampak.provenance.verify import compare, figure_hashes

    # The copy has drawn the figures of the NSW studies; the gate verifies those of all.
    lines = (ROOT / "results" / "figures.sha256").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = tmp_path / "figures.sha256"
    kept.write_text("".join(line for line in lines if " nsw_" in line), encoding="utf-8")
    assert compare(kept, figure_hashes(built.root / "results", ["nsw_cps", "nsw_experiment"])) == []


def test_a_run_says_what_it_does_and_where_to_look(project: Project) -> None:
    (project.root / "results/nsw_experiment/tables/verdicts.csv").unlink()
    done = project.dampak("run", "nsw_experiment")
    assert done.returncode == 0
    assert "[1/" in done.stderr and "verdicts" in done.stderr and "elapsed" in done.stderr
    assert "results/nsw_experiment/tables/effects.csv" in done.stderr and "done in" in done.stderr
    again = project.dampak("run", "nsw_experiment")
    assert "Nothing to be done" in again.stderr
