"""Planted effects on households and persons are found again, with errors that know of PSU and of households."""

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.multiplicity import anderson_q, holm
from dampak.estimate.programmes.areas import POOLED_FROM, RECIPIENTS
from dampak.estimate.programmes.effects import FEWEST
from dampak.estimate.shrinkage import partial_pooling
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES
from tests.unit.estimate.programmes.cases import FOOD, SCHOOL, Tables, estimated, planted, row, settings
from tests.unit.match.programmes.cases import method, receipts, received

METHODS = [
    method(method="difference_in_means"),
    method(method="regression"),
    method(method="nearest_1_caliper", caliper=0.2, effect="regression"),
    method(method="entropy_balancing", std_error="hc3"),
    method(method="ipw"),
]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return planted()


@pytest.fixture(scope="module")
def found(tables: Tables) -> Tables:
    return estimated(tables, settings(methods=METHODS, subgroups={"rural": "urban == 0"}))


def on_recipients(tables: Tables, *, rural: bool = False) -> float:
    homes = tables["households"]
    group = received(tables, "pkh") & ((homes["urban"] == 0) | (not rural)).to_numpy()
    return float(np.average(homes["true"][group], weights=homes["weight"][group]))


@pytest.mark.parametrize("name", ["regression", "nearest_1_caliper", "entropy_balancing", "ipw"])
def test_each_method_finds_the_effect_that_the_naive_difference_misses(
    tables: Tables, found: Tables, name: str
) -> None:
    for outcome, true in (("food", on_recipients(tables)), ("school", SCHOOL)):
        naive, result = row(found, outcome, "difference_in_means"), row(found, outcome, name)
        # Matching within a caliper leaves recipients out, whose effect may be another.
        slack = 0.05 if name == "nearest_1_caliper" else 0.0
        assert abs(result["estimate"] - true) < 3 * result["std_error"] + slack, outcome
        assert abs(naive["estimate"] - true) > 2 * naive["std_error"], outcome
        assert result["std_error"] < 0.15


def test_intervals_of_the_headline_cover_the_planted_effects() -> None:
    covered = []
    for seed in range(2, 18):
        made = planted(seed)
        result = estimated(made, settings())
        for outcome, true in (("food", on_recipients(made)), ("school", SCHOOL), ("land", 0.0)):
            values = row(result, outcome)
            covered.append(values["ci_low"] <= true <= values["ci_high"])
    assert len(covered) == 48
    # Of 48 intervals at 95%, fewer than 40 would be a chance of one in 1,000.
    assert sum(covered) >= 40


def test_errors_know_that_a_psu_errs_together(tables: Tables, found: Tables) -> None:
    design = {"weight": "weight", "strata": None, "psu": None, "lonely": "average"}
    apart = estimated(tables, settings(design=design))
    for outcome in ("food", "school"):
        assert row(found, outcome)["estimate"] == row(apart, outcome)["estimate"]
        assert row(found, outcome)["std_error"] != row(apart, outcome)["std_error"]
    # Persons of a household share their error and their treatment.
    assert row(found, "school")["std_error"] > 1.2 * row(apart, "school")["std_error"]
    # 72 PSU in 12 strata.
    assert row(found, "food")["df"] == 60
    assert np.isinf(row(apart, "food")["df"])


