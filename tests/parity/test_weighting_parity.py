"""Weights and errors of the weighting methods are those of WeightIt and Stata, in what is not a row of the ledger.

Sources. WeightIt's vignette (entropy balancing: effect 1273, standard error 770). Stata: manual [TE] teffects ipw,
example 1, and the stored output of Stata that statsmodels ships with its tests.
"""

import math

import numpy as np
import pytest

from dampak.estimate.balancing import balancing_difference
from dampak.estimate.effect import effect
from dampak.estimate.weighted import weighted_difference
from dampak.match.covariate_balancing import covariate_balancing_weights
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.propensity import probit_score

from .lalonde import COVARIATES, lalonde
from .public_data import BIRTH_SCORE, births


def test_the_probit_is_that_of_stata():
    stata = [-1.5582552629264, -0.64848213804682, 0.17443269674281, -0.00325591262232, -0.2175961616731]
    fit = probit_score(births().x, births().t, names=BIRTH_SCORE)
    assert fit.coefficients == pytest.approx([*stata, -0.08636308703575], rel=1e-9)


def test_the_covariate_balancing_score_gives_the_effect_of_entropy_balancing():
    """Zhao and Percival (2017), on data where the weights are far from equal."""
    y, t, x = lalonde().column("re78"), lalonde().t, lalonde().x
    weight = covariate_balancing_weights(x, t, names=COVARIATES)
    assert weighted_difference(y, t, weight=weight).estimate == pytest.approx(1273, abs=0.51)
    assert weight == pytest.approx(entropy_balancing(x, t, names=COVARIATES), rel=1e-8)


def test_the_error_with_the_target_s_moments_given_is_that_of_weightit_s_g_computation():
    """WeightIt's vignette: 770, from a regression in each group predicted for the treated, who are taken as given.

    Ours counts the sampling of the treated's covariates as well; without that part the two are one.
    """
    y, t, x = lalonde().column("re78"), lalonde().t, lalonde().x
    weight, one = entropy_balancing(x, t, names=COVARIATES), np.ones(614)
    counted = balancing_difference(y, t, weight=weight, covariates=x, survey_weight=one)
    gap = np.column_stack([one, x - x[t].mean(axis=0)])
    influence = np.zeros(614)
    slopes = []
    for group, sign in ((t, 1.0), (~t, -1.0)):
        root = np.sqrt(weight[group])
        beta = np.linalg.lstsq(gap[group] * root[:, None], y[group] * root, rcond=None)[0]
        influence[group] = sign * weight[group] * (y[group] - gap[group] @ beta) / weight[group].sum()
        slopes.append(beta[1:])
    given = effect(0.0, float(np.sum(influence**2)), df=math.inf, treatment=t, weight=weight)
    assert given.std_error == pytest.approx(770, abs=0.51)
    sampling = np.sum(((x[t] - x[t].mean(axis=0)) @ (slopes[0] - slopes[1])) ** 2) / t.sum() ** 2
    assert counted.std_error**2 == pytest.approx(given.std_error**2 + sampling, rel=1e-6)
