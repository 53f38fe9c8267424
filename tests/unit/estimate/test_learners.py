"""Learners are named, seeded, kept to one core, and refused where their predictions could not be used."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dampak.errors import ConfigError
from dampak.estimate.learners import predicted_mean, require_model


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariates, outcome, weights."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, size=(400, 2))
    return x, np.abs(x[:, 0]) + 0.3 * rng.normal(size=400), rng.uniform(0.5, 2, size=400)


@pytest.mark.parametrize("name", ["random_forest", "gradient_boosting"])
def test_a_seed_gives_the_same_bytes_and_the_bend_is_found(name: str, data: tuple[np.ndarray, ...]) -> None:
    x, y, w = data
    first, again = (predicted_mean(name, x, y, weight=w, of_score=False, seed=5) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert np.corrcoef(first, np.abs(x[:, 0]))[0, 1] > 0.9


@pytest.mark.parametrize("name", ["logit", "random_forest", "gradient_boosting"])
def test_scores_are_probabilities_and_near_the_truth(name: str, data: tuple[np.ndarray, ...]) -> None:
    x, _, w = data
    truth = 1 / (1 + np.exp(-x[:, 0]))
    t = (np.random.default_rng(2).random(400) < truth).astype(float)
    score = predicted_mean(name, x, t, weight=w, of_score=True, seed=5)
    assert score.min() > 0 and score.max() < 1
    assert np.mean(np.abs(score - truth)) < 0.14


@pytest.mark.parametrize("name", ["linear", "random_forest", "gradient_boosting"])
def test_units_without_weight_teach_nothing(name: str, data: tuple[np.ndarray, ...]) -> None:
    x, y, w = data
    w = np.where(np.arange(400) < 200, w, 0.0)
    spoiled = np.where(w > 0, y, 1e6)
    clean = predicted_mean(name, x, y, weight=w, of_score=False, seed=5)
    assert np.array_equal(predicted_mean(name, x, spoiled, weight=w, of_score=False, seed=5), clean)


def test_weights_count_in_every_learner(data: tuple[np.ndarray, ...]) -> None:
    """With nearly all the weight on one half of the outcomes, the predictions are theirs."""
    x, _, _ = data
    y = np.where(np.arange(400) % 2 == 0, 1.0, 0.0)
    w = np.where(y == 1, 1000.0, 1.0)
    learners = (
        "linear",
        "random_forest",
        "gradient_boosting",
        make_pipeline(StandardScaler(), RandomForestRegressor()),
    )
    for learner in learners:
        mean = predicted_mean(learner, x, y, weight=w, of_score=False, seed=5).mean()
        assert mean > 0.9, learner


def test_steps_of_a_pipeline_are_seeded(data: tuple[np.ndarray, ...]) -> None:
    x, y, w = data
    pipeline = make_pipeline(StandardScaler(), RandomForestRegressor(n_estimators=5, n_jobs=2))
    first, again = (predicted_mean(pipeline, x, y, weight=w, of_score=False, seed=5) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, predicted_mean(pipeline, x, y, weight=w, of_score=False, seed=6))
    assert pipeline[-1].n_jobs == 2


def test_models_are_refused_by_name() -> None:
    require_model("random_forest", of_score=True, parametric=False)
    require_model("poisson", of_score=False, parametric=True)
    with pytest.raises(ConfigError, match="outcome_model is one of linear, logit, poisson"):
        require_model("probit", of_score=False, parametric=False)
    with pytest.raises(ConfigError, match="object has no fit and predict"):
        require_model(object(), of_score=False, parametric=False)
