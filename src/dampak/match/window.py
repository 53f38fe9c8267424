"""Units within reach of a focal unit: those inside the window of its first caliper, or all."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dampak.match.constraints import Constraints
from dampak.match.distance import FloatArray, IntArray

Free = Callable[[IntArray], NDArray[np.bool_]]


class Window:
    """A pool that is searched whole, or within a window of the first caliper."""

    def __init__(self, pool: IntArray, constraints: Constraints) -> None:
        self._window = constraints.window()
        self.used = 0
        self._units = pool
        if self._window is not None:
            values = self._window[0]
            self._units = pool[np.argsort(values[pool], kind="stable")]
            self._sorted = values[self._units]

    def reach(self) -> float:
        """Mean number of units that a search has to look at, as seen from the pool itself."""
        if self._window is None:
            return float(self._units.size)
        low, high = self._bounds(self._sorted)
        return float((high - low).mean()) if self._units.size else 0.0

    def around(self, unit: int, free: Free | None = None) -> IntArray:
        """Return the units within the window of a focal unit, or all; those that are not free may be left out."""
        if free is not None and self.used > max(64, self._units.size // 4):
            self._units = self._units[free(self._units)]
            if self._window is not None:
                self._sorted = self._window[0][self._units]
            self.used = 0
        if self._window is None:
            return self._units
        low, high = self._bounds(self._window[0][[unit]])
        return self._units[low[0] : high[0]]

    def _bounds(self, values: FloatArray) -> tuple[IntArray, IntArray]:
        """Where windows start and stop, a rounding error wider than the caliper; the exact test follows."""
        assert self._window is not None
        width = abs(self._window[1]) + 1e-12 * (abs(self._window[1]) + np.abs(values))
        low = np.searchsorted(self._sorted, values - width, side="left")
        return low, np.searchsorted(self._sorted, values + width, side="right")
