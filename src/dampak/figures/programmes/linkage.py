"""Figure: how much of each register was linked to the survey, how surely, and what the missed links contaminate."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.labels import caption, sentences
from dampak.figures.numbers import number, percent
from dampak.figures.programmes.grid import Cell, Grid, shade
from dampak.figures.programmes.names import ProgrammeNames, read_names
from dampak.figures.programmes.records import records
from dampak.figures.programmes.strips import Mark, Strip, draw_strip, interval, stripes_of
from dampak.figures.sheet import MARGIN, Sheet, column_width, compose, line_height, text_width, wrap
from dampak.figures.style import BLUE, BROWN, GREEN, GREY, WIDTH, house_style

PROVINCE = "all"
PITCH = 0.158
AXIS = 0.26
GUTTER = 0.1
CELL = 0.145
PRECISION, RECALL = 0.99, 0.95  # what the project asks of its linkage; cells below either are framed
RATES = ["match_rate", "expected_precision", "expected_recall"]


def draw(linkage: pd.DataFrame, tiles: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw match rate, expected precision and recall of each register, and the match rate by area and register.

    Parameters
    ----------
    linkage
        `tables/linkage.csv`: register, kab_code (or `all`), n_register, n_linked, match_rate, expected_precision,
        expected_recall. A register without a row `all` is summed over its areas.
    tiles
        `config/areas/*_tiles.csv`, for the names of the areas: kab_code, name.
    settings
        Those of `read_names`; its programmes are the registers.

    Returns
    -------
    figure, caption
        The title states the lowest expected precision and recall. Missed links are the recipients in the survey that
        no link shows, `n_linked` x precision x (1 - recall) / recall: they stand among the comparison households.
    """
    names = read_names(settings)
    table = linkage.assign(area=linkage["kab_code"].astype(str), register=linkage["register"].astype(str))
    registers = names.ordered(table["register"])
    totals = _totals(table, registers)
    title, subtitle = _finding(totals, names)
    grid = _grid(table, tiles, registers, names)
    framed = names.say(
        "linkage_framed",
        precision=percent(PRECISION, language=names.language),
        recall=percent(RECALL, language=names.language),
    )
    some = any(cell.framed for row in grid.cells for cell in row)
    note = sentences(framed if some else "", _sizes(totals, names), names.labels.source())
    with house_style():
        heads = _heads(names)
        head = max(len(lines) for lines in heads) * line_height(8) + 0.05
        upper = head + PITCH * len(registers) + AXIS
        sheet = compose(
            kicker=names.labels.title,
            title=title,
            subtitle=subtitle,
            note=note,
            body=upper + 0.32 + grid.height if registers else 0.0,
        )
        if registers:
            _registers(sheet, totals, registers, names, heads, head=head)
            sheet.write(MARGIN, sheet.top - upper - 0.08, names.say("linkage_grid"), weight="bold", va="top")
            grid.draw(sheet, top=sheet.top - upper - 0.32)
    text = caption(
        title,
        subtitle,
        names.say("linkage_caption", ci=names.say("ci_long", level=names.level)),
        names.say("linkage_missed"),
        note,
        names.say("drawn_by", function="dampak.figures.programmes.linkage.draw"),
    )
    return sheet.figure, text


def _totals(table: pd.DataFrame, registers: Sequence[str]) -> pd.DataFrame:
    """Return one row per register: its row `all`, or else the sum of its areas; NaN where it has neither."""
    rows = []
    for register in registers:
        own = table[table["register"] == register]
        whole = own[own["area"] == PROVINCE]
        if len(whole):
            found = {name: float(whole[name].iloc[0]) for name in ("n_register", "n_linked", *RATES)}
        else:
            found = _summed(own)
        rows.append({"register": register, **found})
    totals = pd.DataFrame(rows, columns=["register", "n_register", "n_linked", *RATES])
    share = totals["expected_recall"].where(totals["expected_recall"] > 0)
    missed = totals["n_linked"] * totals["expected_precision"] * (1 - share) / share
    return totals.assign(missed=missed)


def _summed(own: pd.DataFrame) -> dict[str, float]:
    """What areas of a register come to together; NaN where there are none."""
    linked = own["n_linked"].to_numpy(dtype=float)
    n_register = float(own["n_register"].sum()) if len(own) else math.nan
    true = linked * own["expected_precision"].fillna(0.0).to_numpy(dtype=float)
    recall = own["expected_recall"].to_numpy(dtype=float)
    sought = np.divide(true, recall, out=np.zeros_like(true), where=recall > 0)
    found = {"n_register": n_register, "n_linked": float(linked.sum()) if len(own) else math.nan}
    found["match_rate"] = linked.sum() / n_register if n_register else math.nan
    found["expected_precision"] = true.sum() / linked.sum() if linked.sum() else math.nan
    found["expected_recall"] = true.sum() / sought.sum() if sought.sum() else math.nan
    return found


def _by_tile(table: pd.DataFrame, tiles: pd.DataFrame) -> pd.DataFrame:
    """Sum kabupaten/kota to provinces, where these are the tiles."""
    areas = table[table["area"] != PROVINCE]
    if set(areas["area"]) <= set(tiles["kab_code"].astype(str)):
        return areas
    grouped = areas.groupby([areas["register"], areas["area"].str[:2]], sort=True)
    return pd.DataFrame([{"register": register, "area": area, **_summed(own)} for (register, area), own in grouped])


