"""Poverty with and without a programme: by hand, by invariance, and against resampled surveys."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dampak.errors import DataError
from dampak.estimate.poverty.counterfactual import effect_measures, present_poverty, transfer_measures
from dampak.estimate.poverty.domains import Measured
from dampak.estimate.poverty.stage import POVERTY_COLUMNS, poverty_stage
from dampak.estimate.poverty.welfare import Welfare, read_welfare
from tests.unit.estimate.poverty.cases import Tables, at_random, by_hand, effects, receipts, settings
from tests.unit.estimate.poverty.resampling import bootstrap_errors

Rows = pd.Series


def _values(tables: Tables, *programmes: str, column: str = "value", **design: object) -> Rows:
    table = poverty_stage(tables, settings(*programmes, **design))["poverty"]
    assert list(table.columns) == POVERTY_COLUMNS
    return table.set_index(POVERTY_COLUMNS[:3])[column]


def test_poverty_by_hand() -> None:
    """100 persons: 20 at 50, 10 at 80, 10 at 90 below the line of 100."""
    v = _values(by_hand(), "aid")
    assert v["none", "all", "p0"] == pytest.approx(0.4)
    assert v["none", "all", "p1"] == pytest.approx((20 * 0.5 + 10 * 0.2 + 10 * 0.1) / 100)
    assert v["none", "all", "p2"] == pytest.approx((20 * 0.25 + 10 * 0.04 + 10 * 0.01) / 100)
    assert v["none", "3501", "p0"] == pytest.approx(1.0)
    assert v["none", "3502", "p0"] == pytest.approx(10 / 70)
    assert v["none", "all", "gap_rupiah_per_year"] == pytest.approx(12 * (20 * 50 + 10 * 20 + 10 * 10))


def test_who_consumes_exactly_the_line_is_not_poor() -> None:
    tables = by_hand()
    tables["outcomes"]["line"] = 90
    assert _values(tables, "aid")["none", "all", "p0"] == pytest.approx(0.3)


def test_poverty_without_the_transfer_by_hand() -> None:
    """Without 30 a month ten persons fall from 80 to 50; without 40, forty persons from 120 to 80, below the line."""
    v = _values(by_hand(), "aid").xs("aid")
    assert v["all", "p0_without_transfer"] == pytest.approx(0.8)
    assert v["all", "p0_change_transfer"] == pytest.approx(-0.4)
    p1 = (20 * 0.5 + 10 * 0.5 + 10 * 0.1 + 40 * 0.2) / 100
    assert v["all", "p1_without_transfer"] == pytest.approx(p1)
    assert v["all", "p1_change_transfer"] == pytest.approx(0.13 - p1)
    assert v["all", "p2_without_transfer"] == pytest.approx((20 * 0.25 + 10 * 0.25 + 10 * 0.01 + 40 * 0.04) / 100)
    assert v["all", "persons_lifted"] == pytest.approx(40)
    assert v["3501", "persons_lifted"] == 0
    assert (v["3501", "share_of_change"], v["3502", "share_of_change"]) == (0, pytest.approx(1))
    assert ("all", "share_of_change") not in v.index
    assert v["all", "gap_rupiah_per_year_without_transfer"] == pytest.approx(12 * (1000 + 500 + 100 + 800))
    assert v["all", "transfer_rupiah_per_year"] == pytest.approx(12 * (10 * 30 + 40 * 40))
    assert v["all", "gap_reduction_per_rupiah"] == pytest.approx((2400 - 1300) / 1900)
    assert v["3501", "gap_reduction_per_rupiah"] == pytest.approx(1.0)


def test_poverty_without_the_effect_by_hand_prefers_the_effect_that_carries_linkage() -> None:
    """Recipients' 120 becomes 120 / 1.5 = 80 and 80 becomes 53.3."""
    tables = by_hand() | {"effects": effects(("aid", "aipw", 9.0, 1.0), ("aid", "aipw_imputed", math.log(1.5), 0.0))}
    v = _values(tables, "aid").xs("aid")
    assert v["all", "p0_without_effect"] == pytest.approx(0.8)
    assert v["all", "p0_change_effect"] == pytest.approx(-0.4)
    assert v["all", "p1_without_effect"] == pytest.approx((20 * 0.5 + 10 * (1 - 0.8 / 1.5) + 10 * 0.1 + 40 * 0.2) / 100)
    assert v["all", "p1_change_effect"] == pytest.approx(0.13 - v["all", "p1_without_effect"])
    assert v["all", "persons_lifted_effect"] == pytest.approx(40)
    assert (v["3501", "share_of_change_effect"], v["3502", "share_of_change_effect"]) == (0, pytest.approx(1))
    assert ("all", "share_of_change_effect") not in v.index


