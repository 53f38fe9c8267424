"""Figure: how far the propensity scores of recipients and comparison group overlap."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from dampak.figures.balance_terms import BALANCE_TERMS
from dampak.figures.labels import Labels, caption, read_labels, sentences
from dampak.figures.numbers import percent
from dampak.figures.sheet import MARGIN, Sheet, compose, line_height, text_width
from dampak.figures.style import BLUE, BROWN, GREY, ORANGE, SHADE, VERMILLION, WIDTH, house_style

MIDDLE = 0.9  # share of the recipients whose range of scores counts as "like them"
FEW = 0.2  # a resembling share below this is called "only"
BINS = 48
ENDS = 1e-6  # probabilities beyond this (or one minus it) are drawn at the end of the axis
TICKS = (1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
BODY = 2.75


@dataclass(frozen=True)
class Scores:
    """Scores of the two groups on the logit scale; arrays of one length per group.

    Attributes
    ----------
    treated, comparison
        Linear propensity.
    treated_share, comparison_share
        Survey weight of each unit over that of its group; sums to one.
    treated_in, comparison_in
        Whether the unit lies on common support.
    like
        For each comparison unit, whether its score lies within the middle of the recipients' scores.
    """

    treated: np.ndarray
    comparison: np.ndarray
    treated_share: np.ndarray
    comparison_share: np.ndarray
    treated_in: np.ndarray
    comparison_in: np.ndarray
    like: np.ndarray

    @property
    def resembling(self) -> float:
        """Weighted share of the comparison group that resembles the recipients, in [0, 1]."""
        # Rounding keeps a full share at exactly one, whatever the order of the sum.
        return round(float(self.comparison_share[self.like].sum()), 9)


def draw(design: pd.DataFrame, scores: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw the distributions of the propensity score, recipients above and comparison group below.

    Parameters
    ----------
    design
        `clean/design.parquet`: unit_id, treatment (0/1), survey_weight.
    scores
        `match/scores.parquet`; the rows of specification `main` are drawn.
    settings
        Those of `read_labels`, and `support` ({`rule`}).

    Returns
    -------
    figure, caption
        The title states the share of the comparison group whose scores lie within the middle 90 % of the
        recipients' scores (survey weights applied).
    """
    labels = read_labels(settings, terms=BALANCE_TERMS)
    main = scores[scores["specification"] == "main"].merge(
        design[["unit_id", "treatment", "survey_weight"]], on="unit_id", validate="one_to_one"
    )
    found = _scores(main.sort_values("unit_id"))
    ruled = (settings.get("support") or {}).get("rule", "none") != "none"
    title, subtitle = _finding(found, labels, ruled=ruled)
    note = sentences(
        labels.say("n", treated=labels.count(len(found.treated)), comparison=labels.count(len(found.comparison))),
        labels.source(),
    )
    with house_style():
        sheet = compose(kicker=labels.title, title=title, subtitle=subtitle, note=note, body=BODY)
        beyond = _paint(sheet, found, labels, ruled=ruled)
    text = caption(
        title,
        subtitle,
        labels.say("overlap_caption", middle=percent(MIDDLE, language=labels.language)),
        labels.say("overlap_ends") if beyond else "",
        labels.say("shaded_support") if ruled else "",
        labels.say("weighted") if main["survey_weight"].nunique() > 1 else "",
        note,
        labels.say("drawn_by", function="dampak.figures.overlap.draw"),
    )
    return sheet.figure, text


def _scores(main: pd.DataFrame) -> Scores:
    """Split the scored units into the two groups."""
    treated, comparison = main[main["treatment"] == 1], main[main["treatment"] == 0]
    low, high = _middle(treated)
    score = comparison["linear_propensity"].to_numpy(dtype=float)
    return Scores(
        treated=treated["linear_propensity"].to_numpy(dtype=float),
        comparison=score,
        treated_share=_share(treated),
        comparison_share=_share(comparison),
        treated_in=treated["in_support"].to_numpy(dtype=bool),
        comparison_in=comparison["in_support"].to_numpy(dtype=bool),
        like=(score >= low) & (score <= high),
    )


