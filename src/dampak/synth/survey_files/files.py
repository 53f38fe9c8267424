"""Write the raw survey files."""

import datetime
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from dampak.provenance.writing import write_atomically
from dampak.seeds import seed_of
from dampak.synth.parameters import Area
from dampak.synth.survey import Survey
from dampak.synth.survey_files.dbf import dbf_bytes
from dampak.synth.survey_files.households import expenditure_records, household_records
from dampak.synth.survey_files.individuals import individual_records
from dampak.synth.survey_files.roster import of_survey, roster_records
from dampak.synth.survey_files.settings import Edition, File, SurveyLayout

HOUSEHOLDS, INDIVIDUALS = "susenas/kor_rt.dbf", "susenas/kor_ind.dta"
EXPENDITURE, IDENTITIES, AREAS = "susenas/blok43.dbf", "susenas/identitas.csv", "wilayah.csv"


def write_survey_files(survey: Survey, identities: pd.DataFrame, areas: Sequence[Area], *, layout: SurveyLayout,
                       folder: Path, edition: Edition = 2020, seed: int) -> list[Path]:  # fmt: skip
    """Write a survey as BPS delivers Susenas, with the roster and the table of areas.

    Parameters
    ----------
    survey : Survey
    identities : DataFrame
        One row per person of the population, see :func:`dampak.synth.survey_files.roster.of_survey`.
    areas : sequence of Area
        `areas` of the parameters.
    layout : SurveyLayout
        From :func:`dampak.synth.survey_files.settings.load_layout`.
    folder : Path
        Folder of the raw files: `susenas/kor_rt.dbf`, `susenas/kor_ind.dta`, `susenas/blok43.dbf`,
        `susenas/identitas.csv`, `wilayah.csv`.
    edition : {2020, 2024}
        Year whose names of variables the files use; the content is the same but for what the year does not ask.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    DataError
        If the identities do not cover the survey.
    """

    def stream(file: str) -> np.random.Generator:
        return np.random.default_rng(seed_of(seed, "survey_files", file))

    known = of_survey(survey, identities)
    answers, day = layout.answers, datetime.date(edition, 3, 31)
    households = _named(household_records(survey, answers, stream("household")), "household", layout, edition)
    has_nik = (known["nik"] != "").to_numpy()
    individuals = individual_records(survey, has_nik, answers, stream("individual"))
    expenditure = _named(expenditure_records(survey), "expenditure", layout, edition)
    roster = _named(roster_records(survey, known, layout.dirt, stream("identity")), "identity", layout, edition)
    for file, table in ((HOUSEHOLDS, households), (EXPENDITURE, expenditure)):
        write_atomically(folder / file, partial(_write_bytes, dbf_bytes(table, date=day)))
    write_atomically(folder / INDIVIDUALS, partial(_write_stata, individuals, layout, edition, day))
    for file, table in ((IDENTITIES, roster), (AREAS, area_records(areas))):
        write_atomically(folder / file, partial(_write_csv, table))
    return [folder / file for file in (HOUSEHOLDS, INDIVIDUALS, EXPENDITURE, IDENTITIES, AREAS)]


def area_records(areas: Sequence[Area]) -> pd.DataFrame:
    """Tabulate the areas with their poverty lines; status and source travel with the figures.

    Returns
    -------
    (k, 8) DataFrame
        `kab_code`, `name`, `type`, `region` (kota, kabupaten_jawa or madura), `line` (Rp per person per month, not
        official), `p0_published` (percent of persons, March 2020), `status`, `source`.
    """
    return pd.DataFrame(
        [
            {
                "kab_code": area.kab_code,
                "name": area.name,
                "type": area.type,
                "region": "kota" if area.type == "kota" else "madura" if area.region == "madura" else "kabupaten_jawa",
                "line": area.line_2020_derived,
                "p0_published": area.p0_2020_pct,
                "status": area.status,
                "source": area.source,
            }
            for area in areas
        ]
    )


def _named(records: pd.DataFrame, file: File, layout: SurveyLayout, edition: Edition) -> pd.DataFrame:
    """Put the columns in order and give them the names of the edition."""
    names = layout.names(file, edition)
    return records[list(names)].rename(columns=names)


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")


def _write_stata(records: pd.DataFrame, layout: SurveyLayout, edition: Edition, day: datetime.date, path: Path) -> None:
    """Write the individual file with its labels; a fixed time makes the bytes the same each time."""
    names = layout.names("individual", edition)
    labels, meanings = layout.labels("individual"), layout.meanings()
    # Household numbers are larger than Stata's integers: they are stored as doubles, exactly.
    table = records[list(names)].astype({"RENUM": np.float64})
    small = {name: pd.to_numeric(table[name], downcast="integer") for name in names if table[name].dtype == np.int64}
    table = table.assign(**small).rename(columns=names)
    table.to_stata(
        path,
        write_index=False,
        version=118,
        byteorder="little",
        time_stamp=datetime.datetime.combine(day, datetime.time()),
        # The format allows 80 characters.
        variable_labels={new: labels[old][:80] for old, new in names.items()},
        value_labels={
            new: {float(code): text for code, text in meanings[old].items()}
            for old, new in names.items()
            if old in meanings
        },
    )
