"""House style: type, colours, and files that are the same bytes on every run.

Nothing of the reader's own matplotlib settings enters: the style starts from matplotlib's built-in defaults, and the
typeface is the DejaVu Sans that matplotlib carries, not one that the machine happens to have.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager

from dampak.provenance.writing import write_atomically

FORMATS = ("png", "svg", "pdf")
DPI = 200
WIDTH = 16 / 2.54  # inches: the text width of an A4 page
FONT = "dampak DejaVu Sans"

# Okabe and Ito (2008), Color Universal Design; the greys are for what is context.
BLUE = "#0072B2"
VERMILLION = "#D55E00"
ORANGE = "#E69F00"
GREEN = "#009E73"
BROWN = "#8A5A00"  # orange dark enough for text on white
INK = "#1A1A1A"
GREY = "#595959"
PALE = "#B3B3B3"
SHADE = "#EBEBEB"

RC: dict[Any, Any] = {
    "font.family": [FONT],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.2,
    "lines.solid_capstyle": "butt",
    # A dollar sign is money here, not mathematics.
    "text.parse_math": False,
    # Unhinted letters are as wide in the PNG as in the SVG and PDF, so lines break alike in all three.
    "text.hinting": "none",
    "savefig.facecolor": "white",
    # Letters as outlines: the SVG looks the same where DejaVu Sans is not installed.
    "svg.fonttype": "path",
    "svg.hashsalt": "dampak",
    "pdf.fonttype": 42,
    # Two builds of zlib pack the same page differently; an unpacked page has one form only.
    "pdf.compression": 0,
}

# Dates and version numbers would change the bytes without changing the picture.
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

_LOCK = threading.RLock()


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the house style inside a `with` block, whatever the reader's matplotlibrc says.

    matplotlib's settings are global, so the block is also a lock: two threads draw one after the other.
    """
    # The backend is left out: reading it would start one, and none is needed to draw into a file.
    defaults: dict[Any, Any] = {
        key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith("backend")
    }
    with _LOCK, matplotlib.rc_context():
        _register_font()
        matplotlib.rcParams.update(defaults)
        matplotlib.rcParams.update(RC)
        yield


def _register_font() -> None:
    """Make matplotlib's own DejaVu Sans known under a name that no other font file of the machine answers to."""
    if any(entry.name == FONT for entry in fontManager.ttflist):
        return
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for file, weight in (("DejaVuSans.ttf", 400), ("DejaVuSans-Bold.ttf", 700)):
        fontManager.ttflist.append(FontEntry(fname=str(folder / file), name=FONT, style="normal", weight=weight))


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write a figure as PNG, SVG and PDF; equal figures give equal bytes.

    Parameters
    ----------
    figure
        What a `draw` function of this package returned.
    stem
        Path without suffix, such as `results/nsw_cps/figures/love`; its folder is created.

    Returns
    -------
    list of Path
        `stem.png` (200 dots per inch), `stem.svg`, `stem.pdf`; each appears whole or not at all.
    """
    paths = {suffix: stem.with_name(f"{stem.name}.{suffix}") for suffix in FORMATS}
    with house_style():
        for suffix, path in paths.items():
            write_atomically(path, partial(figure.savefig, format=suffix, dpi=DPI, metadata=METADATA[suffix]))
    return list(paths.values())
