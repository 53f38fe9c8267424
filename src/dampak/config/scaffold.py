"""A starting point for a new study: a study file, its codebook and a small made-up raw file, which run as they are."""

import csv
import math
import random
import re
from pathlib import Path

from dampak.config.load import NAME_PATTERN
from dampak.errors import ConfigError

STUDY = """\
# yaml-language-server: $schema=../study.schema.json
# Every key, its default and its meaning: config/README.md
title: {name}
question: Did the transfer raise consumption?
sources:
  survey: {{path: data/{name}/survey.csv, codebook: {name}}} # made-up data: put your own file here
unit_id: household
treatment: {{column: cash}}
covariates: [age, schooling, log_size = log(size)]
outcomes: [consumption]
methods: [{{method: difference_in_means}}, {{method: regression}}, {{method: entropy_balancing}}]
headline: entropy_balancing
"""

CODEBOOK = """\
# yaml-language-server: $schema=../codebook.schema.json
title: A made-up survey, to be replaced by the description of your own file
citation: made-up data
variables:
  household: {column: hhid, label: "Household", type: text}
  cash: {column: cash, label: "Received the transfer", type: binary}
  age: {column: age, label: "Age of the head", unit: years, type: integer, range: [10, 110]}
  schooling: {column: school_years, label: "Schooling of the head", unit: years, type: integer, range: [0, 25]}
  size: {column: hh_size, label: "Household size", unit: persons, type: integer, range: [1, 40]}
  consumption: {column: consumption, label: "Consumption", unit: Rp per month, type: number, range: [0, null]}
"""

ROWS = 400


def survey_rows(*, rows: int = ROWS, seed: int = 1) -> list[list[str]]:
    """Return a made-up survey, header first: the poorer are more often treated; the effect is +30,000 Rp."""
    draw = random.Random(seed)
    table = [["hhid", "cash", "age", "school_years", "hh_size", "consumption"]]
    for number in range(1, rows + 1):
        age, school, size = draw.randint(20, 75), draw.randint(0, 15), draw.randint(1, 8)
        cash = draw.random() < 1 / (1 + math.exp(-(0.3 * (size - 4) - 0.15 * (school - 7))))
        consumption = 700_000 + 35_000 * school - 45_000 * size + 30_000 * cash + draw.gauss(0, 90_000)
        table.append([f"H{number:04d}", str(int(cash)), str(age), str(school), str(size), str(round(consumption))])
    return table


def scaffold(root: Path, name: str) -> list[Path]:
    """Write the three files of a new study.

    Parameters
    ----------
    root
        The project's folder.
    name
        Name of the study.

    Returns
    -------
    list of Path
        The files written, relative to `root`.

    Raises
    ------
    ConfigError
        When the name cannot name a study, or a file would be overwritten.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise ConfigError(f"'{name}' cannot name a study; use lower-case letters, digits and _, a letter first")
    files = {
        Path("config/studies") / f"{name}.yaml": STUDY.format(name=name),
        Path("config/codebooks") / f"{name}.yaml": CODEBOOK,
    }
    data = Path("data") / name / "survey.csv"
    for path in (*files, data):
        if (root / path).exists():
            raise ConfigError(f"{path}: exists already; choose another name or remove the file")
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    (root / data).parent.mkdir(parents=True, exist_ok=True)
    with (root / data).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(survey_rows())
    return [*files, data]
