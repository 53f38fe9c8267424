from dataclasses import dataclass

import pandas as pd
import pytest

from dampak.match.linkage import Links, LinkSettings, link_registers

from .dirty import study

SETTINGS = LinkSettings(random_pairs=100_000)


@dataclass(frozen=True)
class Linked:
    roster: pd.DataFrame
    register: pd.DataFrame
    truth: pd.DataFrame
    links: Links

    @property
    def judged(self) -> pd.DataFrame:
        """Candidates with whether they are true."""
        table = self.links.links.merge(self.truth, on=["register", "row"], suffixes=("", "_true"))
        return table.assign(true=table["household_id"] == table["household_id_true"])


def linked(**options: float) -> Linked:
    roster, register, truth = study(**options)  # type: ignore[arg-type]
    return Linked(roster, register, truth, link_registers(roster, register, settings=SETTINGS, seed=1))


@pytest.fixture(scope="session")
def usual() -> Linked:
    return linked(households=9000, areas=3)


@pytest.fixture(scope="session")
def filthy() -> Linked:
    return linked(households=9000, areas=2, dirt=4.0, seed=3)
