"""The picture of the jobs says what is stale, why, and what waits, also without colour."""

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from dampak.errors import DataError
from dampak.provenance.drawing.boxes import LOOKS
from dampak.provenance.drawing.picture import draw, finding, write
from dampak.provenance.graph import Graph, Node
from dampak.provenance.plan import State

Cues = Mapping[str, dict[str, list[str]]]

STALE: dict[str, dict[str, list[str]]] = {
    "nsw_cps/effects": {"code": ["-"]},
    "nsw_experiment/placebo_figure": {"settings": ["-"], "environment": ["-"]},
}
FIVE = {
    "nsw_cps": "nsw_experiment",
    "nsw_experiment": "",
    "pkh_jatim": "",
    "aspd_jatim": "pkh_jatim",
    "kip_jawara": "nsw_experiment",
}
RAW = [f"data/{name}" for name in ("kor.dbf", "kp42.dbf", "dtks.csv", "pkh.csv", "register_of_beneficiaries_2020.xlsx")]


def nodes(study: str, benchmark: str = "", raw: Iterable[str] = ()) -> list[Node]:
    """The jobs of a study, with the files that the rules of this project name."""
    there = f"results/{study}/"
    design, outcomes = there + "clean/design.parquet", there + "clean/outcomes.parquet"
    scores, pairs, weights = (f"{there}match/{name}.parquet" for name in ("scores", "pairs", "weights"))
    robustness = there + "estimate/robustness.parquet"
    other = [f"results/{benchmark}/tables/effects.csv"] if benchmark else []

    def tables(*names: str) -> list[str]:
        return [f"{there}tables/{name}.csv" for name in names]

    def figure(name: str, suffixes: str = "png svg pdf txt") -> list[str]:
        return [f"{there}figures/{name}.{suffix}" for suffix in suffixes.split()]

    figures = [path for name in ("overlap", "love", "effects", "placebo") for path in figure(name, "png txt")]
    all_tables = tables("balance", "support", "effects", "placebo", "sensitivity", "verdicts", "ledger")
    jobs: list[tuple[str, list[str], list[str]]] = [
        ("clean", list(raw), [design, outcomes, *tables("ledger")]),
        ("score", [design], [scores]),
        ("match", [design, scores], [pairs, weights, *tables("support")]),
        ("balance", [design, scores, weights], tables("balance")),
        ("effects", [design, outcomes, scores, pairs, weights], [*tables("effects", "placebo"), robustness]),
        ("verdicts", [*tables("effects", "placebo", "balance"), robustness], tables("verdicts", "sensitivity")),
        ("overlap", [design, scores], figure("overlap")),
        ("love", tables("balance", "effects"), figure("love")),
        ("effects_figure", [*tables("effects"), *other], figure("effects")),
        ("placebo_figure", tables("placebo", "effects"), figure("placebo")),
        ("notebook.nsw", ["notebooks/nsw.ipynb", *all_tables, *figures, *other], [f"{there}notebooks/nsw.html"]),
    ]
    return [
        Node(f"{study}/{name}", name.partition(".")[0], study, tuple(sorted(read)), tuple(sorted(made)), "{}")
        for name, read, made in jobs
    ]


def project(*studies: str, raw: Mapping[str, Iterable[str]] | None = None) -> Graph:
    return Graph(studies, lambda study: nodes(study, FIVE[study], (raw or {}).get(study, ())))


def states(graph: Graph, stale: Cues) -> dict[str, State]:
    found: dict[str, State] = {}
    for job, node in graph.nodes.items():
        found[job] = State(dict(stale.get(job, {})), [p for p in graph.parents(node) if not found[p].fresh])
    return found


def two_studies(stale: Cues = STALE) -> Figure:
    graph = project("nsw_cps", "nsw_experiment")
    return draw(graph, states(graph, stale))


def five_studies() -> Figure:
    graph = project(*FIVE, raw={"pkh_jatim": RAW, "aspd_jatim": RAW[:1]})
    return draw(graph, states(graph, STALE | {"pkh_jatim/clean": {"input": RAW[2:3]}}))


def extent(figure: Figure, artist: FancyBboxPatch | Text) -> Bbox:
    return artist.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]


