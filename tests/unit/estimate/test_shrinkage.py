"""Partial pooling: against other code, in the limits, and for 38 areas with planted effects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.special import ndtr
from scipy.stats import multivariate_normal
from statsmodels.stats.meta_analysis import combine_effects

from dampak.errors import ConfigError, DataError
from dampak.estimate.shrinkage import between_variance, partial_pooling, robust_critical_value

AREAS = 38


def areas(seed: int, *, tau: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True effects, estimates and standard errors of 38 areas of very different sizes."""
    rng = np.random.default_rng(seed)
    std_error = np.sqrt(np.linspace(0.3, 3.0, AREAS))
    truth = 2.0 + tau * rng.normal(size=AREAS)
    return truth, truth + std_error * rng.normal(size=AREAS), std_error


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_the_paule_mandel_variance_is_that_of_statsmodels(seed: int) -> None:
    """On data where its Newton steps do not end at 0."""
    _, y, std_error = areas(seed)
    expected = combine_effects(y, std_error**2, method_re="iterated", atol=1e-12)
    assert expected.tau2 > 0
    assert between_variance(y, std_error**2, method="paule_mandel") == pytest.approx(expected.tau2, abs=1e-6)
    pooled = partial_pooling(y, std_error, method="paule_mandel")
    assert pooled.mean == pytest.approx(expected.mean_effect_re, abs=1e-6)
    assert pooled.mean_std_error == pytest.approx(expected.sd_eff_w_re, abs=1e-6)


@given(st.integers(0, 10_000), st.floats(0, 2))
def test_the_paule_mandel_variance_makes_q_equal_to_its_degrees_of_freedom(seed: int, tau: float) -> None:
    _, y, std_error = areas(seed, tau=tau)
    found = between_variance(y, std_error**2, method="paule_mandel")
    w = 1 / (std_error**2 + found)
    q = float(np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2))
    assert q == pytest.approx(AREAS - 1, rel=1e-8) if found > 0 else q <= AREAS - 1


@pytest.mark.parametrize("seed", range(5))
def test_the_reml_variance_has_the_largest_likelihood_of_the_contrasts(seed: int) -> None:
    """Restricted likelihood: the density of the 37 differences from the last area, which do not depend on the mean."""
    _, y, std_error = areas(seed)
    contrast = np.hstack([np.eye(AREAS - 1), -np.ones((AREAS - 1, 1))])

    def likelihood(tau2: float) -> float:
        covariance = contrast @ np.diag(std_error**2 + tau2) @ contrast.T
        return float(multivariate_normal(cov=covariance).logpdf(contrast @ y))

    found = between_variance(y, std_error**2, method="reml")
    assert found > 0
    assert likelihood(found) >= max(likelihood(t) for t in (*np.linspace(0, 5, 101), 0.999 * found, 1.001 * found))


def test_with_equal_errors_both_variances_are_the_textbook_one() -> None:
    """A = s^2 - V, and Morris's shrinkage is that of James and Stein: (m - 3) V / sum (y - mean)^2."""
    y = areas(3, tau=2.0)[1]
    pooled = partial_pooling(y, np.ones(AREAS))
    assert pooled.tau2 == pytest.approx(y.var(ddof=1) - 1, rel=1e-6)
    assert between_variance(y, np.ones(AREAS), method="paule_mandel") == pytest.approx(pooled.tau2, rel=1e-6)
    shrinkage = (AREAS - 3) / np.sum((y - y.mean()) ** 2)
    assert pooled.estimates == pytest.approx(y - shrinkage * (y - y.mean()), rel=1e-6)


def test_with_equal_errors_the_variance_is_that_of_morris() -> None:
    """s_i^2 = V (1 - (m - 1) / m B) + 2 / (m - 3) B^2 (y_i - mean)^2."""
    y = areas(3, tau=2.0)[1]
    pooled = partial_pooling(y, np.full(AREAS, 1.5), alpha=0.1)
    b = (AREAS - 3) * 2.25 / np.sum((y - y.mean()) ** 2)
    expected = 2.25 * (1 - (AREAS - 1) / AREAS * b) + 2 / (AREAS - 3) * b**2 * (y - y.mean()) ** 2
    assert pooled.std_errors**2 == pytest.approx(expected, rel=1e-6)
    assert pooled.high - pooled.estimates == pytest.approx(1.644854 * np.sqrt(expected), rel=1e-6)


def test_with_unequal_errors_the_variance_is_that_of_morris_too() -> None:
    """In his notation: leverage r_i = m W_i / sum W, and v_i = 2 / (m - 3) B_i^2 (V-bar + A) / (V_i + A)."""
    y, v = np.array([1.0, 4.0, 2.0, 8.0, 3.0, 9.0]), np.array([1.0, 2.0, 0.5, 1.5, 3.0, 1.0])
    pooled = partial_pooling(y, np.sqrt(v))
    m, a = 6, pooled.tau2
    assert a > 1
    weight = 1 / (v + a)
    mean = np.average(y, weights=weight)
    for i in range(m):
        b = (m - 3) / (m - 1) * v[i] / (v[i] + a)
        leverage = m * weight[i] / weight.sum()
        noise = 2 / (m - 3) * b**2 * (np.average(v, weights=weight) + a) / (v[i] + a)
        expected = v[i] * (1 - (m - leverage) / m * b) + noise * (y[i] - mean) ** 2
        assert pooled.std_errors[i] ** 2 == pytest.approx(expected, rel=1e-9)
        assert pooled.estimates[i] == pytest.approx((1 - b) * y[i] + b * mean, rel=1e-9)


