"""The propensity score is the maximum-likelihood logit, and data without one are refused by name."""

import numpy as np
import pytest

from dampak.errors import DataError
from dampak.match.propensity import logit_score


def overlapping(n=400, seed=0):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(50, 10, n), rng.lognormal(13, 1, n), rng.random(n) < 0.3]).astype(float)
    linear = (x[:, 0] - 50) / 10 + 0.5 * (np.log(x[:, 1]) - 13) - x[:, 2]
    return x, rng.random(n) < 1 / (1 + np.exp(-linear)), ["age", "income", "urban"]


def test_the_score_equations_hold():
    """At the maximum the treated residuals are orthogonal to intercept and covariates, survey weights included."""
    x, treatment, names = overlapping()
    weight = np.random.default_rng(1).uniform(0.5, 3, len(x))
    for w in (None, weight):
        fit = logit_score(x, treatment, names=names, weight=w)
        residual = (np.ones(len(x)) if w is None else w) * (treatment - fit.score)
        design = np.column_stack([np.ones(len(x)), x / x.std(axis=0)])
        assert np.abs(design.T @ residual).max() < 1e-8
        assert fit.linear == pytest.approx(fit.coefficients[0] + x @ fit.coefficients[1:], abs=1e-8)


def test_whole_weights_count_as_repeated_rows():
    x, treatment, names = overlapping(n=200)
    times = np.random.default_rng(2).integers(1, 4, len(x))
    weighted = logit_score(x, treatment, names=names, weight=times.astype(float))
    repeated = logit_score(np.repeat(x, times, axis=0), np.repeat(treatment, times), names=names)
    assert weighted.coefficients == pytest.approx(repeated.coefficients, rel=1e-8)


def test_the_unit_of_a_covariate_does_not_matter():
    x, treatment, names = overlapping()
    scale = np.array([12.0, 1e-3, 1.0])
    one = logit_score(x, treatment, names=names)
    two = logit_score(x * scale + [3.0, 0.0, 1.0], treatment, names=names)
    assert two.score == pytest.approx(one.score, abs=1e-10)
    assert two.coefficients[1:] * scale == pytest.approx(one.coefficients[1:], rel=1e-8)


def test_a_covariate_that_separates_the_groups_completely_is_named():
    x, treatment, names = overlapping()
    x[:, 1] = np.where(treatment, 10.0, 0.0) + np.random.default_rng(0).random(len(x))
    with pytest.raises(DataError, match=r"^clean/design.parquet: 'income' separates treated .*remove or coarsen"):
        logit_score(x, treatment, names=names)


def test_a_covariate_that_separates_one_of_its_values_is_named():
    """Quasi-complete separation: nobody with urban = 1 is treated."""
    x, treatment, names = overlapping()
    x[treatment, 2] = 0
    assert x[~treatment, 2].sum() > 10
    with pytest.raises(DataError, match=r"^clean/design.parquet: 'urban' separates"):
        logit_score(x, treatment, names=names)


def test_covariates_that_separate_only_together_are_named():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 3))
    treatment = x[:, 0] + x[:, 1] > 0
    with pytest.raises(DataError, match=r"^clean/design.parquet: 'a', 'b' separate "):
        logit_score(x, treatment, names=["a", "b", "c"])


def test_groups_that_are_far_apart_but_overlap_are_not_taken_for_separated():
    """A standardised slope of 10, beyond what starts the search for separation."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3000, 1))
    treatment = rng.random(3000) < 1 / (1 + np.exp(-10 * x[:, 0]))
    fit = logit_score(x, treatment, names=["z"])
    assert 8 < fit.coefficients[1] * x.std() < 13


def test_constant_and_redundant_covariates_and_a_single_group_are_named():
    x, treatment, names = overlapping()
    with pytest.raises(DataError, match=r"covariate 'urban' is constant \(1 for all 400 units\).*remove it"):
        logit_score(np.column_stack([x[:, :2], np.ones(400)]), treatment, names=names)
    with pytest.raises(DataError, match=r"covariate 'rural' is an exact combination of the covariates before it"):
        logit_score(np.column_stack([x, 1 - x[:, 2]]), treatment, names=[*names, "rural"])
    with pytest.raises(DataError, match="all 400 units are in one group"):
        logit_score(x, np.ones(400, dtype=bool), names=names)
