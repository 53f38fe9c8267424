"""Coverage of the interval when the treatment is known through doubtful links.

Samples with a planted effect (`benchmarks/coverage/designs.py`); who is treated is hidden behind the evidence of a
linkage, of which a given share of the links is wrong and a given share of the treated is missed. Three answers are
compared: links accepted at p > 0.5 and taken as true (naive), treatments drawn from p alone (p alone, for its bias),
and treatments imputed given covariates and outcome (imputed).

Run: `uv run python -m benchmarks.linkage_error [--write]`.
"""

import argparse
import math
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.coverage.designs import DESIGNS, EFFECT, OUTCOME, Sample, score, truth
from dampak.estimate.balancing import balancing_difference
from dampak.estimate.effect import Effect, interval
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.linkage_error import Pooled, imputed_effect, imputed_treatments, linkage_prior, pooled
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.propensity import logit_score
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SEED = 2026
FULL, REDUCED = 1000, 60
IMPUTATIONS, ALONE = 10, 2  # draws given covariates and outcome, and from p alone
LEVELS = (0.0, 0.05, 0.10, 0.20)
APART = 1.0  # of the mean log Bayes factors of doubtful links, true and false
MISJUDGED = 0.5 * math.erfc(APART / 2 / math.sqrt(2))  # share of doubtful links on the wrong side of one half
POOR = 0.5  # the binary outcome says whether the continuous one exceeds this
RESIDUAL2 = 1 + 0.7**2  # variance, given covariates, of the outcome in the designs
CUTS = np.array([-0.84, -0.25, 0.25, 0.84])  # areas are fifths of X2, which drives treatment
PAGE = Path(__file__).resolve().parent / "linkage_error.md"
NAMES = ("x1", "x2", "x3")
COLUMNS = [
    "design",
    "outcome",
    "analysis",
    "level",
    "method",
    "replications",
    "bias",
    "se_ratio",
    "coverage",
    "missing",
]


@dataclass(frozen=True)
class Case:
    """What is drawn and how it is analysed.

    Attributes
    ----------
    design : {"independent", "two_stage", "informative"}
        Of the coverage study.
    level : float
        Share of accepted links that are wrong, and of treated units that are missed.
    outcome : {"continuous", "binary", "skewed"}
        As drawn; whether it exceeds `POOR`; the exponential of half of it, as spending is.
    areas : bool
        The linkage has a prior of its own in each area.
    analysis : {"entropy_balancing", "ipw"}
    """

    design: str
    level: float
    outcome: str = "continuous"
    areas: bool = False
    analysis: str = "entropy_balancing"


CASES = (
    *(Case("independent", level) for level in LEVELS),
    *(Case("independent", level, outcome="binary") for level in LEVELS),
    Case("independent", 0.20, outcome="skewed"),
    Case("independent", 0.20, areas=True),
    Case("independent", 0.20, analysis="ipw"),
    Case("two_stage", 0.20),
    Case("two_stage", 0.20, outcome="binary"),
    Case("informative", 0.20),
)


def area(x: FloatArray) -> NDArray[np.int64]:
    """Fifth of X2; (n,)."""
    return np.searchsorted(CUTS, x[:, 1])


@cache
def _shares(areas: bool) -> tuple[float, ...]:
    """Share of treated in the population, one or by area, by simulation of a million units."""
    rng = np.random.default_rng(seed_of(SEED, "shares"))
    x = np.column_stack([rng.normal(size=(1_000_000, 2)), rng.random(1_000_000) < 0.4]).astype(float)
    code = area(x) if areas else np.zeros(x.shape[0], dtype=np.int64)
    return tuple(np.bincount(code, weights=score(x)) / np.bincount(code))


def linkage(rng: np.random.Generator, sample: Sample, *, level: float, areas: bool = False) -> FloatArray:
    """Posterior probabilities of a linkage that knows identifiers only; calibrated; (n,).

    A share a of the treated has a doubtful link, and as many untreated units, in each area, a doubtful candidate;
    their log Bayes factor is normal with variance `APART`^2 and mean +-`APART`^2 / 2, as if of many weak agreements.
    All other links are beyond doubt. With a = level / `MISJUDGED` the stated share of accepted links is wrong.
    """
    n, t = sample.treatment.size, sample.treatment
    if sample.design is None:
        share = np.asarray(_shares(areas))[area(sample.covariates) if areas else np.zeros(n, dtype=np.int64)]
    else:
        share = np.full(n, t.mean())
    doubt = level / MISJUDGED
    doubtful = rng.random(n) < np.where(t, doubt, doubt * share / (1 - share))
    factor = np.where(t, 0.5, -0.5) * APART**2 + APART * rng.normal(size=n)
    return np.where(doubtful, 1 / (1 + np.exp(-factor)), t.astype(float))