def drawn_boxes(figure: Figure) -> list[tuple[FancyBboxPatch, list[str]]]:
    """Every box of a job with its text, from the top line down."""
    fills = {look.fill for look in LOOKS.values()}
    boxes = [
        p
        for p in figure.artists
        if isinstance(p, FancyBboxPatch) and mpl.colors.to_hex(p.get_facecolor()).upper() in fills
    ]
    texts = [(extent(figure, text), text.get_text()) for text in figure.texts]
    held = []
    for box in boxes:
        frame = extent(figure, box)
        inside = [(t, words) for t, words in texts if frame.contains((t.x0 + t.x1) / 2, (t.y0 + t.y1) / 2)]
        held.append((box, [words for _, words in sorted(inside, key=lambda pair: -pair[0].y1)]))
    return [(box, words) for box, words in held if words]


def box_of(figure: Figure, study: str, rule: str) -> tuple[FancyBboxPatch, list[str]]:
    """The box of a job: of those with the rule's name, the one nearest below the study's name."""
    heading = next(extent(figure, text) for text in figure.texts if text.get_text() == study)
    below = [(box, words) for box, words in drawn_boxes(figure) if words[0] == rule]
    return max(
        ((box, words) for box, words in below if extent(figure, box).y0 < heading.y0),
        key=lambda pair: extent(figure, pair[0]).y0,
    )


@pytest.mark.parametrize(
    ("stale", "title"),
    [
        ({}, "All 22 jobs are up to date"),
        ({"nsw_cps/love": {"code": []}}, "1 of 22 jobs is stale, 1 waits for it"),
        ({"nsw_cps/notebook.nsw": {"code": []}}, "1 of 22 jobs is stale"),
        (STALE, "2 of 22 jobs are stale, 6 wait for them"),
        ({job: {"missing": []} for job in project(*FIVE).nodes}, "All 22 jobs are stale"),
    ],
)
def test_the_title_counts(stale: Cues, title: str) -> None:
    graph = project("nsw_cps", "nsw_experiment")
    assert finding(states(graph, stale)) == title
    assert title in [text.get_text() for text in draw(graph, states(graph, stale)).texts]


def test_a_stale_job_names_its_cues_and_a_waiting_one_says_so() -> None:
    figure = two_studies()
    assert box_of(figure, "nsw_cps", "effects")[1] == ["effects", "code"]
    assert box_of(figure, "nsw_experiment", "placebo_figure")[1] == ["placebo_figure", "settings,", "environment"]
    assert box_of(figure, "nsw_cps", "notebook")[1] == ["notebook", "nsw", "waits"]
    assert box_of(figure, "nsw_cps", "balance")[1] == ["balance"]
    new = two_studies({"nsw_cps/clean": {"missing": ["-"], "unknown": ["-"]}})
    assert box_of(new, "nsw_cps", "clean")[1] == ["clean", "missing,", "not\N{NO-BREAK SPACE}in\N{NO-BREAK SPACE}lock"]


def test_states_differ_in_colour_and_in_frame() -> None:
    figure = two_studies()
    jobs = [("nsw_cps", "effects"), ("nsw_cps", "love"), ("nsw_cps", "clean")]
    looks = [box_of(figure, *job)[0] for job in jobs]
    assert len({box.get_facecolor() for box in looks}) == 3
    assert len({box.get_edgecolor() for box in looks}) == 3
    assert len({(box.get_linewidth(), str(box.get_linestyle())) for box in looks}) == 3
    greys = [np.dot(box.get_facecolor()[:3], (0.299, 0.587, 0.114)) for box in looks]
    assert greys[0] < min(greys[1:]) - 0.08


def test_the_legend_counts_the_states_that_occur() -> None:
    def legend(figure: Figure) -> list[str]:
        words = "|".join(re.escape(word) for look in LOOKS.values() for word in (look.one, look.many))
        return [t.get_text() for t in figure.texts if re.fullmatch(rf"\d+ ({words})", t.get_text())]

    assert legend(two_studies({})) == ["22 up to date"]
    assert [line.split()[0] for line in legend(two_studies())] == ["2", "6", "14"]


def test_lines_are_the_direct_ones_and_one_leads_from_study_to_study() -> None:
    # A study has 16 from job to job and one from the notebook's source; one leads from benchmark to figure.
    assert sum(isinstance(patch, PathPatch) for patch in two_studies().artists) == 2 * 17 + 1


@pytest.fixture(
    scope="module", params=[two_studies, partial(two_studies, {}), five_studies], ids=["two", "fresh", "five"]
)
def figure(request: pytest.FixtureRequest) -> Figure:
    drawn: Figure = request.param()
    return drawn


