"""The sample of a treatment and universe, as the core's estimators take it."""

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.programmes.samples import programme_sample
from dampak.match.programmes.analysis import analysis_of
from tests.unit.estimate.programmes.cases import planted, settings

NOTHING = pd.DataFrame(columns=["method", "unit_id", "weight", "stratum"])


@pytest.mark.parametrize(
    ("design", "together"),
    [
        ({"strata": "urban", "psu": "psu"}, ["urban", "psu"]),  # a number of a PSU may return in another stratum
        ({"strata": "urban", "psu": None}, ["household_id"]),
    ],
)
def test_what_was_drawn_together_is_left_out_together(design: dict[str, str | None], together: list[str]) -> None:
    tables, about = planted(1), settings()
    homes = tables["households"]
    homes["psu"] = homes["psu"] % 9
    about = {**about, "design": {**about["design"], **design}}
    of_children = analysis_of(
        "pkh", "children", households=homes, persons=tables["persons"], receipts=tables["receipts"], settings=about
    )
    made = programme_sample(
        of_children, households=homes, scores=pd.DataFrame(), weights=NOTHING, settings=about
    )  # fmt: skip
    expected = homes.iloc[of_children.household].groupby(together).ngroup().to_numpy()
    assert made.cluster is not None
    pairs = np.unique(np.column_stack([made.cluster, expected]), axis=0)
    assert len(pairs) == np.unique(expected).size == np.unique(made.cluster).size
