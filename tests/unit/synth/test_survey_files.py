"""The survey as it is delivered: whoever reads the raw files with the codebooks gets the population back, exactly."""

import datetime
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from dbfread import DBF

from dampak.clean.codebook import convert, locate_columns, raw_texts
from dampak.clean.readers import READER_OF_EXTENSION, read_table
from dampak.config.load import load_codebook
from dampak.errors import ConfigError, DataError
from dampak.synth.parameters import Parameters, resized
from dampak.synth.population import Population, draw_population
from dampak.synth.survey import Survey, draw_survey
from dampak.synth.survey_files.coding import coded
from dampak.synth.survey_files.dbf import dbf_bytes
from dampak.synth.survey_files.files import AREAS, EXPENDITURE, HOUSEHOLDS, IDENTITIES, INDIVIDUALS, write_survey_files
from dampak.synth.survey_files.households import INSECURE_FROM
from dampak.synth.survey_files.roster import recorded_names
from dampak.synth.survey_files.settings import Answers, Edition, SurveyLayout, load_layout
from tests.unit.synth.conftest import ROOT

SEED = 7
DAY = datetime.date(2020, 3, 31)
EDITIONS: tuple[Edition, ...] = (2020, 2024)
FILES = {"household": HOUSEHOLDS, "individual": INDIVIDUALS, "expenditure": EXPENDITURE, "identity": IDENTITIES}
FIES = ("worried", "unhealthy", "few_kinds", "skipped", "ate_less", "ran_out", "hungry", "whole_day")
Read = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def layout() -> SurveyLayout:
    return load_layout(ROOT)


@pytest.fixture(scope="module")
def drawn(parameters: Parameters) -> tuple[Population, Survey]:
    small = resized(parameters, households=22_800, survey_households=1_500)
    population = draw_population(small, seed=SEED)
    return population, draw_survey(population, small, seed=SEED)


@pytest.fixture(scope="module")
def few(drawn: tuple[Population, Survey]) -> Survey:
    return drawn[1]


@pytest.fixture(scope="module")
def identities(drawn: tuple[Population, Survey]) -> pd.DataFrame:
    persons = drawn[0].persons
    rng, n = np.random.default_rng(SEED), len(persons)
    born = pd.Timestamp("2020-03-01") - pd.to_timedelta(persons["age"].to_numpy() * 365.25 + 100, unit="D")
    table = pd.DataFrame(
        {
            "person_id": persons["person_id"],
            "name": rng.choice(["MUHAMMAD YUSUF", "SITI KHOTIMAH", "SLAMET RIYADI", "DWI CAHYO UTOMO"], n),
            "nik": np.where(rng.random(n) < 0.02, "", (3_501_010_101_000_000 + np.arange(n)).astype(str)),
            "kk": (3_501_020_000_000_000 + persons["family_id"].to_numpy()).astype(str),
            "birth_date": born.floor("D"),
        }
    )
    return table.sample(frac=1, random_state=SEED).reset_index(drop=True)