class TestLegibility:
    def test_no_line_runs_through_a_box(self, figure: Figure) -> None:
        frames = [extent(figure, box) for box, _ in drawn_boxes(figure)]
        for patch in figure.artists:
            if not isinstance(patch, PathPatch):
                continue
            line = patch.get_transform().transform_path(patch.get_path())
            points = np.vstack(line.to_polygons(closed_only=False))
            dense = np.vstack([np.linspace(a, b, 20) for a, b in pairwise(points)])
            for frame in frames:
                x, y = dense.T
                inside = (x > frame.x0 + 2) & (x < frame.x1 - 2) & (y > frame.y0) & (y < frame.y1)
                assert not inside.any()

    def test_boxes_lie_apart_and_hold_their_text(self, figure: Figure) -> None:
        boxes = drawn_boxes(figure)
        for (one, _), (other, _) in combinations(boxes, 2):
            assert not extent(figure, one).overlaps(extent(figure, other))
        for box, _ in boxes:
            frame = extent(figure, box)
            for text in figure.texts:
                words = extent(figure, text)
                if frame.overlaps(words):
                    assert words.x0 >= frame.x0 and words.x1 <= frame.x1
                    assert words.y0 >= frame.y0 and words.y1 <= frame.y1

    def test_all_lies_on_the_page(self, figure: Figure) -> None:
        for part in [extent(figure, a) for a in figure.get_children() if isinstance(a, FancyBboxPatch | Text)]:
            assert part.x0 >= 0 and part.y0 >= 0
            assert part.x1 <= figure.bbox.x1 and part.y1 <= figure.bbox.y1

    def test_text_is_large_enough_to_print(self, figure: Figure) -> None:
        assert {text.get_fontsize() for text in figure.texts} <= {7.0, 8.0, 9.0, 10.0}


def test_more_studies_make_the_page_higher_not_wider() -> None:
    graph = project(*FIVE)
    five, two = draw(graph, states(graph, {})), two_studies({})
    assert five.get_figwidth() == two.get_figwidth()
    assert 2 * two.get_figheight() < five.get_figheight() < 3 * two.get_figheight()


def test_files_that_no_job_makes_are_named_changed_ones_first_and_bold() -> None:
    graph = project("pkh_jatim", raw={"pkh_jatim": RAW})
    figure = draw(graph, states(graph, {"pkh_jatim/clean": {"input": RAW[4:]}}))
    texts = {text.get_text(): text for text in figure.texts}
    long = next(words for words in texts if "…" in words)
    assert long.startswith("register") and long.endswith(".xlsx")
    assert [words for words, text in texts.items() if text.get_fontweight() == "bold" and "." in words] == [long]
    assert {"dtks.csv", "kor.dbf", "and 2 more", "nsw.ipynb"} <= set(texts)
    assert "pkh.csv" not in texts
    clean = extent(figure, box_of(figure, "pkh_jatim", "clean")[0])
    assert extent(figure, texts["kor.dbf"]).x1 < clean.x0


def test_a_study_without_raw_files_gives_no_room_to_them() -> None:
    assert project("nsw_cps").nodes["nsw_cps/clean"].inputs == ()
    figure = two_studies()
    assert extent(figure, box_of(figure, "nsw_cps", "clean")[0]).x0 < 0.25 * figure.dpi


def test_a_graph_without_jobs_says_so() -> None:
    assert "There are no jobs" in [text.get_text() for text in draw(Graph([], lambda _: []), {}).texts]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_equal_states_give_equal_bytes(tmp_path: Path, suffix: str) -> None:
    write(two_studies(), tmp_path / f"a.{suffix}")
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 5, "savefig.dpi": 50, "svg.hashsalt": "other"}):
        write(two_studies(), tmp_path / f"b.{suffix}")
    write(two_studies({}), tmp_path / f"c.{suffix}")
    one, other, fresh = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "abc")
    assert one == other != fresh


def test_another_format_is_refused_with_the_remedy(tmp_path: Path) -> None:
    for name in ("graph.jpg", "graph"):
        with pytest.raises(DataError, match=rf"{name}: .*\.svg, \.png or \.pdf"):
            write(two_studies(), tmp_path / name)
        assert not (tmp_path / name).exists()


def test_matplotlib_waits_until_something_is_drawn() -> None:
    code = "import sys, dampak.provenance.drawing.picture; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
