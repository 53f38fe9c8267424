"""A survey in several files becomes households and persons, and every row of every file is accounted for."""

import numpy as np
import pandas as pd

from tests.unit.clean.survey.village import Settings, clean, raw, reasons


def test_households_get_what_their_persons_files_and_area_say() -> None:
    found = clean()
    one, two = found["households"].to_dict("records")
    assert (one["household_id"], one["kab_code"], one["children"], one["old"], one["head_age"]) == (1, 3501, 1, 0, 40)
    assert (one["oldest"], one["mean_age"], one["earth_floor"]) == (40, 23.5, 1)
    assert (two["household_id"], two["children"], two["old"], two["mean_age"]) == (2, 0, 1, 66)
    assert found["household_outcomes"]["poor"].tolist() == [1.0, 0.0]
    assert found["persons"]["child"].tolist() == [0.0, 1.0, 0.0]


def test_no_outcome_is_among_the_tables_that_matching_is_handed() -> None:
    found = clean()
    assert not {"poor", "consumption"} & set(found["households"].columns)
    assert "male" not in found["persons"].columns and "male" in found["person_outcomes"].columns
    assert found["person_outcomes"][["household_id", "number"]].equals(found["persons"][["household_id", "number"]])


def test_every_row_of_every_file_is_kept_or_set_aside_with_a_reason() -> None:
    found = clean()
    ledger, quarantine = found["ledger"], found["quarantine"]
    assert (ledger["rows_kept"] + ledger["rows_dropped"] == ledger["rows_in"]).all()
    for name, table in raw().items():
        mine = ledger[ledger["source"] == f"survey.{name}"]
        assert mine["rows_in"].iloc[0] == len(table)
        assert mine["rows_dropped"].sum() == (quarantine["source"] == f"survey.{name}").sum()
    reasons = set(zip(quarantine["source"], quarantine["row"], quarantine["reason"], strict=True))
    assert reasons == {
        ("survey.households", 3, "zero_weight"),
        ("survey.households", 4, "no_expenditure"),
        ("survey.persons", 4, "household_set_aside"),
        ("survey.persons", 5, "household_set_aside"),
        ("survey.persons", 6, "no_household"),
        ("survey.expenditure", 3, "household_set_aside"),
        ("survey.expenditure", 4, "no_household"),
        ("survey.identities", 4, "no_person"),
    }


def test_the_roster_reads_names_numbers_and_dates_as_registers_do() -> None:
    roster = clean()["roster"]
    assert roster["name"].tolist()[0] == "MUHAMMAD ALI"
    assert roster["nik"].tolist() == ["3501010101800001", None, None]
    assert roster["birth_date"].tolist() == ["1980-01-01", "2013-02-07", None]
    assert roster["sex"].tolist() == ["L", "P", "P"] and roster["kecamatan"].tolist() == [3501010] * 3


def test_a_row_that_is_in_the_file_twice_counts_once() -> None:
    tables = raw()
    tables["persons"] = pd.concat([tables["persons"], tables["persons"].iloc[:1]], ignore_index=True)
    found = clean(tables=tables)
    assert found["persons"].equals(clean()["persons"])
    assert reasons(found, "persons")[7] == "duplicate_row"


def test_different_rows_with_one_number_are_all_set_aside() -> None:
    tables = raw()
    other = tables["households"].iloc[[0]].assign(R1808="8")
    tables["households"] = pd.concat([tables["households"], other], ignore_index=True)
    found = clean(tables=tables)
    assert found["households"]["household_id"].tolist() == [1]
    assert reasons(found, "households") == {1: "shared_key", 3: "zero_weight", 4: "no_expenditure", 5: "shared_key"}
    # Its person has a household in the file, though none that can be used.
    assert reasons(found, "persons")[3] == "household_set_aside"


def test_a_household_whose_persons_cannot_be_used_is_told_from_one_without_persons() -> None:
    tables = raw()
    tables["persons"].loc[2, "R405"] = "7"
    found = clean(tables=tables)
    assert (reasons(found, "persons")[3], reasons(found, "households")[1]) == ("invalid_code", "persons_set_aside")
    assert reasons(found, "identities")[3] == "household_set_aside"
    tables["persons"] = tables["persons"].drop(index=2)
    assert reasons(clean(tables=tables), "households")[1] == "no_person"


