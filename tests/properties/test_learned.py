"""Learners draw at random, yet only what the study's seed and the units' contents say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.properties.chain import differences, run
from tests.properties.menu import LEARNERS, MENU, Method
from tests.properties.strategies import Sample, every_kind

BOOSTED = {"model": "gradient_boosting", "folds": 3}
# What a study can name beside a boosted score, for which no error counts its estimation.
BESIDE = [m for m in MENU if m["label"] in ("nearest_1_att", "cem_ate", "overlap_ato_std_error_hc1_score_fixed")]
ASKED: list[Method] = [*LEARNERS, *BESIDE]


@every_kind("clustered", tied=False)
def test_the_order_of_rows_does_not_decide_what_is_drawn(sample: Sample) -> None:
    """Nearest neighbours are not asked: trees give many units one score, and ties fall by the order of rows."""
    asked = [m for m in ASKED if m["method"] != "nearest_1"]
    shuffled = sample.rows(np.random.default_rng(1).permutation(len(sample.design)))
    one, two = (run(s, asked, propensity=BOOSTED) for s in (sample, shuffled))
    assert differences(one, two) == []


@pytest.mark.parametrize("factor", [1024.0, 1e-3])
@every_kind("weighted", tied=False)
def test_the_units_of_weights_and_covariates_do_not_decide_what_is_drawn(sample: Sample, factor: float) -> None:
    """Trees ask where a value lies among others, not how large it is.

    Not so for the order and the signs of covariates: a tree that may look at half of them draws which by their place,
    and folds of a boosted score are drawn over covariates as sorted, so that another order is another draw.
    """
    changed = sample.changed(age=lambda age: factor * age, survey_weight=lambda w: factor * w)
    one, two = (run(s, ASKED, propensity=BOOSTED) for s in (sample, changed))
    two["weights"] = two["weights"].assign(weight=two["weights"]["weight"] / factor)
    assert differences(one, two) == []
