"""Figure: by how much each programme lowers poverty, and how much of the poverty gap a rupiah closes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.labels import caption
from dampak.figures.numbers import decimals, number
from dampak.figures.programmes.names import ProgrammeNames, read_names
from dampak.figures.programmes.records import records
from dampak.figures.programmes.strips import Mark, Strip, draw_strip, interval, limits_for, stripes_of, write_key
from dampak.figures.sheet import MARGIN, Sheet, column_width, compose, line_height, text_width, wrap
from dampak.figures.style import BLUE, BROWN, GREY, WIDTH, house_style

PITCH = 0.34  # inches per programme: one line per way of reckoning
AXIS = 0.42
KEY = 0.3
GUTTER = 0.1
PROVINCE = "all"
TRANSFER, EFFECT = "transfer", "effect"
# What a title says of the largest fall where it is clear, and where it is not.
TITLES = {
    EFFECT: ("poverty_title_effect", "poverty_unclear_effect"),
    TRANSFER: ("poverty_title_transfer", "poverty_unclear_transfer"),
}


@dataclass(frozen=True)
class _Value:
    """A value with its interval, in the printed unit."""

    value: float
    low: float
    high: float
    std_error: float


NONE = _Value(math.nan, math.nan, math.nan, math.nan)


def draw(poverty: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw the fall in P0 and P1 by programme, and the rupiah of poverty gap closed per rupiah spent.

    Parameters
    ----------
    poverty
        `tables/poverty.csv`: treatment, area, measure, value, std_error; the rows of area `all` with the measures
        `p0_change_transfer`, `p0_change_effect`, `p1_change_transfer`, `p1_change_effect` (shares in [-1, 1], negative
        where poverty falls) and `gap_reduction_per_rupiah`.
    settings
        Those of `read_names`.

    Returns
    -------
    figure, caption
        The title names the programme with the largest fall in P0 by its estimated effect (by its transfer, where no
        effect could be estimated: that is an upper bound), the subtitle the one that closes most of the gap per rupiah.
    """
    names = read_names(settings)
    whole = poverty[poverty["area"].astype(str) == PROVINCE]
    # A row of the whole population, such as the published P0, belongs to no programme.
    own = whole[whole["measure"].astype(str).str.contains("_change_|per_rupiah")]
    programmes = names.ordered(own["treatment"])
    table = {(str(r.treatment), str(r.measure)): (float(r.value), float(r.std_error)) for r in records(own)}
    panels = [("p0", -100.0), ("p1", -100.0)]
    found = {
        (p, measure, way): _value(table.get((p, f"{measure}_change_{way}")), factor, names)
        for p in programmes
        for measure, factor in panels
        for way in (TRANSFER, EFFECT)
    }
    found |= {(p, "gap", ""): _value(table.get((p, "gap_reduction_per_rupiah")), 1.0, names) for p in programmes}
    title, subtitle = _finding(programmes, found, names)
    note = names.labels.source()
    with house_style():
        sheet = _page(programmes, found, names, title=title, subtitle=subtitle, note=note)
    text = caption(
        title,
        subtitle,
        names.say("poverty_caption", ci=names.say("ci_long", level=names.level)),
        note,
        names.say("drawn_by", function="dampak.figures.programmes.poverty.draw"),
    )
    return sheet.figure, text


def _page(
    programmes: Sequence[str],
    found: Mapping[tuple[str, str, str], _Value],
    names: ProgrammeNames,
    *,
    title: str,
    subtitle: str,
    note: str,
) -> Sheet:
    """Lay out the page and draw the three panels; without a programme the title stands alone."""
    if not programmes:
        return compose(kicker=names.labels.title, title=title, subtitle=subtitle, note=note, body=0.0)
    left = MARGIN + column_width([names.programme(p) for p in programmes], cap=1.3)
    width = (WIDTH - MARGIN - left) / 3
    heads = [wrap(names.measure(m), width - GUTTER, bold=True) for m in ("p0_fall", "p1_fall", "gap_per_rupiah")]
    head = max(map(len, heads)) * line_height(8) + 0.06
    body = KEY + head + PITCH * len(programmes) + AXIS
    sheet = compose(kicker=names.labels.title, title=title, subtitle=subtitle, note=note, body=body)
    _key(sheet, names)
    top = sheet.top - KEY - head
    for i, programme in enumerate(programmes):
        lines = wrap(names.programme(programme), left - MARGIN)
        sheet.write_lines(MARGIN, top - PITCH * (i + 0.5), lines)
    for i, (measure, texts) in enumerate(zip(("p0", "p1", "gap"), heads, strict=True)):
        start = left + i * width + GUTTER
        for k, line in enumerate(texts):
            sheet.write(start, sheet.top - KEY - k * line_height(8), line, weight="bold", va="top")
        _panel(sheet, measure, programmes, found, names, left=start, top=top, width=width - GUTTER)
    return sheet


