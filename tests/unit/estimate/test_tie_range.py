"""The range of the effect over orders and ties is that over all sets of pairs, each estimated by itself."""

from __future__ import annotations

import numpy as np
import pytest

from dampak.estimate.tie_range import alternative_estimates, tie_range
from dampak.match.order_sensitivity import order_sensitivity

ORDERS = ("largest", "smallest", "data")


def study(estimand: str = "att", n: int = 200):
    rng = np.random.default_rng(2)
    treatment, score = rng.random(n) < 0.35, rng.integers(1, 12, n) / 13
    alternatives = order_sensitivity(
        treatment, score=score, seed=7, name="m", orders=ORDERS, tie_draws=20, caliper=0.3, ratio=2, estimand=estimand
    )
    return treatment, rng.normal(size=n) + 2 * treatment, rng.uniform(0.5, 2, n), alternatives


@pytest.mark.parametrize("estimand", ["att", "atc"])
def test_each_set_of_pairs_is_estimated_as_if_it_were_the_only_one(estimand: str) -> None:
    _, outcome, survey_weight, alternatives = study(estimand)
    found, n_focal = alternative_estimates(outcome, alternatives, survey_weight=survey_weight)
    for r in range(len(alternatives.labels)):
        inside = alternatives.draw == r
        gaps: dict[int, list[float]] = {}
        for focal, match in zip(alternatives.focal[inside], alternatives.match[inside], strict=True):
            gaps.setdefault(int(focal), []).append(float(outcome[match]))
        units = np.array(list(gaps))
        gap = np.array([outcome[u] - np.mean(gaps[int(u)]) for u in units])
        sign = 1 if estimand == "att" else -1
        assert found[r] == pytest.approx(sign * np.average(gap, weights=survey_weight[units]))
        assert n_focal[r] == units.size
    assert np.abs(found - 2).max() < 1


def test_the_range_covers_orders_and_ties_apart_and_together() -> None:
    _, outcome, survey_weight, alternatives = study()
    estimates, _ = alternative_estimates(outcome, alternatives, survey_weight=survey_weight)
    table = tie_range(outcome, alternatives, survey_weight=survey_weight).set_index("kind")
    assert table["n_sets"].to_dict() == {"order": 3, "ties": 20, "all": 23}
    assert table.loc["order", "minimum"] == estimates[:3].min()
    assert table.loc["ties", "maximum"] == estimates[3:].max()
    assert table.loc["all", "median"] == pytest.approx(np.median(estimates))
    assert table.loc["ties", "q05"] == pytest.approx(np.quantile(estimates[3:], 0.05))


def test_where_nothing_is_tied_the_ties_have_no_range() -> None:
    rng = np.random.default_rng(1)
    treatment = rng.random(50) < 0.4
    alternatives = order_sensitivity(treatment, score=rng.random(50), seed=1, name="m", orders=ORDERS)
    table = tie_range(rng.normal(size=50), alternatives, survey_weight=np.ones(50)).set_index("kind")
    assert table.loc["ties", "n_sets"] == 0
    assert np.isnan(table.loc["ties", "minimum"])
    assert table.loc["order", "minimum"] == table.loc["all", "minimum"]