def test_counts_are_of_units_with_weight_and_subgroups_are_of_the_headline(tables: Tables, found: Tables) -> None:
    pkh = received(tables, "pkh")
    assert row(found, "food")[["n_treated", "n_comparison"]].tolist() == [pkh.sum(), (~pkh).sum()]
    weight = tables["households"]["weight"][pkh]
    assert row(found, "food")["ess_treated"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    rural = found["effects"].query("subgroup == 'rural'")
    assert sorted(zip(rural["outcome"], rural["method"], strict=True)) == [
        (outcome, "entropy_balancing") for outcome in ("food", "poor", "school")
    ]
    assert abs(row(found, "food", scope="rural")["estimate"] - on_recipients(tables, rural=True)) < 3 * 0.12
    assert found["effects"].columns.tolist() == EFFECT_KEYS + EFFECT_VALUES
    assert found["problems"].empty


def test_p_values_are_adjusted_over_the_outcomes_of_all_universes_and_a_placebo_has_none(found: Tables) -> None:
    whole = found["effects"].query("subgroup == 'all'")
    for name in ("entropy_balancing", "ipw"):
        mine = whole[whole["method"] == name].set_index("outcome")
        assert np.isnan(mine.loc["land", "p_adjusted"]) and mine.loc["land", "p_value"] > 0.01
        family = mine.drop(index="land")
        assert sorted(family.index) == ["food", "poor", "school"]
        assert family["p_adjusted"].to_numpy() == pytest.approx(holm(family["p_value"].to_numpy()))


def test_a_study_that_asks_for_q_values_gets_them(tables: Tables) -> None:
    family = estimated(tables, settings(multiplicity="anderson_q"))["effects"].query("outcome != 'land'")
    for _, rows in family.groupby(["subgroup", "method"]):
        p = rows["p_value"].to_numpy()
        assert rows["p_adjusted"].to_numpy() == pytest.approx(anderson_q(p))
        assert not np.allclose(anderson_q(p), holm(p))


def test_a_missing_outcome_is_left_out_of_its_own_estimate_only(tables: Tables, found: Tables) -> None:
    gone = tables["household_outcomes"].copy()
    gone.loc[::10, "food"] = np.nan
    part = estimated(tables, settings(), seen={**tables, "household_outcomes": gone})
    assert row(part, "poor").equals(row(found, "poor")[row(part, "poor").index])
    assert row(part, "food")["n_treated"] == received(tables, "pkh")[gone["food"].notna()].sum()
    assert row(part, "food")["df"] == 60
    assert abs(row(part, "food")["estimate"] - on_recipients(tables)) < 3 * row(part, "food")["std_error"]


@pytest.mark.parametrize("n", [0, FEWEST - 1])
def test_an_outcome_that_next_to_nobody_has_is_said_and_leaves_the_others(
    tables: Tables, found: Tables, n: int
) -> None:  # fmt: skip
    pkh = received(tables, "pkh")
    gone = tables["household_outcomes"].copy()
    gone.loc[np.flatnonzero(pkh)[n:], "food"] = np.nan
    part = estimated(tables, settings(linkage={"imputations": 2}), seen={**tables, "household_outcomes": gone})
    assert set(part["effects"]["outcome"]) == {"poor", "land", "school"}
    assert set(part["areas"]["outcome"]) == {"poor", "school"}
    assert row(part, "poor")["estimate"] == row(found, "poor")["estimate"]
    sentence = f"food: {n} treated and {(~pkh).sum()} comparison units have it, too few to compare"
    assert part["problems"].to_numpy().tolist() == [["pkh", "households", "all", "entropy_balancing", sentence]]


@pytest.mark.parametrize("n", [FEWEST, 19])
def test_an_outcome_that_few_have_is_estimated_with_its_counts(tables: Tables, n: int) -> None:
    gone = tables["household_outcomes"].copy()
    gone.loc[np.flatnonzero(received(tables, "pkh"))[n:], "food"] = np.nan
    part = estimated(tables, settings(methods=METHODS), seen={**tables, "household_outcomes": gone})
    for name in ("entropy_balancing", "ipw"):
        assert row(part, "food", name)["n_treated"] == n
        assert np.isfinite(row(part, "food", name)["estimate"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_area_finds_its_own_effect_and_pooling_draws_them_together(seed: int) -> None:
    made = planted(seed)
    areas = estimated(made, settings())["areas"].query("outcome == 'food'").set_index("area")
    true = pd.Series({str(code): effect for code, effect in FOOD.items()})
    assert areas.index.tolist() == true.index.tolist()
    assert ((areas["estimate"] - true).abs() < 4 * areas["std_error"]).all()
    assert np.corrcoef(areas["estimate"], true)[0, 1] > 0.5
    expected = partial_pooling(areas["estimate"].to_numpy(), areas["std_error"].to_numpy(), alpha=0.05)
    assert areas["pooled"].to_numpy() == pytest.approx(expected.estimates)
    assert areas["pooled_low"].to_numpy() == pytest.approx(expected.low)
    assert areas["pooled"].std() < areas["estimate"].std()
    pkh, kab = received(made, "pkh"), made["households"]["area_code"].astype(str)
    assert areas["n_treated"].tolist() == [int((pkh & (kab == code)).sum()) for code in areas.index]


def with_recipients_in(tables: Tables, counts: dict[int, int]) -> Tables:
    pkh = received(tables, "pkh")
    for code, n in counts.items():
        there = np.flatnonzero(pkh & (tables["households"]["area_code"] == code).to_numpy())
        pkh[there[n:]] = False
    return {**tables, "receipts": receipts(tables["households"], pkh=pkh.astype(float))}


def test_an_area_with_few_recipients_has_counts_and_no_estimate(tables: Tables) -> None:
    few = with_recipients_in(tables, {3502: RECIPIENTS - 1, 3503: RECIPIENTS})
    areas = estimated(few, settings())["areas"].query("outcome == 'food'").set_index("area")
    assert areas.loc["3502", "n_treated"] == RECIPIENTS - 1
    assert areas.loc["3502", ["estimate", "std_error", "pooled", "pooled_std_error"]].isna().all()
    assert areas.drop(index="3502")[["estimate", "std_error", "pooled", "pooled_std_error"]].notna().all(axis=None)


def test_fewer_areas_than_can_be_pooled_are_not(tables: Tables) -> None:
    few = with_recipients_in(tables, {3504: 5, 3505: 5, 3506: 5})
    areas = estimated(few, settings())["areas"].query("outcome == 'food'")
    assert areas["estimate"].notna().sum() == POOLED_FROM - 1
    assert areas["pooled"].isna().all()


def test_too_few_recipients_leave_no_effect_and_the_sentence_of_matching(tables: Tables) -> None:
    nobody = {**tables, "receipts": receipts(tables["households"], bpnt=np.ones(len(tables["households"])))}
    result = estimated(nobody, settings())
    assert result["effects"].empty and result["areas"].empty
    assert result["problems"]["universe"].tolist() == ["households", "children"]
    assert result["problems"]["problem"].str.startswith("no surveyed unit is linked to it").all()
