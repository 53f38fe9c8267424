"""The catalogues of terms are complete, alive, hold no number, and reach only the figures that print them."""

import re
from pathlib import Path

import pytest

import dampak.figures
from dampak.figures.balance_terms import BALANCE_TERMS
from dampak.figures.effect_terms import EFFECT_TERMS
from dampak.figures.labels import read_labels
from dampak.figures.method_names import METHODS, method_name
from dampak.figures.programmes.terms import PROGRAMME_TERMS
from dampak.figures.terms import LANGUAGES, TERMS, term
from dampak.provenance.code.fingerprint import Library, reached
from tests.unit.figures.sample import settings

ROOT = Path(__file__).parents[3]
CATALOGUES = {"terms": TERMS, "balance": BALANCE_TERMS, "effect": EFFECT_TERMS, "programmes": PROGRAMME_TERMS}
EVERY = {key: entry for catalogue in CATALOGUES.values() for key, entry in catalogue.items()}
# Script or notebook -> the modules of terms that its code may use.
SHARED, BALANCE, EFFECT, PROGRAMMES = (
    f"dampak.figures.{name}" for name in ("terms", "balance_terms", "effect_terms", "programmes.terms")
)
REACHED = {
    "workflow/scripts/figure_love.py": {SHARED, BALANCE},
    "workflow/scripts/figure_overlap.py": {SHARED, BALANCE},
    "workflow/scripts/figure_effects.py": {SHARED, EFFECT},
    "workflow/scripts/figure_placebo.py": {SHARED, EFFECT},
    "workflow/scripts/figure_programme_effects.py": {SHARED, PROGRAMMES},
    "workflow/scripts/figure_verdicts.py": {SHARED, PROGRAMMES},
    "notebooks/nsw.ipynb": {SHARED},
}

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


@pytest.mark.parametrize("key", [*EVERY, *METHODS])
def test_every_term_exists_in_every_language(key: str) -> None:
    entry = EVERY.get(key) or METHODS[key]
    assert sorted(entry) == sorted(LANGUAGES)
    assert all(text.strip() for text in entry.values())


def test_a_term_stands_in_one_catalogue_only() -> None:
    assert len(EVERY) == sum(map(len, CATALOGUES.values()))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(Path(dampak.figures.__file__).parents[1])


@pytest.mark.parametrize("file", REACHED)
def test_a_new_wording_redraws_only_the_figures_that_may_print_it(library: Library, file: str) -> None:
    found = reached(ROOT / file, library=library)
    assert {key.split(":")[0] for key in found.definitions if key.endswith("TERMS")} == REACHED[file]
    assert (PROGRAMMES in found.modules) == (PROGRAMMES in REACHED[file])


@pytest.mark.parametrize("key", EVERY)
def test_translations_take_the_same_values(key: str) -> None:
    braces = {language: sorted(re.findall(r"{(\w+)}", text)) for language, text in EVERY[key].items()}
    assert braces["en"] == braces["id"]


@pytest.mark.parametrize("key", EVERY)
def test_no_sentence_carries_a_number_of_its_own(key: str) -> None:
    assert not any(re.search(r"\d", text) for text in EVERY[key].values())


def test_every_term_is_printed_somewhere() -> None:
    folder = Path(dampak.figures.__file__).parent
    code = "".join(p.read_text(encoding="utf-8") for p in folder.rglob("*.py") if not p.stem.endswith("terms"))
    assert [key for key in EVERY if f'"{key.removesuffix("_many")}' not in code] == []


def test_every_method_of_the_house_has_a_name() -> None:
    assert set(DESIGN_METHODS) <= set(METHODS)
    assert len({names["en"] for names in METHODS.values()}) == len(METHODS)


def test_a_label_of_its_own_is_printed_behind_the_name_of_its_family() -> None:
    assert method_name("trimmed", "ipw", "id") == "Bobot kebalikan peluang (trimmed)"
    assert method_name("ipw", "ipw", "en") == "Inverse-probability weights"
    assert method_name("strange", "unknown", "en") == "strange"


def test_a_missing_value_is_an_error_not_a_hole() -> None:
    with pytest.raises(KeyError):
        term("n", "en", {}, treated="1")


def test_a_figure_prints_the_terms_of_its_kind_and_the_shared_ones_and_no_others() -> None:
    labels = read_labels(settings(), terms=EFFECT_TERMS)
    assert (labels.say("passed"), labels.say("treated")) == ("passed", "Recipients")
    with pytest.raises(KeyError):
        labels.say("common_support")


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
