"""A fabricated study and its experiment, as the pipeline would have written them."""

import base64
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.provenance.tables import write_table

# One transparent pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
HEADLINE = "nearest_5_bias_adjusted"
SETTINGS: dict[str, Any] = {
    "title": "Trainees against a survey",
    "question": "Would a comparison group have told the truth?",
    "treatment": {"name": "treat", "label": "job training"},
    "headline": HEADLINE,
    "benchmark": {"study": "lottery", "method": "difference_in_means"},
    "language": "en",
    "labels": {
        "re78": {"label": "Earnings 1978", "unit": "1982 US dollars per year"},
        "re75": {"label": "Earnings 1975", "unit": "1982 US dollars per year"},
        "age": {"label": "Age", "unit": "years"},
    },
    "citations": ["LaLonde, R. (1986). AER."],
}


def effect(outcome: str, method: str, estimate: float, std_error: float) -> dict[str, Any]:
    """Return one row of effects.csv."""
    return {
        "treatment": "treat",
        "comparison": "none",
        "outcome": outcome,
        "subgroup": "all",
        "estimand": "att",
        "method": method,
        "estimate": estimate,
        "std_error": std_error,
        "ci_low": estimate - 2 * std_error,
        "ci_high": estimate + 2 * std_error,
        "p_value": 0.0004,
        "p_adjusted": 0.0004,
        "df": 100.0,
        "n_treated": 185,
        "n_comparison": 1500,
        "ess_treated": 185.0,
        "ess_comparison": 144.4,
    }


def write_study(results: Path, *, naive: float = -8497.5, placebo: float = -1466.0, credible: bool = False) -> None:
    """Write the tables and figures that a notebook reads.

    Parameters
    ----------
    results
        Folder that gets the studies `survey` and `lottery`.
    naive
        Unadjusted effect on earnings.
    placebo
        Effect on earlier earnings by every method.
    credible
        Whether placebo tests pass.
    """
    adjusted = ("ipw", "ipw_m_estimation", HEADLINE)
    rows = [effect("re78", "difference_in_means", naive, 582.0)]
    rows += [effect("re78", m, 1700.0 + 10 * i, 650.0 + i) for i, m in enumerate(adjusted)]
    rows += [effect("re75", m, placebo, 300.0 - i) for i, m in enumerate(("difference_in_means", *adjusted))]
    lottery = [
        effect("re78", "difference_in_means", 1794.3, 670.0),
        effect("re75", "difference_in_means", 265.0, 305.0),
    ]
    tests = [
        {"outcome": "re75", "method": r["method"], "status": "passed" if credible else "failed"}
        for r in rows
        if r["outcome"] == "re75"
    ]
    verdict = {"treatment": "treat", "outcome": "re78", "verdict": "positive" if credible else "not_credible"}
    balance = [
        {"method": HEADLINE, "covariate": "age", "smd_before": -1.04, "smd_after": 0.1},
        {"method": HEADLINE, "covariate": "re75", "smd_before": -3.76, "smd_after": 0.04},
        {"method": HEADLINE, "covariate": "propensity", "smd_before": 9.0, "smd_after": 8.0},
    ]
    ledger = [{"source": "cps", "stage": "read", "reason": "none", "rows_in": 5, "rows_kept": 5, "rows_dropped": 0}]
    support = [{"reason": "kept", "n_treated": 185, "n_comparison": 600}]
    tables = {
        "effects": rows,
        "placebo": tests,
        "verdicts": [verdict | {"reasons": "The reasons of the pipeline."}],
        "balance": balance,
        "ledger": ledger,
        "support": support,
    }
    for name, content in tables.items():
        write_table(pd.DataFrame(content), results / "survey" / "tables" / f"{name}.csv")
    write_table(pd.DataFrame(lottery), results / "lottery" / "tables" / "effects.csv")
    figures = results / "survey" / "figures"
    figures.mkdir()
    for name in ("overlap", "love", "effects", "placebo"):
        (figures / f"{name}.png").write_bytes(PIXEL)
        caption = f"A finding on {name}. What is drawn. Source: LaLonde, R. (1986). AER. "
        (figures / f"{name}.txt").write_text(f"{caption}Drawn by dampak.figures.{name}.draw.\n", encoding="utf-8")
