"""From the name of a method in a study to the estimator that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.neighbours import nearest_neighbours
from dampak.estimate.oaxaca_blinder import oaxaca_blinder
from dampak.estimate.regression import regression
from dampak.estimate.sample import Pairs, Sample
from dampak.estimate.weighted import weighted_difference
from dampak.match.pairing import NEIGHBOUR_FAMILIES

FloatArray = NDArray[np.float64]


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


def estimate_effect(method: Mapping[str, Any], *, sample: Sample, outcome: FloatArray, estimand: str) -> Effect:
    """Estimate one effect with one method.

    Parameters
    ----------
    method : mapping
        Family (`method`), `label`, `on_support` and the options of the family.
    sample : Sample
        Units of the specification that belongs to the outcome.
    outcome : (n,) float
    estimand : {"att", "atc", "ate"}

    Raises
    ------
    ConfigError
        Unknown family or option, or a survey design that the method cannot honour.
    """
    family, treatment = str(method["method"]), sample.treatment
    design = sample.design
    weight = analysis_weight(method, sample=sample)
    if family == "difference_in_means":
        _require(method, default="hc1", allowed=("hc1",))
        return weighted_difference(outcome, treatment, weight=weight, design=design)
    if family == "regression":
        _require(method, default="hc1", allowed=("hc1",))
        return regression(outcome, treatment, covariates=sample.covariates, weight=weight, design=design)
    if family == "oaxaca_blinder":
        return oaxaca_blinder(
            outcome,
            treatment,
            covariates=sample.covariates,
            weight=weight,
            estimand=estimand,
            std_error=str(method.get("std_error") or "linearized"),
            design=design,
        )
    if family in NEIGHBOUR_FAMILIES:
        return _neighbours(method, sample=sample, outcome=outcome)
    if family == "ipw":
        convention = _require(method, default="m_estimation", allowed=("m_estimation", "hc1_score_fixed"))
        if convention == "m_estimation":
            return inverse_probability(
                outcome,
                treatment,
                propensity=sample.propensity,
                covariates=sample.covariates,
                survey_weight=sample.survey_weight,
                estimand=estimand,
                include=weight > 0,
                design=design,
            )
        return weighted_difference(outcome, treatment, weight=_weights(method, sample=sample), design=design)
    if family == "entropy_balancing":
        _require(method, default="hc1", allowed=("hc1",))
        return weighted_difference(outcome, treatment, weight=_weights(method, sample=sample), design=design)
    raise ConfigError(f"methods: '{family}' is not an estimator that dampak knows; see config/README.md for the list")


def _neighbours(method: Mapping[str, Any], *, sample: Sample, outcome: FloatArray) -> Effect:
    """Neighbour methods: Abadie-Imbens with replacement or bias adjustment, matched-set clusters otherwise."""
    label = label_of(method)
    pairs = sample.pairs.get(label)
    if pairs is None:
        raise DataError(
            f"match/pairs.parquet holds no pair of method '{label}'; widen its caliper or the common support"
        )
    bias_adjust = bool(method.get("bias_adjust", method["method"] == "nearest_5_bias_adjusted"))
    if bool(method.get("replace", method["method"] == "nearest_5_bias_adjusted")) or bias_adjust:
        return nearest_neighbours(
            outcome,
            sample.treatment,
            focal=pairs.focal,
            match=pairs.match,
            pair_weight=pairs.weight,
            survey_weight=sample.survey_weight,
            covariates=sample.covariates,
            bias_adjust=bias_adjust,
            design_declared=sample.design is not None,
        )
    matched_set = matched_sets(pairs, n=outcome.shape[0])
    return weighted_difference(
        outcome,
        sample.treatment,
        weight=np.where(matched_set >= 0, _weights(method, sample=sample), 0.0),
        design=sample.design,
        matched_set=matched_set,
    )


def matched_sets(pairs: Pairs, *, n: int) -> NDArray[np.int64]:
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


def _weights(method: Mapping[str, Any], *, sample: Sample) -> FloatArray:
    """Analysis weights of a method, refusing one that the match stage did not weight."""
    label = label_of(method)
    if label not in sample.weights:
        raise DataError(
            f"match/weights.parquet holds no weight of method '{label}'; run the match stage again with this study"
        )
    return sample.weights[label]


def _require(method: Mapping[str, Any], *, default: str, allowed: tuple[str, ...]) -> str:
    """The standard-error convention of a method, refusing one it does not have."""
    convention = str(method.get("std_error") or default)
    if convention not in allowed:
        raise ConfigError(f"methods: {label_of(method)}: std_error is {' or '.join(allowed)}, not '{convention}'")
    return convention
