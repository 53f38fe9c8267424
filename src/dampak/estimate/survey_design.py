"""The design of a survey: who was drawn with whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Labels = NDArray[Any]


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """A stratified multistage sample, of which the first stage counts (ultimate clusters).

    Attributes
    ----------
    strata : (n,) labels or None
        None = one stratum.
    psu : (n,) labels or None
        Primary sampling units, read within strata; None = every unit is its own PSU.
    """

    strata: Labels | None = None
    psu: Labels | None = None
