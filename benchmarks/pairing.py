"""Time and memory of nearest-neighbour pairing, and its growth with the number of units.

    uv run python benchmarks/pairing.py            # up to a million units, two minutes
    uv run python benchmarks/pairing.py --large    # also ten million units, with the logit

Each row is measured in a process of its own; the seconds are of the call alone, the memory is the process's peak,
data included. Data: ten normal covariates, 13 % treated by a logit of three of them. `n log n` is the time per
n log n, in units of the first row of its kind. The peer is pymatchit-causal, a port of MatchIt to Python, on the same
data in the same run, at a size that it can do; its time includes its own logit, which is timed for ours too.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sections import ROOT, keep, today_here

HEADING = "## Pairing"
ABOUT = """\
`uv run python benchmarks/pairing.py --large --write` pairs normal covariates, 13 % treated, in a process of its own for
each row: the seconds are of the call alone, the memory is the peak of the process with its data. *Per n log n*: time
over n log n, in units of the first row of the kind. Targets are those of the project, set after R's MatchIt 4.7 on two
such cores (1:1 with a caliper on a million units, score included, about 4 s; Mahalanobis on 100,000 units 251 s); R is
not installed here, so the peer of the same run is pymatchit-causal, a port of MatchIt, at a size that it can do.
Pairs on covariates within a caliper are searched in the window of the caliper, which grows with the units: that row
alone grows faster than n log n (a k-d tree is slower still with ten covariates).
"""
PICTURE = "![Seconds by units, beside n log n](../docs/img/pairing_growth.png)"
COVARIATES = 10
SCORE = "score, 1:1, caliper 0.2 SD"
CLOSEST = "score, 1:1, closest first"
MAHALANOBIS = "Mahalanobis, 10 covariates, 1:1"
WINDOW = "Mahalanobis within caliper 0.2 SD"
WHOLE = "logit and score, 1:1, caliper 0.2 SD"
LOGIT = "logit, 10 covariates"
PEER, PEER_MAHALANOBIS = "pymatchit: logit, score, caliper", "pymatchit: Mahalanobis"
OURS, OURS_MAHALANOBIS = "ours: logit, score, caliper", "ours: Mahalanobis"

DEFAULT = [
    *[(SCORE, 10**e) for e in (4, 5, 6)],
    *[(CLOSEST, 10**e) for e in (4, 5, 6)],
    *[(MAHALANOBIS, 10**e) for e in (4, 5)],
    *[(WINDOW, 10**e) for e in (4, 5)],
    *[(LOGIT, 10**e) for e in (4, 5, 6)],
    *[(WHOLE, 10**e) for e in (4, 5, 6)],
]
LARGE = [(SCORE, 10**7), (WHOLE, 10**7)]
AGAINST = [(OURS, PEER, 10**4), (OURS_MAHALANOBIS, PEER_MAHALANOBIS, 10**4)]
TARGETS = {(SCORE, 10**6): 1.5, (WHOLE, 10**6): 4.0, (MAHALANOBIS, 10**5): 12.0, (WHOLE, 10**7): 60.0}

Study = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]


def study(n: int) -> Study:
    """Draw covariates, treatment and the true score."""
    rng = np.random.default_rng(20260401)
    x = rng.normal(size=(n, COVARIATES))
    score = 1 / (1 + np.exp(2.15 - 0.5 * x[:, 0] - 0.5 * x[:, 1] - 0.3 * x[:, 2]))
    return x, rng.random(n) < score, score


def ours(what: str, data: Study) -> Callable[[], int]:
    """Return the call to be timed, which gives the number of pairs."""
    from dampak.match.pairing import nearest
    from dampak.match.propensity import logit_score

    x, treatment, score = data
    names = [f"x{i}" for i in range(COVARIATES)]

    def logit() -> NDArray[np.float64]:
        return np.asarray(logit_score(x, treatment, names=names).score)

    def pairs(**options: Any) -> int:
        return int(nearest(treatment, **options).focal.size)

    calls: dict[str, Callable[[], int]] = {
        SCORE: lambda: pairs(score=score, caliper=0.2),
        CLOSEST: lambda: pairs(score=score, order="closest"),
        MAHALANOBIS: lambda: pairs(score=score, covariates=x, distance="mahalanobis"),
        WINDOW: lambda: pairs(score=score, covariates=x, distance="mahalanobis", caliper=0.2),
        LOGIT: lambda: logit().size,
        WHOLE: lambda: pairs(score=logit(), caliper=0.2),
        OURS: lambda: pairs(score=logit(), caliper=0.2),
        OURS_MAHALANOBIS: lambda: pairs(covariates=x, distance="mahalanobis"),
    }
    return calls[what]


def peer(what: str, data: Study) -> Callable[[], int]:
    """Return the peer's call."""
    import pandas as pd
    from pymatchit import MatchIt

    x, treatment, _ = data
    names = [f"x{i}" for i in range(COVARIATES)]
    table = pd.DataFrame(x, columns=names).assign(treat=treatment.astype(int))
    options: dict[str, Any] = {"distance": "mahalanobis"} if what == PEER_MAHALANOBIS else {"caliper": 0.2}
    formula = f"treat ~ {' + '.join(names)}"

    def call() -> int:
        MatchIt(table, method="nearest", **options).fit(formula)
        return 0

    return call


