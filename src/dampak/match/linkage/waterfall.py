"""How the weight of one link adds up: names of levels and log2 weights, never a value."""

import numpy as np
import pandas as pd

from dampak.match.linkage.comparing import pair_weights
from dampak.match.linkage.comparisons import COMPARISONS, NAMES
from dampak.match.linkage.posterior import Candidates, Model, Posterior

MODEL_COLUMNS = ["comparison", "level", "m", "u", "weight"]
WATERFALL_COLUMNS = ["link", "step", "comparison", "level", "weight", "total", "probability"]
# Sampled links by probability: the sure, the likely, the doubtful and the unlikely ones.
_BANDS = ((0.99, 1.01), (0.75, 0.99), (0.25, 0.75), (0.01, 0.25))
_PER_BAND = 3
_FREQUENCIES = ("name", "birth date", "kecamatan")


def steps(candidates: Candidates, found: Posterior, model: Model, generator: np.random.Generator) -> pd.DataFrame:
    """Draw links and take their weight apart.

    Parameters
    ----------
    candidates : Candidates
    found : Posterior
    model : Model
    generator : Generator

    Returns
    -------
    DataFrame
        Columns `WATERFALL_COLUMNS`: per link a step ``prior``, one per comparison, and one ``frequency`` per value
        that is agreed on and rarer or more common than others. Weights to one decimal: finer, the frequency of a
        name would tell the name. `total` is the sum up to the step.
    """
    drawn = []
    for low, high in _BANDS:
        inside = np.flatnonzero((found.person >= low) & (found.person < high))
        drawn.append(np.sort(generator.choice(inside, min(_PER_BAND, len(inside)), replace=False)))
    chosen = np.concatenate(drawn).astype(np.int64)
    levels = candidates.pairs.levels[chosen]
    weights = pair_weights(levels, model.parameters)
    right = candidates.pairs.right[chosen]
    total = np.log2(np.maximum(found.person[chosen], 1e-300) / np.maximum(found.nobody[right], 1e-300))
    rows = []
    for link, pair in enumerate(chosen):
        parts = [
            (name, _level(place, int(levels[link, place])), float(weights[link, place]))
            for place, name in enumerate(NAMES)
        ]
        parts += [
            ("frequency", f"{name} frequency", float(bits))
            for name, bits in zip(_FREQUENCIES, candidates.rarity[pair], strict=True)
            if bits != 0
        ]
        # What remains is what the area adds: how many persons it has, in the survey and outside.
        parts.insert(0, ("prior", "chance of being this person", float(total[link] - sum(part[2] for part in parts))))
        rounded = [round(weight, 1) + 0.0 for _, _, weight in parts]
        sums = np.round(np.cumsum(rounded), 1)
        rows += [
            (link + 1, step, comparison, level, weight, so_far, round(float(found.person[pair]), 3))
            for step, ((comparison, level, _), weight, so_far) in enumerate(zip(parts, rounded, sums, strict=True))
        ]
    return pd.DataFrame(rows, columns=WATERFALL_COLUMNS)


def _level(comparison: int, level: int) -> str:
    return "not known" if level < 0 else COMPARISONS[comparison].levels[level].name
