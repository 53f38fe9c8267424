"""A study is data: what `dampak new-study` writes runs as it is, and recovers the effect planted in its data."""

import csv

import pytest

from .conftest import Project


def test_a_new_study_runs_from_yaml_and_csv_alone(empty: Project) -> None:
    assert empty.dampak("new-study", "cash").returncode == 0
    done = empty.dampak("run", "cash", "--cores", "2")
    assert done.returncode == 0, done.stderr
    with (empty.root / "results/cash/tables/effects.csv").open(encoding="utf-8") as stream:
        effects = {row["method"]: row for row in csv.DictReader(stream)}
    naive, adjusted = effects["difference_in_means"], effects["entropy_balancing"]
    assert float(naive["ci_high"]) < 0
    assert float(adjusted["ci_low"]) < 30_000 < float(adjusted["ci_high"])
    assert empty.planned("cash") == set()
    again = empty.dampak("new-study", "cash")
    assert again.returncode == 1 and "exists already" in again.stderr


@pytest.mark.parametrize("name", ["Cash", "2cash", "ca-sh", "../cash"])
def test_a_name_that_cannot_name_a_study_is_refused(empty: Project, name: str) -> None:
    done = empty.dampak("new-study", name)
    assert done.returncode == 1 and done.stderr.startswith("error: ")
