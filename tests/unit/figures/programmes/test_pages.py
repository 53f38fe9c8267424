"""Pages of a study of programmes are printable, in both languages, and their bytes are stable."""

import itertools
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from dampak.figures.style import FORMATS, house_style
from tests.unit.figures.programmes.pages import SIX, full, small

ROOT = Path(__file__).parents[4]
A4 = 29.7 / 2.54


def texts_of(figure: Figure) -> list[tuple[str, object]]:
    """Every text that is drawn, with its box; texts of axes that are switched off are not."""
    with house_style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return [
            (text.get_text(), text.get_window_extent(canvas.get_renderer()))
            for text in figure.findobj(Text)
            if text.get_visible() and text.get_text().strip() and not (text.axes and not text.axes.axison)
        ]


@cache
def drawn(language: str) -> list[tuple[str, tuple[Figure, str]]]:
    """Every page of full size, and in Indonesian, whose words are longer, the hard cases too."""
    return [*full(language), *(small(language) if language == "id" else ())]


@pytest.fixture(params=["en", "id"])
def pages(request: pytest.FixtureRequest) -> list[tuple[str, Figure]]:
    return [(name, figure) for name, (figure, _) in drawn(request.param)]


def test_no_text_is_clipped_or_runs_into_another(pages: list[tuple[str, Figure]]) -> None:
    for name, figure in pages:
        page = figure.bbox
        boxes = texts_of(figure)
        for text, box in boxes:
            assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{name}: {text!r} leaves the page sideways"
            assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{name}: {text!r} leaves the page"
        boxes.sort(key=lambda item: item[1].x0)
        for i, (one, a) in enumerate(boxes):
            for other, b in itertools.islice(boxes, i + 1, None):
                if b.x0 >= a.x1:
                    break
                wide = min(a.x1, b.x1) - max(a.x0, b.x0)
                high = min(a.y1, b.y1) - max(a.y0, b.y0)
                # Lines of a paragraph may share a few pixels of their line spacing.
                assert wide <= 1.5 or high <= 4.5, f"{name}: {one!r} runs into {other!r}"


def test_a_sign_of_a_mark_heads_no_column_of_numbers_but_where_there_are_two() -> None:
    for name, (figure, _) in drawn("id"):
        signs = [text for text, _ in texts_of(figure) if text in ("○", "●")]
        assert signs.count("○") == signs.count("●"), name
    assert [text for text, _ in texts_of(dict(drawn("id"))["effects, six"][0])].count("●") == len(SIX)


def test_every_page_fits_on_a4_in_letters_of_eight_points_or_more(pages: list[tuple[str, Figure]]) -> None:
    for name, figure in pages:
        assert figure.get_figwidth() == pytest.approx(16 / 2.54), name
        assert figure.get_figheight() < A4 - 2 / 2.54, name
        assert all(text.get_fontsize() >= 8 for text in figure.findobj(Text) if text.get_text()), name


def test_every_caption_begins_with_the_title_that_the_figure_carries() -> None:
    for name, (figure, caption) in drawn("en"):
        above = " ".join(text.get_text() for text in figure.texts)
        title = caption.split(". ")[0]
        assert title in above, name
        assert caption.endswith(".") and "dampak.figures.programmes" in caption, name


def test_no_english_word_is_left_in_the_indonesian_figures() -> None:
    english = {"the", "and", "of", "with", "share", "poverty", "effect", "programme", "links", "register rows"}
    for name, (figure, caption) in drawn("id"):
        printed = {word.strip(".,;:()") for text, _ in texts_of(figure) for word in text.split()}
        # Notes of published studies come from the table as they are.
        assert printed & english == set(), name
        assert set(caption.replace("(no standard error)", "").split()) & english == set(), name


DRAW = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from dampak.figures.style import save
from dampak.figures.programmes import overlaps, poverty, waterfall
from tests.unit.figures.programmes import sample
for name, module in (("overlaps", overlaps), ("poverty", poverty), ("waterfall", waterfall)):
    figure, _ = module.draw(getattr(sample, name)(), sample.settings(sys.argv[3]))
    save(figure, Path(sys.argv[2]) / name)
"""


def drawn_files(folder: Path, *, hash_seed: str, zone: str) -> dict[str, bytes]:
    """Draw pages in a process of its own and read the files back."""
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MPL", "SOURCE_DATE_EPOCH"))}
    environment |= {"PYTHONHASHSEED": hash_seed, "TZ": zone, "MPLCONFIGDIR": str(folder)}
    command = [sys.executable, "-c", DRAW, str(ROOT), str(folder / "out"), "id"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in sorted((folder / "out").iterdir())}


def test_same_bytes_under_any_hash_seed_and_time_zone(tmp_path: Path) -> None:
    one = drawn_files(tmp_path / "a", hash_seed="1", zone="UTC")
    other = drawn_files(tmp_path / "b", hash_seed="2", zone="Asia/Jakarta")
    assert len(one) == 3 * len(FORMATS)
    assert {name for name in one if one[name] != other.get(name)} == set()
