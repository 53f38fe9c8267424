"""Who is listed twice is flagged with a reason and the row that stays; the order of the rows never matters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.ledger import Ledger
from dampak.clean.registers.drop_reasons import drop_reasons
from dampak.clean.registers.duplicates import FLAG_COLUMNS, findings, flag_double_aid, flag_duplicates
from dampak.errors import DataError
from tests.unit.clean.registers.conftest import NAMES

COLUMNS = ["programme", "nik", "kk", "name", "birth_date", "area", "stage"]


def register(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of (programme, nik, kk, name, birth date, area, stage), numbered from 1."""
    return pd.DataFrame(list(rows), columns=COLUMNS, index=np.arange(1, len(rows) + 1), dtype=object)


def flagged(flags: pd.DataFrame) -> list[tuple[object, ...]]:
    assert list(flags.columns) == FLAG_COLUMNS
    return [tuple(row) for row in flags.to_numpy().tolist()]


def test_each_rule_has_its_reason_and_its_kept_row() -> None:
    frame = register(
        ("PKH", "1", "k1", "ALI", "d1", "a", 1),
        ("PKH", "1", "k1", "ALI", "d1", None, 1),
        ("PKH", "1", "k2", "BUDI", None, None, 1),
        ("BST", "1", "k1", "ALI", "d1", "a", 1),
        ("PKH", "2", "k3", "SITI", "d2", "a", 1),
        ("PKH", None, "k3", "SRI", "d3", "a", 1),
        ("PKH", None, "k4", "SITI", "d2", "a", 1),
        ("PKH", None, "k5", "SITI", "d2", "b", 1),
        ("PKH", None, None, None, "d2", "a", 1),
    )
    assert flagged(flag_duplicates(frame, kk="kk")) == [
        (2, "duplicate_nik", "nik", 1),
        (3, "duplicate_nik_other_name", "nik", 1),
        (6, "duplicate_kk", "kk", 5),
        (7, "duplicate_person", "name + birth_date + area", 5),
    ]
    without_kk = flagged(flag_duplicates(frame))
    assert [row[0] for row in without_kk] == [2, 3, 7]
    assert [row[0] for row in flagged(flag_duplicates(frame, nik=None))] == [7]
    assert flagged(flag_duplicates(frame, nik=None, person=())) == []


def test_the_preferred_then_the_fullest_then_the_first_row_stays() -> None:
    rows = [("PKH", "1", None, "ALI", None, "a", 1), ("PKH", "1", "k", "ALI", "d", "a", 1),
            ("PKH", "1", "k", "ALI", "d", "a", 1), ("PKH", "1", None, None, None, None, 2)]  # fmt: skip
    frame = register(*rows)
    assert set(flag_duplicates(frame)["kept_row"]) == {2}
    assert set(flag_duplicates(frame, prefer=["stage"])["kept_row"]) == {4}


def test_a_kept_row_is_never_flagged_itself() -> None:
    frame = register(
        ("PKH", "1", None, "ALI", "d", None, 1),
        ("PKH", "1", None, "ALI", "d", "a", 1),
        ("PKH", "2", "k", "ALI", "d", "a", 1),
    )
    assert flagged(flag_duplicates(frame)) == [
        (1, "duplicate_nik", "nik", 3),
        (2, "duplicate_person", "name + birth_date + area", 3),
    ]


VALUES = st.sampled_from(["1", "2", "3", None])
ROWS = st.lists(st.tuples(st.sampled_from(["PKH", "BST", None]), *[VALUES] * 5, st.integers(1, 3)), max_size=12)


@given(rows=ROWS, shuffle=st.randoms(use_true_random=False), prefer=st.booleans())
def test_the_order_of_rows_and_columns_does_not_matter(rows: list[tuple[object, ...]], shuffle, prefer: bool) -> None:  # type: ignore[no-untyped-def]
    frame = register(*rows)
    order, columns = list(frame.index), list(frame.columns)
    shuffle.shuffle(order)
    shuffle.shuffle(columns)
    options = {"kk": "kk", "prefer": ["stage"] if prefer else []}
    straight = flag_duplicates(frame, **options)
    pd.testing.assert_frame_equal(flag_duplicates(frame.loc[order, columns], **options), straight)


