"""Every title states what the data say, and the opposite when they say the opposite."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.figures import effects, love, overlap, placebo
from tests.unit.figures.sample import (
    RE75_CPS,
    RE78_CPS,
    balance_rows,
    cps_balance,
    cps_effects,
    cps_scores,
    effect_rows,
    experiment_effects,
    placebo_rows,
    scored,
    settings,
)

EVEN = np.linspace(-2, 2, 101)


def shown(figure: Any) -> str:
    """All that is written above and below the picture, lines joined."""
    return " ".join(text.get_text() for text in figure.texts)


def title_of(drawn: tuple[Any, str]) -> str:
    """The caption's first sentence, which the figure must carry too."""
    figure, caption = drawn
    first = caption.split(". ")[0]
    assert first in shown(figure)
    return first


@pytest.mark.parametrize(
    ("comparison", "title"),
    [
        (EVEN - 60, "No one in the comparison group resembles the recipients of NSW job training"),
        (np.r_[np.zeros(3), np.full(97, -9.0)], "Only 3% of the comparison group resembles"),
        (np.r_[np.zeros(3), np.full(997, -9.0)], "Only 0.3% of the comparison group resembles"),
        (np.r_[np.zeros(30), np.full(70, -9.0)], "30% of the comparison group resembles"),
        (np.r_[np.zeros(70), np.full(30, -9.0)], "Most of the comparison group (70%) resembles"),
        (np.zeros(10), "Everyone in the comparison group resembles"),
    ],
)
def test_overlap_says_how_many_resemble_the_recipients(comparison: np.ndarray, title: str) -> None:
    assert title_of(overlap.draw(*scored(EVEN, comparison), settings())).startswith(title)


def test_overlap_counts_with_survey_weights() -> None:
    design, scores = scored(EVEN, np.r_[np.zeros(50), np.full(50, -9.0)])
    # The half that is alike carries a tenth of the weight.
    design["survey_weight"] = np.r_[np.ones(101), np.full(50, 1.0), np.full(50, 9.0)]
    _, caption = overlap.draw(design, scores, settings())
    assert caption.startswith("Only 10% of the comparison group")
    assert "Survey weights are applied" in caption


def test_overlap_does_not_depend_on_the_order_of_rows() -> None:
    design, scores = cps_scores()
    shuffled = overlap.draw(design.sample(frac=1, random_state=1), scores.sample(frac=1, random_state=2), settings())
    assert shuffled[1] == overlap.draw(design, scores, settings())[1]


def test_overlap_says_who_lies_on_common_support() -> None:
    some = overlap.draw(*scored(EVEN, EVEN - 1), settings())[1]
    assert "76 of 101 recipients lie on common support, and 76 of 101 in the comparison group" in some
    wide = overlap.draw(*scored(EVEN, 2 * EVEN), settings())[1]
    assert "All 101 recipients lie on common support, and 51 of 101" in wide
    assert "Everyone lies on common support" in overlap.draw(*scored(EVEN, EVEN), settings())[1]
    unruled = overlap.draw(*scored(EVEN, EVEN), settings(support={"rule": "none"}))[1]
    assert "drops no one" in unruled and "Shaded" not in unruled


def test_overlap_admits_that_it_draws_extreme_scores_at_the_end() -> None:
    assert "beyond either end" in overlap.draw(*scored(EVEN, EVEN - 60), settings())[1]
    assert "beyond either end" not in overlap.draw(*scored(EVEN, EVEN), settings())[1]


BEFORE = {"age": -1.0, "black": 0.5, "hisp": -0.05, "propensity": 2.0}


