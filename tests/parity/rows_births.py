"""Ledger: smoking and birth weight, Stata's cattaneo2."""

from collections.abc import Callable
from functools import partial

import numpy as np

from dampak.estimate.aipw import aipw
from dampak.estimate.effect import Effect
from dampak.estimate.g_computation import g_computation
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.neighbours import nearest_neighbours
from dampak.match.pairing import nearest
from dampak.match.propensity import probit_score
from dampak.match.weighting import inverse_probability_weights

from .public_data import BIRTH_OUTCOME, BIRTH_SCORE, births
from .row import Group, Row, numbers


def adjusted(estimand: str) -> Effect:
    data = births()
    x = data.columns(*BIRTH_OUTCOME)
    return g_computation(data.column("bweight"), data.t, covariates=x, weight=data.ones, estimand=estimand)


def weighted(estimand: str) -> Effect:
    data = births()
    return inverse_probability(
        data.column("bweight"),
        data.t,
        propensity=probit_score(data.x, data.t, names=BIRTH_SCORE).score,
        covariates=data.x,
        survey_weight=data.ones,
        estimand=estimand,
        model="probit",
    )


def augmented() -> Effect:
    data = births()
    return aipw(
        data.column("bweight"),
        data.t,
        covariates=data.x,
        outcome_covariates=data.columns(*BIRTH_OUTCOME),
        survey_weight=data.ones,
        estimand="ate",
        propensity="probit",
    )


def matched(estimand: str) -> Effect:
    """teffects nnmatch: Mahalanobis by the covariance of all units, within cells of the two binary covariates."""
    data = births()
    x = data.columns("mmarried_", "mage", "fage", "medu", "prenatal1_")
    white = np.linalg.solve(np.linalg.cholesky(np.cov(x.T)), x.T).T
    cell = (x[:, 0] + 2 * x[:, 4]).astype(np.int64)
    sides = [
        nearest(data.t, covariates=white, distance="scaled_euclidean", exact=cell, replace=True, estimand=side)
        for side in (("att", "atc") if estimand == "ate" else ("att",))
    ]
    focal, match, share = (
        np.concatenate([getattr(pairs, name) for pairs in sides]) for name in ("focal", "match", "weight")
    )
    return nearest_neighbours(
        data.column("bweight"),
        data.t,
        focal=focal,
        match=match,
        pair_weight=share,
        survey_weight=data.ones,
        covariates=x[:, 1:4],
        bias_adjust=True,
        variance="heteroscedastic",
        # Far apart across cells, so that the variance too is found within them.
        coordinates=np.column_stack([white, 1000 * x[:, [0, 4]]]),
    )


def regression_weighted_by_score(estimand: str) -> tuple[float]:
    data = births()
    score = probit_score(data.x, data.t, names=BIRTH_SCORE).score
    found = g_computation(
        data.column("bweight"),
        data.t,
        covariates=data.columns(*BIRTH_OUTCOME),
        weight=inverse_probability_weights(score, data.t, estimand=estimand, survey_weight=data.ones),
        survey_weight=data.ones,
        estimand=estimand,
    )
    return (found.estimate,)


# id; what; effect, standard error of Stata's stored output
STORED: list[tuple[str, str, str, str, Callable[[], Effect]]] = [
    ("catt_ra", "regression adjustment, ATE", "-239.63921146434", "23.82402100183", lambda: adjusted("ate")),
    ("catt_ra_att", "regression adjustment, ATT", "-223.30165083857", "22.742195167601", lambda: adjusted("att")),
    ("catt_ipw", "inverse probability (probit), ATE", "-230.68863779526", "25.815243801554", lambda: weighted("ate")),
    ("catt_ipw_att", "odds of treatment (probit), ATT", "-225.17726054799", "23.664582726945", lambda: weighted("att")),
    ("catt_aipw", "augmented weighting (probit, linear), ATE", "-230.98920111258", "26.210564625435", augmented),
]
RA_ERROR = "Stata's error counts the estimated score and ours takes the weights as given, so errors are not compared"

BIRTHS = Group(
    "Smoking and birth weight",
    "Grams, mothers who smoked against those who did not, 4,642 births (Stata's cattaneo2). The commands are the "
    "examples of the manual [TE] teffects, which prints seven digits; except for nnmatch the numbers are the output of "
    "Stata, with fourteen, that statsmodels keeps to test itself with.",
    [
        *(
            Row(
                *(
                    id,
                    what,
                    "cattaneo2",
                    {"effect": value, "standard error": error},
                    f"[TE] teffects {id.split('_')[1]}",
                ),
                numbers(ours),
                tolerance=1e-10,
                error_tolerance=1e-8,
            )
            for id, what, value, error, ours in STORED
        ),
        *(
            Row(
                *(f"catt_ipwra{end}", f"regression weighted by the score (probit), {estimand.upper()}", "cattaneo2"),
                *({"effect": value}, "[TE] teffects ipwra"),
                partial(regression_weighted_by_score, estimand),
                tolerance=1e-9,
                remark=RA_ERROR,
            )
            for estimand, end, value in (("ate", "", "-229.96707793513"), ("att", "_att", "-223.54526198669"))
        ),
        *(
            Row(
                f"catt_nnmatch_{estimand}",
                f"nearest neighbour, exact in two covariates, bias-adjusted, {estimand.upper()}",
                "cattaneo2",
                {"effect": value, "standard error": error},
                "[TE] teffects nnmatch",
                numbers(matched, estimand),
                remark='with `variance="heteroscedastic"` and two neighbours, as Stata\'s robust error',
            )
            for estimand, value, error in (("ate", "-210.0558", "29.32803"), ("att", "-238.5204", "30.41661"))
        ),
    ],
)
