"""Figure: the effect of one programme in every kabupaten/kota, before and after partial pooling."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.labels import caption, sentences
from dampak.figures.programmes.grid import shade
from dampak.figures.programmes.names import ProgrammeNames, read_names
from dampak.figures.programmes.records import records
from dampak.figures.programmes.scales import Scale, scale_of
from dampak.figures.programmes.strips import Mark, Strip, draw_strip, limits_for, stripes_of, write_key
from dampak.figures.programmes.tiles import Tile, draw_tiles, map_height
from dampak.figures.sheet import MARGIN, Sheet, column_width, compose, text_width
from dampak.figures.style import BLUE, GREY, INK, VERMILLION, WIDTH, house_style
from dampak.provenance.tables import as_numbers

PITCH = 0.141
KEY = 0.32
AXIS = 0.42
GUTTER = 0.12
OWN = "#8C8C8C"
UP, DOWN = (0, 90, 150), (200, 90, 0)
NUMBERS = ["estimate", "ci_low", "ci_high", "pooled", "pooled_low", "pooled_high"]


def draw(effects: pd.DataFrame, tiles: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw a map of tiles with the pooled effects, and below it every area with both estimates and their intervals.

    Parameters
    ----------
    effects
        `tables/effects_by_area.csv`: treatment, outcome, area, estimate, std_error, ci_low, ci_high, pooled,
        pooled_low, pooled_high, n_treated, n_comparison.
    tiles
        `config/areas/*_tiles.csv`: kab_code, name, short, row, col.
    settings
        Those of `read_names`, and `area_effects` ({`treatment`, `outcome`}); where absent, the study's treatment and
        the first outcome.

    Returns
    -------
    figure, caption
        The title says in how many areas the pooled effect can be told from zero, and between what it lies.
    """
    names = read_names(settings)
    chosen = settings.get("area_effects") or {}
    programme = chosen.get("treatment") or (settings.get("treatment") or {}).get("name", "")
    outcome = chosen.get("outcome") or names.outcomes[0]
    effects = as_numbers(effects, [*NUMBERS, "pooled_std_error"])
    rows = effects[(effects["treatment"] == programme) & (effects["outcome"] == outcome)]
    scale = scale_of(outcome, names.labels, rows.assign(std_error=rows["pooled_std_error"]), ends=("pooled",))
    areas = _areas(rows, tiles, scale)
    title, subtitle = _finding(areas, programme, outcome, scale, names)
    note = sentences(_sizes(rows, names), names.labels.source())
    body = KEY + map_height(tiles) + 0.2 + PITCH * len(areas) + AXIS
    with house_style():
        sheet = compose(kicker=names.labels.title, title=title, subtitle=subtitle, note=note, body=body)
        end = _key(sheet, names)
        draw_tiles(sheet, tiles, _values(areas, scale), top=end - 0.08)
        _caterpillar(sheet, areas, scale, names, outcome, top=sheet.bottom + AXIS + PITCH * len(areas))
    text = caption(
        title,
        subtitle,
        names.say("area_caption", ci=names.say("ci_long", level=names.level)),
        names.say("area_map"),
        names.say("beyond_axis"),
        note,
        names.say("drawn_by", function="dampak.figures.programmes.area_effects.draw"),
    )
    return sheet.figure, text


