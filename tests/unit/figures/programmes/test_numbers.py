"""What the figures of a study of programmes print and draw is what their tables hold."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dampak.figures.programmes import (
    area_effects,
    effects,
    linkage,
    overlaps,
    poverty,
    targeting,
    verdicts,
    waterfall,
)
from dampak.figures.programmes.names import read_names
from dampak.figures.programmes.scales import scale_of
from dampak.figures.programmes.strips import interval, limits_for
from tests.unit.figures.programmes import sample


def printed(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def at(figure: Figure, row: str, *, before: float = 1.0) -> list[str]:
    """Texts on the same line as a row of that name, from left to right, up to a share of the page's width."""
    place = next(t for t in figure.texts if t.get_text() == row and t.get_position()[0] < 0.2 and t.get_rotation() == 0)
    level = place.get_position()[1]
    found = [t for t in figure.texts if abs(t.get_position()[1] - level) < 1e-6 and t is not place]
    return [t.get_text() for t in sorted(found, key=lambda t: t.get_position()[0]) if t.get_position()[0] < before]


def points(axes: Axes, marker: str) -> list[tuple[float, float]]:
    """Places of the marks of one shape, from top to bottom."""
    found = [line for line in axes.lines if line.get_marker() == marker]
    places = [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in found]  # type: ignore[index]
    return sorted(places, key=lambda place: place[1])


def one_effect(**columns: Any) -> pd.DataFrame:
    """Naive and adjusted effect of PKH on food insecurity."""
    table = sample.effects()
    chosen = (table["treatment"] == "pkh") & (table["outcome"] == "food_insecure")
    rows = table[chosen].copy()
    for name, value in columns.items():
        rows[name] = value
    return rows


ONE = {"programmes": ["pkh"], "outcomes": ["food_insecure"]}


def test_effects_print_the_estimates_of_the_table_in_points() -> None:
    rows = one_effect(estimate=[0.05, -0.0312], std_error=0.005, ci_low=[0.04, -0.041], ci_high=[0.06, -0.0214])
    figure, caption = effects.draw(rows, None, sample.settings(**ONE))
    assert at(figure, "PKH") == ["5.0", "−3.1"]
    assert "percentage points" in printed(figure)
    assert caption.startswith("Adjustment reverses the sign of 1 of 1 naive differences. Each taken alone, 1 of 1")
    axes = figure.axes[-1]
    drawn = [x for x, _ in points(axes, "o")]
    assert drawn == pytest.approx([5.0, -3.12])
    bars = [
        tuple(line.get_xdata()) for line in axes.lines if line.get_color() == "#0072B2" and len(line.get_xdata()) == 2
    ]
    assert bars == [pytest.approx((-4.1, -2.14))]


def test_effects_show_a_change_of_sign_by_a_dark_line_and_only_then() -> None:
    for naive, colour in ((0.05, "#1A1A1A"), (-0.05, "#B3B3B3")):
        rows = one_effect(estimate=[naive, -0.03], ci_low=[naive, -0.04], ci_high=[naive, -0.02])
        figure, _ = effects.draw(rows, None, sample.settings(**ONE))
        joins = [line for line in figure.axes[-1].lines if list(line.get_xdata()) == pytest.approx([100 * naive, -3.0])]
        assert [line.get_color() for line in joins] == [colour]


def test_effects_without_a_change_of_sign_say_how_many_can_be_told_from_zero() -> None:
    rows = one_effect(estimate=[-0.05, -0.03], ci_low=[-0.06, -0.07], ci_high=[-0.04, 0.01])
    assert effects.draw(rows, None, sample.settings(**ONE))[1].startswith("0 of 1 programme effects can be told from")


def test_effects_of_a_logarithm_are_printed_in_per_cent_and_sums_in_thousands() -> None:
    labels = read_names(sample.settings()).labels
    table = sample.effects()
    log = scale_of("log_consumption", labels, table[table["outcome"] == "log_consumption"])
    assert log([math.log(1.05)]) == pytest.approx([5.0])
    assert log.unit == "per cent"
    money = scale_of("nonfood", labels, table[table["outcome"] == "nonfood"])
    assert (money(25_000.0), money.unit) == (25.0, "thousand rupiah per person per month")
    assert math.isnan(float(log(math.nan)))


