"""What the page on the planted truth says of draws that are known: bias, coverage, signs."""

import pandas as pd
import pytest

from benchmarks.recovery import OUTCOMES, STUDY, TREATMENTS, page, study_settings, summary

LINKS = pd.DataFrame({"register": ["pkh", "all"] * 2, "n_true": 50, "n_linked": 40, "n_right": 30})


def draws(treatment: str, outcome: str, *, true: float, errors: tuple[float, ...], half: float) -> pd.DataFrame:
    table = pd.DataFrame({"seed": range(1, len(errors) + 1), "true": true, "estimate": [true + e for e in errors]})
    return table.assign(
        treatment=treatment, outcome=outcome, naive=true - 0.4, certain=table["estimate"] + 0.01, std_error=half / 2,
        covered=(table["estimate"] - true).abs().le(half).astype(int),
    )  # fmt: skip


@pytest.fixture
def effects() -> pd.DataFrame:
    return pd.concat([
        draws("pkh", "works", true=0.0, errors=(0.3, 0.1), half=0.2),
        draws("pkh", "log_nonfood", true=0.1, errors=(-0.15, 0.05), half=0.2),
    ])  # fmt: skip


def test_errors_are_counted_from_the_truth_and_in_the_order_of_the_study(effects: pd.DataFrame) -> None:
    table = summary(effects).set_index("outcome")
    assert list(table.index) == ["log_nonfood", "works"]
    nonfood, works = table.loc["log_nonfood"], table.loc["works"]
    assert works["error"] == pytest.approx(0.2)
    assert works["z"] == pytest.approx(2.0)
    assert works["covered"] == 0.5
    assert works["certain_error"] == pytest.approx(0.21)
    assert nonfood["naive_error"] == pytest.approx(-0.4)
    assert nonfood["se_ratio"] == pytest.approx(0.1 / 0.1414214)
    # One estimate of two has the sign of the truth, the naive difference never has.
    assert (nonfood["sign"], nonfood["naive_sign"]) == (0.5, 0.0)


def test_the_page_shows_signs_only_where_an_effect_is_planted(effects: pd.DataFrame) -> None:
    text = page(effects, LINKS)
    rows = [line for line in text.splitlines() if line.startswith("| pkh")]
    assert [row.endswith("| – | – |") for row in rows] == [False, True]
    assert "precision 75.00 %, recall 60.0 %" in text
    # One of two holds: P(at most one of two | 0.93) = 1 - 0.93^2.
    assert "in 1 of 2 rows, fewer in pkh on works (p 0.14). No row is below 93 % by more than luck" in text
    assert "by treatment: pkh 75.0 %. By outcome: log_nonfood 100.0 %, works 50.0 %." in text


def test_the_settings_are_those_of_the_study_without_subgroups_and_other_methods(tmp_path) -> None:
    settings = study_settings(tmp_path, 1)
    assert list(settings["effects"]) == list(TREATMENTS)
    for own in settings["effects"].values():
        assert own["gates"]["treated"] == 50
        assert [method["label"] for method in own["methods"]] == ["difference_in_means", own["headline"]]
        assert own["subgroups"] == {}
        asked = [term["name"] for about in own["universes"].values() for term in about["outcomes"]]
        assert sorted(asked) == sorted(OUTCOMES)
    files = [spec["spec"]["path"] for spec in settings["registers"].values()]
    files += [settings["survey"]["survey"][name]["path"] for name in ("households", "persons", "areas")]
    assert all(path.startswith(str(tmp_path)) and STUDY not in path.removeprefix(str(tmp_path)) for path in files)
