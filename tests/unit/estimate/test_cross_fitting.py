"""Folds hold whole clusters, both groups, and do not depend on the order of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import DataError
from dampak.estimate.cross_fitting import folds_of, median_of_splits, psu_codes
from dampak.estimate.survey_design import SurveyDesign


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 4))
def test_folds_hold_whole_clusters_and_near_equal_groups(seed: int, folds: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(rng.permutation(60), size)
    treatment = rng.random(cluster.size) < rng.uniform(0.25, 0.75)
    fold = folds_of(treatment, cluster=cluster, folds=folds, seed=seed)
    for c in np.unique(cluster):
        assert np.unique(fold[cluster == c]).size == 1
    for group in (treatment, ~treatment):
        counts = np.bincount(fold[group], minlength=folds)
        assert counts.min() > 0
        if size == 1:
            assert counts.max() - counts.min() <= 1
    assert np.bincount(fold[treatment], minlength=folds).max() <= treatment.sum() / folds + size


def test_another_seed_gives_other_folds() -> None:
    treatment = np.arange(100) < 40
    first, again, other = (folds_of(treatment, cluster=np.arange(100), folds=5, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_names_of_clusters_decide_nothing() -> None:
    rng = np.random.default_rng(3)
    cluster, treatment = np.repeat(np.arange(30), 4), rng.random(120) < 0.4
    renamed = rng.permutation(30)[cluster]
    ours, theirs = (folds_of(treatment, cluster=c, folds=4, seed=9) for c in (cluster, renamed))
    assert np.array_equal(ours, theirs)


def test_psus_numbered_within_strata_are_different_psus() -> None:
    design = SurveyDesign(strata=np.array(["a", "a", "b", "b"]), psu=np.array([1, 2, 1, 1]))
    assert np.unique(psu_codes(design, n=4)).size == 3
    assert np.array_equal(psu_codes(SurveyDesign(strata=np.array(["a", "a", "b"])), n=3), np.arange(3))
    assert np.array_equal(psu_codes(None, n=2), np.arange(2))


def test_too_few_units_are_refused() -> None:
    with pytest.raises(DataError, match="the treated units do not fill 5 folds"):
        folds_of(np.arange(50) < 4, cluster=np.arange(50), folds=5, seed=1)


def test_disagreement_of_the_splits_is_part_of_the_variance() -> None:
    estimate, variance = median_of_splits(np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0]))
    assert (estimate, variance) == (2.0, 2.0)