def analysed(sample: Sample, outcome: FloatArray, treatment: BoolArray, *, analysis: str) -> Effect:
    """ATT of one completed data set, with the core."""
    weight, x = sample.weight, sample.covariates
    if analysis == "ipw":
        fitted = logit_score(x, treatment, names=NAMES, weight=weight).score
        return inverse_probability(
            outcome, treatment, propensity=fitted, covariates=x, survey_weight=weight, design=sample.design
        )
    balanced = entropy_balancing(x, treatment, names=NAMES, survey_weight=weight)
    return balancing_difference(
        outcome, treatment, weight=balanced, covariates=x, survey_weight=weight, design=sample.design
    )


def measured(y: FloatArray, outcome: str) -> FloatArray:
    """The outcome of a case, from that of the design; (n,)."""
    match outcome:
        case "binary":
            return (y > POOR).astype(float)
        case "skewed":
            return np.exp(0.5 * y)
    return y


@cache
def aim(outcome: str, design: str) -> float:
    """ATT of the population, by the quadrature of `truth`."""
    if outcome == "continuous":
        return truth("att")
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    x1, x2, x3 = (grid.ravel() for grid in np.meshgrid(nodes, nodes, [0.0, 1.0], indexing="ij"))
    mass = np.multiply.outer(np.multiply.outer(weights, weights), [0.6, 0.4]).ravel()
    x = np.column_stack([x1, x2, x3])
    # Luck, gain and stratum of the village add to the spread of the two-stage sample.
    luck, gain = (0.8**2 + 0.09 * 0.0825, 0.8**2) if design == "two_stage" else (0.0, 0.0)
    base = OUTCOME[0] + x @ np.array(OUTCOME[1:])
    means = []
    for mean, variance in ((base, RESIDUAL2 + luck), (base + EFFECT[0] + EFFECT[1] * x1, RESIDUAL2 + luck + gain)):
        poor = ndtr((mean - POOR) / math.sqrt(variance))
        means.append(poor if outcome == "binary" else np.exp(0.5 * mean + 0.125 * variance))
    return float(np.average(means[1] - means[0], weights=mass * score(x)))


def answers(case: Case, number: int) -> list[tuple[str, float, float, bool, float]]:
    """One sample: method, estimate, standard error, whether the truth is covered, share of variance from linkage."""
    rng = np.random.default_rng(seed_of(SEED, case.design, number))
    sample = DESIGNS[case.design](rng)
    p = linkage(rng, sample, level=case.level, areas=case.areas)
    y = measured(sample.outcome, case.outcome)
    blocks = area(sample.covariates) if case.areas else None
    x = sample.covariates if blocks is None else np.column_stack([sample.covariates, np.eye(5)[blocks][:, 1:]])
    seed = seed_of(SEED, "imputation", number)

    def estimate(treatment: BoolArray) -> tuple[float, float, float]:
        done = analysed(sample, y, treatment, analysis=case.analysis)
        return done.estimate, done.std_error**2, done.df

    def naive() -> Pooled:
        value, variance, df = estimate(p > 0.5)
        return Pooled(value, math.sqrt(variance), df, 0.0)

    def alone() -> Pooled:
        draws = np.random.default_rng(seed).random((ALONE, p.size)) < p
        values, variances, dfs = np.array([estimate(t) for t in draws]).T
        return pooled(values, variances, float(dfs.min()))

    def imputed() -> Pooled:
        prior = linkage_prior(p, block=blocks)
        return imputed_effect(
            estimate, p, x, y, imputations=IMPUTATIONS, seed=seed, binary=case.outcome == "binary", prior=prior,
            psu=None if sample.design is None else sample.design.psu,
        )  # fmt: skip

    methods: dict[str, Callable[[], Pooled]] = {"naive": naive, "p alone": alone, "imputed": imputed}
    found = []
    for name, method in methods.items():
        result = method()
        bounds = interval(result, alpha=0.05)
        covered = bounds.low <= aim(case.outcome, case.design) <= bounds.high
        found.append((name, result.estimate, result.std_error, covered, result.fraction_missing))
    return found


def _one_thread() -> None:
    """Small matrices gain nothing from several threads, and the processes would fight for the cores."""
    threadpool_limits(limits=1)