def test_areas_that_look_alike_are_pooled_nearly_completely() -> None:
    y = 3.0 + 0.1 * np.tile([-1.0, 1.0], 10)
    pooled = partial_pooling(y, np.ones(20))
    assert pooled.tau2 == 0
    assert pooled.shrinkage == pytest.approx(17 / 19)
    assert np.all(pooled.high - pooled.low < 2 * 1.96)


def test_precise_areas_keep_their_own_estimate() -> None:
    _, y, std_error = areas(4)
    pooled = partial_pooling(y, std_error / 1000)
    assert pooled.estimates == pytest.approx(y, abs=1e-3)
    assert pooled.std_errors == pytest.approx(std_error / 1000, rel=1e-3)


@given(st.integers(0, 10_000), st.floats(-100, 100), st.floats(0.01, 100))
def test_order_origin_and_unit_do_not_matter(seed: int, shift: float, unit: float) -> None:
    _, y, std_error = areas(seed)
    order = np.random.default_rng(seed).permutation(AREAS)
    plain, moved = partial_pooling(y, std_error), partial_pooling((shift + unit * y)[order], (unit * std_error)[order])
    assert moved.estimates == pytest.approx((shift + unit * plain.estimates)[order], rel=1e-4, abs=1e-4 * unit)
    assert moved.high - moved.low == pytest.approx((unit * (plain.high - plain.low))[order], rel=1e-3)


@given(st.integers(0, 10_000))
def test_every_area_moves_towards_the_mean_and_the_noisier_ones_by_more(seed: int) -> None:
    _, y, std_error = areas(seed)
    pooled = partial_pooling(y, std_error)
    assert np.all(np.abs(pooled.estimates - pooled.mean) <= np.abs(y - pooled.mean))
    assert np.all((pooled.estimates - pooled.mean) * (y - pooled.mean) >= 0)
    assert np.all(np.diff(pooled.shrinkage) >= -1e-12)


@pytest.mark.parametrize("method", ["reml", "paule_mandel"])
def test_38_areas_are_covered_on_average_with_less_error_than_without_pooling(method: str) -> None:
    covered, pooled_error, own_error, width = [], [], [], []
    for seed in range(300):
        truth, y, std_error = areas(seed)
        pooled = partial_pooling(y, std_error, method=method)
        covered.append(np.mean((pooled.low <= truth) & (truth <= pooled.high)))
        pooled_error.append(np.mean((pooled.estimates - truth) ** 2))
        own_error.append(np.mean((y - truth) ** 2))
        width.append(np.mean((pooled.high - pooled.low) / (2 * 1.96 * std_error)))
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(pooled_error) < 0.5 * np.mean(own_error)
    assert np.mean(width) < 0.8


def test_the_robust_interval_covers_effects_of_which_a_few_are_large() -> None:
    rng = np.random.default_rng(7)
    covered = []
    std_error = np.ones(AREAS)
    for _ in range(60):
        truth = np.where(rng.random(AREAS) < 0.05, 3.0, 0.0)
        y = truth + rng.normal(size=AREAS)
        pooled = partial_pooling(y, std_error, interval="robust")
        covered.append(np.mean((pooled.low <= truth) & (truth <= pooled.high)))
    assert np.mean(covered) >= 0.95


@pytest.mark.parametrize(("bias2", "alpha"), [(0.0, 0.05), (0.5, 0.05), (4.0, 0.05), (100.0, 0.05), (1.0, 0.2)])
def test_the_robust_critical_value_bounds_the_worst_distribution_of_the_bias(bias2: float, alpha: float) -> None:
    """The worst distribution by linear programming on a grid of |b|."""
    cv = robust_critical_value(bias2, alpha=alpha)
    b = np.unique(np.append(np.linspace(0, 6 * np.sqrt(bias2) + cv + 8, 4001), np.sqrt(bias2)))
    rate = ndtr(-cv - b) + ndtr(b - cv)
    worst = linprog(-rate, A_eq=np.vstack([np.ones_like(b), b**2]), b_eq=[1, bias2], bounds=(0, None))
    assert -worst.fun == pytest.approx(alpha, abs=2e-6)


def test_what_cannot_be_pooled_is_refused() -> None:
    with pytest.raises(DataError, match="3 areas, and at least 4"):
        partial_pooling(np.ones(3), np.ones(3))
    with pytest.raises(DataError, match="area 2 has no positive standard error"):
        partial_pooling(np.ones(4), np.array([1.0, 0.0, 1.0, 1.0]))
    with pytest.raises(DataError, match="area 4 has no positive standard error"):
        partial_pooling(np.ones(4), np.array([1.0, 1.0, 1.0, np.nan]))
    with pytest.raises(ConfigError, match="reml or paule_mandel, not 'dl'"):
        partial_pooling(np.arange(4.0), np.ones(4), method="dl")
    with pytest.raises(ConfigError, match="morris or robust, not 'wald'"):
        partial_pooling(np.arange(4.0), np.ones(4), interval="wald")
