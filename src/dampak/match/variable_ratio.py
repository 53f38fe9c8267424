"""How many matches each focal unit gets when their number may vary: more where the other group is plentiful."""

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def match_quotas(
    score: FloatArray, focal: IntArray, others: IntArray, *, ratio: float, min_ratio: int, max_ratio: int
) -> IntArray:
    """Share `ratio` matches per focal unit out between `min_ratio` and `max_ratio`, extremal but for one unit.

    Parameters
    ----------
    score : (n,) float
    focal, others : int arrays
        Positions of all focal units and of the other group, whether included or not.
    ratio : float
        Mean number of matches.
    min_ratio, max_ratio : int
        Fewest and most matches of one unit (alpha and beta of the paper).

    Returns
    -------
    (n,) int
        Quotas; 0 outside `focal`. The focal units that look most like their own group get the fewest.

    Raises
    ------
    ConfigError
        Unless 1 <= min_ratio <= ratio <= max_ratio and min_ratio < max_ratio.

    References
    ----------
    Ming, K. and Rosenbaum, P. (2000). Biometrics 56, 118-124, p. 119. MatchIt's numbers for ``min.controls = 1``; for
    larger ones MatchIt gives one unit fewer than that.
    """
    if not (1 <= min_ratio <= ratio <= max_ratio and min_ratio < max_ratio):
        raise ConfigError(
            f"min_ratio, ratio, max_ratio: {min_ratio}, {ratio:g}, {max_ratio} must rise from at least 1; "
            "leave min_ratio and max_ratio out for a fixed ratio"
        )
    # Everyone gets the fewest; what is left over makes as many as possible get the most, and one get the rest.
    over = round(ratio * focal.size) - min_ratio * focal.size
    most, rest = divmod(over, max_ratio - min_ratio)
    quotas = np.full(focal.size, min_ratio)
    quotas[focal.size - most :] = max_ratio
    if most < focal.size:
        quotas[focal.size - most - 1] += rest
    sign = -1.0 if score[focal].mean() > score[others].mean() else 1.0
    result = np.zeros(score.size, dtype=np.int64)
    result[focal[np.argsort(sign * score[focal], kind="stable")]] = quotas
    return result
