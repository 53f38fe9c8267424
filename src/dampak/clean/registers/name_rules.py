"""What is known of Indonesian names, as tables of the configuration; no name stands in the code.

``variants.csv``
    ``variant``, ``canonical``, ``place``: ``any``, ``first`` (the first of several words) or ``before`` (before another
    word).
``words.csv``
    ``word``, ``kind``, ``place``. Kind ``title`` or ``degree``: dropped, ``before`` or ``after`` the name, or ``both``.
    Kind ``father`` (bin, binti) or ``alias`` with place ``between``: what follows is the name of the father, another
    name of the person.
``spelling.csv``, ``sounds.csv``
    ``pattern``, ``replacement``: regular expressions, in order; from old spelling to new (again and again until a word
    no longer changes), and from name to sound for keys (once).

Each row has its ``status`` and ``source``; a row with ``use`` = ``no`` is kept for the record and not applied.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from dampak.errors import ConfigError

PLACES = {
    "variants": {"any", "first", "before"},
    "title": {"before", "after", "both"},
    "degree": {"before", "after", "both"},
    "father": {"between"},
    "alias": {"between"},
}
COLUMNS = {
    "variants": ("variant", "canonical", "place", "use", "status", "source"),
    "words": ("word", "kind", "place", "use", "status", "source"),
    "spelling": ("pattern", "replacement", "status", "source"),
    "sounds": ("pattern", "replacement", "status", "source"),
}
_WORD = re.compile(r"[^\W\d_]+")
_MAX_ROUNDS = 20

Replacements = tuple[tuple[re.Pattern[str], str], ...]


@dataclass(frozen=True)
class NameRules:
    """Rules for names, checked; made by `name_rules`.

    Parameters
    ----------
    canonical : dict
        Word -> its one spelling, wherever it stands.
    canonical_first, canonical_before : dict
        The same for words that must be the first of several, or have a word behind them.
    before, after : frozenset of str
        Words that are dropped at the beginning, at the end.
    markers : dict
        Word or sign -> ``father`` or ``alias``.
    spelling, sounds : tuple of (pattern, str)
    """

    canonical: Mapping[str, str]
    canonical_first: Mapping[str, str]
    canonical_before: Mapping[str, str]
    before: frozenset[str]
    after: frozenset[str]
    markers: Mapping[str, str]
    spelling: Replacements
    sounds: Replacements
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def placed(self) -> frozenset[str]:
        """Words to which something happens because of where they stand."""
        return self.before | self.after | {*self.markers, *self.canonical_first, *self.canonical_before}

    def word(self, raw: str) -> str:
        """One spelling of a word (upper case letters); the same again for what it returns."""
        found = self._known.get(raw)
        if found is None:
            found = self.canonical.get(raw)
            if found is None:
                modern = replaced(raw, self.spelling)
                found = self.canonical.get(modern, modern)
            self._known[raw] = found
        return found


def replaced(text: str, rules: Replacements) -> str:
    """Apply replacements until nothing changes; the text itself where nothing would be left.

    Raises
    ------
    ConfigError
        If the rules go round in circles.
    """
    now = text
    for _ in range(_MAX_ROUNDS):
        before = now
        for pattern, replacement in rules:
            now = pattern.sub(replacement, now)
        if now == before:
            return now or text
    raise ConfigError(
        f"names: after {_MAX_ROUNDS} rounds the replacements of spelling.csv still change a word, so two of them undo"
        " each other; remove one"
    )


def name_rules(tables: Mapping[str, pd.DataFrame], *, where: str = "config/names") -> NameRules:
    """Check the tables of rules and bring them into the form in which they are applied.

    Parameters
    ----------
    tables : mapping
        ``variants``, ``words``, ``spelling``, ``sounds`` -> table of text with the columns above.
    where : str
        Folder of the tables, for messages.

    Returns
    -------
    NameRules

    Raises
    ------
    ConfigError
        If a table or column is missing, a place or kind is unknown, a variant has two canonical forms, a canonical form
        would itself be changed or dropped, a word is both dropped and a variant, or a pattern is not a regular
        expression.
    """
    for name, columns in COLUMNS.items():
        if name not in tables:
            raise ConfigError(f"{where}: {name}.csv is missing; names cannot be read without it")
        for column in columns:
            if column not in tables[name].columns:
                raise ConfigError(f"{where}/{name}.csv has no column {column!r}; its columns are {', '.join(columns)}")
    spelling = _replacements(tables["spelling"], f"{where}/spelling.csv")
    sounds = _replacements(tables["sounds"], f"{where}/sounds.csv")
    words = _used(tables["words"])
    for word, kind, place in zip(words["word"], words["kind"], words["place"], strict=True):
        if place not in PLACES.get(kind, set()):
            raise ConfigError(
                f"{where}/words.csv: {word!r} has kind {kind!r} and place {place!r}; kinds and places are title or"
                " degree (before, after, both), father or alias (between)"
            )
    before, after = (
        frozenset(words.loc[words["place"].isin([place, "both"]), "word"]) for place in ("before", "after")
    )
    between = words[words["place"] == "between"]
    markers = dict(zip(between["word"], between["kind"], strict=True))
    by_place = _by_place(_used(tables["variants"]), spelling, f"{where}/variants.csv")
    dropped = before | after | set(markers)
    for canonical in {form for forms in by_place.values() for form in forms.values()}:
        if canonical in dropped or by_place["any"].get(canonical) != canonical:
            raise ConfigError(
                f"{where}/variants.csv: the canonical form {canonical!r} is itself a variant, or is dropped by"
                " words.csv; a canonical form must stay as it is"
            )
    # The spelling of today leaves these words alone: MM is a degree, its doubled letter no mistake for M.
    fixed = {word: word for word in dropped if _WORD.fullmatch(word)}
    if both := sorted(fixed.keys() & by_place["any"].keys()):
        raise ConfigError(
            f"{where}: {both[0]!r} stands in words.csv, to be dropped, and in variants.csv with place any; remove one,"
            " or give the variant place first or before"
        )
    return NameRules(
        canonical={**fixed, **by_place["any"]},
        canonical_first=by_place["first"],
        canonical_before=by_place["before"],
        before=before,
        after=after,
        markers=markers,
        spelling=spelling,
        sounds=sounds,
    )


def _used(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["use"] == "yes"]


def _by_place(variants: pd.DataFrame, spelling: Replacements, where: str) -> dict[str, dict[str, str]]:
    """Place -> variant -> canonical form; canonical forms are their own variants."""
    found: dict[str, dict[str, str]] = {place: {} for place in sorted(PLACES["variants"])}
    forms = [(str(word), str(word), "any") for word in variants["canonical"]]
    forms += zip(variants["variant"].astype(str), variants["canonical"].astype(str), variants["place"], strict=True)
    for variant, canonical, place in forms:
        if place not in found:
            raise ConfigError(f"{where}: {variant!r} has place {place!r}; use any, first or before")
        for word in (variant, canonical):
            if not _WORD.fullmatch(word) or word != word.upper():
                raise ConfigError(f"{where}: {word!r} is not one word of upper case letters; write it as one")
        for spelt in (variant, replaced(variant, spelling)):
            if found[place].setdefault(spelt, canonical) != canonical:
                raise ConfigError(
                    f"{where}: {variant!r} (or {spelt!r}, as spelling.csv writes it) has two canonical forms,"
                    f" {found[place][spelt]!r} and {canonical!r}; choose one"
                )
    return found


def _replacements(table: pd.DataFrame, where: str) -> Replacements:
    compiled = []
    for number, (pattern, replacement) in enumerate(
        zip(table["pattern"], table["replacement"].fillna(""), strict=True), start=2
    ):
        try:
            regex = re.compile(str(pattern))
            # An alternative that always matches, so that the replacement is tried too.
            re.compile(f"(?:{pattern})?").sub(str(replacement), "")
        except (re.error, IndexError) as error:
            raise ConfigError(f"{where}: line {number}: {pattern!r} is not a regular expression: {error}") from error
        compiled.append((regex, str(replacement)))
    return tuple(compiled)


def read_name_rules(folder: Path, *, label: str | None = None) -> NameRules:
    """Read the tables of rules from a folder.

    Parameters
    ----------
    folder : Path
        With ``variants.csv``, ``words.csv``, ``spelling.csv`` and ``sounds.csv``.
    label : str or None
        The folder as the user knows it, for messages.

    Raises
    ------
    ConfigError
        As `name_rules`, and if a file is missing or is not a table.
    """
    where = label or str(folder)
    tables = {}
    for name in COLUMNS:
        try:
            tables[name] = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        except FileNotFoundError:
            continue
        except (ValueError, pd.errors.ParserError) as error:
            raise ConfigError(f"{where}/{name}.csv is not a table of text: {error}") from error
    return name_rules(tables, where=where)
