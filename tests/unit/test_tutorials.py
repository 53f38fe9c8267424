"""The tutorials do what they show: their code runs, prints what stands beneath it, and their YAML is accepted."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from dampak.config.methods import SUPPORTED_ESTIMANDS
from dampak.config.study import Study

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of a page: its language, its text and the line that it begins on."""

    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    return [Block(m[1], m[2], page.count("\n", 0, m.start(2))) for m in BLOCK.finditer(page)]


def misprints(page: str, *, name: str) -> list[str]:
    """Run the code of a page from top to bottom; a sentence for each block that prints something else than is shown."""
    found, printed, namespace = [], None, {"__name__": name}
    for block in blocks(page):
        if block.language == "text":
            if printed is None:
                found.append(f"line {block.line}: output without code above it")
            elif printed != block.text:
                found.append(f"line {block.line}: the page shows\n{block.text}and the code prints\n{printed}")
            printed = None
            continue
        if printed:
            found.append(f"line {block.line}: the code above prints what the page does not show\n{printed}")
        printed = None
        if block.language == "python":
            printed = _output("\n" * block.line + block.text, name=name, namespace=namespace)
    return [*found, f"the last code prints what the page does not show\n{printed}"] if printed else found


def _output(code: str, *, name: str, namespace: dict[str, Any]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        exec(compile(code, name, "exec"), namespace)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_code_of_a_tutorial_prints_what_stands_beneath_it(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert sum(block.language == "text" for block in blocks(page)) >= 3
    assert not misprints(page, name=path.name)


def test_a_wrong_figure_missing_output_and_output_without_code_are_noticed() -> None:
    assert not misprints("```python\na = 2\n```\n\n```python\nprint(a)\n```\n\n```text\n2\n```\n", name="page")
    (wrong,) = misprints("```python\nprint(2)\n```\n\n```text\n3\n```\n", name="page")
    assert wrong == "line 5: the page shows\n3\nand the code prints\n2\n"
    assert len(misprints("```python\nprint(2)\n```\n\n```python\nprint(3)\n```\n", name="page")) == 2
    assert len(misprints("```text\n3\n```\n", name="page")) == 1


def studies() -> list[tuple[str, dict[str, Any]]]:
    """The fragments of YAML, each put into the study that ships with the project."""
    base = yaml.safe_load((ROOT / "config" / "studies" / "nsw_cps.yaml").read_text(encoding="utf-8"))
    found = []
    for path in PAGES:
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.language == "yaml":
                fragment = yaml.safe_load(block.text)
                first = fragment["methods"][0]
                fragment["headline"] = first.get("label", first["method"])
                found.append((f"{path.stem}, line {block.line}", {**base, **fragment}))
    return found


@pytest.mark.parametrize("study", [pytest.param(study, id=name) for name, study in studies()])
def test_the_settings_of_a_tutorial_make_a_study(study: dict[str, Any]) -> None:
    Study.model_validate(study)


def test_the_tutorials_show_every_family_of_methods_in_a_study() -> None:
    shown = {method["method"] for _, study in studies() for method in study["methods"]}
    assert shown == set(SUPPORTED_ESTIMANDS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_tutorial_says_when_its_methods_are_wrong_and_names_tables_that_exist(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    outputs = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    assert {"## In a study", "## When it is wrong", "## References"} <= set(re.findall(r"^## .+$", page, re.MULTILINE))
    tables = set(re.findall(r"`([\w/]+\.(?:csv|parquet))`", page))
    assert len(tables) >= 2
    assert {table for table in tables if f"`{table}`" not in outputs} == set()
