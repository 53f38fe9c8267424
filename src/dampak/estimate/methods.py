"""From the name of a method in a study to the estimator that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.aipw import aipw
from dampak.estimate.balancing import balancing_difference
from dampak.estimate.did import did_dr
from dampak.estimate.effect import Effect
from dampak.estimate.g_computation import g_computation
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.neighbours import nearest_neighbours
from dampak.estimate.oaxaca_blinder import oaxaca_blinder
from dampak.estimate.regression import regression
from dampak.estimate.sample import Pairs, Sample
from dampak.estimate.score_matching import score_matched_difference
from dampak.estimate.stratified import stratified_difference
from dampak.estimate.weighted import weighted_difference
from dampak.estimate.wild_bootstrap import wild_cluster_bootstrap
from dampak.match.methods import PAIR_FAMILIES, STRATUM_FAMILIES
from dampak.match.specification import estimand_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of a method, besides its own options.

    Attributes
    ----------
    outcome : str
        Name of the outcome, which draws of its own are made for.
    estimand : {"att", "atc", "ate", "ato"}
    alpha : float
        Level of the intervals that do not follow from a standard error.
    seed : int
        Of the study.
    propensity_model : {"logit", "probit", "gradient_boosting"}
    before : (n,) float or None
        The outcome before treatment.
    """

    outcome: str
    estimand: str
    alpha: float = 0.05
    seed: int = 0
    propensity_model: str = "logit"
    before: FloatArray | None = None


def question_of(
    outcome: str, method: Mapping[str, Any], settings: Mapping[str, Any], *, before: FloatArray | None = None
) -> Question:
    """Return what a study asks of one of its methods.

    Parameters
    ----------
    outcome : str
    method : mapping
        Of the study.
    settings : mapping
        estimands, alpha, propensity; seed where a method draws at random.
    before : (n,) float or None
        The outcome before treatment.
    """
    return Question(
        outcome=outcome,
        estimand=estimand_of(method, settings),
        alpha=float(settings["alpha"]),
        seed=int(settings.get("seed", 0)),
        propensity_model=str(settings["propensity"]["model"]),
        before=before,
    )


def label_of(method: Mapping[str, Any]) -> str:
    """The name of a method in the tables: its label, or its family where it has none."""
    return str(method.get("label") or method["method"])


def is_adjusted(method: Mapping[str, Any]) -> bool:
    """Whether the method corrects for covariates at all."""
    return str(method["method"]) != "difference_in_means"


def analysis_weight(method: Mapping[str, Any], *, sample: Sample) -> FloatArray:
    """Survey weights of the units that a method looks at, 0 for those it leaves out; (n,).

    Units off the common support keep their row with weight 0: under a survey design they are outside the domain,
    yet their PSU was drawn.
    """
    return np.where(sample.in_support, sample.survey_weight, 0.0) if method.get("on_support") else sample.survey_weight


def estimate_effect(method: Mapping[str, Any], *, sample: Sample, outcome: FloatArray, question: Question) -> Effect:
    """Estimate one effect with one method.

    Parameters
    ----------
    method : mapping
        Family (`method`), `label`, `on_support` and the options of the family.
    sample : Sample
        Units of the specification that belongs to the outcome.
    outcome : (n,) float
    question : Question

    Raises
    ------
    ConfigError
        Unknown family or option, or a survey design that the method cannot honour.
    """
    family = str(method["method"])
    if family in PAIR_FAMILIES:
        return _of_pairs(method, sample, outcome, question)
    if family in STRATUM_FAMILIES:
        return _of_strata(method, sample, outcome, question)
    match family:
        case "difference_in_means" | "regression":
            return _regression(method, sample, outcome, question)
        case "ipw" | "overlap":
            return _of_score(method, sample, outcome, question)
        case "entropy_balancing" | "cbps":
            return _of_balance(method, sample, outcome, question)
    weight = analysis_weight(method, sample=sample)
    whole: dict[str, Any] = {"covariates": sample.covariates, "estimand": question.estimand, "design": sample.design}
    match family:
        case "oaxaca_blinder":
            convention = str(method.get("std_error") or "linearized")
            return oaxaca_blinder(outcome, sample.treatment, weight=weight, std_error=convention, **whole)
        case "g_computation":
            model = str(method["model"])
            return g_computation(outcome, sample.treatment, weight=weight, model=model, **whole)
        case "aipw":
            return aipw(
                outcome,
                sample.treatment,
                survey_weight=weight,
                propensity=str(method["propensity"]),
                outcome_model=str(method["outcome_model"]),
                folds=method["folds"],
                splits=int(method["splits"]),
                seed=question.seed,
                **whole,
            )
        case "did_dr":
            if question.before is None:
                raise ConfigError(f"methods: did_dr: outcome {question.outcome!r} has no `before`; name it in outcomes")
            return did_dr(outcome, sample.treatment, outcome_before=question.before, survey_weight=weight, **whole)
    raise ConfigError(f"methods: '{family}' is not an estimator that dampak knows; see config/README.md for the list")


