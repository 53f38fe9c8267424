"""Ledger: the 614 rows of `lalonde` that MatchIt, cobalt and WeightIt teach with."""

import math

import numpy as np

from dampak.estimate.effect import Effect
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.regression import partial_f, regression
from dampak.estimate.stratified import stratified_difference
from dampak.estimate.weighted import weighted_difference
from dampak.match.balance import balance, standardiser
from dampak.match.coarsen import coarsened
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.pairing import nearest
from dampak.match.weighting import effective_sample_size, inverse_probability_weights, pair_weights

from .lalonde import Data, lalonde, lalonde_score
from .row import Group, Row, effect_and_error
from .test_matchit_nearest import CASES, Case


def classical(data: Data, outcome: str) -> tuple[float, float]:
    """Coefficient of the treatment and its classical standard error, from its partial f = t / sqrt(df)."""
    y = data.column(outcome)
    estimate = regression(y, data.t, covariates=data.x, weight=data.ones).estimate
    f, df = partial_f(y, data.t, covariates=data.x, weight=data.ones)
    return estimate, abs(estimate) / (f * math.sqrt(df))


def hc0(result: Effect) -> tuple[float, float]:
    """Estimate, and HC1 without its factor n / (n - 2)."""
    n = result.n_treated + result.n_comparison
    return result.estimate, result.std_error * math.sqrt((n - 2) / n)


def weighted(estimand: str) -> Effect:
    data = lalonde()
    weight = inverse_probability_weights(lalonde_score(), data.t, estimand=estimand, survey_weight=data.ones)
    return weighted_difference(data.column("re78"), data.t, weight=weight)


def ipw() -> tuple[float, float, float]:
    data = lalonde()
    result = inverse_probability(
        data.column("re78"), data.t, propensity=lalonde_score(), covariates=data.x, survey_weight=data.ones
    )
    return *effect_and_error(result), result.ess_comparison


def cem() -> tuple[float, ...]:
    data = lalonde()
    stratum = coarsened(data.x, data.t, names=data.names)
    found = stratified_difference(data.column("re78"), data.t, stratum=stratum, survey_weight=data.ones)
    return found.estimate, found.n_treated, found.n_comparison, found.ess_comparison


def mean_difference(name: str, weight: np.ndarray | None = None) -> tuple[float]:
    """Standardised by the treated's standard deviation before matching."""
    data = lalonde()
    scale = standardiser(data.column(name), data.t, estimand="att", survey_weight=data.ones)
    return (balance(data.column(name), data.t, weight=data.ones if weight is None else weight, scale=scale).smd,)


def paired() -> np.ndarray:
    return pair_weights(nearest(lalonde().t, score=lalonde_score()), survey_weight=lalonde().ones)


def distributions_of_age() -> tuple[float, float, float]:
    data = lalonde()
    found = balance(data.column("age"), data.t, weight=data.ones, scale=1.0)
    return found.variance_ratio, found.ecdf_mean, found.ks


def entropy_weights() -> np.ndarray:
    return entropy_balancing(lalonde().x, lalonde().t, names=lalonde().names)


def balanced() -> tuple[float, float]:
    data, weight = lalonde(), entropy_weights()
    effect = weighted_difference(data.column("re78"), data.t, weight=weight).estimate
    return effect, effective_sample_size(weight[~data.t])


def largest_and_smallest_weights() -> list[float]:
    weight = entropy_weights()[~lalonde().t]
    scaled = np.sort(weight) / weight.mean()
    return [*scaled[-5:], scaled[0]]


