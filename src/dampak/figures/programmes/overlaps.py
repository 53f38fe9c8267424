"""Figure: which programmes reach the same households."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.labels import caption
from dampak.figures.numbers import percent
from dampak.figures.programmes.grid import Cell, Grid, ink_on, shade
from dampak.figures.programmes.names import read_names
from dampak.figures.programmes.records import records
from dampak.figures.sheet import compose
from dampak.figures.style import GREY, SHADE, house_style

PITCH = 0.29


def draw(overlaps: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw, for the recipients of each programme (row), the share that also receives each other one (column).

    Parameters
    ----------
    overlaps
        `tables/overlaps.csv`: programme_a, programme_b, share_of_a in [0, 1]; a programme with itself is not drawn.
    settings
        Those of `read_names`.

    Returns
    -------
    figure, caption
        The title names the largest overlap.
    """
    names = read_names(settings)
    programmes = names.ordered([*overlaps["programme_a"], *overlaps["programme_b"]])
    pairs = overlaps[overlaps["programme_a"] != overlaps["programme_b"]]
    shares = {(str(r.programme_a), str(r.programme_b)): float(r.share_of_a) for r in records(pairs)}
    shares = {pair: share for pair, share in shares.items() if np.isfinite(share)}
    printed = tuple(names.programme(p) for p in programmes)
    grid = Grid(
        rows=printed,
        columns=printed,
        cells=tuple(tuple(_cell(a, b, shares, names.language) for b in programmes) for a in programmes),
        pitch=PITCH,
    )
    if shares:
        # The first of equal overlaps, in the order of the programmes.
        first, second = max(
            shares, key=lambda pair: (shares[pair], -programmes.index(pair[0]), -programmes.index(pair[1]))
        )
        values = {"share": percent(shares[first, second], language=names.language)}
        title = names.say("overlaps_title", first=names.programme(first), second=names.programme(second), **values)
    else:
        title = names.say("overlaps_none")
    note = names.labels.source()
    with house_style():
        sheet = compose(
            kicker=names.labels.title,
            title=title,
            subtitle=names.say("overlaps_how"),
            note=note,
            body=grid.height if programmes else 0.0,
        )
        if programmes:
            grid.draw(sheet, top=sheet.top)
    text = caption(
        title,
        names.say("overlaps_how"),
        names.say("overlaps_caption"),
        note,
        names.say("drawn_by", function="dampak.figures.programmes.overlaps.draw"),
    )
    return sheet.figure, text


def _cell(first: str, second: str, shares: Mapping[tuple[str, str], float], language: str) -> Cell:
    if first == second:
        return Cell("", ground=SHADE)
    share = shares.get((first, second))
    if share is None:
        return Cell("–", ink=GREY)
    return Cell(percent(share, language=language), ground=shade(share), ink=ink_on(share))
