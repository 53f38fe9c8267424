"""What a study found is held against the truth of the same recipients, areas and rows."""

import math

import numpy as np
import pandas as pd
import pytest

from dampak.synth.recovery import KEYS, RECOVERY_COLUMNS, recovery_tables

SETTINGS = {"headline": "eb", "linkage": {"imputations": 5}, "registers": ["pkh", "bpnt", "empty"],
            "subgroups": {"urban": "urban == 1"}}  # fmt: skip


def effect(treatment: str, outcome: str, method: str, estimate: float, low: float, high: float, scope: str = "all"):
    return {
        "treatment": treatment, "comparison": "none", "outcome": outcome, "subgroup": scope, "estimand": "att",
        "method": method, "estimate": estimate, "std_error": (high - low) / 4, "ci_low": low, "ci_high": high,
    }  # fmt: skip


EFFECTS = [
    # Recipients are poorer: the naive sign is wrong, the estimate's is right and its interval holds 0.10.
    effect("pkh", "log_consumption", "difference_in_means", -0.30, -0.32, -0.28),
    effect("pkh", "log_consumption", "eb", 0.08, 0.06, 0.09),
    effect("pkh", "log_consumption", "eb_imputed", 0.09, 0.07, 0.11),
    effect("pkh", "log_consumption", "ipw", 5.0, 4.9, 5.1),
    # In a subgroup the plain headline stands, and its interval ends at the truth, which it holds.
    effect("pkh", "log_consumption", "difference_in_means", 0.05, 0.04, 0.06, scope="rural"),
    effect("pkh", "log_consumption", "eb", 0.06, 0.02, 0.10, scope="rural"),
    # The estimate has the wrong sign as well: nothing was turned, and the truth lies outside.
    effect("bpnt", "poor", "difference_in_means", 0.20, 0.19, 0.21),
    effect("bpnt", "poor", "eb", 0.01, -0.01, 0.03),
    # Of a placebo outcome no truth is told.
    effect("bpnt", "land", "eb", 0.01, -0.01, 0.03),
]
TRUTH = [
    ("survey", "all", "pkh", "log_consumption", "all", 0.10),
    ("survey", "3501", "pkh", "log_consumption", "all", 0.50),
    ("population", "all", "pkh", "log_consumption", "all", 0.70),
    ("survey", "all", "pkh", "log_consumption", "rural", 0.10),
    ("survey", "all", "bpnt", "poor", "all", -0.05),
    ("survey", "all", "bpnt", "computer", "all", 0.02),
]


@pytest.fixture(scope="module")
def found() -> dict[str, pd.DataFrame]:
    links = [
        ("pkh", 1, 11, True), ("pkh", 1, 12, False), ("pkh", 2, 12, True), ("pkh", 3, 13, False),
        ("bpnt", 1, 11, True), ("bpnt", 2, 14, True),
    ]  # fmt: skip
    # Row 2 of pkh is of another household, row 4 of one that was missed; row 2 of bpnt is nobody.
    rows = [
        ("pkh", 1, 11, 1), ("pkh", 2, 15, 1), ("pkh", 3, 16, 0), ("pkh", 4, 17, 1),
        ("bpnt", 1, 11, 1), ("bpnt", 2, -1, 0),
    ]  # fmt: skip
    poverty = [
        ("none", "3502", "p0", 0.30, 0.02), ("none", "3501", "p0", 0.10, 0.01), ("none", "all", "p0", 0.2, 0.01),
        ("none", "3501", "p1", 0.03, 0.01), ("pkh", "3501", "p0", 0.12, 0.01),
    ]  # fmt: skip
    return recovery_tables(
        {
            "effects": pd.DataFrame(EFFECTS),
            "true_effects": pd.DataFrame(TRUTH, columns=["scope", "area", *KEYS, "att"]),
            "poverty": pd.DataFrame(poverty, columns=["treatment", "area", "measure", "value", "std_error"]),
            "areas": pd.DataFrame({"kab_code": [3501.0, 3502.0], "p0_published": [11.5, 28.0]}),
            "households": pd.DataFrame(
                {
                    "household_id": [11, 12, 13, 14, 15, 17],
                    "kab_code": [3501, 3501, 3501, 3502, 3502, 3502],
                    "urban": [1.0, 0.0, 0.0, 1.0, 0.0, np.nan],
                }
            ),
            "links": pd.DataFrame(links, columns=["register", "row", "household_id", "accepted"]),
            "true_links": pd.DataFrame(rows, columns=["register", "row", "household_id", "surveyed"]),
        },
        SETTINGS,
    )


