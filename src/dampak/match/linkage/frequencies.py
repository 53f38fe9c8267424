"""How common a value is: two persons who share a rare name are more likely one than two called Siti Aminah."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.linkage.comparing import Pairs
from dampak.match.linkage.comparisons import NAMES, Parameters

FloatArray = NDArray[np.float64]

_SMOOTHING = 0.5
_UNKNOWN = -1


@dataclass(frozen=True)
class Frequencies:
    """Shares of values among persons.

    Parameters
    ----------
    name : Series of float by name
        Of distinct persons of survey and registers together.
    birth_year, birth_day : Series of float by year, by month * 100 + day
        Of survey persons: a date's share is the product, which keeps year ends and first days as common as they are.
    kecamatan : Series of float by kecamatan
        Of register persons within their kabupaten. The registers cover every kecamatan, a survey only those drawn.
    """

    name: pd.Series
    birth_year: pd.Series
    birth_day: pd.Series
    kecamatan: pd.Series


def frequencies(survey: pd.DataFrame, people: pd.DataFrame) -> Frequencies:
    """Count values.

    Parameters
    ----------
    survey, people : DataFrame
        Comparison records, all of the survey and those of the registers that training uses.

    Returns
    -------
    Frequencies
        Every value of the survey has one.
    """
    told_apart = ["name", "birth_date", "sex", "kab_code"]
    both = pd.concat([survey[told_apart], people[told_apart]], ignore_index=True).drop_duplicates()
    known = both["name"].dropna()
    name = known.value_counts(sort=False) / max(len(known), 1)
    born = survey.dropna(subset=["birth_date"])
    year, day = born["birth_year"].astype("int64"), _day(born)
    return Frequencies(
        name=name,
        birth_year=year.value_counts(sort=False) / max(len(born), 1),
        birth_day=day.value_counts(sort=False) / max(len(born), 1),
        kecamatan=_within_kabupaten(survey, people),
    )


def _within_kabupaten(survey: pd.DataFrame, people: pd.DataFrame) -> pd.Series:
    columns = ["kab_code", "kecamatan"]
    counted = people[columns].dropna().astype("int64").value_counts(sort=False)
    # A kecamatan of the survey that no register names is rare, not impossible.
    every = counted.index.union(pd.MultiIndex.from_frame(survey[columns].dropna().astype("int64").drop_duplicates()))
    counts = counted.reindex(every, fill_value=0) + _SMOOTHING
    share = counts / counts.groupby(level="kab_code").transform("sum")
    # A register may have a kecamatan under a wrong kabupaten; the larger count is the right one.
    return (
        share[counts.to_numpy() >= counts.groupby(level="kecamatan").transform("max").to_numpy()]
        .droplevel("kab_code")
        .groupby(level="kecamatan")
        .max()
    )


def rarity(pairs: Pairs, survey: pd.DataFrame, found: Frequencies, parameters: Parameters) -> FloatArray:
    """Correction of the weight of pairs that agree on a value, by how common that value is.

    Parameters
    ----------
    pairs : Pairs
        With `left` a place in `survey`.
    survey : DataFrame
        Comparison records.
    found : Frequencies
    parameters : mapping of comparison to (m, u) by level
        u of the first level is that of an average value.

    Returns
    -------
    (p, 3) float
        log2(u / share of the value) for name, birth and area; 0 without agreement. Winkler's frequency-based weights.

    References
    ----------
    Winkler, W. E. (1989). Frequency-based matching in the Fellegi-Sunter model of record linkage. Census Bureau
    Research Report 2000/06.
    """
    shares = {
        "name": _looked_up(survey["name"], found.name) * _name_scale(found, parameters),
        "birth": _looked_up(survey["birth_year"], found.birth_year) * _looked_up(_day(survey), found.birth_day),
        "area": _looked_up(survey["kecamatan"], found.kecamatan),
    }
    bits = np.zeros((len(pairs.left), len(shares)))
    for place, (comparison, share) in enumerate(shares.items()):
        agree = pairs.levels[:, NAMES.index(comparison)] == 0
        u = parameters[comparison][0][1]
        bits[agree, place] = np.log2(u / np.clip(share[pairs.left[agree]], 1e-9, 1.0))
    return bits


def birth_agreement(found: Frequencies) -> float:
    """Chance that two persons share a birth date.

    Parameters
    ----------
    found : Frequencies

    Returns
    -------
    float
    """
    return float((found.birth_year**2).sum() * (found.birth_day**2).sum())


def _name_scale(found: Frequencies, parameters: Parameters) -> float:
    """How much more often two persons of one area share a name than two of any areas."""
    anywhere = float((found.name**2).sum())
    return float(np.clip(parameters["name"][0][1] / anywhere, 0.5, 20.0)) if anywhere > 0 else 1.0


def _day(records: pd.DataFrame) -> pd.Series:
    month, day = (records[name].fillna(_UNKNOWN).astype("int64") for name in ("birth_month", "birth_day"))
    return month * 100 + day


def _looked_up(values: pd.Series, share: pd.Series) -> FloatArray:
    found: FloatArray = values.map(share).to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(found), 1.0, found)
