"""A map of one tile per kabupaten/kota, each of the same size."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.patches import Rectangle

from dampak.figures.programmes.records import records
from dampak.figures.sheet import MARGIN, Sheet
from dampak.figures.style import INK, PALE, WIDTH

TILE = 0.34  # inches, height


@dataclass(frozen=True)
class Tile:
    """What is drawn in a tile: its number, ground and ink; a `firm` one has a dark edge and bold type."""

    text: str
    ground: str
    ink: str
    firm: bool


def map_height(tiles: pd.DataFrame) -> float:
    """Return the height of the map in inches."""
    return TILE * (int(tiles["row"].max()) - int(tiles["row"].min()) + 1)


def draw_tiles(sheet: Sheet, tiles: pd.DataFrame, values: Mapping[str, Tile], *, top: float) -> None:
    """Draw the map below a height in inches, across the page.

    Parameters
    ----------
    tiles
        `config/areas/*_tiles.csv`: kab_code, short, row, col.
    values
        By area code; an area without one is drawn empty.
    """
    first, last = int(tiles["col"].min()), int(tiles["col"].max())
    step = (WIDTH - 2 * MARGIN) / (last - first + 1)
    axes = sheet.axes(MARGIN, top - map_height(tiles), WIDTH - 2 * MARGIN, map_height(tiles))
    axes.set_xlim(0, last - first + 1)
    axes.set_ylim(map_height(tiles) / TILE, 0)
    axes.axis("off")
    for row in records(tiles.sort_values("kab_code")):
        x, y = int(row.col) - first, int(row.row) - int(tiles["row"].min())
        tile = values.get(str(row.kab_code), Tile("–", "white", INK, firm=False))
        edge, width = (INK, 1.3) if tile.firm else (PALE, 0.6)
        box = (x + 0.03, y + 0.04)
        axes.add_patch(Rectangle(box, 0.94, 0.92, facecolor=tile.ground, edgecolor=edge, linewidth=width))
        place = MARGIN + (x + 0.5) * step
        middle = top - (y + 0.5) * TILE
        weight = "bold" if tile.firm else "normal"
        sheet.write(place, middle + 0.07, str(row.short), ha="center", va="center_baseline", color=tile.ink)
        sheet.write(place, middle - 0.07, tile.text, ha="center", va="center_baseline", color=tile.ink, weight=weight)
