"""Identities: numbers that the official checks accept, ages and families that fit the population, names of a place."""

import datetime

import numpy as np
import pandas as pd
import pytest
from stdnum.id import nik as reference

from dampak.clean.registers.name_rules import read_name_rules
from dampak.clean.registers.names import normalised_name
from dampak.clean.registers.nik import nik_birth_date, nik_sex, read_kk, read_nik
from dampak.errors import ConfigError, DataError
from dampak.synth.identities import draw_identities, load_names
from dampak.synth.identity_numbers import DAY, birth_dates, nik_texts
from dampak.synth.names import FILE, Names, parse_names
from dampak.synth.parameters import AREAS, Parameters, resized
from dampak.synth.population import Population, draw_population
from tests.unit.synth.conftest import ROOT

SEED = 11
COLUMNS = ["person_id", "name", "nik", "kk", "birth_date", "birth_place", "mother", "desa", "address", "rt", "rw"]


@pytest.fixture(scope="module")
def names() -> Names:
    return load_names(ROOT)


@pytest.fixture(scope="module")
def small(parameters: Parameters) -> Population:
    return draw_population(resized(parameters, households=22_800), seed=SEED)


@pytest.fixture(scope="module")
def drawn(small: Population, names: Names) -> pd.DataFrame:
    return draw_identities(small, names=names, seed=SEED)


@pytest.fixture(scope="module")
def people(small: Population, drawn: pd.DataFrame) -> pd.DataFrame:
    """Persons with their identities and the place of their household."""
    place = small.households[["household_id", "kab_code", "kecamatan", "region", "psu"]]
    return small.persons.merge(drawn, on="person_id", validate="1:1").merge(place, on="household_id", validate="m:1")


def test_every_person_has_one_identity_in_the_order_of_the_population(small: Population, drawn: pd.DataFrame) -> None:
    assert list(drawn) == COLUMNS
    assert drawn["person_id"].tolist() == small.persons["person_id"].tolist()
    assert not drawn.isna().any().any()
    assert drawn["birth_date"].dtype == np.dtype("datetime64[ns]")


def test_python_stdnum_accepts_every_nik_and_no_two_persons_share_one(drawn: pd.DataFrame) -> None:
    written = drawn.loc[drawn["nik"] != "", "nik"]
    assert written.str.fullmatch(r"35\d{14}").all()
    assert all(reference.is_valid(text) for text in written)
    assert written.is_unique


def test_a_nik_tells_sex_and_birth_date_of_its_holder(people: pd.DataFrame, small: Population) -> None:
    held = people[people["nik"] != ""]
    areas = {str(code) for code in small.households["kab_code"].unique()}
    assert (read_nik(held["nik"], areas=areas)["problem"] == "").all()
    assert (nik_sex(held["nik"]) == held["male"].map({True: "L", False: "P"})).all()
    born = nik_birth_date(held["nik"], on=datetime.date(2020, 3, 1), age=held["age"].astype(float))
    assert (born == held["birth_date"]).all()


