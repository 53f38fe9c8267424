"""Figure: the verdict on every programme and outcome, as a matrix of colours and letters."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.labels import caption, sentences
from dampak.figures.programmes.grid import Cell, Grid, write_swatches
from dampak.figures.programmes.names import ProgrammeNames, read_names
from dampak.figures.programmes.records import records
from dampak.figures.sheet import MARGIN, compose
from dampak.figures.style import BLUE, GREY, INK, ORANGE, house_style

PITCH = 0.27
KEY = 0.3
PROVINCE = "all"

# Dark, middling, white and grey: the four differ in grey print, and each has a sign of its own.
CELLS: dict[str, Cell] = {
    "positive": Cell("+", ground=BLUE, ink="white", bold=True),
    "negative": Cell("−", ground=ORANGE, ink=INK, bold=True),
    "no_evidence": Cell("·", ground="#F4F4F4", ink=INK, bold=True),
    "not_credible": Cell("×", ground="#D0D0D0", ink=INK, bold=True),
}
NAMES = {
    "positive": "verdict_positive",
    "negative": "verdict_negative",
    "no_evidence": "verdict_no_evidence",
    "not_credible": "verdict_not_credible",
}
UNJUDGED = Cell("–", ground="white", ink=GREY)


def draw(verdicts: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw a matrix of verdicts: outcomes in rows, programmes in columns.

    Parameters
    ----------
    verdicts
        `tables/verdicts.csv`: treatment, outcome, area, verdict; the rows of area `all` are drawn (every row where
        the table has no areas).
    settings
        Those of `read_names`; `outcomes` (where absent, those of the table); `verdicts_mean`: `sign` (the default:
        positive is a rise of the outcome) or `benefit` (positive is an improvement).

    Returns
    -------
    figure, caption
        The title counts the verdicts.
    """
    names = read_names(settings)
    whole = verdicts[verdicts["area"].astype(str) == PROVINCE] if "area" in verdicts else verdicts
    outcomes = list(names.outcomes) or sorted(set(whole["outcome"].astype(str)))
    whole = whole[whole["outcome"].isin(outcomes)]
    programmes = names.ordered(whole["treatment"])
    by_cell = {(str(r.treatment), str(r.outcome)): str(r.verdict) for r in records(whole)}
    grid = Grid(
        rows=tuple(names.labels.variable(outcome) for outcome in outcomes),
        columns=tuple(names.programme(p) for p in programmes),
        cells=tuple(tuple(CELLS.get(by_cell.get((p, o), ""), UNJUDGED) for p in programmes) for o in outcomes),
        pitch=PITCH,
    )
    title, subtitle = _finding(list(by_cell.values()), names)
    note = sentences(
        names.say(
            "verdict_n", k=names.labels.count(len(by_cell)), n=names.labels.count(len(outcomes) * len(programmes))
        ),
        names.labels.source(),
    )
    body = KEY + grid.height if programmes else 0.0
    with house_style():
        sheet = compose(kicker=names.labels.title, title=title, subtitle=subtitle, note=note, body=body)
        if programmes:
            key = [(cell, names.say(NAMES[name])) for name, cell in CELLS.items()]
            write_swatches(sheet, MARGIN, sheet.top - 0.2, key)
            grid.draw(sheet, top=sheet.top - KEY)
    text = caption(
        title,
        subtitle,
        names.say("verdicts_caption"),
        names.say("verdicts_benefit" if settings.get("verdicts_mean") == "benefit" else "verdicts_sign"),
        note,
        names.say("drawn_by", function="dampak.figures.programmes.verdicts.draw"),
    )
    return sheet.figure, text


def _finding(found: list[str], names: ProgrammeNames) -> tuple[str, str]:
    """Count the verdicts: those that found an effect in the title, the others below."""
    if not found:
        return names.say("verdicts_none"), ""
    counts = {name: names.labels.count(found.count(name)) for name in CELLS}
    total = names.labels.count(len(found))
    title = names.say("verdicts_title", n=total, positive=counts["positive"], negative=counts["negative"])
    rest = names.say("verdicts_rest", no_evidence=counts["no_evidence"], not_credible=counts["not_credible"])
    return title, rest
