"""Whom the registers list: recipient families with their recipient person, former recipients, and nobody."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.synth.population import Population
from dampak.synth.registers.dirt import RegisterDirt

IntArray = NDArray[np.int64]

REMARKS = {"deceased": "Meninggal Dunia", "moved": "Pindah Alamat", "well_off": "Mampu Ekonomi"}
# PKH is paid to the woman of the family.
TO_WOMEN = ("pkh", "jatim_puspa")
# These are aid to one person, who stands in the register: the oldest member, the disabled one.
TO_PERSONS = ("pkh_plus", "aspd", "kabupaten_aid")


@dataclass(frozen=True, eq=False)
class Listed:
    """Rows of one register before they are written down.

    Parameters
    ----------
    family : (n,) int
        Row of the family in the population; -1 for nobody.
    person : (n,) int
        Row of the recipient person; of a ghost, of the person whose place and age it borrows.
    amount : (n,) int
        Rp in the year.
    kind : (n,) object
        Fault by which the row is there: "", a key of `REMARKS`, "ghost", "double_aid", "duplicate_row",
        "duplicate_variant".
    """

    family: IntArray
    person: IntArray
    amount: IntArray
    kind: NDArray[np.object_]


def recipients(population: Population) -> dict[str, IntArray]:
    """Return the recipient person of every family, by who is paid: {`head`, `woman`}: (families,) row of a person."""
    persons, families = population.persons, population.families
    family = np.searchsorted(families["family_id"].to_numpy(), persons["family_id"].to_numpy())
    head = np.zeros(len(families), dtype=np.int64)
    lead = np.flatnonzero(persons["family_head"].to_numpy(dtype=bool))
    head[family[lead]] = lead
    woman = head.copy()
    age = persons["age"].to_numpy(dtype=np.int64)
    # The oldest woman of working age; where there is none, the head.
    women = np.flatnonzero(~persons["male"].to_numpy(dtype=bool) & (age >= 18) & (age < 60))
    order = women[np.lexsort((women, age[women]))]
    woman[family[order]] = order
    return {"head": head, "woman": woman}


def listed(
    name: str, population: Population, paid: dict[str, IntArray], dirt: RegisterDirt, rng: np.random.Generator
) -> Listed:  # fmt: skip
    """List the rows of one register in the order of its file: by area, then as they came in."""
    families = population.families
    member = np.flatnonzero(families[name].to_numpy(dtype=bool))
    who = paid["woman" if name in TO_WOMEN else "head"]
    if name in TO_PERSONS:
        who = _persons_paid(name, population, who)
    amounts = _amounts(name, population)
    n = member.size
    # Former recipients are still in the social register; who has left that one can be anybody.
    still = families["dtks"].to_numpy(dtype=bool) | (name == "dtks")
    outsiders = np.flatnonzero(still & ~families[name].to_numpy(dtype=bool))
    typical = int(np.median(amounts[member])) if n and name != "dtks" else 0

    def some(share: float, pool: IntArray) -> IntArray:
        return rng.choice(pool, size=min(round(share * n), pool.size), replace=False) if pool.size else pool

    parts = [(member, who[member], amounts[member], "")]
    for kind in REMARKS:
        former = some(getattr(dirt, kind).value, outsiders)
        parts.append((former, who[former], np.full(former.size, typical), kind))
    ghosts = some(dirt.ghost.value, np.arange(len(families)))
    parts.append((np.full(ghosts.size, -1), who[ghosts], np.full(ghosts.size, typical), "ghost"))
    if name == "aspd":
        both = np.flatnonzero(families["kabupaten_aid"].to_numpy(dtype=bool) & ~families[name].to_numpy(dtype=bool))
        twice = some(max(dirt.double_aid.value, 1 / max(n, 1)), both)
        parts.append((twice, who[twice], np.full(twice.size, typical), "double_aid"))
    for kind in ("duplicate_row", "duplicate_variant"):
        again = some(getattr(dirt, kind).value, member)
        parts.append((again, who[again], amounts[again], kind))
    family, person, amount = (np.concatenate([part[i] for part in parts]).astype(np.int64) for i in range(3))
    kinds = np.concatenate([np.full(part[0].size, part[3], dtype=object) for part in parts])
    place = population.persons["household_id"].to_numpy()[person] // 1_000_000
    order = np.lexsort((rng.random(family.size), place))
    return Listed(family[order], person[order], amount[order], kinds[order])


def _persons_paid(name: str, population: Population, otherwise: IntArray) -> IntArray:
    """First person of each family whom the programme pays, (families,) row of a person; else the one given."""
    mine = population.receipts[population.receipts["programme"].astype(str) == name]
    mine = mine[mine["person_id"] > 0].drop_duplicates("family_id")
    at = np.searchsorted(population.families["family_id"].to_numpy(), mine["family_id"].to_numpy())
    who = otherwise.copy()
    who[at] = np.searchsorted(population.persons["person_id"].to_numpy(), mine["person_id"].to_numpy())
    return who


def _amounts(name: str, population: Population) -> IntArray:
    """Rupiah of the year by family, (families,)."""
    mine = population.receipts[population.receipts["programme"].astype(str) == name]
    at = np.searchsorted(population.families["family_id"].to_numpy(), mine["family_id"].to_numpy())
    total = np.bincount(at, weights=mine["amount"].to_numpy(dtype=float), minlength=len(population.families))
    return np.asarray(np.rint(total), dtype=np.int64)
