"""Models of a mean by name, parametric or machine learning, and what they predict for units they have not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.generalised_linear import mean_model

FloatArray = NDArray[np.float64]

SCORES = ("logit", "probit")
OUTCOMES = ("linear", "logit", "poisson")
LEARNED = ("random_forest", "gradient_boosting")


def require_model(model: Any, *, of_score: bool, parametric: bool) -> None:
    """Refuse a model that cannot do what is asked of it.

    Parameters
    ----------
    model : str or scikit-learn estimator
    of_score : bool
        It predicts the treatment, so it must give probabilities.
    parametric : bool
        There is no cross-fitting, so every coefficient must have an influence function.

    Raises
    ------
    ConfigError
    """
    part, names = ("propensity", SCORES) if of_score else ("outcome_model", OUTCOMES)
    if isinstance(model, str):
        if model not in names + LEARNED:
            raise ConfigError(f"methods: aipw: {part} is one of {', '.join(names + LEARNED)}, not '{model}'")
    elif not hasattr(model, "fit") or not hasattr(model, "predict_proba" if of_score else "predict"):
        needs = "fit and predict_proba (a classifier)" if of_score else "fit and predict"
        raise ConfigError(
            f"methods: aipw: {part}: {type(model).__name__} has no {needs}; give a scikit-learn estimator"
        )
    if parametric and (not isinstance(model, str) or model in LEARNED):
        name = model if isinstance(model, str) else type(model).__name__
        raise ConfigError(
            f"methods: aipw: {part}: {name} without folds predicts what it has learned by heart, and no standard error "
            f"holds; set folds: 5, or use {' or '.join(names)}"
        )


def predicted_mean(
    model: Any,
    covariates: FloatArray,
    outcome: FloatArray,
    *,
    weight: FloatArray,
    of_score: bool,
    seed: int,
    part: str = "the sample",
) -> FloatArray:
    """Fit a model where `weight` is positive and predict the mean of every unit.

    One thread and one seed: the same bytes on any number of cores.

    Parameters
    ----------
    model : str or scikit-learn estimator
        "linear", "logit", "probit", "poisson", "random_forest" or "gradient_boosting"; an estimator is cloned, its
        random states seeded, and must take sample weights unless these are equal.
    covariates : (n, k) float
    outcome : (n,) float
    weight : (n,) float
        Sample weights; 0 = predicted, not used in the fit.
    of_score : bool
        The outcome is a 0/1 treatment; predictions are probabilities.
    seed : int
    part : str
        Which units these are, for messages.

    Returns
    -------
    (n,) float
    """
    if isinstance(model, str) and model not in LEARNED:
        return mean_model(covariates, outcome, weight=weight, family=model, part=part).mean
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    estimator = _forest_or_boosting(model, of_score=of_score) if isinstance(model, str) else _cloned(model)
    _seed(estimator, seed)
    used = weight > 0
    x, y = covariates[used], outcome[used]
    # Several threads add floating-point numbers in another order.
    with threadpool_limits(limits=1):
        estimator.fit(x, y.astype(int) if of_score else y, **_sample_weight(estimator, weight[used]))
        if of_score:
            return np.asarray(estimator.predict_proba(covariates)[:, 1], dtype=np.float64)
        if hasattr(estimator, "predict_proba"):
            return np.asarray(estimator.predict_proba(covariates) @ estimator.classes_, dtype=np.float64)
        return np.asarray(estimator.predict(covariates), dtype=np.float64)


def _forest_or_boosting(name: str, *, of_score: bool) -> Any:
    """Learners with settings for household surveys: some thousand units, a signal weaker than the noise.

    Leaves of 10 and more units and slow, early-stopped boosting: a default forest, grown to single units, gives scores
    of 0 and 1, whose inverse weights do not exist.
    """
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )

    if name == "random_forest":
        forest = RandomForestClassifier if of_score else RandomForestRegressor
        return forest(n_estimators=100, min_samples_leaf=10, max_features=0.5, n_jobs=1)
    boosting = HistGradientBoostingClassifier if of_score else HistGradientBoostingRegressor
    return boosting(learning_rate=0.05, max_iter=100, max_leaf_nodes=8, min_samples_leaf=20, early_stopping=False)


def _cloned(estimator: Any) -> Any:
    from sklearn.base import clone

    return clone(estimator)


def _seed(estimator: Any, seed: int) -> None:
    """Set every random state of an estimator (and of the steps inside it), and keep it to one core."""
    chosen: dict[str, int] = {}
    parameters = estimator.get_params(deep=True)
    for name in parameters:
        last = name.rsplit("__", 1)[-1]
        if last == "random_state":
            chosen[name] = seed % 2**32
        elif last == "n_jobs" and parameters[name] not in (None, 1):
            chosen[name] = 1
    estimator.set_params(**chosen)


def _sample_weight(estimator: Any, weight: FloatArray) -> dict[str, FloatArray]:
    """Keyword of `fit` that carries the survey weights; nothing where they are all equal."""
    from sklearn.utils.validation import has_fit_parameter

    if np.ptp(weight) == 0:
        return {}
    scaled = weight / np.mean(weight)
    steps = getattr(estimator, "steps", None)
    last = estimator if steps is None else steps[-1][1]
    if not has_fit_parameter(last, "sample_weight"):
        raise ConfigError(
            f"methods: aipw: {type(last).__name__} takes no sample weights, and the survey weights differ between "
            "units; use a learner that takes them, such as random_forest or gradient_boosting"
        )
    return {"sample_weight" if steps is None else f"{steps[-1][0]}__sample_weight": scaled}