def _value(given: tuple[float, float] | None, factor: float, names: ProgrammeNames) -> _Value:
    if given is None:
        return NONE
    value, std_error = given[0] * factor, given[1] * abs(factor)
    return _Value(value, *interval(value, std_error, alpha=names.alpha), std_error)


def _finding(
    programmes: Sequence[str], found: Mapping[tuple[str, str, str], _Value], names: ProgrammeNames
) -> tuple[str, str]:
    by_way = {
        way: {p: found[p, "p0", way] for p in programmes if math.isfinite(found[p, "p0", way].value)}
        for way in (EFFECT, TRANSFER)
    }
    way = EFFECT if by_way[EFFECT] else TRANSFER
    falls = by_way[way]
    if not falls:
        return names.say("poverty_none"), ""
    best = max(falls, key=lambda p: falls[p].value)
    fall = falls[best]
    digits = min(decimals([fall.std_error]), 2)
    words = {"treatment": names.programme(best), "points": number(fall.value, language=names.language, digits=digits)}
    clear = math.isfinite(fall.low) and fall.low > 0
    said = TITLES[way]
    title = names.say(said[0] if clear else said[1], **words)
    gaps = {p: found[p, "gap", ""].value for p in programmes if math.isfinite(found[p, "gap", ""].value)}
    if not gaps:
        return title, ""
    dear = max(gaps, key=lambda p: gaps[p])
    value = number(gaps[dear], language=names.language, digits=2)
    return title, names.say("poverty_gap", treatment=names.programme(dear), rupiah=value)


def _key(sheet: Sheet, names: ProgrammeNames) -> None:
    entries = [
        (Mark(0, 0, 0, 1, colour=BLUE), names.say("poverty_transfer")),
        (Mark(0, 0, 0, 1, colour=BROWN, marker="s", filled=False), names.say("poverty_effect")),
    ]
    write_key(sheet, MARGIN, sheet.top - 0.16, entries)


def _panel(
    sheet: Sheet,
    measure: str,
    programmes: Sequence[str],
    found: Mapping[tuple[str, str, str], _Value],
    names: ProgrammeNames,
    *,
    left: float,
    top: float,
    width: float,
) -> None:
    """Draw one measure for all programmes, the numbers right of the marks."""
    ways = [(TRANSFER, 0.28, BLUE, "o", True), (EFFECT, 0.72, BROWN, "s", False)]
    if measure == "gap":
        ways = [("", 0.5, BLUE, "o", True)]
    values = [(i, way, found[p, measure, way[0]]) for i, p in enumerate(programmes) for way in ways]
    known = [value for _, _, value in values if math.isfinite(value.value)]
    errors = sorted(v.std_error for v in known if math.isfinite(v.std_error) and v.std_error > 0)
    digits = min(decimals(errors[len(errors) // 2 :][:1]), 2)
    texts = [number(value.value, language=names.language, digits=digits) for _, _, value in values]
    room = max(map(text_width, texts))
    plot = width - room - GUTTER
    marks = [
        Mark(PITCH * (i + place), v.value, v.low, v.high, colour=colour, marker=marker, filled=filled)
        for i, (_, place, colour, marker, filled), v in values
    ]
    limits = limits_for([v.value for v in known], [e for v in known for e in (v.low, v.high)])
    height = PITCH * len(programmes)
    strip = Strip(tuple(marks), limits, (), stripes_of([PITCH] * len(programmes)))
    draw_strip(sheet, strip, left=left, top=top, width=plot, height=height, language=names.language)
    unit = names.say("rupiah_per_rupiah") if measure == "gap" else names.say("points")
    sheet.write_centred(left + plot / 2, top - height - 0.19, unit, va="top")
    for (i, (_, place, colour, _, _), value), text in zip(values, texts, strict=True):
        ink = colour if math.isfinite(value.value) else GREY
        sheet.write(left + width, top - PITCH * (i + place), text, ha="right", va="center_baseline", color=ink)
