"""Places of boxes: no line that a path implies, no two boxes in one place."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from dampak.provenance.drawing.layers import GAP, bands_in_order, columns, direct, place


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Up to nine jobs, each reading some of those before it."""
    size = draw(st.integers(1, 9))
    return {f"j{i}": [f"j{k}" for k in range(i) if draw(st.booleans())] for i in range(size)}


def reachable(parents: dict[str, list[str]]) -> dict[str, set[str]]:
    above: dict[str, set[str]] = {}
    for job, read in parents.items():
        above[job] = set(read).union(*(above[parent] for parent in read))
    return above


@given(graphs())
def test_the_lines_kept_are_the_fewest_with_the_same_paths(parents: dict[str, list[str]]) -> None:
    kept = direct(parents)
    assert reachable(kept) == reachable(parents)
    for job, read in kept.items():
        for left_out in read:
            fewer = kept | {job: [parent for parent in read if parent != left_out]}
            assert reachable(fewer) != reachable(parents)


@given(graphs(), st.data())
def test_boxes_and_passing_lines_keep_apart(parents: dict[str, list[str]], data: st.DataObject) -> None:
    band = {job: data.draw(st.sampled_from("ab"), label=job) for job in parents}
    height = {job: data.draw(st.sampled_from([0.2, 0.5])) for job in parents}
    column = columns(parents)
    placed = place(parents, column=column, band=band, height=height)
    for one, other in combinations(parents, 2):
        if (column[one], band[one]) == (column[other], band[other]):
            assert abs(placed.y[one] - placed.y[other]) >= (height[one] + height[other]) / 2 + GAP - 1e-3
    for (parent, job), stops in placed.routes.items():
        assert [c for c, _, _ in stops] == list(range(column[parent] + 1, column[job]))
        for c, name, y in stops:
            beside = [box for box in parents if (column[box], band[box]) == (c, name)]
            assert all(abs(placed.y[box] - y) > height[box] / 2 for box in beside)
    for job, y in placed.y.items():
        assert height[job] / 2 - 1e-3 <= y <= placed.heights[band[job]] - height[job] / 2 + 1e-3


def test_two_chains_do_not_cross() -> None:
    parents = {"s": [], "a": ["s"], "b": ["s"], "z_of_a": ["a"], "y_of_b": ["b"]}
    placed = place(
        parents, column=columns(parents), band=dict.fromkeys(parents, "x"), height=dict.fromkeys(parents, 0.2)
    )
    assert (placed.y["a"] < placed.y["b"]) == (placed.y["z_of_a"] < placed.y["y_of_b"])
    assert placed.y["a"] == placed.y["z_of_a"]


def test_a_study_stands_below_those_that_it_reads_from() -> None:
    parents = {"c/x": [], "b/x": [], "a/x": ["b/x"], "a/y": ["a/x"]}
    assert bands_in_order(parents, {job: job[0] for job in parents}) == ["c", "b", "a"]
    both_ways = parents | {"b/y": ["a/y"]}
    assert bands_in_order(both_ways, {job: job[0] for job in both_ways}) == ["c", "b", "a"]


def test_columns_follow_the_longest_way() -> None:
    parents = {"clean": [], "score": ["clean"], "match": ["clean", "score"], "notebook": ["clean", "match"]}
    column = columns(parents)
    assert all(column[left] + 1 == column[right] for left, right in pairwise(parents))
