"""The page and the figure that say what the replications found."""

from datetime import date
from pathlib import Path

import pandas as pd

from benchmarks.coverage.designs import DESIGNS, truth

NAMES = {"independent": "independent", "two_stage": "two-stage", "informative": "informative weights"}
BAND = (0.93, 0.97)
INTRODUCTION = """\
# Coverage: does a 95 % interval hold the truth 95 times in 100?

Samples with a planted effect are drawn again and again, every method estimates it, and its interval either holds
the truth or not. The effect of a unit is 1 + 0.5 X1 and treatment is likelier where X1 is large, so the four estimands
differ ({truths}). The three designs (`benchmarks/coverage/designs.py`):

- **independent**: {independent}
- **two-stage**: {two_stage}
- **informative weights**: {informative}

*Bias* is in units of the effect; *SE ratio* is the root mean square of the standard errors over the standard
deviation of the estimates (1 is right, above 1 cautious); *coverage* of 95 % intervals should lie within 93 and 97 %.
The simulation's own error is {error:.1f} points of coverage (one standard error). A method that refuses a survey design
is tried without one.

{replications:,} samples of each design, {today}, {minutes:.0f} minutes on two cores. Again:
`uv run python -m benchmarks.coverage --write`; `--replications 100` for a quick look.

![Coverage of every method and standard error](img/coverage.png)
"""
BAD = """\
## Known to be wrong

The same samples, with something left out that must not be. Each lies below 90 % or above 98 %: the designs are hard
enough to show it.
"""
OUTSIDE = "Outside 93 to 97 %: {rows}."
INSIDE = "All {count} lie within 93 and 97 %."


def page(found: pd.DataFrame, *, replications: int, minutes: float, today: date) -> str:
    """Return the text of docs/coverage.md."""
    shipped, bad = found[found["flaw"] == ""], found[found["flaw"] != ""]
    outside = shipped[~shipped["coverage"].between(*BAND)]
    said = OUTSIDE.format(
        rows="; ".join(
            f"{r['method']} ({r['estimand'].upper()}, {NAMES[r['design']]}: {100 * r['coverage']:.1f} %)"
            for r in outside.to_dict("records")
        )
    )
    parts = [
        INTRODUCTION.format(
            truths=", ".join(f"{e.upper()} {truth(e):.3f}" for e in ("att", "ate", "atc", "ato")),
            **{name: (draw.__doc__ or "").strip() for name, draw in DESIGNS.items()},
            error=100 * (0.95 * 0.05 / replications) ** 0.5,
            replications=replications,
            minutes=minutes,
            today=today,
        ),
        "## Methods as they ship\n\n" + (INSIDE.format(count=len(shipped)) if outside.empty else said) + "\n",
        _table(shipped),
        BAD,
        _bad_table(bad),
    ]
    return "\n".join(parts)


def _table(found: pd.DataFrame) -> str:
    heads = "".join(f" {NAMES[d]}: bias | SE ratio | coverage |" for d in DESIGNS)
    lines = [f"| method, standard error | estimand |{heads}", "|---|---|" + "---:|---:|---:|" * len(DESIGNS)]
    for (method, estimand), rows in found.groupby(["method", "estimand"], sort=False):
        by_design = {r["design"]: r for r in rows.to_dict("records")}
        cells = "".join(
            f" {r['bias']:+.3f} | {r['se_ratio']:.2f} | {100 * r['coverage']:.1f} |" if r else " — | — | — |"
            for r in (by_design.get(d) for d in DESIGNS)
        )
        lines.append(f"| {method} | {str(estimand).upper()} |{cells}")
    return "\n".join(lines) + "\n"


def _bad_table(found: pd.DataFrame) -> str:
    lines = ["| method | what is wrong | design | bias | SE ratio | coverage |", "|---|---|---|---:|---:|---:|"]
    lines += [
        f"| {r['method']} ({r['estimand'].upper()}) | {r['flaw']} | {NAMES[r['design']]} | {r['bias']:+.3f} | "
        f"{r['se_ratio']:.2f} | {100 * r['coverage']:.1f} |"
        for r in found.to_dict("records")
    ]
    return "\n".join(lines) + "\n"


def figure(found: pd.DataFrame, path: Path) -> None:
    """Draw coverage by method and design, with the band that it should lie in."""
    from matplotlib.figure import Figure

    colours = dict(zip(DESIGNS, ("#0072B2", "#E69F00", "#009E73"), strict=True))
    names = found["method"] + " " + found["estimand"].str.upper() + found["flaw"].map(lambda f: f" – {f}" if f else "")
    order = list(dict.fromkeys(names))
    drawn = Figure(figsize=(7.2, 0.2 * len(order) + 1.2), layout="constrained")
    axes = drawn.subplots()
    axes.axvspan(100 * BAND[0], 100 * BAND[1], color="#DDDDDD", zorder=0)
    axes.axvline(95, color="black", linewidth=0.8, zorder=1)
    for k, (design, colour) in enumerate(colours.items()):
        mine = found["design"] == design
        places = [order.index(name) + 0.2 * (k - 1) for name in names[mine]]
        axes.scatter(100 * found.loc[mine, "coverage"], places, s=12, color=colour, label=NAMES[design], zorder=2)
    axes.set_yticks(range(len(order)), order, fontsize=7)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlabel("coverage of 95 % intervals, % (band: 93 to 97)", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    drawn.legend(loc="outside upper center", ncols=3, fontsize=8, frameon=False)
    drawn.savefig(path, dpi=170)
