"""Distances on covariates are the quadratic forms that the literature defines, in any unit of measurement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from dampak.errors import ConfigError, DataError
from dampak.match.distance import scaled_covariates, squared_distance


def study(seed: int, *, n: int = 80, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.exp(rng.normal(size=(n, k)) @ rng.normal(size=(k, k)) * 0.5)
    return x, rng.random(n) < 0.4


def all_pairs(position: np.ndarray) -> np.ndarray:
    return squared_distance(position[:, None, :], position[None, :, :])


def quadratic(x: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    gap = x[:, None, :] - x[None, :, :]
    return np.einsum("ijk,kl,ijl->ij", gap, np.linalg.inv(covariance), gap)


def within(x: np.ndarray, t: np.ndarray) -> np.ndarray:
    n1, n0 = t.sum(), (~t).sum()
    return ((n1 - 1) * np.cov(x[t].T) + (n0 - 1) * np.cov(x[~t].T)) / (n1 + n0 - 2)


@pytest.mark.parametrize("k", [2, 3, 9])
def test_mahalanobis_is_the_quadratic_form_of_the_covariance_within_groups(k: int) -> None:
    x, t = study(1, k=k)
    assert all_pairs(scaled_covariates(x, t, distance="mahalanobis")) == pytest.approx(quadratic(x, within(x, t)))


def test_the_covariance_is_that_of_the_included_units_only() -> None:
    x, t = study(2)
    include = x[:, 0] < np.median(x[:, 0])
    found = all_pairs(scaled_covariates(x, t, distance="mahalanobis", include=include))
    assert found == pytest.approx(quadratic(x, within(x[include], t[include])))
    assert not np.allclose(found, quadratic(x, within(x, t)))


def test_robust_mahalanobis_is_that_of_ranks_with_the_variance_of_untied_ranks() -> None:
    """Rosenbaum (2010), section 8.3: a rare binary covariate does not get a huge weight."""
    x, t = study(3)
    x[:, 2] = np.arange(len(x)) % 20 == 0
    ranks = np.column_stack([rankdata(column) for column in x.T])
    covariance = np.cov(ranks.T)
    factor = np.std(np.arange(len(x)), ddof=1) / np.sqrt(np.diag(covariance))
    expected = quadratic(ranks, covariance * np.outer(factor, factor))
    assert all_pairs(scaled_covariates(x, t, distance="robust_mahalanobis")) == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), log_units=st.lists(st.floats(-6, 6), min_size=3, max_size=3))
def test_units_of_measurement_do_not_matter(seed: int, log_units: list[float]) -> None:
    """Rupiah or billions of rupiah; for robust distances any increasing transformation."""
    x, t = study(seed)
    scale = 10.0 ** np.array(log_units)
    for distance in ("scaled_euclidean", "mahalanobis", "robust_mahalanobis"):
        one = all_pairs(scaled_covariates(x, t, distance=distance))
        assert all_pairs(scaled_covariates(x * scale, t, distance=distance)) == pytest.approx(one, rel=1e-6, abs=1e-9)
    robust = all_pairs(scaled_covariates(np.log(x), t, distance="robust_mahalanobis"))
    assert robust == pytest.approx(one)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_mahalanobis_survives_any_invertible_affine_map(seed: int) -> None:
    x, t = study(seed)
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    mapped = x @ (rotation * rng.uniform(0.5, 2, 3)) + rng.normal(size=3)
    one = all_pairs(scaled_covariates(x, t, distance="mahalanobis"))
    assert all_pairs(scaled_covariates(mapped, t, distance="mahalanobis")) == pytest.approx(one, rel=1e-6, abs=1e-9)


def test_equal_units_are_exactly_equally_far() -> None:
    x, t = study(4)
    x[10:20] = x[10]
    for distance in ("scaled_euclidean", "mahalanobis", "robust_mahalanobis"):
        gaps = all_pairs(scaled_covariates(x, t, distance=distance))
        assert (gaps[:, 10:20] == gaps[:, [10]]).all() and (gaps[10:20, 10:20] == 0).all()


def test_what_has_no_distance_is_refused_in_a_sentence() -> None:
    x, t = study(5)
    constant = x * [1, 1, 0]
    for distance in ("mahalanobis", "robust_mahalanobis"):
        with pytest.raises(DataError, match=r"singular.*scaled_euclidean"):
            scaled_covariates(constant, t, distance=distance)
    with pytest.raises(DataError, match=r"singular.*scaled_euclidean"):
        scaled_covariates(np.column_stack([x, x[:, 0] - 2 * x[:, 1]]), t, distance="mahalanobis")
    with pytest.raises(DataError, match=r"singular"):
        scaled_covariates(x[:2], np.array([True, False]), distance="mahalanobis")
    with pytest.raises(DataError, match="a constant covariate has no distance"):
        scaled_covariates(constant, t, distance="scaled_euclidean")
    with pytest.raises(
        ConfigError, match="'gower' is not known; use propensity, scaled_euclidean, mahalanobis or robust"
    ):
        scaled_covariates(x, t, distance="gower")
