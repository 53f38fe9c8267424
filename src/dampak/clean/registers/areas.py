"""Kabupaten, kota and kecamatan of register rows, from codes or from names as offices write them."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

EMPTY, NOT_READABLE, AMBIGUOUS = "area_empty", "area_not_readable", "area_ambiguous"
UNKNOWN = -1

_KINDS = {
    **dict.fromkeys(("KABUPATEN", "KAB", "PEMKAB"), "KABUPATEN"),
    **dict.fromkeys(("KOTA", "KOTAMADYA", "KODYA", "PEMKOT"), "KOTA"),
}
_OFFICE = {"PEMERINTAH", "DINAS", "SOSIAL", "DINSOS"}
_FIRST_CODE = re.compile(r"\W*([0-9]{4,})(?:[.,]0{1,2})?(?![0-9])")
# Numbers of the ministry of the interior: 35.27.01.2001.
_DOTTED_CODE = re.compile(r"\W*([0-9]{2})\.([0-9]{2})(?:\.[0-9]+)*(?![0-9])")
# Lengths of BPS codes: kabupaten/kota, kecamatan, desa/kelurahan.
_KAB, _KECAMATAN, _DESA = 4, 7, 10


def read_kab(values: pd.Series, *, names: Mapping[int, str]) -> pd.DataFrame:
    """Read kabupaten/kota from codes or names.

    A name is compared by its letters, with its kind before or behind it (``KAB. SAMPANG``, ``Kota Surabaya``,
    ``Kediri, Kab``). Without a kind it is read only where one area has it: ``KEDIRI`` is two. A name that is spelt
    otherwise is *not* guessed at.

    Parameters
    ----------
    values : (n,) Series of text
        Codes of kabupaten/kota, kecamatan or desa (BPS, 4, 7 or 10 digits; or with dots, as 35.27), or names.
    names : mapping
        Code (4 digits) -> official name of the areas that can be read by name.

    Returns
    -------
    (n, 2) DataFrame
        Index of `values`. ``kab_code``: int64, -1 where there is a problem. ``problem``: ``""``, ``area_empty``,
        ``area_not_readable`` or ``area_ambiguous``.
    """
    known: dict[tuple[str, str], set[int]] = {}
    for code, name in names.items():
        kind, bare = _parts(name)
        for key in ((kind, bare), ("", bare)):
            known.setdefault(key, set()).add(int(code))
    codes, unique = pd.factorize(values.astype(object), use_na_sentinel=True)
    read = [_kab(str(text), known) for text in unique]
    # Code -1 (missing) is the last entry.
    kab = np.array([*(code for code, _ in read), UNKNOWN], dtype=np.int64)
    problem = np.array([*(found for _, found in read), EMPTY], dtype=object)
    return pd.DataFrame({"kab_code": kab[codes], "problem": problem[codes]}, index=values.index)


def read_kecamatan(values: pd.Series) -> pd.Series:
    """Read kecamatan from BPS codes of kecamatan (7 digits) or desa (10 digits).

    Names of kecamatan, and the numbers of the ministry of the interior, which are others, are not read.

    Parameters
    ----------
    values : (n,) Series of text

    Returns
    -------
    (n,) Series of int64
        -1 where there is no such code.
    """
    codes, unique = pd.factorize(values.astype(object), use_na_sentinel=True)
    read = [_kecamatan(str(text)) for text in unique]
    # Code -1 (missing) is the last entry.
    return pd.Series(np.array([*read, UNKNOWN], dtype=np.int64)[codes], index=values.index, name="kecamatan")


def _kecamatan(text: str) -> int:
    match = _FIRST_CODE.match(text)
    return int(match[1][:_KECAMATAN]) if match and len(match[1]) in (_KECAMATAN, _DESA) else UNKNOWN


def _kab(text: str, known: Mapping[tuple[str, str], set[int]]) -> tuple[int, str]:
    if match := _DOTTED_CODE.match(text):
        return int(match[1] + match[2]), ""
    if match := _FIRST_CODE.match(text):
        # Nothing else has these lengths; a NIK in this column would be no area.
        code = int(match[1][:_KAB]) if len(match[1]) in (_KAB, _KECAMATAN, _DESA) else UNKNOWN
        return code, "" if code != UNKNOWN else NOT_READABLE
    kind, bare = _parts(text)
    if not bare:
        return UNKNOWN, EMPTY
    found = known.get((kind, bare), set())
    if len(found) == 1:
        return next(iter(found)), ""
    return UNKNOWN, AMBIGUOUS if found else NOT_READABLE


def _parts(name: str) -> tuple[str, str]:
    """Kind (``KABUPATEN``, ``KOTA`` or nothing) and letters of an area's name."""
    words = [word for word in re.findall(r"[A-Z]+", name.upper()) if word not in _OFFICE]
    for place in (0, -1):
        if len(words) > 1 and words[place] in _KINDS:
            kind = _KINDS[words.pop(place)]
            return kind, "".join(words)
    return "", "".join(words)
