"""An edit changes the fingerprint of exactly the scripts that reach it."""

from pathlib import Path

import pytest

from dampak.provenance.code.fingerprint import Library, fingerprint, reached

PACKAGE = {
    "__init__.py": '"""A package."""\n',
    "match/__init__.py": '"""Matching."""\n',
    "match/pairing.py": (
        "from dampak.match import distance\n"
        "from dampak.match.order import ORDER, sort\n\n"
        "LIMIT = 3\n\n\n"
        "def nearest(x: int) -> int:\n"
        '    """Pair."""\n'
        "    # a comment\n"
        "    return sort(distance.scaled(x)) + LIMIT\n\n\n"
        "def unused(x):\n"
        "    return ORDER\n"
    ),
    "match/distance.py": "def scaled(x):\n    return x / 2\n\n\ndef other(x):\n    return x\n",
    "match/order.py": "ORDER = ['a']\n\n\ndef sort(x):\n    from dampak.match.late import tie\n\n    return tie(x)\n",
    "match/late.py": "def tie(x):\n    return -x\n",
    "figures/__init__.py": "",
    "figures/terms.py": "def terms():\n    return open('terms.yaml')\n",
    "figures/terms.yaml": "a: b\n",
    "figures/style.py": "class Style:\n    size = 8\n\n    def apply(self):\n        return self.size\n",
}
SCRIPTS = {
    "match.py": '"""Match."""\nfrom dampak.match.pairing import nearest\n\nnearest(1)\n',
    "figure.py": (
        "from dampak.figures.style import Style\nfrom dampak.figures.terms import terms\n\nStyle().apply()\nterms()\n"
    ),
    "dotted.py": "import dampak.match.distance\n\ndampak.match.distance.scaled(1)\n",
    "module.py": "from dampak.match import distance\n\nmap(distance, [1])\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in PACKAGE.items():
        path = tmp_path / "dampak" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def prints(tree: Path) -> dict[str, str]:
    return {s: fingerprint(tree / s, library=Library(tree / "dampak")) for s in SCRIPTS}


def changed(tree: Path, file: str, old: str, new: str) -> set[str]:
    before = prints(tree)
    path = tree / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    after = prints(tree)
    return {s for s in SCRIPTS if before[s] != after[s]}


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        ("dampak/match/pairing.py", "# a comment", "# another", set()),
        ("dampak/match/pairing.py", '"""Pair."""', '"""Pair units."""', set()),
        ("dampak/match/pairing.py", "x: int", "x: float", set()),
        ("dampak/match/pairing.py", "-> int", "-> float", set()),
        (
            "dampak/match/pairing.py",
            "sort(distance.scaled(x)) + LIMIT",
            "(sort(distance.scaled(x))  +  LIMIT)",
            set(),
        ),
        ("dampak/match/pairing.py", "LIMIT = 3", "LIMIT = 4", {"match.py"}),
        ("dampak/match/pairing.py", "return ORDER", "return None", set()),
        ("dampak/match/order.py", "ORDER = ['a']", "ORDER = ['b']", set()),
        ("dampak/match/distance.py", "x / 2", "x / 3", {"match.py", "dotted.py", "module.py"}),
        ("dampak/match/distance.py", "    return x\n", "    return x + 1\n", {"module.py"}),
        ("dampak/match/late.py", "-x", "+x", {"match.py"}),
        ("dampak/figures/style.py", "size = 8", "size = 9", {"figure.py"}),
        ("dampak/figures/style.py", "self.size", "self.size + 1", {"figure.py"}),
        ("dampak/figures/terms.yaml", "b", "c", {"figure.py"}),
        (
            "dampak/match/__init__.py",
            '"""Matching."""',
            '"""Matching."""\nprint(1)',
            {"match.py", "dotted.py", "module.py"},
        ),
        ("match.py", "nearest(1)", "nearest(2)", {"match.py"}),
        ("match.py", '"""Match."""', '"""Match units."""', set()),
    ],
)
def test_an_edit_makes_exactly_its_users_stale(tree: Path, file: str, old: str, new: str, stale: set[str]) -> None:
    assert changed(tree, file, old, new) == stale


def test_an_unused_new_function_makes_nothing_stale(tree: Path) -> None:
    before = prints(tree)
    with (tree / "dampak/match/distance.py").open("a") as stream:
        stream.write("\n\ndef third(x):\n    return x\n")
    after = prints(tree)
    assert {s for s in SCRIPTS if before[s] != after[s]} == {"module.py"}


def test_what_a_script_reaches_is_listed_by_name(tree: Path) -> None:
    names = set(reached(tree / "match.py", library=Library(tree / "dampak")).definitions)
    assert {
        "script",
        "dampak.match.pairing:nearest",
        "dampak.match.distance:scaled",
        "dampak.match.late:tie",
    } <= names
    assert "dampak.match.pairing:unused" not in names


def test_a_notebook_counts_by_its_code_cells_only(tree: Path) -> None:
    notebook = tree / "n.ipynb"
    text = (
        '{"cells": [{"cell_type": "markdown", "source": ["A"]},'
        ' {"cell_type": "code", "source": ["from dampak.match.late import tie\\n", "tie(1)"]}]}'
    )
    notebook.write_text(text)
    before = fingerprint(notebook, library=Library(tree / "dampak"))
    notebook.write_text(text.replace('["A"]', '["B"]'))
    assert fingerprint(notebook, library=Library(tree / "dampak")) == before
    (tree / "dampak/match/late.py").write_text("def tie(x):\n    return x\n")
    assert fingerprint(notebook, library=Library(tree / "dampak")) != before
