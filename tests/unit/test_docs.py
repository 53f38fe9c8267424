"""The documentation says what the code does: columns, methods, commands, citation."""

import hashlib
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import yaml

from dampak.clean.ledger import LEDGER_COLUMNS, QUARANTINE_COLUMNS
from dampak.cli import app
from dampak.config.methods import FAMILIES, SUPPORTED_ESTIMANDS
from dampak.estimate.placebo import COLUMNS as PLACEBO_COLUMNS
from dampak.estimate.robustness_stage import SENSITIVITY_COLUMNS
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES
from dampak.estimate.verdict_stage import VERDICT_COLUMNS
from dampak.match.frontier import FRONTIER_COLUMNS
from dampak.match.profile import PROFILE_COLUMNS
from dampak.match.stage import ORDER_COLUMNS, PAIR_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize(
    ("picture", "figure"),
    [("effects.png", "nsw_cps/figures/effects.png"), ("programmes.png", "pkh_jatim/figures/programme_effects.png")],
)
def test_a_picture_of_the_docs_is_the_figure_of_the_pipeline(picture: str, figure: str) -> None:
    kept = (ROOT / "results" / "figures.sha256").read_text(encoding="utf-8")
    digest = hashlib.sha256((ROOT / "docs" / "img" / picture).read_bytes()).hexdigest()
    assert f"{digest}  {figure}\n" in kept


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("ledger.csv", LEDGER_COLUMNS),
        ("dropped.csv", ["treatment", "method", *PROFILE_COLUMNS]),
        ("frontier.csv", ["treatment", *FRONTIER_COLUMNS]),
        ("effects.csv", EFFECT_KEYS + EFFECT_VALUES),
        ("placebo.csv", PLACEBO_COLUMNS),
        ("sensitivity.csv", SENSITIVITY_COLUMNS),
        ("verdicts.csv", VERDICT_COLUMNS),
    ],
)
def test_the_columns_of_a_table_are_those_that_the_outputs_page_lists(file: str, columns: list[str]) -> None:
    (row,) = re.findall(rf"^\| `{re.escape(file)}` \| (.+) \| (.+) \|$", page("outputs.md"), re.MULTILINE)
    assert ", ".join(row).split(", ") == columns


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("clean/quarantine.csv", QUARANTINE_COLUMNS),
        ("match/pairs.parquet", PAIR_COLUMNS),
        ("match/orders.parquet", ORDER_COLUMNS),
    ],
)
def test_the_columns_between_stages_are_those_that_the_outputs_page_lists(file: str, columns: list[str]) -> None:
    (row,) = re.findall(rf"^\| `{re.escape(file)}` \| (.+?)(?:; .+)? \|$", page("outputs.md"), re.MULTILINE)
    assert re.sub(r" \([^)]*\)", "", row).split(", ") == columns


def described_methods() -> dict[str, tuple[str, str]]:
    """Estimands and default standard error of each family, as the first table of the methods page says."""
    (table,) = re.findall(r"^\| method \| estimands .+?\n\n", page("methods.md"), re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \| (.+) \|$", table, re.MULTILINE)
    return {name: (estimands, error) for names, estimands, error in rows for name in re.findall(r"`(\w+)`", names)}


def test_every_method_is_described_with_the_estimands_that_it_has() -> None:
    described = {name: estimands for name, (estimands, _) in described_methods().items()}
    families = {get_args(family.model_fields["method"].annotation)[0] for family in FAMILIES}
    assert set(described) == families == set(SUPPORTED_ESTIMANDS)
    for name, estimands in described.items():
        supported = SUPPORTED_ESTIMANDS[name]
        said = ("att", "atc", "ate") if estimands.startswith("all") else tuple(estimands.split(", "))
        assert said == supported, name
    headings = set(re.findall(r"\w+", " ".join(re.findall(r"^## (.+)$", page("methods.md"), re.MULTILINE))))
    assert families <= headings


def test_the_standard_error_that_a_method_is_said_to_have_is_its_default() -> None:
    said = {name: error for name, (_, error) in described_methods().items()}
    for family in FAMILIES:
        fields = family.model_fields
        name = get_args(fields["method"].annotation)[0]
        if "replace" in fields and fields["replace"].default:
            assert "Abadie–Imbens" in said[name], name
        elif "std_error" in fields:
            # Families without a default of their own count the estimated score where they can.
            counted = "m_estimation" if name in ("ipw", "overlap", "cbps") else "score_counted"
            assert f"`{fields['std_error'].default or counted}`" in said[name], name


def test_every_tutorial_is_linked_from_the_index_and_from_the_methods() -> None:
    tutorials = {f"tutorials/{path.name}" for path in (ROOT / "docs" / "tutorials").glob("*.md")}
    for name in ("index.md", "methods.md"):
        assert tutorials <= set(re.findall(r"\]\(([^)#]+)", page(name))), name


def test_every_link_of_the_docs_leads_somewhere() -> None:
    broken = []
    for path in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if "://" in target:
                continue
            file, _, anchor = target.partition("#")
            found = path.parent / file if file else path
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
            if not found.exists() or (anchor and anchor not in {_anchor(heading) for heading in headings}):
                broken.append(f"{path.name}: {target}")
    assert not broken


def _anchor(heading: str) -> str:
    """The name that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


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
