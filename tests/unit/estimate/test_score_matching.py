"""After matching on an estimated score: the weighted difference, with an error that counts the score's estimation."""

import numpy as np
import pytest

from dampak.errors import ConfigError
from dampak.estimate.score_matching import score_matched_difference
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.weighted import weighted_difference
from dampak.match.pairing import nearest
from dampak.match.propensity import logit_score, probit_score
from dampak.match.stratum_weights import stratum_weights
from dampak.match.subclass import subclasses
from dampak.match.weighting import pair_weights

NAMES = ["x1", "x2"]


def draw(seed, n=400, logit=-1.5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    t = rng.random(n) < 1 / (1 + np.exp(-logit - 0.7 * x[:, 0] - 0.3 * x[:, 1]))
    y = x[:, 0] + x[:, 1] + t * (1 + 0.5 * x[:, 0]) + rng.normal(size=n)
    return x, t, y


def arguments(x, t, *, fit=logit_score, weight=None):
    ones = np.ones(t.size)
    score = fit(x, t, names=NAMES).score
    w = pair_weights(nearest(t, score=score, caliper=0.2), survey_weight=ones) if weight is None else weight(score)
    return {"weight": w, "propensity": score, "covariates": x, "survey_weight": ones}


def test_the_estimate_is_the_difference_of_weighted_means():
    x, t, y = draw(1)
    given = arguments(x, t)
    found = score_matched_difference(y, t, **given)
    assert found.estimate == pytest.approx(weighted_difference(y, t, weight=given["weight"]).estimate, rel=1e-12)
    assert found.n_treated == found.n_comparison == np.count_nonzero(given["weight"]) / 2


@pytest.mark.parametrize(("estimand", "fit", "model"), [("att", probit_score, "probit"), ("ate", logit_score, "logit"),
                                                        ("atc", logit_score, "logit")])  # fmt: skip
def test_intervals_hold_the_truth_where_the_fixed_score_is_too_cautious(estimand, fit, model):
    """300 samples. The covariates explain two thirds of the outcome: ignoring the estimated score costs much."""
    truth = {"att": [], "atc": [], "ate": []}
    found, fixed = [], []
    for seed in range(300):
        x, t, y = draw(seed, n=1000, logit=-0.8)
        for name, group in (("att", t), ("atc", ~t), ("ate", slice(None))):
            truth[name].append(1 + 0.5 * x[group, 0].mean())

        def classes(score, t=t):
            stratum = subclasses(score, t, count=25, estimand=estimand)
            return stratum_weights(stratum, t, estimand=estimand, survey_weight=np.ones(t.size))

        given = arguments(x, t, fit=fit, weight=classes)
        found.append(score_matched_difference(y, t, **given, estimand=estimand, model=model))
        fixed.append(weighted_difference(y, t, weight=given["weight"]))
    spread = np.std([e.estimate for e in found])
    aim = np.mean(truth[estimand])
    counted, ignored = (np.sqrt(np.mean([e.std_error**2 for e in many])) / spread for many in (found, fixed))
    assert 0.9 < counted < 1.1
    assert ignored > 1.3
    assert np.mean([abs(e.estimate - aim) < 1.96 * e.std_error for e in found]) > 0.9


def test_the_unit_of_a_covariate_or_of_the_outcome_does_not_matter():
    x, t, y = draw(3)
    plain = score_matched_difference(y, t, **arguments(x, t))
    scaled = score_matched_difference(100 * y - 7, t, **arguments(x * [1e6, -1e-3] + 5, t))
    assert scaled.estimate == pytest.approx(100 * plain.estimate, rel=1e-9)
    assert scaled.std_error == pytest.approx(100 * plain.std_error, rel=1e-6)


def test_a_survey_design_is_honoured_by_the_totals_of_its_psus():
    x, t, y = draw(4)
    psu = np.repeat(np.arange(40), 10)
    village = np.random.default_rng(4).normal(size=40)[psu]
    design = SurveyDesign(psu=psu)
    plain = score_matched_difference(y + 3 * village * t, t, **arguments(x, t))
    clustered = score_matched_difference(y + 3 * village * t, t, **arguments(x, t), design=design)
    assert clustered.std_error > 1.2 * plain.std_error
    assert clustered.df == 39 and np.isinf(plain.df)


@pytest.mark.parametrize(("change", "sentence"), [({"estimand": "ato"}, "use overlap weights"),
                                                  ({"model": "gradient_boosting"}, "gradient_boosting")])  # fmt: skip
def test_what_it_cannot_do_is_refused_with_the_remedy(change, sentence):
    x, t, y = draw(5)
    with pytest.raises(ConfigError, match=sentence):
        score_matched_difference(y, t, **arguments(x, t), **change)
