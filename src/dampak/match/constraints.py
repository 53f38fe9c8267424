"""Which pairs are admissible: calipers on the score and on covariates, and variables in which a pair must differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Constraints:
    """Limits on the two units of a pair, beside exact strata.

    Attributes
    ----------
    calipers : tuple of ((n,) float, float)
        Values and width: a pair differs by no more than the width, or, where it is negative, by more than -width.
    anti_exact : (n, a) int or None
        Codes; a pair differs in every column.
    """

    calipers: tuple[tuple[FloatArray, float], ...] = ()
    anti_exact: IntArray | None = None

    def admits(self, unit: int, others: IntArray) -> BoolArray:
        """Say for each of `others` whether it may be paired with `unit`."""
        allowed = np.ones(others.size, dtype=bool)
        for values, width in self.calipers:
            gap = np.abs(values[others] - values[unit])
            allowed &= (gap <= width) if width >= 0 else (gap > -width)
        if self.anti_exact is not None:
            allowed &= (self.anti_exact[others] != self.anti_exact[unit]).all(axis=1)
        return allowed

    def window(self) -> tuple[FloatArray, float] | None:
        """Return the values and width of the first caliper that pairs must lie within, if there is one."""
        return next(((values, width) for values, width in self.calipers if width >= 0), None)


def constraints(
    n: int,
    *,
    score: FloatArray | None,
    width: float | None,
    covariate_calipers: tuple[FloatArray, FloatArray] | None,
    anti_exact: IntArray | None,
) -> Constraints:
    """Collect the limits that a study sets.

    Parameters
    ----------
    n : int
        Number of units.
    score : (n,) float or None
    width : float or None
        Caliper in units of the score; negative to keep pairs apart.
    covariate_calipers : tuple of (n, m) float and (m,) float, or None
        Columns, and the caliper of each in its own units; negative to keep pairs apart.
    anti_exact : (n,) or (n, a) int, or None

    Returns
    -------
    Constraints

    Raises
    ------
    ConfigError
        When a caliper on the score is asked for without one, or columns and widths do not fit each other.
    """
    calipers: list[tuple[FloatArray, float]] = []
    if width is not None:
        if score is None:
            raise ConfigError("caliper: it is measured on the propensity score, and there is none; give `score`")
        calipers.append((score, float(width)))
    if covariate_calipers is not None:
        columns, widths = (np.asarray(part, dtype=np.float64) for part in covariate_calipers)
        if columns.ndim != 2 or columns.shape != (n, widths.size):
            raise ConfigError(
                f"covariate_calipers: {widths.size} widths for columns of shape {columns.shape}; give one width per "
                f"column and one row per unit ({n})"
            )
        calipers += [(columns[:, i], float(widths[i])) for i in range(widths.size)]
    codes = None
    if anti_exact is not None:
        codes = np.asarray(anti_exact, dtype=np.int64).reshape(n, -1)
    return Constraints(tuple(calipers), codes)
