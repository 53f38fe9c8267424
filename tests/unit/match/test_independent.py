"""A covariate is left out exactly where it does not raise the rank of the ones before it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.match.independent import independent_columns


def by_rank(x: np.ndarray) -> list[int]:
    """The same question to numpy's singular values: which column raises the rank of the intercept and those before."""
    z = (x - x.mean(axis=0)) / np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1.0)
    kept: list[int] = []
    for j in range(x.shape[1]):
        more = np.column_stack([np.ones(x.shape[0]), z[:, [*kept, j]]])
        if np.linalg.matrix_rank(more, tol=1e-6) == len(kept) + 2:
            kept.append(j)
    return kept


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(3, 60), k=st.integers(1, 12), own=st.integers(0, 8))
def test_the_columns_that_are_kept_are_those_that_raise_the_rank(seed: int, n: int, k: int, own: int) -> None:
    rng = np.random.default_rng(seed)
    base = np.column_stack([np.ones(n), rng.integers(0, 3, (n, own))])
    # Combinations with small whole numbers are exact, so both answers stand on firm ground.
    x = base @ rng.integers(-2, 3, (own + 1, k)) * 10.0 ** rng.integers(-3, 7, k)
    assert independent_columns(x).tolist() == by_rank(x)


def test_the_last_of_a_full_set_of_areas_and_the_copy_of_a_covariate_go() -> None:
    rng = np.random.default_rng(2)
    area, income = rng.integers(0, 4, 200), rng.gamma(2, 1e6, 200)
    areas = (area[:, None] == np.arange(4)).astype(float)
    x = np.column_stack([income, areas, np.ones(200), 3e-9 * income + 7, income**2, areas[:, 0] + areas[:, 1]])
    assert independent_columns(x).tolist() == [0, 1, 2, 3, 7]


@pytest.mark.parametrize("shape", [(5, 0), (0, 3)])
def test_nothing_is_independent_of_nothing(shape: tuple[int, int]) -> None:
    assert independent_columns(np.empty(shape)).tolist() == []


def test_more_columns_than_units_keep_as_many_as_units_can_tell_apart() -> None:
    x = np.random.default_rng(3).normal(size=(6, 20))
    assert independent_columns(x).tolist() == [0, 1, 2, 3, 4]
