"""Residuals of units left out with their household are those of the fit without it."""

import numpy as np
import pytest

from dampak.estimate.balancing import balancing_difference
from dampak.estimate.regression import weighted_least_squares
from dampak.estimate.survey_design import SurveyDesign

from .test_balancing_leverage import case, weights


def test_a_residual_is_that_from_the_fit_without_its_cluster() -> None:
    rng = np.random.default_rng(5)
    n, k = 58, 5
    x = np.column_stack([np.ones(n), rng.normal(size=(n, k))])
    w = np.where(rng.random(n) < 0.2, 0.0, rng.uniform(0.3, 4, n))
    y = x @ rng.normal(size=k + 1) + rng.normal(size=n)
    cluster = rng.permutation(np.repeat(np.arange(25), [1] * 8 + [2] * 6 + [3] * 6 + [4] * 5))
    found = weighted_least_squares(x, y, weight=w).left_out_residuals(cluster)
    for number in np.unique(cluster):
        own = cluster == number
        without = weighted_least_squares(x[~own], y[~own], weight=w[~own])
        counted = own & (w > 0)
        assert found[counted] == pytest.approx((y - x @ without.coefficients)[counted], abs=1e-9)


def test_single_units_have_the_correction_of_hc3() -> None:
    made = case(7)
    x = np.column_stack([np.ones(40), made["covariates"]])
    fit = weighted_least_squares(x, made["outcome"], weight=made["survey_weight"])
    alone = fit.residuals / (1 - fit.leverages)
    assert np.array_equal(fit.left_out_residuals(), alone)
    assert fit.left_out_residuals(np.arange(40)) == pytest.approx(alone, rel=1e-12)


def test_a_cluster_that_decides_a_part_of_the_fit_keeps_its_residuals() -> None:
    rng = np.random.default_rng(8)
    only = np.zeros(30)
    only[:2] = 1.0
    x = np.column_stack([np.ones(30), only])
    fit = weighted_least_squares(x, rng.normal(size=30), weight=np.ones(30))
    found = fit.left_out_residuals(np.repeat(np.arange(15), 2))
    assert found[:2] == pytest.approx(fit.residuals[:2])
    assert np.isfinite(found).all()


def test_a_household_of_three_alike_counts_as_one_unit_of_three_times_the_weight() -> None:
    made = case(9)
    weight = weights(made, "att")
    one = balancing_difference(
        **made, weight=weight, leverage=True, design=SurveyDesign(psu=np.arange(40)), cluster=None
    )  # fmt: skip
    home = np.repeat(np.arange(40), 3)
    three = {name: np.repeat(values, 3, axis=0) for name, values in made.items()}

    def persons(cluster: np.ndarray | None) -> float:
        return balancing_difference(
            **three, weight=np.repeat(weight, 3), leverage=True, design=SurveyDesign(psu=home), cluster=cluster
        ).std_error

    assert persons(home) == pytest.approx(one.std_error, rel=1e-9)
    # Left out one by one, the other two still pull the fit to them.
    assert persons(None) < 0.98 * one.std_error
