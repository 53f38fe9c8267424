"""Names of persons: one spelling for comparison, what a name says beside it, and a key by sound.

A normalised name is for comparing within cleaning and linkage; it is personal data like the raw one.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from dampak.clean.registers.name_rules import NameRules

EMPTY, NO_LETTERS, ONLY_TITLES = "name_empty", "name_no_letters", "name_only_titles"

_APOSTROPHES = re.compile(r"['`´‘’\u02bc\u02bb\u02be\u02bf\"]+")
_TOKEN = re.compile(r"([^\W\d_]+)[ \t]*(\.?)|([(/@])")
# Names whose keys are made together, and what in a pattern could match from one line to the next.
_LINES = 10_000
_ACROSS_LINES = re.compile(r"\[\^|\\[sSWDAZnrvfx]|\(\?[aiLmsux]|\n")
# Longest abbreviation that dots divide: S.Pd.I.
_MAX_PARTS = 3

Token = tuple[str, bool]
_Parts = tuple[str | None, str | None, str | None, str]


def read_names(values: pd.Series, *, rules: NameRules) -> pd.DataFrame:
    """Bring names to one spelling, and take titles, the father's name and aliases away.

    Upper case without accents, punctuation and digits; titles before the name and degrees after it are dropped; ``bin``
    and ``binti`` begin the father's name, ``alias``, a bracket or a slash another name of the person; words in the list
    of variants become its canonical form, the others get the spelling of today. Single letters stay, as initials. Words
    keep their order, and two words stay two (`name_key` joins them).

    Parameters
    ----------
    values : (n,) Series of text
    rules : NameRules

    Returns
    -------
    (n, 4) DataFrame of object
        Index of `values`. ``name``: ``None`` where there is a problem. ``father``, ``alias``: ``None`` where there is
        none. ``problem``: ``""``, ``name_empty``, ``name_no_letters`` or ``name_only_titles``.
    """
    codes, unique = pd.factorize(values.astype(object), use_na_sentinel=True)
    read: list[_Parts] = [_read(cell if isinstance(cell, str) else str(cell), rules) for cell in unique]
    # Code -1 (missing) is the last entry.
    read.append((None, None, None, EMPTY))
    columns = {}
    for place, column in enumerate(("name", "father", "alias", "problem")):
        entries = np.empty(len(read), dtype=object)
        entries[:] = [parts[place] for parts in read]
        columns[column] = pd.Series(entries[codes], index=values.index, dtype=object)
    return pd.DataFrame(columns, index=values.index)


def normalised_name(values: pd.Series, *, rules: NameRules) -> pd.Series:
    """Bring names to one spelling: the column ``name`` of `read_names`.

    Names that are normalised already stay as they are.

    Parameters
    ----------
    values : (n,) Series of text
    rules : NameRules

    Returns
    -------
    (n,) Series of object
        ``None`` where there is no letter, or nothing but titles.
    """
    names = read_names(values, rules=rules)["name"]
    names.name = values.name
    return names


def name_key(values: pd.Series, *, rules: NameRules) -> pd.Series:
    """Key by sound, for blocking: names that are spelt differently share it, and some that differ do too.

    The words of the normalised name of more than one letter, joined (``NUR HAYATI`` and ``NURHAYATI`` are one), with
    the replacements of ``sounds.csv``. Raw and normalised names have the same key.

    Parameters
    ----------
    values : (n,) Series of text
    rules : NameRules

    Returns
    -------
    (n,) Series of object
        ``None`` where the name is.
    """
    return sound_key(normalised_name(values, rules=rules), rules=rules)


def sound_key(names: pd.Series, *, rules: NameRules) -> pd.Series:
    """Key by sound of names that are normalised already: `name_key` without the cost of reading them again.

    Parameters
    ----------
    names : (n,) Series of text
        From `normalised_name` or `read_names`.
    rules : NameRules

    Returns
    -------
    (n,) Series of object
        ``None`` where the name is.
    """
    codes, unique = pd.factorize(names, use_na_sentinel=True)
    keys = np.empty(len(unique) + 1, dtype=object)
    keys[:-1] = _keys([str(name) for name in unique], rules)
    # Code -1 (missing) is the last entry.
    keys[-1] = None
    return pd.Series(keys[codes], index=names.index, name=names.name, dtype=object)


def _keys(names: Sequence[str], rules: NameRules) -> list[str]:
    """Keys of names: each replacement goes over many names at once, one a line, which is several times faster."""
    found: list[str] = []
    for start in range(0, len(names), _LINES):
        joined = [_joined(name) for name in names[start : start + _LINES]]
        if any(_ACROSS_LINES.search(pattern.pattern) for pattern, _ in rules.sounds):
            keys = [_replaced(text, rules) for text in joined]
        else:
            text = "\n".join(joined)
            for pattern, replacement in rules.sounds:
                text = re.compile(pattern.pattern, pattern.flags | re.MULTILINE).sub(replacement, text)
            keys = text.split("\n")
        found += [key or text for key, text in zip(keys, joined, strict=True)]
    return found


def _joined(name: str) -> str:
    """Words of more than one letter in one; initials only where there is nothing else."""
    words = name.split(" ")
    return "".join([word for word in words if len(word) > 1] or words)


def _replaced(text: str, rules: NameRules) -> str:
    for pattern, replacement in rules.sounds:
        text = pattern.sub(replacement, text)
    return text


def _plain(raw: str) -> str:
    """Upper case without accents; in a few scripts one step of it makes room for another."""
    text = raw.upper()
    while not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        now = "".join(sign for sign in parts if not unicodedata.category(sign).startswith("M")).upper()
        if now == text:
            break
        text = now
    return text


def _read(raw: str, rules: NameRules) -> _Parts:
    """Name, father, alias and problem of one raw value."""
    plain = _plain(raw)
    if plain.isascii() and plain.replace(" ", "").isalpha():
        # Most names are words that need no second look; this gives what the rest of the function gives, sooner.
        words = [rules.word(word) for word in plain.split()]
        if rules.placed.isdisjoint(words):
            return " ".join(words), None, None, ""
    # A word is kept with whether a dot follows it: only then can it begin an abbreviation of several letters.
    tokens = [
        (rules.word(word) if word else sign, bool(dot))
        for word, dot, sign in _TOKEN.findall(_APOSTROPHES.sub("", plain))
    ]
    if not any(token[0].isalpha() for token in tokens):
        return None, None, None, NO_LETTERS if any(sign.isalnum() for sign in plain) else EMPTY
    start = _leading(tokens, rules, skip_markers=True)
    parts: dict[str, list[Token]] = {"name": []}
    kind = "name"
    for token in tokens[start:]:
        marker = rules.markers.get(token[0])
        if marker:
            kind = marker
            parts.setdefault(kind, [])
        elif token[0].isalpha():
            parts[kind].append(token)
    name = _spelt(parts["name"], rules)
    if not name:
        return None, None, None, ONLY_TITLES
    return name, _spelt(parts.get("father", []), rules), _spelt(parts.get("alias", []), rules), ""


def _leading(tokens: Sequence[Token], rules: NameRules, *, skip_markers: bool = False) -> int:
    """Count of words at the beginning that are titles, or marks with no name before them."""
    start = 0
    while start < len(tokens):
        sizes = range(_MAX_PARTS, 0, -1)
        length = next((size for size in sizes if _abbreviation(tokens[start : start + size], size) in rules.before), 0)
        if not length and skip_markers:
            length = int(tokens[start][0] in rules.markers or not tokens[start][0].isalpha())
        if not length:
            break
        start += length
    return start


def _spelt(tokens: Sequence[Token], rules: NameRules) -> str | None:
    """Words without titles and degrees, in one spelling; ``None`` where nothing is left."""
    tokens = tokens[_leading(tokens, rules) :]
    trimmed = True
    while trimmed:
        trimmed = False
        # The first word of a name stays, whatever it is.
        for size in range(min(_MAX_PARTS, len(tokens) - 1), 0, -1):
            if _abbreviation(tokens[-size:], size) in rules.after:
                tokens, trimmed = tokens[:-size], True
                break
    words = [word for word, _ in tokens]
    for place in range(len(words) - 1):
        words[place] = rules.canonical_before.get(words[place], words[place])
    if len(words) > 1:
        words[0] = rules.canonical_first.get(words[0], words[0])
    return " ".join(words) or None


def _abbreviation(tokens: Sequence[Token], size: int) -> str | None:
    """Join words that dots divide to one; a word alone is itself."""
    if len(tokens) < size or not all(dotted for _, dotted in tokens[:-1]):
        return None
    return "".join(word for word, _ in tokens)
