"""Who receives a programme: by hand, by invariance, against resampled surveys and against the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.poverty.domains import Domains, Measured
from dampak.estimate.poverty.welfare import Welfare, read_welfare
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.targeting.concentration import concentration_coefficient, concentration_curve, ranking
from dampak.estimate.targeting.measures import programme_ranking, targeting_measures
from dampak.estimate.targeting.stage import targeting_stage
from tests.unit.estimate.poverty.cases import Tables, at_random, by_hand, settings
from tests.unit.estimate.poverty.resampling import bootstrap_errors

KEYS = ["treatment", "area", "measure"]


def _values(tables: Tables, *programmes: str, column: str = "value", **design: object) -> pd.Series:
    return targeting_stage(tables, settings(*programmes, **design))["targeting"].set_index(KEYS)[column]


def test_targeting_by_hand() -> None:
    """Before the aid 100 persons stand at 50 (20 + 10 of them), 80 (40), 90 (10), 200 (20); the line is 100.

    Households 2 (10 persons, from 50) and 4 (40 persons, from 80) receive 300 and 1600 a month for all they stand for.
    """
    v = _values(by_hand(), "aid").xs("aid")
    assert v["all", "coverage"] == pytest.approx(0.5)
    assert v["all", "coverage_of_poor"] == pytest.approx(50 / 80)
    assert v["all", "exclusion_error_of_poor"] == pytest.approx(30 / 80)
    assert v["all", "inclusion_error_of_beneficiaries"] == 0
    assert v["all", "leakage_of_rupiah"] == 0
    assert v["all", "adequacy"] == pytest.approx((10 * 30 / 80 + 40 * 40 / 120) / 50)
    assert v["all", "beneficiaries"] == pytest.approx(50)
    assert v["all", "transfer_rupiah_per_year"] == pytest.approx(12 * 1900)
    # Deciles 1 and 2 are household 1, decile 3 household 2, deciles 4 to 7 household 4.
    incidence = [v["all", f"incidence_decile_{k:02d}"] for k in range(1, 11)]
    assert incidence == pytest.approx([0, 0, 0.2, 0.2, 0.2, 0.2, 0.2, 0, 0, 0])
    assert [v["all", f"coverage_decile_{k:02d}"] for k in (2, 3, 7, 8)] == pytest.approx([0, 1, 1, 0])
    assert [v["all", f"benefit_share_decile_{k:02d}"] for k in (3, 4)] == pytest.approx([300 / 1900, 400 / 1900])
    assert v["all", "benefit_share_bottom_20"] == pytest.approx(0)
    assert v["all", "benefit_share_bottom_40"] == pytest.approx(700 / 1900)
    assert v["all", "cgh_index_40"] == pytest.approx(700 / 1900 / 0.4)
    assert (v["all", "cgh_index_10"], v["all", "cgh_index_20"]) == (0, 0)
    assert v["all", "coverage_of_bottom_40"] == pytest.approx(0.5)
    assert v["all", "concentration_coefficient"] == pytest.approx(2 * (300 * 0.25 + 1600 * 0.5) / 1900 - 1)
    assert v["3501", "coverage"] == pytest.approx(1 / 3)
    assert v["3502", "coverage_of_bottom_40"] == pytest.approx(1)
    assert v["3502", "exclusion_error_of_poor"] == pytest.approx(10 / 50)
    assert ("3501", "incidence_decile_01") not in v.index


def test_who_stands_exactly_at_the_line_before_the_transfer_is_not_poor() -> None:
    """At a line of 80 the forty persons of household 4 were not poor, and the ten of household 2 were."""
    tables = by_hand()
    tables["outcomes"]["line"] = 80
    v = _values(tables, "aid")["aid"]
    assert v["all", "inclusion_error_of_beneficiaries"] == pytest.approx(0.8)
    assert v["all", "leakage_of_rupiah"] == pytest.approx(1600 / 1900)
    assert (v["3501", "leakage_of_rupiah"], v["3502", "leakage_of_rupiah"]) == (0, 1)


def test_a_household_across_a_boundary_belongs_to_both_sides_by_its_parts() -> None:
    """Ten persons, three households of 3, 4 and 3: the fourth decile is of the second, the third of the first."""
    ranks = ranking(np.array([1.0, 2.0, 3.0]), np.array([3.0, 4.0, 3.0]), np.arange(3))
    assert ranks.poorest(0.2) == pytest.approx([2 / 3, 0, 0])
    assert ranks.poorest(0.4) == pytest.approx([1, 0.25, 0])
    assert ranks.middle == pytest.approx([0.15, 0.5, 0.85])


def test_equal_transfers_per_person_have_no_concentration() -> None:
    welfare = read_welfare(at_random(1), settings("aid"))
    ranks = programme_ranking(welfare, 0)
    benefits = welfare.persons * 1000.0
    coefficient, influence = concentration_coefficient(ranks, benefits)
    people, share = concentration_curve(ranks, benefits)
    assert coefficient == pytest.approx(0, abs=1e-12)
    assert influence == pytest.approx(np.zeros(influence.size), abs=1e-12)
    assert share == pytest.approx(people)


def test_the_coefficient_is_twice_the_area_above_the_curve() -> None:
    welfare = read_welfare(at_random(2), settings("aid", "gift"))
    for number, low, high in ((0, -0.95, -0.2), (1, -0.3, 0.2)):
        ranks, benefits = programme_ranking(welfare, number), welfare.weight * welfare.amount[:, number]
        coefficient, influence = concentration_coefficient(ranks, benefits)
        people, share = concentration_curve(ranks, benefits)
        area = float(np.sum((share[1:] + share[:-1]) / 2 * np.diff(people)))
        assert low < coefficient < high
        assert coefficient == pytest.approx(1 - 2 * area, abs=2e-3)
        assert influence.sum() == pytest.approx(0, abs=1e-12)
        assert (share[0], share[-1]) == (0, pytest.approx(1))


def test_shares_sum_to_one_and_meet_the_concentration_curve() -> None:
    tables = targeting_stage(at_random(3), settings("aid", "gift", strata="stratum"))
    value = tables["targeting"].set_index(KEYS)["value"].xs("all", level="area")
    for programme in ("aid", "gift"):
        v, curve = value.xs(programme), tables["concentration"].query("treatment == @programme")
        assert len(curve) == 101
        for measure in ("incidence_decile", "benefit_share_decile"):
            assert v[v.index.str.startswith(measure)].sum() == pytest.approx(1)
        assert v[v.index.str.startswith("coverage_decile")].mean() == pytest.approx(v["coverage"])
        assert v["coverage_of_poor"] + v["exclusion_error_of_poor"] == pytest.approx(1)
        for percent in (10, 20, 40):
            height = float(curve["benefit_share"].iloc[percent])
            assert height == pytest.approx(v[f"benefit_share_bottom_{percent}"])
            assert v[f"cgh_index_{percent}"] == pytest.approx(height / percent * 100)


def test_only_the_programmes_own_transfer_is_taken_away() -> None:
    """What the other programme pays does not matter; what this one pays changes who was poor before."""
    tables = at_random(4)
    other, own = at_random(4), at_random(4)
    gift = tables["receipts"]["programme"] == "gift"
    other["receipts"]["amount"] *= np.where(gift, 5.0, 1.0)
    own["receipts"]["amount"] *= np.where(gift, 1.0, 5.0)
    v, first, second = (_values(t, "aid", "gift")["aid"] for t in (tables, other, own))
    pd.testing.assert_series_equal(v, first)
    name = ("all", "inclusion_error_of_beneficiaries")
    assert second[name] < v[name]
    assert second["all", "leakage_of_rupiah"] < v["all", "leakage_of_rupiah"]


def test_targeting_does_not_depend_on_the_rupiah_the_order_of_rows_or_the_scale_of_weights() -> None:
    tables, mixed = at_random(5), at_random(5)
    tables["outcomes"]["consumption"] = tables["outcomes"]["consumption"].round(-5)  # many ties
    mixed["outcomes"]["consumption"] = mixed["outcomes"]["consumption"].round(-5)
    order = np.random.default_rng(9).permutation(len(mixed["households"]))
    mixed["households"] = mixed["households"].iloc[order].reset_index(drop=True)
    mixed["outcomes"] = mixed["outcomes"].iloc[order].reset_index(drop=True)
    mixed["households"]["weight"] *= 4
    mixed["outcomes"][["consumption", "line"]] *= 8.0
    mixed["receipts"]["amount"] *= 8.0
    for column in ("value", "std_error"):
        first, second = (_values(t, "aid", "gift", column=column, strata="stratum") for t in (tables, mixed))
        measure = first.index.get_level_values("measure")
        factor = np.where(measure == "transfer_rupiah_per_year", 32.0, np.where(measure == "beneficiaries", 4.0, 1))
        np.testing.assert_allclose(second, first * factor, rtol=1e-7, atol=1e-11)


def test_a_programme_that_nobody_receives_covers_nobody_and_has_nothing_else() -> None:
    found = targeting_stage(by_hand(), settings("aid", "nobody"))
    known = found["targeting"].query("treatment == 'nobody'").dropna(subset="value")
    missed = known["measure"] == "exclusion_error_of_poor"
    assert known["measure"][~missed].str.startswith("coverage").all()
    assert {"coverage", "coverage_of_poor", "coverage_of_bottom_40", "coverage_decile_01"} <= set(known["measure"])
    assert missed.sum() >= 2
    assert (known["value"][~missed] == 0).all() and (known["value"][missed] == 1).all()
    assert found["concentration"].query("treatment == 'nobody'")["benefit_share"].isna().all()
    pairs = found["overlaps"]
    assert pairs["programme_a"].tolist() == ["aid", "nobody"]
    assert pairs["households"].tolist() == [0, 0]
    assert pairs["share_of_a"].tolist() == pytest.approx([0, np.nan], nan_ok=True)


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_a_programme_without_rupiah_has_beneficiaries_but_no_benefits(nothing: float) -> None:
    tables = by_hand()
    tables["receipts"] = tables["receipts"].assign(amount=nothing)
    found = targeting_stage(tables, settings("aid"))
    v = found["targeting"].set_index(KEYS)["value"].xs("aid")
    assert v["all", "coverage"] == pytest.approx(0.5)
    assert v["all", "beneficiaries"] == pytest.approx(50)
    assert v["all", "incidence_decile_01"] == 0
    rupiah = v.index.get_level_values("measure").str.contains("rupiah|benefit_share|cgh|concentration|adequacy")
    assert rupiah.sum() == 9 + 10 + 3 + 3 + 1
    assert v[rupiah].isna().all()
    assert v[~rupiah].notna().all()
    assert found["concentration"]["benefit_share"].isna().all()


def test_a_household_without_consumption_is_out_of_targeting_and_of_overlaps() -> None:
    """Without household 4 only the ten persons of household 2, of sixty, receive; without both nobody is known to."""
    tables = by_hand()
    tables["outcomes"]["consumption"] = [50, 80, 90, np.nan, 200]
    v = _values(tables, "aid")["aid"]
    assert v["all", "coverage"] == pytest.approx(10 / 60)
    assert v["all", "beneficiaries"] == pytest.approx(10)
    assert v["all", "benefit_share_bottom_40"] == pytest.approx(0.4)  # ranks 20 to 30 of 60; the border is at 24
    assert v["all", "concentration_coefficient"] == pytest.approx(2 * 25 / 60 - 1)
    tables["outcomes"]["consumption"] = [50, np.nan, 90, np.nan, 200]
    v = _values(tables, "aid")["aid"]
    measures = v[v.notna()].index.get_level_values(1)
    assert set(measures[~measures.str.startswith("coverage")]) == {"exclusion_error_of_poor"}
    assert set(v[v.notna()]) == {0.0, 1.0} and (v.xs("coverage", level=1) == 0).all()
    tables["receipts"] = pd.concat([tables["receipts"], tables["receipts"].assign(programme="gift")])
    pairs = targeting_stage(tables, settings("aid", "gift"))["overlaps"]
    assert pairs["households"].tolist() == [0, 0] and pairs["share_of_a"].isna().all()


def test_overlaps_count_households_by_their_weights() -> None:
    found = targeting_stage(at_random(6), settings("aid", "gift", strata="stratum"))["overlaps"]
    welfare = read_welfare(at_random(6), settings("aid", "gift", strata="stratum"))
    both = float(np.sum(welfare.weight[welfare.received.all(axis=1)]))
    assert found[["programme_a", "programme_b"]].to_numpy().tolist() == [["aid", "gift"], ["gift", "aid"]]
    assert found["households"].tolist() == pytest.approx([both, both])
    assert found["share_of_a"].tolist() == pytest.approx((both / (welfare.weight @ welfare.received)).tolist())
    assert (found["std_error"] > 0).all()


def test_errors_are_those_of_a_bootstrap_of_psus() -> None:
    """A decile hangs on the few households near its boundaries: deciles agree on average, and roughly one by one."""
    welfare = read_welfare(at_random(7, psus=96, take=10), settings("aid", "gift", strata="stratum"))
    for number in (0, 1):

        def measured(w: Welfare, number: int = number) -> dict[str, Measured]:
            return targeting_measures(w, number)

        found, resampled = measured(welfare), bootstrap_errors(welfare, measured, draws=200, seed=8)
        ratio = {name: float(found[name].std_error[0] / resampled[name][0]) for name in found}
        decile = {name: r for name, r in ratio.items() if "decile" in name and found[name].value[0] > 0.05}
        other = {name: r for name, r in ratio.items() if "decile" not in name}
        assert len(other) == 16
        assert all(0.85 < r < 1.18 for r in other.values()), other
        assert 0.9 < np.mean(list(decile.values())) < 1.1, decile
        assert all(0.7 < r < 1.4 for r in decile.values()), decile


def test_intervals_of_drawn_surveys_hold_the_population() -> None:
    """60 draws of 48 among 480 PSUs of 10 households."""
    population = read_welfare(at_random(10, psus=480, take=10), settings("aid", "gift", strata="stratum"))
    rng = np.random.default_rng(11)
    truth = targeting_measures(population, 0)
    names = [name for name in truth if truth[name].value[0] > 0.03 or "concentration" in name]
    inside = []
    for _ in range(60):
        welfare = _drawn(population, rng)
        found = targeting_measures(welfare, 0)
        inside.append([abs(found[k].value[0] - truth[k].value[0]) < 2.015 * found[k].std_error[0] for k in names])
    coverage = dict(zip(names, np.mean(inside, axis=0).tolist(), strict=True))
    assert len(names) > 18
    assert 0.92 < np.mean(list(coverage.values())) < 0.985, coverage
    assert min(coverage.values()) >= 0.85, coverage


def _drawn(population: Welfare, rng: np.random.Generator) -> Welfare:
    """Twelve PSUs of each of four strata, with the weights that their share gives."""
    codes = population.domains.design.clusters(population.size.size)
    chosen = np.zeros(480, dtype=bool)
    for stratum in range(4):
        members = np.flatnonzero(codes.stratum_of_cluster == stratum)
        chosen[rng.permutation(members)[:12]] = True
    at = chosen[codes.cluster]
    design = SurveyDesign(strata=codes.stratum[at], psu=codes.cluster[at])
    return replace(
        population,
        household_id=population.household_id[at],
        weight=population.weight[at] * 10,
        size=population.size[at],
        consumption=population.consumption[at],
        line=population.line[at],
        domains=Domains(population.domains.area[at], population.domains.names, design),
        received=population.received[at],
        amount=population.amount[at],
    )


def test_a_refused_lonely_psu_takes_errors_and_no_values() -> None:
    tables = at_random(8)
    tables["households"].loc[tables["households"]["psu"] == 0, "stratum"] = 9
    refused, kept = (
        targeting_stage(tables, settings("aid", "gift", strata="stratum", lonely=rule))
        for rule in ("refuse", "average")
    )
    value, error = (refused["targeting"].set_index(KEYS)[column] for column in ("value", "std_error"))
    pd.testing.assert_series_equal(value, kept["targeting"].set_index(KEYS)["value"])
    assert error.drop("3502", level="area").isna().all()
    assert (error.xs("3502", level="area") > 0).all()
    assert refused["overlaps"]["std_error"].isna().all()
    assert (kept["overlaps"]["std_error"] > 0).all()
