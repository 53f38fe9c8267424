"""AIPW is right when one of its models is, its errors count what was estimated, and no shuffle decides the answer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from dampak.errors import ConfigError, DataError
from dampak.estimate.aipw import aipw
from dampak.estimate.effect import Effect, interval
from dampak.estimate.survey_design import SurveyDesign

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def data(n: int, seed: int) -> Arrays:
    """Outcome, treatment, covariates, survey weight; the effect is 1 for everybody."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    t = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.6 * x[:, 0] + 0.3 * x[:, 1]))
    y = 1.0 * t + x @ [1.0, 0.5, -0.2] + rng.normal(size=n)
    return y, t, x, rng.uniform(0.5, 2.0, size=n)


def summary(results: list[Effect], truth: float) -> tuple[float, float, float]:
    """Coverage, standard error over spread, bias in its own standard errors."""
    bounds = [interval(r, alpha=0.05) for r in results]
    estimates = np.array([r.estimate for r in results])
    spread = estimates.std(ddof=1)
    return (
        float(np.mean([b.low <= truth <= b.high for b in bounds])),
        float(np.mean([r.std_error for r in results]) / spread),
        float((estimates.mean() - truth) / (spread / np.sqrt(len(results)))),
    )


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
@pytest.mark.parametrize(("propensity", "outcome_model"), [("logit", "linear"), ("probit", "logit")])
def test_the_error_is_the_response_to_every_weight(estimand: str, propensity: str, outcome_model: str) -> None:
    """psi_i = w_i d(estimate) / d(w_i), found by differencing; both models are wrong here, which it must count."""
    y, t, x, w = data(60, seed=1)
    y = y + x[:, 2] ** 2
    if outcome_model == "logit":
        y = (y > 0.8).astype(float)

    def estimate(factor: np.ndarray) -> Effect:
        return aipw(
            y,
            t,
            covariates=x,
            outcome_covariates=x[:, :1],
            survey_weight=w * factor,
            estimand=estimand,
            propensity=propensity,
            outcome_model=outcome_model,
        )

    step = 1e-5 * np.eye(60)
    psi = [(estimate(1 + step[i]).estimate - estimate(1 - step[i]).estimate) / 2e-5 for i in range(60)]
    assert estimate(np.ones(60)).std_error == pytest.approx(np.sqrt(np.sum(np.square(psi))), rel=1e-6)


@pytest.mark.parametrize("folds", [None, 4])
@pytest.mark.parametrize("wrong", ["propensity", "outcome_model", "both"])
def test_one_wrong_model_does_no_harm_and_two_do(wrong: str, folds: int | None) -> None:
    rng = np.random.default_rng(2)
    right, results = {"covariates": [0, 1], "outcome_covariates": [0, 1]}, []
    if wrong in ("propensity", "both"):
        right["covariates"] = [1]
    if wrong in ("outcome_model", "both"):
        right["outcome_covariates"] = [1]
    for _ in range(150):
        x = rng.normal(size=(400, 2))
        t = rng.random(400) < 1 / (1 + np.exp(-0.7 * x[:, 0]))
        y = t + 1.5 * x[:, 0] + x[:, 1] + rng.normal(size=400)
        chosen = {name: x[:, columns] for name, columns in right.items()}
        results.append(aipw(y, t, survey_weight=np.ones(400), folds=folds, splits=1, **chosen))
    coverage, ratio, bias = summary(results, 1.0)
    if wrong == "both":
        assert coverage < 0.1
        return
    assert coverage >= 0.91
    if folds is None:
        assert abs(bias) < 3.5
        assert 0.88 <= ratio <= 1.12
    else:
        # A cross-fitted error takes both models as right, so only the estimate is held to the truth (both wrong: 1.9).
        assert np.mean([r.estimate for r in results]) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
def test_cross_fitting_covers(estimand: str) -> None:
    results = []
    for seed in range(120):
        y, t, x, w = data(500, seed=seed)
        results.append(aipw(y, t, covariates=x, survey_weight=w, estimand=estimand, folds=5, splits=1))
    coverage, ratio, bias = summary(results, 1.0)
    assert 0.9 <= coverage <= 0.99
    assert 0.88 <= ratio <= 1.12
    assert abs(bias) < 3.5


