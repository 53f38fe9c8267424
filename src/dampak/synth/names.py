"""Names of people and addresses that the synthetic population carries: a table of parts, and draws of whole names."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from dampak.config.documents import read_text
from dampak.config.model import Model, NonEmpty
from dampak.errors import ConfigError
from dampak.synth.parameters import AREAS, Area

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
Texts = NDArray[np.object_]

FILE = "config/synth/names.csv"
SEXES, PEOPLE, GENERATIONS = ("L", "P"), ("jawa", "madura"), ("old", "young")
POOLS = {
    "parts": ("parts",),
    "single": ("single", "given"),
    "first": ("first", "given"),
    "last": ("last", "given"),
    "street": ("street",),
    "hamlet": ("hamlet",),
}
"""What is drawn, and the kinds of rows that it is drawn from: a given name may stand alone, first and last."""


class NameRow(Model):
    """A row of `config/synth/names.csv`."""

    kind: Literal["given", "first", "last", "single", "parts", "street", "hamlet"]
    """Place in a name; `parts`: how many parts names have; `street` and `hamlet` (dusun): addresses."""
    text: str = Field(pattern=r"^([A-Z]+( [A-Z]+)*|[123])$")
    """The part, in capital letters and the spelling of today; 1 to 3 for `parts`."""
    sex: Literal["L", "P", ""]
    """L men, P women; empty for addresses."""
    region: Literal["jawa", "madura", "any"]
    """Where it is used."""
    generation: Literal["old", "young", "any"]
    """Whose name it is."""
    weight: int = Field(ge=1)
    """Frequency relative to others of the kind: rough."""
    status: NonEmpty
    """How far it can be trusted."""
    source: NonEmpty
    """Where it was read, or why it was chosen."""


@dataclass(frozen=True)
class Pool:
    """Texts to draw from.

    Parameters
    ----------
    word : (k,) int
        Rows of `Names.words`.
    cumulative : (k,) int
        Sums of weights: whole numbers, so that a draw does not depend on how a machine adds.
    """

    word: IntArray
    cumulative: IntArray

    def draw(self, uniform: FloatArray) -> IntArray:
        """Places in the pool for numbers in [0, 1), in proportion to the weights."""
        target = np.floor(uniform * self.cumulative[-1]).astype(np.int64)
        return np.asarray(np.searchsorted(self.cumulative, target, side="right"), dtype=np.int64)


@dataclass(frozen=True)
class Names:
    """Parts of names and addresses.

    Parameters
    ----------
    words : (w,) array of str
        All texts, sorted, each once; the first is empty.
    pools : dict
        By `(pool, sex, region, generation)`; of addresses by `(pool, "", region, "old")`.
    places : dict of int to str
        Code of a kabupaten/kota to its name on an identity card (no `Kabupaten`, no `Kota`).
    """

    words: Texts
    pools: dict[tuple[str, str, str, str], Pool]
    places: dict[int, str]

    def texts(self, codes: IntArray) -> Texts:
        """Write the names that `draw_names` gives as codes: equal codes share one text."""
        unique, place = np.unique(codes, return_inverse=True)
        spaced = np.array([f" {word}" if word else "" for word in self.words], dtype=object)
        base = len(self.words)
        written = self.words[unique // base**2] + spaced[unique // base % base] + spaced[unique % base]
        return np.asarray(written[place.reshape(-1)], dtype=object)

    def for_areas(self, areas: Iterable[Area]) -> "Names":
        """Return the same names for a population of these areas."""
        return replace(self, places={area.kab_code: _on_card(area.name) for area in areas})


def parse_names(table: str, areas: str) -> Names:
    """Build the names from the text of the two files.

    Parameters
    ----------
    table : str
        CSV text of `config/synth/names.csv`.
    areas : str
        CSV text of `config/synth/areas.csv`: `kab_code` and `name` are used.

    Raises
    ------
    ConfigError
        If a row is wrong, or there is nothing to draw from for a sex, region and generation.
    """
    # Row 1 of a file is its header.
    rows = [_checked(row, number) for number, row in enumerate(csv.DictReader(io.StringIO(table)), 2)]
    words = np.array(["", *sorted({row.text for row in rows})], dtype=object)
    place = {word: i for i, word in enumerate(words)}
    cells = [(pool, sex, people, generation) for pool in ("parts", "single", "first", "last") for sex in SEXES
             for people in PEOPLE for generation in GENERATIONS]  # fmt: skip
    cells += [(pool, "", people, "old") for pool in ("street", "hamlet") for people in PEOPLE]
    named = {}
    for row in csv.DictReader(io.StringIO(areas)):
        named[int(row["kab_code"])] = _on_card(row["name"])
    return Names(words, {cell: _pool(rows, place, *cell) for cell in cells}, named)


def _on_card(name: str) -> str:
    return name.removeprefix("Kabupaten ").removeprefix("Kota ").upper()


def load_names(root: Path) -> Names:
    """Read the names of a project.

    Parameters
    ----------
    root : Path
        The project's folder; the files are `config/synth/names.csv` and `config/synth/areas.csv`.

    Raises
    ------
    ConfigError
        When a file cannot be read or is wrong.
    """
    return parse_names(read_text(root / FILE, file=FILE), read_text(root / AREAS, file=AREAS))


def draw_names(names: Names, male: BoolArray, madura: BoolArray, old: BoolArray, rng: np.random.Generator) -> IntArray:
    """Draw a name for everybody.

    Parameters
    ----------
    names : Names
    male, madura, old : (n,) bool
        Sex, where the person lives, and whether the name is one of the older generation.
    rng : Generator

    Returns
    -------
    (n,) int
        Codes for `Names.texts`; no part stands twice in a name.
    """
    uniform, base = rng.random((len(male), 4)), len(names.words)
    codes = np.empty(len(male), dtype=np.int64)
    cell = 4 * ~male + 2 * madura + ~old
    for number in range(8):
        rows = np.flatnonzero(cell == number)
        key = (SEXES[number // 4], PEOPLE[number // 2 % 2], GENERATIONS[number % 2])
        draws = uniform[rows]
        parts, single, first, last = (names.pools[(pool, *key)] for pool in ("parts", "single", "first", "last"))
        count = names.words[parts.word].astype(np.int64)[parts.draw(draws[:, 0])]
        one = np.where(count == 1, single.word[single.draw(draws[:, 1])], first.word[first.draw(draws[:, 1])])
        two, three = last.draw(draws[:, 2]), last.draw(draws[:, 3])
        # Another part than those before it: the next in the pool.
        two = np.where(last.word[two] == one, (two + 1) % len(last.word), two)
        for _ in range(2):
            taken = (last.word[three] == one) | (three == two)
            three = np.where(taken, (three + 1) % len(last.word), three)
        second, third = np.where(count >= 2, last.word[two], 0), np.where(count == 3, last.word[three], 0)
        codes[rows] = (one * base + second) * base + third
    return codes


def _checked(row: dict[str, str], number: int) -> NameRow:
    try:
        return NameRow.model_validate(row)
    except ValidationError as error:
        problem = error.errors()[0]
        column = "".join(f"{part}: " for part in problem["loc"])
        raise ConfigError(f"{FILE}: row {number}: {column}{problem['msg']}; correct the cell") from None


def _pool(rows: list[NameRow], place: dict[str, int], pool: str, sex: str, people: str, generation: str) -> Pool:
    """Gather the rows of one cell, each text once: the heaviest row counts."""
    found: dict[int, int] = {}
    for row in rows:
        fits = row.sex == sex and row.region in (people, "any") and row.generation in (generation, "any")
        if row.kind in POOLS[pool] and fits:
            found[place[row.text]] = max(row.weight, found.get(place[row.text], 0))
    # Three parts of a name differ, which takes as many to choose from.
    if len(found) < (3 if pool == "last" else 1):
        who = f"sex {sex}, region {people}, generation {generation}" if sex else f"region {people}"
        raise ConfigError(
            f"{FILE}: too few rows of kind {' or '.join(POOLS[pool])} for {who}; add rows, or mark some as 'any'"
        )
    weights = pd.Series(found).sort_index()
    return Pool(weights.index.to_numpy(dtype=np.int64), np.cumsum(weights.to_numpy(dtype=np.int64)))