def _regression(method: Mapping[str, Any], sample: Sample, outcome: FloatArray, question: Question) -> Effect:
    """Difference of raw means, or the coefficient of treatment; errors robust, of the design, or bootstrapped."""
    weight, adjusted = analysis_weight(method, sample=sample), method["method"] == "regression"
    convention = _convention(method, default="hc1", allowed=("hc1", "wild_cluster_bootstrap"))
    if convention == "wild_cluster_bootstrap":
        if sample.design is None or sample.design.psu is None:
            raise ConfigError(f"methods: {label_of(method)}: wild_cluster_bootstrap needs clusters; name `design: psu`")
        return wild_cluster_bootstrap(
            outcome,
            sample.treatment,
            cluster=sample.design.psu,
            weight=weight,
            covariates=sample.covariates if adjusted else None,
            seed=question.seed,
            name=f"{label_of(method)}: {question.outcome}",
            alpha=question.alpha,
        )
    if not adjusted:
        return weighted_difference(outcome, sample.treatment, weight=weight, design=sample.design)
    return regression(outcome, sample.treatment, covariates=sample.covariates, weight=weight, design=sample.design)


def _of_pairs(method: Mapping[str, Any], sample: Sample, outcome: FloatArray, question: Question) -> Effect:
    """Pairs: Abadie-Imbens with replacement or bias adjustment, matched-set clusters otherwise."""
    label = label_of(method)
    pairs = sample.pairs.get(label)
    if pairs is None:
        raise DataError(
            f"match/pairs.parquet holds no pair of method '{label}'; widen its caliper or the common support"
        )
    five = method["method"] == "nearest_5_bias_adjusted"
    bias_adjust = bool(method.get("bias_adjust", five))
    if bool(method.get("replace", five)) or bias_adjust:
        variance = str(method.get("variance") or "homoscedastic")
        return nearest_neighbours(
            outcome,
            sample.treatment,
            focal=pairs.focal,
            match=pairs.match,
            pair_weight=pairs.weight,
            survey_weight=sample.survey_weight,
            covariates=sample.covariates,
            bias_adjust=bias_adjust,
            variance=variance,
            coordinates=_coordinates(method, sample) if variance == "heteroscedastic" else None,
            design_declared=sample.design is not None,
        )
    if _counts_score(method, sample, question):
        return _score_matched(method, sample, outcome, question)
    return _compared(method, sample, outcome, question, matched_set=matched_sets(pairs, n=outcome.shape[0]))


def _of_strata(method: Mapping[str, Any], sample: Sample, outcome: FloatArray, question: Question) -> Effect:
    """Classes and matched sets."""
    label = label_of(method)
    if label not in sample.strata:
        raise DataError(f"match/weights.parquet holds no stratum of method '{label}'; run the match stage again")
    stratum, small_sets = sample.strata[label], method["method"] == "full"
    if _counts_score(method, sample, question):
        return _score_matched(method, sample, outcome, question)
    if small_sets or _effect_of(method) != "difference":
        return _compared(method, sample, outcome, question, matched_set=stratum if small_sets else None)
    return stratified_difference(
        outcome,
        sample.treatment,
        stratum=stratum,
        survey_weight=sample.survey_weight,
        estimand=question.estimand,
        design=sample.design,
    )


def _counts_score(method: Mapping[str, Any], sample: Sample, question: Question) -> bool:
    """Whether the error of matched or classed units counts the estimated score.

    Where units are drawn, and perhaps treated, by PSU, the smooth regression on the score that this error rests on fits
    the luck of a few PSUs; there it is used only when asked for.
    """
    if method["method"] == "cem" or method.get("distance", "propensity") != "propensity":
        return False
    if _effect_of(method) != "difference" or question.propensity_model == "gradient_boosting":
        return False
    by_psu = sample.design is not None and sample.design.psu is not None
    return str(method.get("std_error") or ("other" if by_psu else "score_counted")) == "score_counted"


def _score_matched(method: Mapping[str, Any], sample: Sample, outcome: FloatArray, question: Question) -> Effect:
    return score_matched_difference(
        outcome,
        sample.treatment,
        weight=_weights(method, sample=sample),
        propensity=sample.propensity,
        covariates=sample.covariates,
        survey_weight=sample.survey_weight,
        estimand=question.estimand,
        model=question.propensity_model,
        design=sample.design,
    )