def _share(group: pd.DataFrame) -> np.ndarray:
    weight = group["survey_weight"].to_numpy(dtype=float)
    return np.asarray(weight / weight.sum())


def _middle(treated: pd.DataFrame) -> tuple[float, float]:
    """Return the weighted quantiles (inverse of the distribution function) that bound the middle of the scores."""
    ordered = treated.sort_values("linear_propensity")
    reached = np.cumsum(_share(ordered))
    values = ordered["linear_propensity"].to_numpy(dtype=float)
    tail = (1 - MIDDLE) / 2
    places = np.searchsorted(reached, [tail - 1e-12, 1 - tail - 1e-12])
    low, high = values[np.minimum(places, len(values) - 1)]
    return float(low), float(high)


def _finding(found: Scores, labels: Labels, *, ruled: bool) -> tuple[str, str]:
    """Return title and subtitle."""
    share = found.resembling
    if share == 0:
        key = "overlap_none"
    elif share == 1:
        key = "overlap_all"
    elif share < FEW:
        key = "overlap_few"
    else:
        key = "overlap_some" if share < 0.5 else "overlap_most"
    title = labels.say(key, share=percent(share, language=labels.language), treatment=labels.treatment)
    treated, comparison = int(found.treated_in.sum()), int(found.comparison_in.sum())
    everyone = treated == len(found.treated) and comparison == len(found.comparison)
    if not ruled:
        return title, labels.say("support_unruled")
    if everyone:
        return title, labels.say("support_all")
    values = {
        "treated_all": labels.count(len(found.treated)),
        "comparison": labels.count(comparison),
        "comparison_all": labels.count(len(found.comparison)),
    }
    if treated == len(found.treated):
        return title, labels.say("support_treated_all", **values)
    return title, labels.say("support_some", treated=labels.count(treated), **values)


def _paint(sheet: Sheet, found: Scores, labels: Labels, *, ruled: bool) -> bool:
    """Draw the mirrored histograms; return whether scores beyond the ends of the axis were drawn at the end."""
    end = float(np.log((1 - ENDS) / ENDS))
    everything = np.concatenate([found.treated, found.comparison])
    drawn = np.clip(everything, -end, end)
    low, high = float(drawn.min()), float(drawn.max())
    pad = 0.03 * (high - low) or 0.5
    edges = np.linspace(low, high, BINS + 1) if high > low else np.array([low - 0.1, low + 0.1])
    left, below, above = MARGIN + 0.55, 0.42, line_height(8) + 0.03
    width = WIDTH - MARGIN - left - 0.1
    axes = sheet.axes(left, sheet.bottom + below, width, BODY - below - above)

    def heights(score: np.ndarray, share: np.ndarray) -> np.ndarray:
        return np.asarray(np.histogram(np.clip(score, -end, end), bins=edges, weights=share)[0])

    like = heights(found.comparison[found.like], found.comparison_share[found.like])
    unlike = heights(found.comparison[~found.like], found.comparison_share[~found.like])
    treated = heights(found.treated, found.treated_share)
    bars: dict[str, Any] = {
        "x": edges[:-1],
        "width": np.diff(edges),
        "align": "edge",
        "edgecolor": "white",
        "linewidth": 0.4,
    }
    axes.bar(height=treated, color=BLUE, zorder=2, **bars)
    axes.bar(height=-like, color=VERMILLION, zorder=2, **bars)
    axes.bar(height=-unlike, bottom=-like, color=ORANGE, alpha=0.55, zorder=2, **bars)
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=3)
    tallest, deepest = float(treated.max()), float((like + unlike).max())
    # Room below the bars for the name of the comparison group; the other name stands above the axes.
    floor = -deepest - 0.04 * (tallest + deepest)
    axes.set_ylim(floor - 0.12 * (tallest + deepest), tallest + 0.04 * (tallest + deepest))
    axes.set_xlim(low - pad, high + pad)
    _ticks(axes, labels)
    axes.set_xlabel(labels.say("overlap_x"))
    axes.set_ylabel(labels.say("overlap_y"))
    name_end = _name_groups(axes, found, labels)
    if ruled:
        _shade_support(axes, found, labels, end=end, floor=floor, clear_of=name_end)
    return bool(np.abs(everything).max() > end)