def test_without_an_effect_row_the_effect_measures_are_missing_and_the_others_are_not() -> None:
    v = _values(by_hand(), "aid").xs("aid")
    by_effect = v.index.get_level_values("measure").str.endswith("effect")
    assert v[by_effect].isna().all()
    assert v[~by_effect].notna().all()


def test_a_programme_that_nobody_receives_is_missing_and_leaves_the_others_alone() -> None:
    both, alone = _values(by_hand(), "aid", "nobody"), _values(by_hand(), "aid")
    assert both["nobody"].isna().all()
    pd.testing.assert_series_equal(both.drop("nobody"), alone)


def test_a_transfer_of_a_rupiah_and_an_effect_of_nothing_change_nothing() -> None:
    tables = at_random(1)
    tables["receipts"] = tables["receipts"].assign(amount=1.0)
    tables["effects"] = tables["effects"].assign(estimate=0.0)
    v = _values(tables, "aid", strata="stratum").xs("aid")
    changes = v[v.index.get_level_values("measure").str.contains("p._change_")]
    assert len(changes) == 18
    assert changes.to_numpy() == pytest.approx(0, abs=1e-6)
    assert (v.xs("persons_lifted_effect", level="measure") == 0).all()
    assert v.xs("share_of_change_effect", level="measure").isna().all()


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_a_register_without_rupiah_has_no_transfer_to_take_away(nothing: float) -> None:
    """Its effect, by contrast, can be undone; and other programmes are as they were."""
    tables = at_random(1)
    before = _values(tables, "aid", "gift", strata="stratum")
    gift = tables["receipts"]["programme"] == "gift"
    tables["receipts"]["amount"] = tables["receipts"]["amount"].mask(gift, nothing)
    v = _values(tables, "aid", "gift", strata="stratum")
    by_effect = v["gift"].index.get_level_values("measure").str.endswith("effect")
    assert v["gift"][~by_effect].isna().all()
    pd.testing.assert_series_equal(v["gift"][by_effect], before["gift"][by_effect])
    pd.testing.assert_series_equal(v.drop("gift"), before.drop("gift"))


def test_an_area_without_surveyed_recipients_keeps_its_rows_and_does_not_know_changes() -> None:
    """All recipients live in 3501: changes of 3502 are unknown, its levels are, and 3501 has the whole change."""
    tables = at_random(2)
    in_3501 = tables["households"].set_index("household_id")["area_code"] == 3501
    tables["receipts"] = tables["receipts"][tables["receipts"]["household_id"].map(in_3501)]
    value, error = (_values(tables, "aid", column=column, strata="stratum")["aid"] for column in ("value", "std_error"))
    changes = {
        *(f"p{a}_change_{way}" for a in range(3) for way in ("transfer", "effect")),
        *("persons_lifted", "persons_lifted_effect", "share_of_change", "share_of_change_effect"),
        "gap_reduction_per_rupiah",
    }
    assert set(value["3502"][value["3502"].isna()].index) == changes
    assert error["3502"][list(changes)].isna().all()
    assert value["3502"].index.tolist() == value["3501"].index.tolist()
    assert value["3501"].notna().all()
    assert value["3501"][["share_of_change", "share_of_change_effect"]].tolist() == pytest.approx([1, 1])


def test_a_household_without_consumption_or_line_is_left_out_and_counted() -> None:
    """Without households 3 (no line) and 4 (no consumption) 50 of 100 persons remain: 20 at 50, 10 at 80, 20 at 200."""
    tables = by_hand()
    tables["outcomes"] = tables["outcomes"].assign(
        consumption=[50, 80, 90, np.nan, 200], line=[100, 100, np.nan, 100, 100]
    )
    v = _values(tables, "aid")
    assert v["none", "all", "share_left_out"] == pytest.approx(0.5)
    assert v["none", "3502", "share_left_out"] == pytest.approx(50 / 70)
    assert v["none", "3501", "share_left_out"] == 0
    assert v["none", "all", "p0"] == pytest.approx(30 / 50)
    assert v["none", "3502", "p0"] == 0
    assert v["aid", "all", "p1_without_transfer"] == pytest.approx((20 * 0.5 + 10 * 0.5) / 50)
    assert v["aid", "all", "transfer_rupiah_per_year"] == pytest.approx(12 * 300)
    assert np.isnan(v["aid", "3502", "persons_lifted"])
    assert _values(by_hand(), "aid")["none", "all", "share_left_out"] == 0


def test_an_area_of_which_all_are_left_out_is_missing() -> None:
    tables = by_hand()
    tables["outcomes"] = tables["outcomes"].assign(consumption=[np.nan, np.nan, 90, 120, 200])
    v = _values(tables, "aid").xs("3501", level="area")
    assert v.drop(("none", "share_left_out")).isna().all()
    assert v["none", "share_left_out"] == 1


