"""E-values are those of VanderWeele and Ding (2017)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.errors import ConfigError
from dampak.estimate.e_value import e_value, e_value_of_difference


def test_the_e_values_of_bottle_feeding_and_infant_death_are_those_of_the_paper() -> None:
    """RR 3.9 (1.8, 8.7): E-values 7.26 and 3.0 (VanderWeele and Ding 2017, first example)."""
    found = e_value(3.9, 1.8, 8.7)
    assert (found.estimate, found.limit) == pytest.approx((7.26, 3.0), abs=5e-3)


def test_a_protective_ratio_is_as_firm_as_its_inverse_and_takes_the_upper_limit() -> None:
    assert e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).limit == pytest.approx(e_value(3.9, 1.8, 8.7).limit)
    assert e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).estimate == pytest.approx(e_value(3.9, 1.8, 8.7).estimate)


def test_an_interval_that_holds_no_effect_needs_no_confounder() -> None:
    assert e_value(1.2, 0.9, 1.6).limit == 1.0
    assert e_value(1.0, 1.0, 1.0).estimate == 1.0


@given(st.floats(1.0, 50))
def test_a_confounder_tied_by_the_e_value_to_both_can_explain_exactly_that_ratio(ratio: float) -> None:
    """The largest bias of a confounder with both risk ratios E is E^2 / (2 E - 1) (Ding and VanderWeele 2016)."""
    e = e_value(ratio, ratio, ratio).estimate
    assert e**2 / (2 * e - 1) == pytest.approx(ratio)


def test_a_mean_difference_counts_in_standard_deviations_with_its_own_limits() -> None:
    found = e_value_of_difference(50.0, 50 - 1.96 * 10, 50 + 1.96 * 10, std_dev=100.0)
    assert found.estimate == pytest.approx(e_value(math.exp(0.91 * 0.5), 1.0, 9.0).estimate)
    # The paper's limit is exp(0.91 d - 1.78 s_d), with 1.78 for 0.91 x 1.96 = 1.7836.
    assert found.limit == pytest.approx(e_value(math.exp(0.91 * 0.5 - 1.7836 * 0.1), 1.0, 9.0).estimate)
    harmful = e_value_of_difference(-50.0, -69.6, -30.4, std_dev=100.0)
    assert (harmful.estimate, harmful.limit) == pytest.approx((found.estimate, found.limit))


def test_what_is_no_ratio_is_refused() -> None:
    with pytest.raises(ConfigError, match="ratios are positive"):
        e_value(-0.5, -1, 0)
    with pytest.raises(ConfigError, match="an outcome that varies"):
        e_value_of_difference(1, 0, 2, std_dev=0.0)
