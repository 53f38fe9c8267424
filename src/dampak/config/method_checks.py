"""What must hold between a method and the rest of its study; each breach is one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dampak.clean.spelling import listing, suggestion
from dampak.config.matching_methods import Cem, Nearest, Nearest1, Nearest1Caliper, Nearest5BiasAdjusted
from dampak.config.methods import SUPPORTED_ESTIMANDS
from dampak.config.outcome_methods import DidDr, DifferenceInMeans, OaxacaBlinder, Regression
from dampak.config.weighting_methods import Ipw, Overlap

if TYPE_CHECKING:
    from dampak.config.method import Method
    from dampak.config.study import Study


def method_problems(study: Study) -> list[str]:
    """Return one sentence per contradiction among the methods of a study, or with the rest of it; empty if none."""
    labels = [method.label for method in study.methods]
    problems = []
    repeated = {label for label in labels if labels.count(label) > 1}
    for label in dict.fromkeys(labels):
        if label in repeated:
            problems.append(f"methods: the label {label!r} is used twice; give one of them another `label`")
    for number, method in enumerate(study.methods, start=1):
        where = f"methods: entry {number} ({method.label})"
        able = SUPPORTED_ESTIMANDS[method.method]
        wanted = method.estimand or study.estimands[0]
        if wanted not in able:
            problems.append(
                f"{where}: {method.method} does not estimate '{wanted}' (it does: {', '.join(able)}); "
                "remove the method, change `estimands`, or give the method an `estimand` of its own"
            )
        problems += [f"{where}: {sentence}" for sentence in _method(method, study)]
        # In a table, `nearest_1` must mean one neighbour and `bias_adjusted` must be true.
        if isinstance(method, Nearest1 | Nearest1Caliper | Nearest5BiasAdjusted) and method.label == method.method:
            named = type(method).model_fields["ratio"].default
            if method.ratio != named:
                problems.append(
                    f"{where}: ratio {method.ratio} contradicts the name; "
                    f"give it a `label`, such as 'nearest_{method.ratio}'"
                )
            if isinstance(method, Nearest5BiasAdjusted) and not method.bias_adjust:
                problems.append(
                    f"{where}: bias_adjust is false, against the name; give it a `label`, such as 'nearest_5'"
                )
    if study.headline not in labels:
        problems.append(
            f"headline: {study.headline!r} is not the label of a method{suggestion(study.headline, labels)}; "
            f"the labels are {listing(labels)}"
        )
    return problems


def _method(method: Method, study: Study) -> list[str]:
    """What the options of one method ask of the rest of the study."""
    covariates = [term.name for term in study.covariates]
    problems = []
    named: list[tuple[str, str]] = []
    if isinstance(method, Nearest):
        named += [("covariate_calipers", name) for name in method.covariate_calipers]
        named += [("anti_exact", name) for name in method.anti_exact]
        problems += [
            f"anti_exact: {name!r} is also in `exact`, so no pair could be formed; remove it from one of them"
            for name in method.anti_exact
            if name in study.exact
        ]
    if isinstance(method, Cem) and isinstance(method.bins, dict):
        named += [("bins", name) for name in method.bins]
    problems += [
        f"{key}: {name!r} is not a covariate{suggestion(name, covariates)}; the covariates are {listing(covariates)}"
        for key, name in named
        if name not in covariates
    ]
    if isinstance(method, DidDr):
        problems += [
            f"outcome {outcome.name!r} has one round only; write `{{name: {outcome.name}, before: ...}}` in outcomes, "
            "or remove the method"
            for outcome in study.outcomes
            if outcome.before is None
        ]
    if isinstance(method, DifferenceInMeans | Regression):
        if method.std_error == "wild_cluster_bootstrap" and study.design.psu is None:
            problems.append("std_error: wild_cluster_bootstrap needs clusters; name `psu` in design, or use hc1")
        if method.std_error == "wild_cluster_bootstrap" and study.design.strata is not None:
            problems.append(
                "std_error: wild_cluster_bootstrap knows clusters, not strata, and would ignore `design: strata`; "
                "use hc1"
            )
    if isinstance(method, Nearest) and method.replace and study.design.roles.keys() & {"strata", "psu"}:
        problems.append(
            "matching with replacement has only the Abadie-Imbens standard error, which assumes independent units and "
            "cannot honour `design: strata, psu`; use replace: false, ipw or entropy_balancing"
        )
    if isinstance(method, Nearest) and method.replace and method.distance == "propensity" and study.design.weight:
        problems.append(
            "with replacement, a match takes the survey weight of its treated unit, which sharing a score does not "
            "warrant; set `replace: false` or match on covariates (`distance: mahalanobis`)"
        )
    if study.multiplicity == "romano_wolf" and _errs_alone(method):
        problems.append(
            "multiplicity: romano_wolf needs the influence of each unit on the estimate, which it does not have; "
            "use holm"
        )
    if getattr(method, "std_error", None) == "score_counted" and study.propensity.model == "gradient_boosting":
        problems.append(
            "std_error: score_counted counts the score of a logit or probit; after gradient boosting no such error is "
            "known: remove it, or use aipw with `propensity: gradient_boosting`"
        )
    if isinstance(method, Ipw | Overlap) and study.propensity.model == "gradient_boosting":
        problems += _boosted(method)
    return problems


def _errs_alone(method: Method) -> bool:
    """Whether a method has no influence values, so that its errors on several outcomes cannot be drawn together."""
    if isinstance(method, Nearest):
        return method.replace
    if isinstance(method, OaxacaBlinder):
        return method.std_error == "hc1_prediction_fixed"
    return isinstance(method, DifferenceInMeans | Regression) and method.std_error == "wild_cluster_bootstrap"


def _boosted(method: Ipw | Overlap) -> list[str]:
    if method.std_error == "hc1_score_fixed" or method.effect != "difference":
        return []
    return [
        "std_error: m_estimation counts the score of a logit or probit; after gradient boosting none is known: "
        "use aipw with `propensity: gradient_boosting`, or hc1_score_fixed"
    ]