def run(replications: int, *, cases: tuple[Case, ...] = CASES, workers: int = 2) -> pd.DataFrame:
    """Replicate all cases; columns `COLUMNS`. The result does not hang on the number of processes."""
    rows = []
    with ProcessPoolExecutor(workers, initializer=_one_thread) as pool:
        for case in cases:
            done = pool.map(answers, [case] * replications, range(replications), chunksize=5)
            names = ["method", "value", "error", "covered", "share"]
            draws = pd.DataFrame(
                [answer for sample in done for answer in sample],
                columns=names,
            )
            for method, group in draws.groupby("method", sort=False):
                spread = float(group["value"].std(ddof=1))
                rows.append((
                    case.design + (", prior by area" if case.areas else ""), case.outcome,
                    case.analysis, case.level, method, len(group),
                    float(group["value"].mean()) - aim(case.outcome, case.design),
                    float(np.sqrt((group["error"] ** 2).mean())) / spread, float(group["covered"].mean()),
                    float(group["share"].mean()),
                ))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def seconds(n: int = 30_000, k: int = 40) -> dict[str, float]:
    """Seconds of ten imputations for n households and k covariates, 15 % treated, a tenth of the links doubtful."""
    rng = np.random.default_rng(seed_of(SEED, "time"))
    x = rng.normal(size=(n, k))
    t = rng.random(n) < 1 / (1 + np.exp(2 - 0.3 * x[:, :5].sum(axis=1)))
    y = x[:, :10].sum(axis=1) / 3 + 0.2 * t + rng.normal(size=n)
    p = linkage(rng, Sample(t, x, y, y, np.ones(n), None), level=0.05)
    taken = {}
    for psu in (None, np.arange(n) // 10):
        for name, outcome in (("continuous", y), ("binary", (y > 0).astype(float))):
            begun = time.perf_counter()
            imputed_treatments(p, x, outcome, imputations=10, seed=1, binary=name == "binary", psu=psu)
            taken[name + ("" if psu is None else " with 3,000 PSUs")] = time.perf_counter() - begun
    return taken


HEAD = """# Coverage under linkage error

95 % intervals of the ATT over samples with a planted effect, of which the treatment is known through doubtful links
(`benchmarks/linkage_error.py` says how; the designs are those of [coverage](../docs/coverage.md)). *Error*: share of
the links accepted at p > 0.5 that are wrong, and of the treated that they miss. *Naive* takes accepted links as true;
*p alone* draws treatments from the linkage probability; *imputed* draws them given covariates and outcome, and pools
by Rubin's rules. The skewed outcome is the exponential of half the continuous one. *SE ratio*: root mean square of the
standard errors over the standard deviation of the estimates. Coverage should lie within 93 and 97 %: {verdict}

{replications:,} samples of each row, {imputations} imputations, {today}, {minutes:.1f} minutes on two cores. Again:
`uv run python -m benchmarks.linkage_error --write`. One standard error of a coverage of 95 % is {error:.1f} points.

| design | outcome | analysis | error, % | p alone: bias | naive: bias | coverage | imputed: bias | SE ratio \
| coverage | variance from linkage, % |
|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
""".replace("\\\n", "")


def page(found: pd.DataFrame, *, taken: dict[str, float], replications: int, minutes: float, today: str) -> str:
    """The results as Markdown."""
    imputed = found.loc[found["method"] == "imputed", "coverage"]
    outside = int((~imputed.between(0.93, 0.97)).sum())
    text = HEAD.format(
        verdict=f"{outside} of {imputed.size} rows do not." if outside else f"all {imputed.size} rows do.",
        replications=replications, imputations=IMPUTATIONS, today=today, minutes=minutes,
        error=100 * math.sqrt(0.95 * 0.05 / replications),
    )  # fmt: skip
    for key, group in found.groupby(["design", "outcome", "analysis", "level"], sort=False):
        by = {str(row["method"]): row for row in group.to_dict("records")}
        naive, alone, best = by["naive"], by["p alone"], by["imputed"]
        text += (
            f"| {key[0]} | {key[1]} | {key[2]} | {100 * float(str(key[3])):.0f} | {alone['bias']:+.3f} "
            f"| {naive['bias']:+.3f} | {100 * naive['coverage']:.1f} | {best['bias']:+.3f} "
            f"| {best['se_ratio']:.2f} | {100 * best['coverage']:.1f} | {100 * best['missing']:.0f} |\n"
        )
    times = ", ".join(f"{name} {value:.1f} s" for name, value in taken.items())
    return text + f"\nTen imputations for 30,000 households and 40 covariates: {times}.\n"


def main() -> None:
    """Replicate, print, and keep the page if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage_error", description=__doc__)
    parser.add_argument("--replications", type=int, default=REDUCED, help=f"{FULL} for the page that is kept")
    parser.add_argument("--write", action="store_true", help=f"keep benchmarks/linkage_error.md ({FULL} replications)")
    options = parser.parse_args()
    replications = FULL if options.write and options.replications == REDUCED else options.replications
    begun = time.perf_counter()
    found = run(replications)
    minutes = (time.perf_counter() - begun) / 60
    today = datetime.now(UTC).date().isoformat()
    text = page(found, taken=seconds(), replications=replications, minutes=minutes, today=today)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
