"""The roster of a survey: who its persons are, for linkage only."""

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.codebook import locate_columns
from dampak.clean.registers.dates import read_date
from dampak.clean.registers.fields import Texts
from dampak.clean.registers.name_rules import NameRules
from dampak.clean.registers.names import read_names, sound_key
from dampak.clean.registers.nik import read_kk, read_nik
from dampak.clean.survey.joining import place_of_person
from dampak.clean.survey.tables import survey_label

ROSTER_COLUMNS = (
    "household_id", "number", "nik", "kk", "name", "name_key", "sex", "birth_date", "kab_code", "kecamatan", "relation",
)  # fmt: skip
NUMBERS = ("household_id", "number", "kab_code", "kecamatan")


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
        Rows of the identities file that belong to persons of the survey; no more of them is read.
    identities : (n, p) DataFrame
        Their keys, and `kecamatan` where the file has it.
    persons : (m, r) DataFrame
        Sorted by keys; `kab_code`, and `male` and `relation` where the individual file has them.
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
    at = place_of_person(identities, persons, list(key))
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
            "birth_date": _iso(born),
            "kab_code": persons["kab_code"].to_numpy(dtype=np.int64)[at],
            "kecamatan": kecamatan.fillna(-1).to_numpy(dtype=np.int64),
            "relation": _or_none(persons, "relation", at),
        }
    )
    # Left to itself, pandas would make these columns of its own text type, with NaN for None.
    written = [name for name in ROSTER_COLUMNS if name not in NUMBERS]
    roster = roster.astype(dict.fromkeys(written, object))
    roster[written] = roster[written].where(roster[written].notna(), None)
    return roster.sort_values(["household_id", "number"], kind="stable", ignore_index=True)


def empty_roster() -> pd.DataFrame:
    """The roster of a survey that comes without identities."""
    kinds = {name: np.int64 if name in NUMBERS else object for name in ROSTER_COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _iso(days: pd.Series) -> Any:
    texts = np.datetime_as_string(days.to_numpy().astype("datetime64[D]")).astype(object)
    texts[days.isna().to_numpy()] = None
    return texts


def _sex(persons: pd.DataFrame, at: npt.NDArray[np.int64]) -> Any:
    if "male" not in persons.columns:
        return np.full(at.size, None, dtype=object)
    male = persons["male"].to_numpy(dtype=float)[at]
    sex = np.where(male == 1, "L", "P").astype(object)
    sex[np.isnan(male)] = None
    return sex


def _or_none(persons: pd.DataFrame, name: str, at: npt.NDArray[np.int64]) -> Any:
    return persons[name].to_numpy(dtype=object)[at] if name in persons.columns else np.full(at.size, None, object)
