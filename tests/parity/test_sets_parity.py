"""Matched sets and strata are those of MatchIt on LaLonde's data.

Sources. Coarsened exact matching: the ledger. Full matching: the vignette "MatchIt: Getting Started" (``method =
"full", link = "probit"``) uses all 429 and 185 units. Several divisions have the least total distance, so that its
other numbers are met in size only.
"""

import numpy as np
import pytest

from dampak.match.coarsen import coarsened
from dampak.match.full import full_match
from dampak.match.optimal import optimal_pairs
from dampak.match.pairing import nearest
from dampak.match.stratum_weights import stratum_weights
from dampak.match.subclass import subclasses
from dampak.match.weighting import effective_sample_size

from .lalonde import COVARIATES, Data, lalonde, lalonde_score


@pytest.fixture(scope="module", name="lalonde")
def lalonde_data() -> Data:
    return lalonde()


@pytest.fixture(scope="module")
def score() -> np.ndarray:
    return lalonde_score()


def test_cem_does_not_depend_on_how_race_and_other_binary_variables_are_binned(lalonde: Data) -> None:
    exact = dict.fromkeys(["black", "hispan", "married", "nodegree"], 0)
    one = coarsened(lalonde.x, lalonde.t, names=COVARIATES)
    assert (coarsened(lalonde.x, lalonde.t, names=COVARIATES, bins=exact) == one).all()


def test_full_matching_uses_everybody_in_stars_and_balances_the_score(lalonde: Data, score: np.ndarray) -> None:
    sets = full_match(lalonde.t, score=score)
    assert (sets >= 0).all()
    treated, comparison = np.bincount(sets[lalonde.t]), np.bincount(sets[~lalonde.t])
    assert (np.minimum(treated, comparison) == 1).all()
    weight = stratum_weights(sets, lalonde.t, estimand="att", survey_weight=lalonde.ones)
    assert weight[~lalonde.t].sum() == pytest.approx(185)
    gap = np.average(score[lalonde.t]) - np.average(score[~lalonde.t], weights=weight[~lalonde.t])
    assert abs(gap) / score[lalonde.t].std(ddof=1) < 0.01  # MatchIt reports 0.0045 with its probit score
    assert 45 < effective_sample_size(weight[~lalonde.t]) < 65  # MatchIt: 50.76 with its probit score


def test_optimal_pairs_are_no_longer_than_the_greedy_ones_of_matchit(lalonde: Data, score: np.ndarray) -> None:
    greedy, best = nearest(lalonde.t, score=score), optimal_pairs(lalonde.t, score=score)
    assert best.focal.size == greedy.focal.size == 185
    assert best.distance.sum() <= greedy.distance.sum() + 1e-9
    greedy, best = (choose(lalonde.t, score=score, caliper=0.01) for choose in (nearest, optimal_pairs))
    assert best.focal.size >= greedy.focal.size


def test_subclasses_hold_a_sixth_of_the_treated_each(lalonde: Data, score: np.ndarray) -> None:
    number = subclasses(score, lalonde.t)
    treated = np.bincount(number[lalonde.t])
    assert treated.size == 6
    assert treated.sum() == 185
    # Ties of the score at a quantile go to the higher subclass together.
    assert np.ptp(treated) <= 3
    assert np.bincount(number[~lalonde.t]).min() >= 1
