"""The propensity score is the maximum-likelihood logit, and data without one are refused by name."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import ndtr

from dampak.errors import DataError
from dampak.match.propensity import logit_score, probit_score, propensity_score
from dampak.match.separation import CONSTRAINTS
from dampak.match.standardised import BLOCK


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


@pytest.mark.parametrize("weighted", [False, True])
def test_probit_coefficients_and_scores_are_those_of_an_independent_glm(weighted):
    x, treatment, names = overlapping(n=1000)
    weight = np.random.default_rng(1).uniform(0.2, 9.0, len(x)) if weighted else None
    fit = probit_score(x, treatment, names=names, weight=weight)
    family = sm.families.Binomial(sm.families.links.Probit())
    model = sm.GLM(treatment.astype(float), sm.add_constant(x / x.std(axis=0)), family=family, freq_weights=weight)
    reference = model.fit(tol=1e-15, maxiter=300)
    assert fit.coefficients * np.append(1, x.std(axis=0)) == pytest.approx(np.asarray(reference.params), rel=1e-8)
    assert fit.score == pytest.approx(np.asarray(reference.fittedvalues), abs=1e-8)
    assert fit.linear == pytest.approx(fit.coefficients[0] + x @ fit.coefficients[1:], abs=1e-8)


def test_a_probit_without_a_maximum_is_refused_as_a_logit_is():
    x, treatment, names = overlapping()
    x[treatment, 2] = 0
    with pytest.raises(DataError, match=r"^clean/design.parquet: 'urban' separates"):
        probit_score(x, treatment, names=names)
    rng = np.random.default_rng(4)
    far = rng.normal(size=(3000, 1))
    fit = probit_score(far, rng.random(3000) < ndtr(6 * far[:, 0]), names=["z"])
    assert 4 < fit.coefficients[1] < 9


def test_the_model_is_chosen_by_name():
    x, treatment, names = overlapping()
    for model, fitted in (("logit", logit_score), ("probit", probit_score)):
        named = propensity_score(x, treatment, names=names, model=model)
        assert (named.score == fitted(x, treatment, names=names).score).all()


@pytest.mark.parametrize("fitted", [logit_score, probit_score])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_equal_units_have_equal_scores_wherever_they_stand_in_a_large_table(fitted, layout):
    """Blocks end between them, and the last block holds one row."""
    x, treatment, names = overlapping(n=BLOCK + 1)
    x[-1] = x[0]
    treatment = treatment.copy()
    treatment[-1] = treatment[0]
    fit = fitted(np.asarray(x, order=layout), treatment, names=names)
    assert fit.score[-1] == fit.score[0]
    assert fit.linear[-1] == fit.linear[0]


@pytest.mark.parametrize("fitted", [logit_score, probit_score])
def test_units_of_no_weight_are_scored_but_not_fitted(fitted):
    x, treatment, names = overlapping()
    alone = fitted(x, treatment, names=names)
    strange = np.vstack([x, [[1e3, 1e9, 0.0]]])
    more = fitted(strange, np.append(treatment, True), names=names, weight=np.append(np.ones(len(x)), 0.0))
    assert more.coefficients == pytest.approx(alone.coefficients, rel=1e-10)
    assert more.score[:-1] == pytest.approx(alone.score, rel=1e-10)
    assert np.isfinite(more.score[-1])


def test_the_order_of_rows_and_covariates_does_not_matter():
    x, treatment, names = overlapping(n=BLOCK + 500)
    fit = logit_score(x, treatment, names=names)
    rows = np.random.default_rng(0).permutation(len(x))
    other = logit_score(x[rows][:, [2, 0, 1]], treatment[rows], names=["urban", "age", "income"])
    assert other.score == pytest.approx(fit.score[rows], rel=1e-10)


def test_separation_is_found_among_more_units_than_the_linear_programme_starts_with():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(4 * CONSTRAINTS, 3))
    side = x[:, 0] - 2 * x[:, 2]
    kept = np.abs(side) > 0.2
    with pytest.raises(DataError, match=r"'a', 'c' separate "):
        logit_score(x[kept], side[kept] > 0, names=["a", "b", "c"])


@pytest.mark.parametrize("noise", [1e-5, 1e-9])
def test_a_nearly_redundant_covariate_is_kept_and_a_redundant_one_refused(noise):
    """The Gram matrix squares the distance, so its factor alone could not tell 1e-9 from nothing."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(5000, 2))
    z = x.sum(axis=1) + noise * rng.normal(size=5000)
    treatment = rng.random(5000) < 0.4
    if noise > 1e-7:
        assert np.isfinite(logit_score(np.column_stack([x, z]), treatment, names=["a", "b", "c"]).score).all()
    else:
        with pytest.raises(DataError, match="covariate 'c' is an exact combination"):
            logit_score(np.column_stack([x, z]), treatment, names=["a", "b", "c"])
