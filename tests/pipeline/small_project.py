"""The smallest real project with every kind of job: two studies of 445 rows, one the benchmark of the other."""

import json
import shutil
from pathlib import Path
from textwrap import dedent

from dampak.provenance.sources import package_file

from .conftest import ROOT, Project, copy_project

STUDY = """\
title: The NSW experiment, {what}
question: What did job training do to earnings?

sources:
  nsw:
    {source}
    codebook: {name}
unit_id: content

treatment:
  column: treat
  label: NSW job training

covariates:
  - age
  - educ
  - black
  - nodegree
  - re74
  - re75
  - u74 = re74 == 0
outcomes:
  - re78
placebo_outcomes:
  - outcome: re75
    without: [re75]

estimands: [att]
support: {{rule: minmax}}
alpha: 0.1
methods:
  - method: difference_in_means
  - method: nearest_1_caliper
    caliper: 0.2
  - method: ipw
headline: difference_in_means
seed: 1986
"""
BENCHMARK = """\
benchmark:
  study: a
  method: difference_in_means
notebooks: [reading]
"""
# Reads every figure, one table, one effect of the study and of its benchmark; works for a study without one, too.
CELLS = (
    ("markdown", "# What a reader sees"),
    (
        "code",
        """\
        from dampak.report.tables import open_study

        study = open_study()
        found = study.effect("re78", study.headline)
        other = study.benchmark.effect("re78", study.headline) if study.benchmark else found
        study.say(f"{study.question} {study.estimate(found)} ({study.interval(found)}), {found.inside(other)}.")
        """,
    ),
    ("code", 'study.show(study.table("ledger"), {"stage": "Stage", "rows_kept": "Kept"}, title="Rows")'),
    ("code", 'study.show(study.table("verdicts"), {"outcome": "Outcome", "reasons": "Reasons"})'),
    *(("code", f'study.figure("{name}")') for name in ("overlap", "love", "effects", "placebo")),
)


def small_project(target: Path) -> Project:
    """Copy the code of the project, with two small studies in place of its own.

    `a` reads `data/nsw.csv` and is the benchmark of `b`, which reads a file of an installed package and has a
    notebook. Each has a codebook of its own.
    """
    import pandas as pd

    project = copy_project(target)
    shutil.copy2(ROOT / "uv.lock", target / "uv.lock")
    for old in (*target.glob("config/studies/*.yaml"), *target.glob("notebooks/*.ipynb")):
        old.unlink()
    write(target / "config/config.yaml", "default_studies: [a, b]\n")
    codebook = (target / "config/codebooks/nsw.yaml").read_text(encoding="utf-8")
    sources = {"a": "path: data/nsw.csv", "b": "package: causaldata\n    file: nsw_mixtape/nsw_mixtape.dta"}
    for name, source in sources.items():
        write(target / f"config/codebooks/{name}.yaml", codebook)
        text = STUDY.format(name=name, source=source, what=f"study {name}")
        write(target / f"config/studies/{name}.yaml", text + (BENCHMARK if name == "b" else ""))
    raw = pd.read_stata(package_file("causaldata", "nsw_mixtape/nsw_mixtape.dta"), convert_categoricals=False)
    (target / "data").mkdir()
    raw.to_csv(target / "data/nsw.csv", index=False, lineterminator="\n")
    write(target / "notebooks/reading.ipynb", _notebook())
    return project


def _notebook() -> str:
    cells: list[dict[str, object]] = []
    for number, (kind, source) in enumerate(CELLS, 1):
        cell: dict[str, object] = {
            "cell_type": kind,
            "id": f"cell-{number}",
            "metadata": {},
            "source": dedent(source).strip(),
        }
        cells.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def write(path: Path, text: str) -> None:
    """Write a text file, the way git does."""
    path.write_text(text, encoding="utf-8", newline="\n")
