"""Schemas, defaults and reference follow from the models, and editors can rely on them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dampak.config.documents import parse_document
from dampak.config.generate import generated, main, out_of_step, write
from dampak.config.methods import FAMILIES
from dampak.config.reference import optional_defaults
from dampak.config.scaffold import CODEBOOK, STUDY
from dampak.config.study import Study

ROOT = Path(__file__).parents[3]
STUDIES = sorted((ROOT / "config/studies").glob("*.yaml"))


def schema(name: str) -> dict[str, Any]:
    return dict(json.loads((ROOT / f"config/{name}.schema.json").read_text(encoding="utf-8")))


def document(path: Path) -> dict[str, Any]:
    return parse_document(path.read_text(encoding="utf-8"), file=path.name)


def errors(kind: str, value: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(schema(kind)).iter_errors(value)]


def test_the_generated_files_are_in_step_with_the_models() -> None:
    assert out_of_step(ROOT) == [], "run: python -m dampak.config.generate"


def test_check_fails_on_an_edited_and_on_a_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config/studies").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    readme = tmp_path / "config/README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["--check"]) == 1
    assert "config/README.md is not what the models give; run 'python -m" in capsys.readouterr().err
    assert write(tmp_path) == ["config/README.md"]


def test_generation_outside_a_project_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: p.stem)
def test_the_studies_pass_the_schema(path: Path) -> None:
    read = document(path)
    assert errors("programme_study" if "registers" in read else "study", read) == []


def test_the_other_files_and_the_scaffold_pass_their_schemas() -> None:
    for path in (ROOT / "config/codebooks").glob("*.yaml"):
        assert errors("codebook", document(path)) == []
    assert errors("config", document(ROOT / "config/config.yaml")) == []
    assert errors("codebook", yaml.safe_load(CODEBOOK)) == []
    assert errors("study", yaml.safe_load(STUDY.format(name="cash"))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"covariats": ["age"]},
        {"methods": [{"method": "nearest_1", "calipre": 0.2}]},
        {"methods": [{"method": "nearest"}]},
        {"methods": [{"method": "ipw", "std_error": "bootstrap"}]},
        {"support": {"rule": "minmaks"}},
        {"sources": {"a": {"codebook": "nsw"}}},
        {"sources": {"a": {"codebook": "nsw", "path": "a", "package": "b", "file": "c"}}},
        {"sources": {"a": {"codebook": "nsw", "path": "a", "options": {"delimeter": ";"}}}},
        {"covariates": ["re74 == 0"]},
        {"alpha": 5},
    ],
    ids=str,
)
def test_the_schema_marks_a_mistake(change: dict[str, Any]) -> None:
    study = document(ROOT / "config/studies/nsw_cps.yaml")
    assert errors("study", study) == []
    assert errors("study", study | change) != []


def test_an_editor_can_complete_the_options_of_every_method() -> None:
    definitions = schema("study")["$defs"]
    choices = schema("study")["properties"]["methods"]["items"]["oneOf"]
    offered = {}
    for choice in choices:
        model = definitions[choice["$ref"].rsplit("/", 1)[-1]]
        assert model["additionalProperties"] is False
        offered[model["properties"]["method"]["const"]] = set(model["properties"])
    assert offered == {
        family.model_json_schema()["properties"]["method"]["const"]: set(family.model_fields) for family in FAMILIES
    }


def test_every_key_is_described() -> None:
    for kind in ("study", "codebook", "config"):
        whole = schema(kind)
        for model in (whole, *whole.get("$defs", {}).values()):
            bare = [key for key, value in model.get("properties", {}).items() if not value.get("description")]
            assert bare == [], model.get("title")


def test_every_key_stands_in_the_reference() -> None:
    readme = (ROOT / "config/README.md").read_text(encoding="utf-8")
    for kind in ("study", "codebook", "config"):
        whole = schema(kind)
        for title, model in whole.get("$defs", {}).items():
            missing = [key for key in model.get("properties", {}) if f"| `{key}` |" not in readme]
            assert title == "VariableSpec" or set(missing) <= {"method"}, (title, missing)
        assert [key for key in whole["properties"] if f"| `{key}` |" not in readme] == []


def test_a_study_that_writes_out_the_defaults_is_the_study_that_leaves_them_out() -> None:
    written = yaml.safe_load((ROOT / "config/defaults.yaml").read_text(encoding="utf-8"))
    bare = yaml.safe_load(STUDY.format(name="cash"))
    bare["methods"] = [{"method": entry["method"]} for entry in written["methods"]]
    bare["outcomes"] = [{"name": "consumption", "before": "consumption_before"}]
    bare["headline"] = "ipw"
    full = {key: value for key, value in written.items() if key not in ("sources", "treatment")} | bare
    full["methods"] = written["methods"]
    full["treatment"] = {**written["treatment"], **bare["treatment"]}
    full["sources"] = {"survey": {**written["sources"]["<source>"], **bare["sources"]["survey"]}}
    assert Study.model_validate(full).plain == Study.model_validate(bare).plain
    assert set(optional_defaults(Study)) <= set(written)


def test_generated_texts_name_no_machine() -> None:
    for file, text in generated().items():
        assert text.endswith("\n") and "\r" not in text
        assert "/home/" not in text and "/tmp/" not in text and str(ROOT) not in text, file
