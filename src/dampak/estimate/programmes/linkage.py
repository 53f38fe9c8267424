"""The headline effect with the uncertainty of who is a recipient: multiple imputation over the linkage posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.estimate.effect import Effect
from dampak.estimate.linkage_error.imputed_effect import imputed_effect
from dampak.estimate.linkage_error.treatment_imputation import CERTAIN
from dampak.estimate.methods import estimate_effect, question_of
from dampak.estimate.sample import Pairs, Sample
from dampak.match.entropy_balancing import balanced
from dampak.match.methods import matched
from dampak.match.programmes.analysis import Analysis, receipt_table
from dampak.match.programmes.stage import WEIGHTED_FAMILIES
from dampak.match.propensity import propensity_score
from dampak.match.specification import estimand_of
from dampak.match.weighting import effective_sample_size
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def probability_of(
    treatment: str, receipts: pd.DataFrame, household_id: NDArray[np.int64], settings: Mapping[str, Any]
) -> FloatArray:
    """Probability that each household is treated, from its links; (n,).

    Links of several programmes are taken as independent: each register has its own rows and its own faults.

    Parameters
    ----------
    treatment : str
    receipts : DataFrame
        household_id, programme, probability.
    household_id : (n,) int
        Sorted.
    settings : mapping
        treatments, programmes.
    """
    spec, programmes = settings["treatments"][treatment], list(settings["programmes"])
    chance = receipt_table(receipts, household_id, programmes, "probability")
    has = [programmes.index(name) for name in (*spec["receives"], *spec["given"])]
    lacks = [programmes.index(name) for name in spec["not_receives"]]
    return np.asarray(chance[:, has].prod(axis=1) * (1 - chance[:, lacks]).prod(axis=1))


def imputed_headline(
    outcome: str,
    values: FloatArray,
    *,
    analysis: Analysis,
    sample: Sample,
    probability: FloatArray,
    settings: Mapping[str, Any],
) -> Effect | None:
    """Pool the headline method over draws of who is treated.

    Each draw is weighted anew and estimated with its design-based variance; Rubin's rules pool them. Persons of a
    household are treated together: their household is drawn, by the mean of their outcome.

    Parameters
    ----------
    outcome : str
    values : (n,) float
        Of units with a weight; any number elsewhere.
    analysis : Analysis
    sample : Sample
        Of the same units.
    probability : (m,) float
        Of every household of the study, see `probability_of`.
    settings : mapping
        headline, methods, estimands, propensity, linkage, seed.

    Returns
    -------
    Effect or None
        None where the study asks for fewer than two imputations.

    References
    ----------
    Shan, M., Thomas, K. and Gutman, R. (2021). Annals of Applied Statistics 15, 412-436.
    """
    imputations = int(settings["linkage"]["imputations"])
    if imputations < 2:
        return None
    method = next(m for m in settings["methods"] if m["label"] == settings["headline"])
    used = sample.survey_weight > 0
    home, first, member = np.unique(analysis.household, return_index=True, return_inverse=True)
    size = np.bincount(member[used], minlength=home.size)
    mean = np.bincount(member[used], weights=values[used], minlength=home.size) / np.maximum(size, 1)
    # A home whose outcome is missing has nothing to say on who is treated, and weighs nothing in the estimate.
    concerned = np.flatnonzero(size > 0)
    chance = _rounded_to_certain(probability[home], sample.treatment[first])
    psu = None if sample.design is None else sample.design.psu
    two_valued = home.size == analysis.household.size and set(np.unique(values[used])) <= {0.0, 1.0}

    found: dict[str, FloatArray] = {}

    def estimate(drawn: BoolArray) -> tuple[float, float, float]:
        at_home = sample.treatment[first].copy()
        at_home[concerned] = drawn
        result = _refitted(at_home[member], analysis, sample, values, outcome, method, settings, found)
        return result.estimate, result.std_error**2, result.df

    pooled = imputed_effect(
        estimate,
        chance[concerned],
        analysis.covariates[first][concerned],
        mean[concerned],
        imputations=imputations,
        seed=seed_of(int(settings["seed"]), "linkage", outcome),
        binary=two_valued,
        psu=None if psu is None else np.asarray(psu)[first][concerned],
    )
    weight = sample.weights.get(str(method["label"]), sample.survey_weight)
    return Effect(
        estimate=pooled.estimate,
        std_error=pooled.std_error,
        df=pooled.df,
        n_treated=int((sample.treatment & (weight > 0)).sum()),
        n_comparison=int((~sample.treatment & (weight > 0)).sum()),
        ess_treated=effective_sample_size(weight[sample.treatment]),
        ess_comparison=effective_sample_size(weight[~sample.treatment]),
    )


def _rounded_to_certain(chance: FloatArray, accepted: BoolArray) -> FloatArray:
    """Take as known who is treated where the links agree with what was accepted and leave next to no doubt."""
    known = np.where(accepted, chance > 1 - CERTAIN, chance < CERTAIN)
    return np.where(known, accepted.astype(float), chance)


def _refitted(
    treatment: BoolArray,
    analysis: Analysis,
    sample: Sample,
    values: FloatArray,
    outcome: str,
    method: Mapping[str, Any],
    settings: Mapping[str, Any],
    start: dict[str, FloatArray],
) -> Effect:
    """Weight and estimate as if `treatment` were known; entropy balancing starts where the last draw ended."""
    estimand, label = estimand_of(method, settings), str(method["label"])
    propensity = sample.propensity
    if method["method"] not in ("entropy_balancing", "cbps", "regression", "g_computation", "aipw"):
        propensity = propensity_score(
            analysis.covariates,
            treatment,
            names=analysis.names,
            weight=sample.survey_weight,
            model=str(settings["propensity"]["model"]),
        ).score
    drawn = replace(sample, treatment=treatment, propensity=propensity, weights={}, strata={}, pairs={})
    if method["method"] == "entropy_balancing":
        solution = balanced(
            analysis.covariates,
            treatment,
            names=analysis.names,
            estimand=estimand,
            moments=int(method["moments"]),
            survey_weight=sample.survey_weight,
            start=start or None,
        )
        start.update(solution.slopes)
        drawn = replace(drawn, weights={label: solution.weight})
    elif method["method"] in WEIGHTED_FAMILIES:
        units = replace(analysis.units(propensity), treatment=treatment, survey_weight=sample.survey_weight)
        made = matched(method, units, used=sample.survey_weight > 0, estimand=estimand)
        drawn = replace(drawn, weights={label: made.weight})
        if made.stratum.size:
            drawn = replace(drawn, strata={label: made.stratum})
        if made.pairs is not None:
            pairs = Pairs(made.pairs.focal, made.pairs.match, made.pairs.weight)
            drawn = replace(drawn, pairs={label: pairs})
    return estimate_effect(method, sample=drawn, outcome=values, question=question_of(outcome, method, settings))
