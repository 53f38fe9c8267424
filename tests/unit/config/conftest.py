"""A small project in a temporary folder: two studies, their codebook and a notebook."""

from collections.abc import Callable
from pathlib import Path

import pytest

CODEBOOK = """\
title: A survey
citation: Someone (2020). A survey.
variables:
  cash: {column: CASH, label: Received cash, type: binary}
  age: {type: integer, unit: years, range: [0, 110]}
  size: {column: SIZE, type: integer}
  before: {column: EXP1, label: Spending before, type: number}
  pcexp: {column: EXP2, label: Spending after, type: number}
  kab: {column: KAB, type: category}
  nik: {column: NIK, type: text, personal: true}
"""
STUDY = """\
title: A cash transfer
question: Did it help?
sources:
  survey: {path: data/survey.csv, codebook: survey}
treatment: {column: cash}
covariates: [age, log_size = log(size), before, poor = before < 500]
outcomes: [pcexp]
placebo_outcomes: [{outcome: before, without: [before, poor]}]
methods: [{method: regression}, {method: nearest_1_caliper}]
headline: regression
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Project with the studies `cash` and `trial`."""
    for folder in ("config/studies", "config/codebooks", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "config/config.yaml").write_text("default_studies: [cash]\n")
    (tmp_path / "config/codebooks/survey.yaml").write_text(CODEBOOK)
    (tmp_path / "notebooks/story.ipynb").write_text("{}")
    for name in ("cash", "trial"):
        (tmp_path / f"config/studies/{name}.yaml").write_text(STUDY)
    return tmp_path


@pytest.fixture
def edit(root: Path) -> Callable[..., None]:
    """Replace a piece of the study `cash` (or append to it, where the piece is empty)."""

    def change(old: str, new: str, *, file: str = "config/studies/cash.yaml") -> None:
        path = root / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1) if old else text + new)

    return change
