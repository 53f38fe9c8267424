"""What goes wrong when a row is written down. Every function says which rows it changed: the truth lists no other."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.registers.dirt import RegisterDirt
from dampak.synth.survey_files.roster import recorded_names
from dampak.synth.survey_files.settings import Dirt

IntArray = NDArray[np.int64]
Texts = NDArray[np.object_]
Dates = NDArray[np.datetime64]
Faults = dict[str, IntArray]

TITLES = {True: ("H. ", "HAJI ", "BPK "), False: ("HJ. ", "IBU ", "HAJAH ")}
PLACEHOLDERS = ("0000000000000000", "9999999999999999")
TITLED, WITH_FATHER = 0.04, 0.01
"""Shares of names with a title, and with BIN or BINTI and another name (assumptions)."""
_NOT_WRITTEN = 39
"""A day that no month has, and that is no woman's either."""


def disguised(known: Mapping[str, Texts], birth: Dates, ghosts: IntArray, names: Texts,
              rng: np.random.Generator) -> tuple[dict[str, Texts], Dates]:  # fmt: skip
    """Turn rows into persons who do not exist: another name, numbers that nobody has, another birth date.

    Parameters
    ----------
    known : mapping of str to (n,) array
        `nik`, `kk`, `name` and others, which stay.
    birth : (n,) datetime64[D]
    ghosts : (g,) int
        Rows.
    names : (m,) array of str
        To take a name from.
    """
    held, born = {key: values.copy() for key, values in known.items()}, birth.copy()
    held["name"][ghosts] = names[rng.integers(0, len(names), ghosts.size)]
    for number in ("nik", "kk"):
        # Sequences of real numbers of a place and day begin at 1 and never come near 9000.
        held[number][ghosts] = [
            f"{text[:12]}{9000 + last}" if text else ""
            for text, last in zip(held[number][ghosts], rng.integers(0, 1000, ghosts.size), strict=True)
        ]
    born[ghosts] += rng.integers(400, 4000, ghosts.size).astype("timedelta64[D]")
    return held, born


def faulty_nik(nik: Texts, of_member: Texts, dirt: RegisterDirt, *, scientific: bool,
               rng: np.random.Generator) -> tuple[Texts, Faults]:  # fmt: skip
    """Give some rows a NIK that is missing, invalid, another member's or shortened by a spreadsheet: one fault a row.

    Parameters
    ----------
    nik : (n,) array of str
        "" for a person who has none; such rows count as missing too.
    of_member : (n,) array of str
        NIK of another member of the family, "" where there is none.
    dirt : RegisterDirt
    scientific : bool
        Whether the register went through a spreadsheet that shortens numbers.
    """
    chance, end = rng.random(nik.size), 0.0
    held, at = nik.copy(), {}
    shares = {"nik_missing": dirt.nik_missing.value, "nik_invalid": dirt.nik_invalid.value}
    shares |= {"nik_of_member": dirt.nik_of_member.value}
    shares |= {"nik_scientific": dirt.nik_scientific.value if scientific else 0.0}
    for kind, share in shares.items():
        at[kind] = np.flatnonzero((chance >= end) & (chance < end + share))
        end += share
    held[at["nik_missing"]] = ""
    held[at["nik_invalid"]] = _invalid(nik[at["nik_invalid"]], rng)
    others = at["nik_of_member"]
    at["nik_of_member"] = others[of_member[others] != ""]
    held[at["nik_of_member"]] = of_member[at["nik_of_member"]]
    short = at["nik_scientific"]
    at["nik_scientific"] = short[nik[short] != ""]
    held[at["nik_scientific"]] = [f"{float(text):.2E}".replace(".", ",") for text in nik[at["nik_scientific"]]]
    return held, {**at, "nik_missing": np.flatnonzero(held == "")}


def _invalid(nik: Texts, rng: np.random.Generator) -> Texts:
    """A digit lost, a day that no month has, or a placeholder."""
    kind = rng.integers(0, 3, nik.size)
    made = [
        (text[:15], f"{text[:6]}{_NOT_WRITTEN}{text[8:]}", PLACEHOLDERS[place % 2])[k if text else 2]
        for place, (text, k) in enumerate(zip(nik, kind, strict=True))
    ]
    return np.array(made, dtype=object)


def as_floats(numbers: Texts) -> IntArray:
    """Write numbers of sixteen digits with the decimals of a float, in place.

    Returns
    -------
    (m,) int
        Rows whose last digit is a zero: nobody can tell it from one that a spreadsheet put there.
    """
    whole = np.array([len(text) == 16 and text.isdigit() for text in numbers], dtype=bool)
    numbers[whole] = numbers[whole] + ".0"
    return np.flatnonzero(np.array([text.endswith("0.0") for text in numbers], dtype=bool))


def another_member(family: IntArray, who: IntArray) -> IntArray:
    """Row of another member of the same family, (n,) int; the person itself where the neighbours are of others.

    Parameters
    ----------
    family : (m,) int
        Family of every person.
    who : (n,) int
        Rows of persons.
    """
    after, before = np.minimum(who + 1, family.size - 1), np.maximum(who - 1, 0)
    mine = family[who]
    return np.where((family[after] == mine) & (after != who), after, np.where(family[before] == mine, before, who))


