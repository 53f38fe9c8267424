"""Ties with replacement are those of MatchIt up to how they are cut; the logit is that of statsmodels.

Sources. Ties: cases of test_matchit_nearest.py, here with all ties kept.
"""

import numpy as np
import pandas as pd
import pytest

from dampak.match.pairing import Pairs, nearest
from dampak.match.propensity import logit_score

from .lalonde import Data, lalonde, lalonde_score
from .public_data import earnings


@pytest.fixture(scope="module", name="lalonde")
def lalonde_data() -> Data:
    return lalonde()


@pytest.fixture(scope="module")
def score():
    return lalonde_score()


def range_over_ties(pairs: Pairs, ratio: int, value) -> np.ndarray:
    """Smallest and largest mean over focal units of the mean `value` of `ratio` matches, however ties are cut."""
    frame = pd.DataFrame({"focal": pairs.focal, "distance": pairs.distance.round(10), "value": value})
    ends = []
    for ascending in (True, False):
        ordered = frame.sort_values(["focal", "distance", "value"], ascending=[True, True, ascending])
        ends.append(ordered.groupby("focal").head(ratio).groupby("focal")["value"].mean().mean())
    return np.array(ends)


def test_three_neighbours_with_replacement_are_those_of_matchit_up_to_ties(lalonde, score):
    """Case "ratio=3, replace=TRUE (no pool depletion)"; MatchIt cuts ties at three matches, we keep them.

    The score distances do not depend on the cut; the effect lies in the range that cuts can give.
    """
    pairs = nearest(lalonde.t, score=score, replace=True, ratio=3)
    gap = np.abs(score[pairs.focal] - score[pairs.match])
    assert np.unique(pairs.focal).size == 185
    assert 185 * 3 * range_over_ties(pairs, 3, gap) == pytest.approx([3.149627, 3.149627], abs=5.1e-7)
    assert gap.max() == pytest.approx(0.089018, abs=5.1e-7)
    low, high = range_over_ties(pairs, 3, lalonde.column("re78")[pairs.focal] - lalonde.column("re78")[pairs.match])
    assert low < 1573.7489 < high < low + 400


def test_mahalanobis_neighbours_with_replacement_are_those_of_matchit_up_to_ties(lalonde, score):
    """Case "mahvars + replace=TRUE (mahcovs path, reuse allowed)", mahvars = ~ age + educ + re74 + re75."""
    covariates = lalonde.table[["age", "educ", "re74", "re75"]].to_numpy(dtype=float)
    pairs = nearest(lalonde.t, score=score, covariates=covariates, distance="mahalanobis", replace=True)
    gap = np.abs(score[pairs.focal] - score[pairs.match])
    assert np.unique(pairs.focal).size == 185
    assert gap.max() == pytest.approx(0.767532, abs=5.1e-7)
    low, high = 185 * range_over_ties(pairs, 1, gap)
    assert low < 69.716978 < high
    low, high = range_over_ties(pairs, 1, lalonde.column("re78")[pairs.focal] - lalonde.column("re78")[pairs.match])
    assert low < 563.5406 < high < low + 2000


def test_the_logit_is_the_maximum_likelihood_fit_of_statsmodels(lalonde):
    from statsmodels.discrete.discrete_model import Logit

    for data in (earnings("cps"), lalonde):
        fit = logit_score(data.x, data.t, names=data.names)
        spread = data.x.std(axis=0)
        design = np.column_stack([np.ones(len(data.x)), data.x / spread])
        peer = Logit(data.t.astype(float), design).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
        assert fit.coefficients * np.append(1.0, spread) == pytest.approx(peer.params, rel=1e-8, abs=1e-8)
        assert fit.score == pytest.approx(peer.predict(design), abs=1e-8)
