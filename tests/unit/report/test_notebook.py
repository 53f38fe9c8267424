"""The notebooks: no typed number, conclusions that follow the tables, one page that needs no network."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dampak.errors import DampakError
from dampak.report.notebook import execute
from dampak.report.stage import notebook_stage
from tests.unit.report.study import SETTINGS, write_study

NOTEBOOKS = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))
NSW = Path(__file__).parents[3] / "notebooks" / "nsw.ipynb"


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


def written(folder: Path, *cells: str) -> Path:
    """Write a notebook of code cells."""
    path = folder / "trial.ipynb"
    code = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": cell} for cell in cells
    ]
    path.write_text(json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The reviewer's notebook, executed on fabricated tables."""
    results = tmp_path_factory.mktemp("one")
    write_study(results)
    return notebook_stage(NSW, results=results, study="survey", settings=SETTINGS)


def spoken(text: str) -> str:
    """Return what the notebook says, in one line, without word joiners."""
    outputs = [o for cell in json.loads(text)["cells"] for o in cell.get("outputs", [])]
    return " ".join("".join(o["data"]["text/plain"]) for o in outputs).replace("\N{WORD JOINER}", "").replace("\n", " ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_no_number_is_typed_in_a_notebook(path: Path) -> None:
    # Digits inside an identifier (re78, nearest_1) are names, not numbers.
    typed = [text for text in sources(path) if re.search(r"(?<![A-Za-z_0-9])[0-9]", text)]
    assert typed == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_is_kept_short_and_without_outputs(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(cells) <= 20
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_two_executions_in_different_folders_give_the_same_bytes(
    executed: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_study(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    monkeypatch.setenv("COLUMNS", "40")
    again = notebook_stage(NSW, results=tmp_path, study="survey", settings=SETTINGS)
    assert again == executed
    assert str(tmp_path) not in "".join(again)


def test_the_notebook_says_what_the_tables_say(executed: tuple[str, str]) -> None:
    text = spoken(executed[0])
    assert "the plain difference in means is −$8,498, an answer of the wrong sign" in text
    assert "misses the experiment by $10,292, more than any adjusted estimate does" in text
    assert "Of the 3 adjusted estimates, all lie within the experiment’s interval" in text
    assert "Every method fails: 4 of 4" in text
    assert "The lottery, put to the same test, passes: $265" in text
    assert "too small for one outcome and too large for the other" in text
    assert "is **not credible**" in text


def test_other_tables_lead_to_other_conclusions(tmp_path: Path) -> None:
    write_study(tmp_path, naive=1500.0, placebo=20.0, credible=True)
    text = spoken(notebook_stage(NSW, results=tmp_path, study="survey", settings=SETTINGS)[0])
    assert "an answer of the right sign" in text
    assert "No method fails: 0 of 4" in text
    assert "is **positive**" in text
    assert "not credible" not in text


def test_the_page_needs_no_network_and_folds_its_code(executed: tuple[str, str]) -> None:
    page = executed[1]
    assert not re.search(r"""<script|<link|@import|url\(|(src|href)=["'](?!data:|\#)""", page)
    assert page.count("<figcaption>") == page.count('src="data:image/png;base64,') == 4
    code = [cell for cell in json.loads(executed[0])["cells"] if cell["cell_type"] == "code"]
    assert page.count("<details>") == len(code)
    assert "Drawn by src/dampak/figures/overlap.py, function draw." in page
    assert "<title>Can a survey stand in for an experiment?</title>" in page


def test_the_executed_notebook_names_no_version_and_no_time(executed: tuple[str, str]) -> None:
    notebook: dict[str, Any] = json.loads(executed[0])
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "pygments_lexer": "python"},
    }
    assert all(cell["metadata"] == {} for cell in notebook["cells"])


def test_a_failing_cell_is_named_in_one_sentence(tmp_path: Path) -> None:
    path = written(tmp_path, "a = 1", "{}['wages']")
    with pytest.raises(DampakError, match=r"trial\.ipynb: cell 2 failed \(KeyError: 'wages'\)") as caught:
        execute(path, results=tmp_path, study="survey", settings=SETTINGS)
    assert "\n" not in str(caught.value)


def test_a_warning_does_not_reach_the_page(tmp_path: Path) -> None:
    path = written(tmp_path, "import warnings; warnings.warn('beware')")
    with pytest.raises(DampakError, match="cell 1 wrote to stderr"):
        execute(path, results=tmp_path, study="survey", settings=SETTINGS)


def test_cells_run_in_the_interpreter_of_the_pipeline(tmp_path: Path) -> None:
    import sys

    path = written(tmp_path, "import sys; print(sys.executable)")
    notebook = execute(path, results=tmp_path, study="survey", settings=SETTINGS)
    assert notebook.cells[0].outputs[0].text.strip() == sys.executable
    assert notebook.cells[0].id == "cell-1"


def test_what_is_not_a_notebook_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "trial.ipynb"
    path.write_text("not JSON", encoding="utf-8")
    with pytest.raises(DampakError, match=r"trial\.ipynb: a Jupyter notebook of format 4 was expected"):
        execute(path, results=tmp_path, study="survey", settings=SETTINGS)
