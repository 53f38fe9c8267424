from pathlib import Path

import pytest

from dampak.clean.registers.name_rules import NameRules, read_name_rules

NAMES = Path(__file__).parents[4] / "config" / "names"


@pytest.fixture(scope="session")
def rules() -> NameRules:
    """The rules that the project ships."""
    return read_name_rules(NAMES, label="config/names")
