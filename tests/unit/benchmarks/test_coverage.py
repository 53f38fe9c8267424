"""A reduced run of the coverage study: what the page docs/coverage.md says in full, seen again in a minute."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.coverage.designs import DESIGNS, truth
from benchmarks.coverage.methods import TRIALS
from benchmarks.coverage.report import page
from benchmarks.coverage.study import run

REPLICATIONS = 120
# Four standard errors of a coverage of 95 %, and of a mean.
LOW = 0.95 - 4 * np.sqrt(0.95 * 0.05 / REPLICATIONS)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return run(REPLICATIONS)


def test_every_method_is_centred_on_the_truth_and_its_interval_holds_it(found: pd.DataFrame) -> None:
    shipped = found[found["flaw"] == ""]
    assert len(shipped) == sum(len(trial.designs) for trial in TRIALS if not trial.flaw)
    off = shipped[
        (shipped["coverage"] < LOW)
        | ~shipped["se_ratio"].between(0.8, 1.25)
        | (shipped["bias"].abs() > 0.05 + 4 * shipped["sd"] / np.sqrt(REPLICATIONS))
    ]
    assert off.empty, off.to_string()


def test_what_is_known_to_be_wrong_is_seen_to_be_wrong(found: pd.DataFrame) -> None:
    """Standard errors a tenth too small or a quarter too large, or an estimate beside the truth."""
    bad = found[found["flaw"] != ""]
    centred = bad["bias"].abs() < bad["sd"]
    assert len(bad) == sum(len(trial.designs) for trial in TRIALS if trial.flaw)
    assert not (centred & bad["se_ratio"].between(0.9, 1.25)).any(), bad.to_string()


def test_the_planted_truth_is_the_mean_effect_of_a_large_sample() -> None:
    """By simulation: the quadrature's four estimands agree with the effects of those who were treated."""
    rng = np.random.default_rng(1)
    samples = [DESIGNS["independent"](rng) for _ in range(200)]
    gain = np.concatenate([1 + 0.5 * s.covariates[:, 0] for s in samples])
    treated = np.concatenate([s.treatment for s in samples])
    assert truth("att") == pytest.approx(gain[treated].mean(), abs=0.01)
    assert truth("atc") == pytest.approx(gain[~treated].mean(), abs=0.01)
    assert truth("ate") == pytest.approx(1, abs=1e-12)
    assert truth("atc") < truth("ate") < truth("ato") < truth("att")


def test_the_page_says_which_methods_lie_outside_the_band(found: pd.DataFrame) -> None:
    text = page(found, replications=REPLICATIONS, minutes=1, today=pd.Timestamp("2026-01-01").date())
    outside = found[(found["flaw"] == "") & ~found["coverage"].between(0.93, 0.97)]
    assert all(method in text.split("| method, standard error")[0] for method in outside["method"])
