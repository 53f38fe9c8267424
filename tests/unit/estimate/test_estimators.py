"""Estimators agree with independent code, keep their invariances, and refuse what they cannot do."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, interval
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.neighbours import nearest_neighbours
from dampak.estimate.oaxaca_blinder import oaxaca_blinder
from dampak.estimate.regression import gram_inverse, partial_f, regression, weighted_least_squares
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.weighted import weighted_difference
from dampak.match.weighting import effective_sample_size, inverse_probability_weights

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture
def data() -> Arrays:
    """Outcome, treatment, covariates, survey weight of 120 units."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(120, 3))
    t = rng.random(120) < 1 / (1 + np.exp(-x[:, 0]))
    y = 1.0 + 2.0 * t + x @ [1.0, -0.5, 0.2] + rng.normal(size=120)
    return y, t, x, rng.uniform(0.5, 3.0, size=120)


def logit(x: np.ndarray, t: np.ndarray, w: np.ndarray) -> np.ndarray:
    model = sm.GLM(t.astype(float), sm.add_constant(x), family=sm.families.Binomial(), freq_weights=w)
    return np.asarray(model.fit(tol=1e-14, maxiter=200).fittedvalues)


def close(a: Effect, b: Effect) -> bool:
    return a.estimate == pytest.approx(b.estimate, rel=1e-9) and a.std_error == pytest.approx(b.std_error, rel=1e-9)


def test_weighted_regression_with_hc1_is_that_of_statsmodels(data: Arrays) -> None:
    y, t, x, w = data
    theirs = sm.WLS(y, sm.add_constant(np.column_stack([t, x])), weights=w).fit(cov_type="HC1")
    ours = regression(y, t, covariates=x, weight=w)
    assert ours.estimate == pytest.approx(theirs.params[1], rel=1e-10)
    assert ours.std_error == pytest.approx(theirs.bse[1], rel=1e-10)
    assert ours.df == 115


def test_a_redundant_covariate_changes_nothing(data: Arrays) -> None:
    y, t, x, w = data
    redundant = np.column_stack([x, x[:, 0] - 2 * x[:, 1], np.ones(y.size)])
    assert close(regression(y, t, covariates=redundant, weight=w), regression(y, t, covariates=x, weight=w))
    assert gram_inverse(redundant, weight=w)[1] == 4


@pytest.mark.parametrize("apart", [1.0, 0.05, 0.005, 1e-4])
def test_the_inverse_is_that_of_qr_however_close_two_columns_are(data: Arrays, apart: float) -> None:
    """On either side of what the products alone can tell apart."""
    _, _, x, w = data
    close_by = np.column_stack([1e6 * x, x[:, 0] + apart * np.random.default_rng(9).normal(size=x.shape[0])])
    inverse = np.linalg.inv(np.linalg.qr(np.sqrt(w)[:, None] * close_by, mode="r"))
    bread, rank = gram_inverse(close_by, weight=w)
    assert rank == 4
    assert bread == pytest.approx(inverse @ inverse.T, rel=1e-11 / apart, abs=0)


def test_more_columns_than_rows_fit_exactly_and_have_no_standard_error() -> None:
    x = np.random.default_rng(1).normal(size=(4, 6))
    fit = weighted_least_squares(x, np.arange(4.0), weight=np.ones(4))
    assert fit.rank == 4
    assert np.abs(fit.residuals).max() < 1e-10


def test_covariates_that_encode_the_treatment_are_refused(data: Arrays) -> None:
    y, t, x, w = data
    with pytest.raises(DataError, match="constant or determined by the covariates"):
        regression(y, t, covariates=np.column_stack([x, 1.0 - t]), weight=w)


def test_rescaling_a_covariate_by_a_billion_moves_no_estimate(data: Arrays) -> None:
    y, t, x, w = data
    rupiah = x * np.array([1e9, 1.0, 1.0]) + np.array([3e9, 0.0, 0.0])
    assert close(regression(y, t, covariates=rupiah, weight=w), regression(y, t, covariates=x, weight=w))
    assert close(oaxaca_blinder(y, t, covariates=rupiah, weight=w), oaxaca_blinder(y, t, covariates=x, weight=w))


def test_rows_with_weight_zero_do_not_exist(data: Arrays) -> None:
    y, t, x, w = data
    keep = np.arange(y.size) < 90
    for estimator in (regression, oaxaca_blinder):
        full = estimator(y, t, covariates=x, weight=np.where(keep, w, 0.0))
        assert close(full, estimator(y[keep], t[keep], covariates=x[keep], weight=w[keep]))
        assert full.n_treated + full.n_comparison == 90


