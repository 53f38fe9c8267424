"""Where the search starts changes the way and not the weights; where there is no answer, it ends early."""

from typing import Any

import numpy as np
import pytest

from dampak.errors import DataError
from dampak.match import entropy_balancing as module
from dampak.match.entropy_balancing import balanced, entropy_balancing

NAMES = ["a", "b", "c"]


def study(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.gamma(2, 1000, n), rng.random(n) < 0.3]).astype(float)
    t = rng.random(n) < 1 / (1 + np.exp(0.5 - 0.7 * x[:, 0] - 0.8 * x[:, 2]))
    return x, t, rng.uniform(0.5, 3, n)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that moments are computed."""
    counted: list[int] = []
    original = module._Gaps.moments

    def moments(self: Any, share: np.ndarray) -> Any:
        counted.append(share.size)
        return original(self, share)

    monkeypatch.setattr(module._Gaps, "moments", moments)
    return counted


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
@pytest.mark.parametrize("moments", [1, 2])
def test_the_weights_do_not_depend_on_the_start(estimand: str, moments: int) -> None:
    x, t, q = study(1)
    options: dict[str, Any] = {"names": NAMES, "estimand": estimand, "moments": moments, "survey_weight": q}
    cold = balanced(x, t, **options)
    rng = np.random.default_rng(2)
    for move in (0.3, 2.0):
        start = {group: slopes + move * rng.normal(size=slopes.size) for group, slopes in cold.slopes.items()}
        warm = balanced(x, t, **options, start=start)
        assert warm.weight == pytest.approx(cold.weight, rel=1e-9)
        for group, slopes in cold.slopes.items():
            assert warm.slopes[group] == pytest.approx(slopes, abs=1e-7)
    assert np.array_equal(cold.weight, entropy_balancing(x, t, **options))


def test_the_solution_of_a_neighbouring_treatment_saves_steps_and_gives_the_same_weights(steps: list[int]) -> None:
    x, t, q = study(3, n=2000)
    before = balanced(x, t, names=NAMES, survey_weight=q)
    other = t.copy()
    other[::400] = ~other[::400]
    steps.clear()
    cold = balanced(x, other, names=NAMES, survey_weight=q)
    n_cold = len(steps)
    warm = balanced(x, other, names=NAMES, survey_weight=q, start=before.slopes)
    assert warm.weight == pytest.approx(cold.weight, rel=1e-9)
    assert len(steps) - n_cold < n_cold
    assert not np.allclose(cold.weight[~other], before.weight[~other])


def test_slopes_are_those_of_the_tilt(steps: list[int]) -> None:
    x, t, q = study(4)
    found = balanced(x, t, names=NAMES, survey_weight=q)
    # A solution is where the search ends at once: its own slopes need no further step than the last one.
    steps.clear()
    again = balanced(x, t, names=NAMES, survey_weight=q, start=found.slopes)
    assert len(steps) <= 2
    assert again.weight == pytest.approx(found.weight, rel=1e-12)
    assert set(found.slopes) == {"comparison"}


@pytest.mark.parametrize("start", [None, {"comparison": np.array([40.0, -25.0, 3.0])}])
@pytest.mark.parametrize("seed", [0, 1, 3])
def test_a_target_that_no_weights_reach_is_refused_after_few_steps(
    steps: list[int], seed: int, start: dict[str, np.ndarray] | None
) -> None:
    """The dual falls without end there, by ever smaller slopes: it is left once below what any answer has."""
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(400, 3)), np.arange(400) < 100
    # Both means lie within the range of the comparison units, but each of those has b > a + 0.01.
    x[~t, 0] = np.abs(x[~t, 0])
    x[~t, 1] = x[~t, 0] + 0.01 + np.abs(x[~t, 1])
    x[t, 0] = 1 + 0.1 * rng.normal(size=100)
    x[t, 1] = x[t, 0] + 0.002 * rng.normal(size=100)
    with pytest.raises(DataError, match=r"no positive weights reach all target means at once .*'(a|b|c)' stays"):
        balanced(x, t, names=NAMES, start=start)
    assert len(steps) <= 40


def test_a_target_near_the_edge_is_reached_although_nearly_all_weight_is_on_a_light_unit() -> None:
    """The distance from the base weights comes close to its bound there, which must not count as no answer."""
    rng = np.random.default_rng(5)
    x = np.vstack([[[6.0, 6.0]], rng.normal(size=(80, 2))])
    q = np.concatenate([[0.01], rng.uniform(1, 3, 80)])
    goal = 0.97 * x[0] + 0.03 * x[1:].mean(axis=0)
    x = np.vstack([x, goal + np.array([[0.1, -0.1], [-0.1, 0.1]])])
    t = np.repeat([False, True], [81, 2])
    weight = entropy_balancing(x, t, names=["a", "b"], survey_weight=np.append(q, [1.0, 1.0]))
    assert np.average(x[:81], axis=0, weights=weight[:81]) == pytest.approx(goal, abs=1e-7)
    assert weight[0] / weight[:81].sum() > 0.95
