"""Files that are equal to the last byte, in whatever order the raw rows come."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dampak.clean.analysis_table import split_analysis_table
from dampak.clean.variables import StudyVariables
from dampak.provenance.tables import write_table
from tests.properties.chain import run
from tests.properties.menu import LEARNERS, menu
from tests.properties.strategies import COVARIATES, Sample, every_kind

OUTCOMES = ("food", "food_before", "school", "visits")
# Every order of greedy matching, and every kind of row that the robustness table has.
FURTHER = (
    "nearest_1_att",
    "nearest_1_atc_order_closest_ratio_2_std_error_score_counted",
    "nearest_1_att_order_data_distance_scaled_euclidean",
    "regression_att",
    "optimal_att",
    "full_att",
    "cem_att_bins_3",
)


def raw(sample: Sample) -> pd.DataFrame:
    """The rows as the clean stage stacks them, before it sorts them."""
    design = sample.design.rename(columns={"unit_id": "_unit_id", "treatment": "cash"})
    texts = {"area": design["area"].astype(object)}
    return design.assign(_source="survey", **texts, **{name: sample.outcomes[name].to_numpy() for name in OUTCOMES})


def files(stacked: pd.DataFrame, sample: Sample) -> dict[str, bytes]:
    """What the stages write from raw rows."""
    variables = StudyVariables(
        path="config/studies/cash.yaml",
        treatment="cash",
        covariates={name: name for name in COVARIATES},
        outcomes={name: name for name in OUTCOMES},
        exact=sample.exact,
        design={part: "survey_weight" if part == "weight" else part for part in sample.parts},
        unit_id="_unit_id",
        keep={},
    )
    settings: dict[str, Any] = {"treatment": {"treated": 1, "comparison": 0}}
    design, outcomes = split_analysis_table(stacked, settings, variables, {"survey": "data/survey.csv"})
    sorted_sample = Sample(design, outcomes, sample.parts, sample.exact, sample.tied)
    placebo = [{"outcome": "food_before", "without": ["income"], "before": None}]
    tables = run(sorted_sample, menu(sample))
    some = [m for m in menu(sample) if m["label"] in FURTHER]
    for name, table in run(sorted_sample, some, further=True, placebo_outcomes=placebo).items():
        tables[f"further_{name}"] = table
    tables["learned_effects"] = run(sorted_sample, LEARNERS[-1:], propensity=BOOSTED)["effects"]
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            write_table(table, Path(folder) / f"{name}.csv")
        return {path.name: path.read_bytes() for path in sorted(Path(folder).glob("*.csv"))}


BOOSTED = {"model": "gradient_boosting", "folds": 3}


@every_kind("survey", "simple", tied=True)
def test_the_order_of_raw_rows_does_not_show_in_any_file(sample: Sample) -> None:
    """Ties included: the clean stage sorts by unit id, and all that follows is decided by that order."""
    stacked = raw(sample)
    shuffled = stacked.iloc[np.random.default_rng(1).permutation(len(stacked))]
    one, two = files(stacked, sample), files(shuffled, sample)
    assert {"effects.csv", "weights.csv", "pairs.csv", "further_orders.csv", "further_robustness.csv"} <= set(one)
    assert [name for name in one if one[name] != two[name]] == [] and list(one) == list(two)