@pytest.mark.parametrize("measure", ["share_of_change", "share_of_change_effect"])
def test_shares_of_areas_sum_to_one_and_have_errors_that_agree(measure: str) -> None:
    """With two areas the one's share is 1 less the other's, so both have one error."""
    value = _values(at_random(2), "aid", strata="stratum").xs("aid").xs(measure, level="measure")
    error = _values(at_random(2), "aid", column="std_error", strata="stratum").xs("aid")
    assert value.sum() == pytest.approx(1)
    assert value.between(0.01, 0.99).all()
    assert error["3501", measure] == pytest.approx(error["3502", measure])


def test_a_harmful_effect_lifts_fewer_than_nobody() -> None:
    tables = by_hand() | {"effects": effects(("aid", "aipw", -math.log(1.5), 0.1))}
    v = _values(tables, "aid").xs("aid")
    assert v["all", "persons_lifted_effect"] == pytest.approx(-10)  # 80 x 1.5 is above the line
    assert v["all", "p0_change_effect"] == pytest.approx(0.1)
    assert v["3501", "share_of_change_effect"] == pytest.approx(1)


def test_poverty_does_not_depend_on_the_rupiah_or_the_order_of_rows_and_persons_scale_with_weights() -> None:
    tables, mixed = at_random(3), at_random(3)
    order = np.random.default_rng(9).permutation(len(mixed["households"]))
    mixed["households"] = mixed["households"].iloc[order].reset_index(drop=True)
    mixed["outcomes"] = mixed["outcomes"].iloc[order].reset_index(drop=True)
    mixed["households"]["weight"] *= 3
    mixed["outcomes"][["consumption", "line"]] *= 7.0
    mixed["receipts"]["amount"] *= 7.0
    for column in ("value", "std_error"):
        first, second = (_values(t, "aid", "gift", column=column, strata="stratum") for t in (tables, mixed))
        measure = first.index.get_level_values("measure")
        lifted = measure.str.startswith("persons_lifted")
        factor = np.where(measure.str.contains("rupiah_per_year"), 21.0, np.where(lifted, 3.0, 1))
        np.testing.assert_allclose(second, first * factor, rtol=1e-7, atol=1e-12)


def test_errors_are_those_of_a_bootstrap_of_psus() -> None:
    welfare = read_welfare(at_random(4), settings("aid", "gift", strata="stratum"))

    def measured(w: Welfare) -> dict[str, Measured]:
        return present_poverty(w) | transfer_measures(w, 0) | effect_measures(w, 0, estimate=0.1, std_error=0.0)

    found, resampled = measured(welfare), bootstrap_errors(welfare, measured, draws=300, seed=5)
    assert found["share_left_out"].value.tolist() == [0, 0, 0]
    smooth = [name for name in found if not name.startswith("share_")]
    ratio = np.array([found[name].std_error / resampled[name] for name in smooth])
    assert np.all((ratio > 0.8) & (ratio < 1.25)), dict(zip(smooth, ratio.round(2).tolist(), strict=True))
    for name in ("share_of_change", "share_of_change_effect"):
        share = found[name].std_error[1:] / resampled[name][1:]
        assert np.all((share > 0.75) & (share < 1.3)), name


def test_the_error_of_the_effect_adds_to_that_of_the_sample() -> None:
    """For P1 the derivative is that of persons x (consumption / line) over the poor recipients."""
    welfare = read_welfare(at_random(6), settings("aid", strata="stratum"))
    exact = effect_measures(welfare, 0, estimate=0.1, std_error=0.0)["p1_change_effect"]
    found = effect_measures(welfare, 0, estimate=0.1, std_error=1e-3)["p1_change_effect"]
    x0 = welfare.consumption * np.exp(-0.1) / welfare.line
    slope = np.sum(welfare.persons * welfare.received[:, 0] * (x0 < 1) * x0) / np.sum(welfare.persons)
    added = found.std_error[0] ** 2 - exact.std_error[0] ** 2
    assert math.sqrt(added) == pytest.approx(slope * 1e-3, rel=0.02)
    headcount, persons = (
        effect_measures(welfare, 0, estimate=0.1, std_error=0.02)[name].std_error[0] * factor
        for name, factor in (("p0_change_effect", float(np.sum(welfare.persons))), ("persons_lifted_effect", 1.0))
    )
    assert persons == pytest.approx(headcount, rel=0.2)
    for unknown in effect_measures(welfare, 0, estimate=0.1, std_error=math.nan).values():
        assert np.isfinite(unknown.value[1:]).all() and np.isnan(unknown.std_error).all()