def test_partial_f_is_the_classical_t_over_root_df(data: Arrays) -> None:
    y, t, x, _ = data
    theirs = sm.OLS(y, sm.add_constant(np.column_stack([t, x]))).fit()
    f, df = partial_f(y, t, covariates=x, weight=np.ones(y.size))
    assert df == theirs.df_resid
    assert f == pytest.approx(abs(theirs.tvalues[1]) / math.sqrt(df), rel=1e-10)


def test_oaxaca_blinder_without_covariates_is_the_difference_in_means(data: Arrays) -> None:
    y, t, _, w = data
    none = np.empty((y.size, 0))
    means = weighted_difference(y, t, weight=w).estimate
    for estimand in ("att", "atc", "ate"):
        result = oaxaca_blinder(y, t, covariates=none, weight=w, estimand=estimand, std_error="linearized")
        assert result.estimate == pytest.approx(means, rel=1e-12)


def test_oaxaca_blinder_ate_mixes_att_and_atc_by_population_share(data: Arrays) -> None:
    y, t, x, w = data
    att, atc, ate = (
        oaxaca_blinder(y, t, covariates=x, weight=w, estimand=e, std_error="linearized").estimate
        for e in ("att", "atc", "ate")
    )
    share = w[t].sum() / w.sum()
    assert ate == pytest.approx(share * att + (1 - share) * atc, rel=1e-10)


def test_the_published_oaxaca_blinder_convention_is_refused_for_the_ate(data: Arrays) -> None:
    y, t, x, w = data
    with pytest.raises(ConfigError, match="not defined for the estimand ate; use std_error linearized"):
        oaxaca_blinder(y, t, covariates=x, weight=w, estimand="ate")
    with pytest.raises(ConfigError, match="att, atc and ate, not 'ato'"):
        oaxaca_blinder(y, t, covariates=x, weight=w, estimand="ato")


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
def test_ipw_influence_is_the_numerical_derivative_in_each_units_weight(data: Arrays, estimand: str) -> None:
    """The influence value of a unit is the derivative of the estimate in its survey weight, score refitted."""
    y, t, x, w = data
    result = inverse_probability(y, t, propensity=logit(x, t, w), covariates=x, survey_weight=w, estimand=estimand)
    derivative = np.empty(y.size)
    for i in range(y.size):
        moved = []
        for step in (1e-4, -1e-4):
            v = w.copy()
            v[i] += step
            weight = inverse_probability_weights(logit(x, t, v), t, estimand=estimand, survey_weight=v)
            moved.append(weighted_difference(y, t, weight=weight).estimate)
        derivative[i] = (moved[0] - moved[1]) / 2e-4
    assert result.std_error == pytest.approx(math.sqrt(np.sum((w * derivative) ** 2)), rel=1e-5)
    assert result.df == math.inf


def test_ipw_honours_the_survey_design_with_t_on_its_df(data: Arrays) -> None:
    y, t, x, w = data
    result = inverse_probability(
        y,
        t,
        propensity=logit(x, t, w),
        covariates=x,
        survey_weight=w,
        design=SurveyDesign(np.repeat(["a", "b"], 60), np.repeat(np.arange(12), 10)),
    )
    assert result.df == 10


def test_ipw_on_common_support_compares_only_the_included_units(data: Arrays) -> None:
    y, t, x, w = data
    p = logit(x, t, w)
    include = (p > 0.2) & (p < 0.8)
    result = inverse_probability(y, t, propensity=p, covariates=x, survey_weight=w, include=include)
    weight = np.where(include, inverse_probability_weights(p, t, estimand="att", survey_weight=w), 0.0)
    assert result.estimate == pytest.approx(weighted_difference(y, t, weight=weight).estimate, rel=1e-12)
    assert result.n_treated == int(np.sum(include & t))


def test_ipw_refuses_an_estimand_it_does_not_know(data: Arrays) -> None:
    y, t, x, w = data
    with pytest.raises(ConfigError, match="att, atc, ate or ato, not 'late'"):
        inverse_probability(y, t, propensity=logit(x, t, w), covariates=x, survey_weight=w, estimand="late")


def test_an_empty_group_is_refused_with_a_remedy(data: Arrays) -> None:
    y, t, _, w = data
    with pytest.raises(DataError, match=r"no comparison unit has a positive weight.*widen"):
        weighted_difference(y, t, weight=np.where(t, w, 0.0))