@pytest.mark.parametrize("learner", ["gradient_boosting", "random_forest"])
def test_learners_find_the_effect_where_straight_lines_do_not(learner: str) -> None:
    rng = np.random.default_rng(3)
    lines, learned = [], []
    for _ in range(3):
        x = rng.uniform(-2, 2, size=(1500, 2))
        t = rng.random(1500) < 1 / (1 + np.exp(0.3 - 0.8 * np.abs(x[:, 0])))
        y = t + 2 * np.abs(x[:, 0]) + x[:, 1] + rng.normal(size=1500)
        chosen = {"covariates": x, "survey_weight": np.ones(1500), "folds": 3, "splits": 1}
        lines.append(aipw(y, t, **chosen))
        learned.append(aipw(y, t, propensity=learner, outcome_model=learner, **chosen))
    assert np.mean([r.estimate for r in lines]) > 1.25
    assert np.mean([r.estimate for r in learned]) == pytest.approx(1.0, abs=0.1)


def test_the_order_of_the_rows_and_the_names_of_the_clusters_do_not_matter() -> None:
    y, t, x, w = data(240, seed=4)
    psu = np.repeat(np.arange(40), 6)
    shuffle = np.random.default_rng(5).permutation(240)
    other = np.random.default_rng(6).permutation(40)

    def estimate(rows: np.ndarray, labels: np.ndarray) -> Effect:
        return aipw(
            y[rows],
            t[rows],
            covariates=x[rows],
            survey_weight=w[rows],
            propensity="logit",
            outcome_model="gradient_boosting",
            folds=3,
            splits=2,
            design=SurveyDesign(psu=labels[rows]),
        )

    first = estimate(np.arange(240), psu)
    second = estimate(shuffle, other[psu])
    assert second.estimate == first.estimate
    assert second.std_error == pytest.approx(first.std_error, rel=1e-12)


def test_the_seed_of_the_study_decides_and_more_splits_let_it_decide_less() -> None:
    y, t, x, w = data(150, seed=7)

    def estimates(splits: int) -> np.ndarray:
        chosen = {"covariates": x, "survey_weight": w, "folds": 2, "splits": splits}
        return np.array([aipw(y, t, seed=seed, **chosen).estimate for seed in range(12)])

    one, many = estimates(1), estimates(9)
    assert np.array_equal(one, estimates(1))
    assert np.unique(one).size > 1
    assert many.std() < 0.7 * one.std()


