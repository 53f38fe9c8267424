"""Surveys drawn again and again from one population: intervals of poverty and targeting hold what the population is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.estimate.poverty.counterfactual import effect_measures, present_poverty, transfer_measures
from dampak.estimate.poverty.welfare import read_welfare
from dampak.estimate.targeting.measures import targeting_measures
from dampak.synth.parameters import load_parameters, resized
from dampak.synth.population import Population, draw_population
from dampak.synth.survey import Survey, draw_survey
from tests.unit.estimate.poverty.cases import settings

ROOT = Path(__file__).resolve().parents[4]
DRAWS = 60
EFFECT = 0.1


def test_intervals_by_design_weights_hold_the_population() -> None:
    """60 two-stage surveys of 1,500 among 23,000 households.

    Design weights: raked ones reproduce the headcount in every draw, which linearised errors do not know.
    """
    parameters = resized(load_parameters(ROOT), households=23_000, survey_households=1_500)
    population = draw_population(parameters, seed=1)
    truth = _measured(population, "represents")[:, 0]
    found = np.array([_measured(draw_survey(population, parameters, seed=s), "design_weight") for s in range(DRAWS)])
    value, error = found[..., 0], found[..., 1]
    inside = np.mean(np.abs(value - truth) < 1.96 * error, axis=0)
    size = np.mean(error, axis=0) / np.std(value, axis=0, ddof=1)
    shown = dict(zip(NAMES, zip(inside.round(2).tolist(), size.round(2).tolist(), strict=True), strict=True))
    # Binomial error of one share of 60 around 0.95: 0.03.
    assert 0.92 < np.mean(inside) < 0.985, shown
    assert inside.min() >= 0.85, shown
    assert np.all((size > 0.75) & (size < 1.5)), shown


NAMES = (
    *("p0", "p1", "p2", "p0_without_transfer", "p0_change_transfer", "p1_change_transfer", "p1_change_effect"),
    *("persons_lifted", "persons_lifted_effect", "gap_reduction_per_rupiah", "transfer_rupiah_per_year"),
    *("coverage", "coverage_of_poor", "coverage_of_bottom_40", "inclusion_error_of_beneficiaries"),
    *("leakage_of_rupiah", "adequacy", "incidence_decile_01", "benefit_share_decile_02"),
    *("cgh_index_10", "cgh_index_20", "cgh_index_40", "concentration_coefficient"),
)


def _measured(source: Population | Survey, weight: str) -> NDArray[np.float64]:
    """Value and standard error of every measure of PKH, (len(NAMES), 2)."""
    families = source.families[["family_id", "household_id"]]
    received = source.receipts[source.receipts["programme"] == "pkh"].merge(families, on="family_id")
    paid = received.groupby("household_id", as_index=False)["amount"].sum()
    homes = source.households.assign(area_code=source.households["kab_code"])
    tables = {"households": homes, "outcomes": homes}
    tables["receipts"] = pd.DataFrame(paid).assign(programme="pkh", accepted=True)
    given: dict[str, Any] = settings("pkh", weight=weight, strata="stratum", lonely="average")
    welfare = read_welfare(tables, given)
    found = present_poverty(welfare) | transfer_measures(welfare, 0) | targeting_measures(welfare, 0)
    found |= effect_measures(welfare, 0, estimate=EFFECT, std_error=0.0)
    return np.array([(found[name].value[0], found[name].std_error[0]) for name in NAMES])