def measure(what: str, n: int) -> dict[str, float]:
    """Time one call in this process."""
    data = study(n)
    call = peer(what, data) if what in (PEER, PEER_MAHALANOBIS) else ours(what, data)
    begin = time.perf_counter()
    pairs = call()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "gigabytes": peak, "pairs": pairs}


def apart(what: str, n: int) -> dict[str, float]:
    """Time one call in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--one", what, str(n)]
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode:
        raise SystemExit(f"benchmarks/pairing.py: '{what}' with {n:,} units failed:\n{found.stderr}")
    result: dict[str, float] = json.loads(found.stdout.strip().splitlines()[-1])
    return result


def table(rows: list[tuple[str, int]]) -> tuple[list[str], dict[tuple[str, int], float]]:
    """Measure the rows; return the lines of their table, and the seconds."""
    lines = ["| what | units | seconds | target | per n log n | peak GB |", "|---|---:|---:|---:|---:|---:|"]
    seconds: dict[tuple[str, int], float] = {}
    first: dict[str, float] = {}
    for what, n in rows:
        found = apart(what, n)
        seconds[what, n] = found["seconds"]
        per_unit = found["seconds"] / (n * np.log(n))
        growth = per_unit / first.setdefault(what, per_unit)
        target = f"{TARGETS[what, n]:g}" if (what, n) in TARGETS else ""
        lines.append(
            f"| {what} | {n:,} | {found['seconds']:.2f} | {target} | {growth:.2f} | {found['gigabytes']:.2f} |"
        )
        print(lines[-1], file=sys.stderr, flush=True)
    return lines, seconds


def against() -> list[str]:
    """Measure ourselves beside the peer; return the lines of the table."""
    lines = ["| against pymatchit-causal | units | ours, s | peer, s | peer / ours |", "|---|---:|---:|---:|---:|"]
    for mine, theirs, n in AGAINST:
        one, two = apart(mine, n)["seconds"], apart(theirs, n)["seconds"]
        lines.append(f"| {mine.removeprefix('ours: ')} | {n:,} | {one:.2f} | {two:.2f} | {two / one:.0f} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return lines


def figure(seconds: dict[tuple[str, int], float], path: Path) -> None:
    """Draw seconds by units, each kind beside n log n from its first point."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(5.5, 3.6), layout="constrained")
    axes = drawn.subplots()
    colours = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
    kinds = [what for what in dict.fromkeys(what for what, _ in seconds) if sum(w == what for w, _ in seconds) > 1]
    for what, colour in zip(kinds, colours, strict=False):
        n = np.array([units for kind, units in seconds if kind == what], dtype=float)
        y = np.array([seconds[what, int(units)] for units in n])
        axes.plot(n, y, "o-", color=colour, markersize=4, label=what)
        axes.plot(n, y[0] * n * np.log(n) / (n[0] * np.log(n[0])), ":", color=colour, linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="units", ylabel="seconds")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, frameon=False)
    axes.set_title("Seconds by units; dotted: n log n from the first point", fontsize=8, loc="left")
    drawn.savefig(path, dpi=170)


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="ten million units too")
    parser.add_argument("--write", action="store_true", help="keep tables and figure: benchmarks/README.md, docs/img")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "N"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one[0], int(arguments.one[1]))))
        return
    lines, seconds = table(DEFAULT + (LARGE if arguments.large else []))
    text = "\n".join([f"{ABOUT}\n{today_here()}, NumPy {np.__version__}:\n", *lines, "", *against(), "", PICTURE])
    print(text)
    if arguments.write:
        keep(HEADING, text)
        figure(seconds, ROOT / "docs" / "img" / "pairing_growth.png")


if __name__ == "__main__":
    main()
