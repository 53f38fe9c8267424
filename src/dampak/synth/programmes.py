"""Who receives what: the register, and the rules of each programme with its errors and overlaps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.parameters import Parameters
from dampak.synth.terms import COMPONENTS, PKH_STATUS, PROGRAMMES, named

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ACTIVE, NATURAL, PROSPEROUS = (PKH_STATUS.index(name) for name in PKH_STATUS[1:])
# Families that a rule puts before all others of an area; scores and their noise stay far below it.
FIRST = 1e6


def quotas(families: float, share: FloatArray, represents: FloatArray) -> IntArray:
    """Turn a real number of families into synthetic ones per area.

    Parameters
    ----------
    families : float
        Real recipient families of the province.
    share : (k,) float
        Of each area, any scale.
    represents : (k,) float
        Real families for each synthetic one.

    Returns
    -------
    (k,) int
        The running total is rounded, so a programme that is small everywhere does not vanish everywhere.
    """
    running = np.rint(np.cumsum(families * share / share.sum() / represents)).astype(np.int64)
    return np.asarray(np.diff(running, prepend=0))


def first_of_each_area(pool: BoolArray, need: FloatArray, area: IntArray, quota: IntArray) -> BoolArray:
    """Take the neediest of a pool in each area, up to a quota.

    Parameters
    ----------
    pool : (n,) bool
        Who may be taken.
    need : (n,) float
        Who comes first: more need.
    area : (n,) int
    quota : (k,) int

    Returns
    -------
    (n,) bool
        Fewer than the quota where the pool is smaller.
    """
    chosen = np.zeros(len(pool), dtype=bool)
    inside = np.flatnonzero(pool)
    order = inside[np.lexsort((-need[inside], area[inside]))]
    ranked = area[order]
    rank = np.arange(len(order)) - np.searchsorted(ranked, ranked)
    chosen[order[rank < quota[ranked]]] = True
    return chosen


def register(need: FloatArray, area: IntArray, places: IntArray, *, exclusion: float, inclusion: float,
             rng: np.random.Generator) -> BoolArray:  # fmt: skip
    """Draw who is in the social register (DTKS).

    Parameters
    ----------
    need : (n,) float
        As the register sees it.
    area : (n,) int
    places : (k,) int
        Of each area; also the size of its target group, its neediest.
    exclusion : float
        Chance that a target family is missed.
    inclusion : float
        Share of the places that goes to families whatever their need.

    Returns
    -------
    (n,) bool
    """
    anyone = np.ones(len(need), dtype=bool)
    target = first_of_each_area(anyone, need, area, places)
    found = target & (rng.random(len(need)) >= exclusion)
    by_need = first_of_each_area(found, need, area, np.rint(places * (1 - inclusion)).astype(np.int64))
    left = places - np.bincount(area[by_need], minlength=len(places))
    return by_need | first_of_each_area(~target, rng.random(len(need)), area, left)


def enrol(families: pd.DataFrame, households: pd.DataFrame, areas: pd.DataFrame, score: FloatArray,
          oldest: IntArray, parameters: Parameters, rng: np.random.Generator) -> pd.DataFrame:  # fmt: skip
    """Draw the register, the recipients of every programme, and those who left PKH.

    Parameters
    ----------
    families : DataFrame
        From `family_table`, with `aid_to_disabled` (a severely disabled member of at most 60 years).
    households : DataFrame
        `urban`, `represents`.
    areas : DataFrame
        `poor_2020_thousand`, `p0_2020_pct`, `persons_2020_derived`, `urban_share_assumed`, `kab_code`, `type`.
    score : (n,) float
        From `need_score`.
    oldest : (n,) int
        Age of the oldest member.
    parameters : Parameters
    rng : Generator

    Returns
    -------
    DataFrame
        `dtks` and one boolean column per programme of `PROGRAMMES`; `pkh_status` of `PKH_STATUS`.
    """
    rules, sizes = parameters.rules, parameters.programmes
    n, area = len(families), families["area"].to_numpy()
    urban = households["urban"].to_numpy()[families["household"].to_numpy()]
    represents = np.zeros(len(areas))
    represents[households["area"].to_numpy()] = households["represents"].to_numpy()
    poor, persons = areas["poor_2020_thousand"].to_numpy(), areas["persons_2020_derived"].to_numpy(dtype=float)
    rural = 1 - areas["urban_share_assumed"].to_numpy()  # A desa is rural; a kota has none.
    noise = parameters.score.noise.value

    def seen(spread: float) -> FloatArray:
        return np.asarray(score + spread * noise * rng.standard_normal(n))

    def places(name: str, share: FloatArray = poor) -> IntArray:
        return quotas(sizes[name].families.value, share, represents)

    count = np.bincount(area, minlength=len(areas))
    # Between the number of poor and the number of families: even the least poor area registers some.
    wide = count * np.sqrt(areas["p0_2020_pct"].to_numpy())
    wide = wide * (parameters.score.registered_share.value * count @ represents / (wide @ represents))
    dtks = register(seen(1.0), area, np.minimum(np.rint(wide).astype(np.int64), count),
                    exclusion=parameters.score.exclusion_error.value, inclusion=parameters.score.inclusion_error.value,
                    rng=rng)  # fmt: skip
    eligible = families[[f"n_{name}" for name in COMPONENTS]].to_numpy().sum(axis=1) > 0
    pkh = first_of_each_area(dtks & eligible, seen(0.8), area, places("pkh"))

    exits = np.rint(np.bincount(area[pkh], minlength=len(areas)) * rules.pkh_left_per_active.value)
    prosperous_quota = np.rint(exits * rules.prosperous_share_of_exits.value).astype(np.int64)
    natural = first_of_each_area(dtks & ~eligible, rng.random(n), area, exits.astype(np.int64) - prosperous_quota)
    prosperous = first_of_each_area(dtks & eligible & ~pkh, -seen(0.5), area, prosperous_quota)
    left = natural | prosperous

    kept = pkh & (rng.random(n) < rules.bpnt_given_pkh.value)
    bpnt = first_of_each_area(dtks & (kept | ~pkh), seen(0.8) + FIRST * kept, area, places("bpnt"))
    pupils = families["n_pupils"].to_numpy() > 0
    helped = pkh & pupils & (rng.random(n) < rules.pip_given_pkh.value)
    pip = first_of_each_area(pupils & (helped | (dtks & ~pkh)), seen(1.5) + FIRST * helped, area, places("pip"))
    bst = first_of_each_area(~pkh & ~bpnt, seen(1.5), area, places("bst"))
    blt_desa = first_of_each_area(~urban & ~pkh & ~bpnt & ~bst, seen(1.5), area,
                                  places("blt_desa", poor * rural))  # fmt: skip
    old = oldest >= rules.pkh_elderly_age.value
    pkh_plus = first_of_each_area(pkh & old, seen(0.8), area, places("pkh_plus"))

    local = np.isin(areas["kab_code"], rules.kabupaten_aid_areas).astype(float)
    disabled, elderly = families["aid_to_disabled"].to_numpy(), families["has_elderly"].to_numpy()
    kabupaten_aid = first_of_each_area(dtks & (disabled | (elderly & ~pkh)), seen(1.0), area,
                                       places("kabupaten_aid", local * persons))  # fmt: skip
    aspd = first_of_each_area(dtks & disabled & ~kabupaten_aid, seen(1.0), area, places("aspd", persons))
    selected = poorest_kabupaten(areas, rules.jatim_puspa_areas.value)
    woman = families["has_working_age_woman"].to_numpy()
    jatim_puspa = first_of_each_area(
        dtks & woman & (left | (pupils & ~pkh)), seen(0.5) + FIRST * left, area, places("jatim_puspa", selected * poor)
    )
    productive = (families["head_age"].to_numpy() >= 18) & (families["head_age"].to_numpy() <= 60)
    kip_jawara = first_of_each_area(left & productive & ~jatim_puspa, rng.random(n), area, places("kip_jawara"))

    recipients: Sequence[BoolArray] = (
        pkh, bpnt, pip, bst, blt_desa, pkh_plus, kabupaten_aid, aspd, jatim_puspa, kip_jawara,
    )  # fmt: skip
    status = np.select([pkh, natural, prosperous], [ACTIVE, NATURAL, PROSPEROUS], 0).astype(np.int8)
    table = pd.DataFrame({"dtks": dtks, **dict(zip(PROGRAMMES, recipients, strict=True))})
    table["pkh_status"] = named(status, PKH_STATUS)
    return table


def poorest_kabupaten(areas: pd.DataFrame, number: int) -> FloatArray:
    """Mark the kabupaten (no kota) with the highest P0, (k,) float of 0 and 1."""
    p0 = np.where(areas["type"] == "kabupaten", areas["p0_2020_pct"], -1.0)
    chosen = np.zeros(len(areas))
    chosen[np.argsort(-p0, kind="stable")[:number]] = 1
    return chosen
