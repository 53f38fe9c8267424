"""Pages are printable and their bytes are stable."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from dampak.figures import effects, love, overlap, placebo
from dampak.figures.style import FORMATS, house_style, save
from tests.unit.figures.sample import (
    RE75_CPS,
    RE78_CPS,
    balance_rows,
    cps_balance,
    cps_effects,
    cps_scores,
    effect_rows,
    experiment_effects,
    placebo_rows,
    scored,
    settings,
)

ROOT = Path(__file__).parents[3]
RUPIAH = {
    "labels": {
        "re78": {"label": "Food and non-food consumption of the household", "unit": "rupiah per person per month"},
        "re75": {"label": "Food and non-food consumption of the household", "unit": "rupiah per person per month"},
        "age": {"label": "Household head has finished lower secondary school or more", "unit": ""},
    },
    "treatment": {"label": "Program Keluarga Harapan (PKH) and its provincial complement PKH Plus"},
    "headline": "ipw_m_estimation",
}


def pages(language: str) -> Iterator[tuple[str, Figure]]:
    local = settings(language=language)
    long = settings(language=language, **RUPIAH)
    rich = {m: (1000 * e, 1000 * s) for m, (e, s) in RE78_CPS.items()}
    even = np.linspace(-1, 1, 101)
    yield "overlap", overlap.draw(*cps_scores(), local)[0]
    yield "overlap, experiment", overlap.draw(*scored(even, even - 0.2), long)[0]
    yield "overlap, one score", overlap.draw(*scored(np.zeros(5), np.zeros(7)), local)[0]
    yield "love", love.draw(cps_balance(), cps_effects(), local)[0]
    raw = balance_rows({"age": 0.2, "b": 0.0}, {"ipw_m_estimation": {"age": 0.2, "b": 0.0}})
    yield "love, raw", love.draw(raw, cps_effects(), long)[0]
    yield "effects", effects.draw(cps_effects(), experiment_effects(), local)[0]
    large = effect_rows("re78", rich)
    yield (
        "effects, rupiah",
        effects.draw(large, effect_rows("re78", {"difference_in_means": (1794340.0, 670820.0)}), long)[0],
    )
    yield "placebo", placebo.draw(placebo_rows("re75", RE75_CPS), cps_effects(), local)[0]
    yield "placebo, rupiah", placebo.draw(placebo_rows("re75", rich), large, long)[0]
    yield "placebo, none", placebo.draw(placebo_rows("re75", RE75_CPS).head(0), cps_effects(), local)[0]


@pytest.mark.parametrize("language", ["en", "id"])
def test_no_text_is_clipped_or_runs_into_another(language: str) -> None:
    for name, figure in pages(language):
        with house_style():
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            boxes = [
                (text.get_text(), text.get_window_extent(canvas.get_renderer()))
                for text in figure.findobj(Text)
                if text.get_visible() and text.get_text().strip() and not (text.axes and not text.axes.axison)
            ]
        page = figure.bbox
        for text, box in boxes:
            assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{name}: {text!r} leaves the page sideways"
            assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{name}: {text!r} leaves the page"
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            # Lines of a paragraph may share a pixel of their line spacing.
            assert wide <= 1 or high <= 2.5, f"{name}: {one!r} runs into {other!r}"


@pytest.mark.parametrize("language", ["en", "id"])
def test_text_is_eight_points_or_more_and_pages_sixteen_centimetres_wide(language: str) -> None:
    for name, figure in pages(language):
        assert figure.get_figwidth() == pytest.approx(16 / 2.54), name
        assert all(text.get_fontsize() >= 8 for text in figure.findobj(Text) if text.get_text()), name


DRAW = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from dampak.figures.style import save
from tests.unit.figures.test_pages import pages
for i, (name, figure) in enumerate(pages(sys.argv[3])):
    save(figure, Path(sys.argv[2]) / str(i))
"""
HOSTILE = """
font.family: serif
font.size: 31
figure.dpi: 31
figure.autolayout: True
savefig.bbox: tight
savefig.transparent: True
svg.fonttype: none
svg.hashsalt: somebody
pdf.compression: 9
text.parse_math: True
axes.grid: True
axes.facecolor: red
axes.formatter.use_locale: True
path.sketch: 1, 100, 2
timezone: Asia/Jakarta
"""


def drawn_files(folder: Path, *, hash_seed: str, zone: str, locale: str, hostile: bool) -> dict[str, bytes]:
    """Draw every page in a process of its own and read the files back."""
    folder.mkdir()
    out = folder / "out"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MPL", "SOURCE_DATE_EPOCH"))}
    environment |= {"PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": locale, "MPLCONFIGDIR": str(folder)}
    if hostile:
        (folder / "matplotlibrc").write_text(HOSTILE, encoding="utf-8")
    command = [sys.executable, "-c", DRAW, str(ROOT), str(out), "id"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def test_same_bytes_under_any_settings_hash_seed_time_zone_and_locale(tmp_path: Path) -> None:
    plain = drawn_files(tmp_path / "a", hash_seed="1", zone="UTC", locale="C", hostile=False)
    other = drawn_files(tmp_path / "b", hash_seed="2", zone="Asia/Jakarta", locale="C.UTF-8", hostile=True)
    assert len(plain) == 10 * len(FORMATS)
    assert {name for name in plain if plain[name] != other.get(name)} == set()
    assert set(other) == set(plain)


def test_drawing_leaves_the_readers_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    love.draw(cps_balance(), cps_effects(), settings())
    assert dict(matplotlib.rcParams) == before


def test_files_carry_no_date_and_no_version(tmp_path: Path) -> None:
    figure, _ = love.draw(cps_balance(), cps_effects(), settings())
    paths = save(figure, tmp_path / "new" / "love")
    assert [path.name for path in paths] == ["love.png", "love.svg", "love.pdf"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["love.pdf", "love.png", "love.svg"]
    for path in paths:
        content = path.read_bytes()
        assert matplotlib.__version__.encode() not in content, path.name
        assert b"Date" not in content and b"<dc:date>" not in content, path.name


def test_a_dot_in_the_stem_is_part_of_the_name(tmp_path: Path) -> None:
    figure, _ = love.draw(cps_balance(), cps_effects(), settings())
    assert save(figure, tmp_path / "love.v2")[0].name == "love.v2.png"


def test_svg_needs_no_font(tmp_path: Path) -> None:
    figure, _ = love.draw(cps_balance(), cps_effects(), settings())
    svg = save(figure, tmp_path / "love")[1].read_text(encoding="utf-8")
    assert "<text" not in svg and "font-family" not in svg


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    figure, _ = love.draw(cps_balance(), cps_effects(), settings())
    (tmp_path / "love.png").write_bytes(b"old")

    class Broken(Figure):
        def savefig(self, fname: object, **options: object) -> None:
            Path(str(fname)).write_bytes(b"half")
            raise OSError("disk full")

    figure.__class__ = Broken
    with pytest.raises(OSError, match="disk full"):
        save(figure, tmp_path / "love")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("love.png", b"old")]
