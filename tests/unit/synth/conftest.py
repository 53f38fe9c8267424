from pathlib import Path

import pandas as pd
import pytest

from dampak.synth.parameters import Parameters, load_parameters
from dampak.synth.population import Population, draw_population
from dampak.synth.survey import Survey, draw_survey
from dampak.synth.truth import true_effects

ROOT = Path(__file__).resolve().parents[3]
SEED = 2020


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return load_parameters(ROOT)


@pytest.fixture(scope="session")
def population(parameters: Parameters) -> Population:
    return draw_population(parameters, seed=SEED)


@pytest.fixture(scope="session")
def survey(population: Population, parameters: Parameters) -> Survey:
    return draw_survey(population, parameters, seed=SEED)


@pytest.fixture(scope="session")
def truth(population: Population, survey: Survey) -> pd.DataFrame:
    return true_effects(population, survey)
