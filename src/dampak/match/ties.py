"""Which of several equally near units is taken."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dampak.match.distance import FloatArray, IntArray

Preference = Literal["first_in_data", "first_met", "last_met"]


@dataclass(frozen=True, eq=False)
class TieRule:
    """Choice among equally near units.

    Attributes
    ----------
    preference : {"first_in_data", "first_met", "last_met"}
        `first_in_data`: the lowest position. The others as MatchIt: its search steps outwards from the focal unit
        along the units sorted by one variable, left and right in turn, left first; of equally near units it keeps
        the first that it meets on a score, and the last on covariates.
    rank : (n,) int or None
        Place of each unit in that order.
    """

    preference: Preference
    rank: IntArray | None = None

    def choose(self, unit: int, tied: IntArray) -> int:
        """Return the one of `tied` that `unit` takes."""
        if tied.size == 1:
            return int(tied[0])
        if self.rank is None or self.preference == "first_in_data":
            return int(tied.min())
        step = self.rank[tied] - self.rank[unit]
        # 2 |step|, and 1 more to the right: the order in which the search meets them.
        met = 2 * np.abs(step) + (step > 0)
        return int(tied[np.argmin(met) if self.preference == "first_met" else np.argmax(met)])


def search_ranks(variable: FloatArray, stratum: IntArray | None = None) -> IntArray:
    """Rank all units by a variable, then by position; within strata if they are given.

    Parameters
    ----------
    variable : (n,) float
    stratum : (n,) int or None

    Returns
    -------
    (n,) int
    """
    order = np.argsort(variable, kind="stable") if stratum is None else np.lexsort((variable, stratum))
    rank = np.empty(variable.size, dtype=np.int64)
    rank[order] = np.arange(variable.size)
    return rank
