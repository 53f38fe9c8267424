"""What a study, once loaded, holds: every default filled in, plain values, the names that files give."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from dampak.config.definitions import VariableSpec
from dampak.config.load import load_codebook, load_settings, load_study, study_names
from dampak.config.stage_settings import citations, labels, leaves, source_settings
from dampak.config.study import Study
from dampak.errors import ConfigError

ROOT = Path(__file__).parents[3]
Edit = Callable[..., None]


@pytest.mark.parametrize(
    ("text", "name", "expression"),
    [
        ("age", "age", None),
        ("  age ", "age", None),
        ("u74 = re74 == 0", "u74", "re74 == 0"),
        ("u74=re74==0", "u74", "re74==0"),
        ("rich = income >= 100", "rich", "income >= 100"),
        ("not_one = group != 1", "not_one", "group != 1"),
        ("kind = zone in [1, 2] and age <= 5", "kind", "zone in [1, 2] and age <= 5"),
    ],
)
def test_one_equals_sign_separates_name_and_expression(text: str, name: str, expression: str | None) -> None:
    assert VariableSpec.model_validate(text).model_dump() == {"name": name, "expression": expression}


@pytest.mark.parametrize(
    "text", ["re74 == 0", "re74 >= 0", "re74 != 0", "log(x)", "= 3", "a = b = 3", "a b", "", "class"]
)
def test_a_definition_without_name_or_expression_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        VariableSpec.model_validate(text)


def test_a_definition_uses_variables_and_not_functions() -> None:
    assert VariableSpec.model_validate("x = log1p(income / size) + abs(age)").uses == {"income", "size", "age"}


def test_names_follow_what_they_are_named_after(root: Path) -> None:
    study = load_study(root, "cash")
    assert (study.name, study.treatment.name, study.treatment.label) == ("cash", "cash", "cash")
    assert [method.label for method in study.methods] == ["regression", "nearest_1_caliper"]
    age = load_codebook(root, "survey").variables["age"]
    assert (age.column, age.label) == ("age", "age")


def test_the_plain_form_of_a_study_loads_to_the_same_study(root: Path) -> None:
    study = load_study(root, "cash")
    assert Study.model_validate(study.plain).model_dump() == study.model_dump()
    assert json.loads(json.dumps(study.plain)) == study.plain


def test_nothing_can_be_changed_after_loading(root: Path) -> None:
    with pytest.raises(ValidationError):
        load_study(root, "cash").alpha = 0.1


def test_an_edited_study_is_read_anew(root: Path, edit: Edit) -> None:
    assert load_study(root, "cash").alpha == 0.05
    edit("headline:", "alpha: 0.1\nheadline:")
    assert load_study(root, "cash").alpha == 0.1


def test_leaves_keep_the_shape_of_the_study(root: Path) -> None:
    picked = leaves(load_study(root, "cash"), "treatment.column", "treatment.name", "alpha")
    assert picked == {"treatment": {"column": "cash", "name": "cash"}, "alpha": 0.05}


def test_changing_leaves_does_not_change_the_study(root: Path) -> None:
    study = load_study(root, "cash")
    before = copy.deepcopy(study.plain)
    leaves(study, "methods")["methods"].clear()
    assert study.plain == before


@pytest.mark.parametrize("name", ["alhpa", "treatment.colum", "alpha.x", "name"])
def test_a_leaf_that_no_study_has_is_a_defect_of_the_rule(root: Path, name: str) -> None:
    with pytest.raises(KeyError):
        leaves(load_study(root, "cash"), name)


def test_options_that_a_study_does_not_name_are_left_to_the_reader(root: Path, edit: Edit) -> None:
    edit("path: data/survey.csv", 'path: data/survey.csv, options: {delimiter: "\\t", skip_rows: 2}')
    assert leaves(load_study(root, "cash"), "sources")["sources"]["survey"]["options"] == {
        "delimiter": "\t",
        "skip_rows": 2,
    }


def test_cleaning_gets_codebooks_without_what_is_only_printed(root: Path, edit: Edit) -> None:
    before = source_settings(root, load_study(root, "cash"))
    edit("Received cash", "Got cash", file="config/codebooks/survey.yaml")
    edit("A survey\n", "Another survey\n", file="config/codebooks/survey.yaml")
    assert source_settings(root, load_study(root, "cash")) == before
    edit("range: [0, 110]", "range: [0, 99]", file="config/codebooks/survey.yaml")
    after = source_settings(root, load_study(root, "cash"))
    assert after["survey"]["codebook"]["variables"]["age"]["range"] == [0, 99]


def test_labels_units_and_citations_come_from_the_codebooks(root: Path) -> None:
    study = load_study(root, "cash")
    assert labels(root, study)["age"] == {"label": "age", "unit": "years"}
    assert labels(root, study)["before"] == {"label": "Spending before", "unit": ""}
    assert citations(root, study) == ["Someone (2020). A survey."]


def test_two_sources_with_one_codebook_are_cited_once(root: Path, edit: Edit) -> None:
    edit("sources:\n", "sources:\n  more: {path: more.csv, codebook: survey}\n")
    assert citations(root, load_study(root, "cash")) == ["Someone (2020). A survey."]


def test_studies_are_found_by_their_files(root: Path) -> None:
    (root / "config/studies/Not-A-Name.yaml").write_text("")
    assert study_names(root) == ["cash", "trial"]
    assert load_settings(root) == {"default_studies": ["cash"]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("default_studies: [cahs]", "default_studies: there is no study 'cahs' (did you mean 'cash'?)"),
        ("default_studies: []", "default_studies: is empty; write at least one entry"),
        ("default_study: [cash]", "default_study: unknown key; did you mean 'default_studies'?"),
    ],
)
def test_settings_mistakes_get_a_sentence(root: Path, text: str, sentence: str) -> None:
    (root / "config/config.yaml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_settings(root)
    assert f"config/config.yaml: {sentence}" in str(raised.value)


def test_missing_settings_get_a_sentence(root: Path) -> None:
    (root / "config/config.yaml").unlink()
    with pytest.raises(ConfigError, match=r"config/config\.yaml: does not exist"):
        load_settings(root)


@pytest.mark.parametrize("name", ["nsw_experiment", "nsw_cps"])
def test_the_nsw_studies_differ_in_data_only(name: str) -> None:
    study = Study.model_validate(_document(f"config/studies/{name}.yaml"))
    assert [t.written for t in study.covariates][-2:] == ["u74 = re74 == 0", "u75 = re75 == 0"]
    assert len(study.methods) == 13
    same = {"treatment", "covariates", "outcomes", "placebo_outcomes", "exact", "design", "estimands", "methods"}
    other = Study.model_validate(_document("config/studies/nsw_cps.yaml"))
    assert study.model_dump(include=same) == other.model_dump(include=same)


def _document(file: str) -> dict[str, object]:
    from dampak.config.documents import parse_document

    return parse_document((ROOT / file).read_text(encoding="utf-8"), file=file)


def test_planning_does_not_load_the_numerical_libraries() -> None:
    heavy = "{'pandas', 'numpy', 'sklearn', 'scipy', 'pandera', 'snakemake'}"
    code = f"import sys, dampak.config.load; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
