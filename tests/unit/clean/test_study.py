"""A study's cleaning as a whole: nothing is lost, order is no information, and bad input gets a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dampak.clean.contract import analysis_schema, canonical_schema, enforce
from dampak.clean.readers import read_source
from dampak.clean.study import clean_study
from dampak.errors import ConfigError, DampakError, DataError
from tests.unit.clean.conftest import CODEBOOK, SETTINGS

ROOT = Path(__file__).parents[3]


def definition(entry: str | dict[str, str]) -> dict[str, str | None]:
    if isinstance(entry, dict):
        return definition(entry["name"]) | {"before": entry["before"]}
    name, _, expression = entry.partition(" = ")
    return {"name": name, "expression": expression or None}


def real_study(name: str) -> dict[str, pd.DataFrame]:
    path = f"config/studies/{name}.yaml"
    settings = yaml.safe_load((ROOT / path).read_text())
    for spec in settings["sources"].values():
        spec["codebook"] = yaml.safe_load((ROOT / f"config/codebooks/{spec['codebook']}.yaml").read_text())
    for part in ("covariates", "outcomes"):
        settings[part] = [definition(entry) for entry in settings[part]]
    settings["path"] = path
    raw = {source: read_source(source, spec, ROOT) for source, spec in settings["sources"].items()}
    return clean_study(raw, settings)


@pytest.mark.parametrize(("study", "rows", "set_aside"), [("nsw_experiment", 445, 0), ("nsw_cps", 16177, 260)])
def test_the_nsw_studies_have_the_published_sizes(study: str, rows: int, set_aside: int) -> None:
    clean = real_study(study)
    assert len(clean["design"]) == len(clean["outcomes"]) == rows
    assert clean["design"]["treatment"].sum() == 185
    assert len(clean["quarantine"]) == set_aside
    last = clean["ledger"].iloc[-1]
    assert (last["source"], last["stage"], last["rows_kept"]) == ("all", "analysis", rows)


def test_the_nsw_means_are_those_of_dehejia_and_wahba() -> None:
    """Dehejia and Wahba (1999), table 1, NSW treated: age 25.81, schooling 10.35, RE74 2,096, RE75 1,532."""
    design = real_study("nsw_experiment")["design"]
    treated = design[design["treatment"] == 1]
    assert treated[["age", "educ"]].mean().tolist() == pytest.approx([25.81, 10.35], abs=0.01)
    assert treated[["re74", "re75"]].mean().round(0).tolist() == [2096.0, 1532.0]
    assert ((design["re74"] == 0) == (design["u74"] == 1)).all()


def test_the_design_holds_no_outcome_and_both_tables_the_same_units(
    raw: pd.DataFrame, settings: dict[str, Any]
) -> None:
    settings["design"] = {"weight": "weight", "strata": "region", "psu": "psu"}
    settings["exact"] = ["region"]
    clean = clean_study({"survey": raw}, settings)
    design, outcomes = clean["design"], clean["outcomes"]
    assert list(design.columns) == [
        "unit_id", "treatment", "survey_weight", "strata", "psu", "region", "size", "food", "rural",
    ]  # fmt: skip
    assert list(outcomes.columns) == ["unit_id", "work", "food"]
    assert design["unit_id"].tolist() == outcomes["unit_id"].tolist() == sorted(design["unit_id"])
    assert design["treatment"].dtype == np.int8
    assert set(design["psu"]) == {"01", "02", "03", "04"}
    assert sorted(design["survey_weight"]) == sorted(raw["FWT"].astype(float))
    assert sorted(outcomes["food"]) == sorted(raw["FOOD"].astype(float) * 1000)
    joined = design.merge(outcomes, on="unit_id")
    row = joined[joined["food_x"] == 250.0].iloc[0]
    assert (row["treatment"], row["size"], row["rural"], row["work"]) == (1, 3.0, 0.0, 20.0)


def test_without_a_survey_design_every_weight_is_one(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    design = clean_study({"survey": raw}, settings)["design"]
    assert (design["survey_weight"] == 1.0).all() and "psu" not in design and "strata" not in design


@hypothesis_settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_dirty_file_in_any_order_loses_no_row_and_gives_the_same_tables(data: st.DataObject) -> None:
    cells = {
        "PKH": st.sampled_from(["1", "2", "3", ""]),
        "R301": st.sampled_from(["1", "4", "4.5", "99", ""]),
        "FOOD": st.sampled_from(["1", "2.5", "-1", "-9"]),
        "R105": st.sampled_from(["1", "2", "7", ""]),
        "WORK": st.sampled_from(["40", "TT", "35"]),
    }
    dirty = [data.draw(st.fixed_dictionaries(cells)) for _ in range(data.draw(st.integers(0, 12)))]
    sound = [{"PKH": code, "R301": "4", "FOOD": "1", "R105": "2", "WORK": "40"} for code in ("1", "2", "1")]
    frame = pd.DataFrame([{"IDRT": "1", "FWT": "1", "PSU": "1"} | row for row in sound + dirty], dtype=object)
    study = SETTINGS | {"sources": {"survey": SETTINGS["sources"]["survey"] | {"keep": "size > 1"}}}
    clean = clean_study({"survey": frame}, study)
    ledger, quarantine = clean["ledger"], clean["quarantine"]
    assert len(clean["design"]) + len(quarantine) == len(frame)
    assert not quarantine["row"].duplicated().any()
    assert (ledger["rows_kept"] + ledger["rows_dropped"] == ledger["rows_in"]).all()
    survey = ledger[ledger["source"] == "survey"]
    assert survey["rows_in"].tolist() == [len(frame), *survey["rows_kept"].tolist()[:-1]]
    order = data.draw(st.permutations(range(len(frame))))
    shuffled = clean_study({"survey": frame.iloc[order].reset_index(drop=True)}, study)
    for table in ("design", "outcomes", "ledger"):
        pd.testing.assert_frame_equal(shuffled[table], clean[table])


def test_each_fault_ends_in_quarantine_with_its_reason(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    settings["design"]["weight"] = "weight"
    settings["design"]["psu"] = "psu"
    bad = pd.concat([raw, raw.iloc[:6]], ignore_index=True)
    faults = [
        (8, "R301", "40", "validate", "out_of_range"),
        (9, "R105", "5", "validate", "invalid_code"),
        (10, "PKH", "", "validate", "missing_treatment"),
        (11, "WORK", "TT", "complete_cases", "missing_outcome: work"),
        (12, "FWT", "0", "complete_cases", "zero_weight"),
        (13, "PSU", "", "complete_cases", "missing_psu"),
    ]
    for position, column, value, _, _ in faults:
        bad.loc[position, column] = value
    quarantine = clean_study({"survey": bad}, settings)["quarantine"]
    expected = [["survey", p + 1, stage, reason, column, value] for p, column, value, stage, reason in faults]
    assert quarantine.to_numpy().tolist() == expected


def test_rows_that_are_not_selected_are_named_too(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    settings["sources"]["survey"]["keep"] = "region == 'rural' or size > 3"
    quarantine = clean_study({"survey": raw}, settings)["quarantine"]
    assert quarantine["row"].tolist() == [3, 6]
    assert set(quarantine["reason"]) == {"not_selected: region == 'rural' or size > 3"}


def test_a_row_whose_selection_is_unknown_is_not_selected(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    settings["sources"]["survey"]["keep"] = "size"
    raw.loc[[2, 4], "R301"] = ["", "-9"]
    quarantine = clean_study({"survey": raw}, settings)["quarantine"]
    assert quarantine[["row", "reason"]].to_numpy().tolist() == [[3, "not_selected: size"], [5, "not_selected: size"]]


def test_a_fault_in_a_column_that_nobody_uses_costs_no_row(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    raw["FWT"] = "unknown"
    assert len(clean_study({"survey": raw}, settings)["design"]) == 8


def test_two_sources_are_stacked(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    survey = settings["sources"]["survey"]
    settings["sources"] = {"treated": survey | {"keep": "treat == 1"}, "others": survey | {"keep": "treat == 0"}}
    clean = clean_study({"treated": raw, "others": raw}, settings)
    assert clean["design"]["treatment"].value_counts().to_dict() == {1: 4, 0: 4}
    assert clean["ledger"].query("stage == 'select'")["rows_dropped"].tolist() == [4, 4]


def test_personal_data_reach_no_output(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    settings["sources"]["survey"]["keep"] = "nik != '3578010101900000'"
    raw.loc[1, "R301"] = "99"
    clean = clean_study({"survey": raw}, settings)
    assert len(clean["quarantine"]) == 2
    for table in clean.values():
        assert (
            not table.drop(columns="reason", errors="ignore")
            .astype(str)
            .apply(lambda column: column.str.contains("3578").any())
            .any()
        )
    raw["IDRT"] = "1"
    raw.loc[0, ["PKH", "R301", "FOOD", "R105"]] = raw.loc[2, ["PKH", "R301", "FOOD", "R105"]]  # a tie in the design
    other = raw.assign(NIK=raw["NIK"].tolist()[::-1])
    settings["sources"]["survey"]["keep"] = None
    one, two = clean_study({"survey": raw}, settings), clean_study({"survey": other}, settings)
    for table in ("design", "outcomes"):
        pd.testing.assert_frame_equal(one[table], two[table])


def test_an_id_of_the_data_keeps_its_zeros_and_repeated_rows_count_once(
    raw: pd.DataFrame, settings: dict[str, Any]
) -> None:
    settings["unit_id"] = "hh"
    twice = pd.concat([raw, raw.iloc[[0]]], ignore_index=True)
    clean = clean_study({"survey": twice}, settings)
    assert clean["design"]["unit_id"].tolist() == [f"00{i}" for i in range(1, 9)]
    assert clean["quarantine"].to_numpy().tolist() == [["survey", 9, "deduplicate", "duplicate_row", "", ""]]
    raw.loc[3, "IDRT"] = ""
    assert clean_study({"survey": raw}, settings)["quarantine"]["reason"].tolist() == ["missing_unit_id"]


def test_rows_deleted_in_the_file_are_in_the_ledger(raw: pd.DataFrame, settings: dict[str, Any]) -> None:
    live = raw.set_axis(pd.Index([1, 2, 3, 5, 6, 7, 8, 9], name="row"), axis=0)
    live.attrs["deleted_rows"] = [4]
    clean = clean_study({"survey": live}, settings)
    assert clean["ledger"].iloc[0].tolist() == ["survey", "read", "deleted_record", 9, 8, 1]
    assert clean["quarantine"]["row"].tolist() == [4]


def change(settings: dict[str, Any], raw: pd.DataFrame, fault: str) -> None:
    survey = settings["sources"]["survey"]
    match fault:
        case "duplicate ids":
            settings["unit_id"] = "hh"
            raw.loc[5, "IDRT"] = "001"
        case "misspelt covariate":
            settings["covariates"].append({"name": "sise", "expression": None})
        case "misspelt name in an expression":
            settings["covariates"].append({"name": "big", "expression": "sizee > 4"})
        case "misspelt outcome":
            settings["outcomes"] = [{"name": "wrok", "expression": None}]
        case "misspelt column":
            survey["codebook"] = CODEBOOK | {
                "variables": CODEBOOK["variables"] | {"size": {"column": "R302", "type": "integer"}}
            }
        case "misspelt unit id":
            settings["unit_id"] = "hhh"
        case "not a number":
            raw.loc[2, "FOOD"] = "two"
        case "only treated":
            survey["keep"] = "treat == 1"
        case "only comparison":
            survey["keep"] = "treat == 0"
        case "unknown treatment value":
            settings["treatment"] |= {"column": "psu", "treated": "01", "comparison": "02"}
        case "outcome as covariate":
            settings["covariates"].append({"name": "busy", "expression": "work > 35"})
        case "treatment as covariate":
            settings["covariates"].append({"name": "treat", "expression": None})
        case "text as covariate":
            settings["covariates"].append({"name": "region", "expression": None})
        case "log of zero":
            settings["outcomes"] = [{"name": "log_work", "expression": "log(work)"}]
        case "negative weight":
            settings["design"]["weight"] = "weight"
            raw.loc[2, "FWT"] = "-1"
        case "text as weight":
            settings["design"]["weight"] = "psu"
        case "personal id":
            settings["unit_id"] = "nik"
        case "reserved name":
            settings["covariates"].append({"name": "strata", "expression": "size"})
        case "nothing left":
            survey["keep"] = "size > 25"


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (
            "duplicate ids",
            DataError,
            r"unit_id 'hh'.*'001' \(.*data/village\.csv row 1, .*row 6\); correct the ids",
        ),
        (
            "misspelt covariate",
            ConfigError,
            r"village\.yaml: covariates: 'sise' is not a variable.*mean 'size'\?\); its variables",
        ),
        ("misspelt name in an expression", ConfigError, r"village\.yaml: covariates: 'sizee' is not.*mean 'size'"),
        ("misspelt outcome", ConfigError, r"village\.yaml: outcomes: 'wrok' is not a variable.*mean 'work'"),
        (
            "misspelt column",
            DataError,
            r"data/village\.csv has no column 'R302'.*mean 'R301'\?.*IDRT, NIK.*correct `column`",
        ),
        ("misspelt unit id", ConfigError, r"village\.yaml: unit_id: 'hhh' is not a variable.*mean 'hh'"),
        ("not a number", DataError, r"data/village\.csv: column 'FOOD'.*row 3 holds 'two', a number.*missing_codes"),
        (
            "only treated",
            DataError,
            r"'treat' is constant, all 4 rows.*are treated units and none is a comparison unit \('0'\): add a source",
        ),
        ("only comparison", DataError, r"are comparison units and none is a treated unit \('1'\).*correct `keep`"),
        (
            "unknown treatment value",
            DataError,
            r"village\.csv: 4 rows have 'psu' = '03' \(first in row 5\), '01' \(treated\) or '02'.*`keep`",
        ),
        ("outcome as covariate", ConfigError, r"covariates: 'busy' uses the outcome 'work'.*before treatment"),
        ("treatment as covariate", ConfigError, r"covariates: 'treat' uses the treatment 'treat'; remove it"),
        ("text as covariate", ConfigError, r"covariates: region: 'region' is a text.*compare it"),
        (
            "log of zero",
            DataError,
            r"outcomes: log_work: 'log\(work\)' is not a finite number in 1 rows.*village\.csv row 7.*log1p",
        ),
        ("negative weight", DataError, r"village\.csv: column 'FWT': the survey weight is negative in 1 rows.*row 3;"),
        ("text as weight", ConfigError, r"design\.weight: 'psu' is of type text.*a number was expected"),
        ("personal id", ConfigError, r"unit_id: 'nik' is personal.*`unit_id: content`"),
        ("reserved name", ConfigError, r"covariates: 'strata' is a name that dampak uses itself"),
        ("nothing left", DataError, r"no row is left after cleaning \(8 not_selected: size > 25\); correct `keep`"),
    ],
)
def test_bad_input_gets_a_sentence(
    raw: pd.DataFrame, settings: dict[str, Any], fault: str, kind: type[DampakError], sentence: str
) -> None:
    change(settings, raw, fault)
    with pytest.raises(kind, match=sentence) as caught:
        clean_study({"survey": raw}, settings)
    assert "\n" not in str(caught.value)


def test_a_variable_that_is_a_number_here_and_a_text_there_is_refused(
    raw: pd.DataFrame, settings: dict[str, Any]
) -> None:
    survey = settings["sources"]["survey"]
    other = CODEBOOK | {"variables": CODEBOOK["variables"] | {"size": {"column": "R301", "type": "text"}}}
    settings["sources"]["other"] = survey | {"codebook": other}
    with pytest.raises(ConfigError, match=r"covariates: 'size' is a number in one of the sources 'survey' and 'other'"):
        clean_study({"survey": raw, "other": raw}, settings)


def test_the_contract_stops_a_table_that_cleaning_should_never_make() -> None:
    sound = pd.DataFrame({"size": [4.0, 30.0], "treat": [0.0, np.nan]})
    schema = canonical_schema(CODEBOOK, ["size", "treat"])
    enforce(sound, schema, where="s")
    for broken in (sound.assign(size=[4.0, 31.0]), sound.assign(size=[4.0, 1.5]), sound.assign(treat=[0.0, 2.0])):
        with pytest.raises(DataError, match=r"s: the cleaned table breaks its contract \(column '(size|treat)'"):
            enforce(broken, schema, where="s")
    table = pd.DataFrame({"unit_id": ["a", "b"], "treatment": np.array([0, 1], dtype=np.int8)})
    table = table.assign(survey_weight=[1.0, 2.0], x=[1.0, 2.0]).astype({"unit_id": "str"})
    schema = analysis_schema(numbers=["x"], texts=[])
    enforce(table, schema, where="s")
    for broken in (table.assign(unit_id="a"), table.assign(x=[1.0, np.inf]), table.assign(survey_weight=[0.0, 1.0])):
        with pytest.raises(DataError, match="breaks its contract"):
            enforce(broken, schema, where="s")
