"""Regression on matched data, and on few clusters, has the errors that the sampling gave it."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from dampak.errors import DataError
from dampak.estimate.regression import regression
from dampak.estimate.survey_design import SurveyDesign


def pairs(n_pairs: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, treatment, covariates, matched set: pairs alike in a covariate that bends the outcome."""
    rng = np.random.default_rng(seed)
    x = np.repeat(rng.normal(size=(n_pairs, 2)), 2, axis=0) + 0.05 * rng.normal(size=(2 * n_pairs, 2))
    t = np.tile([True, False], n_pairs)
    y = t + x[:, 0] + 2 * x[:, 0] ** 2 + 0.5 * rng.normal(size=2 * n_pairs)
    return y, t, x, np.repeat(np.arange(n_pairs), 2)


def test_pair_clustered_errors_are_those_of_statsmodels() -> None:
    y, t, x, sets = pairs(40, seed=1)
    weight = np.random.default_rng(2).uniform(0.5, 2, size=80)
    ours = regression(y, t, covariates=x, weight=weight, matched_set=sets)
    design = sm.add_constant(np.column_stack([t, x]))
    theirs = sm.WLS(y, design, weights=weight).fit(cov_type="cluster", cov_kwds={"groups": sets})
    assert ours.estimate == pytest.approx(theirs.params[1], rel=1e-10)
    assert ours.std_error == pytest.approx(theirs.bse[1], rel=1e-10)
    assert ours.df == 39


def test_pairs_taken_as_independent_are_far_too_cautious_when_the_line_is_wrong() -> None:
    """Abadie and Spiess (2022): the part of the outcome that no line explains is shared within pairs."""
    clustered, naive = [], []
    for seed in range(200):
        y, t, x, sets = pairs(50, seed=seed)
        clustered.append(regression(y, t, covariates=x, weight=np.ones(100), matched_set=sets))
        naive.append(regression(y, t, covariates=x, weight=np.ones(100)))
    spread = np.std([r.estimate for r in clustered], ddof=1)
    assert 0.88 <= np.mean([r.std_error for r in clustered]) / spread <= 1.12
    assert np.mean([r.std_error for r in naive]) / spread > 2


def test_clusters_alone_are_a_design_of_psus() -> None:
    y, t, x, _ = pairs(40, seed=3)
    village = np.repeat(np.arange(16), 5)
    ours = regression(y, t, covariates=x, weight=np.ones(80), design=SurveyDesign(psu=village))
    design = sm.add_constant(np.column_stack([t, x]))
    theirs = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": village, "use_correction": False})
    assert ours.std_error == pytest.approx(theirs.bse[1] * np.sqrt(16 / 15), rel=1e-10)
    assert ours.df == 15


def test_unmatched_units_do_not_count_and_may_not_have_a_weight() -> None:
    y, t, x, sets = pairs(30, seed=4)
    outside = np.arange(60) >= 50
    weight, labels = np.where(outside, 0.0, 1.0), np.where(outside, -1, sets)
    ours = regression(y, t, covariates=x, weight=weight, matched_set=labels)
    alone = regression(y[:50], t[:50], covariates=x[:50], weight=np.ones(50), matched_set=sets[:50])
    assert ours.estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert ours.std_error == pytest.approx(alone.std_error, rel=1e-12)
    with pytest.raises(DataError, match="10 units have a weight but no match"):
        regression(y, t, covariates=x, weight=np.ones(60), matched_set=labels)