@pytest.mark.parametrize(
    ("before", "after", "title", "more"),
    [
        (
            BEFORE,
            [0.01, -0.05, 0.02, 0.9],
            "After adjustment, every covariate is within 0.1 SD",
            "Before, 2 of 3 exceeded",
        ),
        (
            BEFORE,
            [0.01, -0.23, 0.02, 0.9],
            "Adjustment leaves 1 of 3 covariates more than 0.1 SD apart",
            "Widest gap: Black, 0.23 SD",
        ),
        (
            dict.fromkeys(BEFORE, 0.05),
            [0.01, -0.05, 0.02, 0.9],
            "Every covariate is within 0.1 SD, before and after adjustment",
            "Adjustment: Five nearest, bias-adjusted",
        ),
        (BEFORE, None, "Without adjustment, the gap exceeds 0.1 SD in 2 of 3 covariates", "Widest gap: Age, 1.00 SD"),
        (dict.fromkeys(BEFORE, 0.05), None, "Even without adjustment, every covariate is within 0.1 SD", ""),
        (
            BEFORE,
            [0.01, float("nan"), 0.02, 0.0],
            "After adjustment, every covariate is",
            "No gap can be measured for black",
        ),
    ],
)
def test_love_says_whether_the_groups_are_alike(
    before: dict[str, float], after: list[float] | None, title: str, more: str
) -> None:
    gaps = dict(zip(before, after, strict=True)) if after else before
    table = balance_rows(before, {"nearest_5_bias_adjusted": gaps})
    figure, caption = drawn = love.draw(table, cps_effects(), settings())
    # The title has full stops of its own in 0.1.
    assert caption.startswith(title)
    assert title in shown(figure)
    assert more in caption
    assert drawn[1].count("n = 185 recipients and 15,992 comparison units") == 1


def test_love_never_prints_a_wide_gap_as_the_threshold() -> None:
    table = balance_rows(BEFORE, {"nearest_5_bias_adjusted": dict.fromkeys(BEFORE, 0.1) | {"age": 0.1006}})
    figure, caption = love.draw(table, cps_effects(), settings())
    assert "Widest gap: Age, 0.101 SD." in caption
    assert [t.get_text() for t in figure.texts].count("0.101") == 1


def test_love_counts_the_units_of_the_real_outcomes() -> None:
    nearest = {"nearest_5_bias_adjusted": (1729.12, 815.38)}
    table = pd.concat([effect_rows("re75", nearest, n_comparison=445), effect_rows("re78", RE78_CPS)])
    table.loc[(table["outcome"] == "re78") & (table["method"] == "nearest_5_bias_adjusted"), "n_comparison"] = 417
    caption = love.draw(cps_balance(), table, settings())[1]
    assert "n = 185 recipients and 15,992 comparison units; Five nearest, bias-adjusted uses 185 and 417." in caption


def test_love_shows_no_after_where_nothing_was_adjusted() -> None:
    texts = [t.get_text() for t in love.draw(balance_rows(BEFORE, {"ipw": BEFORE}), cps_effects(), settings())[0].texts]
    assert "Before" in texts and "After" not in texts


def test_love_puts_the_widest_gap_first_and_the_score_last() -> None:
    figure, _ = love.draw(cps_balance(), cps_effects(), settings())
    names = ["Earnings 1975", "Earnings 1974", "Black", "Earnings 1974 = 0", "Age", "Hispanic", "Propensity score"]
    heights = [next(t.get_position()[1] for t in figure.texts if t.get_text() == name) for name in names]
    assert heights == sorted(heights, reverse=True)


def drawn_effects(estimates: dict[str, tuple[float, float]], **changes: Any) -> tuple[Any, str]:
    return effects.draw(effect_rows("re78", estimates), experiment_effects(), settings(**changes))


def test_effects_come_near_the_experiment() -> None:
    drawn = effects.draw(cps_effects(), experiment_effects(), settings())
    assert title_of(drawn) == "Adjusted estimates come within $728 of the experiment’s $1,794"
    assert "The unadjusted comparison misses it by $10,292." in drawn[1]
    assert "Experiment: $1,794 (480 to 3,109)" in shown(drawn[0])


