"""The first divergence is named by table, column and row, or as an order of rows."""

from pathlib import Path

import pandas as pd
import pytest

from dampak.provenance.divergence import first_divergence, table_difference
from dampak.provenance.graph import Graph, Node
from dampak.provenance.record import write_record

FRAME = pd.DataFrame({"unit": ["u1", "u2", "u3"], "weight": [1.0, 0.5, 2.0]})


def pair(folder: Path, other: pd.DataFrame) -> tuple[Path, Path]:
    one, two = folder / "one.parquet", folder / "two.parquet"
    FRAME.to_parquet(one)
    other.to_parquet(two)
    return one, two


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (FRAME.iloc[::-1].reset_index(drop=True), "row order: the same rows in another order, from row 1 on"),
        (
            FRAME.assign(weight=[1.0, 0.5, 2.5]),
            r"column 'weight' differs in 1 of 3 rows, first in row 3 \(2.0 and 2.5\)",
        ),
        (FRAME.assign(weight=[1.0, None, 2.0]), r"first in row 2 \(0.5 and missing\)"),
        (FRAME.head(2), r"number of rows differs \(3 and 2\)"),
        (FRAME.rename(columns={"weight": "w"}), "columns differ"),
        (FRAME.astype({"weight": "float32"}), "types of the columns differ|not the bytes"),
    ],
)
def test_a_difference_between_two_tables_is_named(tmp_path: Path, other: pd.DataFrame, said: str) -> None:
    import re

    assert re.search(said, table_difference(*pair(tmp_path, other)))


def test_the_first_stage_that_differs_is_named_with_its_random_draws(tmp_path: Path) -> None:
    paths = {rule: f"results/s/{rule}.csv" for rule in ("clean", "match")}
    nodes = [
        Node("s/clean", "clean", "s", (), (paths["clean"],), "{}"),
        Node("s/match", "match", "s", (paths["clean"],), (paths["match"],), "{}"),
    ]
    graph = Graph(["s"], lambda study: nodes)
    for build, last in (("one", "2"), ("two", "3")):
        for path, text in ((paths["clean"], "x\n1\n"), (paths["match"], f"x\n{last}\n")):
            (tmp_path / build / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / build / path).write_text(text)
        write_record(tmp_path / build, "s/match", {"used": {"random": {"numpy": "drawn"}}})
    said = first_divergence(graph, tmp_path / "one", tmp_path / "two")
    assert said == (
        "s/match: results/s/match.csv: column 'x' differs in 1 of 1 rows, first in row 1 (2 and 3)"
        "; random state: the job drew from the global generator of numpy"
    )
    (tmp_path / "two" / paths["match"]).write_text("x\n2\n")
    assert first_divergence(graph, tmp_path / "one", tmp_path / "two") is None
