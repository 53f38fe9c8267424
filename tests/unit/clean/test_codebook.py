"""A codebook gives each raw value one meaning; what it cannot explain is named, never guessed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.clean.codebook import convert, locate_columns, raw_texts
from dampak.clean.ledger import Finding
from dampak.errors import DataError

WHERE = "sources.s: data/s.csv"


def apply(
    values: list[Any] | pd.Series, variable: dict[str, Any], **codebook: Any
) -> tuple[pd.Series, dict[str, list[int]], list[Finding]]:
    """Convert one column 'RAW' to variable 'v'; the second result is reason -> failing rows."""
    raw = pd.DataFrame({"RAW": values})
    raw.index = pd.RangeIndex(1, len(raw) + 1, name="row")
    marks = {key: codebook.pop(key) for key in ("decimal", "thousands") if key in codebook}
    book = {"variables": {"v": {"column": "RAW", **variable}}, **codebook}
    columns = {"v": "RAW"}
    table, findings = convert(
        raw, raw_texts(raw, columns), book, variables=["v"], columns=columns, where=WHERE, **marks
    )
    return table["v"], {f.reason: list(raw.index[f.failing]) for f in findings}, findings


def test_codes_meet_text_integers_and_floats_alike() -> None:
    codes = {"type": "category", "codes": {"1": "male", "2": "female"}}
    for values in (["1", " 2 "], [1, 2], [1.0, 2.0], np.array([1, 2], dtype=np.int8)):
        assert apply(pd.Series(values), codes)[0].tolist() == ["male", "female"]


def test_a_value_without_a_code_is_invalid_and_a_null_code_is_missing() -> None:
    values, failing, _ = apply(["1", "3", "9"], {"type": "binary", "codes": {"1": 1, "9": None}})
    assert failing == {"invalid_code": [2]}
    assert values.isna().tolist() == [False, True, True]


def test_a_binary_variable_without_codes_holds_zero_and_one_only() -> None:
    assert apply([0, 1, 2], {"type": "binary"})[1] == {"invalid_code": [3]}


def test_an_integer_with_a_fraction_is_set_aside() -> None:
    assert apply(["3", "3.5"], {"type": "integer"})[1] == {"not_integer": [2]}


def test_missing_codes_come_before_ranges_and_numbers() -> None:
    variable = {"type": "number", "range": [0, 100], "missing_codes": [99, "TT"]}
    values, failing, _ = apply(["-9", "99", "TT", "", "101", "5", "-9.0"], variable, missing_codes=[-9])
    assert values.isna().tolist() == [True, True, True, True, False, False, True]
    assert failing == {"out_of_range": [5]}


def test_a_canonical_value_may_equal_a_missing_code_of_the_raw_file() -> None:
    values, _, _ = apply(["1", "2", "0"], {"type": "binary", "codes": {"1": 1, "2": 0}}, missing_codes=[0])
    assert values.tolist()[:2] == [1.0, 0.0] and np.isnan(values.iloc[2])


def test_a_missing_code_is_found_in_a_float32_column() -> None:
    stored = pd.Series(np.array([-9.9, 1.0], dtype=np.float32))
    assert apply(stored, {"type": "number", "missing_codes": [-9.9]})[0].isna().tolist() == [True, False]


def test_a_range_is_in_the_canonical_unit() -> None:
    variable = {"type": "number", "factor": 1000.0, "range": [0, 2000]}
    values, failing, _ = apply(["1.5", "2.5", "2", "0", "-0.1"], variable)
    assert values.tolist() == [1500.0, 2500.0, 2000.0, 0.0, -100.0]
    assert failing == {"out_of_range": [2, 5]}  # both ends belong to the range


def test_indonesian_decimal_marks() -> None:
    values, _, _ = apply(["1.250,5", "7"], {"type": "number"}, decimal=",", thousands=".")
    assert values.tolist() == [1250.5, 7.0]
    with pytest.raises(DataError, match=r"row 1 holds '1\.5'"):
        apply(["1.5"], {"type": "number"}, decimal=",")


def test_dates_become_iso_text() -> None:
    moments = pd.Series(pd.to_datetime(["2020-03-01", None]))
    assert apply(moments, {"type": "date"})[0].tolist() == ["2020-03-01", None]
    with pytest.raises(DataError, match=r"row 1 holds '31/03/2020', a date \(YYYY-MM-DD\) was expected"):
        apply(["31/03/2020"], {"type": "date"})


@pytest.mark.parametrize("value", ["twelve", "1,5", "12 kg", "inf", "nan", "NA", "1_000", "0x1"])
def test_what_is_not_a_number_is_named_with_file_column_row_count_and_remedy(value: str) -> None:
    with pytest.raises(DataError) as caught:
        apply(["1", value, "2", value, value], {"type": "number"})
    assert str(caught.value) == (
        f"sources.s: data/s.csv: column 'RAW' (variable 'v'): row 2 holds {value!r} and 2 other rows, a number (number)"
        " was expected; add the value to missing_codes in the codebook, or fix it in the file"
    )


def test_an_infinite_stored_number_is_not_a_number() -> None:
    with pytest.raises(DataError, match="row 2 holds 'inf'"):
        apply([1.0, np.inf], {"type": "number"})


def test_a_personal_value_is_masked_in_messages_and_findings() -> None:
    with pytest.raises(DataError, match=r"row 1 holds '\*\*\*'") as caught:
        apply(["357801xxx"], {"type": "number", "personal": True})
    assert "357801" not in str(caught.value)
    _, _, findings = apply(["5"], {"type": "number", "personal": True, "range": [0, 1]})
    assert findings[0].values is not None and findings[0].values.tolist() == ["***"]


def test_a_misspelt_column_is_answered_with_the_close_one_and_the_files_columns() -> None:
    book = {"variables": {"re74": {"column": "re_74"}}}
    with pytest.raises(DataError) as caught:
        locate_columns(["treat", "re74"], book, needed=[], where=WHERE)
    assert str(caught.value) == (
        "sources.s: data/s.csv has no column 're_74' (codebook variable 're74') (did you mean 're74'?);"
        " its columns are treat, re74; correct `column` in the codebook"
    )


def test_an_optional_column_may_be_absent_unless_the_study_uses_it() -> None:
    book = {"variables": {"a": {"column": "A"}, "b": {"column": "B", "required": False}}}
    assert locate_columns(["A"], book, needed=["a"], where=WHERE) == {"a": "A"}
    with pytest.raises(DataError, match="no column 'B'"):
        locate_columns(["A"], book, needed=["b"], where=WHERE)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_file_read_with_the_wrong_delimiter_is_recognised(mark: str) -> None:
    codebook = {"variables": {"age": {"column": "age"}}}
    with pytest.raises(DataError, match="looks separated by") as caught:
        locate_columns([f"id{mark}age"], codebook, needed=["age"], where="sources.survey: survey.csv")
    assert f"options: {{delimiter: {mark!r}}}" in str(caught.value)
