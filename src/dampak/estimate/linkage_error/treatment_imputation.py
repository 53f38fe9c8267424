"""Treatments drawn over the linkage posterior, given covariates and an outcome.

What a linkage probability knows, and what not. With the comparison pattern c of a household's candidate links, record
linkage gives p = P(T = 1 | c) by Bayes' rule from a prior r = P(T = 1), equal for all or for all of a block. It knows
nothing of covariates x and outcome y. If identifiers agree or not for reasons of their own, so that c is independent of
(x, y) given T, then

    odds(T = 1 | c, x, y) = odds(p) / odds(r)  x  odds(e(x))  x  f(y | 1, x) / f(y | 0, x):

the Bayes factor of the pattern, the propensity e(x) in the place of the prior that linkage used, and the likelihood
ratio of the outcome. Leaving out the last makes treatment independent of the outcome among doubtful households, which
draws the effect towards zero; leaving out e(x) does the same to the difference in covariates, and with it to the
adjustment. The prior must be divided by once: where linkage used one per block and the block explains e(x), a common r
would count the block twice (`linkage_prior`).

The parameters of e and f are unknown too. Data augmentation draws them given the treatments, then the treatments given
them, in turn; draws that lie some turns apart are the imputations.

Weights and strata have no part in the models: a household is doubtful whatever its weight, and they enter in the
analysis of each completed data set. Where the weight goes with outcome or effect beyond the covariates, it belongs
among the covariates given here. Neighbours do have a part: households of a PSU share luck, and a model that takes a
good year of a village for the work of a programme would treat all its doubtful households (`VillageEffects`,
`village_columns`). Households are drawn independently given the parameters: that a register row is of one household
only is a property of the posterior given, and ties the draws of few.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.linkage_error.logistic_posterior import LogisticPosterior
from dampak.estimate.linkage_error.outcome_models import BinaryOutcome, NormalOutcome, OutcomeModel, normal_scale
from dampak.estimate.linkage_error.villages import Villages, village_columns
from dampak.match.standardised import one_blas_thread
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Labels = NDArray[Any]

CERTAIN = 0.001  # a link is taken as known where its probability, or that of no link, is below this
SLOPE = 2.5  # prior standard deviation of a standardised covariate in the propensity, in log odds
INTERCEPT = 10.0
BLOCK_UNITS = 50.0  # weight of the overall share in that of a block, in households


def linkage_prior(probability: FloatArray, *, block: Labels | None = None) -> FloatArray:
    """Share of recipients that the linkage presumes before it compares identifiers.

    A posterior averages to its prior, so the mean of the probabilities is that share: overall, or in each block where
    the linkage had a prior of its own, drawn towards the overall share in small blocks.

    Parameters
    ----------
    probability : (n,) float
        Posterior probability that a household is a recipient; 0 without any candidate.
    block : (n,) labels or None
        Area or other block within which the links were searched.

    Returns
    -------
    (n,) float
    """
    overall = float(np.mean(probability))
    if block is None:
        return np.full(probability.shape[0], overall)
    code = np.unique(block, return_inverse=True)[1]
    total, size = np.bincount(code, weights=probability), np.bincount(code)
    return np.asarray((total + BLOCK_UNITS * overall) / (size + BLOCK_UNITS))[code]


def imputed_treatments(
    probability: FloatArray,
    covariates: FloatArray,
    outcome: FloatArray | None,
    *,
    imputations: int = 10,
    burn_in: int = 20,
    spacing: int = 10,
    seed: int,
    binary: bool = False,
    prior: FloatArray | None = None,
    psu: Labels | None = None,
) -> BoolArray:
    """Draw the treatment of all units several times.

    Parameters
    ----------
    probability : (n,) float
        Posterior probability of the linkage that the unit is treated.
    covariates : (n, k) float
        At least those of the analysis.
    outcome : (n,) float or None
        That of the analysis, each with its own imputations. None leaves it out: right only where no outcome is
        analysed (a table of who the recipients are), and attenuating where one is.
    imputations : int
        Draws m.
    burn_in, spacing : int
        Turns of the data augmentation before the first draw, and from one to the next.
    seed : int
        Of the study, stage and outcome (`dampak.seeds.seed_of`).
    binary : bool
        The outcome is 0 or 1: logistic instead of normal linear model.
    prior : (n,) float or None
        From `linkage_prior`; None = one prior for all.
    psu : (n,) labels or None
        Primary sampling units, unique over strata, or villages: who shares luck and selection beyond the covariates
        (`village_columns`).

    Returns
    -------
    (m, n) bool
        Units with a probability below 0.001 or above 0.999 are the same in all draws.

    Raises
    ------
    ConfigError
        Numbers of draws or turns below 1.
    DataError
        Probabilities outside 0 and 1, values that are not finite, an outcome that is not binary though said to be,
        or no unit that could be treated, or untreated.

    References
    ----------
    Shan, M., Thomas, K. and Gutman, R. (2021). A multiple imputation procedure for record linkage and causal inference
    to estimate the effects of home-delivered meals. Annals of Applied Statistics 15, 412-436. Tanner, M. and Wong, W.
    (1987). JASA 82, 528-540 (data augmentation). Meng, X. (1994). Statistical Science 9, 538-573 (congeniality).
    """
    if min(imputations, burn_in, spacing) < 1:
        raise ConfigError(
            f"linkage: imputations {imputations}, burn_in {burn_in} and spacing {spacing} must all be 1 or more"
        )
    p = np.asarray(probability, dtype=np.float64)
    _require(p, covariates, outcome, binary=binary)
    doubtful = np.flatnonzero((p > CERTAIN) & (p < 1 - CERTAIN))
    treatment = p >= 1 - CERTAIN
    if doubtful.size == 0:
        return np.repeat(treatment[None, :], imputations, axis=0)
    presumed = np.clip(linkage_prior(p) if prior is None else prior, 1e-6, 1 - 1e-6)
    # What the identifiers alone say: the log Bayes factor of the pattern.
    links = _log_odds(p[doubtful]) - _log_odds(presumed[doubtful])
    x = np.asarray(covariates, dtype=np.float64)
    z = _standardised(x)
    villages = None if psu is None else Villages(psu)
    if psu is not None:
        z = _standardised(np.column_stack([x, village_columns(p, outcome if binary else None, z, psu=psu)]))
    precision = np.r_[INTERCEPT**-2.0, np.full(z.shape[1] - 1, SLOPE**-2.0)]
    propensity, some = LogisticPosterior(z, precision=precision, villages=villages), z[doubtful]
    model: OutcomeModel | None = None
    if outcome is not None:
        y = np.asarray(outcome, dtype=np.float64)
        model = (
            BinaryOutcome(z, y, doubtful=doubtful, villages=villages)
            if binary
            else NormalOutcome(z, normal_scale(y, z), certain=treatment, doubtful=doubtful, psu=psu)
        )
    rng = np.random.default_rng(seed_of(seed, "linkage", "treatment"))
    treatment = treatment.copy()
    treatment[doubtful] = rng.random(doubtful.size) < p[doubtful]
    draws = np.empty((imputations, p.size), dtype=bool)
    with one_blas_thread(p.size):
        for draw in range(imputations):
            for _ in range(spacing if draw else burn_in):
                log_odds = links + some @ propensity.draw(treatment.astype(np.float64), rng)
                if model is not None:
                    log_odds = log_odds + model.evidence(treatment, rng)
                treatment[doubtful] = rng.logistic(size=doubtful.size) < log_odds
            draws[draw] = treatment
    return draws


def _standardised(x: FloatArray) -> FloatArray:
    """A column of ones and the covariates less their mean, over their standard deviation; constant ones left out."""
    spread = x.std(axis=0)
    # A constant column keeps a spread of rounding; it has nothing to say.
    varies = spread > 1e-12 * np.maximum(np.abs(x).max(axis=0, initial=0.0), 1e-300)
    return np.column_stack([np.ones(x.shape[0]), (x[:, varies] - x[:, varies].mean(axis=0)) / spread[varies]])


def _log_odds(p: FloatArray) -> FloatArray:
    return np.asarray(np.log(p) - np.log1p(-p))


def _require(p: FloatArray, covariates: FloatArray, outcome: FloatArray | None, *, binary: bool) -> None:
    bad = ~((p >= 0) & (p <= 1))
    if np.any(bad):
        raise DataError(
            f"match/receipts.parquet: column probability: {int(bad.sum())} households have none between 0 and 1; give "
            "0 to a household without any candidate link, and run the linkage again"
        )
    if covariates.shape[0] != p.size or not np.all(np.isfinite(covariates)):
        raise DataError(
            f"clean/design.parquet: covariates: {p.size} households have a linkage probability, and "
            f"{int(np.isfinite(covariates).all(axis=1).sum())} have all covariates; set required: true in the codebook "
            "so that the others are quarantined"
        )
    if p.size == 0 or p.max() <= CERTAIN or p.min() >= 1 - CERTAIN:
        state = "no household is" if p.size == 0 or p.max() <= CERTAIN else "every household is surely"
        raise DataError(
            f"match/receipts.parquet: column probability: {state} linked to the register, so there are no two groups "
            "to compare; check the area and the year of the register"
        )
    if outcome is None:
        return
    if outcome.shape[0] != p.size or not np.all(np.isfinite(outcome)):
        raise DataError(
            f"clean/outcomes.parquet: {p.size} households have a linkage probability, and "
            f"{int(np.isfinite(outcome).sum())} have a value of the outcome; leave the others out of the design"
        )
    if binary and not np.all((outcome == 0) | (outcome == 1)):
        raise DataError(
            "clean/outcomes.parquet: an outcome that is said to be binary has values besides 0 and 1; drop "
            "binary, or recode the outcome"
        )
