"""Figure: who receives each programme, from the poorest tenth of the population to the richest."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from dampak.figures.labels import caption
from dampak.figures.numbers import number, percent
from dampak.figures.programmes.names import ProgrammeNames, read_names
from dampak.figures.programmes.records import records
from dampak.figures.programmes.strips import interval, place_ticks
from dampak.figures.sheet import MARGIN, Sheet, compose, line_height, wrap
from dampak.figures.style import BLUE, GREY, INK, PALE, SHADE, VERMILLION, WIDTH, house_style

PROVINCE = "all"
DECILES = tuple(f"incidence_decile_{k:02d}" for k in range(1, 11))
PLOT = 0.84  # inches, height of a picture
FOOT = 0.34
GAP = 0.34  # between the two halves of the page
HEAD = 0.2
NUMBERS = 0.3  # left of the bars
BETWEEN = 0.56  # between bars and curve: name and numbers of its axis
Values = Mapping[tuple[str, str], tuple[float, float]]


# A share with a larger standard error is not spoken of in the title.
UNCERTAIN = 0.05


def draw(targeting: pd.DataFrame, concentration: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw, per programme, its beneficiaries by decile and its concentration curve, with both errors of targeting.

    Parameters
    ----------
    targeting
        `tables/targeting.csv`: treatment, area, measure, value, std_error; of area `all` the measures
        `incidence_decile_01` ... `_10` (share of beneficiaries), `inclusion_error_of_beneficiaries`,
        `exclusion_error_of_poor`, `concentration_coefficient`.
    concentration
        `tables/concentration.csv`: treatment, population_share, benefit_share, poorest first.
    settings
        Those of `read_names`.

    Returns
    -------
    figure, caption
        The title gives the largest and smallest share of beneficiaries who belong to the poorest four tenths.
    """
    names = read_names(settings)
    whole = targeting[targeting["area"].astype(str) == PROVINCE]
    values = {(str(r.treatment), str(r.measure)): (float(r.value), float(r.std_error))
              for r in records(whole)}  # fmt: skip
    programmes = names.ordered(whole["treatment"])
    curves = {str(name): rows.sort_values("population_share") for name, rows in concentration.groupby("treatment")}
    title, subtitle = _finding(programmes, values, names)
    note = names.labels.source()
    width = (WIDTH - 2 * MARGIN - GAP) / 2
    with house_style():
        texts = {p: _texts(p, values, names, width=width) for p in programmes}
        lines = max((len(t) for t in texts.values()), default=0)
        step = HEAD + lines * line_height(8) + PLOT + FOOT + 0.1
        rows = math.ceil(len(programmes) / 2)
        sheet = compose(kicker=names.labels.title, title=title, subtitle=subtitle, note=note, body=step * rows + 0.1)
        peak = _peak(programmes, values)
        for i, programme in enumerate(programmes):
            left = MARGIN + (i % 2) * (width + GAP)
            top = sheet.top - (i // 2) * step
            sheet.write(left, top, names.programme(programme), weight="bold", va="top")
            for k, line in enumerate(texts[programme]):
                sheet.write(left, top - HEAD + 0.03 - k * line_height(8), line, va="top")
            under = top - HEAD - lines * line_height(8)
            if not _received(programme, values):
                continue
            bars = (width - NUMBERS - BETWEEN) * 0.6
            place = left + NUMBERS + bars + BETWEEN
            _bars(sheet, programme, values, names, left=left + NUMBERS, top=under, width=bars, peak=peak)
            _curve(sheet, curves.get(programme), left=place, top=under, width=left + width - 0.12 - place)
            sheet.write(place - 0.34, under - PLOT / 2, names.say("curve_up"), rotation=90, ha="center", va="center")
            foot = under - PLOT - 0.17
            sheet.write_centred(left + NUMBERS + bars / 2, foot, names.say("decile_axis"), va="top")
            sheet.write_centred((place + left + width - 0.12) / 2, foot, names.say("curve_across"), va="top")
    text = caption(
        title,
        subtitle,
        names.say("targeting_caption", ci=names.say("ci_long", level=names.level)),
        names.say("targeting_errors"),
        note,
        names.say("drawn_by", function="dampak.figures.programmes.targeting.draw"),
    )
    return sheet.figure, text


def _lowest(programme: str, values: Values) -> float:
    """Return the share of beneficiaries in the poorest four tenths; NaN where unknown."""
    return sum(values.get((programme, decile), (math.nan, 0.0))[0] for decile in DECILES[:4])


def _finding(programmes: Sequence[str], values: Values, names: ProgrammeNames) -> tuple[str, str]:
    low = {p: _lowest(p, values) for p in programmes}
    low = {p: share for p, share in low.items() if math.isfinite(share) and _known(p, values)}
    if not low:
        return names.say("targeting_none"), ""
    best, worst = max(low, key=lambda p: low[p]), min(low, key=lambda p: low[p])
    shares = {"best_share": percent(low[best], language=names.language), "best": names.programme(best)}
    if best == worst:
        return names.say("targeting_one", **shares), ""
    shares |= {"worst_share": percent(low[worst], language=names.language), "worst": names.programme(worst)}
    return names.say("targeting_title", **shares), ""


def _known(programme: str, values: Values) -> bool:
    """Whether enough recipients are surveyed for a title to speak of their shares."""
    return all(values.get((programme, decile), (0.0, 0.0))[1] < UNCERTAIN for decile in DECILES[:4])


def _received(programme: str, values: Values) -> bool:
    """Return whether the survey has recipients of the programme."""
    return any(math.isfinite(values.get((programme, decile), (math.nan, 0.0))[0]) for decile in DECILES)


def _texts(programme: str, values: Values, names: ProgrammeNames, *, width: float) -> list[str]:
    """Return the errors and the coefficient of a programme, each with its interval, in lines of the width."""
    if not _received(programme, values):
        return [names.say("no_recipients")]
    found = []
    for measure, key in (("inclusion_error_of_beneficiaries", "inclusion"), ("exclusion_error_of_poor", "exclusion")):
        value, error = values.get((programme, measure), (math.nan, math.nan))
        if not math.isfinite(value):
            found.append(names.say(key, value="–"))
            continue
        low, high = interval(value, error, alpha=names.alpha)
        text = percent(value, language=names.language)
        if math.isfinite(low):
            ends = [percent(end, language=names.language).removesuffix("%") for end in (max(low, 0), min(high, 1))]
            text = names.say("range", estimate=text, low=ends[0], high=ends[1])
        found.append(names.say(key, value=text))
    value, error = values.get((programme, "concentration_coefficient"), (math.nan, math.nan))
    low, high = interval(value, error, alpha=names.alpha)
    texts = [number(v, language=names.language, digits=2) for v in (value, low, high)]
    known = names.say("range", estimate=texts[0], low=texts[1], high=texts[2]) if math.isfinite(low) else texts[0]
    found.append(names.say("coefficient", value=known))
    return [line for text in found for line in wrap(text, width)]


def _peak(programmes: Sequence[str], values: Values) -> float:
    """Return the top of the axis of bars: the largest share, of all programmes, and a little air."""
    shares = [values.get((p, decile), (math.nan, 0.0))[0] for p in programmes for decile in DECILES]
    return 1.12 * max([0.12, *(s for s in shares if math.isfinite(s))])


def _bars(
    sheet: Sheet, programme: str, values: Values, names: ProgrammeNames, *, left: float, top: float, width: float,
    peak: float,
) -> None:  # fmt: skip
    """Draw the share of beneficiaries in each decile; the dashed line is a tenth each."""
    axes = sheet.axes(left, top - PLOT, width, PLOT)
    axes.set_xlim(0.4, 10.6)
    axes.set_ylim(0, peak)
    axes.axhline(0.1, color=INK, linewidth=0.7, linestyle=(0, (4, 3)), zorder=3)
    for k, decile in enumerate(DECILES, start=1):
        share, error = values.get((programme, decile), (math.nan, math.nan))
        if not math.isfinite(share):
            continue
        axes.bar(k, share, width=0.78, color=BLUE if k <= 4 else PALE, linewidth=0, zorder=2)
        low, high = interval(share, error, alpha=names.alpha)
        if math.isfinite(low):
            axes.plot([k, k], [max(low, 0), min(high, peak)], color=INK, linewidth=0.9, zorder=4)
    axes.xaxis.set_major_locator(FixedLocator([1, 4, 7, 10]))
    step = 0.1 if peak < 0.3 else 0.2 if peak < 0.7 else 0.4
    ticks = [t for t in (0.0, step, 2 * step) if t <= peak]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.set_yticklabels([percent(t, language=names.language) for t in ticks])
    axes.tick_params(axis="both", pad=2, length=2)


def _curve(sheet: Sheet, rows: pd.DataFrame | None, *, left: float, top: float, width: float) -> None:
    """Draw the concentration curve of a programme against the diagonal of equal shares."""
    axes = sheet.axes(left, top - PLOT, width, PLOT)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    if rows is not None and len(rows):
        x = np.concatenate([[0.0], 100 * rows["population_share"].to_numpy(dtype=float)])
        y = np.concatenate([[0.0], 100 * rows["benefit_share"].to_numpy(dtype=float)])
        axes.fill_between(x, x, y, color=SHADE, linewidth=0)
        axes.plot(x, y, color=VERMILLION, linewidth=1.5)
    axes.yaxis.set_major_locator(FixedLocator([0, 50, 100]))
    place_ticks(axes, language="en", most=2)
    axes.tick_params(axis="both", pad=2, length=2)