def test_identities_of_a_person_who_is_set_aside_go_with_the_person() -> None:
    tables = raw()
    tables["persons"].loc[1, "R405"] = "7"
    found = clean(tables=tables)
    assert reasons(found, "identities") == {2: "person_set_aside", 4: "no_person"}
    assert found["roster"]["number"].tolist() == [1, 1]


def test_a_household_without_its_place_in_the_design_is_set_aside_with_its_persons() -> None:
    tables = raw()
    tables["households"] = tables["households"].assign(PSU=["7", "", "7", "7"], FWT=["10.5", "20", "0", ""])
    tables["expenditure"].loc[3, "RENUM"] = "4"
    found = clean(tables=tables)
    assert reasons(found, "households") == {2: "missing_psu", 3: "zero_weight", 4: "missing_weight"}
    assert [reasons(found, "persons")[row] for row in (1, 2, 4, 5)] == ["household_set_aside"] * 4


def test_the_weight_may_come_with_the_expenditure_file() -> None:
    def elsewhere(settings: Settings) -> None:
        weight = settings["survey"]["households"]["codebook"]["variables"].pop("weight")
        settings["survey"]["expenditure"]["codebook"]["variables"]["weight"] = weight | {"column": "WERT"}

    tables = raw()
    tables["expenditure"]["WERT"] = ["20", "10.5", "0", "1"]
    assert clean(elsewhere, tables)["households"].equals(clean()["households"])


def test_a_source_keeps_only_the_rows_that_the_study_selects() -> None:
    def only_earth(settings: Settings) -> None:
        settings["survey"]["households"]["keep"] = "floor == 'earth'"

    found = clean(only_earth)
    assert found["households"]["household_id"].tolist() == [1]
    assert reasons(found, "households")[1] == "not_selected: floor == 'earth'"
    assert reasons(found, "persons")[3] == "household_set_aside"


def test_a_survey_without_identities_or_expenditure_has_an_empty_roster() -> None:
    def bare(settings: Settings) -> None:
        settings["split"]["households"]["outcomes"] = []
        settings["household_variables"] = []
        settings["split"]["households"]["design"].remove("earth_floor")

    tables = {name: table for name, table in raw().items() if name not in ("identities", "expenditure")}
    found = clean(bare, tables)
    assert found["households"]["household_id"].tolist() == [1, 2, 4]
    assert found["roster"].empty and {"nik", "kk", "name", "kab_code"} <= set(found["roster"].columns)


def test_household_numbers_link_whatever_type_the_files_give_them() -> None:
    tables = raw()
    tables["persons"]["RENUM"] = tables["persons"]["RENUM"].str.zfill(4)
    tables["expenditure"]["RENUM"] = tables["expenditure"]["RENUM"].astype(float)
    tables["identities"]["RENUM"] = tables["identities"]["RENUM"].astype("int16")
    found, plain = clean(tables=tables), clean()
    for name in ("households", "persons", "household_outcomes", "roster"):
        pd.testing.assert_frame_equal(found[name], plain[name])


def test_a_definition_without_a_finite_value_is_missing() -> None:
    def logarithm(settings: Settings) -> None:
        settings["household_variables"].append({"name": "log_spent", "expression": "log(consumption - 300000)"})
        settings["split"]["households"]["outcomes"].append("log_spent")

    one, two = clean(logarithm)["household_outcomes"]["log_spent"]
    assert np.isnan(one) and two == np.log(600000)


def test_the_order_of_rows_in_the_files_changes_nothing() -> None:
    tables = raw()
    shuffled = {name: table.iloc[::-1].reset_index(drop=True) for name, table in tables.items()}
    ours, theirs = clean(), clean(tables=shuffled)
    for name in ("households", "persons", "household_outcomes", "person_outcomes", "roster"):
        pd.testing.assert_frame_equal(ours[name], theirs[name])
    assert np.isfinite(ours["households"]["weight"]).all()
