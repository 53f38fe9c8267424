"""The effects stage under doubtful links: every outcome and method of a study, over imputed treatments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.effect import Effect, interval
from dampak.estimate.linkage_error.rubin import Pooled, pooled
from dampak.estimate.linkage_error.treatment_imputation import imputed_treatments, linkage_prior
from dampak.estimate.methods import Question, estimate_effect, label_of
from dampak.estimate.sample import Sample, outcome_of, sample_of
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES, by_keys
from dampak.match.specification import estimand_of, specifications
from dampak.match.stage import match_stage, score_stage
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LINKAGE_VALUES = [*EFFECT_VALUES, "fraction_missing", "n_doubtful"]


def linkage_effects(
    design: pd.DataFrame,
    outcomes: pd.DataFrame,
    probability: FloatArray,
    settings: Mapping[str, Any],
    *,
    imputations: int = 10,
    block: NDArray[Any] | None = None,
    extra: FloatArray | None = None,
    only: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Estimate the outcomes of a study with its methods, linkage uncertainty included.

    Each imputed treatment goes through score, support, matching or weighting, and estimate as a known one does, so
    every method of the study can be used whose interval follows from a standard error; did_dr is left out.

    Parameters
    ----------
    design, outcomes : pandas.DataFrame
        Of the clean stage; the treatment column of `design` is not read.
    probability : (n,) float
        Posterior probability of the linkage that the unit is treated, in the order of `design`.
    settings : mapping
        As the effects stage; seed.
    imputations : int
        Two or more.
    block : (n,) labels or None
        Where the linkage had a prior of its own (`linkage_prior`).
    extra : (n, j) float or None
        Columns for the imputation beyond the covariates: dummies of the blocks, the logarithm of the survey weight.
    only : sequence of str or None
        Outcomes to estimate, e.g. the headline ones; None = all real outcomes.

    Returns
    -------
    pandas.DataFrame
        Keys of effects.csv, its values, then fraction_missing (share of the variance that is due to the links, 0 to 1)
        and n_doubtful (units whose treatment was imputed). Counts and effective sizes are means over the imputations;
        p_adjusted is blank, as the family of outcomes is that of the effects stage.

    Raises
    ------
    DataError
        As the stages; for a method whose interval does not follow from a standard error.
    """
    covariates = specifications(settings)["main"]
    wanted = [str(o["name"]) for o in settings["outcomes"] if only is None or o["name"] in only]
    x = design[covariates].to_numpy(dtype=float)
    if extra is not None:
        x = np.column_stack([x, extra])
    units: pd.Index[str] = pd.Index(design["unit_id"].astype(str))
    psu = _psu(design)
    rows: list[dict[str, Any]] = []
    for outcome in wanted:
        y = outcome_of(outcomes, outcome, units=units)
        draws = imputed_treatments(
            probability, x, y,
            imputations=imputations,
            seed=seed_of(int(settings["seed"]), "linkage", str(settings["treatment"]["name"]), outcome),
            binary=bool(np.all((y == 0) | (y == 1))),
            prior=linkage_prior(probability, block=block),
            psu=psu,
        )  # fmt: skip
        same = bool(np.all(draws == draws[0]))
        samples = [_sample(design, covariates, treatment, settings) for treatment in (draws[:1] if same else draws)]
        for method in settings["methods"]:
            if method["method"] == "did_dr":
                continue
            estimand = estimand_of(method, settings)
            question = Question(
                outcome=outcome,
                estimand=estimand,
                alpha=float(settings["alpha"]),
                seed=int(settings["seed"]),
                propensity_model=str(settings["propensity"]["model"]),
            )
            found = [estimate_effect(method, sample=sample, outcome=y, question=question) for sample in samples]
            rows.append(
                {
                    "treatment": settings["treatment"]["name"],
                    "comparison": "none",
                    "outcome": outcome,
                    "subgroup": "all",
                    "estimand": estimand,
                    "method": label_of(method),
                    **_values(found, label=label_of(method), alpha=float(settings["alpha"])),
                    "n_doubtful": int(np.sum(draws.any(axis=0) & ~draws.all(axis=0))),
                }
            )
    return by_keys(pd.DataFrame(rows, columns=EFFECT_KEYS + LINKAGE_VALUES), EFFECT_KEYS)


def _psu(design: pd.DataFrame) -> NDArray[Any] | None:
    """Number of the unit's PSU within its stratum, None where the study declares no PSU."""
    keys = [column for column in ("strata", "psu") if column in design.columns]
    if "psu" not in keys:
        return None
    return np.asarray(design.groupby(keys, sort=True, dropna=False, observed=True).ngroup(), dtype=np.int64)


def _sample(design: pd.DataFrame, covariates: list[str], treatment: BoolArray, settings: Mapping[str, Any]) -> Sample:
    """Score, match and weight the units under one treatment, in the main specification alone."""
    main = {**settings, "placebo_outcomes": []}
    completed = design.assign(treatment=treatment.astype(np.int8))
    scores = score_stage(completed, main)["scores"]
    found = match_stage(completed, scores, main)
    return sample_of(
        "main",
        covariates=covariates,
        design=completed,
        scores=scores,
        pairs=found["pairs"],
        weights=found["weights"],
        lonely=str(settings["design"]["lonely"]),
    )


def _values(found: Sequence[Effect], *, label: str, alpha: float) -> dict[str, float]:
    """Pool the effects of the imputations."""
    if any(effect.bounds is not None for effect in found):
        raise DataError(
            f"methods: {label}: its interval does not follow from a standard error, so those of several imputations "
            "cannot be pooled; use another std_error where links are doubtful"
        )
    df = min(effect.df for effect in found)
    if len(found) == 1:
        result = Pooled(found[0].estimate, found[0].std_error, df, 0.0)
    else:
        estimates = np.array([effect.estimate for effect in found])
        result = pooled(estimates, np.array([effect.std_error**2 for effect in found]), df)
    bounds = interval(result, alpha=alpha)
    return {
        "estimate": result.estimate,
        "std_error": result.std_error,
        "ci_low": bounds.low,
        "ci_high": bounds.high,
        "p_value": bounds.p_value,
        "p_adjusted": np.nan,
        "df": result.df,
        "n_treated": float(np.mean([effect.n_treated for effect in found])),
        "n_comparison": float(np.mean([effect.n_comparison for effect in found])),
        "ess_treated": float(np.mean([effect.ess_treated for effect in found])),
        "ess_comparison": float(np.mean([effect.ess_comparison for effect in found])),
        "fraction_missing": result.fraction_missing,
    }
