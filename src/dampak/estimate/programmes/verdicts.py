"""The verdict on every programme, outcome and kabupaten/kota, with its reasons and what to fix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from dampak.estimate.power import minimum_detectable_effect
from dampak.estimate.verdict import number, probability
from dampak.match.programmes.stage import EVERYONE
from dampak.match.specification import headline_labels
from dampak.provenance.tables import as_numbers

VERDICT_COLUMNS = ["treatment", "outcome", "area", "verdict", "reasons", "fix"]
# Gates that fail for an outcome make its effect not credible, in this order of mention.
FIXES = {
    "recipients": "Survey more recipients of it: oversample from its register, or pool survey years.",
    "weights": "Compare it with households that are alike: narrow `among`, or use fewer covariates.",
    "placebo": "Find what sets recipients apart beside the covariates, such as the score of the register, and add it.",
    "balance": "Use a method that balances this covariate, or narrow `among` to households that are alike.",
    "contamination": "Link more recipients: ask for NIK in the survey, or correct the numbers in the register.",
}


def programme_verdicts(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> pd.DataFrame:
    """Judge every treatment and outcome, in the whole and in every area.

    Parameters
    ----------
    tables : mapping of DataFrame
        `effects`, `areas`, `problems` and `imbalance` of all treatments; `contamination` (register, kab_code, share).
    settings : mapping
        treatments, universes, registers (register to programme), headline, alpha, gates.

    Returns
    -------
    DataFrame
        `VERDICT_COLUMNS`. Verdicts: `positive` and `negative` by what is good for the family (`gates: better`);
        `no_evidence`, with the effect that could have been seen; `not_credible`, with the gate that failed. Areas are
        judged by their partially pooled effect.
    """
    rows: list[tuple[str, str, str, str, str, str]] = []
    # With two areas nothing is pooled.
    areas = as_numbers(tables["areas"], ["pooled", "pooled_std_error", "pooled_low", "pooled_high"])
    for treatment in settings["treatments"]:
        for universe, about in settings["universes"].items():
            for outcome in (str(term["name"]) for term in about["outcomes"]):
                whole = _whole(treatment, universe, outcome, about, tables, settings)
                rows.append((treatment, outcome, EVERYONE, *whole))
                mine = areas[(areas["treatment"] == treatment) & (areas["outcome"] == outcome)]
                rows += [
                    (treatment, outcome, str(row["area"]), *_area(row, whole, outcome, settings))
                    for row in mine.to_dict("records")
                ]
    table = pd.DataFrame(rows, columns=VERDICT_COLUMNS)
    return table.sort_values(VERDICT_COLUMNS[:3], kind="stable", ignore_index=True)


def _whole(
    treatment: str,
    universe: str,
    outcome: str,
    about: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, Any],
) -> tuple[str, str, str]:
    """Verdict, reasons and fix for all areas together."""
    headline = str(settings["headline"])
    effects = tables["effects"]
    mine = effects[(effects["treatment"] == treatment) & (effects["subgroup"] == EVERYONE)]
    row = _headline_row(mine[mine["outcome"] == outcome], headline)
    failed = _gates(treatment, universe, outcome, mine, about, tables, settings)
    if row is not None and (few := _few(row, int(settings["gates"]["treated"]))):
        failed.insert(0, ("recipients", few))
    if row is None:
        told = failed or [("weights", "The headline method has no estimate.")]
        return "not_credible", " ".join(text for _, text in told), FIXES[told[0][0]]
    found = _found(row, outcome, settings)
    if failed:
        return "not_credible", " ".join([found, *(text for _, text in failed)]), FIXES[failed[0][0]]
    return _judged(
        found,
        float(row["estimate"]),
        float(row["p_adjusted"]),
        outcome,
        settings,
        seen=minimum_detectable_effect(
            float(row["std_error"]), df=float(row["df"]), alpha=float(settings["alpha"])
        ),
    )  # fmt: skip


def _headline_row(rows: pd.DataFrame, headline: str) -> Mapping[Any, Any] | None:
    """The headline estimate: pooled over linkage where that was asked for and could be had."""
    for method in headline_labels(headline):
        mine = rows[rows["method"] == method]
        if len(mine) and math.isfinite(float(mine.iloc[0]["std_error"])):
            return dict(mine.iloc[0])
    return None


def _few(row: Mapping[Any, Any], least: int) -> str:
    """A sentence where fewer units than the gate asks for have the outcome; else empty."""
    treated, comparison = int(row["n_treated"]), int(row["n_comparison"])
    if min(treated, comparison) >= least:
        return ""
    return f"{treated} treated and {comparison} comparison units have it, and {least} of each are needed."


def _found(row: Mapping[Any, Any], outcome: str, settings: Mapping[str, Any]) -> str:
    return (
        f"{row['method']} estimates an effect on {outcome} of {number(float(row['estimate']))} "
        f"({100 * (1 - float(settings['alpha'])):g}% interval {number(float(row['ci_low']))} to "
        f"{number(float(row['ci_high']))}, adjusted {probability(float(row['p_adjusted']))})."
    )


def _judged(
    found: str, estimate: float, p_value: float, outcome: str, settings: Mapping[str, Any], *, seen: float
) -> tuple[str, str, str]:
    """Verdict by sign and p-value, in the direction that is good for the family."""
    if not p_value < float(settings["alpha"]):
        could = f"An effect of {number(seen)} would have been seen in four of five such surveys; smaller ones may be."
        return "no_evidence", f"{found} {could}", "Nothing to fix by this outcome; a larger survey would tell more."
    less_is_better = settings["gates"]["better"].get(outcome) == "less"
    good = (estimate < 0) if less_is_better else (estimate > 0)
    if good:
        return "positive", found, "Keep it."
    return "negative", found, f"Find out why recipients fare worse in {outcome}, and change what causes it."


def _gates(
    treatment: str,
    universe: str,
    outcome: str,
    effects: pd.DataFrame,
    about: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, Any],
) -> list[tuple[str, str]]:
    """Gates that fail, each with its sentence."""
    headline, alpha, gates = str(settings["headline"]), float(settings["alpha"]), settings["gates"]
    failed: list[tuple[str, str]] = []
    problems = tables["problems"]
    mine = problems[
        (problems["treatment"] == treatment) & (problems["universe"] == universe) & (problems["scope"] == EVERYONE)
    ]
    for row in mine.to_dict("records"):
        if row["method"] == EVERYONE:
            failed.append(("recipients", f"Too few to compare: {row['problem']}."))
        elif row["method"] == headline and not _of_other_outcome(str(row["problem"]), outcome, about):
            failed.append(("weights", f"The headline method has no answer: {row['problem']}."))
    for placebo in about["placebo_outcomes"]:
        tested = _headline_row(effects[effects["outcome"] == placebo], headline)
        if tested is not None and float(tested["p_value"]) < alpha:
            failed.append(
                (
                    "placebo",
                    f"The same method finds an effect of {number(float(tested['estimate']))} on {placebo} "
                    f"({probability(float(tested['p_value']))}), which no programme can have changed: recipients "
                    "differ in ways that the covariates do not capture.",
                )
            )
    worst = tables["imbalance"]
    worst = worst[
        (worst["treatment"] == treatment) & (worst["universe"] == universe)
        & (worst["scope"] == EVERYONE) & (worst["method"] == headline)
    ]  # fmt: skip
    for row in worst.to_dict("records"):
        if abs(float(row["smd_after"])) > float(gates["balance"]):
            failed.append(
                (
                    "balance",
                    f"{row['covariate']} stays {number(float(row['smd_after']))} standard deviations apart, and "
                    f"{number(float(gates['balance']))} is the limit.",
                )
            )
    share = _contamination(treatment, tables["contamination"], settings)
    if share > float(gates["contamination"]):
        failed.append(
            (
                "contamination",
                f"Up to {100 * share:.1f}% of the comparison households may be recipients whose link was "
                f"missed, and {100 * float(gates['contamination']):g}% is the limit.",
            )
        )
    return failed


def _of_other_outcome(problem: str, outcome: str, about: Mapping[str, Any]) -> bool:
    """Whether a problem of estimation, which starts with its outcome, is of another outcome."""
    named = problem.partition(":")[0]
    return named != outcome and named in {str(term["name"]) for term in about["outcomes"]} | {
        *about["placebo_outcomes"]
    }


def _contamination(treatment: str, contamination: pd.DataFrame, settings: Mapping[str, Any]) -> float:
    """Upper bound of the share of missed recipients among the comparison, the largest of the treatment's registers."""
    programmes = settings["treatments"][treatment]["receives"]
    registers = [name for name, programme in settings["registers"].items() if programme in programmes]
    mine = contamination[
        (contamination["kab_code"].astype(str) == EVERYONE) & contamination["register"].isin(registers)
    ]
    return float(mine["share"].max()) if len(mine) else 0.0


