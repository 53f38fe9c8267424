"""Figure: the effect of every programme on every household outcome, the naive difference beside it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.effects import UNADJUSTED
from dampak.figures.labels import caption, sentences
from dampak.figures.programmes.names import ProgrammeNames, read_names
from dampak.figures.programmes.published import Published, published_of
from dampak.figures.programmes.scales import Scale, scale_of
from dampak.figures.programmes.strips import Line, Mark, Strip, draw_strip, limits_for, stripes_of, write_key
from dampak.figures.sheet import MARGIN, Sheet, column_width, compose, line_height, text_width, wrap
from dampak.figures.style import BLUE, BROWN, GREY, INK, PALE, WIDTH, house_style

PITCH = 0.145  # inches from row to row
TICKS = 0.19  # below the rows, for the numbers of the axis
KEY = 0.3
ROOM = 1.4  # inches; a narrower panel has no column for the naive difference
GUTTER = 0.1
NUMBERS = ("estimate", "ci_low", "ci_high", "std_error")


@dataclass(frozen=True)
class _Cell:
    """Naive and adjusted estimate of one programme on one outcome, in the printed unit; NaN where unknown."""

    naive: float
    value: float
    low: float
    high: float

    @property
    def changes_sign(self) -> bool:
        return bool(self.naive * self.value < 0)

    @property
    def clear(self) -> bool:
        return bool(self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class _Panel:
    outcome: str
    scale: Scale
    cells: Mapping[str, _Cell]
    published: Mapping[str, tuple[Published, ...]]


def draw(effects: pd.DataFrame, published: pd.DataFrame | None, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw a forest per outcome, its rows the programmes.

    Parameters
    ----------
    effects
        `tables/effects.csv` of the study; subgroups are left out.
    published
        `tables/published.csv` (treatment, outcome, study, estimate, std_error, note), estimates in the unit of our
        own; or None.
    settings
        Those of `read_names`, with `outcomes` (household outcomes; where absent, those of the table), `headline`
        (label of the method), `methods`.

    Returns
    -------
    figure, caption
        The title says in how many cells the naive difference and the adjusted estimate have opposite signs.
    """
    names = read_names(settings)
    labels = names.labels
    whole = effects[effects["subgroup"] == "all"]
    outcomes = list(names.outcomes) or sorted(set(whole["outcome"].astype(str)))
    whole = whole[whole["outcome"].isin(outcomes)]
    programmes = names.ordered(whole["treatment"])
    panels = [_panel(outcome, whole, published, programmes, names) for outcome in outcomes]
    title, subtitle = _finding(panels, names)
    keys = [p for panel in panels for found in panel.published.values() for p in found]
    headline = whole[whole["method"] == labels.headline]
    note = sentences(_sizes(headline, names), _published_key(keys, names), labels.source())
    across = next(k for k, most in ((1, 1), (2, 6), (3, 9), (4, math.inf)) if len(panels) <= most)
    # Without a programme there is nothing to draw; the page then says so in its title.
    bands = [panels[i : i + across] for i in range(0, len(panels), across)] if programmes else []
    with house_style():
        width = (WIDTH - 2 * MARGIN - _label_width(programmes, names)) / across
        heads = [_heads(band, names, width=width) for band in bands]
        heights = [_rows(band, programmes) for band in bands]
        body = (KEY if bands else 0.0) + sum(
            _band_height(band, head, rows, width=width) for band, head, rows in zip(bands, heads, heights, strict=True)
        )
        sheet = compose(kicker=labels.title, title=title, subtitle=subtitle, note=note, body=body)
        if bands:
            _key(sheet, names, published=bool(keys))
        top = sheet.top - KEY
        for band, head, rows in zip(bands, heads, heights, strict=True):
            _draw_band(sheet, band, head, rows, programmes, names, top=top, width=width)
            top -= _band_height(band, head, rows, width=width)
    text = caption(
        title,
        subtitle,
        names.say("programme_effects_caption", ci=names.say("ci_long", level=names.level)),
        names.say("beyond_axis"),
        names.say("published_caption") if keys else "",
        note,
        names.say("drawn_by", function="dampak.figures.programmes.effects.draw"),
    )
    return sheet.figure, text