def test_published_effects_stand_under_their_programme_with_the_letter_of_their_study() -> None:
    study = sample.settings(outcomes=["log_consumption"], programmes=["pkh", "bpnt"])
    figure, caption = effects.draw(sample.effects(), sample.published(), study)
    assert "3.8 a" in printed(figure) and "10.0 b" in printed(figure)
    assert "a MSC 2019 (no standard error); b World Bank 2011 (from memory, unverified)" in caption
    assert [x for x, _ in points(figure.axes[-1], "D")] == pytest.approx([3.8, 10.0], abs=0.01)


def test_a_naive_difference_beyond_the_axis_is_a_triangle_at_its_end() -> None:
    rows = one_effect(estimate=[4.0, -0.03], ci_low=[3.9, -0.04], ci_high=[4.1, -0.02])
    figure, _ = effects.draw(rows, None, sample.settings(**ONE))
    axes = figure.axes[-1]
    assert [x for x, _ in points(axes, ">")] == [axes.get_xlim()[1]]
    assert "400.0" in at(figure, "PKH")


def test_limits_hold_every_estimate_and_cut_only_what_dwarfs_the_rest() -> None:
    low, high = limits_for([1.0, 2.0, math.nan], [0.5, 1.5, 1.5, 2.5, 900.0])
    assert low < 0 and 2.5 < high < 20
    assert limits_for([], []) == (-1.0, 1.0)
    assert limits_for([50.0], [1.0, 1.0, 1.0])[1] > 50


def test_areas_stand_in_the_order_of_their_pooled_effect_with_its_interval() -> None:
    table = sample.by_area()
    figure, caption = area_effects.draw(table, sample.tiles(), sample.settings())
    areas = sample.tiles().assign(area=lambda t: t["kab_code"].astype(str)).merge(table, on="area")
    order = areas.sort_values("pooled", ascending=False)
    rows = [t for t in figure.texts if t.get_text() in set(areas["name"])]
    assert [t.get_text() for t in sorted(rows, key=lambda t: -t.get_position()[1])] == list(order["name"])
    best = order.iloc[0]
    ends = [f"{100 * math.expm1(best[c]):.1f}" for c in ("pooled", "pooled_low", "pooled_high")]
    assert f"{ends[0]} ({ends[1]} to {ends[2]})" in printed(figure)
    firm = int(((areas["pooled_low"] > 0) | (areas["pooled_high"] < 0)).sum())
    assert caption.startswith(f"In {firm} of 38 areas the effect of PKH on consumption per person")


def test_an_area_without_an_estimate_keeps_its_row_and_its_tile() -> None:
    table = sample.by_area()
    table.loc[table["area"] == "3578", ["estimate", "pooled", "pooled_low", "pooled_high"]] = math.nan
    figure, caption = area_effects.draw(table, sample.tiles(), sample.settings())
    assert at(figure, "Kota Surabaya")[-1] == "no estimate"
    assert printed(figure).count("SBY") == 2 and " of 37 " in caption


def test_the_tile_map_has_a_place_for_every_area_and_two_for_none() -> None:
    tiles = sample.tiles()
    assert len(tiles) == 38 and tiles["kab_code"].is_unique and tiles["short"].is_unique
    assert not tiles.duplicated(["row", "col"]).any()
    assert (tiles["short"].str.isupper() == tiles["name"].str.startswith("Kota ")).all()
    assert tiles["source"].notna().all() and (tiles["status"] == "derived").all()


def test_verdicts_carry_a_sign_of_their_own_and_grounds_that_differ_in_grey() -> None:
    figure, caption = verdicts.draw(sample.verdicts(), sample.settings())
    found = sample.verdicts().query("area == 'all'").set_index(["outcome", "treatment"])["verdict"]
    for outcome, (label, *_) in sample.OUTCOMES.items():
        signs = [verdicts.CELLS[found[outcome, p]].text if (outcome, p) in found else "–" for p in sample.PROGRAMMES]
        assert at(figure, label) == signs
    counts = found.value_counts()
    assert caption.startswith(f"Of 108 verdicts, {counts['positive']} are positive and {counts['negative']} negative")
    greys = sorted(np.dot([int(c.ground[i : i + 2], 16) for i in (1, 3, 5)], [0.299, 0.587, 0.114])
                   for c in verdicts.CELLS.values())  # fmt: skip
    assert min(np.diff(greys)) > 20
    assert len({cell.text for cell in verdicts.CELLS.values()}) == 4