def test_nik_are_mostly_of_the_own_kecamatan_and_missing_mostly_for_small_children(people: pd.DataFrame) -> None:
    held = people[people["nik"] != ""]
    area, kecamatan = held["nik"].str[:4].astype(int), held["nik"].str[4:6].astype(int)
    elsewhere = area != held["kab_code"]
    moved = ~elsewhere & (kecamatan != held["kecamatan"] % 1000 // 10)
    assert elsewhere.mean() == pytest.approx(0.04, abs=0.004)
    assert moved.mean() == pytest.approx(0.10, abs=0.006)
    without = people["nik"] == ""
    assert without.mean() == pytest.approx(0.015, abs=0.003)
    assert (people.loc[without, "age"] < 5).mean() > 0.5


def test_a_family_has_one_card_and_a_card_one_family(people: pd.DataFrame) -> None:
    cards = people.groupby("family_id")["kk"].agg(["nunique", "first"])
    assert (cards["nunique"] == 1).all()
    assert cards["first"].is_unique
    read = read_kk(cards["first"], areas={str(code) for code in people["kab_code"].unique()})
    assert (read["problem"] == "").all()
    issued = pd.to_datetime(cards["first"].str[6:12], format="%d%m%y")
    oldest = people.groupby("family_id")["birth_date"].min()
    assert issued.max() < pd.Timestamp("2020-03-01")
    assert (issued >= oldest + pd.DateOffset(years=17) - pd.Timedelta(days=1)).all()


def test_birth_dates_give_the_age_on_the_first_of_march(people: pd.DataFrame) -> None:
    born = people["birth_date"].dt
    had_birthday = (born.month < 3) | ((born.month == 3) & (born.day == 1))
    assert (2020 - born.year - ~had_birthday == people["age"]).all()
    assert people.loc[people["age"] < 50, "birth_date"].dt.day_of_year.value_counts(normalize=True).max() < 0.006
    assert (people.loc[people["age"] >= 50, "birth_date"].dt.strftime("%m-%d") == "07-01").mean() > 0.02


def test_both_ends_of_a_year_of_age_are_drawn() -> None:
    drawn = birth_dates(np.full(20_000, 20), np.random.default_rng(1))
    assert (drawn.min(), drawn.max()) == (np.datetime64("1999-03-02"), np.datetime64("2000-03-01"))
    assert (drawn == np.datetime64("2000-02-29")).any()


def test_the_mother_of_a_child_is_the_woman_of_the_household(people: pd.DataFrame) -> None:
    women = people[~people["male"] & people["relation"].isin(["head", "spouse"])].set_index("household_id")
    children = people[(people["relation"] == "child") & people["household_id"].isin(women.index)]
    hers = women.loc[children["household_id"]]
    can_be = hers["age"].to_numpy() - children["age"].to_numpy() >= 15
    minors = children["age"].to_numpy() < 18
    assert can_be[minors].all()
    assert (children["mother"].to_numpy() == hers["name"].to_numpy())[can_be].all()


def test_siblings_without_their_mother_share_her_name(people: pd.DataFrame) -> None:
    women = people.loc[~people["male"] & people["relation"].isin(["head", "spouse"]), "household_id"]
    children = people[(people["relation"] == "child") & ~people["household_id"].isin(women)]
    by_household = children.groupby("household_id")["mother"]
    assert (by_household.size() > 1).any()
    assert (by_household.nunique() == 1).all()


def test_names_are_in_the_spelling_of_today_which_cleaning_leaves_alone(drawn: pd.DataFrame) -> None:
    unique = pd.Series(pd.concat([drawn["name"], drawn["mother"]]).unique())
    read = normalised_name(unique, rules=read_name_rules(ROOT / "config/names")).astype(str)
    # Cleaning writes doubled letters once, where the word is not in its list; they are proper spelling all the same.
    once = [names.str.replace(r"(.)\1", r"\1", regex=True) for names in (unique, read)]
    assert unique[(once[0] != once[1]).to_numpy()].tolist() == []


def test_many_names_some_shared_but_never_within_a_household(people: pd.DataFrame) -> None:
    parts = people["name"].str.count(" ") + 1
    two = people.loc[parts == 2, "name"]
    assert two.nunique() > 10_000
    assert set(parts) == {1, 2, 3}
    assert (parts >= 2).mean() > 0.7
    assert people.duplicated(["kecamatan", "name"]).mean() > 0.02
    assert not people.duplicated(["household_id", "name"]).any()
    words = two.str.split(" ", expand=True)
    assert (words[0] != words[1]).all()


def test_madura_and_java_and_old_and_young_have_other_names(people: pd.DataFrame) -> None:
    madura, old = people["region"] == 2, people["age"] >= 60
    single = ~people["name"].str.contains(" ")
    java_only, madura_only = people["name"] == "SUPARDI", people["name"] == "MATRAWI"
    assert java_only.any()
    assert not java_only[madura].any()
    assert madura_only.any()
    assert not madura_only[~madura].any()
    assert single[old].mean() > 0.4
    assert single[people["age"] < 15].mean() < 0.15
    assert not people.loc[~people["male"], "name"].str.startswith(("MUHAMMAD ", "ABDUL ")).any()


def test_addresses_lie_in_the_kecamatan_and_are_those_of_the_household(people: pd.DataFrame) -> None:
    assert (people["desa"] // 1000 == people["kecamatan"]).all()
    assert (people["desa"] % 1000).between(1, 99).all()
    assert people["address"].str.fullmatch(r"DSN [A-Z ]+|JL [A-Z ]+ \d+").all()
    assert people.loc[people["region"] == 0, "address"].str.startswith("JL ").all()
    assert (people.groupby("household_id")[["desa", "address", "rt", "rw"]].nunique() == 1).all().all()
    assert (people.groupby("psu")["desa"].nunique() == 1).all()
    assert people["rt"].between(1, 20).all()
    assert people["rw"].between(1, 20).all()


def test_birth_places_are_names_of_kabupaten_and_kota(people: pd.DataFrame) -> None:
    assert people.loc[people["kab_code"] == 3527, "birth_place"].mode().tolist() == ["SAMPANG"]
    assert people["birth_place"].nunique() > 30
    assert not people["birth_place"].str.contains("KABUPATEN|KOTA ").any()


def test_the_same_seed_gives_the_same_bytes(small: Population, names: Names, drawn: pd.DataFrame) -> None:
    again, other = (draw_identities(small, names=names, seed=seed) for seed in (SEED, SEED + 1))
    assert again.to_csv().encode() == drawn.to_csv().encode()
    for column in ("name", "nik", "kk", "birth_date", "mother", "address"):
        assert (other[column] != drawn[column]).mean() > 0.5


def test_numbers_run_out_with_a_sentence() -> None:
    n = 10_000
    with pytest.raises(DataError, match=r"1 persons find no free number of their day and kecamatan"):
        nik_texts(np.full(n, 3501), np.full(n, 1), np.full(n, DAY), np.zeros(n, dtype=bool), np.random.default_rng(1))


def test_an_area_without_a_name_is_named(small: Population, names: Names) -> None:
    fewer = Names(names.words, names.pools, {code: name for code, name in names.places.items() if code != 3527})
    with pytest.raises(ConfigError, match=r"areas\.csv: kab_code 3527 of the population is missing; add its row"):
        draw_identities(small, names=fewer, seed=SEED)


def test_a_wrong_row_of_the_names_is_named() -> None:
    table, areas = ((ROOT / file).read_text(encoding="utf-8") for file in (FILE, AREAS))
    first, second, *rest = table.splitlines()
    wrong = second.split(",")
    wrong[1] = "Ahmad"
    with pytest.raises(ConfigError, match=r"^config/synth/names\.csv: row 2: text: .*; correct the cell$"):
        parse_names("\n".join([first, ",".join(wrong), *rest]), areas)
    few = [first, *(row for row in (second, *rest) if not row.startswith("hamlet") or ",madura," not in row)]
    with pytest.raises(ConfigError, match=r"too few rows of kind hamlet for region madura; add rows"):
        parse_names("\n".join(few), areas)
