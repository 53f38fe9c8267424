import numpy as np
import pandas as pd
import pytest

from dampak.errors import ConfigError
from dampak.synth.parameters import Parameters, resized
from dampak.synth.population import Population
from dampak.synth.settlement import apportion
from dampak.synth.survey import Survey, draw_survey


def test_thirty_thousand_households_ten_to_a_block_two_blocks_to_a_stratum(survey: Survey) -> None:
    h = survey.households
    assert len(h) == 30_000 and h["household_id"].is_unique
    assert (h.groupby("psu").size() == 10).all()
    assert h.groupby("stratum")["psu"].nunique().min() >= 2
    assert (h["psu"] // 10_000 == h["stratum"]).all() and (h["stratum"] // 10 == h["kab_code"]).all()
    assert h["kab_code"].nunique() == 38 and h.groupby("kab_code").size().min() >= 200


def test_tables_of_the_survey_belong_together(survey: Survey) -> None:
    h = survey.households
    assert (survey.persons.groupby("household_id").size().to_numpy() == h["size"]).all()
    assert (survey.families.groupby("household_id").size().to_numpy() == h["n_families"]).all()
    assert set(survey.receipts["family_id"]) <= set(survey.families["family_id"])
    weight = h.set_index("household_id")["weight"]
    assert (weight.loc[survey.persons["household_id"]].to_numpy() == survey.persons["weight"]).all()
    assert survey.persons["weight"].sum() == pytest.approx((h["weight"] * h["size"]).sum())


def test_what_nobody_can_measure_is_not_in_the_survey(survey: Survey) -> None:
    assert not {"standing", "represents"} & set(survey.households)


def test_raking_moves_design_weights_little(survey: Survey) -> None:
    ratio = survey.households["weight"] / survey.households["design_weight"]
    assert ratio.min() > 0.4 and ratio.max() < 2.5 and ratio.mean() == pytest.approx(1, abs=0.02)


def test_design_weights_are_unbiased_for_the_population(population: Population, parameters: Parameters) -> None:
    """The mean over many small samples of a total that no weight was raked to is the population's."""
    small = resized(parameters, survey_households=3_000)
    household = population.households
    total = float((household["represents"] * household["car"]).sum())
    drawn = [
        float((s["design_weight"] * s["car"]).sum())
        for s in (draw_survey(population, small, seed=seed).households for seed in range(20))
    ]
    error = np.std(drawn, ddof=1) / np.sqrt(len(drawn))
    assert np.mean(drawn) == pytest.approx(total, abs=3.5 * error)


def test_a_survey_larger_than_its_population_is_refused_in_a_sentence(
    population: Population, parameters: Parameters
) -> None:
    with pytest.raises(ConfigError, match=r"survey_households: 30000 blocks of 10 households do not fit in 11\d\d\d"):
        draw_survey(population, resized(parameters, survey_households=300_000), seed=1)


def test_places_are_apportioned_within_bounds() -> None:
    lower, upper = np.array([2, 2, 2]), np.array([100, 3, 100])
    places = apportion(20, np.array([10.0, 10, 1]), lower, upper)
    assert places.sum() == 20 and places.tolist() == [15, 3, 2]
    none = apportion(10, np.array([1.0, 1]), np.array([0, 0]), np.array([3, 3]))
    assert none.tolist() == [3, 3]


def test_every_stratum_is_drawn_and_the_frame_is_left_as_it_was(
    population: Population, parameters: Parameters, survey: Survey
) -> None:
    before = pd.util.hash_pandas_object(population.households).sum()
    again = draw_survey(population, parameters, seed=2020)
    assert pd.util.hash_pandas_object(population.households).sum() == before
    assert again.households.equals(survey.households)
    assert set(again.households["stratum"]) == set(population.households["stratum"])
