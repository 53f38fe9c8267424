"""Weights that make groups comparable: from the propensity score, and those that pairs imply."""

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.pairing import Pairs

FloatArray = NDArray[np.float64]


def inverse_probability_weights(
    score: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    estimand: str,
    survey_weight: FloatArray,
    stabilised: bool = False,
    trim: float | None = None,
) -> FloatArray:
    """Weights h(e) / e of the treated and h(e) / (1 - e) of comparison units, from the propensity score e.

    The tilt h is e for the att, 1 - e for the atc, 1 for the ate, and e (1 - e) for the ato: overlap weights, which
    give each unit the probability of the other group.

    Parameters
    ----------
    score : (n,) float, in (0, 1)
    treatment : (n,) bool
    estimand : {"att", "atc", "ate", "ato"}
    survey_weight : (n,) float
        Multiplies the weights; 0 = outside the analysis.
    stabilised : bool
        Multiply each group's weights by its (survey-weighted) share of units, as WeightIt's ``stabilize``; for the ate
        only. Estimates that normalise within groups do not change.
    trim : float or None, in (0.5, 1)
        Weights of a group above this quantile of the group are set to it. The quantile is that of the weights before
        multiplication by the survey weights, each counted with its survey weight: the smallest weight up to which
        the group holds at least the share `trim`. The group of the target (att: the treated), whose weights are all
        1, is left alone. As WeightIt's ``trim``, but for the ate, where WeightIt takes one quantile of both groups
        together, which cuts mainly the smaller group.

    Returns
    -------
    (n,) float

    Raises
    ------
    ConfigError
        For another estimand, or options that make no sense together.
    DataError
        When a weight would be infinite.

    References
    ----------
    Hirano, K., Imbens, G. and Ridder, G. (2003). Econometrica 71, 1161-1189. Li, F., Morgan, K. and Zaslavsky, A.
    (2018). JASA 113, 390-400, table 1. Cole, S. and Hernan, M. (2008). American Journal of Epidemiology 168, 656-664.
    """
    _require_sense(estimand, stabilised=stabilised, trim=trim)
    certain = np.zeros(treatment.size, dtype=bool)
    if estimand in ("att", "ate"):
        certain |= (score >= 1) & ~treatment
    if estimand in ("atc", "ate"):
        certain |= (score <= 0) & treatment
    certain &= survey_weight > 0
    if certain.any():
        raise DataError(
            f"match/scores.parquet: column propensity: {int(certain.sum())} units have a score of 0 or 1 against their "
            "own group, so their weight is infinite; use on_support: true or fewer covariates"
        )
    own = np.where(treatment, score, 1 - score)
    match estimand:
        case "att":
            tilt = score
        case "atc":
            tilt = 1 - score
        case "ate":
            tilt = np.ones_like(score)
        case _:
            return np.asarray(survey_weight * (1 - own))
    # A unit outside the analysis may be certain of its group; its weight is 0 all the same.
    weight = np.divide(tilt, own, out=np.zeros_like(own), where=own > 0)
    for group in (treatment, ~treatment):
        if trim is not None:
            limit = _weighted_quantile(weight[group], survey_weight[group], trim)
            weight[group] = np.minimum(weight[group], limit)
        if stabilised:
            weight[group] *= survey_weight[group].sum() / survey_weight.sum()
    return np.asarray(survey_weight * weight)


def _require_sense(estimand: str, *, stabilised: bool, trim: float | None) -> None:
    if estimand not in ("att", "atc", "ate", "ato"):
        raise ConfigError(f"ipw estimates att, atc, ate or ato, not '{estimand}'; change `estimands`")
    if stabilised and estimand != "ate":
        raise ConfigError(
            f"ipw: stabilised weights are those of the ate; for the {estimand} a group's share would tilt one group "
            "against the other, so leave `stabilised` out"
        )
    if trim is not None and estimand == "ato":
        raise ConfigError("ipw: overlap weights (ato) lie below 1 and need no trimming; leave `trim` out")
    if trim is not None and not 0.5 < trim < 1:
        raise ConfigError(f"ipw: trim is a quantile between 0.5 and 1, such as 0.99, not {trim:g}")


def _weighted_quantile(value: FloatArray, weight: FloatArray, probability: float) -> float:
    """Smallest value up to which the weight reaches `probability` of its total."""
    order = np.argsort(value, kind="stable")
    reached = np.cumsum(weight[order])
    # Against rounding of the sum: 0.9 of ten units is nine of them.
    place = int(np.searchsorted(reached, probability * reached[-1] * (1 - 1e-12)))
    return float(value[order[place]])


def pair_weights(pairs: Pairs, *, survey_weight: FloatArray, inherited: bool = False) -> FloatArray:
    """Weights that pairs imply: a focal unit its survey weight, a match its survey weight times its shares.

    Units with one score differ in their covariates, and so in their chance of being sampled: a comparison unit stands
    for the population with its own survey weight, not with that of the unit that it was paired with. Pairs that agree
    in the covariates themselves may pass the weight on (`inherited`), as the estimator of Abadie and Imbens does.

    Parameters
    ----------
    pairs : Pairs
    survey_weight : (n,) float
    inherited : bool
        Give a match the survey weights of its focal units, times its shares of them.

    Returns
    -------
    (n,) float
        0 for units that are in no pair.

    References
    ----------
    Austin, P., Jembere, N. and Chiu, M. (2018). Statistical Methods in Medical Research 27, 1240-1257 (both rules
    compared).
    """
    share = pairs.weight * survey_weight[pairs.focal if inherited else pairs.match]
    weight = np.bincount(pairs.match, weights=share, minlength=survey_weight.size)
    focal = np.unique(pairs.focal)
    weight[focal] = survey_weight[focal]
    return np.asarray(weight, dtype=np.float64)


def effective_sample_size(weight: FloatArray) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2; 0 for no weight.

    References
    ----------
    Kish, L. (1965). Survey Sampling, section 11.7.
    """
    squares = float(np.sum(weight**2))
    return float(np.sum(weight)) ** 2 / squares if squares > 0 else 0.0
