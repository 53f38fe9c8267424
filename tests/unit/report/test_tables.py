"""What a notebook reads and prints."""

import json
from pathlib import Path

import pandas as pd
import pytest

from dampak.errors import DataError
from dampak.report.tables import StudyResults, open_study
from tests.unit.report.study import HEADLINE, PIXEL, SETTINGS, write_study


@pytest.fixture
def study(tmp_path: Path) -> StudyResults:
    write_study(tmp_path)
    return StudyResults(tmp_path, "survey", SETTINGS)


def test_an_effect_is_printed_in_the_unit_of_its_outcome(study: StudyResults) -> None:
    naive = study.effect("re78", "difference_in_means")
    assert study.estimate(naive) == "−$8,498"
    assert study.std_error(naive) == "$582"
    assert study.interval(naive) == "−$9,662 to −$7,334"


def test_amounts_are_written_as_indonesians_write_them(tmp_path: Path) -> None:
    labels = {"re78": {"label": "Pendapatan", "unit": "rupiah"}}
    study = StudyResults(tmp_path, "survey", {**SETTINGS, "language": "id", "labels": labels})
    assert study.money(1234567.0, of="re78") == "Rp1.234.567"


def test_a_p_value_is_never_printed_as_zero(study: StudyResults) -> None:
    assert study.probability(0.0) == "<0.001"
    assert study.probability(0.0349) == "0.035"


def test_the_benchmark_is_the_other_study_by_its_own_method(study: StudyResults) -> None:
    benchmark = study.benchmark
    assert benchmark is not None
    assert benchmark.benchmark is None
    truth = benchmark.effect("re78", benchmark.headline)
    assert truth.estimate == 1794.3
    assert study.effect("re78", HEADLINE).inside(truth)
    assert not study.effect("re78", "difference_in_means").agrees_in_sign(truth)


def test_a_study_without_benchmark_has_none(tmp_path: Path) -> None:
    assert StudyResults(tmp_path, "survey", {**SETTINGS, "benchmark": None}).benchmark is None


def test_a_missing_method_is_named_with_those_that_exist(study: StudyResults) -> None:
    with pytest.raises(DataError, match=r"method 'lasso' was expected, 0 found; .* ipw, ipw_m_estimation"):
        study.effect("re78", "lasso")


@pytest.mark.parametrize("read", [lambda s: s.table("poverty"), lambda s: s.figure("map")])
def test_a_missing_result_gets_a_sentence(study: StudyResults, read: object) -> None:
    with pytest.raises(DataError, match="does not exist; run the study before its notebook"):
        read(study)  # type: ignore[operator]


def test_a_figure_comes_with_its_caption_and_the_code_that_drew_it(study: StudyResults) -> None:
    picture = study.figure("overlap")
    assert picture.png == PIXEL
    assert picture.finding == "A finding on overlap."
    # The picture names its sources already.
    assert picture.caption == "What is drawn."
    assert picture.drawn_by == "Drawn by src/dampak/figures/overlap.py, function draw."


def test_a_table_prints_chosen_columns_and_escapes_text(study: StudyResults) -> None:
    effects = study.table("effects").query("outcome == 're78'").replace({"method": {"ipw": "a<b"}})
    grid = study.show(
        effects, {"method": "Method", "estimate": "Estimate"}, title="Effects", unit_of="re78", bold=[HEADLINE]
    )
    assert grid.heads == ("Method", "Estimate")
    assert grid.rows[0] == ("Difference in means", "−$8,498")
    html = grid._repr_html_()
    assert "a&lt;b" in html
    assert '<tr class="key"><td class="text">Five nearest, bias-adjusted</td>' in html


def test_names_are_printed_in_words_and_sentences_as_they_are(study: StudyResults) -> None:
    cells = pd.DataFrame({"reason": ["duplicate_nik", "well_off", "none", "use on_support: true."]})
    grid = study.show(cells, {"reason": "Because"})
    assert [row[0] for row in grid.rows] == ["duplicate NIK", "well off", "", "use on_support: true."]


def test_the_environment_names_the_study(study: StudyResults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAMPAK_RESULTS", str(study.results))
    monkeypatch.setenv("DAMPAK_STUDY", "survey")
    (study.results / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    monkeypatch.setenv("DAMPAK_SETTINGS", str(study.results / "settings.json"))
    assert open_study().effect("re78", "difference_in_means").estimate == -8497.5
    monkeypatch.delenv("DAMPAK_STUDY")
    with pytest.raises(DataError, match="DAMPAK_STUDY is not set"):
        open_study()


def test_of_a_benchmark_only_its_effects_are_open(study: StudyResults) -> None:
    assert study.benchmark is not None
    with pytest.raises(DataError, match="not open to this notebook"):
        study.benchmark.table("balance")
