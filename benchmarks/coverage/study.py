"""Replications of every trial, and what they say: bias, ratio of standard errors, coverage."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.coverage.designs import DESIGNS, truth
from benchmarks.coverage.methods import TRIALS, Trial
from dampak.errors import DampakError
from dampak.estimate.effect import interval
from dampak.seeds import seed_of

ALPHA = 0.05
SEED = 2026
COLUMNS = ["method", "estimand", "design", "flaw", "replications", "truth", "bias", "sd", "se_ratio", "coverage"]


@dataclass(frozen=True)
class Draw:
    """One estimate of one trial: position of the trial, estimate, standard error, and whether truth was covered."""

    trial: int
    estimate: float
    std_error: float
    covered: bool


def replicate(design: str, number: int, trials: Sequence[int]) -> list[Draw]:
    """Draw one sample and put every trial to it; a trial that refuses the sample is left out of it."""
    sample = DESIGNS[design](np.random.default_rng(seed_of(SEED, design, number)))
    found = []
    for position in trials:
        trial = TRIALS[position]
        try:
            effect = trial.estimate(sample)
        except DampakError:
            continue
        bounds = interval(effect, alpha=ALPHA)
        aim = truth(trial.estimand)
        found.append(Draw(position, effect.estimate, effect.std_error, bounds.low <= aim <= bounds.high))
    return found


def run(replications: int, *, trials: Sequence[Trial] = TRIALS, workers: int = 2) -> pd.DataFrame:
    """Replicate all trials under all their designs.

    Parameters
    ----------
    replications : int
        Samples of each design.
    trials : sequence of Trial
    workers : int
        Processes; the result does not hang on their number.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; replications counts the samples that the method did not refuse.
    """
    chosen = [position for position, trial in enumerate(TRIALS) if trial in trials]
    # One thread each: small matrices gain nothing from several, and the processes would fight for the cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    rows = []
    with ProcessPoolExecutor(workers) as pool:
        for design in DESIGNS:
            mine = [p for p in chosen if design in TRIALS[p].designs]
            if not mine:
                continue
            numbers = range(replications)
            done = pool.map(replicate, [design] * replications, numbers, [mine] * replications, chunksize=5)
            draws = pd.DataFrame([draw for sample in done for draw in sample])
            for position, group in draws.groupby("trial"):
                trial = TRIALS[int(position)]
                spread = float(group["estimate"].std(ddof=1))
                rows.append(
                    (
                        trial.name, trial.estimand, design, trial.flaw, len(group), truth(trial.estimand),
                        float(group["estimate"].mean()) - truth(trial.estimand), spread,
                        float(np.sqrt((group["std_error"] ** 2).mean())) / spread, float(group["covered"].mean()),
                    )
                )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
