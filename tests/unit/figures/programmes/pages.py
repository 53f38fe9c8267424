"""Every figure of a study of programmes, at full size and in the cases that break a layout."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.programmes import (
    area_effects,
    effects,
    linkage,
    overlaps,
    poverty,
    targeting,
    verdicts,
    waterfall,
)
from tests.unit.figures.programmes import sample

SIX = list(sample.OUTCOMES)[:6]


def full(language: str) -> Iterator[tuple[str, tuple[Figure, str]]]:
    """Yield each figure with made-up tables of the full size."""
    study = sample.settings(language)
    yield "effects", effects.draw(sample.effects(), sample.published(), study)
    yield "effects, six", effects.draw(sample.effects(), sample.published(), sample.settings(language, outcomes=SIX))
    yield "area effects", area_effects.draw(sample.by_area(), sample.tiles(), study)
    yield "verdicts", verdicts.draw(sample.verdicts(), study)
    yield "poverty", poverty.draw(sample.poverty(), study)
    yield "targeting", targeting.draw(*sample.targeting(), study)
    yield "linkage", linkage.draw(sample.linkage(), sample.tiles(), study)
    yield "waterfall", waterfall.draw(sample.waterfall(), study)
    yield "overlaps", overlaps.draw(sample.overlaps(), study)


def small(language: str) -> Iterator[tuple[str, tuple[Figure, str]]]:
    """Yield each figure with one programme, with one that nobody receives, and with empty tables."""
    one = sample.settings(language, programmes=["pkh"], outcomes=["food"])
    nobody = sample.settings(language, programmes=[sample.NOBODY], outcomes=["food"])
    loose = sample.settings(language, programmes=None)
    tables = {
        "effects": (sample.effects(), sample.published()),
        "areas": sample.by_area(),
        "verdicts": sample.verdicts(),
        "poverty": sample.poverty(),
        "linkage": sample.linkage(),
        "overlaps": sample.overlaps(),
    }
    targets, curves = sample.targeting()
    for name, study, chosen in (("one", one, ["pkh"]), ("nobody", nobody, [sample.NOBODY]), ("none", loose, [])):
        yield f"effects, {name}", effects.draw(_of(tables["effects"][0], chosen), None, study)
        yield (
            f"area effects, {name}",
            area_effects.draw(_of(tables["areas"], chosen).head(2), sample.tiles(), study),
        )
        yield f"verdicts, {name}", verdicts.draw(_of(tables["verdicts"], chosen), study)
        yield f"poverty, {name}", poverty.draw(_of(tables["poverty"], chosen), study)
        yield f"targeting, {name}", targeting.draw(_of(targets, chosen), _of(curves, chosen), study)
        register = _of(tables["linkage"], chosen, column="register")
        yield f"linkage, {name}", linkage.draw(register, sample.tiles(), study)
        yield f"waterfall, {name}", waterfall.draw(sample.waterfall().head(3 if chosen else 0), study)
        yield f"overlaps, {name}", overlaps.draw(_of(tables["overlaps"], chosen, column="programme_a"), study)


def _of(table: pd.DataFrame, chosen: list[str], *, column: str = "treatment") -> pd.DataFrame:
    return table[table[column].isin(chosen)]
