"""Copies of East Java under the codes of other provinces: raw files of national size, not a picture of the country.

Figures per kabupaten/kota are collected for East Java only. Another province has as many kabupaten and kota as it has
in fact, and each is a copy of one of East Java, its published headcount included.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from dampak.errors import ConfigError
from dampak.synth.parameters import Area, Parameters, resized
from dampak.synth.settlement import apportion

PROVINCES = "config/synth/provinces.csv"
# In BPS codes kota are numbered from 71 in each province, kabupaten from 1.
FIRST_KOTA = 71
HUNDRED = 100


def load_provinces(root: Path) -> pd.DataFrame:
    """Read the provinces of Indonesia.

    Returns
    -------
    DataFrame
        Index `province` (code, text of two digits); `name`, `kabupaten`, `kota` (numbers of them).
    """
    return pd.read_csv(root / PROVINCES, dtype={"province": str}).set_index("province")


def of_province(parameters: Parameters, province: str, provinces: pd.DataFrame, *, among: list[str]) -> Parameters:
    """Return the parameters of one province of several that share the households and the survey.

    Parameters
    ----------
    parameters : Parameters
        Of East Java; `size.households` and `size.survey_households` are those of all provinces together.
    province : str
        Code.
    provinces : DataFrame
        From `load_provinces`.
    among : list of str
        Codes of all provinces of the study.

    Returns
    -------
    own : Parameters
        Areas with codes of the province, households and survey in proportion to persons, and programmes as large in
        proportion to persons as in East Java.

    Raises
    ------
    ConfigError
        If a province is not in the table, or has more kabupaten or kota than there are to copy.
    """
    own = {code: _areas(parameters, code, provinces) for code in among}
    persons = {code: sum(area.persons_2020_derived for area in areas) for code, areas in own.items()}
    areas = own[province]
    scale = persons[province] / sum(area.persons_2020_derived for area in parameters.areas)
    sizes = {name: _share(getattr(parameters.size, name).value, persons, province) for name in
             ("households", "survey_households")}  # fmt: skip
    programmes = {
        name: about.model_copy(
            update={"families": about.families.model_copy(update={"value": max(1.0, about.families.value * scale)})}
        )
        for name, about in parameters.programmes.items()
    }
    there = {HUNDRED * int(province) + code % HUNDRED for code in parameters.rules.kabupaten_aid_areas}
    aided = sorted(there & {area.kab_code for area in areas}) or [areas[0].kab_code]
    rules = parameters.rules.model_copy(update={"kabupaten_aid_areas": aided})
    copied = parameters.model_copy(update={"areas": areas, "programmes": programmes, "rules": rules})
    return resized(copied, **sizes)


def _areas(parameters: Parameters, province: str, provinces: pd.DataFrame) -> list[Area]:
    """Copies of the first kabupaten and kota of East Java, as many as the province has."""
    if province not in provinces.index:
        raise ConfigError(f"{PROVINCES}: has no row for province {province}; add it with its numbers of areas")
    if province == str(parameters.areas[0].kab_code // HUNDRED):
        return list(parameters.areas)
    name = str(provinces["name"].to_dict()[province])
    found = []
    for kind, first in (("kabupaten", 1), ("kota", FIRST_KOTA)):
        models = [area for area in parameters.areas if area.type == kind]
        wanted = int(provinces[kind].to_dict()[province])
        if wanted > len(models):
            raise ConfigError(
                f"{PROVINCES}: province {province}: {kind} is {wanted}, East Java has {len(models)} to copy;"
                " lower the number"
            )
        for number, model in enumerate(models[:wanted]):
            changes = {
                "kab_code": HUNDRED * int(province) + first + number,
                "name": f"{model.name} {name}",
                "status": "assumption",
                "source": f"copy of {model.name}, East Java: for size, says nothing of the place",
            }
            found.append(model.model_copy(update=changes))
    return found


def _share(total: int, persons: dict[str, int], province: str) -> int:
    """Whole units of one province: in proportion to persons, adding up to the total."""
    share = np.array([persons[code] for code in sorted(persons)], dtype=float)
    places = apportion(total, share, np.zeros(len(share), dtype=np.int64), np.full(len(share), total, dtype=np.int64))
    return int(places[sorted(persons).index(province)])
