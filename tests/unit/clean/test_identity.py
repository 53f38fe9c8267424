"""Ids follow content, not place; and an id of the data names one row."""

import pandas as pd
import pytest

from dampak.clean.identity import content_ids, duplicate_rows, require_unique
from dampak.errors import DataError

TEXTS = pd.DataFrame(
    {"age": ["20", "20", "20", "31"], "sex": ["1", "1", None, "2"], "pay": ["5", "7", "5", "5"]}, dtype=object
)
BEFORE = ["age", "sex"]


def test_ids_are_sixteen_hexadecimal_digits_and_keep_equal_rows_apart() -> None:
    ids = content_ids(pd.concat([TEXTS, TEXTS]).reset_index(drop=True), source="s", before=BEFORE)
    assert ids.is_unique
    assert ids.str.fullmatch("[0-9a-f]{16}").all()


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    straight = content_ids(TEXTS, source="s", before=BEFORE)
    moved = content_ids(TEXTS.iloc[[2, 1, 3, 0]][["sex", "pay", "age"]], source="s", before=BEFORE[::-1])
    pd.testing.assert_series_equal(moved.sort_index(), straight)


def test_a_corrected_outcome_changes_no_id() -> None:
    corrected = TEXTS.assign(pay=["50", "70", "50", "9"])
    pd.testing.assert_series_equal(
        content_ids(corrected, source="s", before=BEFORE), content_ids(TEXTS, source="s", before=BEFORE)
    )


def test_a_changed_covariate_or_another_source_changes_the_id() -> None:
    ids = content_ids(TEXTS, source="s", before=BEFORE)
    changed = content_ids(TEXTS.assign(age=["20", "20", "20", "32"]), source="s", before=BEFORE)
    assert (ids != changed).tolist() == [False, False, False, True]
    assert not set(ids) & set(content_ids(TEXTS, source="t", before=BEFORE))


def test_a_repeated_row_is_found_and_the_first_is_kept() -> None:
    finding = duplicate_rows(pd.DataFrame({"id": ["1", "1", "1"], "x": ["a", "a", None]}, dtype=object))
    assert finding.reason == "duplicate_row"
    assert finding.failing.tolist() == [False, True, False]


def test_ids_that_clash_are_named_with_their_rows() -> None:
    ids = pd.Series(["1", "2", "1", "2", "3"], index=[1, 2, 3, 4, 5])
    with pytest.raises(DataError) as caught:
        require_unique(ids, ["s"] * 5, variable="hh", labels={"s": "data/s.csv"})
    assert str(caught.value) == (
        "unit_id 'hh' must name one row each, but different rows share '1' (data/s.csv row 1, data/s.csv row 3);"
        " '2' (data/s.csv row 2, data/s.csv row 4); correct the ids, select one row of each with `keep`,"
        " or use `unit_id: content`"
    )
    many = pd.Series(["a", "b", "c", "d", "e"] * 2)
    with pytest.raises(DataError, match=r"'c' \(.*\) and 2 more;"):
        require_unique(many, ["s"] * 10, variable="hh", labels={"s": "data/s.csv"})
