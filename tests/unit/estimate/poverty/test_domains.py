"""All areas at once have the errors that one subpopulation at a time has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dampak.estimate.poverty.domains import Domains
from dampak.estimate.survey_design import LONELY_RULES, SurveyDesign
from dampak.estimate.survey_mean import survey_mean
from dampak.estimate.variance import linearized


def _survey(lonely: str, *, single: bool, population: bool) -> tuple[Domains, np.random.Generator]:
    """Six strata of PSUs with 5 units, areas that cross PSUs and strata; the last stratum may have one PSU."""
    rng = np.random.default_rng(3)
    strata = np.repeat(np.arange(6), [20, 25, 30, 20, 15, 5 if single else 10])
    psu = np.arange(strata.size) // 5
    size = np.array([9.0, 5, 12, 8, np.inf, 7])[strata] if population else None
    area = rng.integers(0, 4, strata.size)
    design = SurveyDesign(strata=strata, psu=psu, population=size, lonely=lonely)
    return Domains(area, ("3501", "3502", "3503", "3504"), design), rng


@pytest.mark.parametrize("population", [False, True])
@pytest.mark.parametrize("lonely", LONELY_RULES)
def test_an_area_is_a_subpopulation_with_weight_0_outside(lonely: str, population: bool) -> None:
    domains, rng = _survey(lonely, single=lonely != "refuse", population=population)
    n = domains.area.size
    y, x, w = rng.normal(size=n), rng.uniform(1, 2, n), rng.uniform(1, 3, n)
    found, total = domains.ratio(w * y, w * x), domains.total(w * y)
    for row, inside in enumerate([np.ones(n), *(1.0 * (domains.area == a) for a in range(4))]):
        alone = survey_mean(y, weight=w * inside, denominator=x, design=domains.design)
        assert (found.value[row], found.std_error[row]) == pytest.approx((alone.estimate, alone.std_error), rel=1e-9)
        variance, _ = linearized(w * y * inside, design=domains.design)
        assert (total.value[row], total.std_error[row]) == pytest.approx((np.sum(w * y * inside), variance**0.5))


def test_a_refused_stratum_takes_the_errors_of_the_whole_and_of_its_own_areas_alone() -> None:
    """Area 3501 has no unit in the stratum with one PSU: its error is what it is under any other rule."""
    domains, rng = _survey("refuse", single=True, population=False)
    single = domains.design.clusters(domains.area.size).stratum == 5
    area = np.where(single & (domains.area == 0), 1, domains.area)
    domains = replace(domains, area=area)
    kept = replace(domains, design=replace(domains.design, lonely="certainty"))
    y = rng.normal(size=area.size)
    touched = [True, *(bool(single[area == a].any()) for a in range(4))]
    assert touched[:2] == [True, False] and sum(touched) > 2
    for found, known in (
        (domains.total(y), kept.total(y)),
        (domains.ratio(y, np.ones(y.size)), kept.ratio(y, np.ones(y.size))),
    ):
        assert found.value == pytest.approx(known.value)
        assert found.std_error == pytest.approx(np.where(touched, np.nan, known.std_error), nan_ok=True)


@pytest.mark.parametrize("lonely", LONELY_RULES)
def test_strata_of_one_psu_each_leave_the_estimates_and_no_errors(lonely: str) -> None:
    labels = np.repeat(np.arange(6), 5)
    domains = Domains(labels % 2, ("3501", "3502"), SurveyDesign(strata=labels, psu=labels, lonely=lonely))
    found = domains.total(np.ones(30))
    assert found.value.tolist() == [30, 15, 15]
    assert np.isnan(found.std_error).all()


def test_an_empty_denominator_and_a_share_without_variation_have_no_error() -> None:
    domains, _ = _survey("average", single=False, population=False)
    inside = (domains.area == 0).astype(float)
    found = domains.ratio(inside, inside)
    assert found.value[:2].tolist() == [1.0, 1.0]
    assert np.isnan(found.value[2:]).all()
    assert np.isnan(found.std_error).all()
