"""The match stage of one treatment: scores, weights, balance in every universe and subgroup. It is handed no outcome.

What cannot be done is said, not raised: a programme with few recipients must not take the others with it. The verdict
turns each such sentence into a gate that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.clean.expression import evaluate
from dampak.errors import DataError
from dampak.match.balance import balance, standardiser
from dampak.match.balance_stage import BALANCE_KEYS, BALANCE_VALUES, balance_values, rounded
from dampak.match.methods import PAIR_FAMILIES, STRATUM_FAMILIES, Matched, Units, matched
from dampak.match.programmes.analysis import Analysis, analysis_of
from dampak.match.propensity import propensity_score
from dampak.match.specification import estimand_of
from dampak.match.support import support_reasons
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

EVERYONE = "all"
WEIGHTED_FAMILIES = (*PAIR_FAMILIES, *STRATUM_FAMILIES, "ipw", "overlap", "entropy_balancing", "cbps")
NEEDS_SCORE = (*PAIR_FAMILIES, "full", "subclass", "ipw", "overlap")
WEIGHT_COLUMNS = ["universe", "scope", "method", "unit_id", "weight", "stratum"]
SCORE_COLUMNS = ["universe", "unit_id", "propensity", "in_support"]
PROBLEM_COLUMNS = ["treatment", "universe", "scope", "method", "problem"]


def match_programme(
    treatment: str,
    households: pd.DataFrame,
    persons: pd.DataFrame,
    receipts: pd.DataFrame,
    settings: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    """Weight the units of one treatment by every method of the study, in every universe and subgroup.

    Parameters
    ----------
    treatment : str
    households, persons, receipts : DataFrame
        As in `analysis_of`.
    settings : mapping
        As in `analysis_of`; and subgroups, methods, headline, estimands, propensity, support, gates, seed.

    Returns
    -------
    dict of DataFrame
        `scores`: universe, unit_id, propensity, in_support. `weights`: universe, scope (`all` or a subgroup), method,
        unit_id, weight (> 0), stratum (-1: none); subgroups have the headline method only. `support`: treatment,
        universe, reason, n_treated, n_comparison, weight_treated. `balance`: keys treatment, method, covariate, of the
        universe of households; `imbalance`: treatment, universe, scope, method, covariate, smd_after, the worst
        covariate of each. `problems`: treatment, universe, scope, method, problem, in sentences.
    """
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in ("scores", "weights", "support", "balance")}
    worst: list[tuple[str, str, str, str, str, float]] = []
    problems: list[tuple[str, str, str, str, str]] = []
    for universe, about in settings["universes"].items():
        whole = analysis_of(
            treatment, universe, households=households, persons=persons, receipts=receipts, settings=settings
        )
        support = whole.left_out.assign(treatment=treatment, universe=universe)
        found["support"].append(support)
        for scope, analysis in scopes(whole, households, settings):
            n = int(analysis.treatment.sum())
            if min(n, int((~analysis.treatment).sum())) < int(settings["gates"]["treated"]):
                problems.append((treatment, universe, scope, EVERYONE, _too_few(n, analysis, settings)))
                continue
            name = f"{treatment} {universe} {scope}"
            units, in_support, sentence = _scored(analysis, settings, name=name, needed=_needs_score(settings, scope))
            if sentence:
                problems.append((treatment, universe, scope, "propensity", sentence))
            if scope == EVERYONE:
                scores = {"unit_id": analysis.unit_id, "propensity": units.propensity, "in_support": in_support}
                found["scores"].append(pd.DataFrame({"universe": universe, **scores}))
            made, failed = _weights(units, in_support, settings, scope)
            problems += [(treatment, universe, scope, method, problem) for method, problem in failed]
            key = {"universe": universe, "scope": scope}
            found["weights"] += [_used(m, analysis).assign(**key, method=method) for method, m in made.items()]
            by_method = {method: m.weight for method, m in made.items()}
            for method, (covariate, gap) in _imbalance(units, by_method).items():
                worst.append((treatment, universe, scope, method, covariate, gap))
            if scope == EVERYONE and about["of"] == "households":
                found["balance"].append(_balance(treatment, units, by_method))
    return {
        "scores": _stacked(found["scores"], SCORE_COLUMNS, SCORE_COLUMNS[:2]),
        "weights": _stacked(found["weights"], WEIGHT_COLUMNS, WEIGHT_COLUMNS[:4]),
        "support": _stacked(
            found["support"], ["treatment", "universe", "reason", "n_treated", "n_comparison", "weight_treated"],
            ["treatment", "universe", "reason"],
        ),
        "balance": _stacked(found["balance"], BALANCE_COLUMNS, BALANCE_KEYS),
        "imbalance": pd.DataFrame(
            worst, columns=["treatment", "universe", "scope", "method", "covariate", "smd_after"]
        ),
        "problems": pd.DataFrame(problems, columns=PROBLEM_COLUMNS),
    }  # fmt: skip


def scopes(
    whole: Analysis, households: pd.DataFrame, settings: Mapping[str, Any]
) -> Iterator[tuple[str, Analysis]]:  # fmt: skip
    """Yield the whole analysis as `all`, then the part of each subgroup that neither is empty nor all of it."""
    yield EVERYONE, whole
    for name, expression in settings["subgroups"].items():
        where = f"{settings['path']}: subgroups: {name}"
        member = (evaluate(expression, households, where=where) == 1)[whole.household]
        if member.any() and not member.all():
            yield name, whole.part(member)


def _too_few(n: int, analysis: Analysis, settings: Mapping[str, Any]) -> str:
    comparison = int((~analysis.treatment).sum())
    if n == 0:
        return "no surveyed unit is linked to it, so its effect cannot be estimated from this survey"
    return (
        f"{n} treated and {comparison} comparison units are left, and {settings['gates']['treated']} of each are "
        "needed (`gates: treated`)"
    )


def _needs_score(settings: Mapping[str, Any], scope: str) -> bool:
    """Whether a score is asked for: of everyone for its figure, of a subgroup where the headline method rests on it."""
    headline = next(m for m in settings["methods"] if m["label"] == settings["headline"])
    return scope == EVERYONE or headline["method"] in NEEDS_SCORE or bool(headline["on_support"])


def _scored(
    analysis: Analysis, settings: Mapping[str, Any], *, name: str, needed: bool
) -> tuple[Units, BoolArray, str]:
    """Units with their propensity score and support; NaN where it is not needed or, with a sentence, has no answer."""
    sentence, score = "", np.full(analysis.unit_id.size, np.nan)
    in_support = np.ones(score.size, dtype=bool)
    if not needed:
        return analysis.units(score), in_support, ""
    try:
        score = propensity_score(
            analysis.covariates,
            analysis.treatment,
            names=analysis.names,
            weight=analysis.survey_weight,
            model=str(settings["propensity"]["model"]),
            folds=int(settings["propensity"]["folds"]),
            seed=seed_of(int(settings.get("seed", 0)), "propensity", name),
        ).score
    except DataError as error:
        sentence = str(error)
    else:
        support = settings["support"]
        reasons = support_reasons(score, analysis.treatment, rule=support["rule"], trim=support["trim"])
        in_support = np.array([not reason for reason in reasons])
    return analysis.units(score), in_support, sentence


def _weights(
    units: Units, in_support: BoolArray, settings: Mapping[str, Any], scope: str
) -> tuple[dict[str, Matched], list[tuple[str, str]]]:
    """What every method that makes weights made of the units, and a sentence for each that could not."""
    made: dict[str, Matched] = {}
    failed: list[tuple[str, str]] = []
    for method in settings["methods"]:
        label, family = str(method["label"]), str(method["method"])
        if family not in WEIGHTED_FAMILIES or (scope != EVERYONE and label != settings["headline"]):
            continue
        if family in NEEDS_SCORE and not np.isfinite(units.propensity).all():
            failed.append((label, "there is no propensity score to match or weight by"))
            continue
        used = in_support if method["on_support"] else np.ones(in_support.size, dtype=bool)
        try:
            result = matched(method, units, used=used, estimand=estimand_of(method, settings))
            _require_both(result, units.treatment)
        except DataError as error:
            failed.append((label, str(error)))
            continue
        made[label] = result
    return made, failed


def _used(result: Matched, analysis: Analysis) -> pd.DataFrame:
    """Units with a weight: unit_id, weight, stratum."""
    at = np.flatnonzero(result.weight > 0)
    return pd.DataFrame({"unit_id": analysis.unit_id[at], "weight": result.weight[at], "stratum": _sets(result, at)})


def _require_both(result: Matched, treatment: BoolArray) -> None:
    for group, members in (("treated", treatment), ("comparison", ~treatment)):
        if not (members & (result.weight > 0)).any():
            raise DataError(f"no {group} unit has a match; relax the caliper or `exact`")


def _sets(result: Matched, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Matched set, numbered by its focal unit's row, or stratum of the used units; -1 = none."""
    if result.stratum.size:
        return result.stratum[at]
    member = np.full(result.weight.size, -1, dtype=np.int64)
    if result.pairs is not None:
        member[result.pairs.focal] = result.pairs.focal
        member[result.pairs.match] = result.pairs.focal
    return member[at]


