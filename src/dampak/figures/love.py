"""Figure: covariate balance before and after adjustment (a Love plot)."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from dampak.figures.balance_terms import BALANCE_TERMS
from dampak.figures.labels import Labels, caption, read_labels, sentences
from dampak.figures.numbers import number
from dampak.figures.sheet import MARGIN, Sheet, column_width, compose, text_width, wrap
from dampak.figures.style import BLUE, GREY, INK, PALE, SHADE, WIDTH, house_style

THRESHOLD = 0.1  # SD; Austin (2009), Statistics in Medicine 28, 3083-3107
SCORE = "propensity"
PITCH = 0.225
HEADER = 0.24
AXIS = 0.46
GUTTER = 0.12
# The open mark is the larger: where nothing changed, the filled one sits inside it.
MARKS: dict[str, dict[str, Any]] = {
    "before": {"markersize": 6.5, "markerfacecolor": "white"},
    "after": {"markersize": 4.6},
    "others": {"markersize": 3.0},
}
TICKS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


def draw(balance: pd.DataFrame, effects: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw the absolute standardised mean differences before and after adjustment, the widest gap first.

    Parameters
    ----------
    balance
        `tables/balance.csv`: method, covariate, smd_before, smd_after. The covariate `propensity` is drawn but not
        counted in the title.
    effects
        `tables/effects.csv`, for the numbers of units of the headline method.
    settings
        Those of `read_labels`, with `headline` and `outcomes`.

    Returns
    -------
    figure, caption
        The title states whether every covariate is within 0.1 SD after the headline method.
    """
    labels = read_labels(settings, terms=BALANCE_TERMS)
    # The headline may be absent where a study compares designs only; any method then stands for the adjustment.
    shown = labels.headline if labels.headline in set(balance["method"]) else labels.ordered(balance["method"])[0]
    gaps = _gaps(balance, shown)
    title, subtitle = _finding(gaps, shown, labels)
    names = [o["name"] for o in settings["outcomes"]]
    # Placebo outcomes have specifications of their own, and with them other pairs.
    main = effects[effects["outcome"].isin(names) & (effects["subgroup"] == "all")]
    note = sentences(labels.sizes(main, method=shown), labels.source())
    others = balance[balance["method"] != shown]
    with house_style():
        body = HEADER + PITCH * len(gaps) + AXIS
        sheet = compose(kicker=labels.title, title=title, subtitle=subtitle, note=note, body=body)
        _paint(sheet, gaps, others, labels)
    after = labels.say("love_caption_after", method=labels.method(shown)) if _adjusted(gaps) else ""
    after += labels.say("love_caption_others") if not others.empty else ""
    threshold = number(THRESHOLD, language=labels.language, digits=1)
    text = caption(
        title,
        subtitle,
        labels.say("love_caption", after=after, threshold=threshold),
        labels.say("love_score") if gaps["score"].any() else "",
        note,
        labels.say("drawn_by", function="dampak.figures.love.draw"),
    )
    return sheet.figure, text


def _gaps(balance: pd.DataFrame, method: str) -> pd.DataFrame:
    """Return covariate, before and after (absolute, SD) of one method: widest first, the propensity score last."""
    rows = balance[balance["method"] == method]
    gaps = pd.DataFrame(
        {
            "covariate": rows["covariate"].astype(str),
            "before": pd.to_numeric(rows["smd_before"]).abs(),
            "after": pd.to_numeric(rows["smd_after"]).abs(),
        }
    )
    gaps = gaps.assign(score=gaps["covariate"] == SCORE)
    return gaps.sort_values(["score", "before", "covariate"], ascending=[True, False, True]).reset_index(drop=True)


def _adjusted(gaps: pd.DataFrame) -> bool:
    """Return whether the method changes any gap; a raw comparison has no "after"."""
    known = gaps.dropna(subset=["before", "after"])
    return not np.allclose(known["before"], known["after"], rtol=0, atol=1e-9)


def _finding(gaps: pd.DataFrame, method: str, labels: Labels) -> tuple[str, str]:
    """Return title and subtitle."""
    counted = gaps[~gaps["score"]]
    known = counted.dropna(subset=["before", "after"])
    wide_before, wide_after = (int((known[c] > THRESHOLD).sum()) for c in ("before", "after"))
    adjusted = _adjusted(gaps)
    values = {
        "threshold": number(THRESHOLD, language=labels.language, digits=1),
        "n": labels.count(len(known)),
    }
    if not adjusted:
        title = labels.say("love_raw_some" if wide_after else "love_raw_all", k=labels.count(wide_after), **values)
    elif wide_after:
        title = labels.say("love_some", k=labels.count(wide_after), **values)
    else:
        title = labels.say("love_all" if wide_before else "love_all_already", **values)
    name = labels.method(method)
    parts = []
    if adjusted and wide_before:
        parts.append(labels.say("love_before", k=labels.count(wide_before), n=values["n"], method=name))
    elif adjusted:
        parts.append(labels.say("love_method", method=name))
    if wide_after:
        worst = known.sort_values("after", ascending=False).iloc[0]
        smd = _gap(float(worst["after"]), labels.language)
        parts.append(labels.say("love_worst", smd=smd, covariate=labels.variable(str(worst["covariate"]))))
    missing = counted[~counted.index.isin(known.index)]["covariate"]
    if not missing.empty:
        parts.append(labels.say("love_unmeasured", covariates=", ".join(labels.inside(c) for c in missing)))
    return title, sentences(*parts)


