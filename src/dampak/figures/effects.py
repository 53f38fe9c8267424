"""Figure: the estimated effects by every method, held against the experiment where there is one."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dampak.figures.effect_terms import EFFECT_TERMS
from dampak.figures.forest import Band, Panel, Row, draw_panels, panel_height
from dampak.figures.labels import Labels, caption, read_labels, sentences
from dampak.figures.numbers import amount, decimals, number, percent
from dampak.figures.sheet import compose
from dampak.figures.style import BLUE, GREEN, GREY, house_style

UNADJUSTED = "difference_in_means"
MANY = 3  # with more panels than this only the headline method is drawn


def draw(effects: pd.DataFrame, benchmark: pd.DataFrame | None, settings: Mapping[str, Any]) -> tuple[Figure, str]:
    """Draw a forest of estimates with confidence intervals, one panel per outcome.

    Parameters
    ----------
    effects
        `tables/effects.csv` of the study; placebo outcomes and subgroups are left out.
    benchmark
        `tables/effects.csv` of the study that `settings["benchmark"]` names, or None.
    settings
        Those of `read_labels`, and `outcomes` ([{`name`}]), `benchmark` ({`study`, `method`} or None), `alpha`.

    Returns
    -------
    figure, caption
        The title states how near the adjusted estimates come to the experiment or, without one, what the headline
        method found.
    """
    labels = read_labels(settings, terms=EFFECT_TERMS)
    names = [o["name"] if isinstance(o, Mapping) else str(o) for o in settings["outcomes"]]
    level = percent(1 - float(settings.get("alpha", 0.05)), language=labels.language)
    whole = effects[(effects["subgroup"] == "all") & effects["outcome"].isin(names)]
    keys = _panel_keys(whole, names, labels.headline)
    reference = settings.get("benchmark") if benchmark is not None else None
    bands = {key: _reference(benchmark, key, reference) for key in keys}
    title, subtitle = _finding(whole, keys, bands, labels, level=level)
    drawn = whole[whole["method"] == labels.headline] if len(keys) > MANY else whole
    panels = [_panel(_rows_of(drawn, key), key, bands[key], labels, level=level, alone=_alone(keys)) for key in keys]
    panels = [panel for panel in panels if panel.rows]
    note = sentences(labels.sizes(drawn), labels.source())
    with house_style():
        sheet = compose(
            kicker=labels.title, title=title, subtitle=subtitle, note=note, body=sum(map(panel_height, panels))
        )
        if panels:
            draw_panels(sheet, panels, language=labels.language)
    ci = labels.say("ci_long", level=level)
    estimands = set(whole["estimand"])
    text = caption(
        title,
        subtitle,
        labels.say(
            "effects_caption" if estimands == {"att"} else "effects_caption_other", treatment=labels.treatment, ci=ci
        ),
        labels.say("unadjusted_grey") if UNADJUSTED in map(labels.family, drawn["method"]) else "",
        labels.say("headline_only") if len(keys) > MANY else labels.say("headline_bold") if labels.headline else "",
        labels.say("benchmark_caption", ci=ci, study=reference["study"], method=labels.method(reference["method"]))
        if reference and any(bands.values())
        else "",
        note,
        labels.say("drawn_by", function="dampak.figures.effects.draw"),
    )
    return sheet.figure, text


Key = tuple[str, str, str]  # outcome, estimand, comparison arm


def _panel_keys(whole: pd.DataFrame, names: list[str], headline: str) -> list[Key]:
    """Return one key per panel: outcomes in the order of the study, the headline's estimand first, then the others."""
    columns = whole[["outcome", "estimand", "comparison"]].drop_duplicates()
    found = [(str(o), str(e), str(c)) for o, e, c in columns.itertuples(index=False)]
    first = set(whole.loc[whole["method"] == headline, "estimand"])
    return sorted(found, key=lambda key: (names.index(key[0]), key[1] not in first, key[1:]))


