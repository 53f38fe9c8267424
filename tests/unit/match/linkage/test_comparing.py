"""Levels of agreement come from splink, and weights agree with those that it gives."""

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from splink import DuckDBAPI, Linker

from dampak.match.linkage.comparing import compare, pair_weights
from dampak.match.linkage.comparisons import COMPARISONS, NAMES, splink_settings, starting_values
from dampak.match.linkage.records import read_people, read_roster

from .conftest import Linked


def test_weights_are_those_of_splink(usual: Linked) -> None:
    survey = read_roster(usual.roster)
    people = read_people(usual.register.iloc[:500], survey).records
    parameters = starting_values()
    pairs = compare(survey.records, people, threads=1)
    with duckdb.connect() as connection:
        database = DuckDBAPI(connection)
        tables = [
            database.register(pa.Table.from_pandas(table, preserve_index=False), dataset_display_name=name)
            for table, name in ((survey.records, "a"), (people, "b"))
        ]
        linker = Linker(tables, splink_settings(parameters), log_level=None)
        scored = linker.inference.predict(warning_mode="never").as_pandas_dataframe()
    scored = scored.sort_values(["unique_id_r", "unique_id_l"])
    assert scored["unique_id_l"].tolist() == pairs.left.tolist()
    weights = pair_weights(pairs.levels, parameters).sum(axis=1)
    np.testing.assert_allclose(weights, scored["match_weight"].to_numpy(), atol=1e-9)


ROSTER = {
    "household_id": 3501000001,
    "number": 1,
    "nik": "n1",
    "kk": "k1",
    "name": "SITI AMINAH",
    "name_key": "SITIAMINA",
    "sex": "P",
    "birth_date": "1970-03-05",
    "kab_code": 3501,
    "kecamatan": 3501010,
    "relation": 1,
}


@pytest.mark.parametrize(
    ("changed", "comparison", "level"),
    [
        ({}, "nik", "NIK equal"),
        ({"nik": "n2"}, "nik", "NIK differs"),
        ({"nik": None}, "nik", None),
        ({"kk": "k2"}, "kk", "KK differs"),
        ({"name": "SITI AMINA"}, "name", "name sounds equal"),
        ({"name": "SITI AMINAHA", "name_key": "SITIAMINAA"}, "name", "name close"),
        ({"name": "BUDI HARTONO", "name_key": "BUDIARTONO"}, "name", "name differs"),
        ({"name": None, "name_key": None}, "name", None),
        ({"sex": "L"}, "sex", "sex differs, name alike"),
        ({"name": None, "name_key": None}, "sex", "sex equal, name not alike"),
        ({"sex": None}, "sex", None),
        ({}, "birth", "birth date equal"),
        ({"birth_date": "1970-05-03"}, "birth", "birth date off in one part"),
        ({"birth_date": "1980-03-05"}, "birth", "birth date off in one part"),
        ({"birth_date": "1970-01-01"}, "birth", "birth year equal"),
        ({"birth_date": "1972-01-01"}, "birth", "birth year within 2"),
        ({"birth_date": "1990-01-01"}, "birth", "birth date differs"),
        ({"birth_date": None}, "birth", None),
        ({}, "area", "kecamatan equal"),
        ({"kecamatan": 3501020}, "area", "kecamatan differs"),
        ({"kecamatan": -1}, "area", None),
        ({"kab_code": 3502, "kecamatan": 3502010}, "area", "other kabupaten"),
        ({"kab_code": 3502, "kecamatan": -1}, "area", "other kabupaten"),
    ],
)
def test_levels(changed: dict[str, object], comparison: str, level: str | None) -> None:
    survey = read_roster(pd.DataFrame([ROSTER]))
    row = ROSTER | {"register": "pkh", "row": 1, "component": None, "amount": 1.0} | changed
    pairs = compare(
        survey.records,
        read_people(pd.DataFrame([row]), survey).records,
        threads=1,
        chosen=(np.array([0]), np.array([0])),
    )
    place = NAMES.index(comparison)
    found = int(pairs.levels[0, place])
    assert (None if found < 0 else COMPARISONS[place].levels[found].name) == level


def test_rows_that_are_alike_are_one_person_whatever_their_register() -> None:
    survey = read_roster(pd.DataFrame([ROSTER]))
    rows = [
        ROSTER | {"register": register, "row": 1, "component": None, "amount": 1.0, "nik": nik}
        for register, nik in (("pkh", "n1"), ("bpnt", "n1"), ("bpnt", "n7"), ("bst", "n8"), ("bst", None))
    ]
    people = read_people(pd.DataFrame(rows), survey)
    assert len(people.records) == 3
    # n7 and n8 are nobody's in the survey.
    assert people.person[0] == people.person[1] and people.person[2] == people.person[3]


def test_a_missing_family_card_is_filled_from_a_household_with_one_family() -> None:
    rows = [
        ROSTER | {"number": n, "kk": kk, "household_id": h}
        for n, kk, h in ((1, "k1", 1), (2, None, 1), (1, "k2", 2), (2, "k3", 2), (3, None, 2))
    ]
    survey = read_roster(pd.DataFrame(rows))
    assert survey.records["kk"].isna().tolist() == [False, False, False, False, True]
    assert survey.family.tolist() == [0, 0, 1, 2, 1]
