import numpy as np
import pandas as pd
import pytest

from dampak.synth.calibration import headcount, level_shift, raked
from dampak.synth.parameters import Parameters, resized
from dampak.synth.population import Population, draw_population
from dampak.synth.survey import Survey


def _p0(households: pd.DataFrame, weight: str) -> float:
    persons = (households[weight] * households["size"]).to_numpy(dtype=float)
    return 100 * headcount(households["consumption"].to_numpy(dtype=float), households["line"].to_numpy(), persons)


def _misses(households: pd.DataFrame, weight: str, parameters: Parameters) -> dict[int, float]:
    published = {area.kab_code: area.p0_2020_pct for area in parameters.areas}
    return {code: _p0(part, weight) - published[code] for code, part in households.groupby("kab_code")}


def test_the_population_meets_the_published_headcount_of_every_area(
    population: Population, parameters: Parameters
) -> None:
    misses = _misses(population.households, "represents", parameters)
    assert len(misses) == 38 and max(map(abs, misses.values())) < 0.3
    assert _p0(population.households, "represents") == pytest.approx(11.09, abs=0.03)


def test_the_survey_meets_the_published_headcount_of_every_area(survey: Survey, parameters: Parameters) -> None:
    misses = _misses(survey.households, "weight", parameters)
    assert len(misses) == 38 and max(map(abs, misses.values())) < 0.3
    assert _p0(survey.households, "weight") == pytest.approx(11.09, abs=0.03)


def test_a_small_population_with_another_seed_is_calibrated_too(parameters: Parameters) -> None:
    small = draw_population(resized(parameters, households=23_000), seed=7)
    assert max(map(abs, _misses(small.households, "represents", parameters).values())) < 0.3


def test_towns_and_villages_come_near_what_was_published(population: Population) -> None:
    urban = population.households["urban"]
    assert _p0(population.households[urban], "represents") == pytest.approx(7.89, abs=0.7)
    assert _p0(population.households[~urban], "represents") == pytest.approx(14.77, abs=0.7)


def test_the_poverty_gap_is_about_a_sixth_of_the_headcount(population: Population) -> None:
    h = population.households
    persons = h["represents"] * h["size"]
    p1 = 100 * (persons * (1 - h["consumption"] / h["line"]).clip(lower=0)).sum() / persons.sum()
    assert p1 / 11.09 == pytest.approx(0.16, abs=0.03)  # 1.872 / 11.77 in March 2017


@pytest.mark.parametrize(("frame", "weight"), [("population", "represents"), ("survey", "weight")])
def test_weighted_persons_add_up_to_every_area(
    frame: str, weight: str, parameters: Parameters, request: pytest.FixtureRequest
) -> None:
    households = request.getfixturevalue(frame).households
    drawn = (households[weight] * households["size"]).groupby(households["kab_code"]).sum()
    base = pd.Series({area.kab_code: area.persons_2020_derived for area in parameters.areas})
    assert np.allclose(drawn, base, rtol=1e-6)


def test_a_level_shift_puts_the_wanted_share_of_persons_below_the_line() -> None:
    consumption = np.array([1.0, 2, 3, 4, 10, 20])
    persons = np.array([1.0, 1, 1, 1, 3, 1])
    shift = level_shift(
        consumption, persons, np.array([0, 0, 0, 0, 1, 1]), line=np.array([100.0, 50]), headcount=np.array([0.5, 0.75])
    )
    moved = consumption * np.exp(shift[[0, 0, 0, 0, 1, 1]])
    assert (moved[:4] < 100).tolist() == [True, True, False, False]
    assert (moved[4:] < 50).tolist() == [True, False]


def test_raking_meets_both_margins_and_leaves_a_weight_that_meets_them() -> None:
    size = np.array([2.0, 3, 1, 4])
    one, two = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    totals = [np.array([40.0, 60]), np.array([35.0, 65])]
    weight = raked(np.array([5.0, 9, 7, 8]), size, [(one, totals[0]), (two, totals[1])])
    for cell, total in zip((one, two), totals, strict=True):
        assert np.allclose(np.bincount(cell, weights=weight * size), total)
    assert np.allclose(raked(weight, size, [(one, totals[0]), (two, totals[1])]), weight)