def _alone(keys: list[Key]) -> bool:
    """Return whether the outcome alone tells the panels apart."""
    return len({key[0] for key in keys}) == len(keys)


def _rows_of(effects: pd.DataFrame, key: Key) -> pd.DataFrame:
    outcome, estimand, comparison = key
    return effects[
        (effects["outcome"] == outcome) & (effects["estimand"] == estimand) & (effects["comparison"] == comparison)
    ]


def _reference(
    benchmark: pd.DataFrame | None, key: Key, reference: Mapping[str, Any] | None
) -> Mapping[str, float] | None:
    """Return the benchmark's row for a panel, or None where it did not estimate that outcome."""
    if benchmark is None or reference is None:
        return None
    rows = benchmark[
        (benchmark["subgroup"] == "all")
        & (benchmark["outcome"] == key[0])
        & (benchmark["method"] == reference["method"])
        & benchmark["estimate"].notna()
    ]
    if rows.empty:
        return None
    # The same estimand where the benchmark has it; an experiment's estimate stands for all of them.
    same = rows[rows["estimand"] == key[1]]
    return dict((rows if same.empty else same).iloc[0][["estimate", "ci_low", "ci_high"]].astype(float))


def _panel(
    effects: pd.DataFrame, key: Key, band: Mapping[str, float] | None, labels: Labels, *, level: str, alone: bool
) -> Panel:
    """Turn the rows of one panel into a forest."""
    outcome = key[0]
    digits = decimals(effects["std_error"])
    by_method = {str(row["method"]): row for _, row in effects.iterrows()}
    ci = labels.say("ci", level=level)
    heading = labels.inside(outcome)
    if not alone:
        heading = labels.say("panel", outcome=heading, estimand=" ".join(k.upper() for k in key[1:] if k != "none"))
    return Panel(
        rows=tuple(
            Row(
                label=labels.method(method),
                estimate=float(by_method[method]["estimate"]),
                low=float(by_method[method]["ci_low"]),
                high=float(by_method[method]["ci_high"]),
                cells=(interval_text(by_method[method], labels, digits=digits),),
                colour=GREY if labels.family(method) == UNADJUSTED else BLUE,
                bold=method == labels.headline,
            )
            for method in labels.ordered(effects["method"])
        ),
        axis=labels.say("effect_axis", outcome=heading, unit=labels.in_unit(outcome)),
        heads=(labels.say("estimate_ci", ci=ci),),
        band=_band(band, outcome, labels, digits=digits) if band else None,
    )


def interval_text(row: "pd.Series[Any]", labels: Labels, *, digits: int) -> str:
    """Return the estimate of a row of `effects.csv` with its interval, as text: `1,729 (131 to 3,327)`."""
    estimate, low, high = (float(row[c]) for c in ("estimate", "ci_low", "ci_high"))
    if not math.isfinite(estimate):
        return labels.say("no_estimate")
    values = {
        name: number(value, language=labels.language, digits=digits)
        for name, value in (("estimate", estimate), ("low", low), ("high", high))
    }
    known = math.isfinite(low) and math.isfinite(high)
    return labels.say("range", **values) if known else labels.say("no_interval", estimate=values["estimate"])


def _band(band: Mapping[str, float], outcome: str, labels: Labels, *, digits: int) -> Band:
    """Turn the row of the experiment into a band; a row without an interval gives a line only."""
    estimate, low, high = band["estimate"], band["ci_low"], band["ci_high"]
    known = math.isfinite(low) and math.isfinite(high)
    text = _money(outcome, labels, digits=digits)(estimate)
    if known:
        ends = {k: number(v, language=labels.language, digits=digits) for k, v in (("low", low), ("high", high))}
        text = labels.say("range", estimate=text, **ends)
    return Band(
        estimate=estimate,
        low=low if known else estimate,
        high=high if known else estimate,
        label=labels.say("experiment", estimate=text),
        colour=GREEN,
    )


