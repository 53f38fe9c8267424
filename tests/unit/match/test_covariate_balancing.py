"""The covariate balancing score solves its balance equations, and says so when they have no solution."""

import numpy as np
import pytest
from scipy.optimize import root

from dampak.errors import ConfigError, DataError
from dampak.match.covariate_balancing import covariate_balancing_score, covariate_balancing_weights
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.propensity import logit_score

NAMES = ["age", "income", "urban"]
ESTIMANDS = ["att", "atc", "ate"]


def study(seed=0, n=500):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(40, 10, n), rng.gamma(2, 1000, n), rng.random(n) < 0.4]).astype(float)
    linear = -0.5 + 0.03 * (x[:, 0] - 40) - 0.0002 * (x[:, 1] - 2000) + 0.5 * x[:, 2]
    return x, rng.random(n) < 1 / (1 + np.exp(-linear)), rng.uniform(0.5, 2, n)


def balance(score, x, treatment, survey, estimand):
    """Imai and Ratkovic's equations, as they print them, per unit of the target."""
    e = score
    gap = {
        "att": treatment - (1 - treatment) * e / (1 - e),
        "atc": treatment * (1 - e) / e - (1 - treatment),
        "ate": treatment / e - (1 - treatment) / (1 - e),
    }[estimand]
    target = {"att": treatment, "atc": ~treatment, "ate": np.ones_like(treatment)}[estimand]
    return np.column_stack([np.ones(len(x)), x]).T @ (survey * gap) / survey[target].sum()


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_balance_equations_are_solved_to_rounding(estimand, weighted):
    x, treatment, survey = study()
    found = covariate_balancing_score(x, treatment, names=NAMES, estimand=estimand, weight=survey if weighted else None)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    w = survey if weighted else np.ones(len(x))
    assert np.abs(balance(found.score, z, treatment, w, estimand)).max() < 1e-10
    # Unlike those of the likelihood, so that the estimand makes a difference.
    assert (
        np.abs(balance(logit_score(x, treatment, names=NAMES, weight=w).score, z, treatment, w, estimand)).max() > 1e-3
    )
    assert found.linear == pytest.approx(found.coefficients[0] + x @ found.coefficients[1:], abs=1e-9)
    assert found.score == pytest.approx(1 / (1 + np.exp(-found.linear)))


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_a_general_root_finder_comes_to_the_same_coefficients(estimand):
    x, treatment, survey = study(1)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    found = covariate_balancing_score(z, treatment, names=NAMES, estimand=estimand, weight=survey)

    def equations(beta):
        return balance(1 / (1 + np.exp(-beta[0] - z @ beta[1:])), z, treatment, survey, estimand)

    solved = root(equations, np.zeros(4), tol=1e-13)
    assert np.abs(solved.fun).max() < 1e-11
    assert found.coefficients == pytest.approx(solved.x, abs=1e-8)


@pytest.mark.parametrize("estimand", ["att", "atc"])
def test_the_weights_are_those_of_entropy_balancing(estimand):
    """Zhao and Percival (2017): both are the exponential tilt that balances, reached by other equations."""
    x, treatment, survey = study(2)
    options = {"names": NAMES, "estimand": estimand, "survey_weight": survey}
    assert covariate_balancing_weights(x, treatment, **options) == pytest.approx(
        entropy_balancing(x, treatment, **options), rel=1e-8
    )


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_units_of_no_weight_and_the_unit_of_a_covariate_do_not_matter(estimand):
    x, treatment, survey = study(3)
    one = covariate_balancing_weights(x, treatment, names=NAMES, estimand=estimand, survey_weight=survey)
    rows = np.random.default_rng(0).permutation(502)
    two = covariate_balancing_weights(
        (np.vstack([x, [[1e3, 1e6, 0], [-1e3, 5, 1]]]) * [12, 1e-3, 1] + [1, 0, 0])[rows],
        np.append(treatment, [True, False])[rows],
        names=NAMES,
        estimand=estimand,
        survey_weight=np.append(survey, [0.0, 0.0])[rows],
    )
    assert two == pytest.approx(np.append(one, [0.0, 0.0])[rows], rel=1e-7)


def test_means_out_of_reach_are_refused_with_the_covariate():
    """Some treated are like the comparison units, so that a logit exists, but their mean lies beyond all of these."""
    rng = np.random.default_rng(4)
    x, treatment = rng.normal(size=(420, 2)), np.arange(420) >= 300
    x[320:, 0] += 8.0
    logit_score(x, treatment, names=["a", "b"])
    with pytest.raises(DataError, match=r"^cbps: no propensity score balances all .*mean of '(a|b)' stays .*remove"):
        covariate_balancing_score(x, treatment, names=["a", "b"])


def test_an_estimand_without_balance_equations_is_refused():
    x, treatment, _ = study(4)
    with pytest.raises(ConfigError, match="cbps estimates att, atc or ate, not 'ato'; use overlap"):
        covariate_balancing_score(x, treatment, names=NAMES, estimand="ato")
