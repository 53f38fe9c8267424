"""The table of areas: what registers and survey must know of a kabupaten/kota, cleaned before both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.clean.ledger import Ledger
from dampak.clean.provincial import read_provinces
from dampak.clean.survey.tables import SurveyTable, canonical, with_row_numbers

AREAS = "areas"


def clean_areas_file(settings: Mapping[str, Any], *, base_dir: Path) -> dict[str, pd.DataFrame]:
    """Read and clean the table of areas of a study.

    Parameters
    ----------
    settings : mapping
        `areas` (its source with the codebook inlined), `territory` (provinces).
    base_dir : Path
        Folder that relative paths start from.

    Returns
    -------
    dict of DataFrame
        `areas`: one row per kabupaten/kota, every variable of the codebook. What is set aside is accounted for where
        the survey is cleaned, which reads the same file.

    Raises
    ------
    ConfigError, DataError
        If the file cannot be read or does not fit its codebook.
    """
    spec = settings[AREAS]
    raw = read_provinces(AREAS, spec, base_dir, key="survey", provinces=settings["territory"]["provinces"])
    return {AREAS: area_table(raw, spec, Ledger()).rows.reset_index(drop=True)}


def area_table(raw: pd.DataFrame, spec: Mapping[str, Any], ledger: Ledger) -> SurveyTable:
    """Recode the table of areas.

    Everything of it is wanted: names, by which registers call the areas, poverty lines and published figures.

    Parameters
    ----------
    raw : DataFrame
        As read.
    spec : mapping
        The source, its codebook inlined.
    ledger : Ledger
    """
    used = list(spec["codebook"]["variables"])
    return canonical(AREAS, with_row_numbers(raw), spec, used=used, key=["kab_code"], ledger=ledger)
