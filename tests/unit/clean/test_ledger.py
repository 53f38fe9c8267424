"""The ledger adds up, and the quarantine holds each dropped row once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.ledger import LEDGER_COLUMNS, QUARANTINE_COLUMNS, Finding, Ledger

REASONS = ["out_of_range", "invalid_code", "missing_treatment"]


@given(data=st.data(), rows=st.integers(0, 25), stages=st.integers(1, 4))
def test_every_line_adds_up_and_every_row_has_one_fate(data: st.DataObject, rows: int, stages: int) -> None:
    ledger, alive = Ledger(), np.arange(1, rows + 1)
    for stage in range(stages):
        masks = data.draw(
            st.lists(
                st.tuples(st.sampled_from(REASONS), st.lists(st.booleans(), min_size=len(alive), max_size=len(alive))),
                max_size=5,
            )
        )
        findings = [Finding(reason, np.array(mask, dtype=np.bool_)) for reason, mask in masks]
        alive = alive[ledger.sift("s", f"stage{stage}", alive, findings)]
    table, quarantine = ledger.table(), ledger.quarantine()
    assert list(table.columns) == LEDGER_COLUMNS and list(quarantine.columns) == QUARANTINE_COLUMNS
    assert (table["rows_kept"] + table["rows_dropped"] == table["rows_in"]).all()
    assert table["rows_in"].tolist() == [rows, *table["rows_kept"].tolist()[:-1]]
    assert table["stage"].nunique() == stages
    assert not table.duplicated(["source", "stage", "reason"]).any()
    assert sorted([*alive.tolist(), *quarantine["row"].tolist()]) == list(range(1, rows + 1))
    counted = quarantine.groupby(["stage", "reason"]).size()
    for line in table.loc[table["rows_dropped"] > 0].itertuples():
        assert counted[(line.stage, line.reason)] == line.rows_dropped


def test_a_row_with_two_faults_is_counted_under_the_first() -> None:
    ledger = Ledger()
    both = np.array([True, False])
    ledger.sift("s", "validate", np.array([1, 2]), [Finding("a", both, "A"), Finding("b", both, "B")])
    assert ledger.quarantine()[["row", "reason", "column"]].to_numpy().tolist() == [[1, "a", "A"]]
    assert ledger.rows_dropped() == {"a": 1}