@given(rows=ROWS)
def test_what_is_left_holds_no_duplicate_and_nothing_more_was_flagged(rows: list[tuple[object, ...]]) -> None:
    frame = register(*rows)
    flags = flag_duplicates(frame, kk="kk")
    left = frame.drop(index=flags["row"])
    for key in (["nik"], ["kk"], ["name", "birth_date", "area"]):
        complete = left.dropna(subset=["programme", *key])
        assert not complete.duplicated(["programme", *key]).any()
    assert not flags["row"].duplicated().any() and not flags["row"].isin(flags["kept_row"]).any()
    for row, reason, _, _ in flagged(flags):
        key = {"duplicate_kk": ["kk"], "duplicate_person": ["name", "birth_date", "area"]}.get(str(reason), ["nik"])
        others = frame.drop(index=row)
        assert (others[["programme", *key]] == frame.loc[row, ["programme", *key]]).all(axis=1).any()


def test_double_aid_is_flagged_in_the_programme_that_may_not_be_added() -> None:
    frame = register(
        ("ASPD", "1", None, None, None, None, 1), ("KAB", "1", None, None, None, None, 1),
        ("ASPD", "2", None, None, None, None, 1), ("PKH", "2", None, None, None, None, 1),
        ("KAB", None, None, None, None, None, 1), ("ASPD", None, None, None, None, None, 1),
        ("KAB2", "1", None, None, None, None, 1),
    )  # fmt: skip
    excludes = {"ASPD": ["KAB2", "KAB"]}
    expected = [(1, "double_aid", "nik", 2)]
    assert flagged(flag_double_aid(frame, excludes=excludes)) == expected
    assert flagged(flag_double_aid(frame[::-1], excludes=excludes)) == expected
    with pytest.raises(DataError, match="'ASPD' and 'KAB' exclude each other"):
        flag_double_aid(frame, excludes={"ASPD": ["KAB"], "KAB": ["ASPD"]})


def test_the_ledger_takes_the_flags_and_adds_up() -> None:
    frame = register(
        ("ASPD", "1", None, "ALI", "d", "a", 1), ("ASPD", "1", None, "ALI", "d", "a", 1),
        ("ASPD", "3", None, "SRI", "d", "a", 1), ("KAB", "3", None, "SRI", "d", "a", 1),
    )  # fmt: skip
    flags = pd.concat([flag_duplicates(frame), flag_double_aid(frame, excludes={"ASPD": ["KAB"]})])
    ledger = Ledger()
    keep = ledger.sift("registers", "deduplicate", frame.index.to_numpy(), findings(flags, frame.index))
    assert keep.tolist() == [True, False, False, True]
    assert ledger.rows_dropped() == {"duplicate_nik": 1, "double_aid": 1}
    assert (ledger.quarantine()["value"] == "").all()


def test_every_reason_has_an_official_term() -> None:
    reasons = drop_reasons(pd.read_csv(NAMES / "drop_reasons.csv", dtype=str))
    given_reasons = ["duplicate_nik", "duplicate_nik_other_name", "duplicate_kk", "duplicate_person"]
    assert (reasons.loc[given_reasons, "official"] == "Data Duplikasi").all()
    assert reasons.loc["double_aid", "official"] == "Dobel Bantuan (APBD Kabupaten/Kota)"


def test_a_missing_column_or_a_repeated_row_number_is_named() -> None:
    frame = register(("PKH", "1", None, "ALI", "d", "a", 1), ("PKH", "2", None, "ALI", "d", "b", 1))
    with pytest.raises(DataError, match="no column 'birth_date'"):
        flag_duplicates(frame.drop(columns="birth_date"))
    with pytest.raises(DataError, match="row numbers of the register repeat"):
        flag_duplicates(frame.set_axis([1, 1], axis=0))
    assert flag_duplicates(frame.iloc[:0]).empty
