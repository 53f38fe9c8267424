"""The rules of the house, looked up in the tree."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_a_script_is_a_shim_of_at_most_15_lines(script: Path) -> None:
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 15


@pytest.mark.parametrize("rules", RULES, ids=lambda p: p.name)
def test_rules_use_scripts_only_and_never_the_global_configuration(rules: Path) -> None:
    text = rules.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(run|shell|notebook|checkpoint)\s*:", text, re.MULTILINE)
    assert "snakemake.config" not in text and not re.search(r"\bconfig\[", text)


def test_every_rule_with_a_script_has_the_stamp_a_log_and_a_message() -> None:
    for rules in RULES:
        for block in re.split(r"^rule ", rules.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            if "script:" in block:
                assert all(word in block for word in ("stamp=stamped(", "log:", "message:")), block[:60]


def test_snakemake_finds_nothing_to_lint_but_that_one_locked_environment_serves_all_rules() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=ROOT, text=True, capture_output=True, timeout=120
    )
    lints = set(re.findall(r"^ +\* (.+?):?$", done.stdout + done.stderr, re.MULTILINE))
    assert lints == {"Specify a conda environment or container for each rule."}


def test_common_rules_stay_short() -> None:
    assert len((ROOT / "workflow/rules/common.smk").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_gate_runs_the_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^```\n(.+)\n```$", readme, re.MULTILINE)
    assert commands == ["python3 bootstrap.py dampak run", "python3 bootstrap.py pytest"]
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [c for c in commands if c not in gate] == []


def test_the_study_of_the_readme_is_the_one_that_new_study_writes() -> None:
    import yaml

    from dampak.config.scaffold import STUDY

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^```yaml\n(.+?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert block and len(block[1].splitlines()) == 10
    shown, written = yaml.safe_load(block[1]), yaml.safe_load(STUDY.format(name="cash"))
    assert shown | {"title": ""} == written | {"title": ""}


def test_every_relative_link_of_the_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_notebook_sources_carry_no_outputs(notebook: Path) -> None:
    cells = nbformat.read(notebook, as_version=4).cells
    assert [c for c in cells if c.cell_type == "code" and (c.outputs or c.execution_count)] == []