def test_verdicts_say_what_positive_means() -> None:
    table = sample.verdicts()
    assert "Positive: the outcome rises" in verdicts.draw(table, sample.settings())[1]
    benefit = sample.settings(verdicts_mean="benefit")
    assert "Positive: better for those who receive" in verdicts.draw(table, benefit)[1]


def test_poverty_prints_falls_as_positive_points_with_their_intervals() -> None:
    figure, caption = poverty.draw(sample.poverty(), sample.settings())
    assert {"2.10", "1.30", "0.52", "0.31", "0.41"} <= set(printed(figure))
    assert caption.startswith("PKH lowers the poverty rate most: by 1.30 points, as its effect is estimated. PKH ")
    by_transfer = sample.poverty().query("not measure.str.endswith('_effect')")
    title = poverty.draw(by_transfer, sample.settings())[1]
    assert title.startswith("PKH lowers the poverty rate most: its transfers alone by 2.10 points")
    axes = next(a for a in figure.axes if a.axison)
    bars = [
        tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2 and line.get_color() == "#0072B2"
    ]
    assert bars[0] == pytest.approx((2.1 - 1.96 * 0.11, 2.1 + 1.96 * 0.11), abs=1e-3)
    assert interval(1.0, math.nan, alpha=0.05) != interval(1.0, 0.1, alpha=0.05)


def test_poverty_that_does_not_clearly_fall_is_not_said_to() -> None:
    table = sample.poverty().query("treatment == 'pkh'").assign(std_error=0.5)
    assert poverty.draw(table, sample.settings())[1].startswith("No programme’s estimated effect clearly lowers")
    table = table.query("not measure.str.endswith('_effect')").assign(std_error=1.5)
    assert poverty.draw(table, sample.settings())[1].startswith("No programme’s transfers clearly lower")


def test_targeting_labels_carry_both_errors_and_bars_the_incidence() -> None:
    targets, curves = sample.targeting()
    figure, caption = targeting.draw(targets, curves, sample.settings())
    value = targets.set_index(["treatment", "measure"])["value"]
    for programme in ("pkh", "kip_jawara"):
        for measure, name in (
            ("inclusion_error_of_beneficiaries", "Inclusion"),
            ("exclusion_error_of_poor", "Exclusion"),
        ):
            start = f"{name} error {100 * value[programme, measure]:.0f}% ("
            assert any(text.startswith(start) for text in printed(figure)), start
    bars = [patch.get_height() for patch in figure.axes[0].patches]
    assert bars == pytest.approx([value["pkh", decile] for decile in targeting.DECILES])
    curve = figure.axes[1].lines[1]
    own = curves[curves["treatment"] == "pkh"]["benefit_share"]
    assert list(curve.get_ydata()) == pytest.approx([0, *(100 * own)])
    assert "No recipients in the survey" in printed(figure)
    assert caption.startswith("83% of the beneficiaries of PKH are in the poorest four tenths; of KIP Jawara, 42%")


def test_linkage_counts_the_recipients_that_no_link_shows() -> None:
    table = pd.DataFrame(
        [("pkh", "all", 1000, 100, 0.1, 0.99, 0.9), ("pkh", "3501", 1000, 100, 0.1, 0.98, 0.9)],
        columns=[
            "register",
            "kab_code",
            "n_register",
            "n_linked",
            "match_rate",
            "expected_precision",
            "expected_recall",
        ],
    )
    figure, caption = linkage.draw(table, sample.tiles(), sample.settings(programmes=["pkh"]))
    # 99 true links are nine tenths of 110 pairs: 11 are missed.
    assert at(figure, "PKH") == ["10.0", "99.0", "90.0", "11"]
    assert "at least 99.0% of links are expected to be right and 90.0% of true pairs found" in caption
    assert at(figure, "Kabupaten Pacitan") == ["10.0"]
    assert at(figure, "Kabupaten Ponorogo") == ["–"]


