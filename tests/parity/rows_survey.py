"""Ledger: survey means and their errors, R's survey package."""

import numpy as np

from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.survey_mean import SurveyMean, survey_mean

from .api_schools import APICLUS1, APISTRAT, PW, SCHOOLS, spread
from .row import Group, Row, effect_and_error, numbers

CLUS1_WEIGHT = 33.846996307373


def by_districts() -> SurveyMean:
    """15 of 757 districts, all their schools."""
    district, y = spread(APICLUS1)
    design = SurveyDesign(psu=district, population=np.full(y.size, 757.0))
    return survey_mean(y, weight=np.full(y.size, CLUS1_WEIGHT), design=design)


def by_school_types() -> SurveyMean:
    school_type, y = spread(APISTRAT)
    weight, population = (np.array([size[t] for t in school_type]) for size in (PW, SCHOOLS))
    return survey_mean(y, weight=weight, design=SurveyDesign(school_type, population=population))


def lonely(rule: str, *, population: np.ndarray | None = None) -> SurveyMean:
    """Districts as strata: district 413 has one school."""
    district, y = spread(APICLUS1)
    design = SurveyDesign(district, population=population, lonely=rule)
    return survey_mean(y, weight=np.full(y.size, CLUS1_WEIGHT), design=design)


def whole_district() -> np.ndarray:
    """Population sizes by which the lonely school is all that its district has."""
    district, _ = spread(APICLUS1)
    return np.where(district == 413, 1.0, 1000.0)


def finite(corrected: bool) -> SurveyMean:
    stratum, size = np.repeat([1, 2], [5, 3]), np.repeat([15.0, 12.0], [5, 3])
    x = np.array([2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2])
    design = SurveyDesign(stratum, population=size if corrected else None)
    return survey_mean(x, weight=np.repeat([3.0, 4.0], [5, 3]), design=design)


def _lonely_row(rule: str, error: str) -> Row:
    return Row(
        *(f"api_lonely_{rule}", f"mean, a stratum with one PSU: `{rule}`", "apiclus1, districts as strata"),
        *({"standard error": error}, "survey, tests/lonely.psu.Rout.save", lambda: (lonely(rule).std_error,)),
    )


SURVEY = Group(
    "Survey means",
    "*apiclus1*, *apistrat*: Academic Performance Index 2000 of 183 schools in 15 districts, and of 200 schools in "
    "strata by type.",
    [
        Row(
            *("api_clus1_mean", "mean, clusters, finite population · df", "apiclus1"),
            {"mean": "644.17", "standard error": "23.542", "df": "14"},
            "survey, `?svymean`",
            lambda: (*effect_and_error(by_districts()), by_districts().df),
        ),
        Row(
            *("api_strat_mean", "mean, strata, finite population · df", "apistrat"),
            {"mean": "662.29", "standard error": "9.4089", "df": "197"},
            "survey, `?svydesign`",
            lambda: (*effect_and_error(by_school_types()), by_school_types().df),
        ),
        *(_lonely_row(*row) for row in (("certainty", "5.8058"), ("adjust", "5.8281"), ("average", "6.0096"))),
        Row(
            *(
                "api_certainty_stratum",
                "mean, a stratum of one PSU that was taken whole",
                "apiclus1, districts as strata",
            ),
            {"standard error": "5.7344"},
            "survey, tests/lonely.psu.Rout.save",
            lambda: (lonely("refuse", population=whole_district()).std_error,),
        ),
        *(
            Row(
                *(f"fpc_{name}", f"mean, two strata, {words} finite population correction", "survey::fpc"),
                {"mean": "5.4481", "standard error": error},
                "survey, tests/fpc.Rout.save",
                numbers(finite, corrected),
            )
            for name, words, corrected, error in (
                ("with", "with", True, "0.6160"),
                ("without", "without", False, "0.7413"),
            )
        ),
    ],
)
