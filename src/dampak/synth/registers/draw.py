"""Write down the rows of every register, faults included, and keep the truth about each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.seeds import seed_of
from dampak.synth.parameters import Parameters
from dampak.synth.population import Population
from dampak.synth.registers.dirt import RegisterDirt
from dampak.synth.registers.faults import (
    Faults,
    another_member,
    as_floats,
    disguised,
    faulty_dates,
    faulty_kecamatan,
    faulty_names,
    faulty_nik,
    repeated,
    with_title,
)
from dampak.synth.registers.formats import COMPONENT_NAMES, FORMATS, Format
from dampak.synth.registers.people import REMARKS, Listed, listed, recipients
from dampak.synth.survey_files.settings import Dirt
from dampak.synth.terms import COMPONENTS

IntArray = NDArray[np.int64]
Texts = NDArray[np.object_]

KINDS = (*REMARKS, "ghost", "double_aid", "duplicate_row", "duplicate_variant")


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
        register, row, kind: one line per fault that can be seen in the row, and per reason why an additional row is
        there.
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
    names: Collection[str] = tuple(FORMATS),
) -> Registers:
    """List the registers of a population.

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
    names : collection of str
        Registers to list; each is the same whichever others are.

    Returns
    -------
    Registers
    """
    paid = recipients(population)
    areas = {area.kab_code: area.name.upper().replace("KABUPATEN", "KAB.") for area in parameters.areas}
    families = population.families
    tables, links, faults = {}, [], []
    for name, form in ((name, form) for name, form in FORMATS.items() if name in names):
        rng = np.random.default_rng(seed_of(seed, "synth", "registers", name))
        rows = listed(name, population, paid, dirt, rng)
        written, found = _written(name, form, rows, population, identities, areas, dirt, spellings, rng)
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
    areas: Mapping[int, str], dirt: RegisterDirt, spellings: Dirt, rng: np.random.Generator,
) -> tuple[pd.DataFrame, dict[str, IntArray]]:  # fmt: skip
    """Text of every cell, and the rows of every fault."""
    who, faults = rows.person, Faults()
    persons, households = population.persons, population.households
    home = np.searchsorted(households["household_id"].to_numpy(), persons["household_id"].to_numpy()[who])
    everybody = {key: identities[key].to_numpy() for key in ("nik", "kk", "name", "address", "rt", "rw", "desa")}
    known = {key: values[who] for key, values in everybody.items()}
    male = persons["male"].to_numpy(dtype=bool)[who]
    birth = identities["birth_date"].to_numpy()[who].astype("datetime64[D]")
    # Who nobody is comes first: faults happen to the rows of ghosts as to those of others.
    known, birth = disguised(known, birth, np.flatnonzero(rows.kind == "ghost"), everybody["name"], rng)
    other = another_member(persons["family_id"].to_numpy(), who)
    of_member = np.where((other == who) | (rows.kind == "ghost"), "", everybody["nik"][other])
    nik, found = faulty_nik(known["nik"], of_member, dirt, scientific=not form.title, rng=rng)
    faults |= found
    faults["kk_invalid"] = bad = np.flatnonzero(rng.random(who.size) < dirt.kk_invalid.value)
    known["kk"][bad] = [text[:15] for text in known["kk"][bad]]
    known["name"], found = faulty_names(known["name"], male, everybody["name"], dirt, spellings, rng)
    faults |= found
    twice = np.flatnonzero((rows.kind == "duplicate_variant") & (known["name"] != ""))
    known["name"][twice] = with_title(known["name"][twice], male[twice])
    birth, found = faulty_dates(birth, dirt.birth_date_wrong.value, rng)
    faults |= found
    places = households["kecamatan"].to_numpy(dtype=np.int64)
    kecamatan, found = faulty_kecamatan(places[home], np.unique(places), dirt.kecamatan_wrong.value, rng)
    faults |= found
    if form.apostrophe:
        nik, known["kk"] = (np.where(v == "", "", "'" + v) for v in (nik, known["kk"]))
    if form.floats:
        for number, column in (("nik", nik), ("kk", known["kk"])):
            faults[f"{number}_lost_digits"] = as_floats(column)
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
    table = pd.DataFrame({header: cells[variable] for variable, header in form.headers.items()})
    table, faults = repeated(table, faults, rows.family, rows.kind)
    return table, faults | {kind: np.flatnonzero(rows.kind == kind) for kind in KINDS}


def _areas(code: IntArray, form: Format, areas: Mapping[int, str]) -> Texts:
    if form.area == "code":
        return code.astype(str).astype(object)
    unique, place = np.unique(code, return_inverse=True)
    return np.array([areas[int(c)] for c in unique], dtype=object)[place]


def _components(name: str, rows: Listed, population: Population) -> Texts:
    """The first component of PKH that the family has, as the register names it; blank where it has none."""
    if name != "pkh":
        return np.full(rows.family.size, "", dtype=object)
    counts = population.families[[f"n_{component}" for component in COMPONENTS]].to_numpy()
    named = np.array([COMPONENT_NAMES[component] for component in COMPONENTS], dtype=object)
    own = np.where(counts.any(axis=1), named[np.argmax(counts > 0, axis=1)], "")
    return np.asarray(np.where(rows.family >= 0, own[np.maximum(rows.family, 0)], ""), dtype=object)
