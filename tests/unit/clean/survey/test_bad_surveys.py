"""Files that do not fit their codebook, each other or the study get one sentence."""

import copy
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dampak.clean.survey.stage import clean_survey_files
from dampak.errors import ConfigError, DataError
from tests.unit.clean.survey.village import ROOT, SETTINGS, Settings, clean, raw


@pytest.mark.parametrize(
    ("table", "column", "value", "says"),
    [
        ("households", "FWT", "0", r"rt\.csv: column 'FWT': no household has a survey weight above 0"),
        ("households", "FWT", "-1", r"'FWT': the survey weight is negative in 3 rows, first in row 1"),
        ("households", "R101", "33", "they are of province 33; name the survey of the right province"),
        (
            "expenditure",
            "RENUM",
            "77",
            r"b43\.csv: none of its households is in rt\.csv \(first numbers: 77 here, 2, 1",
        ),
        ("households", "RENUM", "3501010101800001", "row 1 holds a number of more than 15 digits"),
        ("persons", "R405", "9", r"ind\.csv: no row is left after cleaning \(6 invalid_code\)"),
        ("persons", "R407", "old", r"column 'R407' \(variable 'age'\): row 1 holds 'old' and 5 other rows"),
    ],
)
def test_files_that_do_not_fit_get_a_sentence(table: str, column: str, value: str, says: str) -> None:
    tables = raw()
    tables[table] = tables[table].assign(**{column: value})
    if table == "expenditure":
        tables[table] = tables[table].iloc[:1]
    with pytest.raises(DataError, match=says) as caught:
        clean(tables=tables)
    assert "3501010101800001" not in str(caught.value)


def test_one_column_that_is_not_there_is_named_with_the_closest() -> None:
    def misspelt(settings: Settings) -> None:
        settings["survey"]["persons"]["codebook"]["variables"]["age"]["column"] = "R408"

    with pytest.raises(DataError, match=r"survey\.persons: ind\.csv has no column 'R408'.*R40[0-9].*its columns"):
        clean(misspelt)


def test_the_codebook_of_another_year_is_told_by_the_columns_that_are_not_there() -> None:
    def other_year(settings: Settings) -> None:
        settings["survey"]["persons"]["codebook_name"] = "susenas_2024_individual"
        book = settings["survey"]["persons"]["codebook"]
        for variable in ("age", "male", "relation"):
            book["variables"][variable]["column"] += "A"

    with pytest.raises(
        DataError,
        match=r"ind\.csv lacks 3 of 5 columns of its codebook susenas_2024_individual: R407A, R405A, R403A;"
        r" its columns are RENUM.*another year or file: name the one of this file in `codebook` of survey\.persons",
    ):
        clean(other_year)


def test_a_file_without_its_household_number_is_of_another_year_too() -> None:
    def other_year(settings: Settings) -> None:
        settings["survey"]["expenditure"]["codebook"]["variables"]["household_id"]["column"] = "URUT"

    with pytest.raises(
        DataError, match=r"b43\.csv lacks 1 of 2 columns of its codebook: URUT; .* another year or file"
    ):
        clean(other_year)


def test_a_household_number_that_is_text_is_refused_before_zeros_are_lost() -> None:
    def text(settings: Settings) -> None:
        settings["survey"]["persons"]["codebook"]["variables"]["household_id"]["type"] = "text"

    with pytest.raises(ConfigError, match="no whole number 'household_id'"):
        clean(text)


def test_a_table_of_areas_that_lacks_a_kabupaten_of_the_survey_is_refused() -> None:
    tables = raw()
    more = pd.concat([tables["households"].iloc[[0]]] * 10, ignore_index=True)
    more = more.assign(RENUM=[str(100 + i) for i in range(10)], R102="78")
    tables["households"] = pd.concat([tables["households"], more], ignore_index=True)
    with pytest.raises(
        DataError, match=r"wilayah\.csv has no row for kab_code 3578 \(10 households\) of survey\.house"
    ):
        clean(tables=tables)
    tables["households"] = tables["households"].iloc[:5]
    # A single one is a slip of a digit.
    assert "outside_areas" in set(clean(tables=tables)["quarantine"]["reason"])


def test_a_weight_that_no_file_of_households_has_is_refused() -> None:
    def of_persons(settings: Settings) -> None:
        settings["design"]["weight"] = "age"

    with pytest.raises(ConfigError, match=r"village\.yaml: design: weight: 'age' is in no codebook of households"):
        clean(of_persons)


def test_an_aggregate_does_not_take_the_name_of_a_variable() -> None:
    def taken(settings: Settings) -> None:
        settings["aggregates"]["floor"] = {"count": "age > 0"}

    with pytest.raises(ConfigError, match=r"aggregates: floor: 'floor' is a variable of the household files already"):
        clean(taken)


def write(folder: Path) -> None:
    shutil.copytree(ROOT / "config/names", folder / "config/names")
    for name, table in raw().items():
        table.to_csv(folder / SETTINGS["survey"][name]["path"], index=False)


def test_files_give_what_their_tables_give_with_hashes_for_numbers(tmp_path: Path) -> None:
    write(tmp_path)
    found, plain = clean_survey_files(copy.deepcopy(SETTINGS), base_dir=tmp_path, key=b"x" * 32), clean()
    for name in ("households", "persons", "household_outcomes", "ledger", "quarantine"):
        pd.testing.assert_frame_equal(found[name], plain[name])
    first = found["roster"].iloc[0]
    assert len(first["nik"]) == len(first["kk"]) == 24 and first["name"] == "MUHAMMAD ALI"
    assert found["roster"]["nik"].tolist()[1:] == [None, None]


def test_a_survey_without_identities_needs_no_roster(tmp_path: Path) -> None:
    write(tmp_path)
    settings = copy.deepcopy(SETTINGS)
    settings["survey"]["identities"] = None
    found = clean_survey_files(settings, base_dir=tmp_path, key=b"x" * 32)
    assert found["roster"].empty and len(found["households"]) == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("RENUM;R101;R102;PSU;FWT;R1808\n1;35;1;7;10;1\n", "separated by ';'"),
        (None, "does not exist"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(content: str | None, says: str, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "rt.csv").unlink()
    if content is not None:
        (tmp_path / "rt.csv").write_text(content)
    with pytest.raises(DataError, match=f"survey.households.*{says}"):
        clean_survey_files(copy.deepcopy(SETTINGS), base_dir=tmp_path, key=b"x" * 32)


def test_a_header_without_rows_is_an_empty_file(tmp_path: Path) -> None:
    tables = raw()
    tables["expenditure"] = tables["expenditure"].iloc[:0]
    with pytest.raises(DataError, match=r"survey\.expenditure: b43\.csv holds no rows"):
        clean(tables=tables)