def _money(outcome: str, labels: Labels, *, digits: int) -> Any:
    """Return the function that writes a value of an outcome with its unit."""
    return lambda value: amount(value, labels.unit(outcome), language=labels.language, digits=digits)


def _finding(
    whole: pd.DataFrame,
    keys: list[Key],
    bands: Mapping[Key, Mapping[str, float] | None],
    labels: Labels,
    *,
    level: str,
) -> tuple[str, str]:
    """Return title and subtitle: against the experiment for one panel that has one, else of the headline method."""
    if len(keys) == 1 and bands[keys[0]]:
        found = _against(_rows_of(whole, keys[0]), keys[0][0], bands[keys[0]] or {}, labels)
        if found:
            return found
    headline = whole[(whole["method"] == labels.headline) & whole["estimate"].notna()]
    if headline.empty:
        return labels.say("effects_none", treatment=labels.treatment), ""
    if len(headline) > 1:
        clear = int(((headline["ci_low"] > 0) | (headline["ci_high"] < 0)).sum())
        values = {"treatment": labels.treatment, "n": labels.count(len(headline)), "k": labels.count(clear)}
        title = labels.say("effects_many" if clear else "effects_many_none", **values)
        return title, labels.say("effects_headline_many", method=labels.method(labels.headline))
    row = headline.iloc[0]
    return _of_headline(row, labels, digits=decimals([row["std_error"]]), level=level)


def _against(effects: pd.DataFrame, outcome: str, band: Mapping[str, float], labels: Labels) -> tuple[str, str] | None:
    """State how near the estimates come to the experiment; None where there is nothing to compare."""
    known = effects[effects["estimate"].notna()]
    gaps = (known["estimate"] - band["estimate"]).abs()
    inside = known["estimate"].between(band["ci_low"], band["ci_high"])
    raw = known["method"].map(labels.family) == UNADJUSTED
    money = _money(outcome, labels, digits=decimals(known["std_error"]))
    benchmark = money(band["estimate"])
    if raw.all():
        if known.empty:
            return None
        return labels.say("effects_raw_only", gap=money(gaps.iloc[0]), benchmark=benchmark), ""
    adjusted, hits = gaps[~raw], inside[~raw]
    if hits.all():
        title = labels.say("effects_recover", gap=money(adjusted.max()), benchmark=benchmark)
    elif hits.any():
        counts = {"k": labels.count(int(hits.sum())), "n": labels.count(len(hits))}
        title = labels.say("effects_recover_some", benchmark=benchmark, **counts)
    else:
        title = labels.say("effects_miss", benchmark=benchmark, gap=money(adjusted.min()))
    if not raw.any():
        return title, ""
    key = "effects_raw_hits" if inside[raw].iloc[0] else "effects_raw_misses"
    return title, labels.say(key, gap=money(gaps[raw].iloc[0]))


def _of_headline(row: "pd.Series[Any]", labels: Labels, *, digits: int, level: str) -> tuple[str, str]:
    """State what the headline method found for the only outcome."""
    outcome, estimate, low, high = row["outcome"], float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"])
    money = _money(outcome, labels, digits=digits)
    words = {"treatment": labels.treatment, "outcome": labels.inside(outcome)}
    if not (math.isfinite(low) and math.isfinite(high)):
        return labels.say("effects_no_interval", estimate=money(estimate), **words), ""
    if low > 0:
        title = labels.say("effects_raises", estimate=money(estimate), **words)
    elif high < 0:
        title = labels.say("effects_lowers", estimate=money(-estimate), **words)
    else:
        title = labels.say("effects_unclear", **words)
    ci = labels.say("ci", level=level)
    text = labels.say("with_ci", estimate=money(estimate), ci=ci, low=money(low), high=money(high))
    return title, labels.say("effects_headline", method=labels.method(labels.headline), estimate=text)
