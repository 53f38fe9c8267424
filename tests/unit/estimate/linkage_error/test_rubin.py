"""Rubin's rules against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dampak.errors import DataError
from dampak.estimate.effect import interval
from dampak.estimate.linkage_error import pooled

# Mean 12, B = (4 + 0 + 4) / 2 = 4, W = 2; T = 2 + 4/3 * 4 = 22/3; lambda = (16/3) / (22/3) = 8/11.
ESTIMATES, VARIANCES = np.array([10.0, 12.0, 14.0]), np.array([1.0, 2.0, 3.0])


def test_the_variance_is_that_within_and_that_between() -> None:
    found = pooled(ESTIMATES, VARIANCES)
    assert found.estimate == pytest.approx(12)
    assert found.std_error == pytest.approx(math.sqrt(22 / 3))
    assert found.fraction_missing == pytest.approx(8 / 11)
    assert found.df == pytest.approx(2 / (8 / 11) ** 2)


def test_degrees_of_freedom_are_those_of_barnard_and_rubin() -> None:
    """With 20 complete degrees of freedom: b = 21/23 * 20 * 3/11 = 1260/253; a = 121/32; 1 / (1/a + 1/b)."""
    found = pooled(ESTIMATES, VARIANCES, 20)
    assert found.df == pytest.approx(1 / (32 / 121 + 253 / 1260))
    assert found.df < pooled(ESTIMATES, VARIANCES).df < 20


def test_the_interval_of_a_pooled_estimate_takes_student_t() -> None:
    found = pooled(ESTIMATES, VARIANCES, 20)
    half = 4.028469 * math.sqrt(22 / 3)  # 97.5 % of t with 2.149 degrees of freedom: between 4.303 (2) and 3.182 (3)
    bounds = interval(found, alpha=0.05)
    assert (bounds.low, bounds.high) == (pytest.approx(12 - half), pytest.approx(12 + half))


def test_estimates_that_agree_are_the_complete_data_result() -> None:
    found = pooled(np.full(5, 0.1), np.full(5, 0.04), 17)
    assert (found.estimate, found.std_error, found.df, found.fraction_missing) == (0.1, pytest.approx(0.2), 17, 0)


@pytest.mark.parametrize(
    ("estimates", "variances", "said"),
    [
        ([1.0], [1.0], "1 estimates and 1 variances"),
        ([1.0, 2.0], [1.0], "2 estimates and 1 variances"),
        ([1.0, np.nan], [1.0, 1.0], "data set 2 of 2"),
        ([1.0, 2.0], [-1.0, 1.0], "data set 1 of 2"),
    ],
)
def test_what_cannot_be_pooled_is_refused(estimates: list[float], variances: list[float], said: str) -> None:
    with pytest.raises(DataError, match=said):
        pooled(np.array(estimates), np.array(variances))