def test_the_headline_is_held_against_the_effect_on_the_surveyed_recipients(found: dict[str, pd.DataFrame]) -> None:
    table = found["recovery"]
    assert list(table.columns) == RECOVERY_COLUMNS
    by_key = table.set_index(KEYS)
    assert by_key.index.tolist() == [
        ("bpnt", "poor", "all"), ("pkh", "log_consumption", "all"), ("pkh", "log_consumption", "rural")
    ]  # fmt: skip
    assert by_key["true"].tolist() == [-0.05, 0.10, 0.10]
    assert by_key["naive"].tolist() == [0.20, -0.30, 0.05]
    assert by_key["method"].tolist() == ["eb", "eb_imputed", "eb"]
    assert by_key["estimate"].tolist() == [0.01, 0.09, 0.06]


def test_coverage_and_turned_signs_are_counted(found: dict[str, pd.DataFrame]) -> None:
    by_key = found["recovery"].set_index(KEYS)
    assert by_key["covered"].tolist() == [0, 1, 1]
    assert by_key["sign_change"].tolist() == [0, 1, 0]


def test_poverty_of_areas_stands_beside_the_published_in_per_cent(found: dict[str, pd.DataFrame]) -> None:
    table = found["calibration"]
    assert table["area"].tolist() == ["3501", "3502", "all"]
    assert table["p0"].tolist() == pytest.approx([10, 30, 20])
    assert table["std_error"].tolist() == pytest.approx([1, 2, 1])
    assert table["difference"].tolist()[:2] == pytest.approx([-1.5, 2.0])
    assert math.isnan(table["difference"].iloc[2])


def test_links_are_right_where_row_and_household_are(found: dict[str, pd.DataFrame]) -> None:
    table = found["linkage_truth"].set_index("register")
    counts = table[["n_true", "n_linked", "n_right"]].T.to_dict("list")
    assert counts == {"pkh": [3, 2, 1], "bpnt": [1, 2, 1], "empty": [0, 0, 0], "all": [4, 4, 2]}
    assert table["precision"].tolist()[:2] == [0.5, 0.5]
    assert table["recall"].tolist()[:2] == pytest.approx([1 / 3, 1.0])
    assert table.loc["empty", ["precision", "recall"]].isna().all()


def test_links_of_a_group_are_those_to_its_households(found: dict[str, pd.DataFrame]) -> None:
    table = found["linkage_truth_groups"].set_index(["register", "group", "value"])
    counts = {key: row[["n_true", "n_linked", "n_right"]].tolist() for key, row in table.iterrows()}
    # Row 2 of pkh is linked to a household of 3501, and is of one of 3502.
    assert counts["pkh", "kab_code", "3501"] == [1, 2, 1] and counts["pkh", "kab_code", "3502"] == [2, 0, 0]
    assert counts["pkh", "urban", "True"] == [1, 1, 1] and counts["pkh", "urban", "False"] == [2, 1, 0]
    whole = found["linkage_truth"].set_index("register")
    for group in ("kab_code", "urban"):
        sums = table.xs(group, level="group")[["n_true", "n_linked", "n_right"]].groupby("register").sum()
        assert (sums == whole.loc[sums.index, sums.columns]).all(axis=None)
