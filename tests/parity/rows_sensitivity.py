"""Ledger: how much hidden bias a result withstands, and what an arbitrary choice among ties is worth."""

from functools import cache

import pandas as pd

from dampak.estimate.e_value import e_value
from dampak.estimate.omitted_variables import benchmark_bounds, partial_r2, robustness_value
from dampak.estimate.regression import partial_f
from dampak.estimate.rosenbaum import p_upper
from dampak.estimate.tie_range import tie_range
from dampak.match.order_sensitivity import order_sensitivity
from tests.unit.estimate.test_rosenbaum import LEAD

from .lalonde import lalonde, lalonde_score
from .public_data import darfur
from .row import Group, Row
from .rows_lalonde import classical


@cache
def strength() -> tuple[float, int]:
    """Partial f of being harmed with the attitude to peace, and degrees of freedom."""
    data = darfur()
    return partial_f(data.column("peacefactor"), data.t, covariates=data.x, weight=data.ones)


@cache
def as_strong_as_being_female() -> pd.DataFrame:
    data = darfur()
    return benchmark_bounds(
        data.column("peacefactor"),
        data.t,
        covariates=data.x,
        names=data.names,
        benchmarks=["female"],
        weight=data.ones,
    ).set_index("kd")


@cache
def range_over_ties() -> pd.DataFrame:
    """The ATT within a caliper of .2, ties broken at random a thousand times."""
    data = lalonde()
    found = order_sensitivity(
        data.t,
        score=lalonde_score(),
        seed=1,
        name="nearest_1_caliper",
        orders=("largest",),
        tie_draws=1000,
        caliper=0.2,
    )
    return tie_range(data.column("re78"), found, survey_weight=data.ones).query("kind == 'ties'")


BOUND = ["r2dz_x", "r2yz_dx", "adjusted_estimate", "adjusted_std_error", "adjusted_t"]
# kd: BOUND; limits of the interval
FEMALE = {
    1: (
        ("0.00916428667504862", "0.12464092303637", "0.0752202712144491", "0.0218733277437572", "3.43890386024675"),
        ("0.032282966", "0.11815758"),
    ),
    2: (
        ("0.0183285733500972", "0.249324064199975", "0.0529151723844518", "0.0203500620779637", "2.60024623913809"),
        ("0.012968035", "0.09286231"),
    ),
    3: (
        ("0.0274928600251459", "0.374050471038094", "0.0303960234641548", "0.0186700648170924", "1.62806202131271"),
        ("-0.006253282", "0.06704533"),
    ),
}
ONE_DF = "sensemakr takes t on 783 degrees of freedom, though the confounder costs one"


def _bound_rows(kd: int) -> list[Row]:
    values, limits = FEMALE[kd]
    times = "as strong as" if kd == 1 else f"{kd} times as strong as"
    return [
        Row(
            f"darfur_female_{kd}",
            f"confounder {times} being female: R² with treatment · with outcome · effect · error · t",
            "darfur",
            dict(zip(BOUND, values, strict=True)),
            "sensemakr, tests/testthat/test-02-darfur.R",
            lambda: list(as_strong_as_being_female().loc[kd, BOUND]),
            tolerance=1e-9,
        ),
        Row(
            f"darfur_female_{kd}_interval",
            f"confounder {times} being female: 95 % interval",
            "darfur",
            dict(zip(("low", "high"), limits, strict=True)),
            "sensemakr, vignette",
            lambda: list(as_strong_as_being_female().loc[kd, ["ci_low", "ci_high"]]),
            tolerance=2e-5,
            remark=ONE_DF,
        ),
    ]


MEMORY = (
    "**quoted from memory** of Rosenbaum (2002), Table 4.1, and not checked against the book; the data are those of "
    "R's rbounds, `?psens`"
)


def _lead_row(gamma: float, p: str) -> Row:
    return Row(
        f"lead_{gamma:g}",
        f"largest one-sided p of Wilcoxon's test at Γ = {gamma:g}",
        "33 pairs, lead in blood",
        {"p": p},
        "Rosenbaum 2002 (memory)",
        lambda: (p_upper(LEAD, gamma=gamma, alternative="greater"),),
        remark=MEMORY,
    )


def _e_values() -> tuple[float, float]:
    found = e_value(3.9, 1.8, 8.7)
    return found.estimate, found.limit


SENSITIVITY = Group(
    "Sensitivity to what was not observed",
    "*darfur*: attitude to peace of 1,276 Darfurians on having been harmed, with village dummies.",
    [
        Row(
            *("darfur_coef", "regression, classical error", "darfur"),
            *({"effect": "0.0973158", "standard error": "0.0232565"}, "sensemakr; recomputed"),
            lambda: classical(darfur(), "peacefactor"),
            remark="the error that we report is HC1; the classical one follows from our partial f",
        ),
        Row(
            *("darfur_r2", "partial R² of the treatment with the outcome · df", "darfur"),
            *({"partial R2": "0.02187309", "df": "783"}, "sensemakr, vignette"),
            lambda: (partial_r2(strength()[0] * strength()[1] ** 0.5, df=strength()[1]), strength()[1]),
        ),
        Row(
            *("darfur_rv", "robustness value, q = 1", "darfur", {"rv": "0.1387764"}, "sensemakr, vignette"),
            lambda: (robustness_value(strength()[0], df=strength()[1]),),
        ),
        Row(
            *("darfur_rv05", "robustness value, q = 1, α = .05", "darfur", {"rv": "0.07625797"}, "sensemakr, vignette"),
            lambda: (robustness_value(strength()[0], df=strength()[1], alpha=0.05),),
        ),
        *(row for kd in FEMALE for row in _bound_rows(kd)),
        Row(
            *("e_value", "E-value of a risk ratio of 3.9 (1.8, 8.7) · of its limit", "bottle feeding"),
            *({"estimate": "7.26", "limit": "3.0"}, "VanderWeele & Ding 2017", _e_values),
        ),
        *(_lead_row(*row) for row in ((2, "0.0018"), (3, "0.0136"), (4, "0.0388"), (4.25, "0.0468"), (5, "0.0740"))),
        Row(
            *("lalonde_ties", "caliper of .2, ATT over ties broken at random: smallest · largest · pairs", "lalonde"),
            *({"smallest": "1543", "largest": "2081", "pairs": "113"}, "recomputed"),
            lambda: range_over_ties()[["minimum", "maximum", "n_focal_min"]].iloc[0].tolist(),
            tolerance=3e-3,
            remark="a range over 1,000 draws, whose ends depend on the draws",
        ),
    ],
)
