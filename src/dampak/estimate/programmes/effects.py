"""The effects stage of one treatment: every universe, outcome, method, subgroup and kabupaten/kota."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.clean.expression import evaluate
from dampak.errors import DataError
from dampak.estimate.methods import estimate_effect, question_of
from dampak.estimate.multiplicity import anderson_q, holm
from dampak.estimate.programmes.areas import AREA_COLUMNS, area_effects
from dampak.estimate.programmes.linkage import imputed_headline, probability_of
from dampak.estimate.programmes.samples import programme_sample, with_outcome
from dampak.estimate.sample import Sample
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES, by_keys, effect_values
from dampak.match.programmes.analysis import Analysis, analysis_of
from dampak.match.programmes.stage import EVERYONE, PROBLEM_COLUMNS, WEIGHTED_FAMILIES, scopes
from dampak.match.specification import headline_labels

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Fewer units of a group with an outcome have no spread. What is enough to be believed, the verdict's gate says.
FEWEST = 2


def programme_effects(
    treatment: str,
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    """Estimate all effects of one treatment.

    Parameters
    ----------
    treatment : str
    tables : mapping of DataFrame
        `households`, `persons` and `receipts` as in `analysis_of`; `household_outcomes` and `person_outcomes` with the
        rows of the first two; `scores`, `weights` and `problems` of `match_programme`.
    settings : mapping
        As in `match_programme`; and alpha, multiplicity, linkage.

    Returns
    -------
    dict of DataFrame
        `effects`: the stable effects table of this treatment; method `<headline>_imputed` pools the headline method
        over the uncertainty of linkage. `areas`: `AREA_COLUMNS`. `problems`: those of matching and of estimation.
    """
    spec = settings["treatments"][treatment]
    identity = tables["households"][settings["survey"]["household_id"]].to_numpy(dtype=np.int64)
    chance = probability_of(treatment, tables["receipts"], identity, settings)
    rows: list[dict[str, Any]] = []
    areas: list[pd.DataFrame] = []
    problems: list[tuple[str, str, str, str, str]] = []
    for universe, about in settings["universes"].items():
        whole = analysis_of(
            treatment,
            universe,
            households=tables["households"],
            persons=tables["persons"],
            receipts=tables["receipts"],
            settings=settings,
        )
        measured = tables["household_outcomes" if about["of"] == "households" else "person_outcomes"]
        for scope, analysis, sample in _ready(whole, universe, tables, settings):
            placebos = about["placebo_outcomes"] if scope == EVERYONE else []
            terms = [*about["outcomes"], *({"name": name, "expression": None} for name in placebos)]
            for term in terms:
                outcome = str(term["name"])
                y = _outcome(term, measured, analysis, settings, universe)
                known = np.isfinite(y)
                if sentence := _too_few(known, analysis):
                    problems.append((treatment, universe, scope, str(settings["headline"]), f"{outcome}: {sentence}"))
                    continue
                filled, part = np.where(known, y, 0.0), with_outcome(sample, known)
                for method in _methods(sample, scope, settings):
                    question = question_of(outcome, method, settings)
                    try:
                        result = estimate_effect(method, sample=part, outcome=filled, question=question)
                    except DataError as error:
                        problems.append((treatment, universe, scope, str(method["label"]), f"{outcome}: {error}"))
                        continue
                    key = _key(treatment, spec["comparison"], outcome, scope, question.estimand, str(method["label"]))
                    rows.append(key | effect_values(result, alpha=question.alpha))
                if scope != EVERYONE or outcome in placebos:
                    continue
                label, _ = headline_labels(str(settings["headline"]))
                try:
                    pooled = imputed_headline(
                        outcome, filled, analysis=analysis, sample=part, probability=chance, settings=settings
                    )
                except DataError as error:
                    pooled = None
                    problems.append((treatment, universe, scope, label, f"{outcome}: {error}"))
                if pooled is not None:
                    key = _key(treatment, spec["comparison"], outcome, scope, settings["estimands"][0], label)
                    rows.append(key | effect_values(pooled, alpha=float(settings["alpha"])))
                areas.append(area_effects(treatment, outcome, analysis, part, filled, settings))
    found = pd.DataFrame(rows, columns=EFFECT_KEYS + EFFECT_VALUES)
    found = _adjusted(found, settings)
    earlier = tables["problems"]
    told = pd.DataFrame(problems, columns=PROBLEM_COLUMNS)
    by_area = [table for table in areas if len(table)]
    return {
        "effects": by_keys(found, EFFECT_KEYS),
        "areas": pd.concat(by_area, ignore_index=True) if by_area else pd.DataFrame(columns=AREA_COLUMNS),
        "problems": pd.concat([t for t in (earlier, told) if len(t)] or [told], ignore_index=True),
    }


def _ready(
    whole: Analysis, universe: str, tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> Iterator[tuple[str, Analysis, Sample]]:
    """Scopes that the match stage weighted, with their samples."""
    weights = tables["weights"]
    weights = weights[weights["universe"] == universe]
    scores = tables["scores"]
    scores = scores[scores["universe"] == universe]
    weighted = set(weights["scope"])
    for scope, analysis in scopes(whole, tables["households"], settings):
        if scope not in weighted:
            continue
        own = scores if scope == EVERYONE else scores.iloc[:0]
        mine = weights[weights["scope"] == scope]
        yield (
            scope,
            analysis,
            programme_sample(
                analysis, households=tables["households"], scores=own, weights=mine, settings=settings
            ),
        )  # fmt: skip


def _outcome(
    term: Mapping[str, Any], measured: pd.DataFrame, analysis: Analysis, settings: Mapping[str, Any], universe: str
) -> FloatArray:
    """Values of an outcome for the units of an analysis, NaN where missing."""
    where = f"{settings['path']}: universes: {universe}: {term['name']}"
    return evaluate(str(term["expression"] or term["name"]), measured.iloc[analysis.row], where=where)


def _too_few(known: BoolArray, analysis: Analysis) -> str:
    """Why an outcome cannot be compared, where next to no unit of a group has it; else empty."""
    treated, comparison = (int((known & group).sum()) for group in (analysis.treatment, ~analysis.treatment))
    if min(treated, comparison) >= FEWEST:
        return ""
    return f"{treated} treated and {comparison} comparison units have it, too few to compare"


def _methods(sample: Sample, scope: str, settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Methods of the study that have what they need here: in subgroups the headline method only."""
    return [
        method
        for method in settings["methods"]
        if (scope == EVERYONE or method["label"] == settings["headline"])
        and (method["method"] not in WEIGHTED_FAMILIES or method["label"] in sample.weights)
    ]


def _key(treatment: str, comparison: str, outcome: str, scope: str, estimand: str, method: str) -> dict[str, str]:
    return dict(zip(EFFECT_KEYS, (treatment, comparison, outcome, scope, estimand, method), strict=True))


def _adjusted(found: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Fill p_adjusted over the real outcomes of a treatment, within subgroup and method; placebo outcomes have none."""
    placebos = {name for about in settings["universes"].values() for name in about["placebo_outcomes"]}
    family = found[~found["outcome"].isin(placebos)]
    adjust = {"holm": holm, "anderson_q": anderson_q}[settings["multiplicity"]]
    for _, rows in family.groupby(["subgroup", "method"], sort=True):
        found.loc[rows.index, "p_adjusted"] = adjust(rows["p_value"].to_numpy(dtype=float))
    return found
