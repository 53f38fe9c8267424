"""The planted truth of the synthetic East Java study, recovered from its raw files: coverage over seeds.

Each seed draws a smaller population and survey, writes survey files and registers with their faults to a temporary
folder, and cleans, links, matches and estimates with the settings of `config/studies/pkh_jatim.yaml`. Held against the
truth: the interval of the headline method, with the links imputed; and the naive difference of means.

Run: `uv run python -m benchmarks.recovery [--seeds N] [--write]`.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.sections import ROOT, today_here
from dampak.clean.registers.files import PARTS, clean_register_file, join_register_files
from dampak.clean.survey.stage import clean_survey_files
from dampak.config.load import leaves, load_study, register_settings, survey_settings
from dampak.config.programmes.study import ProgrammeStudy
from dampak.config.programmes.variables import analysis_settings, split_settings
from dampak.estimate.programmes.effects import programme_effects
from dampak.match.linkage.stage import link_stage
from dampak.match.programmes.stage import match_programme
from dampak.seeds import seed_of
from dampak.synth.files import REGISTER_FILES
from dampak.synth.identities import draw_identities, load_names
from dampak.synth.parameters import load_parameters, resized
from dampak.synth.population import draw_population
from dampak.synth.recovery import recovery_tables
from dampak.synth.registers.dirt import load_dirt
from dampak.synth.registers.draw import draw_registers
from dampak.synth.registers.write import write_registers
from dampak.synth.survey import draw_survey
from dampak.synth.survey_files.files import write_survey_files
from dampak.synth.survey_files.settings import load_layout
from dampak.synth.truth import true_effects

SEED = 2026
FULL, REDUCED = 200, 4
HOUSEHOLDS, SURVEYED = 60_000, 8_000
STUDY, NAIVE = "pkh_jatim", "difference_in_means"
TREATMENTS = ("pkh", "bpnt", "pip", "bst", "blt_desa", "pkh_and_bpnt")
OUTCOMES = ("log_consumption", "log_nonfood", "log_food", "food_insecure", "attends_school", "works", "outpatient")
# What the analysis rules take of the study, see workflow/rules/programmes.smk.
ANALYSIS = (
    "covariates", "within_areas", "exact", "design", "estimands", "propensity", "support", "headline",
    "gates.treated", "linkage.imputations", "multiplicity", "alpha",
)  # fmt: skip
PAGE = Path(__file__).resolve().parent / "recovery.md"
Tables = dict[str, pd.DataFrame]


def raw_files(number: int, folder: Path) -> tuple[Tables, str]:
    """Draw a population and write the raw files of its study; what is true of it, and the edition of the survey."""
    study = _study()
    assert study.synthetic is not None
    seed = seed_of(SEED, "population", number)
    parameters = resized(
        load_parameters(ROOT, study.synthetic.parameters), households=HOUSEHOLDS, survey_households=SURVEYED
    )
    population = draw_population(parameters, seed=seed)
    survey = draw_survey(population, parameters, seed=seed)
    identities = draw_identities(population, names=load_names(ROOT), seed=seed)
    layout, edition = load_layout(ROOT), str(study.synthetic.edition)
    write_survey_files(
        survey, identities, parameters.areas, layout=layout, folder=folder, edition=study.synthetic.edition, seed=seed
    )
    registers = draw_registers(
        population, identities, parameters, dirt=load_dirt(ROOT), spellings=layout.dirt, seed=seed
    )  # fmt: skip
    write_registers(registers, {name: folder / REGISTER_FILES[name] for name in registers.tables})
    surveyed = registers.links["household_id"].isin(survey.households["household_id"]).astype(int)
    return {
        "true_effects": true_effects(population, survey),
        "true_links": registers.links.assign(surveyed=surveyed),
    }, edition
