"""Stratum weights give both groups the strata of the target group."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError
from dampak.match.stratum_weights import stratum_weights


def test_weights_of_two_strata_by_hand():
    stratum = np.array([0, 0, 0, 0, 1, 1, 1, -1, 2, 2])
    treatment = np.array([1, 0, 0, 0, 1, 1, 0, 1, 0, 0]) == 1
    ones = np.ones(10)
    third = 1 / 3
    expected = {
        "att": [1, third, third, third, 1, 1, 2, 0, 0, 0],
        "atc": [3, 1, 1, 1, 0.5, 0.5, 1, 0, 0, 0],
        "ate": [4, 4 / 3, 4 / 3, 4 / 3, 1.5, 1.5, 3, 0, 0, 0],
    }
    for estimand, weight in expected.items():
        found = stratum_weights(stratum, treatment, estimand=estimand, survey_weight=ones)
        assert found == pytest.approx(weight)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), estimand=st.sampled_from(["att", "atc", "ate"]))
def test_in_every_stratum_both_groups_weigh_what_the_target_group_does(data, estimand):
    n = data.draw(st.integers(4, 30))
    stratum = np.array(data.draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n)))
    treatment = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    survey = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), dtype=float)
    weight = stratum_weights(stratum, treatment, estimand=estimand, survey_weight=survey)
    target = {"att": treatment, "atc": ~treatment, "ate": np.ones(n, dtype=bool)}[estimand]
    for number in range(4):
        mine = stratum == number
        totals = [survey[mine & group].sum() for group in (treatment, ~treatment)]
        goal = survey[mine & target].sum() if min(totals) > 0 else 0.0
        for group in (treatment, ~treatment):
            assert weight[mine & group].sum() == pytest.approx(goal)
            # Within a cell, weights keep the proportions of the survey.
            assert weight[mine & group] * survey[mine & group].sum() == pytest.approx(survey[mine & group] * goal)
    assert (weight[(stratum < 0) | (survey == 0)] == 0).all()
    renamed = np.where(stratum >= 0, 90 - 7 * stratum, -1)
    assert stratum_weights(renamed, treatment, estimand=estimand, survey_weight=survey) == pytest.approx(weight)


def test_no_stratum_gives_no_weight_and_the_overlap_estimand_is_refused():
    none = np.full(3, -1)
    treatment = np.array([True, False, False])
    assert stratum_weights(none, treatment, estimand="att", survey_weight=np.ones(3)).tolist() == [0, 0, 0]
    with pytest.raises(ConfigError, match="att, atc or ate, not 'ato'; use the method overlap"):
        stratum_weights(none, treatment, estimand="ato", survey_weight=np.ones(3))