def _area(
    row: Mapping[Any, Any], whole: tuple[str, str, str], outcome: str, settings: Mapping[str, Any]
) -> tuple[str, str, str]:
    """Verdict of one area from its partially pooled effect; gates are those of the whole."""
    if whole[0] == "not_credible":
        return "not_credible", "As for all areas together.", whole[2]
    own = ("estimate", "std_error", "ci_low", "ci_high")
    pooled = ("pooled", "pooled_std_error", "pooled_low", "pooled_high")
    # Where fewer areas have an estimate than can be pooled, an area stands for itself.
    alone = not math.isfinite(float(row["pooled_std_error"]))
    estimate, error, low, high = (float(row[column]) for column in (own if alone else pooled))
    if not math.isfinite(error):
        text = f"{int(row['n_treated'])} surveyed units are treated here, too few for an estimate of the area."
        return "not_credible", text, FIXES["recipients"]
    how = "by its own units alone" if alone else "partially pooled with the other areas"
    found = (
        f"The effect on {outcome} is {number(estimate)} here ({100 * (1 - float(settings['alpha'])):g}% interval "
        f"{number(low)} to {number(high)}), {how}."
    )
    outside = low > 0 or high < 0
    seen = minimum_detectable_effect(error, df=math.inf, alpha=float(settings["alpha"]))
    return _judged(found, estimate, 0.0 if outside else 1.0, outcome, settings, seen=seen)
