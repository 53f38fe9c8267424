"""The documentation says what the code does: columns, methods, commands, citation."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from dampak.clean.ledger import LEDGER_COLUMNS, QUARANTINE_COLUMNS
from dampak.cli import app
from dampak.config.methods import FAMILIES, SUPPORTED_ESTIMANDS
from dampak.estimate.placebo import COLUMNS as PLACEBO_COLUMNS
from dampak.estimate.robustness_stage import SENSITIVITY_COLUMNS
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES
from dampak.estimate.verdict_stage import VERDICT_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("ledger.csv", LEDGER_COLUMNS),
        ("effects.csv", EFFECT_KEYS + EFFECT_VALUES),
        ("placebo.csv", PLACEBO_COLUMNS),
        ("sensitivity.csv", SENSITIVITY_COLUMNS),
        ("verdicts.csv", VERDICT_COLUMNS),
    ],
)
def test_the_columns_of_a_table_are_those_that_the_outputs_page_lists(file: str, columns: list[str]) -> None:
    (row,) = re.findall(rf"^\| `{re.escape(file)}` \| (.+) \| (.+) \|$", page("outputs.md"), re.MULTILINE)
    assert ", ".join(row).split(", ") == columns


def test_the_columns_of_quarantine_are_those_that_the_outputs_page_lists() -> None:
    (row,) = re.findall(r"^\| `clean/quarantine.csv` \| (.+) \|$", page("outputs.md"), re.MULTILINE)
    assert re.sub(r" \([^)]*\)", "", row).split(", ") == QUARANTINE_COLUMNS


def test_every_method_is_described_with_the_estimands_that_it_has() -> None:
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \| .+ \|$", page("methods.md"), re.MULTILINE)
    described = {name: estimands for names, estimands in rows for name in re.findall(r"`(\w+)`", names)}
    families = {family.model_fields["method"].annotation.__args__[0] for family in FAMILIES}
    assert set(described) == families == set(SUPPORTED_ESTIMANDS)
    for name, estimands in described.items():
        supported = SUPPORTED_ESTIMANDS[name]
        said = ("att", "atc", "ate") if estimands.startswith("all") else tuple(estimands.split(", "))
        assert said == supported, name
    headings = set(re.findall(r"\w+", " ".join(re.findall(r"^## (.+)$", page("methods.md"), re.MULTILINE))))
    assert families <= headings


def test_every_command_of_the_docs_exists() -> None:
    commands = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    named = {name for p in PAGES for name in re.findall(r"\bdampak ([a-z][a-z-]+)", _code(p))}
    assert {"run", "verify", "new-study"} <= named <= commands


def _code(path: Path) -> str:
    """Inline code and code blocks of a page."""
    return "\n".join(re.findall(r"`[^`]+`|^```.*?^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))


def test_the_citation_has_what_the_format_requires_and_the_version_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"{project['license']} License")
