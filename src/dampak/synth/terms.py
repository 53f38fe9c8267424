"""Names that the synthetic population uses throughout."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PROGRAMMES = (
    "pkh", "bpnt", "pip", "bst", "blt_desa", "pkh_plus", "kabupaten_aid", "aspd", "jatim_puspa", "kip_jawara",
)  # fmt: skip
"""Programmes, in the order of the columns of every assignment matrix."""

COMPONENTS = ("pregnancy", "early_childhood", "sd", "smp", "sma", "elderly", "severe_disability")
"""Components of PKH."""

LOG_OUTCOMES = ("food", "nonfood")
"""Outcomes on which effects act in log points: Rp per person per month of the household."""

HOUSEHOLD_EVENTS = ("food_insecure",)
"""Household outcomes with a probability."""

PERSON_EVENTS = ("attends_school", "outpatient", "assisted_delivery", "works")
"""Person outcomes with a probability."""

PROBABILITY_OUTCOMES = HOUSEHOLD_EVENTS + PERSON_EVENTS
"""Outcomes on which effects act on the probability."""

REGIONS = ("kota", "kabupaten_jawa", "madura")
"""Types of region, in the order of their codes."""

RELATIONS = ("head", "spouse", "child", "child_in_law", "grandchild", "parent", "other")
"""Relations to the head of the household."""

MARITAL = ("never", "married", "divorced", "widowed")
"""Marital status (Susenas R404, in its order)."""

SCHOOLING = ("none", "sd", "smp", "sma", "university")
"""Highest level finished."""

LEVELS = ("none", "sd", "smp", "sma")
"""Level that a person attends; none where he or she does not."""

PKH_STATUS = ("never", "active", "graduated_natural", "graduated_prosperous")
"""Status of a family in PKH."""


def named(codes: NDArray[Any], names: tuple[str, ...]) -> "pd.Categorical[Any]":
    """Give codes (n,) from 0 their names, in a column that keeps the order of the names."""
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int8), dtype=pd.CategoricalDtype(list(names)))
