"""The verdict on one outcome, and the sentences that give its reasons."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dampak.estimate.placebo import failures

BALANCE_LIMIT = 0.1


@dataclass(frozen=True)
class Verdict:
    """`verdict`: positive, negative, no_evidence or not_credible; `reasons`: full sentences."""

    verdict: str
    reasons: str


def number(value: float) -> str:
    """A number for a sentence: thousands separated, three significant digits below one, at most two decimals."""
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def probability(p: float) -> str:
    """A p-value for a sentence."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def imbalance(balance: pd.DataFrame, *, method: str, limit: float = BALANCE_LIMIT) -> pd.DataFrame:
    """Covariates whose |standardised mean difference| after weighting exceeds `limit`, worst first."""
    rows = balance[(balance["method"] == method) & (balance["covariate"] != "propensity")]
    rows = rows[rows["smd_after"].abs() > limit]
    order = rows["smd_after"].abs().sort_values(ascending=False, kind="stable").index
    return rows.loc[order]


def verdict_on(
    outcome: str,
    *,
    effects: pd.DataFrame,
    placebo: pd.DataFrame,
    balance: pd.DataFrame,
    headline: str,
    estimand: str,
    alpha: float,
) -> Verdict:
    """Judge one outcome by the headline method, after the placebo gate.

    Parameters
    ----------
    outcome : str
        A real outcome.
    effects, placebo, balance : pandas.DataFrame
        Tables of one treatment.
    headline : str
        Label of the method chosen before the outcomes were seen.
    estimand : str
    alpha : float
        Error rate of the placebo gate and, after Holm, of the verdict.

    Returns
    -------
    Verdict
        ``not_credible`` when the headline method finds an effect on a placebo outcome; otherwise the sign of a
        significant effect, or ``no_evidence``, which is not evidence of no effect.
    """
    chosen = (effects["outcome"] == outcome) & (effects["method"] == headline) & (effects["estimand"] == estimand)
    row = effects[chosen].iloc[0]
    estimate, adjusted = float(row["estimate"]), float(row["p_adjusted"])
    found = (
        f"Headline method {headline} estimates an effect on {outcome} of {number(estimate)} "
        f"({100 * (1 - alpha):g}% interval {number(float(row['ci_low']))} to {number(float(row['ci_high']))}, "
        f"adjusted {probability(adjusted)})."
    )
    reasons = [found]
    failed = failures(placebo, method=headline, estimand=estimand)
    tested = bool((placebo["method"] == headline).any())
    if not failed.empty:
        verdict = "not_credible"
        reasons += [
            f"The same method finds an effect of {number(float(p['estimate']))} ({probability(float(p['p_value']))}) "
            f"on {p['outcome']}, which was measured before treatment and cannot have been changed by it; "
            "the groups differ in ways that the covariates do not capture."
            for _, p in failed.iterrows()
        ]
    elif adjusted < alpha:
        verdict = "positive" if estimate > 0 else "negative"
    else:
        verdict = "no_evidence"
        reasons.append("The data are compatible with no effect; an effect inside the interval cannot be excluded.")
    if failed.empty and tested:
        passed = placebo[(placebo["method"] == headline) & (placebo["estimand"] == estimand)]
        reasons += [
            f"Placebo outcome {p['outcome']} passed ({number(float(p['estimate']))}, "
            f"{probability(float(p['p_value']))})."
            for _, p in passed.iterrows()
        ]
    elif not tested:
        reasons.append("No placebo outcome was declared, so the credibility of the comparison was not tested.")
    reasons += _balance_note(balance, headline)
    return Verdict(verdict=verdict, reasons=" ".join(reasons))


def _balance_note(balance: pd.DataFrame, headline: str) -> list[str]:
    """A sentence naming the covariates that stay unbalanced, if any."""
    rows = imbalance(balance, method=headline)
    if rows.empty:
        return []
    named = ", ".join(f"{c} ({s:+.3f})" for c, s in zip(rows["covariate"], rows["smd_after"], strict=True))
    return [
        f"Note: under the headline method the standardised mean difference still exceeds {BALANCE_LIMIT:g} for {named}."
    ]
