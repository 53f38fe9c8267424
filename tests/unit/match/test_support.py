"""Common support keeps whom its rule keeps, and counts everybody once."""

import numpy as np
import pandas as pd
import pytest

from dampak.errors import ConfigError
from dampak.match.support import support_reasons, support_rows

SCORE = np.array([0.05, 0.30, 0.95, 0.02, 0.10, 0.30, 0.70])
TREATMENT = np.array([True, True, True, False, False, False, False])


def test_no_rule_keeps_everybody():
    assert support_reasons(SCORE, TREATMENT, rule="none") == [""] * 7


def test_minmax_keeps_the_range_that_both_groups_share_bounds_included():
    reasons = support_reasons(SCORE, TREATMENT, rule="minmax")
    assert [not r for r in reasons] == [True, True, False, False, True, True, True]
    assert reasons[2] == "score above the range of the other group"
    assert reasons[3] == "score below the range of the other group"
    bounds = support_reasons(np.array([0.2, 0.6, 0.2, 0.6]), np.array([1, 1, 0, 0]) == 1, rule="minmax")
    assert bounds == [""] * 4


def test_crump_keeps_scores_between_trim_and_its_complement():
    reasons = support_reasons(SCORE, TREATMENT, rule="crump", trim=0.1)
    assert [not r for r in reasons] == [False, True, False, False, True, True, True]
    assert reasons[0] == "score below 0.1"
    assert reasons[2] == "score above 0.9"
    assert sum(not r for r in support_reasons(SCORE, TREATMENT, rule="crump", trim=0.25)) == 3


def test_an_unknown_rule_is_refused():
    with pytest.raises(ConfigError, match="rule: 'caliper' is not known; use none, minmax or crump"):
        support_reasons(SCORE, TREATMENT, rule="caliper")


def test_rows_count_every_unit_once_with_the_survey_weight_of_the_treated():
    reasons = pd.Series(["kept", "kept", "far", "far", "kept", "kept", "kept"])
    weight = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
    table = support_rows(reasons, TREATMENT, weight, name="cash")
    assert table.to_dict("list") == {
        "treatment": ["cash", "cash"],
        "reason": ["far", "kept"],
        "n_treated": [1, 2],
        "n_comparison": [1, 3],
        "weight_treated": [4.0, 3.0],
    }