def _paint(sheet: Sheet, gaps: pd.DataFrame, others: pd.DataFrame, labels: Labels) -> None:
    """Draw the rows, and the values before and after in two columns on the right."""
    names = [labels.variable(c) for c in gaps["covariate"]]
    columns = [("before", INK)] + ([("after", BLUE)] if _adjusted(gaps) else [])
    width = max(text_width("00.000"), *(text_width(labels.say(name), bold=True) for name, _ in columns))
    left = MARGIN + column_width(names, cap=0.36 * WIDTH) + GUTTER
    right = WIDTH - MARGIN - len(columns) * (width + GUTTER)
    height = PITCH * len(gaps)
    bottom = sheet.bottom + AXIS
    axes = sheet.axes(left, bottom, right - left, height)
    _scale(axes, gaps, others, labels)
    _marks(axes, gaps, others, columns=columns)
    sheet.write_centred((left + right) / 2, bottom - 0.23, labels.say("love_x"), va="top")
    middles = [bottom + height - PITCH * (place + 0.5) for place in range(len(gaps))]
    for name, y in zip(names, middles, strict=True):
        sheet.write_lines(left - GUTTER, y, wrap(name, left - GUTTER - MARGIN), ha="right")
    for i, (name, colour) in enumerate(columns):
        end = right + (i + 1) * (GUTTER + width)
        head = bottom + height + 0.06
        sheet.write(end, head, labels.say(name), ha="right", va="bottom", color=colour, weight="bold")
        for value, y in zip(gaps[name], middles, strict=True):
            text = _gap(float(value), labels.language)
            sheet.write(end, y, text, ha="right", va="center_baseline", color=colour)
    _key(sheet, left, bottom + height + 0.06, labels, columns=columns, others=not others.empty)


def _scale(axes: Axes, gaps: pd.DataFrame, others: pd.DataFrame, labels: Labels) -> None:
    """Give the axis a square-root scale: gaps near the threshold stay apart beside gaps of several SD."""
    drawn = np.concatenate([gaps["before"], gaps["after"], pd.to_numeric(others["smd_after"]).abs()]).astype(float)
    drawn = drawn[np.isfinite(drawn)]
    widest = max([*drawn, 3 * THRESHOLD])
    axes.set_xscale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0)), np.square))
    axes.set_xlim(0, widest * 1.06)
    ticks = [t for t in TICKS if t <= widest * 1.06]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(x, labels.language)))
    axes.set_ylim(len(gaps) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_color(PALE)
    axes.axvline(THRESHOLD, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)


def _gap(value: float, language: str) -> str:
    """Return a gap with two decimals, or with as many as show that it exceeds the threshold."""
    digits = next((d for d in range(2, 6) if round(value, d) > THRESHOLD or value <= THRESHOLD), 2)
    return number(value, language=language, digits=digits)


def _tick(value: float, language: str) -> str:
    digits = 0 if math.isclose(value, round(value)) else 1 if math.isclose(value * 10, round(value * 10)) else 2
    return number(value, language=language, digits=digits)


def _marks(axes: Axes, gaps: pd.DataFrame, others: pd.DataFrame, *, columns: list[tuple[str, str]]) -> None:
    """Draw the grey dots of the other methods, then the marks of each covariate and the line between them."""
    options: dict[str, Any] = {"marker": "o", "linestyle": "none", "clip_on": False}
    if not others.empty:
        places = {covariate: y for y, covariate in enumerate(gaps["covariate"])}
        smd = pd.to_numeric(others["smd_after"]).abs()
        axes.plot(smd, others["covariate"].map(places), color=PALE, zorder=2, **MARKS["others"], **options)
    for y, (before, after) in enumerate(zip(gaps["before"], gaps["after"], strict=True)):
        axes.axhline(y, color=SHADE, linewidth=0.6, zorder=0)
        axes.plot([before, after], [y, y], color=GREY, linewidth=0.8, zorder=3)
    for name, colour in columns:
        axes.plot(gaps[name], range(len(gaps)), color=colour, zorder=4, **MARKS[name], **options)


def _key(sheet: Sheet, x: float, y: float, labels: Labels, *, columns: list[tuple[str, str]], others: bool) -> None:
    """Name the marks in one line above the axes, each name beside a copy of its mark."""
    entries = [(name, colour, colour) for name, colour in columns] + ([("others", PALE, GREY)] if others else [])
    for name, colour, ink in entries:
        mark = sheet.axes(x, y, 0.12, 0.12)
        mark.axis("off")
        mark.plot(0.5, 0.5, marker="o", linestyle="none", color=colour, clip_on=False, **MARKS[name])
        mark.set_xlim(0, 1)
        mark.set_ylim(0, 1)
        sheet.write(x + 0.16, y, labels.say(name), va="bottom", color=ink)
        x += 0.16 + text_width(labels.say(name)) + 0.2