def _areas(rows: pd.DataFrame, tiles: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Return every area of the map by its pooled effect, in the printed unit; unknown ones come last."""
    areas = tiles[["kab_code", "name", "short"]].assign(area=tiles["kab_code"].astype(str))
    own = rows.assign(area=rows["area"].astype(str))[["area", *NUMBERS]]
    joined = areas.merge(own.drop_duplicates("area"), on="area", how="left", validate="one_to_one")
    joined[NUMBERS] = scale(joined[NUMBERS].to_numpy(dtype=float))
    joined["firm"] = (joined["pooled_low"] > 0) | (joined["pooled_high"] < 0)
    return joined.sort_values(["pooled", "area"], ascending=[False, True], na_position="last").reset_index(drop=True)


def _finding(areas: pd.DataFrame, programme: str, outcome: str, scale: Scale, names: ProgrammeNames) -> tuple[str, str]:
    known = areas[areas["pooled"].notna()]
    words = {"treatment": names.programme(programme), "outcome": names.labels.inside(outcome)}
    if known.empty:
        return names.say("area_none", **words), ""
    counts = {"k": names.labels.count(int(known["firm"].sum())), "n": names.labels.count(len(known))}
    title = names.say("area_title", **words, **counts)
    low, high = known.iloc[-1], known.iloc[0]
    return title, names.say(
        "area_range",
        low=scale.text(float(low["pooled"])),
        high=scale.text(float(high["pooled"])),
        unit=scale.unit,
        lowest=str(low["name"]),
        highest=str(high["name"]),
    )


def _sizes(rows: pd.DataFrame, names: ProgrammeNames) -> str:
    known = rows.dropna(subset=["n_treated", "n_comparison"])
    if known.empty:
        return ""
    count = names.labels.count
    return names.say(
        "n_areas",
        treated=count(known["n_treated"].sum()),
        comparison=count(known["n_comparison"].sum()),
        low=count(known["n_treated"].min()),
        high=count(known["n_treated"].max()),
    )


def _values(areas: pd.DataFrame, scale: Scale) -> dict[str, Tile]:
    """Return what each tile shows; the ground is darker the farther the pooled effect is from zero."""
    known = areas[areas["pooled"].notna()]
    widest = float(known["pooled"].abs().max()) if len(known) else 1.0
    tiles = {}
    for row in records(known):
        pooled = float(row.pooled)
        # Never so dark that dark letters cannot be read on it.
        ground = shade(0.5 * abs(pooled) / (widest or 1.0), hue=UP if pooled >= 0 else DOWN)
        tiles[str(row.area)] = Tile(scale.text(pooled), ground, INK, firm=bool(row.firm))
    return tiles


def _key(sheet: Sheet, names: ProgrammeNames) -> float:
    entries = [
        (Mark(0, 0, 0, 1, colour=GREY, filled=False), names.say("area_raw_key")),
        (Mark(0, 0, 0, 1, colour=BLUE), names.say("area_pooled_key")),
        (Mark(0, 0, colour=INK, marker="s", filled=False, size=7), names.say("area_firm_key")),
    ]
    return write_key(sheet, MARGIN, sheet.top - 0.14, entries)


def _caterpillar(
    sheet: Sheet, areas: pd.DataFrame, scale: Scale, names: ProgrammeNames, outcome: str, *, top: float
) -> None:
    height = PITCH * len(areas)
    printed = [str(name) for name in areas["name"]]
    left = MARGIN + 0.36 + column_width(printed, cap=1.9, bold=[True] * len(printed)) + GUTTER
    texts = [_text(row, scale, names) for _, row in areas.iterrows()]
    right = WIDTH - MARGIN - max(text_width(t, bold=True) for t in texts) - GUTTER
    middles = [PITCH * (i + 0.5) for i in range(len(areas))]
    marks = []
    for y, row in zip(middles, records(areas), strict=True):
        raw, pooled = float(row.estimate), float(row.pooled)
        colour = VERMILLION if pooled < 0 else BLUE
        marks.append(Mark(y + 0.022, raw, float(row.ci_low), float(row.ci_high), OWN, filled=False, size=4, width=0.9))
        ends = float(row.pooled_low), float(row.pooled_high)
        marks.append(Mark(y - 0.012, pooled, *ends, colour, size=4.2, width=1.9))
    core = [*areas["pooled"], *areas["pooled_low"], *areas["pooled_high"], *areas["estimate"]]
    limits = limits_for(core, [*areas["ci_low"], *areas["ci_high"]], wide=2.0)
    strip = Strip(tuple(marks), limits, (), stripes_of([PITCH] * len(areas)))
    draw_strip(sheet, strip, left=left, top=top, width=right - left, height=height, language=names.language)
    axis = names.say("effect_axis", outcome=names.labels.inside(outcome), unit=names.say("unit", unit=scale.unit))
    sheet.write_centred((left + right) / 2, top - height - 0.2, axis, va="top")
    head = names.say("estimate_ci", ci=names.say("ci", level=names.level))
    sheet.write(WIDTH - MARGIN, top + 0.03, head, ha="right", va="bottom", color=GREY)
    for y, row, text in zip(middles, records(areas), texts, strict=True):
        weight = "bold" if row.firm else "normal"
        sheet.write(MARGIN, top - y, str(row.short), va="center_baseline", color=GREY)
        sheet.write(MARGIN + 0.36, top - y, str(row.name), va="center_baseline", weight=weight)
        sheet.write(right + GUTTER, top - y, text, va="center_baseline", weight=weight)


def _text(row: "pd.Series[Any]", scale: Scale, names: ProgrammeNames) -> str:
    if not np.isfinite(row["pooled"]):
        return names.say("no_estimate")
    ends = {"low": scale.text(row["pooled_low"]), "high": scale.text(row["pooled_high"])}
    return names.say("range", estimate=scale.text(row["pooled"]), **ends)
