"""Addresses of the synthetic households: desa or kelurahan, dusun or street, RT and RW.

Shares in capital letters are assumptions.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.names import Names
from dampak.synth.terms import REGIONS

IntArray = NDArray[np.int64]

BLOCKS_PER_DESA = 2
HAMLETS, STREETS = 4, 8
"""Dusun, and streets, of a desa or kelurahan; each has its own RW."""
HOUSE_NUMBERS, RT_PER_RW = 120, 5
ON_STREET_RURAL, ON_STREET_URBAN = 0.12, 0.8
"""Households of a kabupaten whose address names a street; in a kota all."""
MAIN_PART = 0.7
"""Households of a block who live in its one main dusun or street."""


def draw_addresses(households: pd.DataFrame, names: Names, rng: np.random.Generator) -> pd.DataFrame:
    """Draw where each household lives.

    Parameters
    ----------
    households : (n,) DataFrame
        `kecamatan`, `psu`, `urban`, `region` (code of `REGIONS`).
    names : Names
    rng : Generator

    Returns
    -------
    (n, 4) DataFrame
        `desa` (kecamatan and three digits), `address` (``DSN KRAJAN``, ``JL MAWAR 12``), `rt`, `rw`. Neighbours of one
        block share a desa, and mostly a dusun or street.
    """
    n, region = len(households), households["region"].to_numpy(dtype=np.int64)
    block, first, blocks = np.unique(households["psu"].to_numpy(), return_index=True, return_inverse=True)
    kecamatan = households["kecamatan"].to_numpy(dtype=np.int64)[first]
    order = np.lexsort((block, kecamatan))
    rank = np.empty(len(block), dtype=np.int64)
    rank[order] = np.arange(len(block)) - np.searchsorted(kecamatan[order], kecamatan[order])
    desa_of_block = kecamatan * 1000 + rank // BLOCKS_PER_DESA + 1
    desa, of_desa = np.unique(desa_of_block[blocks], return_inverse=True)

    share = np.where(households["urban"].to_numpy(dtype=bool), ON_STREET_URBAN, ON_STREET_RURAL)
    on_street = (rng.random(n) < share) | (region == REGIONS.index("kota"))
    main = rng.random(len(block))[blocks]
    part = np.where(rng.random(n) < MAIN_PART, main, rng.random(n))
    slot = np.floor(part * np.where(on_street, STREETS, HAMLETS)).astype(np.int64)

    madura = region == REGIONS.index("madura")
    hamlet = _words(names, "hamlet", rng.random((len(desa), HAMLETS)), of_desa, slot % HAMLETS, madura)
    street = _words(names, "street", rng.random((len(desa), STREETS)), of_desa, slot, madura)
    number = np.where(on_street, 1 + rng.integers(HOUSE_NUMBERS, size=n), 0)
    return pd.DataFrame(
        {
            "desa": desa[of_desa],
            "address": _texts(names, np.where(on_street, street, hamlet), number),
            "rt": 1 + rng.integers(RT_PER_RW, size=n),
            # Dusun have the first RW of a desa, streets those after them.
            "rw": 1 + np.where(on_street, HAMLETS + slot, slot),
        }
    )


def _words(names: Names, pool: str, uniform: NDArray[np.float64], desa: IntArray, slot: IntArray,
           madura: NDArray[np.bool_]) -> IntArray:  # fmt: skip
    """Word of each household's slot: the same for all households of a desa."""
    found = []
    for people in ("jawa", "madura"):
        chosen = names.pools[(pool, "", people, "old")]
        found.append(chosen.word[chosen.draw(uniform.reshape(-1))].reshape(uniform.shape)[desa, slot])
    return np.where(madura, found[1], found[0])


def _texts(names: Names, word: IntArray, number: IntArray) -> NDArray[np.object_]:
    unique, place = np.unique(word * 1000 + number, return_inverse=True)
    written = [
        f"JL {names.words[code // 1000]} {code % 1000}" if code % 1000 else f"DSN {names.words[code // 1000]}"
        for code in unique.tolist()
    ]
    return np.asarray(np.array(written, dtype=object)[place.reshape(-1)])
