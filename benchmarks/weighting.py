"""Time the propensity scores and weights on large tables, and the growth from one table to one ten times as long.

    uv run python benchmarks/weighting.py [ROWS]

ROWS is 1,000,000 if not given, with 10 covariates for scores and 20 for entropy balancing; 13 % are treated. Prints
seconds, the memory taken beyond the table, the time for ROWS over ten times that for ROWS / 10 (1 is linear growth),
and for the logit the ratio to scikit-learn's fastest exact solver in the same run.
"""

import platform
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from dampak.match.covariate_balancing import covariate_balancing_weights
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.propensity import logit_score, probit_score

TARGETS = {"logit": 2.0, "entropy balancing": 10.0}  # seconds for 1,000,000 rows


def table(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Covariates, one of them binary and one skewed, and a treatment that depends on all."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, columns))
    x[:, 0] = rng.random(rows) < 0.3
    x[:, 1] = rng.lognormal(size=rows)
    linear = -2.1 + 0.3 * x[:, 0] + 0.5 * x[:, 2:].sum(axis=1) / np.sqrt(columns)
    return x, rng.random(rows) < 1 / (1 + np.exp(-linear))


def peer(x: np.ndarray, treatment: np.ndarray, **_: Any) -> None:
    """Fit and score by scikit-learn, without penalty."""
    from sklearn.linear_model import LogisticRegression

    z = (x - x.mean(axis=0)) / x.std(axis=0)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=200)
    model.fit(z, treatment).predict_proba(z)


def measured(function: Callable[..., Any], rows: int, columns: int) -> tuple[float, float]:
    """Seconds and mebibytes beyond the table of one call."""
    x, treatment = table(rows, columns)
    names = [f"x{j}" for j in range(columns)]
    tracemalloc.start()
    begin = time.perf_counter()
    function(x, treatment, names=names)
    seconds = time.perf_counter() - begin
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return seconds, peak


def main() -> None:
    """Run the benchmark and print its table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    cases: dict[str, tuple[Callable[..., Any], int]] = {
        "logit": (logit_score, 10),
        "scikit-learn logit": (peer, 10),
        "probit": (probit_score, 10),
        "entropy balancing": (entropy_balancing, 20),
        "cbps": (covariate_balancing_weights, 10),
    }
    for function, columns in cases.values():
        function(*table(2000, columns), names=[f"x{j}" for j in range(columns)])  # imports are not what is timed
    print(f"{rows:,} rows, {platform.machine()}, Python {platform.python_version()}")
    print(f"{'':<20}{'seconds':>9}{'target':>9}{'MiB more':>10}{'growth':>8}")
    found = {}
    for name, (function, columns) in cases.items():
        short, _ = measured(function, rows // 10, columns)
        found[name], memory = measured(function, rows, columns)
        target = f"{TARGETS[name] * rows / 1e6:>9.1f}" if name in TARGETS else f"{'':>9}"
        print(f"{name:<20}{found[name]:>9.2f}{target}{memory:>10.0f}{found[name] / (10 * short):>8.2f}")
    print(f"logit over scikit-learn: {found['logit'] / found['scikit-learn logit']:.2f}")


if __name__ == "__main__":
    main()
