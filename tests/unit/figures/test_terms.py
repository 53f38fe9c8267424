"""The catalogue of terms is complete, alive, and holds no number."""

import re
from pathlib import Path

import pytest

import dampak.figures
from dampak.figures.labels import read_labels
from dampak.figures.terms import LANGUAGES, METHODS, TERMS, method_name, term
from tests.unit.figures.sample import settings

DESIGN_METHODS = [
    "difference_in_means",
    "regression",
    "oaxaca_blinder",
    "nearest_1",
    "nearest_1_caliper",
    "nearest_5_bias_adjusted",
    "subclass",
    "full",
    "cem",
    "ipw",
    "overlap",
    "entropy_balancing",
    "aipw",
    "did_dr",
]


@pytest.mark.parametrize("key", [*TERMS, *METHODS])
def test_every_term_exists_in_every_language(key: str) -> None:
    entry = TERMS.get(key) or METHODS[key]
    assert sorted(entry) == sorted(LANGUAGES)
    assert all(text.strip() for text in entry.values())


@pytest.mark.parametrize("key", TERMS)
def test_translations_take_the_same_values(key: str) -> None:
    braces = {language: sorted(re.findall(r"{(\w+)}", text)) for language, text in TERMS[key].items()}
    assert braces["en"] == braces["id"]


@pytest.mark.parametrize("key", TERMS)
def test_no_sentence_carries_a_number_of_its_own(key: str) -> None:
    assert not any(re.search(r"\d", text) for text in TERMS[key].values())


def test_every_term_is_printed_somewhere() -> None:
    folder = Path(dampak.figures.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if path.name != "terms.py")
    assert [key for key in TERMS if f'"{key.removesuffix("_many")}' not in code] == []


def test_every_method_of_the_house_has_a_name() -> None:
    assert set(DESIGN_METHODS) <= set(METHODS)
    assert len({names["en"] for names in METHODS.values()}) == len(METHODS)


def test_a_label_of_its_own_is_printed_behind_the_name_of_its_family() -> None:
    assert method_name("trimmed", "ipw", "id") == "Bobot kebalikan peluang (trimmed)"
    assert method_name("ipw", "ipw", "en") == "Inverse-probability weights"
    assert method_name("strange", "unknown", "en") == "strange"


def test_a_missing_value_is_an_error_not_a_hole() -> None:
    with pytest.raises(KeyError):
        term("n", "en", treated="1")


def test_a_derived_covariate_is_spelled_out_with_the_labels_of_its_parts() -> None:
    labels = read_labels(settings())
    assert labels.variable("u74") == "Earnings 1974 = 0"
    assert labels.variable("unheard_of") == "unheard_of"


def test_labels_keep_their_capitals_inside_a_sentence_only_where_they_are_names() -> None:
    labels = read_labels(settings(labels={"a": {"label": "Earnings 1978"}, "b": {"label": "KPM members"}}))
    assert (labels.inside("a"), labels.inside("b")) == ("earnings 1978", "KPM members")


def test_sources_that_share_a_citation_are_cited_once() -> None:
    assert read_labels(settings(citations={"a": "One (2000).", "b": "One\n(2000)."})).source() == "Source: One (2000)."
    assert read_labels(settings(citations=[])).source() == ""