def _panel(
    outcome: str, whole: pd.DataFrame, published: pd.DataFrame | None, programmes: Sequence[str], names: ProgrammeNames
) -> _Panel:
    rows = whole[whole["outcome"] == outcome]
    adjusted = rows[rows["method"] == names.labels.headline]
    naive = rows[rows["method"].map(names.labels.family) == UNADJUSTED]
    scale = scale_of(outcome, names.labels, adjusted if len(adjusted) else rows)
    cells = {}
    for programme in programmes:
        ours = _first(adjusted, programme, scale)
        cells[programme] = _Cell(_first(naive, programme, scale)[0], ours[0], ours[1], ours[2])
    return _Panel(outcome, scale, cells, published_of(published, outcome, scale, alpha=names.alpha))


def _first(rows: pd.DataFrame, programme: str, scale: Scale) -> list[float]:
    """Return estimate and interval of a programme in the printed unit; NaN where the table has none."""
    found = rows[rows["treatment"] == programme]
    if found.empty:
        return [np.nan] * 3
    # Against nobody else's programme first: the comparison `none` sorts the plain contrast to the front.
    order = (found["comparison"] != "none").to_numpy().argsort(kind="stable")
    return [float(v) for v in scale(found.iloc[order[:1]][list(NUMBERS[:3])].to_numpy(dtype=float)[0])]


def _finding(panels: Sequence[_Panel], names: ProgrammeNames) -> tuple[str, str]:
    cells = [cell for panel in panels for cell in panel.cells.values()]
    known = [cell for cell in cells if np.isfinite(cell.value)]
    if not known:
        return names.say("programme_effects_none"), ""
    both = [cell for cell in known if np.isfinite(cell.naive)]
    turned = sum(cell.changes_sign for cell in both)
    clear = {"k": names.labels.count(sum(cell.clear for cell in known)), "n": names.labels.count(len(known))}
    method = names.say("love_method", method=names.labels.method(names.labels.headline))
    if not turned:
        return names.say("programme_effects_clear", **clear), method
    title = names.say("programme_effects_turned", k=names.labels.count(turned), n=names.labels.count(len(both)))
    return title, sentences(names.say("programme_effects_clear_too", **clear), method)


def _sizes(headline: pd.DataFrame, names: ProgrammeNames) -> str:
    known = headline.dropna(subset=["n_treated", "n_comparison"])
    known = known[known["n_treated"] > 0]
    if known.empty:
        return ""
    count = names.labels.count
    return names.say(
        "n_programmes",
        low=count(known["n_treated"].min()),
        high=count(known["n_treated"].max()),
        comparison=count(known["n_comparison"].max()),
    )


def _published_key(found: Sequence[Published], names: ProgrammeNames) -> str:
    """Name each study once, with its letter and what is to be known about it."""
    seen = {p.letter: f"{p.letter} {p.study}" + (f" ({p.note})" if p.note else "") for p in found}
    return names.say("published_key", studies="; ".join(seen[k] for k in sorted(seen))) if seen else ""


def _label_width(programmes: Sequence[str], names: ProgrammeNames) -> float:
    return column_width([*map(names.programme, programmes), "   " + names.say("published")], cap=1.35)


def _rows(band: Sequence[_Panel], programmes: Sequence[str]) -> list[int]:
    """Return how many lines each programme takes: its own, and one per published estimate."""
    return [1 + max(len(panel.published.get(p, ())) for panel in band) for p in programmes]


def _heads(band: Sequence[_Panel], names: ProgrammeNames, *, width: float) -> list[list[str]]:
    return [wrap(names.labels.variable(panel.outcome), width - 2 * GUTTER, bold=True) for panel in band]


def _head_height(heads: Sequence[Sequence[str]]) -> float:
    return 0.07 + max(map(len, heads)) * line_height(8)


def _units(panel: _Panel, *, width: float) -> list[str]:
    return wrap(panel.scale.unit, width - GUTTER)


def _band_height(band: Sequence[_Panel], heads: Sequence[Sequence[str]], rows: Sequence[int], *, width: float) -> float:
    units = max(len(_units(panel, width=width)) for panel in band)
    return _head_height(heads) + PITCH * sum(rows) + TICKS + units * line_height(8) + 0.1


def _key(sheet: Sheet, names: ProgrammeNames, *, published: bool) -> None:
    entries = [
        (Mark(0, 0, colour=GREY, filled=False, size=5.5), names.say("naive_key")),
        (Mark(0, 0, 0, 1, colour=BLUE), names.say("adjusted_key", ci=names.say("ci", level=names.level))),
    ]
    if published:
        entries.append((Mark(0, 0, 0, 1, colour=BROWN, marker="D"), names.say("published")))
    write_key(sheet, MARGIN, sheet.top - 0.16, entries)