def _ticks(axes: Axes, labels: Labels) -> None:
    """Label the logit axis with probabilities and the vertical axis with shares, both ways from zero."""
    low, high = axes.get_xlim()
    places = [float(np.log(p / (1 - p))) for p in TICKS]
    shown = [(x, p) for x, p in zip(places, TICKS, strict=True) if low <= x <= high]
    # In a narrow range (an experiment) round percentages replace the powers of ten.
    for step in (10, 5, 1):
        if len(shown) >= 4:
            break
        fine = [p / 100 for p in range(step, 100, step)]
        inside = [(float(np.log(p / (1 - p))), p) for p in fine if low <= float(np.log(p / (1 - p))) <= high]
        shown = inside[:: max(1, -(-len(inside) // 9))]
    axes.xaxis.set_major_locator(FixedLocator([x for x, _ in shown]))
    axes.set_xticklabels([_probability(p, labels.language) for _, p in shown])
    bottom, top = axes.get_ylim()
    shares = [float(y) for y in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(bottom, top)]
    axes.set_yticks([y for y in shares if max(bottom, -1.0) <= y <= min(top, 1.0)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: percent(round(abs(y), 6), language=labels.language)))


def _probability(p: float, language: str) -> str:
    """Return a probability as a percentage with as many decimals as it takes: 0.001%, 10%, 99.9%."""
    text = f"{100 * p:.6f}".rstrip("0").rstrip(".")
    return (text.replace(".", ",") if language == "id" else text) + "%"


def _shade_support(axes: Axes, found: Scores, labels: Labels, *, end: float, floor: float, clear_of: float) -> None:
    """Shade the range of scores on common support down to `floor` and name it above the axes.

    `clear_of` is where the name of the recipients ends, as a fraction of the axes.
    """
    on = np.concatenate([found.treated[found.treated_in], found.comparison[found.comparison_in]])
    if not on.size:
        return
    low, high = np.clip([on.min(), on.max()], -end, end)
    bottom, top = axes.get_ylim()
    left, right = axes.get_xlim()
    axes.axvspan(low, high, ymin=(floor - bottom) / (top - bottom), color=SHADE, linewidth=0, zorder=0)
    # The name is centred on the band, but stays inside the axes and beside the other name.
    half = text_width(labels.say("common_support")) / (axes.get_position().width * WIDTH) / 2
    centre = ((low + high) / 2 - left) / (right - left)
    x = min(max(centre, clear_of + half), 1 - half)
    axes.text(x, 1.015, labels.say("common_support"), transform=axes.transAxes, ha="center", va="bottom", color=GREY)


def _name_groups(axes: Axes, found: Scores, labels: Labels) -> float:
    """Write the names of the groups beside their halves, and the share that resembles the recipients.

    Returns where the name above ends, as a fraction of the axes.
    """
    below = labels.say("group_n", group=labels.say("comparison"), n=labels.count(len(found.comparison)))
    above = labels.say("group_n", group=labels.say("treated"), n=labels.count(len(found.treated)))
    options: dict[str, Any] = {"transform": axes.transAxes, "weight": "bold", "size": 8}
    axes.text(0.008, 1.015, above, color=BLUE, va="bottom", **options)
    axes.text(0.008, 0.02, below, color=BROWN, va="bottom", **options)
    share = percent(found.resembling, language=labels.language)
    axes.text(0.992, 0.02, labels.say("resembles", share=share), color=VERMILLION, va="bottom", ha="right", **options)
    return text_width(above, bold=True) / (axes.get_position().width * WIDTH) + 0.04
