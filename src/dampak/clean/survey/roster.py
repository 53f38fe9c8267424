"""The roster of a survey: who its persons are, for linkage only."""

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dampak.clean.codebook import locate_columns
from dampak.clean.registers.dates import read_date
from dampak.clean.registers.fields import Texts
from dampak.clean.registers.name_rules import NameRules
from dampak.clean.registers.names import read_names, sound_key
from dampak.clean.registers.nik import read_kk, read_nik
from dampak.clean.survey.tables import survey_label

ROSTER_COLUMNS = (
    "household_id", "number", "nik", "kk", "name", "name_key", "sex", "birth_date", "kab_code", "kecamatan", "relation",
)  # fmt: skip


def roster_of(
    raw: pd.DataFrame,
    identities: pd.DataFrame,
    persons: pd.DataFrame,
    spec: Mapping[str, Any],
    *,
    rules: NameRules,
    on: str,
    key: tuple[str, str],
) -> pd.DataFrame:
    """Read names, numbers and dates as those of registers are read.

    Parameters
    ----------
    raw : (n, q) DataFrame
        Rows of the identities file that belong to persons of the survey.
    identities : (n, p) DataFrame
        Their keys, and `kecamatan` where the file has it.
    persons : (m, r) DataFrame
        Keys, `kab_code`, and `male` and `relation` where the study uses them.
    spec : mapping
        ``path`` and ``codebook`` of the identities.
    rules : NameRules
    on : str
        Reference day, ISO.
    key : (str, str)
        Names of household and person number.

    Returns
    -------
    (n, 11) DataFrame
        `ROSTER_COLUMNS`, sorted by household and number; ``None`` where missing or not valid, -1 for an unknown
        kecamatan. NIK and KK are as written: the caller replaces them by keyed hashes.
    """
    codebook = spec["codebook"]
    columns = locate_columns(raw.columns, codebook, needed=[], where=survey_label("identities", spec))
    texts = Texts(raw, columns, codebook)
    names = read_names(texts["name"], rules=rules)["name"]
    born = read_date(texts["birth_date"], on=datetime.date.fromisoformat(on))["date"]
    pairs = pd.MultiIndex.from_frame(persons[list(key)])
    at = pairs.get_indexer(pd.MultiIndex.from_frame(identities[list(key)]))
    kecamatan = identities.get("kecamatan", pd.Series(np.nan, index=identities.index))
    roster = pd.DataFrame(
        {
            "household_id": identities[key[0]].to_numpy(),
            "number": identities[key[1]].to_numpy(),
            "nik": read_nik(texts["nik"])["nik"].to_numpy(),
            "kk": read_kk(texts["kk"])["kk"].to_numpy(),
            "name": names.to_numpy(),
            "name_key": sound_key(names, rules=rules).to_numpy(),
            "sex": _sex(persons, at),
            "birth_date": [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in born],
            "kab_code": persons["kab_code"].to_numpy(dtype=np.int64)[at],
            "kecamatan": kecamatan.fillna(-1).to_numpy(dtype=np.int64),
            "relation": _or_none(persons, "relation", at),
        }
    )
    # Left to itself, pandas would make these columns of its own text type, with NaN for None.
    texts = [name for name in ROSTER_COLUMNS if name not in ("household_id", "number", "kab_code", "kecamatan")]
    roster = roster.astype(dict.fromkeys(texts, object))
    roster[texts] = roster[texts].where(roster[texts].notna(), None)
    return roster.sort_values(["household_id", "number"], kind="stable", ignore_index=True)


def _sex(persons: pd.DataFrame, at: "np.ndarray[Any, np.dtype[np.intp]]") -> Any:
    if "male" not in persons.columns:
        return np.full(at.size, None, dtype=object)
    male = persons["male"].to_numpy(dtype=float)[at]
    sex = np.where(male == 1, "L", "P").astype(object)
    sex[np.isnan(male)] = None
    return sex


def _or_none(persons: pd.DataFrame, name: str, at: "np.ndarray[Any, np.dtype[np.intp]]") -> Any:
    return persons[name].to_numpy(dtype=object)[at] if name in persons.columns else np.full(at.size, None, object)
