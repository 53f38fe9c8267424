"""The match stage: scores and support, pairs and weights, balance. It is handed no outcome."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.match.balance import balance, standardiser
from dampak.match.pairing import NEIGHBOUR_FAMILIES, Pairs, nearest
from dampak.match.propensity import logit_score
from dampak.match.specification import one_estimand, specifications
from dampak.match.support import KEPT, pairing_reasons, support_reasons, support_rows
from dampak.match.weighting import entropy_balancing, inverse_probability_weights, pair_weights

FloatArray = NDArray[np.float64]

BALANCE_KEYS = ["treatment", "method", "covariate"]
# Differences of means and distributions below half of this are rounding of the weights (ten significant digits), and
# their digits depend on the processor; exact balance is written as 0.
DECIMALS = 9


def score_stage(design: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Estimate the propensity score of every specification, and mark common support.

    Parameters
    ----------
    design : DataFrame
        unit_id, treatment, survey_weight, covariates.
    settings : mapping
        covariates, placebo_outcomes, support.

    Returns
    -------
    dict of DataFrame
        `scores`: specification, unit_id, propensity, linear_propensity, in_support, support_reason.
    """
    treatment = design["treatment"].to_numpy() == 1
    rule, trim = str(settings["support"]["rule"]), float(settings["support"]["trim"])
    tables = []
    for specification, covariates in specifications(settings).items():
        fit = logit_score(
            design[covariates].to_numpy(dtype=float),
            treatment,
            names=covariates,
            weight=design["survey_weight"].to_numpy(dtype=float),
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
    """Pair and weight the units by every method of the study, in every specification.

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
        unit_id, weight (0: not used). `support`: treatment, reason, n_treated, n_comparison, weight_treated, for the
        specification `main`.

    Raises
    ------
    ConfigError
        When the study names several estimands.
    DataError
        When a method leaves no treated or no comparison unit.
    """
    ids = design["unit_id"].to_numpy()
    treatment = design["treatment"].to_numpy() == 1
    survey = design["survey_weight"].to_numpy(dtype=float)
    estimand, name = one_estimand(settings), str(settings["treatment"]["name"])
    pairs_found, weights_found, support = [], [], []
    for specification, covariates in specifications(settings).items():
        score = _scores_of(scores, specification, ids)
        if specification == "main":
            reasons = score["support_reason"].replace("", KEPT)
            support.append(support_rows(reasons, treatment, survey, name=name))
        for method in settings["methods"]:
            used = score["in_support"].to_numpy() if method["on_support"] else np.ones(ids.size, dtype=bool)
            where = f"method '{method['label']}' (specification '{specification}')"
            _require_both(treatment, used, where=where, why="is on common support; relax `support` or drop on_support")
            pairs = None
            if method["method"] in NEIGHBOUR_FAMILIES:
                pairs = _pairs(design, score, covariates, method, settings, used=used, estimand=estimand)
                weight = pair_weights(pairs, treatment, survey_weight=survey)
                _require_both(treatment, weight > 0, where=where, why=_why_unmatched(method, settings))
                pairs_found.append(_pairs_table(pairs, ids, specification, str(method["label"])))
            else:
                weight = _weights(design, score, covariates, method, used=used, estimand=estimand)
            weights_found.append(
                pd.DataFrame(
                    {"specification": specification, "method": method["label"], "unit_id": ids, "weight": weight}
                )
            )
            if specification == "main" and pairs is not None:
                why = pairing_reasons(
                    pairs,
                    treatment if estimand == "att" else ~treatment,
                    score=score["propensity"].to_numpy(dtype=float),
                    exact=_strata(design, settings),
                    used=used,
                    caliper=method["caliper"],
                    sought="comparison" if estimand == "att" else "treated",
                )
                rows = support_rows(why, treatment, survey, name=name)
                support.append(rows.assign(reason=f"{method['label']}: " + rows["reason"]))
    keys = ["specification", "method", "focal_id", "match_id"]
    empty = pd.DataFrame(columns=[*keys, "weight", "distance"])
    return {
        "pairs": (pd.concat(pairs_found) if pairs_found else empty).sort_values(keys, ignore_index=True),
        "weights": pd.concat(weights_found).sort_values(["specification", "method", "unit_id"], ignore_index=True),
        "support": pd.concat(support).sort_values(["treatment", "reason"], ignore_index=True),
    }


def balance_stage(
    design: pd.DataFrame, scores: pd.DataFrame, weights: pd.DataFrame, settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Measure balance before (survey weights only) and after every method, for the specification `main`.

    Parameters
    ----------
    design, scores, weights : DataFrame
        As written by the stages before.
    settings : mapping
        treatment, covariates, placebo_outcomes, estimands, methods.

    Returns
    -------
    dict of DataFrame
        `balance`: keys treatment, method, covariate (and `propensity`); smd, variance_ratio, ks, ecdf_mean, each
        `_before` and `_after`; differences to nine decimals.
    """
    ids = design["unit_id"].to_numpy()
    treatment = design["treatment"].to_numpy() == 1
    survey = design["survey_weight"].to_numpy(dtype=float)
    estimand = one_estimand(settings)
    score = _scores_of(scores, "main", ids)
    columns = {c: design[c].to_numpy(dtype=float) for c in specifications(settings)["main"]}
    columns["propensity"] = score["propensity"].to_numpy(dtype=float)
    main = weights[weights["specification"] == "main"]
    scales = {c: standardiser(x, treatment, estimand=estimand, survey_weight=survey) for c, x in columns.items()}
    unmatched = {c: balance(x, treatment, weight=survey, scale=scales[c]) for c, x in columns.items()}
    rows = []
    for method in settings["methods"]:
        of_method = main[main["method"] == method["label"]].set_index("unit_id")["weight"]
        weight = of_method.loc[ids].to_numpy(dtype=float)
        for covariate, x in columns.items():
            before, after = unmatched[covariate], balance(x, treatment, weight=weight, scale=scales[covariate])
            rows.append(
                {
                    "treatment": settings["treatment"]["name"],
                    "method": method["label"],
                    "covariate": covariate,
                    "smd_before": round(before.smd, DECIMALS),
                    "smd_after": round(after.smd, DECIMALS),
                    "variance_ratio_before": before.variance_ratio,
                    "variance_ratio_after": after.variance_ratio,
                    "ks_before": round(before.ks, DECIMALS),
                    "ks_after": round(after.ks, DECIMALS),
                    "ecdf_mean_before": round(before.ecdf_mean, DECIMALS),
                    "ecdf_mean_after": round(after.ecdf_mean, DECIMALS),
                }
            )
    return {"balance": pd.DataFrame(rows).sort_values(BALANCE_KEYS, ignore_index=True)}


def _scores_of(scores: pd.DataFrame, specification: str, ids: NDArray[Any]) -> pd.DataFrame:
    """Return the scores of one specification in the order of the design."""
    return scores[scores["specification"] == specification].set_index("unit_id").loc[ids].reset_index()


def _pairs(
    design: pd.DataFrame,
    score: pd.DataFrame,
    covariates: list[str],
    method: Mapping[str, Any],
    settings: Mapping[str, Any],
    *,
    used: NDArray[np.bool_],
    estimand: str,
) -> Pairs:
    return nearest(
        design["treatment"].to_numpy() == 1,
        score=score["propensity"].to_numpy(dtype=float),
        covariates=design[covariates].to_numpy(dtype=float),
        distance=str(method["distance"]),
        estimand=estimand,
        replace=bool(method["replace"]),
        ratio=int(method["ratio"]),
        order=str(method["order"]),
        caliper=method["caliper"],
        exact=_strata(design, settings),
        include=used,
    )


def _strata(design: pd.DataFrame, settings: Mapping[str, Any]) -> NDArray[np.int64] | None:
    """Return the number of each unit's combination of exact variables, or None where the study has none."""
    if not settings["exact"]:
        return None
    groups = design.groupby(list(settings["exact"]), sort=True, dropna=False, observed=True)
    return np.asarray(groups.ngroup(), dtype=np.int64)


def _weights(
    design: pd.DataFrame,
    score: pd.DataFrame,
    covariates: list[str],
    method: Mapping[str, Any],
    *,
    used: NDArray[np.bool_],
    estimand: str,
) -> FloatArray:
    """Analysis weights of a method without pairs; 0 off support where the method is restricted to it."""
    treatment = design["treatment"].to_numpy()[used] == 1
    survey = design["survey_weight"].to_numpy(dtype=float)
    match method["method"]:
        case "ipw":
            inside = inverse_probability_weights(
                score["propensity"].to_numpy(dtype=float)[used],
                treatment,
                estimand=estimand,
                survey_weight=survey[used],
            )
        case "entropy_balancing":
            inside = entropy_balancing(
                design[covariates].to_numpy(dtype=float)[used],
                treatment,
                names=covariates,
                estimand=estimand,
                moments=int(method["moments"]),
                survey_weight=survey[used],
            )
        case _:
            inside = survey[used]
    weight = np.zeros(survey.size)
    weight[used] = inside
    return weight


def _pairs_table(pairs: Pairs, ids: NDArray[Any], specification: str, label: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "specification": specification,
            "method": label,
            "focal_id": ids[pairs.focal],
            "match_id": ids[pairs.match],
            "weight": pairs.weight,
            "distance": pairs.distance,
        }
    )


def _require_both(treatment: NDArray[np.bool_], used: NDArray[np.bool_], *, where: str, why: str) -> None:
    for group, members in (("treated", treatment), ("comparison", ~treatment)):
        if not (members & used).any():
            raise DataError(f"{where}: no {group} unit {why}")


def _why_unmatched(method: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    limits = [f"equal {', '.join(settings['exact'])} (`exact`)"] if settings["exact"] else []
    if method["caliper"] is not None:
        limits.append(f"a score within {method['caliper']:g} SD (`caliper`)")
    return f"has a match with {' and '.join(limits) or 'the other group'}; relax that limit or remove the method"