@pytest.fixture(scope="module")
def raw(few: Survey, identities: pd.DataFrame, parameters: Parameters, layout: SurveyLayout,
        tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:  # fmt: skip
    folders: dict[int, Path] = {}
    for edition in EDITIONS:
        folder = folders[edition] = tmp_path_factory.mktemp(str(edition))
        write_survey_files(
            few, identities, parameters.areas, layout=layout, folder=folder, edition=edition, seed=SEED
        )  # fmt: skip
    return folders


def canonical(path: Path, codebook: str) -> pd.DataFrame:
    """Read a raw file with a codebook as cleaning does; no row may be found faulty."""
    book: dict[str, Any] = load_codebook(ROOT, codebook).model_dump(mode="json")
    table = read_table(path, reader=READER_OF_EXTENSION[path.suffix], label=path.name, options={})
    columns = locate_columns(table.columns, book, needed=[], where=path.name)
    texts = raw_texts(table, columns)
    values, findings = convert(table, texts, book, variables=list(columns), columns=columns, where=path.name)
    assert findings == []
    return values.reset_index(drop=True)


@pytest.fixture(scope="module")
def read(raw: dict[int, Path]) -> Read:
    return cache(lambda name, edition: canonical(raw[edition] / FILES[name], f"susenas_{edition}_{name}"))


def same(values: pd.Series, expected: pd.Series) -> None:
    """Equal to the last bit, missing where missing."""
    wanted: Any = expected.astype("object").where(expected.notna(), None)
    found: Any = values.astype("object").where(values.notna(), None)
    assert list(found) == list(wanted)


@pytest.mark.parametrize("edition", EDITIONS)
def test_households_come_back_exactly(read: Read, few: Survey, edition: int) -> None:
    found, homes = read("household", edition), few.households
    for name in ("household_id", "psu", "stratum", "weight", "size", "floor_area"):
        same(found[name], homes[name])
    for name in ("floor", "wall", "toilet", "water", "light", "fuel"):
        same(found[name], homes[name].astype(str))
    for name in ("urban", "refrigerator", "motorcycle", "flat_tv", "gold", "car", "computer", "land"):
        same(found[name], homes[name].astype(int))
    same(found["province"] * 100 + found["kab"], homes["kab_code"])
    same(found["stratum"] // 10, homes["kab_code"])
    assert (found["below_5"] + found["from_5"]).equals(found["size"])
    assert found.groupby("psu")["ssu"].max().eq(10).all()


@pytest.mark.parametrize("edition", EDITIONS)
def test_four_yes_answers_of_eight_are_food_insecurity(read: Read, few: Survey, edition: int) -> None:
    yes = read("household", edition)[[f"food_{name}" for name in FIES]]
    same((yes.sum(axis=1) >= INSECURE_FROM).astype(int), few.households["food_insecure"].astype(int))
    # Worry is commoner than a day without food, as the scale has it.
    assert yes["food_worried"].sum() > yes["food_skipped"].sum() > yes["food_whole_day"].sum() > 0


@pytest.mark.parametrize("edition", EDITIONS)
def test_expenditure_comes_back_exactly(read: Read, few: Survey, edition: int) -> None:
    found, homes = read("expenditure", edition), few.households
    same(found["household_id"], homes["household_id"])
    for name in ("food", "nonfood"):
        same(found[f"{name}_month"] / homes["size"], homes[name])
    same(found["consumption"], homes["consumption"])
    assert found["expenditure_month"].equals(found["food_month"] + found["nonfood_month"])


@pytest.mark.parametrize("edition", EDITIONS)
def test_persons_come_back_exactly(read: Read, few: Survey, edition: int) -> None:
    found, persons = read("individual", edition), few.persons
    for name in ("household_id", "number", "age"):
        same(found[name], persons[name])
    same(found["household_id"] * 10 + found["family"], persons["family_id"])
    for name in ("relation", "marital"):
        same(found[name], persons[name].astype(str))
    same(found["male"], persons["male"].astype(int))
    same(found["schooling"].where(found["schooling"].notna(), "none"), persons["schooling"].astype(str))
    for name in ("attends_school", "outpatient", "assisted_delivery", "works"):
        same(found[name], persons[name].astype("Int8"))
    same(found["birth_last_two_years"] == 1, persons["birth_last_two_years"])
    same(found["attended"].where(found["attends_school"] == 1, "none"), persons["level"].astype(str))


def test_disability_and_pregnancy_come_back_in_2020_and_are_not_asked_in_2024(read: Read, few: Survey) -> None:
    found = read("individual", 2020)
    same(found["severe_disability"], few.persons["severe_disability"].astype(int))
    same(found["pregnant"] == 1, few.persons["pregnant"])
    assert {"severe_disability", "pregnant"}.isdisjoint(load_codebook(ROOT, "susenas_2024_individual").variables)


def test_answers_fit_together(read: Read) -> None:
    found = read("individual", 2020)
    assert found.loc[found["outpatient"] == 1, "complaint"].eq(1).all()
    assert found.loc[found["assisted_delivery"].notna(), "ever_birth"].eq(1).all()
    assert found.loc[found["ever_birth"] == 1, "ever_pregnant"].eq(1).all()
    assert found.loc[found["male"] == 1, ["ever_birth", "pregnant"]].isna().all(axis=None)


@pytest.mark.parametrize(("edition", "other", "column"), [(2020, 2024, "URUT"), (2024, 2020, "RENUM")])
@pytest.mark.parametrize("name", FILES)
def test_a_codebook_of_another_year_is_refused_in_a_sentence(
    raw: dict[int, Path], name: str, edition: int, other: int, column: str
) -> None:
    with pytest.raises(DataError, match=f"has no column '{column}'.*; correct `column` in the codebook"):
        canonical(raw[edition] / FILES[name], f"susenas_{other}_{name}")


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_roster_has_its_faults_at_their_rates_and_no_others(
    read: Read, few: Survey, identities: pd.DataFrame, layout: SurveyLayout, edition: int
) -> None:
    found, dirt = read("identity", edition), layout.dirt
    known = identities.set_index("person_id").loc[few.persons["person_id"]].reset_index()
    same(found["household_id"] * 100 + found["number"], few.persons["person_id"])
    same(found["birth_date"], known["birth_date"].dt.strftime("%Y-%m-%d"))
    kecamatan = few.households.set_index("household_id")["kecamatan"]
    same(found["kecamatan"], few.persons["household_id"].map(kecamatan))
    has = (known["nik"] != "").to_numpy()
    assert found["nik"][has].isna().mean() == pytest.approx(dirt.nik_missing.value, abs=0.01)
    assert found["nik"][~has].isna().all()
    shown = found["nik"].notna()
    wrong = found["nik"][shown] != known["nik"][shown]
    assert 0 < wrong.mean() < 3 * dirt.nik_typo.value
    assert found["nik"][shown].str.fullmatch("[0-9]{16}").all()
    by_family = found["kk"].isna().groupby(few.persons["family_id"]).agg(["min", "max", "mean"])
    assert by_family["min"].equals(by_family["max"])
    assert by_family["mean"].mean() == pytest.approx(dirt.kk_missing.value, abs=0.015)
    same(found["kk"].dropna(), known["kk"][found["kk"].notna()])
    # Three of the four names have a word with other spellings.
    changed = found["name"] != known["name"]
    expected = 0.75 * dirt.name_variant.value + dirt.name_typo.value
    assert changed.mean() == pytest.approx(expected, abs=0.015)


def test_a_card_and_a_number_that_the_person_has_are_in_the_individual_file(
    read: Read, few: Survey, identities: pd.DataFrame
) -> None:
    known = identities.set_index("person_id").loc[few.persons["person_id"]].reset_index()
    same(read("individual", 2020)["has_nik"], (known["nik"] != "").astype(int))


def test_names_are_spelt_as_the_list_says(layout: SurveyLayout) -> None:
    always = {"value": 1.0, "status": "assumption", "source": "test"}
    never = always | {"value": 0.0}
    rng = np.random.default_rng(1)
    names = np.array(["MUHAMMAD SLAMET"] * 300 + ["SUPARMAN"] * 300, dtype=object)

    def spelt(**rates: object) -> np.ndarray[Any, Any]:
        return recorded_names(names, type(layout.dirt).model_validate(layout.dirt.model_dump() | rates), rng)

    varied = spelt(name_variant=always, name_typo=never)
    assert set(varied[:300]) == {f"{word} SLAMET" for word in layout.dirt.spellings.words["MUHAMMAD"]}
    assert set(varied[300:]) == {"SUPARMAN"}
    mistyped = spelt(name_variant=never, name_typo=always)
    assert {len(name) for name in mistyped[300:]} == {7, 8}
    assert len(set(mistyped[300:])) > 20


def test_areas_carry_the_marks_of_their_figures(raw: dict[int, Path], parameters: Parameters) -> None:
    found, written = canonical(raw[2020] / AREAS, "wilayah"), pd.read_csv(raw[2020] / AREAS)
    same(found["kab_code"], pd.Series([area.kab_code for area in parameters.areas]))
    same(found["line"], pd.Series([area.line_2020_derived for area in parameters.areas]))
    same(found["p0_published"], pd.Series([area.p0_2020_pct for area in parameters.areas]))
    assert found["region"].value_counts().to_dict() == {"kabupaten_jawa": 25, "kota": 9, "madura": 4}
    assert written["status"].str.contains("line: derived").all()
    assert written["source"].notna().all()


def test_the_same_seed_gives_the_same_bytes(
    raw: dict[int, Path], few: Survey, identities: pd.DataFrame, parameters: Parameters, layout: SurveyLayout,
    tmp_path: Path,
) -> None:  # fmt: skip
    again = write_survey_files(few, identities, parameters.areas, layout=layout, folder=tmp_path, seed=SEED)
    assert [path.relative_to(tmp_path).as_posix() for path in again] == [*dict.fromkeys([*FILES.values(), AREAS])]
    for path in again:
        assert path.read_bytes() == (raw[2020] / path.relative_to(tmp_path)).read_bytes()
    write_survey_files(few, identities, parameters.areas, layout=layout, folder=tmp_path, seed=SEED + 1)
    assert (tmp_path / IDENTITIES).read_bytes() != (raw[2020] / IDENTITIES).read_bytes()


@pytest.mark.parametrize(("edition", "school"), [(2020, "R612"), (2024, "R610")])
def test_the_stata_file_tells_questions_and_meanings_of_codes(raw: dict[int, Path], edition: int, school: str) -> None:
    _, meta = pyreadstat.read_dta(raw[edition] / INDIVIDUALS, metadataonly=True)
    assert meta.creation_time == datetime.datetime(edition, 3, 31)
    assert meta.column_names_to_labels[school] == "Apakah bersekolah?"
    assert meta.variable_value_labels[school][2] == "Masih bersekolah"


def test_the_dbf_file_is_what_other_readers_expect(raw: dict[int, Path]) -> None:
    table = DBF(raw[2020] / HOUSEHOLDS)
    assert table.date == DAY
    assert {field.type for field in table.fields} == {"N", "F"}
    assert next(iter(table))["R101"] == 35


def test_identities_of_another_population_are_refused_without_a_personal_value(
    few: Survey, identities: pd.DataFrame, parameters: Parameters, layout: SurveyLayout, tmp_path: Path
) -> None:
    gone = identities[identities["person_id"] != few.persons["person_id"].iloc[5]]
    with pytest.raises(DataError) as caught:
        write_survey_files(few, gone, parameters.areas, layout=layout, folder=tmp_path, seed=SEED)
    assert str(caught.value) == (
        f"1 of {len(few.persons)} persons of the survey have no identity; draw identities and survey from the same "
        "population"
    )
    with pytest.raises(DataError, match="the identities have no column 'kk'"):
        write_survey_files(
            few, identities.drop(columns="kk"), parameters.areas, layout=layout, folder=tmp_path, seed=SEED
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_dbf_table_keeps_every_number(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 412.123456789012345, 3.0, -0.5, 1e15, 123456789.12345678, np.nan]
    table = pd.DataFrame({"FWT": numbers, "R1": pd.array([1, None, -12, 9_999_999_999, 5, 0, 7], dtype="Int64")})
    path = tmp_path / "a.dbf"
    path.write_bytes(dbf_bytes(table, date=DAY))
    found = read_table(path, reader="dbf", label="a.dbf", options={})
    same(found["FWT"], table["FWT"])
    same(found["R1"], table["R1"])


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("FWT", [1.0, 1e-7], "column 'FWT', row 2: the number needs more than 20 characters"),
        ("NAMA", ["x", "y"], "column 'NAMA' is of type .*; a DBF table written here holds numbers only"),
        ("HOUSEHOLD_ID", [1, 2], "cannot have a column 'HOUSEHOLD_ID'; use at most ten capital letters"),
    ],
)
def test_a_dbf_table_refuses_what_it_cannot_hold(column: str, values: list[Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        dbf_bytes(pd.DataFrame({column: values}), date=DAY)


def test_answers_that_do_not_add_up_are_refused(layout: SurveyLayout, tmp_path: Path) -> None:
    folder = tmp_path / "config/synth"
    folder.mkdir(parents=True)
    for path in (ROOT / "config/synth").glob("survey_*"):
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(text.replace("bamboo: {4: 0.85", "bamboo: {4: 0.8"), encoding="utf-8")
    sentence = "config/synth/survey_answers.yaml: answers: wall: bamboo: the shares add up to 0.95, 1 was expected"
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        load_layout(tmp_path)
    answers = Answers.model_validate(layout.answers.model_dump())
    with pytest.raises(ConfigError, match="answers: wall: there is no code for 'glass'; add one"):
        coded("wall", pd.Series(["brick", "glass"]), answers.answers, np.random.default_rng(1))


def test_every_column_and_code_has_status_and_source(layout: SurveyLayout) -> None:
    files = {column.file for column in layout.columns}
    assert files == set(FILES)
    moved = {c.variable_2020: c.variable_2024 for c in layout.columns if c.file == "individual"}
    assert {moved[name] for name in ("R1009", "R1606")} == {""}
    assert (moved["R612"], moved["R615"], moved["R501"]) == ("R610", "R614", "R502")
    household = [column.status for column in layout.columns if column.variable_2020 == "R1808"]
    assert household == ["numbering of 2024, seen in source; that of 2020 is not public"]
