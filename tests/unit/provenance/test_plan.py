"""A job is stale for the reasons that hold, and what it feeds waits for it."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from dampak.provenance.digests import Digests
from dampak.provenance.graph import Graph, Node, canonical_json
from dampak.provenance.lock import Entry
from dampak.provenance.plan import plan

RAW, DESIGN, TABLE = "data/raw.csv", "results/s/clean/design.csv", "results/s/tables/effects.csv"


def node(rule: str, inputs: Iterable[str], outputs: Iterable[str], **stamp: object) -> Node:
    parts = {"code": {}, "environment": {}, "settings": {}} | stamp
    return Node(f"s/{rule}", rule, "s", tuple(inputs), tuple(outputs), canonical_json(parts))


def chain(**clean_stamp: object) -> Graph:
    nodes = [node("effects", [DESIGN], [TABLE]), node("clean", [RAW], [DESIGN], **clean_stamp)]
    return Graph(["s"], lambda study: nodes)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in (RAW, DESIGN, TABLE):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    return tmp_path


@pytest.fixture
def lock(root: Path) -> dict[str, Entry]:
    digests = Digests(root)

    def of(paths: Iterable[str]) -> dict[str, str]:
        return {path: str(digests.of(path)) for path in paths}

    return {j: Entry(dict(n.stamp_digests), of(n.inputs), of(n.outputs)) for j, n in chain().nodes.items()}


def cues(root: Path, lock: dict[str, Entry], graph: Graph | None = None) -> dict[str, object]:
    states = plan(graph or chain(), lock, Digests(root))
    return {job: state.cues or state.waits_for for job, state in states.items() if not state.fresh}


def test_upstream_comes_first() -> None:
    assert list(chain().nodes) == ["s/clean", "s/effects"]


def test_nothing_is_stale_when_all_is_as_recorded(root: Path, lock: dict[str, Entry]) -> None:
    assert cues(root, lock) == {}


@pytest.mark.parametrize(("path", "cue"), [(RAW, "input"), (DESIGN, "altered")])
def test_an_edited_file_makes_its_first_user_or_its_producer_stale(
    root: Path, lock: dict[str, Entry], path: str, cue: str
) -> None:
    (root / path).write_text("edited")
    assert cues(root, lock) == {"s/clean": {cue: [path]}, "s/effects": ["s/clean"]}


def test_a_missing_intermediate_is_its_producers_matter(root: Path, lock: dict[str, Entry]) -> None:
    (root / DESIGN).unlink()
    assert cues(root, lock) == {"s/clean": {"missing": [DESIGN]}, "s/effects": ["s/clean"]}


def test_a_file_that_the_lock_does_not_know_is_not_trusted(root: Path, lock: dict[str, Entry]) -> None:
    del lock["s/effects"]
    assert cues(root, lock) == {"s/effects": {"unknown": [TABLE]}}


@pytest.mark.parametrize("part", ["code", "environment", "settings"])
def test_each_part_of_the_stamp_is_a_cue(root: Path, lock: dict[str, Entry], part: str) -> None:
    assert cues(root, lock, chain(**{part: {"x": 1}})) == {"s/clean": {part: ["-"]}, "s/effects": ["s/clean"]}


def test_a_result_of_an_interrupted_run_reaches_its_user_in_the_next(root: Path, lock: dict[str, Entry]) -> None:
    """`clean` was made anew and entered in the lock; the run was killed before `effects`."""
    (root / DESIGN).write_text("new")
    lock["s/clean"].outputs[DESIGN] = str(Digests(root).of(DESIGN))
    assert cues(root, lock) == {"s/effects": {"input": [DESIGN]}}


def test_an_input_more_or_less_is_a_cue(root: Path, lock: dict[str, Entry]) -> None:
    graph = Graph(["s"], lambda study: [node("clean", [], [DESIGN]), node("effects", [DESIGN, RAW], [TABLE])])
    assert cues(root, lock, graph)["s/clean"] == {"input": [RAW]}
    states = plan(graph, lock, Digests(root))
    assert states["s/effects"].cues == {"input": [RAW]}