FILE = "lalonde"
HC0 = "our HC1 without its factor n / (n − 2)"
EFFECTS = Group(
    "Job training: effects in the data of MatchIt and WeightIt",
    "185 treated of the experiment and 429 men of the PSID; US dollars. The numbers are checks of code, not of the "
    "programme: the experiment says 1794.",
    [
        Row(
            *("lalonde_raw", "difference in means, ATT", FILE, {"effect": "-635.0262"}, "recomputed"),
            lambda: (weighted_difference(lalonde().column("re78"), lalonde().t, weight=lalonde().ones).estimate,),
        ),
        Row(
            *("lalonde_ols", "regression, classical error", FILE),
            *({"effect": "1548.244", "standard error": "781.279"}, "recomputed"),
            lambda: classical(lalonde(), "re78"),
            remark="the error that we report is HC1; the classical one follows from our partial f",
        ),
        Row(
            *("lalonde_nn", "nearest neighbour without replacement, logit score, ATT", FILE),
            *({"effect": "894.3675"}, "MatchIt ≥ 4.6, snapshot"),
            lambda: (weighted_difference(lalonde().column("re78"), lalonde().t, weight=paired()).estimate,),
        ),
        Row(
            *("lalonde_cem", "coarsened exact matching, default bins: ATT · treated · comparison · effective", FILE),
            {"effect": "1070.9073", "treated": "65", "comparison": "75", "effective size": "41.28985"},
            'MatchIt, `method = "cem"`',
            cem,
        ),
        Row(
            *("lalonde_ipw", "odds of treatment, estimated score counted: ATT · effective comparison units", FILE),
            {"effect": "1214.0712", "standard error": "798.1546", "effective size": "99.82"},
            "WeightIt README (1214.1, 798.2, 99.82); recomputed",
            ipw,
        ),
        Row(
            *("lalonde_ipw_fixed", "odds of treatment, HC0, score taken as known, ATT", FILE),
            *({"effect": "1214.0712", "standard error": "824.0517"}, "recomputed"),
            lambda: hc0(weighted("att")),
            remark=HC0,
        ),
        Row(
            *("lalonde_ato", "overlap weights, HC0, ATO", FILE),
            *({"effect": "1242.201", "standard error": "775.097"}, "recomputed"),
            lambda: hc0(weighted("ato")),
            remark=HC0,
        ),
        Row(
            *("lalonde_eb", "entropy balancing: ATT · effective comparison units", FILE),
            *({"effect": "1273", "effective size": "98.46"}, "WeightIt vignette"),
            balanced,
            remark="the vignette's error, 770, takes the covariate means of the treated as given; ours counts their "
            "sampling, and without that part is 770 too (test_weighting_parity.py)",
        ),
        Row(
            *("lalonde_eb_weights", "entropy balancing: five largest weights · smallest", FILE),
            dict(zip("abcdef", ("7.127", "7.501", "8.000", "9.036", "9.420", "0.019"), strict=True)),
            "WeightIt vignette",
            largest_and_smallest_weights,
        ),
    ],
)
BALANCE = Group(
    "Balance",
    "Mean differences over the standard deviation of the treated before matching; √(p(1 − p)) for a binary covariate.",
    [
        *(
            Row(
                *(f"lalonde_smd_{name}", f"standardised mean difference, {name}, unmatched", FILE, {"smd": smd}),
                *("MatchIt README", lambda name=name: mean_difference(name)),
            )
            for name, smd in (("age", "-0.3094"), ("black", "1.7615"), ("re74", "-0.7211"))
        ),
        Row(
            *("lalonde_nn_smd_educ", "standardised mean difference, educ, nearest neighbour", FILE, {"smd": "-0.1290"}),
            *("cobalt README", lambda: mean_difference("educ", paired())),
        ),
        Row(
            *("lalonde_age", "age, unmatched: variance ratio · mean and largest gap of the distributions", FILE),
            {"ratio": "0.4400", "mean": "0.0813", "largest": "0.1577"},
            "MatchIt, `summary(matchit(…, method = NULL))`",
            distributions_of_age,
        ),
    ],
)

BY_ROUNDING = (
    "many units are equally near on these covariates, and which is taken comes out of rounding; our sums run in the "
    "order that gives MatchIt's recorded choice"
)
CUT = 'with `ties="first"`; our default keeps all ties'
HINGE_ON_TIES = (
    "Mahalanobis, m.order='farthest' (mahcovs_closest close=FALSE)",
    "mahvars + replace=TRUE (mahcovs path, reuse allowed)",
    "mahvars + reuse.max=2 + m.order='closest' (mahcovs_closest bounded)",
)


def _matchit_row(number: int, case: Case) -> Row:
    focal, pairs, distinct, effect, total, largest = case.expected

    def ours() -> tuple[float, ...]:
        found = case.ours()
        return found[1], *found[3:], found[0], found[2]

    remarks = [BY_ROUNDING] * (case.name in HINGE_ON_TIES)
    remarks += [CUT] * (case.options.get("ties") == "first")
    return Row(
        f"matchit_{number:02d}",
        case.name,
        "lalonde, 100 rows" if case.pair.__name__ == "on_matrix" else FILE,
        {
            "pairs": str(pairs),
            "effect": f"{effect:.4f}",
            "sum": f"{total:.6f}",
            "largest": f"{largest:.6f}",
            "focal units": str(focal),
            "distinct matches": str(distinct),
        },
        "snapshot",
        ours,
        remark="; ".join(remarks),
        shown=4,
    )


MATCHIT = Group(
    "Nearest neighbours, option by option",
    "Each case is named as its test in MatchIt's tests/testthat/test-nearest_snapshots.R (version 4.6 or newer), and "
    "the numbers are those of the recorded match matrix: pairs · mean effect · sum · largest of the pairs' differences "
    "of scores. Focal units with a match and distinct matches agree too. Scores are R's, which stops short of the "
    "maximum by up to 3e-9; we pair on ours.",
    [_matchit_row(number, case) for number, case in enumerate(CASES.values(), start=1)],
)
