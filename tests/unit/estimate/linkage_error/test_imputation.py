"""Treatments drawn over the linkage posterior: what they keep, what they learn from, and that intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.linkage_error import Case, run
from dampak.errors import ConfigError, DataError
from dampak.estimate.linkage_error import imputed_effect, imputed_treatments, linkage_prior
from dampak.estimate.linkage_error.outcome_models import normal_scale
from dampak.estimate.regression import regression

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

N = 1200


class World:
    """Households of which a third of the recipients, and as many others, have a link that is a coin toss."""

    def __init__(self, *, effect: float = 1.5, villages: int = 0) -> None:
        rng = np.random.default_rng(5)
        self.psu = np.arange(N) % villages if villages else None
        luck = 2.0 * rng.normal(size=villages)[self.psu] if villages else np.zeros(N)
        self.x = rng.normal(size=(N, 2))
        share = 1 / (1 + np.exp(1 - 1.2 * self.x[:, 0]))
        self.truth = rng.random(N) < share
        self.y = self.x @ [1.0, -0.5] + effect * self.truth + luck + rng.normal(size=N)
        prior = share.mean()
        self.doubtful = rng.random(N) < np.where(self.truth, 0.33, 0.33 * prior / (1 - prior))
        self.p = np.where(self.doubtful, 0.5, self.truth.astype(float))

    def estimate(self, treatment: BoolArray) -> tuple[float, float, float]:
        found = regression(self.y, treatment, covariates=self.x, weight=np.ones(N))
        return found.estimate, found.std_error**2, found.df


def test_links_beyond_doubt_give_the_complete_data_result_to_the_last_bit() -> None:
    world = World()
    found = imputed_effect(world.estimate, world.truth.astype(float), world.x, world.y, seed=1)
    value, variance, df = world.estimate(world.truth)
    assert (found.estimate, found.std_error, found.df, found.fraction_missing) == (value, variance**0.5, df, 0)


def test_only_doubtful_units_are_drawn_and_a_seed_gives_the_same_numbers() -> None:
    world = World()
    draws = imputed_treatments(world.p, world.x, world.y, imputations=4, seed=3)
    assert draws.shape == (4, N) and np.array_equal(
        draws[:, ~world.doubtful], np.tile(world.truth[~world.doubtful], (4, 1))
    )
    assert np.array_equal(draws, imputed_treatments(world.p, world.x, world.y, imputations=4, seed=3))
    assert not np.array_equal(draws, imputed_treatments(world.p, world.x, world.y, imputations=4, seed=4))
    assert len({row.tobytes() for row in draws}) == 4


@pytest.mark.parametrize("binary", [False, True])
def test_a_coin_toss_is_decided_by_covariates_and_outcome_as_often_as_they_say(binary: bool) -> None:
    """Calibrated: among doubtful units of a mean draw near q, a share near q is treated; and q tells them apart."""
    world = World(effect=2.5)
    y = (world.y > 0.5).astype(float) if binary else world.y
    mean = imputed_treatments(world.p, world.x, y, imputations=60, spacing=2, seed=2, binary=binary).mean(axis=0)
    q, t = mean[world.doubtful], world.truth[world.doubtful]
    assert q[t].mean() - q[~t].mean() > (0.12 if binary else 0.3)
    for low, high in ((0.0, 0.35), (0.35, 0.65), (0.65, 1.0)):
        some = (q >= low) & (q <= high)
        assert abs(t[some].mean() - q[some].mean()) < 4 * 0.5 / np.sqrt(some.sum())


def test_without_the_outcome_the_effect_is_drawn_towards_zero() -> None:
    world = World()
    blind = imputed_treatments(world.p, world.x, None, imputations=10, seed=1)
    assert np.mean([world.estimate(draw)[0] for draw in blind]) < 1.3
    found = imputed_effect(world.estimate, world.p, world.x, world.y, seed=1)
    assert abs(found.estimate - 1.5) < 3 * found.std_error and found.estimate > 1.35
    assert found.std_error > world.estimate(world.truth)[1] ** 0.5 and 0 < found.fraction_missing < 1


def test_luck_that_a_village_shares_is_not_taken_for_the_work_of_the_programme() -> None:
    """Knowing who are neighbours tells treated from untreated better: their luck no longer hides the effect."""
    world = World(villages=60)
    apart = []
    for psu in (None, world.psu):
        mean = imputed_treatments(world.p, world.x, world.y, imputations=20, spacing=3, seed=2, psu=psu).mean(axis=0)
        q, t = mean[world.doubtful], world.truth[world.doubtful]
        apart.append(q[t].mean() - q[~t].mean())
    assert apart[1] > apart[0] + 0.08


def test_the_prior_of_a_linkage_is_the_mean_of_its_posterior_by_block() -> None:
    p, block = np.r_[np.full(4000, 0.1), np.full(4000, 0.3), 1.0], np.r_[np.zeros(4000), np.ones(4000), 2]
    prior = linkage_prior(p, block=block)
    assert prior[0] == pytest.approx(0.1, abs=0.002) and prior[5000] == pytest.approx(0.3, abs=0.002)
    assert prior[-1] == pytest.approx((1 + 50 * p.mean()) / 51)  # one household is no block to go by
    assert np.all(linkage_prior(p) == p.mean())


def test_the_scale_of_the_model_is_that_of_normal_residuals() -> None:
    rng = np.random.default_rng(1)
    z = np.column_stack([np.ones(2000), rng.normal(size=2000)])
    e = z[:, 1] + rng.normal(size=2000)
    assert np.corrcoef(normal_scale(e, z), e)[0, 1] == pytest.approx(1)
    assert np.corrcoef(normal_scale(np.exp(e), z), e)[0, 1] == pytest.approx(1)
    spent = np.where(e > 0, np.exp(2 * e), 0.0)  # zero for half: neither plain nor logarithm
    assert np.abs(normal_scale(spent, z)).max() < 4.5 and (spent.max() - spent.mean()) / spent.std() > 9


def test_what_the_probabilities_cannot_answer_is_said_in_a_sentence() -> None:
    world = World()
    with pytest.raises(DataError, match=r"column probability: 1 households have none between 0 and 1"):
        imputed_treatments(np.r_[np.nan, world.p[1:]], world.x, world.y, seed=1)
    with pytest.raises(DataError, match="no household is linked to the register"):
        imputed_treatments(np.zeros(N), world.x, world.y, seed=1)
    with pytest.raises(DataError, match="besides 0 and 1"):
        imputed_treatments(world.p, world.x, world.y, seed=1, binary=True)
    with pytest.raises(DataError, match="1199 have a value of the outcome"):
        imputed_treatments(world.p, world.x, np.r_[np.nan, world.y[1:]], seed=1)
    with pytest.raises(ConfigError, match="two or more"):
        imputed_effect(world.estimate, world.p, world.x, world.y, imputations=1, seed=1)


def test_intervals_hold_the_truth_at_one_link_in_five_wrong_where_the_naive_ones_do_not() -> None:
    """Reduced run of benchmarks/linkage_error.py; 33 of 40 is 3.6 standard errors below 95 %."""
    cases = (Case("independent", 0.2), Case("independent", 0.2, outcome="binary"))
    found = run(40, cases=cases).set_index(["outcome", "method"])
    for outcome in ("continuous", "binary"):
        assert found.loc[(outcome, "imputed"), "coverage"] >= 0.825, found.to_string()
        assert 0.7 < found.loc[(outcome, "imputed"), "se_ratio"] < 1.5, found.to_string()
        assert found.loc[(outcome, "naive"), "coverage"] < 0.5, found.to_string()
        assert abs(found.loc[(outcome, "imputed"), "bias"]) < abs(found.loc[(outcome, "naive"), "bias"]) / 4