def test_a_register_without_a_total_is_summed_over_its_areas() -> None:
    table = sample.linkage().query("kab_code != 'all' and register == 'pkh'")
    figure, _ = linkage.draw(table, sample.tiles(), sample.settings(programmes=["pkh"]))
    rate = table["n_linked"].sum() / table["n_register"].sum()
    assert float(at(figure, "PKH")[0]) == pytest.approx(100 * rate, abs=0.1)


def test_a_cell_is_framed_where_precision_or_recall_falls_short() -> None:
    table = sample.linkage().query("register == 'pkh'")
    grid = linkage._grid(table.assign(area=table["kab_code"]), sample.tiles(), ["pkh"], read_names(sample.settings()))
    areas = table[table["kab_code"] != "all"]
    short = ((areas["expected_precision"] < 0.99) | (areas["expected_recall"] < 0.95)).tolist()
    assert [row[0].framed for row in grid.cells] == short and any(short) and not all(short)


def test_match_weights_add_up_to_the_printed_sum_and_its_probability() -> None:
    figure, caption = waterfall.draw(sample.waterfall(), sample.settings())
    totals = sample.waterfall().groupby("link")["log2_weight"].sum()
    assert {f"{w:.1f}".replace("-", "−") for w in totals.head(6)} <= set(printed(figure))
    assert "Pair 3: probability 81%" in printed(figure)
    assert waterfall.probability(2.1) == pytest.approx(2**2.1 / (1 + 2**2.1))
    assert (waterfall.probability(1e6), waterfall.probability(-1e6)) == (1.0, pytest.approx(0.0))
    assert caption.startswith("3 of 6 sampled pairs are more likely than not")
    ends = [patch.get_x() + patch.get_width() for patch in figure.axes[0].patches if patch.get_hatch() is None]
    assert totals[1] == pytest.approx(ends[-1])


def test_match_weights_print_no_other_column() -> None:
    table = sample.waterfall().assign(name="SITI AMINAH", nik="3501014101800001")
    figure, caption = waterfall.draw(table, sample.settings())
    everything = " ".join(printed(figure)) + caption
    assert "SITI" not in everything and "3501" not in everything


def test_overlaps_print_the_shares_of_the_row() -> None:
    table = sample.overlaps().query("programme_a == 'pkh'")
    figure, caption = overlaps.draw(sample.overlaps(), sample.settings())
    share = table.set_index("programme_b")["share_of_a"]
    row = at(figure, "PKH")
    assert len(row) == 9  # none for PKH with itself
    assert row[0] == f"{100 * share['bpnt']:.0f}%"
    assert at(figure, "Jatim Puspa") == ["–"] * 9
    assert caption.startswith("90% of the recipients of PKH also receive BPNT.")


def test_a_study_names_and_orders_its_programmes_itself() -> None:
    own = sample.settings(programmes=[{"name": "new", "label": "New aid"}, "bst"])
    names = read_names(own)
    assert names.ordered(["pkh", "bst", "zzz", "pip"]) == ["new", "bst", "pkh", "pip", "zzz"]
    assert (names.programme("new"), names.programme("zzz"), names.programme("pkh_only")) == (
        "New aid",
        "zzz",
        "PKH only",
    )
    assert read_names(sample.settings("id")).programme("kabupaten_aid") == "Bantuan kabupaten"


def test_every_agreement_of_the_linkage_has_an_indonesian_name() -> None:
    from dampak.figures.programmes.agreements import AGREEMENTS
    from dampak.match.linkage.comparisons import COMPARISONS

    said = {level.name for comparison in COMPARISONS for level in comparison.levels}
    assert said <= set(AGREEMENTS)


def test_kabupaten_are_summed_to_provinces_where_these_are_the_tiles() -> None:
    table = sample.linkage().query("register == 'pkh'")
    provinces = pd.DataFrame({"kab_code": [35], "name": ["Jawa Timur"], "short": ["Jtm"], "row": [0], "col": [0]})
    grid = linkage._grid(table.assign(area=table["kab_code"]), provinces, ["pkh"], read_names(sample.settings()))
    areas = table[table["kab_code"] != "all"]
    assert grid.rows == ("Jawa Timur",)
    assert float(grid.cells[0][0].text) == pytest.approx(
        100 * areas["n_linked"].sum() / areas["n_register"].sum(), abs=0.05
    )
