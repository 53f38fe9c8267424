"""Lonely PSUs are refused by default, and not where a stratum was taken whole; errors by rule are in the ledger."""

import pytest

from dampak.errors import DataError

from .rows_survey import lonely, whole_district


def test_lonely_psus_are_refused_by_default() -> None:
    with pytest.raises(DataError, match="stratum '413' has a single primary sampling unit"):
        lonely("refuse")


@pytest.mark.parametrize("rule", ["refuse", "certainty", "adjust", "average"])
def test_a_stratum_taken_whole_is_not_lonely(rule: str) -> None:
    assert lonely(rule, population=whole_district()).std_error == pytest.approx(5.7344, rel=1e-5)