def _of_score(method: Mapping[str, Any], sample: Sample, outcome: FloatArray, question: Question) -> Effect:
    """Weights made from the propensity score."""
    convention = _convention(method, default="m_estimation", allowed=("m_estimation", "hc1_score_fixed"))
    if convention == "hc1_score_fixed" or _effect_of(method) != "difference":
        return _compared(method, sample, outcome, question)
    return inverse_probability(
        outcome,
        sample.treatment,
        propensity=sample.propensity,
        covariates=sample.covariates,
        survey_weight=sample.survey_weight,
        estimand=question.estimand,
        model=question.propensity_model,
        trim=method.get("trim"),
        include=analysis_weight(method, sample=sample) > 0,
        design=sample.design,
    )


def _of_balance(method: Mapping[str, Any], sample: Sample, outcome: FloatArray, question: Question) -> Effect:
    """Weights made to balance."""
    default = "hc1" if method["method"] == "entropy_balancing" else "m_estimation"
    balanced = method["method"] == "entropy_balancing"
    convention = _convention(method, default=default, allowed=("hc1", "m_estimation", *(("hc3",) if balanced else ())))
    if convention == "hc1" or _effect_of(method) != "difference":
        return _compared(method, sample, outcome, question)
    return balancing_difference(
        outcome,
        sample.treatment,
        weight=_weights(method, sample=sample),
        covariates=sample.covariates,
        survey_weight=analysis_weight(method, sample=sample),
        method=str(method["method"]),
        estimand=question.estimand,
        moments=int(method.get("moments", 1)),
        leverage=convention == "hc3",
        cluster=sample.cluster,
        design=sample.design,
    )


def _compared(
    method: Mapping[str, Any],
    sample: Sample,
    outcome: FloatArray,
    question: Question,
    *,
    matched_set: IntArray | None = None,
) -> Effect:
    """Compare the groups under the weights of the match stage, taken as given, in the way that `effect` says."""
    weight, t = _weights(method, sample=sample), sample.treatment
    if matched_set is not None:
        weight = np.where(matched_set >= 0, weight, 0.0)
    common: dict[str, Any] = {"weight": weight, "design": sample.design, "matched_set": matched_set}
    match _effect_of(method):
        case "regression":
            return regression(outcome, t, covariates=sample.covariates, **common)
        case "g_computation":
            survey, estimand = sample.survey_weight, question.estimand
            return g_computation(
                outcome, t, covariates=sample.covariates, survey_weight=survey, estimand=estimand, **common
            )
        case _:
            return weighted_difference(outcome, t, **common)


def matched_sets(pairs: Pairs, *, n: int) -> IntArray:
    """Matched set of every unit, numbered by its focal unit; -1 where not matched.

    Parameters
    ----------
    pairs : Pairs
        Without replacement: a unit is the match of one focal unit at most.
    n : int
        Units in the sample.

    Returns
    -------
    (n,) int
    """
    if np.unique(pairs.match).size < pairs.match.size:
        raise DataError(
            "match/pairs.parquet: column match_id: a unit is matched twice by a method with replace: false; "
            "run the match stage again"
        )
    member = np.full(n, -1, dtype=np.int64)
    member[pairs.focal] = pairs.focal
    member[pairs.match] = pairs.focal
    return member


def _coordinates(method: Mapping[str, Any], sample: Sample) -> FloatArray:
    """Where the units stand in the distance that they were matched on; (n, m)."""
    from dampak.match.distance import scaled_covariates

    distance = str(method["distance"])
    if distance == "propensity":
        return sample.propensity[:, None]
    return scaled_covariates(sample.covariates, sample.treatment, distance=distance)


def _effect_of(method: Mapping[str, Any]) -> str:
    return str(method.get("effect") or "difference")


def _weights(method: Mapping[str, Any], *, sample: Sample) -> FloatArray:
    """Analysis weights of a method, refusing one that the match stage did not weight."""
    label = label_of(method)
    if label not in sample.weights:
        raise DataError(
            f"match/weights.parquet holds no weight of method '{label}'; run the match stage again with this study"
        )
    return sample.weights[label]


def _convention(method: Mapping[str, Any], *, default: str, allowed: tuple[str, ...]) -> str:
    """The standard-error convention of a method, refusing one it does not have."""
    convention = str(method.get("std_error") or default)
    if convention not in allowed:
        raise ConfigError(f"methods: {label_of(method)}: std_error is {' or '.join(allowed)}, not '{convention}'")
    return convention
