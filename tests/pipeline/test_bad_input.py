"""Bad input gets one sentence with file, column or row, and remedy; never a stack trace; other studies go on."""

import csv
import re
from collections.abc import Callable

import pytest

from .conftest import Project

Rows = list[dict[str, str]]


@pytest.fixture
def cash(empty: Project) -> Project:
    """Return a project with the study that `dampak new-study` writes."""
    done = empty.dampak("new-study", "cash")
    assert done.returncode == 0, done.stderr
    return empty


def edit_rows(project: Project, change: Callable[[Rows], Rows]) -> None:
    path = project.root / "data/cash/survey.csv"
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    rows = change(rows)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def refusal(project: Project) -> str:
    """Run the study, expect a refusal, and return its sentences."""
    done = project.dampak("run", "cash")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in said and "CalledProcessError" not in said
    sentences = [line for line in said.splitlines() if line.startswith("error: ")]
    assert sentences, said
    return " ".join(sentences)


STUDY = "config/studies/cash.yaml"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "data/cash/survey.csv",
            "data/cash/surveys.csv",
            ["cash.yaml", "survey", "data/cash/surveys.csv", "put the file"],
        ),
        ("covariates:", "covariats:", ["cash.yaml", "covariats", "did you mean 'covariates'"]),
        ("[age, schooling", "[age, consumption", ["cash.yaml", "consumption", "outcome", "before treatment"]),
        ("[age, schooling", "[age, scholing", ["scholing", "schooling"]),
        ("{method: regression}", "{method: regresion}", ["cash.yaml", "regresion", "regression"]),
        ("codebook: cash", "codebook: cahs", ["cash.yaml", "cahs", "codebook"]),
        ("headline: entropy_balancing", "headline: ipw", ["cash.yaml", "headline", "ipw"]),
        ("title:", "title: [", ["cash.yaml", "line"]),
    ],
)
def test_a_mistake_in_the_study_file(cash: Project, old: str, new: str, words: list[str]) -> None:
    cash.edit(STUDY, old, new)
    sentence = refusal(cash)
    assert [w for w in words if w not in sentence] == [], sentence


def always_treated(rows: Rows) -> Rows:
    return [row | {"cash": "1"} for row in rows]


def duplicate_id(rows: Rows) -> Rows:
    return [*rows, rows[4] | {"age": "44"}]


def word_in_number(rows: Rows) -> Rows:
    rows[6]["age"] = "forty"
    return rows


def separated(rows: Rows) -> Rows:
    return [row | {"school_years": "3" if row["cash"] == "1" else "9"} for row in rows]


def constant_covariate(rows: Rows) -> Rows:
    return [row | {"age": "40"} for row in rows]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (always_treated, ["cash", "treat", "comparison"]),
        (duplicate_id, ["survey", "household", "H0005", "401"]),
        (word_in_number, ["survey", "age", "forty", "7", "missing_codes"]),
        (separated, ["schooling", "separat"]),
        (constant_covariate, ["age", "constant"]),
    ],
)
def test_a_mistake_in_the_data(cash: Project, change: Callable[[Rows], Rows], words: list[str]) -> None:
    edit_rows(cash, change)
    sentence = refusal(cash)
    assert [w for w in words if w.lower() not in sentence.lower()] == [], sentence


def test_a_renamed_column_is_named_with_the_nearest_one(cash: Project) -> None:
    edit_rows(
        cash, lambda rows: [{("school_yrs" if k == "school_years" else k): v for k, v in r.items()} for r in rows]
    )
    sentence = refusal(cash)
    assert all(word in sentence for word in ("data/cash/survey.csv", "school_years", "school_yrs"))


def test_an_empty_file(cash: Project) -> None:
    (cash.root / "data/cash/survey.csv").write_text("")
    assert all(word in refusal(cash) for word in ("data/cash/survey.csv", "empty"))


def exact_town(cash: Project, town: Callable[[int, str], str]) -> None:
    """Give the survey a column `town` and match exactly on it."""

    def change(rows: Rows) -> Rows:
        return [row | {"town": town(i, row["cash"])} for i, row in enumerate(rows)]

    edit_rows(cash, change)
    codebook = cash.root / "config/codebooks/cash.yaml"
    text = codebook.read_text(encoding="utf-8")
    codebook.write_text(text + '  town: {column: town, label: "Town", type: category}\n', encoding="utf-8")
    cash.edit(STUDY, "methods: [", "exact: [town]\nmethods: [{method: nearest_1}, ")


def test_no_treated_unit_with_support_is_refused(cash: Project) -> None:
    exact_town(cash, lambda i, treated: "A" if treated == "1" else "B")
    sentence = refusal(cash)
    assert all(word in sentence for word in ("nearest_1", "town"))


def test_a_treated_unit_without_support_is_dropped_in_the_open(cash: Project) -> None:
    exact_town(cash, lambda i, treated: "lonely" if treated == "1" and i < 40 else "shared")
    done = cash.dampak("run", "cash")
    assert done.returncode == 0, done.stderr
    with (cash.root / "results/cash/tables/support.csv").open(encoding="utf-8") as stream:
        rows = [r for r in csv.DictReader(stream) if r["reason"].startswith("nearest_1")]
    dropped = sum(int(r["n_treated"]) for r in rows)
    with (cash.root / "data/cash/survey.csv").open(encoding="utf-8") as stream:
        lonely = sum(r["town"] == "lonely" for r in csv.DictReader(stream))
    assert lonely > 5 and dropped >= lonely


def test_an_unknown_study_lists_those_that_exist(empty: Project) -> None:
    done = empty.dampak("run", "nsw_cpss")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert re.match(r"error: .*nsw_cpss.*nsw_cps", done.stderr)


def test_a_broken_study_does_not_disturb_another(cash: Project) -> None:
    cash.edit(STUDY, "title:", "titel:")
    assert cash.planned("nsw_experiment")
    plain = cash.snakemake("-n", "nsw_experiment")
    assert plain.returncode == 0
    broken = cash.snakemake("-n", "cash")
    said = broken.stdout + broken.stderr
    assert broken.returncode == 1 and "titel" in said and "did you mean 'title'" in said