def _finding(totals: pd.DataFrame, names: ProgrammeNames) -> tuple[str, str]:
    known = totals.dropna(subset=["expected_precision", "expected_recall"])
    if known.empty:
        return names.say("linkage_none"), ""
    weakest = known.sort_values("expected_recall", kind="stable").iloc[0]
    title = names.say(
        "linkage_title" if len(known) == len(totals) else "linkage_title_linked",
        precision=_share(float(known["expected_precision"].min()), names),
        recall=_share(float(known["expected_recall"].min()), names),
    )
    missed = names.labels.count(float(known["missed"].sum()))
    return title, names.say("linkage_weakest", register=names.programme(str(weakest["register"])), missed=missed)


def _share(value: float, names: ProgrammeNames) -> str:
    """Return a share as a percentage with one decimal, never rounded up to all; a dash where it is unknown."""
    if not math.isfinite(value):
        return "–"
    return number(math.floor(1000 * value + 1e-9) / 10, language=names.language, digits=1) + "%"


def _sizes(totals: pd.DataFrame, names: ProgrammeNames) -> str:
    count = names.labels.count
    return names.say(
        "n_linkage",
        rows=count(float(totals["n_register"].sum())),
        registers=count(int(totals["n_register"].notna().sum())),
        linked=count(float(totals["n_linked"].sum())),
    )


def _heads(names: ProgrammeNames) -> list[list[str]]:
    return [wrap(names.measure(measure), 1.25, bold=True) for measure in (*RATES, "missed")]


def _registers(
    sheet: Sheet,
    totals: pd.DataFrame,
    registers: Sequence[str],
    names: ProgrammeNames,
    heads: Sequence[Sequence[str]],
    *,
    head: float,
) -> None:
    """Draw three strips side by side, a row per register, and the number of missed links in a column."""
    left = MARGIN + column_width([names.programme(r) for r in registers], cap=1.3)
    missed = max(text_width(line, bold=True) for line in heads[3])
    width = (WIDTH - MARGIN - left - missed - GUTTER) / 3
    top = sheet.top - head
    height = PITCH * len(registers)
    for i, register in enumerate(registers):
        sheet.write(MARGIN, top - PITCH * (i + 0.5), names.programme(register), va="center_baseline")
    for i, (measure, colour, marker) in enumerate(zip(RATES, (BLUE, GREEN, BROWN), "osD", strict=True)):
        start = left + i * width + GUTTER
        texts = [_share(float(v), names).removesuffix("%") for v in totals[measure]]
        room = max(map(text_width, texts))
        plot = width - 2 * GUTTER - room
        marks = [_mark(k, row, measure, colour, marker, names) for k, (_, row) in enumerate(totals.iterrows())]
        known = [e for m in marks for e in (m.value, m.low, m.high) if math.isfinite(e)]
        low, high = (0.0, 1.15 * max([1.0, *known])) if measure == "match_rate" else (min([95.0, *known]) - 0.5, 100.0)
        strip = Strip(tuple(marks), (low, high), (), stripes_of([PITCH] * len(registers)), zero=False)
        draw_strip(sheet, strip, left=start, top=top, width=plot, height=height, language=names.language)
        for k, line in enumerate(heads[i]):
            sheet.write(start, sheet.top - k * line_height(8), line, weight="bold", va="top")
        for k, text in enumerate(texts):
            end = start + plot + GUTTER + room
            sheet.write(end, top - PITCH * (k + 0.5), text, ha="right", va="center_baseline")
    for k, line in enumerate(heads[3]):
        sheet.write(WIDTH - MARGIN, sheet.top - k * line_height(8), line, weight="bold", ha="right", va="top")
    for k, value in enumerate(totals["missed"]):
        text = names.labels.count(float(value))
        sheet.write(WIDTH - MARGIN, top - PITCH * (k + 0.5), text, ha="right", va="center_baseline")


def _mark(place: int, row: "pd.Series[Any]", measure: str, colour: str, marker: str, names: ProgrammeNames) -> Mark:
    """Return the mark of a rate in per cent; the match rate is a sample share and has a binomial interval."""
    value = float(row[measure])
    low = high = math.nan
    if measure == "match_rate" and row["n_register"] > 0:
        error = math.sqrt(max(value * (1 - value), 0.0) / float(row["n_register"]))
        low, high = interval(100 * value, 100 * error, alpha=names.alpha)
    return Mark(PITCH * (place + 0.5), 100 * value, low, high, colour=colour, marker=marker)


def _grid(table: pd.DataFrame, tiles: pd.DataFrame, registers: Sequence[str], names: ProgrammeNames) -> Grid:
    """Return the match rates by area and register; framed where precision or recall is expected to fall short."""
    areas = _by_tile(table, tiles)
    by_cell = {(str(r.area), str(r.register)): r for r in records(areas)}
    known = areas["match_rate"].dropna().to_numpy(dtype=float)
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    ordered = tiles.sort_values("kab_code")

    def cell(area: str, register: str) -> Cell:
        row = by_cell.get((area, register))
        if row is None or not math.isfinite(float(row.match_rate)):
            return Cell("–", ink=GREY)
        rate = float(row.match_rate)
        # The range of the table, not zero to all: the areas differ by little. Light enough for dark letters.
        part = 0.5 * (rate - low) / (high - low) if high > low else 0.25
        short = float(row.expected_precision) < PRECISION or float(row.expected_recall) < RECALL
        text = number(100 * rate, language=names.language, digits=1)
        return Cell(text, ground=shade(part), framed=short)

    return Grid(
        rows=tuple(map(str, ordered["name"])),
        columns=tuple(names.programme(r) for r in registers),
        cells=tuple(tuple(cell(str(code), r) for r in registers) for code in ordered["kab_code"]),
        pitch=CELL,
    )
