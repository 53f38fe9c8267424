"""Write down the rows of every register, faults included, and keep the truth about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.seeds import seed_of
from dampak.synth.parameters import Parameters
from dampak.synth.population import Population
from dampak.synth.registers.dirt import RegisterDirt
from dampak.synth.registers.formats import FORMATS, Format
from dampak.synth.registers.people import REMARKS, Listed, listed, recipients
from dampak.synth.survey_files.roster import recorded_names
from dampak.synth.survey_files.settings import Dirt
from dampak.synth.terms import COMPONENTS

IntArray = NDArray[np.int64]
Texts = NDArray[np.object_]

TITLES = {True: ("H. ", "HAJI ", "BPK "), False: ("HJ. ", "IBU ", "HAJAH ")}
PLACEHOLDERS = ("0000000000000000", "9999999999999999")


@dataclass(frozen=True, eq=False)
class Registers:
    """All registers as they will be written, and the truth.

    Parameters
    ----------
    tables : mapping of register to DataFrame of text
        Headers of the office; rows in the order of the file.
    links : DataFrame
        register, row (1-based data row), family_id, household_id; -1 for a row that names nobody.
    dirt : DataFrame
        register, row, kind: one line per fault.
    """

    tables: Mapping[str, pd.DataFrame]
    links: pd.DataFrame
    dirt: pd.DataFrame


def draw_registers(
    population: Population,
    identities: pd.DataFrame,
    parameters: Parameters,
    *,
    dirt: RegisterDirt,
    spellings: Dirt,
    seed: int,
) -> Registers:
    """List every register of a population.

    Parameters
    ----------
    population : Population
    identities : DataFrame
        Of every person, from `draw_identities`, in their order.
    parameters : Parameters
        For the names of the areas.
    dirt : RegisterDirt
    spellings : Dirt
        Other spellings of words of names; its own shares are not used.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    Registers
    """
    paid = recipients(population)
    areas = {area.kab_code: area.name.upper().replace("KABUPATEN", "KAB.") for area in parameters.areas}
    spelt = spellings.model_copy(update={"name_variant": dirt.name_variant, "name_typo": dirt.name_typo})
    families = population.families
    tables, links, faults = {}, [], []
    for name, form in FORMATS.items():
        rng = np.random.default_rng(seed_of(seed, "synth", "registers", name))
        rows = listed(name, population, paid, dirt, rng)
        written, found = _written(name, form, rows, population, identities, areas, dirt, spelt, rng)
        tables[name] = written
        number = np.arange(1, rows.family.size + 1)
        known = rows.family >= 0
        own = {
            key: np.where(known, families[key].to_numpy()[np.maximum(rows.family, 0)], -1)
            for key in ("family_id", "household_id")
        }
        links.append(pd.DataFrame({"register": name, "row": number, **own}))
        faults += [pd.DataFrame({"register": name, "row": number[at], "kind": kind}) for kind, at in found.items()]
    dirty = pd.concat(faults, ignore_index=True).sort_values(["register", "row", "kind"], kind="stable")
    return Registers(tables, pd.concat(links, ignore_index=True), dirty.reset_index(drop=True))


def _written(
    name: str, form: Format, rows: Listed, population: Population, identities: pd.DataFrame,
    areas: Mapping[int, str], dirt: RegisterDirt, spelt: Dirt, rng: np.random.Generator,
) -> tuple[pd.DataFrame, dict[str, IntArray]]:  # fmt: skip
    """Text of every cell, and the rows of every fault."""
    n, who, faults = rows.family.size, rows.person, {}
    persons, households = population.persons, population.households
    home = np.searchsorted(households["household_id"].to_numpy(), persons["household_id"].to_numpy()[who])

    def some(kind: str, share: float) -> IntArray:
        at = np.flatnonzero(rng.random(n) < share)
        faults[kind] = at
        return at

    known = {
        key: identities[key].to_numpy()[who].copy() for key in ("nik", "kk", "name", "address", "rt", "rw", "desa")
    }
    male = persons["male"].to_numpy(dtype=bool)[who]
    birth = identities["birth_date"].to_numpy()[who].astype("datetime64[D]").copy()
    other = some("nik_of_member", dirt.nik_of_member.value)
    known["nik"][other] = identities["nik"].to_numpy()[_another_member(persons, who[other])]
    some_bad = some("nik_invalid", dirt.nik_invalid.value)
    known["nik"][some_bad] = _invalid(known["nik"][some_bad], rng)
    known["nik"][some("nik_missing", dirt.nik_missing.value)] = ""
    bad_kk = some("kk_invalid", dirt.kk_invalid.value)
    known["kk"][bad_kk] = [text[:15] for text in known["kk"][bad_kk]]
    known["name"] = _spelt(known["name"], male, identities, spelt, rng)
    twice = np.flatnonzero(rows.kind == "duplicate_variant")
    known["name"][twice] = _with_title(known["name"][twice], male[twice])
    ghosts = np.flatnonzero(rows.kind == "ghost")
    _disguise(known, birth, ghosts, identities, rng)
    known["name"][some("name_empty", dirt.name_empty.value)] = ""
    wrong = some("birth_date_wrong", dirt.birth_date_wrong.value)
    birth[wrong] = birth[wrong].astype("datetime64[Y]").astype("datetime64[D]")
    kecamatan = households["kecamatan"].to_numpy(dtype=np.int64)[home].copy()
    elsewhere = some("kecamatan_wrong", dirt.kecamatan_wrong.value)
    kecamatan[elsewhere] = kecamatan[elsewhere] // 1000 * 1000 + 10
    for kind in (*REMARKS, "ghost", "double_aid", "duplicate_row", "duplicate_variant"):
        faults[kind] = np.flatnonzero(rows.kind == kind)
    nik = known["nik"]
    if not form.title:
        short = some("nik_scientific", dirt.nik_scientific.value)
        nik[short] = [_scientific(text) for text in nik[short]]
    if form.apostrophe:
        nik, known["kk"] = (np.where(v == "", "", "'" + v) for v in (nik, known["kk"]))
    cells = {
        "nik": nik,
        "kk": known["kk"],
        "name": known["name"],
        "sex": np.where(male, *(("L", "P") if form.sex == "LP" else ("1", "2"))).astype(object),
        "birth_date": pd.Series(birth).dt.strftime(form.dates).to_numpy(dtype=object),
        "address": known["address"],
        "rt": np.char.zfill(known["rt"].astype(str), 3).astype(object),
        "rw": np.char.zfill(known["rw"].astype(str), 3).astype(object),
        "desa": (kecamatan * 1000 + known["desa"].astype(np.int64) % 1000).astype(str).astype(object),
        "kecamatan": kecamatan.astype(str).astype(object),
        "kab": _areas(households["kab_code"].to_numpy(dtype=np.int64)[home], form, areas),
        "component": _components(name, rows, population),
        "amount": np.array([f"{v:,}".replace(",", ".") if form.dots else str(v) for v in rows.amount], dtype=object),
        "status": np.array([REMARKS.get(kind, "") for kind in rows.kind], dtype=object),
    }
    return pd.DataFrame({header: cells[variable] for variable, header in form.headers.items()}), faults


def _another_member(persons: pd.DataFrame, who: IntArray) -> IntArray:
    """Row of another member of the same family; the person itself where it has none."""
    family = persons["family_id"].to_numpy()
    following = np.minimum(who + 1, family.size - 1)
    before = np.maximum(who - 1, 0)
    return np.where(family[following] == family[who], following, np.where(family[before] == family[who], before, who))


def _invalid(nik: Texts, rng: np.random.Generator) -> Texts:
    """A digit lost, a day that no month has, or a placeholder."""
    kind = rng.integers(0, 3, nik.size)
    held = np.where(nik == "", PLACEHOLDERS[0], nik)
    made = [
        text[:15] if k == 0 else f"{text[:6]}39{text[8:]}" if k == 1 else PLACEHOLDERS[int(text[-1]) % 2]
        for text, k in zip(held, kind, strict=True)
    ]
    return np.array(made, dtype=object)


def _spelt(
    names: Texts, male: NDArray[np.bool_], identities: pd.DataFrame, spelt: Dirt, rng: np.random.Generator
) -> Texts:  # fmt: skip
    """Other spellings and typing errors; some with a title, some with the name of a parent."""
    recorded = recorded_names(names, spelt, rng)
    titled = np.flatnonzero(rng.random(names.size) < 0.04)
    recorded[titled] = _with_title(recorded[titled], male[titled])
    child_of = np.flatnonzero(rng.random(names.size) < 0.01)
    parent = identities["name"].to_numpy()[rng.integers(0, len(identities), child_of.size)]
    link = np.where(male[child_of], " BIN ", " BINTI ").astype(object)
    recorded[child_of] = recorded[child_of] + link + np.array([text.split(" ")[0] for text in parent], dtype=object)
    return np.asarray(recorded, dtype=object)


def _with_title(names: Texts, male: NDArray[np.bool_]) -> Texts:
    return np.array(
        [TITLES[bool(m)][len(text) % 3] + text for text, m in zip(names, male, strict=True)], dtype=object
    )  # fmt: skip


def _disguise(
    known: dict[str, Texts], birth: NDArray[np.datetime64], ghosts: IntArray, identities: pd.DataFrame,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Turn rows into persons who do not exist: another name, numbers that nobody has, another birth date."""
    known["name"][ghosts] = identities["name"].to_numpy()[rng.integers(0, len(identities), ghosts.size)]
    for number in ("nik", "kk"):
        known[number][ghosts] = [
            f"{text[:12]}{9000 + int(rng.integers(1000))}" if text else "" for text in known[number][ghosts]
        ]
    birth[ghosts] = birth[ghosts] + rng.integers(400, 4000, ghosts.size).astype("timedelta64[D]")


def _scientific(nik: str) -> str:
    return f"{float(nik):.2E}".replace(".", ",") if nik.isdigit() else nik


def _areas(code: IntArray, form: Format, areas: Mapping[int, str]) -> Texts:
    if form.area == "code":
        return code.astype(str).astype(object)
    unique, place = np.unique(code, return_inverse=True)
    return np.array([areas[int(c)] for c in unique], dtype=object)[place]


def _components(name: str, rows: Listed, population: Population) -> Texts:
    """The component of PKH that pays the family most persons, as the register lists one; blank in others."""
    if name != "pkh":
        return np.full(rows.family.size, "", dtype=object)
    counts = population.families[[f"n_{component}" for component in COMPONENTS]].to_numpy()
    first = np.array(COMPONENTS, dtype=object)[np.argmax(counts > 0, axis=1)]
    return np.asarray(np.where(rows.family >= 0, first[np.maximum(rows.family, 0)], first[0]), dtype=object)
