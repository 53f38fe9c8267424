import numpy as np
import pandas as pd
import pytest

from dampak.synth.parameters import Parameters, resized
from dampak.synth.population import Population, draw_population
from dampak.synth.survey import draw_survey

SCHOOL_AGES = {"sd": (7, 12), "smp": (13, 15), "sma": (16, 18)}


def test_ids_are_unique_and_every_person_has_a_family_in_a_household(population: Population) -> None:
    h, f, p = population.households, population.families, population.persons
    for table, key in ((h, "household_id"), (f, "family_id"), (p, "person_id")):
        assert table[key].is_monotonic_increasing and table[key].is_unique
    assert set(p["family_id"]) == set(f["family_id"]) and set(f["household_id"]) == set(h["household_id"])
    assert (p["family_id"] // 10 == p["household_id"]).all() and (p["household_id"] // 1_000_000).isin(
        h["kab_code"]
    ).all()
    assert (p.groupby("household_id").size().to_numpy() == h["size"]).all()
    assert (f.groupby("household_id").size().to_numpy() == h["n_families"]).all()
    assert (p.groupby("family_id").size().to_numpy() == f["members"]).all()


def test_every_family_has_one_head_of_its_own_and_every_household_one(population: Population) -> None:
    p, f = population.persons, population.families
    heads = p[p["family_head"]]
    assert heads.groupby("family_id").size().eq(1).all() and len(heads) == len(f)
    paired = f.merge(p, left_on="head_person_id", right_on="person_id", suffixes=("", "_person"))
    assert (paired["family_id"] == paired["family_id_person"]).all() and (paired["head_age"] == paired["age"]).all()
    assert (paired["head_age"] >= 17).all()
    assert ((p["number"] == 1) == (p["relation"] == "head")).all()


def test_a_household_can_hold_several_families(population: Population) -> None:
    share = (population.households["n_families"] > 1).mean()
    assert 0.05 < share < 0.25 and population.households["n_families"].max() == 3
    assert len(population.families) > 300_000  # a register of that size


def test_ages_are_plausible(population: Population) -> None:
    p = population.persons.set_index("household_id")
    assert p["age"].between(0, 95).all()
    head = p.loc[p["relation"] == "head", ["age", "male"]]
    spouse = p.loc[p["relation"] == "spouse", ["age", "male"]]
    assert (spouse["male"] != head["male"].loc[spouse.index]).all() and (spouse["age"] >= 17).all()
    elders = p.loc[p["relation"] == "parent", "age"]
    assert (elders.to_numpy() - head["age"].loc[elders.index].to_numpy() >= 16).all()
    # The children of a woman: born when she was 17 to 47.
    mothers = pd.concat([head[~head["male"]], spouse[~spouse["male"]]])["age"]
    children = p.loc[(p["relation"] == "child") & (p["marital"] == "never") & p.index.isin(mothers.index), "age"]
    at_birth = mothers.loc[children.index].to_numpy() - children.to_numpy()
    assert at_birth.min() >= 16 and at_birth.max() <= 47
    assert 3.4 < population.households["size"].mean() < 3.8


def test_pregnancy_birth_and_schooling_fit_sex_and_age(population: Population) -> None:
    p = population.persons
    expecting = p[p["pregnant"]]
    assert len(expecting) and (~expecting["male"]).all() and expecting["age"].between(18, 39).all()
    recent = p[p["birth_last_two_years"]]
    infants = p.loc[p["age"] <= 1, "household_id"]
    assert (~recent["male"]).all() and recent["household_id"].isin(infants).all()
    finished = p["schooling"].cat.codes
    assert all(finished[p["age"] < age].max() < code for code, age in ((1, 12), (2, 15), (3, 18), (4, 22)))


def test_outcomes_are_asked_of_the_right_ages(population: Population) -> None:
    p = population.persons
    assert (p["attends_school"].notna() == p["age"].between(7, 18)).all()
    assert (p["works"].notna() == p["age"].between(15, 64)).all()
    assert (p["assisted_delivery"].notna() == p["birth_last_two_years"]).all() and p["outpatient"].notna().all()
    level = p["level"].astype(str)
    assert ((level != "none") == p["attends_school"].fillna(False)).all()
    assert all(p.loc[level == name, "age"].between(*ages).all() for name, ages in SCHOOL_AGES.items())
    young = p["attends_school"].to_numpy(dtype=float, na_value=np.nan)
    means = [np.nanmean(young[p["age"].between(*ages)]) for ages in SCHOOL_AGES.values()]
    assert means[0] > means[1] > means[2] > 0.6


def test_consumption_adds_up_and_the_poor_spend_more_of_it_on_food(population: Population) -> None:
    h = population.households
    assert (h["consumption"] == h["food"] + h["nonfood"]).all() and (h["consumption"] > 0).all()
    assert (h["consumption_before"] == h["food_before"] + h["nonfood_before"]).all()
    assert ((h["consumption"] < h["line"]) == h["poor"]).all()
    share = h["food"] / h["consumption"]
    assert share[h["poor"]].mean() > share[~h["poor"]].mean() + 0.05
    log = np.log(h[["consumption", "consumption_before"]])
    assert 0.6 < log.corr().iloc[0, 1] < 0.95


def test_what_a_survey_sees_tells_welfare(population: Population) -> None:
    h = population.households
    log = np.log(h["consumption"])
    assert log[h["car"]].mean() > log[~h["car"]].mean() + 0.3
    means = [log[h["floor"] == floor].mean() for floor in ("earth", "cement", "tile")]
    assert means == sorted(means)


def _bytes(frame: pd.DataFrame) -> bytes:
    return bytes(pd.util.hash_pandas_object(frame).to_numpy().tobytes())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(parameters: Parameters) -> None:
    small = resized(parameters, households=23_000, survey_households=4_000)
    drawn = {}
    for run, seed in (("one", 1), ("again", 1), ("other", 2)):
        people = draw_population(small, seed=seed)
        sample = draw_survey(people, small, seed=seed)
        tables = (
            people.households,
            people.families,
            people.persons,
            people.receipts,
            sample.households,
            sample.persons,
        )
        drawn[run] = [_bytes(table) for table in tables]
    assert drawn["one"] == drawn["again"]
    assert all(one != other for one, other in zip(drawn["one"], drawn["other"], strict=True))


@pytest.mark.parametrize("column", ["standing", "food_insecure"])
def test_no_person_table_carries_what_only_the_household_has(population: Population, column: str) -> None:
    assert column in population.households and column not in population.persons
