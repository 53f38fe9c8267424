"""The catalogue of terms that several figures print, in English and in Indonesian.

What one kind of figure prints stands in a catalogue beside it (`balance_terms`, `effect_terms`, `programmes.terms`), so
that a new wording there redraws these figures only. Numbers, names of variables and units come in through the braces; a
sentence never carries a number of its own.
"""

from collections.abc import Mapping

Terms = Mapping[str, Mapping[str, str]]

LANGUAGES = ("en", "id")

TERMS: dict[str, dict[str, str]] = {
    "ci": {"en": "{level} CI", "id": "SK {level}"},
    "ci_long": {"en": "{level} confidence interval", "id": "selang kepercayaan {level}"},
    "estimate_ci": {"en": "Estimate ({ci})", "id": "Taksiran ({ci})"},
    "with_ci": {"en": "{estimate} ({ci} {low} to {high})", "id": "{estimate} ({ci} {low} s.d. {high})"},
    "range": {"en": "{estimate} ({low} to {high})", "id": "{estimate} ({low} s.d. {high})"},
    "no_interval": {"en": "{estimate} (no interval)", "id": "{estimate} (tanpa selang)"},
    "no_estimate": {"en": "no estimate", "id": "tidak ada taksiran"},
    "n": {
        "en": "n = {treated} recipients and {comparison} comparison units.",
        "id": "n = {treated} penerima dan {comparison} unit pembanding.",
    },
    "n_fewest": {
        "en": "n = {treated} recipients and {comparison} comparison units; "
        "{method} uses the fewest, {few_treated} and {few_comparison}.",
        "id": "n = {treated} penerima dan {comparison} unit pembanding; "
        "{method} memakai paling sedikit, {few_treated} dan {few_comparison}.",
    },
    "n_method": {
        "en": "n = {treated} recipients and {comparison} comparison units; "
        "{method} uses {few_treated} and {few_comparison}.",
        "id": "n = {treated} penerima dan {comparison} unit pembanding; "
        "{method} memakai {few_treated} dan {few_comparison}.",
    },
    "source": {"en": "Source: {citations}", "id": "Sumber: {citations}"},
    "drawn_by": {"en": "Drawn by {function}.", "id": "Digambar oleh {function}."},
    "treated": {"en": "Recipients", "id": "Penerima"},
    "comparison": {"en": "Comparison group", "id": "Kelompok pembanding"},
    "headline_bold": {
        "en": "The method that the study names as its headline is in bold.",
        "id": "Metode utama studi dicetak tebal.",
    },
    "propensity": {"en": "Propensity score", "id": "Skor kecenderungan"},
    "love_method": {"en": "Adjustment: {method}.", "id": "Penyesuaian: {method}."},
    "effect_axis": {"en": "Effect on {outcome}{unit}", "id": "Pengaruh terhadap {outcome}{unit}"},
    "unit": {"en": " ({unit})", "id": " ({unit})"},
}


def term(key: str, language: str, terms: Terms, /, **values: str) -> str:
    """Return one term with its braces filled.

    Parameters
    ----------
    key
        Name of the term.
    language
        `en` or `id`.
    terms
        The terms of the figure; those that it shares with others are found here.
    values
        Text for each name in braces.
    """
    entry = terms[key] if key in terms else TERMS[key]
    return entry[language].format(**values)