def test_the_error_of_a_share_moves_with_the_effect_by_the_derivative_of_a_ratio() -> None:
    """Against shares reckoned at the effect plus and minus its error."""
    welfare = read_welfare(at_random(6, psus=200, take=30), settings("aid", strata="stratum"))

    def shares(effect: float, error: float) -> Measured:
        return effect_measures(welfare, 0, estimate=effect, std_error=error)["share_of_change_effect"]

    added = np.sqrt(shares(0.3, 0.1).std_error ** 2 - shares(0.3, 0.0).std_error ** 2)[1:]
    moved = np.abs(shares(0.4, 0.0).value - shares(0.2, 0.0).value)[1:] / 2
    assert added == pytest.approx(moved, abs=0.003)
    assert np.all(added > 0.001)


def test_the_error_of_a_change_is_smaller_than_those_of_the_levels() -> None:
    error = _values(at_random(7), "aid", column="std_error", strata="stratum")
    assert error["aid", "all", "p1_change_transfer"] < 0.8 * error["aid", "all", "p1_without_transfer"]


def test_consumption_never_falls_below_nothing() -> None:
    tables = by_hand() | {"receipts": receipts([(2, "aid", True, 1e6)])}
    assert _values(tables, "aid")["aid", "3501", "p1_without_transfer"] == pytest.approx((20 * 0.5 + 10) / 30)


def test_a_lonely_psu_follows_the_design() -> None:
    tables = at_random(8)
    tables["households"].loc[tables["households"]["psu"] == 0, "stratum"] = 9
    refused = poverty_stage(tables, settings("aid", strata="stratum"))["poverty"].set_index(POVERTY_COLUMNS[:3])
    known = poverty_stage(tables, settings("aid", strata="stratum", lonely="certainty"))["poverty"]
    pd.testing.assert_series_equal(refused["value"], known.set_index(POVERTY_COLUMNS[:3])["value"])
    # PSU 0 is of 3501; a share of the change hangs on both areas.
    assert refused["std_error"].drop("3502", level="area").isna().all()
    other = refused["std_error"].xs("3502", level="area").drop(("none", "share_left_out"))
    assert other.index[other.isna()].get_level_values("measure").tolist() == [
        "share_of_change",
        "share_of_change_effect",
    ]
    error = {r: _values(tables, "aid", column="std_error", strata="stratum", lonely=r)["none", "all", "p1"]
             for r in ("certainty", "average", "adjust")}  # fmt: skip
    assert error["average"] == pytest.approx(error["certainty"] * math.sqrt(5 / 4))
    assert error["adjust"] > error["certainty"]


def test_bad_input_is_a_sentence() -> None:
    tables = by_hand()
    broken = {
        "column line: row 2": tables | {"outcomes": tables["outcomes"].assign(line=[100, 0, 100, 100, 100])},
        "column size: row 3": tables | {"households": tables["households"].assign(size=[1, 1, np.nan, 1, 1])},
        "column weight: row 1": tables | {"households": tables["households"].assign(weight=-1.0)},
        "column consumption: row 2": tables | {"outcomes": tables["outcomes"].assign(consumption=[1, "x", 1, 1, 1])},
        "column consumption: row 4": tables
        | {"outcomes": tables["outcomes"].assign(consumption=[1, 1, 1, -1, np.nan])},
        "none of 5 households": tables | {"outcomes": tables["outcomes"].assign(line=np.nan)},
        "a weight above 0": tables | {"households": tables["households"].assign(weight=0.0)},
        "column consumption: is missing": tables | {"outcomes": tables["outcomes"].drop(columns="consumption")},
        "its 4 rows are not": tables | {"outcomes": tables["outcomes"].iloc[:4]},
        "its 5 rows are not": tables | {"outcomes": tables["outcomes"].iloc[::-1]},
        "1 rows are of households": tables | {"receipts": receipts([(77, "aid", True, 5.0)])},
        "has no rows": tables | {"households": tables["households"].iloc[:0], "outcomes": tables["outcomes"].iloc[:0]},
    }
    for sentence, given in broken.items():
        with pytest.raises(DataError, match=sentence):
            poverty_stage(given, settings("aid"))


def test_weights_of_nobody_leave_poverty_missing_and_the_other_area_alone() -> None:
    welfare = read_welfare(by_hand(), settings("aid"))
    emptied = replace(welfare, weight=np.where(welfare.domains.area == 0, 0.0, welfare.weight))
    p0 = present_poverty(emptied)["p0"]
    assert np.isnan(p0.value[1]) and np.isnan(p0.std_error[1])
    assert (p0.value[0], p0.value[2]) == (pytest.approx(10 / 70), pytest.approx(10 / 70))
