"""Means and ratios from surveys: by brute force, in subpopulations, and with planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from dampak.errors import DataError
from dampak.estimate.effect import interval
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.survey_mean import SurveyMean, survey_mean


def test_a_simple_random_sample_has_the_textbook_error() -> None:
    y = np.random.default_rng(1).normal(size=30)
    result = survey_mean(y, weight=np.ones(30))
    assert (result.estimate, result.std_error) == (pytest.approx(y.mean()), pytest.approx(y.std(ddof=1) / 30**0.5))
    assert (result.df, result.n, result.ess) == (29, 30, pytest.approx(30))


def test_a_ratio_has_the_error_of_its_linearised_residuals() -> None:
    """Cochran (1977), chapter 6: v(R) = s^2(y - R x) / (n xbar^2), weights equal."""
    rng = np.random.default_rng(2)
    x = rng.uniform(1, 3, size=40)
    y = 2 * x + rng.normal(size=40)
    result = survey_mean(y, weight=np.full(40, 7.0), denominator=x)
    ratio = y.sum() / x.sum()
    assert result.estimate == pytest.approx(ratio)
    assert result.std_error == pytest.approx((y - ratio * x).std() / np.sqrt(39) / x.mean())


def test_the_mean_of_a_subpopulation_is_a_ratio_to_its_size() -> None:
    rng = np.random.default_rng(3)
    y, w, inside = rng.normal(size=60), rng.uniform(1, 2, size=60), rng.random(60) < 0.4
    design = SurveyDesign(psu=np.repeat(np.arange(12), 5))
    by_weight = survey_mean(y, weight=w * inside, design=design)
    by_ratio = survey_mean(y * inside, weight=w, denominator=inside.astype(float), design=design)
    assert by_weight.estimate == pytest.approx(by_ratio.estimate, rel=1e-12)
    assert by_weight.std_error == pytest.approx(by_ratio.std_error, rel=1e-12)
    assert by_weight.n == int(inside.sum())


def test_the_scale_of_weights_and_units_without_weight_do_not_matter() -> None:
    rng = np.random.default_rng(4)
    y, w = rng.normal(size=20), rng.uniform(1, 2, size=20)
    plain = survey_mean(y, weight=w)
    scaled = survey_mean(np.append(y, 99.0), weight=np.append(1000 * w, 0.0))
    assert scaled.estimate == pytest.approx(plain.estimate, rel=1e-12)
    assert scaled.std_error == pytest.approx(plain.std_error, rel=1e-12)


def test_an_empty_subpopulation_is_refused() -> None:
    with pytest.raises(DataError, match="weighted denominator of a survey mean is zero"):
        survey_mean(np.ones(3), weight=np.zeros(3))


def test_a_stratified_two_stage_sample_is_covered_and_units_taken_as_independent_are_not() -> None:
    """Intra-cluster correlation 0.2, eight strata with six PSUs of ten units, unequal weights."""
    rng = np.random.default_rng(5)
    strata, psu = np.repeat(np.arange(8), 60), np.repeat(np.arange(48), 10)
    design = SurveyDesign(strata, psu)
    truth, covered, naive = 3.0, [], []
    for _ in range(1000):
        w = rng.uniform(1, 3, size=480)
        y = truth + 0.3 * (strata - 3.5) + 0.5 * rng.normal(size=48)[psu] + rng.normal(size=480)
        # The strata are equally large, so their means average to the truth once weights are scaled within them.
        w *= 60 / np.bincount(strata, weights=w)[strata]
        for found, declared in ((covered, design), (naive, None)):
            bounds = interval(survey_mean(y, weight=w, design=declared), alpha=0.05)
            found.append(bounds.low <= truth <= bounds.high)
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(naive) < 0.90


def test_its_interval_is_that_of_students_t_on_the_design_degrees_of_freedom() -> None:
    """t(0.975, 10) = 2.228139."""
    bounds = interval(SurveyMean(5.0, 2.0, 10.0, 50, 40.0), alpha=0.05)
    assert (bounds.low, bounds.high) == (pytest.approx(5 - 4.456278, abs=1e-6), pytest.approx(9.456278, abs=1e-6))