def _imbalance(units: Units, by_method: Mapping[str, FloatArray]) -> dict[str, tuple[str, float]]:
    """The covariate with the largest |standardised mean difference| under each method."""
    t, x, survey = units.treatment, units.covariates, units.survey_weight
    of_treated = survey * t
    mean = of_treated @ x / of_treated.sum()
    scale = np.sqrt(np.maximum(of_treated @ (x - mean) ** 2 / of_treated.sum(), 0))
    worst = {}
    for method, weight in by_method.items():
        apart = np.where(t, weight, 0.0) / (weight @ t) - np.where(t, 0.0, weight) / (weight @ ~t)
        gap = np.divide(apart @ x, scale, out=np.zeros(scale.size), where=scale > 0)
        j = int(np.argmax(np.round(np.abs(gap), 6)))
        worst[method] = (str(units.names[j]), rounded(float(gap[j])))
    return worst


BALANCE_COLUMNS = [*BALANCE_KEYS, *BALANCE_VALUES]


def _balance(treatment: str, units: Units, by_method: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Balance of every covariate and the score, before and after every method."""
    columns = dict(zip(units.names, units.covariates.T, strict=True))
    if np.isfinite(units.propensity).all():
        columns["propensity"] = units.propensity
    rows = []
    for covariate, x in columns.items():
        order = np.argsort(x, kind="stable")
        scale = standardiser(x, units.treatment, estimand="att", survey_weight=units.survey_weight)
        options: dict[str, Any] = {"scale": scale, "order": order}
        before = balance(x, units.treatment, weight=units.survey_weight, **options)
        for method, weight in by_method.items():
            after = balance(x, units.treatment, weight=weight, **options)
            key = dict(zip(BALANCE_KEYS, (treatment, method, covariate), strict=True))
            rows.append(key | balance_values(before, after))
    return pd.DataFrame(rows, columns=BALANCE_COLUMNS)


def _stacked(tables: list[pd.DataFrame], columns: list[str], keys: list[str]) -> pd.DataFrame:
    whole = pd.concat(tables) if tables else pd.DataFrame(columns=columns)
    return whole[columns].sort_values(keys, kind="stable", ignore_index=True)