def faulty_names(names: Texts, male: NDArray[np.bool_], pool: Texts, dirt: RegisterDirt, spellings: Dirt,
                 rng: np.random.Generator) -> tuple[Texts, Faults]:  # fmt: skip
    """Spell names otherwise, add titles and names of fathers, mistype a letter, leave some out.

    Parameters
    ----------
    names : (n,) array of str
    male : (n,) bool
    pool : (m,) array of str
        Names to take a father's from.
    dirt : RegisterDirt
    spellings : Dirt
        Other spellings of words; its own shares are not used.
    """
    none = dirt.name_typo.model_copy(update={"value": 0.0})
    varied = recorded_names(
        names, spellings.model_copy(update={"name_variant": dirt.name_variant, "name_typo": none}), rng
    )
    titled = np.flatnonzero(rng.random(names.size) < TITLED)
    varied[titled] = with_title(varied[titled], male[titled])
    child = np.flatnonzero(rng.random(names.size) < WITH_FATHER)
    link = np.where(male[child], " BIN ", " BINTI ").astype(object)
    father = pool[rng.integers(0, len(pool), child.size)]
    varied[child] = varied[child] + link + np.array([text.split(" ")[0] for text in father], dtype=object)
    typed = recorded_names(
        varied, spellings.model_copy(update={"name_variant": none, "name_typo": dirt.name_typo}), rng
    )
    empty = np.flatnonzero(rng.random(names.size) < dirt.name_empty.value)
    held = typed.copy()
    held[empty] = ""
    written = held != ""
    return held, {
        "name_variant": np.flatnonzero((varied != names) & written),
        "name_typo": np.flatnonzero((typed != varied) & written),
        "name_empty": empty,
    }


def with_title(names: Texts, male: NDArray[np.bool_]) -> Texts:
    """Put a title before each name, (n,) array of str."""
    return np.array(
        [TITLES[bool(m)][len(text) % 3] + text for text, m in zip(names, male, strict=True)], dtype=object
    )  # fmt: skip


def faulty_dates(birth: Dates, share: float, rng: np.random.Generator) -> tuple[Dates, Faults]:
    """Swap day and month of some birth dates where that gives a date, and put others on the first of January."""
    at = np.flatnonzero(rng.random(birth.size) < share)
    year, month = birth[at].astype("datetime64[Y]"), birth[at].astype("datetime64[M]")
    day0, month0 = (birth[at] - month).astype(np.int64), (month - year.astype("datetime64[M]")).astype(np.int64)
    swap = (day0 < 12) & (day0 != month0) & (rng.random(at.size) < 0.5)
    swapped = (year.astype("datetime64[M]") + np.where(swap, day0, 0)).astype("datetime64[D]") + month0
    held = birth.copy()
    held[at] = np.where(swap, swapped, year.astype("datetime64[D]"))
    return held, {"birth_date_wrong": at[held[at] != birth[at]]}


def faulty_kecamatan(kecamatan: IntArray, known: IntArray, share: float, rng: np.random.Generator
                     ) -> tuple[IntArray, Faults]:  # fmt: skip
    """Move some rows to another kecamatan of their kabupaten/kota; one with a single kecamatan has no other.

    Parameters
    ----------
    kecamatan : (n,) int
        BPS codes, 7 digits.
    known : (k,) int
        All kecamatan, sorted, each once.
    share : float
    """
    at = np.flatnonzero(rng.random(kecamatan.size) < share)
    low, high = (np.searchsorted(known // 1000, kecamatan[at] // 1000, side=side) for side in ("left", "right"))
    steps = (rng.random(at.size) * (high - low - 1)).astype(np.int64) + 1
    place = low + (np.searchsorted(known, kecamatan[at]) - low + steps) % (high - low)
    held = kecamatan.copy()
    held[at] = known[place]
    return held, {"kecamatan_wrong": at[held[at] != kecamatan[at]]}


def repeated(table: pd.DataFrame, faults: Faults, family: IntArray, kind: Texts) -> tuple[pd.DataFrame, Faults]:
    """Make the rows of kind "duplicate_row" what their families' own rows are, cell by cell and fault by fault.

    Parameters
    ----------
    table : (n, q) DataFrame
    faults : mapping of kind to rows
    family : (n,) int
    kind : (n,) array of str
        Why each row is there, from `Listed`.
    """
    again, own = np.flatnonzero(kind == "duplicate_row"), np.flatnonzero(kind == "")
    own = own[np.argsort(family[own], kind="stable")]
    source = np.arange(family.size)
    source[again] = own[np.searchsorted(family[own], family[again])]
    # A row is taken from its source; the reason why it is there at all stays its own.
    same = {name: np.flatnonzero(np.isin(source, rows)) for name, rows in faults.items()}
    return table.iloc[source].reset_index(drop=True), same
