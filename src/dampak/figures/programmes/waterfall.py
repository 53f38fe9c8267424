"""Figure: why some links were made or refused, comparison by comparison, without a personal value."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.labels import caption
from dampak.figures.numbers import number
from dampak.figures.programmes.agreements import AGREEMENTS
from dampak.figures.programmes.names import ProgrammeNames, read_names
from dampak.figures.programmes.records import records
from dampak.figures.programmes.strips import STRIPE, place_ticks
from dampak.figures.sheet import MARGIN, Sheet, column_width, compose, text_width, wrap
from dampak.figures.style import BLUE, GREY, INK, ORANGE, PALE, SHADE, WIDTH, house_style

MOST = 6  # links that one page holds
PITCH = 0.2
HEAD = 0.26
AXIS = 0.44
GUTTER = 0.1
PRIOR = "prior"


def draw(waterfall: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw the match weights of sampled links, each step starting where the last one ended.

    Parameters
    ----------
    waterfall
        `tables/waterfall.csv`: link (a running number), step, comparison (what was compared; `prior` for the chance of
        any pair), level (how far it agrees), log2_weight. No column with a personal value is read.
    settings
        Those of `read_names`.

    Returns
    -------
    figure, caption
        The title says how many of the sampled links end above even odds; six are drawn at most, the first ones.
    """
    names = read_names(settings)
    links = [
        (str(link), rows.sort_values("step", kind="stable")) for link, rows in waterfall.groupby("link", sort=True)
    ]
    drawn = links[:MOST]
    title = _finding(drawn, names)
    across = [drawn[i : i + 2] for i in range(0, len(drawn), 2)]
    heights = [HEAD + PITCH * (max(len(rows) for _, rows in pair) + 1) + AXIS for pair in across]
    note = names.labels.source()
    subtitle = names.say("waterfall_how") if drawn else ""
    with house_style():
        sheet = compose(kicker=names.labels.title, title=title, subtitle=subtitle, note=note, body=sum(heights))
        top = sheet.top
        width = (WIDTH - 2 * MARGIN - 0.25) / 2
        limits = _limits([rows for _, rows in drawn])
        room = column_width([text for _, rows in drawn for text in _labels(rows, names)], cap=1.45) if drawn else 0.0
        for pair, height in zip(across, heights, strict=True):
            for i, (link, rows) in enumerate(pair):
                left = MARGIN + i * (width + 0.25)
                _panel(sheet, link, rows, names, left=left, top=top, width=width, room=room, limits=limits)
            top -= height
    text = caption(
        title,
        subtitle,
        names.say("waterfall_caption"),
        note,
        names.say("drawn_by", function="dampak.figures.programmes.waterfall.draw"),
    )
    return sheet.figure, text


def probability(weight: float) -> float:
    """Return the probability that goes with a match weight, the base-2 logarithm of the odds."""
    # Written so that neither end overflows.
    return 1 / (1 + 2 ** -max(min(weight, 1000.0), -1000.0))


def _finding(links: list[tuple[str, pd.DataFrame]], names: ProgrammeNames) -> str:
    if not links:
        return names.say("waterfall_none")
    likely = sum(float(rows["log2_weight"].sum()) > 0 for _, rows in links)
    return names.say("waterfall_title", k=names.labels.count(likely), n=names.labels.count(len(links)))


def _limits(tables: list[pd.DataFrame]) -> tuple[float, float]:
    """Return one axis for all links: everything that any of them reaches."""
    reached = [0.0]
    for rows in tables:
        reached += [float(v) for v in rows["log2_weight"].cumsum()]
    pad = 0.06 * (max(reached) - min(reached)) or 1.0
    return min(reached) - pad, max(reached) + pad


def _labels(rows: pd.DataFrame, names: ProgrammeNames) -> list[str]:
    texts = []
    for row in records(rows):
        level, what = "" if pd.isna(row.level) else str(row.level), names.comparison(str(row.comparison))
        if row.comparison != PRIOR and level in AGREEMENTS:
            what = level[:1].upper() + level[1:] if names.language == "en" else AGREEMENTS[level]
        elif row.comparison != PRIOR and level:
            what = names.say("compared", what=what, level=names.comparison(level))
        texts.append(what)
    return [*texts, names.say("waterfall_total")]


def _percent(weight: float, names: ProgrammeNames) -> str:
    """Return a probability in per cent, with as many decimals as keep it from none and from all, three at most."""
    share = 100 * probability(weight)
    for digits in range(4):
        if 0 < round(share, digits) < 100:
            return number(share, language=names.language, digits=digits) + "%"
    end = (">", 99.999) if share > 50 else ("<", 0.001)
    return end[0] + number(end[1], language=names.language, digits=3) + "%"


def _signed(weight: float, names: ProgrammeNames) -> str:
    """Return a weight with its sign, be it plus; nothing before zero."""
    text = number(weight, language=names.language, digits=1)
    return f"+{text}" if weight > 0 else text


def _panel(
    sheet: Sheet,
    link: str,
    rows: pd.DataFrame,
    names: ProgrammeNames,
    *,
    left: float,
    top: float,
    width: float,
    room: float,
    limits: tuple[float, float],
) -> None:
    weights = [float(w) for w in rows["log2_weight"]]
    total = math.fsum(weights)
    head = names.say("waterfall_link", link=link, probability=_percent(total, names))
    sheet.write(left, top, head, weight="bold", va="top")
    labels = _labels(rows, names)
    texts = [_signed(weight, names) for weight in weights] + [number(total, language=names.language, digits=1)]
    numbers = text_width("+00.0", bold=True)
    plot = width - room - numbers - 2 * GUTTER
    height = PITCH * len(labels)
    axes = sheet.axes(left + room + GUTTER, top - HEAD - height, plot, height)
    axes.set_xlim(*limits)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.grid(axis="x", color=SHADE, linewidth=0.6)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
    axes.axhspan(len(labels) - 1.5, len(labels) - 0.5, color=STRIPE, linewidth=0, zorder=0)
    reached = 0.0
    for y, weight in enumerate(weights):
        axes.barh(y, weight, left=reached, height=0.62, color=BLUE if weight >= 0 else ORANGE,
                  hatch=None if weight >= 0 else "////", edgecolor=INK if weight < 0 else BLUE, linewidth=0.5,
                  zorder=3)  # fmt: skip
        reached += weight
        axes.plot([reached, reached], [y, y + 1], color=GREY, linewidth=0.7, zorder=2)
    axes.plot(reached, len(labels) - 1, marker="D", markersize=5, color=INK, zorder=4)
    place_ticks(axes, language=names.language, most=4)
    sheet.write_centred(left + room + GUTTER + plot / 2, top - HEAD - height - 0.19, names.say("waterfall_axis"),
                        va="top", end=left + width)  # fmt: skip
    for y, (label, text) in enumerate(zip(labels, texts, strict=True)):
        place = top - HEAD - PITCH * (y + 0.5)
        kind = "bold" if y == len(labels) - 1 else "normal"
        sheet.write_lines(left, place, wrap(label, room), weight=kind)
        sheet.write(left + width, place, text, ha="right", va="center_baseline", weight=kind)
