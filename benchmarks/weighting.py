"""Time the propensity scores and weights on large tables, and the growth from one table to one ten times as long.

uv run python benchmarks/weighting.py --rows 1000000 --write
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from sections import keep, today_here

from dampak.match.covariate_balancing import covariate_balancing_weights
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.propensity import logit_score, probit_score

HEADING = "## Scores and weights"
ABOUT = """\
`uv run python benchmarks/weighting.py --write` times scores and weights on a table of which 13 % are treated, and on a
tenth of it for the growth. The peer of the logit is scikit-learn's fastest exact solver, in the same run.
"""
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
    """Run the benchmark, print its table, and keep it if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/README.md")
    options = parser.parse_args()
    cases: dict[str, tuple[Callable[..., Any], int]] = {
        "logit": (logit_score, 10),
        "scikit-learn's logit": (peer, 10),
        "probit": (probit_score, 10),
        "entropy balancing": (entropy_balancing, 20),
        "cbps": (covariate_balancing_weights, 10),
    }
    for function, columns in cases.values():
        function(*table(2000, columns), names=[f"x{j}" for j in range(columns)])  # imports are not what is timed
    lines = ["| what | columns | seconds | target | MiB beyond the table | growth, 1 = linear |"]
    lines.append("|---|---:|---:|---:|---:|---:|")
    found = {}
    for name, (function, columns) in cases.items():
        short, _ = measured(function, options.rows // 10, columns)
        found[name], memory = measured(function, options.rows, columns)
        target = f"{TARGETS[name] * options.rows / 1e6:.1f}" if name in TARGETS else ""
        growth = found[name] / (10 * short)
        lines.append(f"| {name} | {columns} | {found[name]:.2f} | {target} | {memory:.0f} | {growth:.2f} |")
    ratio = found["logit"] / found["scikit-learn's logit"]
    text = "\n".join(
        [f"{ABOUT}\n{today_here()}, {options.rows:,} rows:\n", *lines, "", f"Logit over scikit-learn's: {ratio:.2f}."]
    )
    print(text)
    if options.write:
        keep(HEADING, text)


if __name__ == "__main__":
    main()