class Recall(BaseEstimator):
    """Predicts for a place the mean outcome that it has seen there, and 0 for a place it has not seen."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> Recall:
        self.seen_ = {place: y[x[:, 0] == place].mean() for place in np.unique(x[:, 0])}
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.array([self.seen_.get(place, 0.0) for place in x[:, 0]])


class Forgetful(Recall):
    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.zeros(x.shape[0])


def test_no_model_has_seen_the_psu_that_it_predicts() -> None:
    rng = np.random.default_rng(8)
    psu = np.repeat(np.arange(50), 20)
    place = np.repeat(rng.normal(size=50), 20)
    t = rng.random(1000) < 1 / (1 + np.exp(-0.8 * place))
    y = t + place + np.repeat(rng.normal(size=50), 20) + rng.normal(size=1000)

    def estimate(model: Recall, design: SurveyDesign | None) -> Effect:
        chosen = {"covariates": place[:, None], "survey_weight": np.ones(1000), "folds": 5, "design": design}
        return aipw(y, t, outcome_model=model, **chosen)

    assert estimate(Recall(), SurveyDesign(psu=psu)) == estimate(Forgetful(), SurveyDesign(psu=psu))
    assert estimate(Recall(), None).std_error < 0.9 * estimate(Forgetful(), None).std_error


def test_survey_weights_reach_the_models_and_the_estimate() -> None:
    """A unit of weight 2 is two units: without folds exactly, as a design with both in one PSU knows."""
    y, t, x, _ = data(90, seed=9)
    twice = np.where(np.arange(90) < 45, 2, 1)
    rows = np.repeat(np.arange(90), twice)
    weighted = aipw(
        y, t, covariates=x, survey_weight=twice.astype(float), estimand="ate", design=SurveyDesign(psu=np.arange(90))
    )
    repeated = aipw(
        y[rows],
        t[rows],
        covariates=x[rows],
        survey_weight=np.ones(rows.size),
        estimand="ate",
        design=SurveyDesign(psu=rows),
    )
    assert weighted.estimate == pytest.approx(repeated.estimate, rel=1e-9)
    assert weighted.std_error == pytest.approx(repeated.std_error, rel=1e-9)


@pytest.mark.parametrize("folds", [None, 3])
def test_rows_without_weight_may_hold_anything(folds: int | None) -> None:
    y, t, x, w = data(120, seed=10)
    w[:20], y[:20], x[:20] = 0.0, np.nan, np.nan
    dirty = aipw(y, t, covariates=x, survey_weight=w, folds=folds)
    clean = aipw(y[20:], t[20:], covariates=x[20:], survey_weight=w[20:], folds=folds)
    assert dirty.estimate == clean.estimate
    assert dirty.std_error == clean.std_error


def test_any_estimator_of_scikit_learn_serves_and_is_not_changed() -> None:
    y, t, x, w = data(300, seed=11)
    score, outcome = make_pipeline(StandardScaler(), LogisticRegression(C=1e6)), Ridge(alpha=1e-6)
    theirs = aipw(y, t, covariates=x, survey_weight=w, propensity=score, outcome_model=outcome, folds=4, splits=1)
    ours = aipw(y, t, covariates=x, survey_weight=w, folds=4, splits=1)
    assert theirs.estimate == pytest.approx(ours.estimate, rel=1e-3)
    assert not hasattr(outcome, "coef_")


def test_what_it_cannot_do_is_refused_with_a_sentence() -> None:
    y, t, x, w = data(120, seed=12)
    chosen = {"covariates": x, "survey_weight": w}
    with pytest.raises(ConfigError, match="use method overlap"):
        aipw(y, t, estimand="ato", **chosen)
    with pytest.raises(ConfigError, match="random_forest without folds"):
        aipw(y, t, outcome_model="random_forest", **chosen)
    with pytest.raises(ConfigError, match="LogisticRegression without folds"):
        aipw(y, t, propensity=LogisticRegression(), **chosen)
    with pytest.raises(ConfigError, match="propensity is one of logit, probit"):
        aipw(y, t, propensity="linear", folds=3, **chosen)
    with pytest.raises(ConfigError, match=r"SVR has no fit and predict_proba"):
        aipw(y, t, propensity=SVR(), folds=3, **chosen)
    with pytest.raises(ConfigError, match="KNeighborsRegressor takes no sample weights"):
        aipw(y, t, outcome_model=KNeighborsRegressor(), folds=3, **chosen)
    with pytest.raises(ConfigError, match="folds is 2 or more"):
        aipw(y, t, folds=1, **chosen)
    with pytest.raises(DataError, match="treated and comparison units"):
        aipw(y, np.ones(120, bool), **chosen)
    with pytest.raises(DataError, match="do not fill 5 folds"):
        aipw(y, np.arange(120) < 3, folds=5, **chosen)
    with pytest.raises(DataError, match="do not fill 5 folds"):
        aipw(y, t, folds=5, design=SurveyDesign(psu=np.repeat(np.arange(4), 30)), **chosen)


class Told(ClassifierMixin, BaseEstimator):
    """A score that is the second covariate."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> Told:
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return np.column_stack([1 - x[:, 1], x[:, 1]])


@pytest.mark.parametrize(("estimand", "certain", "bound"), [("att", 1.0, 0.99), ("atc", 0.0, 0.01)])
def test_a_rare_certain_score_is_moved_to_the_bound(estimand: str, certain: float, bound: float) -> None:
    y, t, x, _ = data(400, seed=14)
    x[:, 1] = 0.5
    against = np.flatnonzero(~t if estimand == "att" else t)[0]

    def estimate(score: float) -> Effect:
        x[against, 1] = score
        chosen = {"covariates": x, "outcome_covariates": x[:, [0, 2]], "survey_weight": np.ones(400)}
        return aipw(y, t, estimand=estimand, propensity=Told(), folds=4, splits=1, **chosen)

    assert estimate(certain).estimate == pytest.approx(estimate(bound).estimate, rel=1e-12)
    assert estimate(certain).estimate != pytest.approx(estimate(0.5).estimate, rel=1e-3)


def test_a_learned_score_near_certainty_is_refused_where_it_divides_and_only_there() -> None:
    """Comparison units whom no treated unit resembles: harmless for the effect on the treated, not for that on all."""
    rng = np.random.default_rng(13)
    x = np.concatenate([rng.uniform(0, 1, 600), rng.uniform(3, 4, 600)])[:, None]
    t = np.concatenate([rng.random(600) < 0.5, np.zeros(600, bool)])
    y = t + x[:, 0] + rng.normal(size=1200)
    chosen = {"covariates": x, "survey_weight": np.ones(1200), "propensity": "gradient_boosting", "folds": 3}
    fine = aipw(y, t, estimand="att", splits=1, **chosen)
    assert fine.estimate == pytest.approx(1.0, abs=4 * fine.std_error)
    with pytest.raises(DataError, match="score within"):
        aipw(y, t, estimand="ate", splits=1, **chosen)
