"""Omitted variables: the algebra of Cinelli and Hazlett holds to the digit when the variable is put back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.estimate.omitted_variables import (
    adjusted,
    benchmark_bounds,
    benchmark_strength,
    partial_r2,
    robustness_value,
)
from dampak.estimate.power import minimum_detectable_effect


def study(seed: int = 0, n: int = 300):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    z = rng.normal(size=n) + 0.5 * x[:, 0]
    d = rng.random(n) < 1 / (1 + np.exp(-x[:, 0] - 0.7 * z))
    y = 0.5 * d + x @ [1.0, 0.5, 0.0] + 0.8 * z + rng.normal(size=n)
    return y, d, x, z, rng.uniform(0.5, 2, n)


def least_squares(y, columns, weight):
    """Coefficient of the first column, its classical standard error, residual sum of squares, df."""
    x = np.column_stack([*columns, np.ones(y.size)])
    root = np.sqrt(weight)
    beta, *_ = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)
    rss = float((weight * (y - x @ beta) ** 2).sum())
    df = y.size - x.shape[1]
    return beta[0], math.sqrt(rss / df * np.linalg.inv((x * weight[:, None]).T @ x)[0, 0]), rss, df


def test_the_robustness_values_of_the_darfur_study_are_those_of_sensemakr() -> None:
    """Cinelli and Hazlett (2020), Table 1; t = 0.0973158 / 0.0232565 with 783 degrees of freedom."""
    f = 0.0973158 / 0.0232565 / math.sqrt(783)
    assert robustness_value(f, df=783) == pytest.approx(0.138776, rel=1e-5)
    assert robustness_value(f, df=783, alpha=0.05) == pytest.approx(0.076258, abs=1e-6)


def test_with_few_degrees_of_freedom_the_critical_value_counts_and_can_bind() -> None:
    """By hand from t(0.975, 9) = 2.262157 and t(0.975, 4) = 2.776445."""
    assert robustness_value(1.0, df=10, alpha=0.05) == pytest.approx(0.217556, abs=1e-6)
    assert robustness_value(2.0, df=5, alpha=0.05) == pytest.approx((4 - 2.776445**2 / 4) / 5, abs=1e-6)


def test_an_insignificant_estimate_needs_no_confounder_to_become_so() -> None:
    assert robustness_value(0.01, df=100, alpha=0.05) == 0
    assert robustness_value(0.01, df=100) > 0


def test_the_normal_minimum_detectable_effect_is_2_8016_standard_errors() -> None:
    assert minimum_detectable_effect(1.0, df=math.inf, alpha=0.05) == pytest.approx(2.801585, rel=1e-6)
    assert minimum_detectable_effect(1.0, df=5, alpha=0.05) > 3


@pytest.mark.parametrize("seed", range(5))
def test_adjusting_for_the_strength_of_an_omitted_variable_gives_the_regression_that_holds_it(seed: int) -> None:
    y, d, x, z, w = study(seed)
    d = d.astype(float)
    short, error, rss, df = least_squares(y, [d, *x.T], w)
    full, error_full, rss_full, df_full = least_squares(y, [d, *x.T, z], w)
    r2yz = 1 - rss_full / rss
    r2dz = 1 - least_squares(d, [*x.T, z], w)[2] / least_squares(d, list(x.T), w)[2]
    found = adjusted(short, error, df=df, r2dz_x=r2dz, r2yz_dx=r2yz, reduce=abs(full) < abs(short))
    assert (found.estimate, found.std_error, found.df) == pytest.approx((full, error_full, df_full), rel=1e-9)
    assert found.t == pytest.approx(full / error_full, rel=1e-9)


@given(st.floats(-5, 5).filter(lambda b: abs(b) > 0.01), st.floats(0.05, 3), st.integers(10, 500), st.floats(0.1, 1))
def test_a_confounder_as_strong_as_the_robustness_value_takes_away_that_share_of_the_estimate(b, se, df, q) -> None:
    rv = robustness_value(b / se / math.sqrt(df), df=df, q=q)
    if rv > 1 - 1e-6:
        return
    assert adjusted(b, se, df=df, r2dz_x=rv, r2yz_dx=rv).estimate == pytest.approx((1 - q) * b, abs=1e-6 * abs(b))
    assert partial_r2(b / se, df=df) == pytest.approx((b / se) ** 2 / ((b / se) ** 2 + df))


def test_a_hidden_twin_of_a_covariate_is_a_confounder_once_as_strong_as_it() -> None:
    """Z and X1 play the same role in treatment and outcome; the bound from X1 must cover what omitting Z did."""
    rng = np.random.default_rng(3)
    n = 4000
    x, z = rng.normal(size=(2, n))
    d = rng.random(n) < 1 / (1 + np.exp(-0.5 * (x + z)))
    y = d + x + z + rng.normal(size=n)
    ones = np.ones(n)
    bounds = benchmark_bounds(y, d, covariates=x[:, None], names=["x"], benchmarks=["x"], weight=ones, kd=[1, 2])
    true = least_squares(y, [d.astype(float), x, z], ones)[0]
    short = least_squares(y, [d.astype(float), x], ones)[0]
    assert bounds["adjusted_estimate"][0] == pytest.approx(true, abs=0.1)
    assert bounds["adjusted_estimate"][1] < bounds["adjusted_estimate"][0] < short - 0.3


def test_the_strength_of_a_benchmark_is_that_of_the_covariates_partial_r2() -> None:
    y, d, x, _, w = study(7)
    d = d.astype(float)
    r2d = 1 - least_squares(d, list(x.T), w)[2] / least_squares(d, list(x[:, 1:].T), w)[2]
    r2y = 1 - least_squares(y, [d, *x.T], w)[2] / least_squares(y, [d, *x[:, 1:].T], w)[2]
    found = benchmark_bounds(
        y, d == 1, covariates=x, names=["a", "b", "c"], benchmarks=["a", ["b", "c"]], weight=w, kd=[0.5], ky=[0.25]
    )
    assert found["benchmark"].tolist() == ["a", "b + c"]
    expected = benchmark_strength(r2d, r2y, kd=0.5, ky=0.25)
    assert tuple(found.loc[0, ["r2dz_x", "r2yz_dx"]]) == pytest.approx(expected, rel=1e-9)
    short, error, _, df = least_squares(y, [d, *x.T], w)
    after = adjusted(short, error, df=df, r2dz_x=expected[0], r2yz_dx=expected[1])
    assert found.loc[0, "adjusted_estimate"] == pytest.approx(after.estimate, rel=1e-9)
    assert (found.loc[0, "ci_low"] + found.loc[0, "ci_high"]) / 2 == pytest.approx(after.estimate)


def test_a_confounder_stronger_than_any_can_be_has_no_row_of_numbers() -> None:
    assert all(math.isnan(v) for v in benchmark_strength(0.4, 0.1, kd=2, ky=2))
    assert benchmark_strength(0.3, 0.6, kd=1, ky=1)[1] == 1.0


def test_what_is_no_covariate_or_no_share_is_refused() -> None:
    y, d, x, _, w = study()
    with pytest.raises(ConfigError, match="benchmark 'sex' is not a covariate of the regression"):
        benchmark_bounds(y, d, covariates=x, names=["a", "b", "c"], benchmarks=["sex"], weight=w)
    with pytest.raises(ConfigError, match="kd has 3 values and ky 1"):
        benchmark_bounds(y, d, covariates=x, names=["a", "b", "c"], benchmarks=["a"], weight=w, ky=[1])
    with pytest.raises(DataError, match="determined by the covariates"):
        benchmark_bounds(y, d, covariates=d[:, None] * 1.0, names=["a"], benchmarks=["a"], weight=w)
    with pytest.raises(ConfigError, match="between 0 and 1"):
        adjusted(1.0, 1.0, df=10, r2dz_x=1.0, r2yz_dx=0.1)
