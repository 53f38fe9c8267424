"""Planted effects: how much a set of programmes adds to an outcome of a household in its setting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.synth.sections import Effect, Effects
from dampak.synth.terms import PROGRAMMES, REGIONS

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Setting:
    """Where households live.

    Parameters
    ----------
    region : (n,) int
        Code of `REGIONS`.
    urban : (n,) bool
    """

    region: NDArray[np.int8]
    urban: BoolArray

    def matches(self, effect: Effect) -> BoolArray:
        """Households to whose setting an effect is limited, (n,) bool."""
        inside = np.ones(len(self.urban), dtype=bool)
        if effect.region is not None:
            inside &= self.region == REGIONS.index(effect.region)
        if effect.urban is not None:
            inside &= self.urban == effect.urban
        return inside


def added(effects: Effects, outcome: str, assignment: BoolArray, setting: Setting) -> FloatArray:
    """Sum the effects on one outcome.

    Parameters
    ----------
    effects : Effects
    outcome : str
        `food`, `nonfood` (log points), or a probability outcome.
    assignment : (n, p) bool
        Whether each household receives each of `PROGRAMMES`.
    setting : Setting

    Returns
    -------
    (n,) float
        0 where no programme with an effect is received.
    """
    total = np.zeros(len(assignment))
    for effect in effects.entries:
        if effect.outcome != outcome:
            continue
        receives = assignment[:, PROGRAMMES.index(effect.programme)] & setting.matches(effect)
        if effect.together_with is not None:
            receives = receives & assignment[:, PROGRAMMES.index(effect.together_with)]
        total[receives] += effect.value
    return total


def without(assignment: BoolArray, *programmes: str) -> BoolArray:
    """Return the assignment with some programmes withdrawn and all others as they are, (n, p) bool."""
    changed = assignment.copy()
    changed[:, [PROGRAMMES.index(name) for name in programmes]] = False
    return changed
