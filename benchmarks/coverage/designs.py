"""Three ways of drawing a sample with a planted truth: independent units, a two-stage sample, informative weights.

In each, X1 and X2 are standard normal and X3 is binary, treatment is chosen by a logit of them, the untreated outcome
is linear in them, and the effect is 1 + 0.5 X1: those who gain more take part more often, so that ATT, ATE, ATC and ATO
differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.survey_design import SurveyDesign

FloatArray = NDArray[np.float64]

STRATA, VILLAGES, HOUSEHOLDS = 10, 10, 15
EFFECT = (1.0, 0.5)  # constant, and slope in X1
LOGIT = (-1.3, 0.5, 0.3, 0.4)
OUTCOME = (0.0, 1.0, 0.5, -0.5)


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample: arrays of length n; `design` None for independent units; `psu` numbers the villages."""

    treatment: NDArray[np.bool_]
    covariates: FloatArray
    outcome: FloatArray
    before: FloatArray
    weight: FloatArray
    design: SurveyDesign | None


def _covariates(rng: np.random.Generator, n: int) -> FloatArray:
    return np.column_stack([rng.normal(size=(n, 2)), rng.random(n) < 0.4]).astype(float)


def score(x: FloatArray) -> FloatArray:
    """Probability of treatment given covariates; (n,)."""
    linear = LOGIT[0] + x @ np.array(LOGIT[1:])
    return np.asarray(1 / (1 + np.exp(-linear)))


def _sample(
    rng: np.random.Generator, x: FloatArray, *, shared: FloatArray, gain: FloatArray, weight: FloatArray,
    design: SurveyDesign | None,
) -> Sample:  # fmt: skip
    """Treat and measure the units; `shared` moves the outcome of a village, `gain` its effect."""
    n = x.shape[0]
    treatment = rng.random(n) < score(x)
    base = OUTCOME[0] + x @ np.array(OUTCOME[1:]) + shared
    lasting = rng.normal(size=n)
    outcome = base + lasting + 0.7 * rng.normal(size=n) + treatment * (EFFECT[0] + EFFECT[1] * x[:, 0] + gain)
    # The round before treatment shares what lasts; what the covariates do to the change in time is linear.
    before = 0.5 * base + lasting + 0.7 * rng.normal(size=n)
    return Sample(treatment, x, outcome, before, weight, design)


def independent(rng: np.random.Generator) -> Sample:
    """1,500 independent units."""
    x = _covariates(rng, 1500)
    nothing = np.zeros(1500)
    return _sample(rng, x, shared=nothing, gain=nothing, weight=np.ones(1500), design=None)


def two_stage(rng: np.random.Generator) -> Sample:
    """Ten strata of ten villages of 15 households; villages share their covariate, their luck and their gain."""
    n, villages = STRATA * VILLAGES * HOUSEHOLDS, STRATA * VILLAGES
    psu = np.repeat(np.arange(villages), HOUSEHOLDS)
    stratum = psu // VILLAGES
    x = _covariates(rng, n)
    x[:, 0] = np.sqrt(0.3) * rng.normal(size=villages)[psu] + np.sqrt(0.7) * x[:, 0]
    shared = 0.8 * rng.normal(size=villages)[psu] + 0.3 * (stratum - (STRATA - 1) / 2) / STRATA
    gain = 0.8 * rng.normal(size=villages)[psu]
    return _sample(rng, x, shared=shared, gain=gain, weight=np.ones(n), design=SurveyDesign(stratum, psu))


def informative(rng: np.random.Generator) -> Sample:
    """1,500 units that were drawn with a probability that falls with X1, and so with the effect; weights undo it."""
    n = 1500
    drawn = _covariates(rng, 6 * n)
    chance = _chance(drawn)
    chosen = np.flatnonzero(rng.random(6 * n) < chance)[:n]
    x = drawn[chosen]
    nothing = np.zeros(x.shape[0])
    weight = 1 / chance[chosen]
    return _sample(rng, x, shared=nothing, gain=nothing, weight=weight, design=SurveyDesign())


def _chance(x: FloatArray) -> FloatArray:
    return np.asarray(0.12 + 0.5 / (1 + np.exp(1.2 * x[:, 0])))


DESIGNS: dict[str, Callable[[np.random.Generator], Sample]] = {
    "independent": independent,
    "two_stage": two_stage,
    "informative": informative,
}


@cache
def truth(estimand: str) -> float:
    """Mean effect in the population, by quadrature over X1 and X2 and the sum over X3.

    Parameters
    ----------
    estimand : {"att", "atc", "ate", "ato"}
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    x1, x2, x3 = (grid.ravel() for grid in np.meshgrid(nodes, nodes, [0.0, 1.0], indexing="ij"))
    mass = np.multiply.outer(np.multiply.outer(weights, weights), [0.6, 0.4]).ravel()
    p = score(np.column_stack([x1, x2, x3]))
    tilt = {"att": p, "atc": 1 - p, "ate": np.ones_like(p), "ato": p * (1 - p)}[estimand]
    return float(np.average(EFFECT[0] + EFFECT[1] * x1, weights=mass * tilt))
