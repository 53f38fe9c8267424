"""The match stage: scores and support, pairs, strata and weights, other orders of matching. It is handed no outcome."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.match.methods import (
    NEIGHBOUR_FAMILIES,
    STRATUM_FAMILIES,
    Matched,
    Units,
    matched,
    pairing_options,
    units_of,
)
from dampak.match.order_sensitivity import order_sensitivity
from dampak.match.pairing import Pairs
from dampak.match.propensity import propensity_score
from dampak.match.specification import estimand_of, specifications
from dampak.match.support import KEPT, pairing_reasons, support_reasons, support_rows
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]

PAIR_COLUMNS = ["specification", "method", "focal_id", "match_id", "weight", "distance"]
ORDER_COLUMNS = ["method", "alternative", "focal_id", "match_id", "weight"]


def score_stage(design: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Estimate the propensity score of every specification, and mark common support.

    Parameters
    ----------
    design : DataFrame
        unit_id, treatment, survey_weight, covariates.
    settings : mapping
        covariates, placebo_outcomes, support, propensity; seed where the model draws at random.

    Returns
    -------
    dict of DataFrame
        `scores`: specification, unit_id, propensity, linear_propensity, in_support, support_reason.
    """
    treatment = design["treatment"].to_numpy() == 1
    rule, trim = str(settings["support"]["rule"]), float(settings["support"]["trim"])
    tables = []
    for specification, covariates in specifications(settings).items():
        fit = propensity_score(
            design[covariates].to_numpy(dtype=float),
            treatment,
            names=covariates,
            weight=design["survey_weight"].to_numpy(dtype=float),
            model=str(settings["propensity"]["model"]),
            folds=int(settings["propensity"]["folds"]),
            seed=seed_of(int(settings.get("seed", 0)), "propensity", specification),
        )
        reasons = support_reasons(fit.score, treatment, rule=rule, trim=trim)
        tables.append(
            pd.DataFrame(
                {
                    "specification": specification,
                    "unit_id": design["unit_id"],
                    "propensity": fit.score,
                    "linear_propensity": fit.linear,
                    "in_support": [not reason for reason in reasons],
                    "support_reason": reasons,
                }
            )
        )
    return {"scores": pd.concat(tables, ignore_index=True)}