@pytest.mark.parametrize(
    ("estimates", "title", "more"),
    [
        (
            RE78_CPS | {"regression": (-500.0, 600.0)},
            "5 of 6 adjusted estimates fall within the margin of error of the experiment’s $1,794",
            "misses it by $10,292",
        ),
        (
            {"regression": (-500.0, 600.0), "ipw": (-900.0, 600.0)},
            "No adjusted estimate recovers the experiment’s $1,794; the closest is $2,294 away",
            "",
        ),
        (
            {"difference_in_means": (1700.0, 600.0), "ipw": (1800.0, 600.0)},
            "Adjusted estimates come within $6 of the experiment’s $1,794",
            "The unadjusted comparison already comes within $94.",
        ),
        (
            {"difference_in_means": (-8497.52, 581.92)},
            "The unadjusted comparison is $10,292 away from the experiment’s $1,794",
            "",
        ),
    ],
)
def test_effects_say_when_they_miss_the_experiment(
    estimates: dict[str, tuple[float, float]], title: str, more: str
) -> None:
    drawn = drawn_effects(estimates)
    assert title_of(drawn) == title
    assert more in drawn[1]


@pytest.mark.parametrize(
    ("estimate", "error", "title"),
    [
        (1794.34, 670.82, "NSW job training is estimated to raise earnings 1978 by $1,794"),
        (-1794.34, 670.82, "NSW job training is estimated to lower earnings 1978 by $1,794"),
        (794.34, 670.82, "No clear effect of NSW job training on earnings 1978"),
        (794.0, float("nan"), "NSW job training and earnings 1978: estimated effect $794.00, of unknown precision"),
        (float("nan"), float("nan"), "No effect of NSW job training could be estimated"),
    ],
)
def test_effects_without_an_experiment_say_what_the_headline_found(estimate: float, error: float, title: str) -> None:
    table = effect_rows("re78", {"nearest_5_bias_adjusted": (estimate, error), "ipw": (100.0, 50.0)})
    drawn = effects.draw(table, None, settings(benchmark=None))
    assert title in shown(drawn[0])
    assert drawn[1].startswith(title)
    assert "experiment" not in drawn[1].lower()


@pytest.mark.parametrize(("count", "title"), [(2, "2 of 2 effects can be told"), (0, "none of 2 effects can be told")])
def test_effects_on_several_outcomes_are_counted(count: int, title: str) -> None:
    outcomes = {"re78": 900.0 if count else 10.0, "re75": -900.0 if count else 10.0}
    table = pd.concat([effect_rows(o, {"nearest_5_bias_adjusted": (e, 100.0)}) for o, e in outcomes.items()])
    drawn = effects.draw(table, None, settings(outcomes=[{"name": o} for o in outcomes]))
    assert title_of(drawn) == f"NSW job training: {title} from zero"


def test_many_outcomes_show_the_headline_method_only() -> None:
    names = [f"y{i}" for i in range(5)]
    table = pd.concat([effect_rows(name, RE78_CPS) for name in names])
    figure, caption = effects.draw(table, None, settings(outcomes=[{"name": n} for n in names]))
    assert [t.get_text() for t in figure.texts].count("Five nearest, bias-adjusted") == 5
    assert "Regression" not in shown(figure) and "only the headline method" in caption


def test_placebo_outcomes_and_subgroups_stay_out_of_the_effects() -> None:
    table = pd.concat([cps_effects(), effect_rows("re78", {"ipw": (9e9, 1.0)}, subgroup="women")])
    drawn = effects.draw(table, experiment_effects(), settings())
    assert drawn[1] == effects.draw(effect_rows("re78", RE78_CPS), experiment_effects(), settings())[1]


ALL_PASS = dict.fromkeys(RE75_CPS, (100.0, 300.0))


@pytest.mark.parametrize(
    ("estimates", "title"),
    [
        (RE75_CPS, "Placebo fails: 6 of 7 methods find an effect on earnings 1975, measured before NSW job training"),
        (ALL_PASS, "Placebo passes: no method finds an effect on earnings 1975, measured before NSW job training"),
        (
            ALL_PASS | {"regression": (-900.0, 100.0)},
            "Placebo passes for the headline method, but 1 of 7 methods find an effect on earnings 1975",
        ),
        (
            dict.fromkeys(RE75_CPS, (-900.0, 100.0)),
            "Placebo fails: all 7 methods find an effect on earnings 1975, measured before NSW job training",
        ),
        (
            {"nearest_5_bias_adjusted": (-900.0, 100.0)},
            "Placebo fails: there is an effect on earnings 1975, measured before NSW job training",
        ),
    ],
)
def test_placebo_says_whether_it_fails(estimates: dict[str, tuple[float, float]], title: str) -> None:
    assert title_of(placebo.draw(placebo_rows("re75", estimates), cps_effects(), settings())) == title


