"""What a survey design says about its PSUs, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.estimate.survey_design import LONELY_RULES, SurveyDesign
from dampak.estimate.variance import deviations, linearized


def test_codes_are_those_of_pairs_of_stratum_and_psu() -> None:
    strata, psu = np.array(["b", "a", "b", "a", "b"]), np.array(["1", "1", "1", "2", "2"])
    codes = SurveyDesign(strata, psu).clusters(5)
    assert codes.stratum.tolist() == [1, 0, 1, 0, 1]
    assert codes.cluster.tolist() == [2, 0, 2, 1, 3]
    assert codes.stratum_of_cluster.tolist() == [0, 0, 1, 1]
    assert codes.n_psus.tolist() == [2, 2]


def test_labels_are_encoded_once_for_all_outcomes() -> None:
    design = SurveyDesign(np.array(["a", "a"]))
    assert design.clusters(2) is design.clusters(2)


def test_an_unknown_rule_for_lonely_psus_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="refuse, certainty, adjust, average, not 'drop'"):
        SurveyDesign(lonely="drop")


def test_a_missing_label_is_refused() -> None:
    with pytest.raises(DataError, match="no value for 2 units"):
        SurveyDesign(np.array(["a", None, None], dtype=object)).clusters(3)


def test_a_population_that_varies_within_a_stratum_is_refused() -> None:
    design = SurveyDesign(np.array(["a", "a", "b", "b"]), population=np.array([9.0, 9.0, 8.0, 7.0]))
    with pytest.raises(DataError, match="stratum 'b' has several numbers of primary sampling units"):
        design.clusters(4)


def test_a_population_below_the_sample_is_refused() -> None:
    design = SurveyDesign(psu=np.arange(4), population=np.full(4, 3.0))
    with pytest.raises(DataError, match=r"the sample is said to hold 3 primary sampling units, and 4 were drawn"):
        design.clusters(4)


def test_the_finite_population_correction_is_the_share_not_drawn() -> None:
    y, strata = np.random.default_rng(1).normal(size=20), np.repeat([0, 1], 10)
    free = [float(np.sum(deviations(y[strata == h], design=SurveyDesign())[0] ** 2)) for h in (0, 1)]
    design = SurveyDesign(strata, population=np.where(strata == 0, 40.0, np.inf))
    assert linearized(y, design=design)[0] == pytest.approx(0.75 * free[0] + free[1], rel=1e-12)


def test_a_census_has_no_sampling_error() -> None:
    y = np.random.default_rng(2).normal(size=12)
    assert linearized(y, design=SurveyDesign(psu=np.repeat(np.arange(4), 3), population=np.full(12, 4.0)))[0] == 0


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_rules_for_lonely_psus_need_one_stratum_with_two(rule: str) -> None:
    with pytest.raises(DataError, match="single primary sampling unit"):
        linearized(np.ones(3), design=SurveyDesign(np.arange(3), lonely=rule))


def test_each_rule_for_lonely_psus_by_hand() -> None:
    """Totals: stratum a 1 and 5, b 2 and 4, c 9 alone."""
    y, strata = np.array([1.0, 5.0, 2.0, 4.0, 9.0]), np.array(["a", "a", "b", "b", "c"])
    found = {rule: linearized(y, design=SurveyDesign(strata, lonely=rule)) for rule in LONELY_RULES[1:]}
    # 2 / 1 x (4 + 4) + 2 / 1 x (1 + 1) = 20; grand mean 21 / 5; three strata for two.
    assert found["certainty"] == (pytest.approx(20), 2)
    assert found["adjust"] == (pytest.approx(20 + (9 - 4.2) ** 2), 2)
    assert found["average"] == (pytest.approx(20 * 3 / 2), 2)


@given(st.integers(0, 10_000))
def test_relabelling_strata_and_psus_and_moving_rows_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    strata, psu = np.repeat(np.arange(3), 12), np.tile(np.repeat(np.arange(4), 3), 3)
    y, size = rng.normal(size=36), np.repeat([5.0, 8.0, np.inf], 12)
    before = linearized(y, design=SurveyDesign(strata, psu, size))
    names, order = rng.permutation(100)[:7].astype(str), rng.permutation(36)
    after = linearized(y[order], design=SurveyDesign(names[strata][order], names[3:][psu][order], size[order]))
    assert after == (pytest.approx(before[0], rel=1e-10), before[1])


def test_several_estimates_give_their_design_covariance() -> None:
    rng = np.random.default_rng(4)
    y, design = rng.normal(size=(60, 2)), SurveyDesign(np.repeat([0, 1], 30), np.repeat(np.arange(12), 5))
    d, df = deviations(y, design=design)
    assert d.shape == (12, 2)
    assert df == 10
    both = linearized(y[:, 0] + y[:, 1], design=design)[0]
    assert (d.T @ d).sum() == pytest.approx(both, rel=1e-12)


def test_units_outside_the_domain_keep_their_psu() -> None:
    """Dropping the rows of a PSU without members of the subgroup would lose it: the variance must count it."""
    influence = np.array([1.0, -1.0, 2.0, -2.0, 0.0, 0.0])
    psu = np.array([1, 1, 2, 2, 3, 3])
    influence[:4] += 0.5
    kept = linearized(influence, design=SurveyDesign(psu=psu))
    dropped = linearized(influence[:4], design=SurveyDesign(psu=psu[:4]))
    assert kept == (pytest.approx(1.0), 2)
    assert dropped == (pytest.approx(0.0), 1)