def _draw_band(
    sheet: Sheet,
    band: Sequence[_Panel],
    heads: Sequence[Sequence[str]],
    rows: Sequence[int],
    programmes: Sequence[str],
    names: ProgrammeNames,
    *,
    top: float,
    width: float,
) -> None:
    """Draw the panels that stand side by side, and the names of the rows left of them."""
    middles, y = [], 0.0
    for lines in rows:
        middles.append(y + PITCH / 2)
        y += PITCH * lines
    under = top - _head_height(heads)
    for programme, middle, lines in zip(programmes, middles, rows, strict=True):
        sheet.write(MARGIN, under - middle, names.programme(programme), va="center_baseline")
        if lines > 1:
            place = under - middle - PITCH * lines / 2
            sheet.write(MARGIN, place, "   " + names.say("published"), va="center_baseline", color=BROWN)
    left = MARGIN + _label_width(programmes, names)
    for i, (panel, head) in enumerate(zip(band, heads, strict=True)):
        start = left + i * width + GUTTER
        for line, text in enumerate(head):
            sheet.write(start, top - line * line_height(8), text, weight="bold", va="top")
        _draw_panel(sheet, panel, rows, middles, programmes, names, left=start, top=under, width=width - GUTTER)


def _draw_panel(
    sheet: Sheet,
    panel: _Panel,
    rows: Sequence[int],
    middles: Sequence[float],
    programmes: Sequence[str],
    names: ProgrammeNames,
    *,
    left: float,
    top: float,
    width: float,
) -> None:
    text = panel.scale.text
    cells = [panel.cells[p] for p in programmes]
    found = [(middles[programmes.index(p)] + PITCH * (k + 1), study)
             for p, studies in panel.published.items() if p in programmes
             for k, study in enumerate(studies)]  # fmt: skip
    naive = max([0.36, *(text_width(text(cell.naive)) + GUTTER for cell in cells)]) if width > ROOM else 0.0
    adjusted = [text_width(text(cell.value), bold=True) for cell in cells]
    plot = (
        width - naive - max([0.2, *adjusted, *(text_width(f"{text(s.value)} {s.letter}") for _, s in found)]) - GUTTER
    )
    ends = [v for c in cells for v in (c.low, c.high)] + [v for _, s in found for v in (s.low, s.high)]
    limits = limits_for([c.value for c in cells] + [s.value for _, s in found], [*ends, *(c.naive for c in cells)])
    marks, lines = [], []
    for cell, y in zip(cells, middles, strict=True):
        marks.append(Mark(y, cell.naive, colour=INK if cell.changes_sign else GREY, filled=False, size=5.5))
        marks.append(Mark(y, cell.value, cell.low, cell.high, colour=BLUE))
        lines.append(Line(y, cell.naive, cell.value, *((INK, 0.9) if cell.changes_sign else (PALE, 0.7))))
    marks += [Mark(y, s.value, s.low, s.high, colour=BROWN, marker="D", size=4) for y, s in found]
    strip = Strip(tuple(marks), limits, tuple(lines), stripes_of([PITCH * n for n in rows]))
    draw_strip(sheet, strip, left=left, top=top, width=plot, height=PITCH * sum(rows), language=names.language)
    under = top - PITCH * sum(rows)
    for k, line in enumerate(_units(panel, width=width + GUTTER)):
        sheet.write(left, under - TICKS - k * line_height(8), line, va="top")
    # Of two columns of numbers, which is which; one alone is of the adjusted effects, as the subtitle says.
    if naive:
        sheet.write(left + plot + naive, under - 0.05, "○", ha="right", va="top", color=GREY)
        sheet.write(left + width, under - 0.05, "●", ha="right", va="top", color=BLUE)
    for cell, y in zip(cells, middles, strict=True):
        if naive:
            end = left + plot + naive
            sheet.write(end, top - y, text(cell.naive), ha="right", va="center_baseline", color=GREY)
        weight = "bold" if cell.clear else "normal"
        sheet.write(left + width, top - y, text(cell.value), ha="right", va="center_baseline", weight=weight)
    for y, study in found:
        value = f"{text(study.value)} {study.letter}"
        sheet.write(left + width, top - y, value, ha="right", va="center_baseline", color=BROWN)
