"""Variances agree with textbook cases and refuse what has none."""

from __future__ import annotations

import numpy as np
import pytest

from dampak.errors import DataError
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import clustered, hc1, linearized, matched_set_variance, sampling_variance

RNG = np.random.default_rng(20)


def test_without_strata_or_clusters_the_linearised_variance_of_a_mean_is_s2_over_n() -> None:
    y = RNG.normal(size=50)
    variance, df = linearized((y - y.mean()) / y.size, design=SurveyDesign())
    assert variance == pytest.approx(y.var(ddof=1) / y.size, rel=1e-12)
    assert df == 49


def test_the_stratified_variance_of_a_total_is_the_sum_over_strata() -> None:
    y, strata = RNG.normal(size=30), np.repeat(["a", "b", "c"], 10)
    variance, df = linearized(y, design=SurveyDesign(strata))
    assert variance == pytest.approx(sum(10 * y[strata == h].var(ddof=1) for h in "abc"), rel=1e-12)
    assert df == 27


def test_psu_labels_are_read_within_strata() -> None:
    y, strata = RNG.normal(size=24), np.repeat(["a", "b"], 12)
    reused = np.tile(np.repeat(["1", "2", "3"], 4), 2)
    unique = np.char.add(strata, reused)
    assert linearized(y, design=SurveyDesign(strata, reused)) == linearized(y, design=SurveyDesign(strata, unique))
    assert linearized(y, design=SurveyDesign(strata, reused))[1] == 4


def test_the_design_variance_does_not_depend_on_row_order() -> None:
    y, strata, psu = RNG.normal(size=40), np.repeat(["a", "b"], 20), np.tile(np.repeat(["1", "2"], 10), 2)
    order = RNG.permutation(40)
    shuffled = linearized(y[order], design=SurveyDesign(strata[order], psu[order]))
    assert shuffled == pytest.approx(linearized(y, design=SurveyDesign(strata, psu)), rel=1e-12)


def test_a_lonely_psu_is_refused_by_name_with_a_remedy() -> None:
    strata, psu = np.array(["kota", "kota", "desa", "desa"]), np.array(["1", "2", "3", "3"])
    with pytest.raises(DataError, match=r"design\.parquet.*stratum 'desa'.*single primary sampling unit.*merge"):
        linearized(np.ones(4), design=SurveyDesign(strata, psu))


def test_a_single_psu_without_strata_is_refused() -> None:
    with pytest.raises(DataError, match="the sample has a single primary sampling unit"):
        linearized(np.ones(4), design=SurveyDesign(psu=np.array(["1"] * 4)))


def test_hc1_needs_residual_degrees_of_freedom() -> None:
    with pytest.raises(DataError, match="3 units for 3 coefficients"):
        hc1(np.ones(3), n=3, n_parameters=3)


def test_sampling_variance_counts_psus_minus_strata_when_a_design_is_declared() -> None:
    psi = RNG.normal(size=20)
    plain = sampling_variance(psi, design=None, n=20, n_parameters=4)
    design = sampling_variance(psi, design=SurveyDesign(psu=np.repeat(np.arange(5), 4)), n=20, n_parameters=4)
    assert plain == (pytest.approx(np.sum(psi**2) * 20 / 16), 16)
    assert design[1] == 4


def test_matched_pairs_use_the_cluster_robust_factors_of_sandwich() -> None:
    psi, pairs = RNG.normal(size=12), np.repeat(np.arange(6), 2)
    variance, df = matched_set_variance(psi, matched_set=pairs, design=None, n_parameters=2)
    totals = psi.reshape(6, 2).sum(axis=1)
    assert variance == pytest.approx(np.sum(totals**2) * 6 / 5 * 11 / 10)
    assert df == 5


def test_pairs_inside_psus_leave_the_design_variance_alone() -> None:
    psi, pairs = RNG.normal(size=40), np.repeat(np.arange(20), 2)
    psu = np.repeat(np.arange(5), 8)
    variance, df = matched_set_variance(psi, matched_set=pairs, design=SurveyDesign(psu=psu), n_parameters=2)
    assert variance == pytest.approx(linearized(psi, design=SurveyDesign(psu=psu))[0], rel=1e-12)
    assert df == 4


def test_pairs_across_psus_add_their_covariance_once() -> None:
    psi = RNG.normal(size=40)
    pairs, psu = np.tile(np.arange(20), 2), np.repeat(np.arange(10), 4)
    variance, _ = matched_set_variance(psi, matched_set=pairs, design=SurveyDesign(psu=psu), n_parameters=2)
    expected = linearized(psi, design=SurveyDesign(psu=psu))[0] + 2 * np.sum(psi[:20] * psi[20:])
    assert variance == pytest.approx(expected if expected > 0 else linearized(psi, design=SurveyDesign(psu=psu))[0])


def test_one_matched_set_is_refused() -> None:
    with pytest.raises(DataError, match="holds 1 matched set"):
        matched_set_variance(np.ones(3), matched_set=np.array([0, 0, -1]), design=None, n_parameters=2)


def test_clusters_of_one_are_independent_units() -> None:
    psi = RNG.normal(size=9)
    assert clustered(psi, cluster=np.arange(9)) == (pytest.approx(np.sum(psi**2)), 9)
