"""Every row of the ledger is within its tolerance, and docs/parity.md is what the ledger gives."""

from decimal import Decimal

import pytest

from .ledger import PAGE, ROWS, page
from .row import Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_ours_is_the_published_number(row: Row) -> None:
    assert not row.misses, "; ".join(row.misses)


def test_rows_have_names_of_their_own() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_the_page_is_what_the_ledger_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/parity.md differs from the ledger; run `uv run python -m tests.parity.ledger --write`"
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_no_number_of_the_page_hangs_on_the_rounding_of_a_processor(row: Row) -> None:
    """Shown digits stay the same if a number moves by 1e-11 of itself."""
    for (shown, _, _), value in zip(row.display, row.found, strict=False):
        digits = max(0, -int(Decimal(shown).as_tuple().exponent))
        assert {f"{value * (1 + move):.{digits}f}" for move in (-1e-11, 1e-11)} == {shown}