def match_stage(design: pd.DataFrame, scores: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Pair, class and weight the units by every method of the study, in every specification.

    Parameters
    ----------
    design : DataFrame
        unit_id, treatment, survey_weight, exact columns, covariates.
    scores : DataFrame
        From `score_stage`.
    settings : mapping
        treatment, covariates, placebo_outcomes, exact, estimands, methods.

    Returns
    -------
    dict of DataFrame
        `pairs`: specification, method, focal_id, match_id, weight, distance. `weights`: specification, method,
        unit_id, weight (0: not used), stratum (-1: none). `support`: treatment, reason, n_treated, n_comparison,
        weight_treated, for the specification `main`.

    Raises
    ------
    ConfigError
        When the study names several estimands.
    DataError
        When a method leaves no treated or no comparison unit.
    """
    ids, name = design["unit_id"].to_numpy(), str(settings["treatment"]["name"])
    pairs_found, weights_found, support = [], [], []
    for specification, covariates in specifications(settings).items():
        score = scores_of(scores, specification, ids)
        units = units_of(design, score["propensity"].to_numpy(dtype=float), covariates, settings["exact"])
        if specification == "main":
            reasons = score["support_reason"].replace("", KEPT)
            support.append(support_rows(reasons, units.treatment, units.survey_weight, name=name))
        for method in settings["methods"]:
            label, estimand = str(method["label"]), estimand_of(method, settings)
            used = _used(score, method)
            where = f"method '{label}' (specification '{specification}')"
            _require_both(units, used, where=where, why="is on common support; relax `support` or drop on_support")
            found = matched(method, units, used=used, estimand=estimand)
            _require_both(units, found.weight > 0, where=where, why=_why_unmatched(method, settings))
            weights_found.append(
                pd.DataFrame(
                    {
                        "specification": specification,
                        "method": label,
                        "unit_id": ids,
                        "weight": found.weight,
                        "stratum": found.stratum if found.stratum.size else np.full(ids.size, -1, dtype=np.int64),
                    }
                )
            )
            if found.pairs is not None:
                pairs_found.append(_pairs_table(found.pairs, ids, specification, label))
            if specification == "main" and (found.pairs is not None or found.stratum.size):
                why = _reasons(method, found, units, used=used, estimand=estimand)
                rows = support_rows(why, units.treatment, units.survey_weight, name=name)
                support.append(rows.assign(reason=f"{label}: " + rows["reason"]))
    keys = PAIR_COLUMNS[:4]
    pairs = pd.concat(pairs_found) if pairs_found else pd.DataFrame(columns=PAIR_COLUMNS)
    return {
        "pairs": pairs.sort_values(keys, ignore_index=True),
        "weights": pd.concat(weights_found).sort_values(["specification", "method", "unit_id"], ignore_index=True),
        "support": pd.concat(support).sort_values(["treatment", "reason"], ignore_index=True),
    }


def orders_stage(design: pd.DataFrame, scores: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Repeat greedy matching without replacement in other orders, and with ties broken at random.

    Parameters
    ----------
    design, scores : DataFrame
        As in `match_stage`.
    settings : mapping
        covariates, placebo_outcomes, exact, estimands, methods, seed.

    Returns
    -------
    dict of DataFrame
        `orders`: method, alternative (`order: ...` or `ties: ...`), focal_id, match_id, weight, for the
        specification `main`; empty where no method matches greedily without replacement.
    """
    ids = design["unit_id"].to_numpy()
    score = scores_of(scores, "main", ids)
    covariates = specifications(settings)["main"]
    units = units_of(design, score["propensity"].to_numpy(dtype=float), covariates, settings["exact"])
    tables = [pd.DataFrame(columns=ORDER_COLUMNS)]
    for method in settings["methods"]:
        if method["method"] not in NEIGHBOUR_FAMILIES or method["replace"]:
            continue
        found = order_sensitivity(
            units.treatment,
            seed=int(settings.get("seed", 0)),
            name=str(method["label"]),
            **pairing_options(method, units, used=_used(score, method), estimand=estimand_of(method, settings)),
        )
        table = pd.DataFrame(
            {
                "method": str(method["label"]),
                "alternative": np.asarray(found.labels, dtype=object)[found.draw],
                "focal_id": ids[found.focal],
                "match_id": ids[found.match],
                "weight": found.weight,
            }
        )
        tables.append(table)
    found_any = [t for t in tables if len(t)] or tables
    return {"orders": pd.concat(found_any).sort_values(ORDER_COLUMNS[:4], ignore_index=True)}


def scores_of(scores: pd.DataFrame, specification: str, ids: NDArray[Any]) -> pd.DataFrame:
    """Return the scores of one specification in the order of the design's ids."""
    return scores[scores["specification"] == specification].set_index("unit_id").loc[ids].reset_index()


def _used(score: pd.DataFrame, method: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Units that a method may use."""
    return score["in_support"].to_numpy(dtype=bool) if method["on_support"] else np.ones(len(score), dtype=bool)


def _pairs_table(pairs: Pairs, ids: NDArray[Any], specification: str, label: str) -> pd.DataFrame:
    columns = (specification, label, ids[pairs.focal], ids[pairs.match], pairs.weight, pairs.distance)
    return pd.DataFrame(dict(zip(PAIR_COLUMNS, columns, strict=True)))


def _reasons(
    method: Mapping[str, Any], found: Matched, units: Units, *, used: NDArray[np.bool_], estimand: str
) -> pd.Series:
    """Why each unit is or is not in a pair or stratum."""
    if found.pairs is None:
        why = np.where(found.weight > 0, KEPT, f"no unit of the other group in its {_NOUN[method['method']]}")
        return pd.Series(np.where(used, why, "off common support"))
    return pairing_reasons(
        found.pairs,
        units.treatment if estimand == "att" else ~units.treatment,
        score=units.propensity,
        exact=units.exact,
        used=used,
        caliper=method["caliper"],
        sought="comparison" if estimand == "att" else "treated",
        limits=[option for option in ("covariate_calipers", "anti_exact") if method.get(option)],
    )


_NOUN = dict(zip(STRATUM_FAMILIES, ("matched set", "class", "cell"), strict=True))


def _require_both(units: Units, used: NDArray[np.bool_], *, where: str, why: str) -> None:
    for group, members in (("treated", units.treatment), ("comparison", ~units.treatment)):
        if not (members & used).any():
            raise DataError(f"{where}: no {group} unit {why}")


def _why_unmatched(method: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    if method["method"] == "cem":
        return "shares its cell with the other group; use fewer bins or covariates, or remove the method"
    limits = [f"equal {', '.join(settings['exact'])} (`exact`)"] if settings["exact"] else []
    if method.get("caliper") is not None:
        limits.append(f"a score within {method['caliper']:g} SD (`caliper`)")
    limits += [f"{name} within {width:g}" for name, width in (method.get("covariate_calipers") or {}).items()]
    limits += [f"another {name} (`anti_exact`)" for name in method.get("anti_exact") or []]
    return f"has a match with {' and '.join(limits) or 'the other group'}; relax that limit or remove the method"
