"""Figure: the same methods on outcomes that the treatment cannot have changed."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.effect_terms import EFFECT_TERMS
from dampak.figures.effects import interval_text
from dampak.figures.forest import Panel, Row, draw_panels, panel_height
from dampak.figures.labels import Labels, caption, read_labels, sentences
from dampak.figures.numbers import decimals, number, percent
from dampak.figures.sheet import compose
from dampak.figures.style import BLUE, VERMILLION, house_style

PASSED, FAILED = "passed", "failed"


def draw(placebo: pd.DataFrame, effects: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw a forest of placebo estimates, each marked as passed or failed.

    Parameters
    ----------
    placebo
        `tables/placebo.csv`; no rows where the study names no placebo outcome.
    effects
        `tables/effects.csv`, for the numbers of units.
    settings
        Those of `read_labels`, and `alpha`.

    Returns
    -------
    figure, caption
        The title states whether the placebo test passes; a failed row has a cross and the word, not only a colour.
    """
    labels = read_labels(settings, terms=EFFECT_TERMS)
    alpha = float(settings.get("alpha", 0.05))
    level = percent(1 - alpha, language=labels.language)
    outcomes = list(dict.fromkeys(placebo["outcome"]))
    title, subtitle = _finding(placebo, outcomes, labels)
    panels = [_panel(placebo[placebo["outcome"] == outcome], outcome, labels, level=level) for outcome in outcomes]
    tested = effects[effects["outcome"].isin(outcomes) & (effects["subgroup"] == "all")]
    note = sentences(labels.sizes(tested), labels.source())
    with house_style():
        sheet = compose(
            kicker=labels.title, title=title, subtitle=subtitle, note=note, body=sum(map(panel_height, panels))
        )
        if panels:
            draw_panels(sheet, panels, language=labels.language)
    text = caption(
        title,
        subtitle,
        labels.say(
            "placebo_caption",
            treatment=labels.treatment,
            ci=labels.say("ci_long", level=level),
            alpha=number(alpha, language=labels.language, digits=2 if alpha >= 0.01 else 3),
        )
        if panels
        else "",
        labels.say("headline_bold") if panels and labels.headline else "",
        note,
        labels.say("drawn_by", function="dampak.figures.placebo.draw"),
    )
    return sheet.figure, text


def _finding(placebo: pd.DataFrame, outcomes: list[str], labels: Labels) -> tuple[str, str]:
    """Return title and subtitle."""
    if placebo.empty:
        return labels.say("placebo_none"), labels.say("placebo_none_body", treatment=labels.treatment)
    failed = placebo["status"] == FAILED
    headline_failed = bool((failed & (placebo["method"] == labels.headline)).any())
    many = len(outcomes) > 1 or placebo["method"].duplicated().any()
    values = {
        "k": labels.count(int(failed.sum())),
        "n": labels.count(len(placebo)),
        "treatment": labels.treatment,
        "outcome": labels.inside(outcomes[0]),
    }
    if not failed.any():
        key = "placebo_passes"
    elif len(placebo) == 1:
        key = "placebo_fails_one"
    elif failed.all():
        key = "placebo_fails_all"
    elif headline_failed or labels.headline not in set(placebo["method"]):
        key = "placebo_fails"
    else:
        key = "placebo_headline_passes"
    meaning = "placebo_meaning_failed" if failed.any() else "placebo_meaning_passed"
    return labels.say(f"{key}_many" if many else key, **values), labels.say(meaning)


def _panel(placebo: pd.DataFrame, outcome: str, labels: Labels, *, level: str) -> Panel:
    """Turn the tests of one outcome into a forest; several comparison arms or estimands give several rows."""
    digits = decimals(placebo["std_error"])
    order = {method: place for place, method in enumerate(labels.ordered(placebo["method"]))}
    rows = placebo.assign(place=placebo["method"].map(order)).sort_values(["place", "comparison", "estimand"])
    several = bool(rows["method"].duplicated().any())
    return Panel(
        rows=tuple(
            Row(
                label=_row_label(row, labels, several=several),
                estimate=float(row["estimate"]),
                low=float(row["ci_low"]),
                high=float(row["ci_high"]),
                cells=(interval_text(row, labels, digits=digits), labels.say(str(row["status"]))),
                colour=VERMILLION if row["status"] == FAILED else BLUE,
                marker="x" if row["status"] == FAILED else "o",
                bold=row["method"] == labels.headline,
            )
            for _, row in rows.iterrows()
        ),
        axis=labels.say("placebo_axis", outcome=labels.inside(outcome), unit=labels.in_unit(outcome)),
        heads=(labels.say("estimate_ci", ci=labels.say("ci", level=level)), labels.say("status")),
    )


def _row_label(row: "pd.Series[Any]", labels: Labels, *, several: bool) -> str:
    """Return the method, with estimand and comparison arm where the method alone does not tell rows apart."""
    parts = [str(row["estimand"]).upper(), str(row["comparison"])] if several else []
    return ", ".join([labels.method(row["method"]), *(p for p in parts if p != "none")])
