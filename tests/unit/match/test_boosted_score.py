"""Boosted scores find what a logit cannot, are calibrated, and do not depend on machine or order."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from dampak.errors import ConfigError, DataError
from dampak.match.boosted_score import boosted_score
from dampak.match.propensity import logit_score, propensity_score

NAMES = ["a", "b", "c"]


def study(seed=0, n=3000):
    """Treatment depends on a product, which no logit of the covariates sees."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.normal(size=n), rng.integers(0, 3, n)])
    truth = 1 / (1 + np.exp(0.5 - 1.2 * np.sign(x[:, 0] * x[:, 1])))
    return x, rng.random(n) < truth, truth


@pytest.mark.parametrize("calibration", ["sigmoid", "isotonic"])
def test_the_score_is_close_to_the_truth_where_a_logit_is_not(calibration):
    x, treatment, truth = study()
    boosted = boosted_score(x, treatment, names=NAMES, calibration=calibration)
    logit = logit_score(x, treatment, names=NAMES)
    assert np.mean((boosted.score - truth) ** 2) < 0.2 * np.mean((logit.score - truth) ** 2)
    assert boosted.linear == pytest.approx(np.log(boosted.score / (1 - boosted.score)))
    assert boosted.coefficients.size == 0


@pytest.mark.parametrize("calibration", ["sigmoid", "isotonic"])
def test_of_those_with_a_score_near_p_a_share_p_is_treated_out_of_sample(calibration):
    """Noise alone: trees that were not cross-fitted would give the treated high scores."""
    rng = np.random.default_rng(1)
    x, treatment = rng.normal(size=(2000, 3)), rng.random(2000) < 0.3
    score = boosted_score(x, treatment, names=NAMES, calibration=calibration).score
    assert abs(score[treatment].mean() - score[~treatment].mean()) < 0.02
    x, treatment, _ = study(2, n=4000)
    score = boosted_score(x, treatment, names=NAMES, calibration=calibration).score
    for group in np.array_split(np.argsort(score, kind="stable"), 5):
        assert treatment[group].mean() == pytest.approx(score[group].mean(), abs=0.07)


def test_the_number_of_threads_does_not_change_a_bit():
    x, treatment, _ = study(3, n=1000)
    scores = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            scores.append(boosted_score(x, treatment, names=NAMES, seed=5).score)
    assert (scores[0] == scores[1]).all()


def test_the_seed_decides_the_folds_and_the_order_of_rows_does_not():
    x, treatment, _ = study(4, n=800)
    one = boosted_score(x, treatment, names=NAMES, seed=1).score
    rows = np.random.default_rng(0).permutation(len(x))
    assert boosted_score(x[rows], treatment[rows], names=NAMES, seed=1).score == pytest.approx(one[rows], abs=1e-9)
    assert np.abs(boosted_score(x, treatment, names=NAMES, seed=2).score - one).max() > 0.01


def test_equal_units_have_equal_scores_to_the_last_bit():
    x, treatment, _ = study(5, n=500)
    score = boosted_score(np.repeat(x, 3, axis=0), np.repeat(treatment, 3), names=NAMES).score.reshape(-1, 3)
    assert (score == score[:, :1]).all()


def test_survey_weights_count_and_units_of_no_weight_do_not():
    x, treatment, _ = study(6, n=1000)
    weight = np.where(treatment, 3.0, 1.0)
    heavy = boosted_score(x, treatment, names=NAMES, weight=weight).score
    assert heavy.mean() > boosted_score(x, treatment, names=NAMES).score.mean() + 0.15
    strange = np.vstack([x, np.full((50, 3), 9.0)])
    again = boosted_score(
        strange, np.append(treatment, np.ones(50, bool)), names=NAMES, weight=np.append(weight, np.zeros(50))
    )
    assert (again.score[:-50] == heavy).all()


def test_trees_that_find_nothing_give_everybody_the_share_of_the_treated():
    x = np.random.default_rng(7).normal(size=(30, 3))  # fewer than two leaves of twenty
    treatment = np.arange(30) % 3 == 0
    score = boosted_score(x, treatment, names=NAMES).score
    assert score == pytest.approx(np.full(30, 1 / 3), abs=0.15)


def test_unusable_requests_are_refused():
    x, treatment, _ = study(8, n=200)
    with pytest.raises(ConfigError, match="calibration is sigmoid or isotonic, not 'none'"):
        boosted_score(x, treatment, names=NAMES, calibration="none")
    with pytest.raises(ConfigError, match="use 2 or more"):
        boosted_score(x, treatment, names=NAMES, folds=1)
    with pytest.raises(DataError, match="all 200 units are in one group"):
        boosted_score(x, np.ones(200, bool), names=NAMES)
    with pytest.raises(DataError, match="all units are in one group, so no trees"):
        boosted_score(x, np.arange(200) == 0, names=NAMES, folds=2)
    with pytest.raises(ConfigError, match="'forest' is not known; use logit, probit or gradient_boosting"):
        propensity_score(x, treatment, names=NAMES, model="forest")


def test_the_model_is_chosen_by_name():
    x, treatment, _ = study(9, n=600)
    named = propensity_score(x, treatment, names=NAMES, model="gradient_boosting", seed=3, folds=4)
    assert (named.score == boosted_score(x, treatment, names=NAMES, seed=3, folds=4).score).all()