@pytest.mark.parametrize(
    ("second", "title"),
    [
        (RE75_CPS, "Placebo fails: 12 of 14 tests find an effect before NSW job training"),
        (ALL_PASS, "Placebo fails: 6 of 14 tests find an effect before NSW job training"),
    ],
)
def test_several_placebo_outcomes_are_counted_together(second: dict[str, tuple[float, float]], title: str) -> None:
    table = pd.concat([placebo_rows("re75", RE75_CPS), placebo_rows("re74", second)])
    assert title_of(placebo.draw(table, cps_effects(), settings())) == title


def test_several_placebo_outcomes_that_pass() -> None:
    table = pd.concat([placebo_rows("re75", ALL_PASS), placebo_rows("re74", ALL_PASS)])
    bad = pd.concat([placebo_rows(o, {"ipw": (-900.0, 100.0)}) for o in ("re75", "re74")])
    title = title_of(placebo.draw(bad, cps_effects(), settings()))
    assert title == "Placebo fails: all 2 tests find an effect before NSW job training"
    title = title_of(placebo.draw(table, cps_effects(), settings()))
    assert title == "Placebo passes: none of 14 tests finds an effect before NSW job training"
    table = pd.concat([table, placebo_rows("age", {"ipw": (9.0, 1.0)})])
    title = title_of(placebo.draw(table, cps_effects(), settings()))
    assert title.startswith("Placebo passes for the headline method, but 1 of 15 tests find an effect before")


def test_placebo_marks_failure_by_word_and_shape() -> None:
    figure, _ = placebo.draw(placebo_rows("re75", RE75_CPS), cps_effects(), settings())
    words = [t.get_text() for t in figure.texts]
    assert (words.count("failed"), words.count("passed")) == (6, 1)
    marks = [line.get_marker() for line in figure.axes[0].lines]
    assert (marks.count("x"), marks.count("o")) == (6, 1)


def test_a_study_without_placebo_outcomes_says_so() -> None:
    drawn = placebo.draw(placebo_rows("re75", RE75_CPS).head(0), cps_effects(), settings())
    assert title_of(drawn) == "No placebo outcome was tested"


def test_indonesian_titles_use_indonesian_numbers() -> None:
    local = settings(language="id")
    assert effects.draw(cps_effects(), experiment_effects(), local)[1].startswith(
        "Taksiran tersesuaikan berjarak paling jauh US$728 dari hasil eksperimen, US$1.794."
    )
    assert placebo.draw(placebo_rows("re75", RE75_CPS), cps_effects(), local)[1].startswith(
        "Plasebo gagal: 6 dari 7 metode menemukan pengaruh pada earnings 1975"
    )
    assert love.draw(cps_balance(), cps_effects(), local)[1].startswith(
        "Setelah penyesuaian, semua kovariat berada dalam 0,1 SB."
    )
    assert overlap.draw(*cps_scores(), local)[1].startswith("Hanya ")


@pytest.mark.parametrize("name", ["overlap", "love", "effects", "placebo"])
@pytest.mark.parametrize("language", ["en", "id"])
def test_captions_name_source_units_and_drawing_function(name: str, language: str) -> None:
    local = settings(language=language)
    captions = {
        "overlap": lambda: overlap.draw(*cps_scores(), local)[1],
        "love": lambda: love.draw(cps_balance(), cps_effects(), local)[1],
        "effects": lambda: effects.draw(cps_effects(), experiment_effects(), local)[1],
        "placebo": lambda: placebo.draw(placebo_rows("re75", RE75_CPS), cps_effects(), local)[1],
    }
    caption = captions[name]()
    assert "LaLonde, R. (1986)" in caption
    assert "n = 185 " in caption and ("15,992" if language == "en" else "15.992") in caption
    assert f"dampak.figures.{name}.draw" in caption
    if name in ("effects", "placebo"):
        assert ("95% confidence interval" if language == "en" else "selang kepercayaan 95%") in caption
        assert ("uses the fewest, 177 and 177" if language == "en" else "177 dan 177") in caption