def test_one_to_one_neighbours_without_reuse_have_the_variance_of_paired_differences() -> None:
    rng = np.random.default_rng(3)
    y, t = rng.normal(size=40), np.arange(40) < 20
    pairs = {"focal": np.arange(20), "match": np.arange(20, 40), "pair_weight": np.ones(20)}
    result = nearest_neighbours(y, t, **pairs, survey_weight=np.ones(40))
    gap = y[:20] - y[20:]
    assert result.estimate == pytest.approx(gap.mean())
    assert result.std_error == pytest.approx(gap.std() / math.sqrt(20))
    assert (result.n_treated, result.n_comparison, result.ess_comparison) == (20, 20, pytest.approx(20))


def test_matching_the_comparison_units_gives_the_effect_its_right_sign() -> None:
    y, t = np.array([5.0, 6.0, 1.0, 2.0]), np.array([True, True, False, False])
    pairs = {"focal": np.array([2, 3]), "match": np.array([0, 1]), "pair_weight": np.ones(2)}
    assert nearest_neighbours(y, t, **pairs, survey_weight=np.ones(4)).estimate == 4.0


def test_a_survey_weight_of_two_counts_the_focal_unit_twice() -> None:
    rng = np.random.default_rng(4)
    y, t, x = rng.normal(size=9), np.arange(9) < 4, rng.normal(size=(9, 1))
    focal, match = np.array([0, 0, 1, 2, 3]), np.array([4, 5, 5, 6, 7])
    share = np.array([0.5, 0.5, 1.0, 1.0, 1.0])
    weight = np.ones(9)
    weight[1] = 2.0
    weighted = nearest_neighbours(
        y,
        t,
        focal=focal,
        match=match,
        pair_weight=share,
        survey_weight=weight,
        covariates=x,
        bias_adjust=True,
    )
    twin = nearest_neighbours(
        np.append(y, y[1]),
        np.append(t, True),
        focal=np.append(focal, 9),
        match=np.append(match, 5),
        pair_weight=np.append(share, 1.0),
        survey_weight=np.ones(10),
        covariates=np.vstack([x, x[1]]),
        bias_adjust=True,
    )
    assert weighted.estimate == pytest.approx(twin.estimate, rel=1e-12)


def test_bias_adjustment_removes_a_linear_covariate_gap_entirely() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 2)) + np.where(np.arange(60) < 20, 1.0, 0.0)[:, None]
    t = np.arange(60) < 20
    y = 3.0 * t + x @ [2.0, -1.0]
    focal, match = np.repeat(np.arange(20), 2), np.tile(np.arange(20, 60), 1)
    result = nearest_neighbours(
        y,
        t,
        focal=focal,
        match=match,
        pair_weight=np.full(40, 0.5),
        survey_weight=np.ones(60),
        covariates=x,
        bias_adjust=True,
    )
    assert result.estimate == pytest.approx(3.0, rel=1e-10)
    assert result.std_error < 1e-6


def test_neighbours_refuse_a_survey_design_with_the_reason_and_the_remedy() -> None:
    pair = {"focal": np.array([0]), "match": np.array([1]), "pair_weight": np.ones(1)}
    y, t = np.array([1.0, 0.0]), np.array([True, False])
    with pytest.raises(ConfigError, match=r"assumes independent units.*use replace: false, ipw"):
        nearest_neighbours(y, t, **pair, survey_weight=np.ones(2), design_declared=True)
    empty = {"focal": np.empty(0, int), "match": np.empty(0, int), "pair_weight": np.empty(0)}
    with pytest.raises(DataError, match="holds no pair"):
        nearest_neighbours(y, t, **empty, survey_weight=np.ones(2))


def test_intervals_use_t_with_finite_df_and_the_normal_otherwise() -> None:
    normal = interval(Effect(1.96, 1.0, math.inf, 1, 1, 1.0, 1.0), alpha=0.05)
    assert normal.p_value == pytest.approx(0.05, abs=2e-5)
    assert normal.low == pytest.approx(0.0, abs=1e-4)
    student = interval(Effect(2.0, 1.0, 4.0, 1, 1, 1.0, 1.0), alpha=0.05)
    assert student.high == pytest.approx(2.0 + 2.776445, rel=1e-6)
    assert student.p_value == pytest.approx(0.1161, abs=1e-4)


def test_effective_sample_size_is_n_for_equal_weights_and_zero_for_none() -> None:
    assert effective_sample_size(np.full(8, 3.0)) == pytest.approx(8)
    assert effective_sample_size(np.zeros(3)) == 0
