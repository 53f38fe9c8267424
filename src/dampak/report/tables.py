"""The results of one study as a notebook reads them: tables, effects, printed numbers, figures."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.errors import DataError
from dampak.figures.labels import Labels, read_labels
from dampak.figures.numbers import MINUS, amount, number, percent
from dampak.provenance.tables import read_table
from dampak.report.contrast import Effect
from dampak.report.display import Grid, Picture, Prose

# How a column is printed; any other column is text.
ACRONYMS = {"nik": "NIK", "kk": "KK"}
KINDS: dict[str, str] = {
    "estimate": "money",
    "std_error": "money",
    "ci_low": "money",
    "ci_high": "money",
    "gap": "money",
    "p_value": "probability",
    "p_adjusted": "probability",
    "smd_before": "decimal",
    "smd_after": "decimal",
    "rows_in": "count",
    "rows_kept": "count",
    "rows_dropped": "count",
    "n_treated": "count",
    "n_comparison": "count",
    "weight_treated": "count",
    "ess_treated": "count",
    "ess_comparison": "count",
}


class StudyResults:
    """What one study produced.

    Parameters
    ----------
    results
        Folder that holds one folder per study.
    study
        Name of the study.
    settings
        `title`, `question`, `treatment` ({`name`, `label`}), `headline`, `benchmark` ({`study`, `method`} or None),
        `language`, `labels` (variable -> {`label`, `unit`}), `citations`; see `dampak.figures.labels.read_labels`
        for what else names variables.
    is_benchmark
        Whether this is the study that another is held against; of such a one, only `effects.csv` may be read.
    """

    def __init__(self, results: Path, study: str, settings: Mapping[str, Any], *, is_benchmark: bool = False) -> None:
        self.is_benchmark = is_benchmark
        self.results = results
        self.study = study
        self.settings = settings
        self.headline: str = settings["headline"]
        self.labels: Labels = read_labels(settings)
        self.language = self.labels.language

    def table(self, name: str) -> pd.DataFrame:
        """Return `results/<study>/tables/<name>.csv`.

        Raises
        ------
        DataError
            When the study has no such table.
        """
        path = self.results / self.study / "tables" / f"{name}.csv"
        if self.is_benchmark and name != "effects":
            # The rule names no other table of the benchmark as its input, so a change there would go unseen.
            raise DataError(
                f"{self.study}/tables/{name}.csv is not open to this notebook; of a benchmark read 'effects'"
            )
        if not path.is_file():
            raise DataError(f"{self.study}/tables/{name}.csv does not exist; run the study before its notebook")
        return read_table(path)

    def effect(self, outcome: str, method: str) -> Effect:
        """Return the effect of the treatment on an outcome (or placebo outcome) by one method.

        Raises
        ------
        DataError
            When `effects.csv` has no such row, or more than one.
        """
        effects = self.table("effects")
        whole = effects[(effects["subgroup"] == "all") & (effects["outcome"] == outcome)]
        rows = whole[whole["method"] == method]
        if len(rows) != 1:
            raise DataError(
                f"{self.study}/tables/effects.csv: one row of outcome '{outcome}' and method '{method}' was expected, "
                f"{len(rows)} found; the methods of that outcome are {', '.join(whole['method']) or 'none'}"
            )
        row = rows.iloc[0]
        numbers = [f for f in Effect.__dataclass_fields__ if f not in ("outcome", "method")]
        return Effect(outcome=outcome, method=method, **{f: float(row[f]) for f in numbers})

    def effects(self, outcome: str) -> list[Effect]:
        """Return the effects on an outcome by every method, in the order of the study."""
        effects = self.table("effects")
        found = effects.loc[(effects["subgroup"] == "all") & (effects["outcome"] == outcome), "method"]
        return [self.effect(outcome, method) for method in self.labels.ordered(found)]

    def in_order(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows with a `method` column in the order in which the study lists its methods."""
        order = {label: place for place, label in enumerate(self.labels.ordered(frame["method"]))}
        return frame.sort_values("method", key=lambda column: column.map(order), kind="stable")

    def verdict(self, outcome: str) -> tuple[str, str]:
        """Return the verdict on an outcome and the sentences that give its reasons.

        Raises
        ------
        DataError
            When `verdicts.csv` does not hold one row for the outcome.
        """
        verdicts = self.table("verdicts")
        rows = verdicts[verdicts["outcome"] == outcome]
        if len(rows) != 1:
            raise DataError(
                f"{self.study}/tables/verdicts.csv: one row of outcome '{outcome}' was expected, {len(rows)} found; "
                "name an outcome of the study"
            )
        return str(rows["verdict"].iloc[0]), str(rows["reasons"].iloc[0])

    @cached_property
    def benchmark(self) -> "StudyResults | None":
        """The study that this one is held against, its headline being the benchmark's method; None without one."""
        named = self.settings.get("benchmark")
        if not named:
            return None
        method = named["method"]
        settings = {**self.settings, "headline": method, "benchmark": None}
        return StudyResults(self.results, named["study"], settings, is_benchmark=True)

    @property
    def title(self) -> str:
        """Title of the study."""
        return self.labels.title

    @property
    def question(self) -> str:
        """The question that the study asks."""
        return str(self.settings["question"])

    @property
    def treatment(self) -> str:
        """What the recipients received."""
        return self.labels.treatment

    def method(self, label: str, *, inside: bool = False) -> str:
        """Return the printed name of a method; `inside` a sentence it begins with a small letter."""
        name = self.labels.method(label)
        return name[:1].lower() + name[1:] if inside and name[1:2].islower() and "–" not in name else name

    def variable(self, name: str) -> str:
        """Return the label of a variable for the inside of a sentence."""
        return self.labels.inside(name)

    def money(self, value: float, *, of: str) -> str:
        """Format an amount in the unit of variable `of`, without decimals."""
        unit = self.labels.unit(of)
        return amount(value, unit, language=self.language)

    def estimate(self, effect: Effect) -> str:
        """Format an estimate in the unit of its outcome."""
        return self.money(effect.estimate, of=effect.outcome)

    def std_error(self, effect: Effect) -> str:
        """Format a standard error in the unit of its outcome."""
        return self.money(effect.std_error, of=effect.outcome)

    def interval(self, effect: Effect) -> str:
        """Format a confidence interval."""
        low, high = (self.money(v, of=effect.outcome) for v in (effect.ci_low, effect.ci_high))
        return f"{low} to {high}"

    def share(self, value: float) -> str:
        """Format a share in [0, 1] as a percentage."""
        return percent(value, language=self.language)

    def number(self, value: float, *, digits: int = 0) -> str:
        """Format a number."""
        return number(value, language=self.language, digits=digits)

    def decimal(self, value: float) -> str:
        """Format a number with two decimals."""
        return self.number(value, digits=2)

    def probability(self, value: float) -> str:
        """Format a p-value with three decimals, never as zero."""
        least = 10**-3
        return "<" + self.number(least, digits=3) if value < least else self.number(value, digits=3)

    def say(self, text: str) -> Prose:
        """Return running text, its line breaks folded."""
        # A word joiner keeps a line from ending between the minus sign and its number.
        joined = text.replace(MINUS, MINUS + "\N{WORD JOINER}")
        return Prose("\n\n".join(" ".join(part.split()) for part in joined.split("\n\n")).strip())

    def show(
        self,
        frame: pd.DataFrame,
        columns: Mapping[str, str],
        *,
        title: str = "",
        unit_of: str = "",
        bold: Iterable[str] = (),
    ) -> Grid:
        """Return chosen columns of a table in print.

        Parameters
        ----------
        frame
            Rows in the order in which they are printed.
        columns
            Column -> heading, in order.
        title
            What the table shows.
        unit_of
            Variable whose unit the amounts have.
        bold
            Method labels whose rows are emphasised.
        """
        printed = [[self._cell(c, v, unit_of) for v in frame[c]] for c in columns]
        chosen = set(bold)
        marked = [i for i, m in enumerate(frame["method"]) if m in chosen] if chosen else []
        return Grid(
            title=title,
            heads=tuple(columns.values()),
            rows=tuple(zip(*printed, strict=True)),
            numeric=tuple(c in KINDS for c in columns),
            bold=frozenset(marked),
        )

    def _cell(self, column: str, value: Any, unit_of: str) -> str:
        """Format one cell as its column asks."""
        match KINDS.get(column, "text"):
            case "money":
                return self.money(float(value), of=unit_of)
            case "probability":
                return self.probability(float(value))
            case "decimal":
                return self.decimal(float(value))
            case "count":
                return self.number(float(value))
        match column:
            case "method":
                return self.method(value)
            case "covariate" | "outcome":
                return self.labels.variable(value)
            case _:
                return "" if value == "none" else _in_words(str(value))

    def figure(self, name: str) -> Picture:
        """Return `results/<study>/figures/<name>.png` with its caption and the code that drew it.

        Raises
        ------
        DataError
            When the study has no such figure.
        """
        stem = self.results / self.study / "figures" / name
        picture, text = stem.with_name(f"{name}.png"), stem.with_name(f"{name}.txt")
        for path in (picture, text):
            if not path.is_file():
                raise DataError(f"{self.study}/figures/{path.name} does not exist; run the study before its notebook")
        caption = text.read_text(encoding="utf-8").strip()
        # The caption names the function; a text here that named the folder would count as reaching every figure's code.
        named = re.findall(r"\bfigures\.([\w.]+)\.draw\b", caption)
        module = named[-1] if named else name
        drawn_by = self.labels.say("drawn_by", function=".".join(("dampak", "figures", module, "draw")))
        # The picture itself names its sources, and the line below names the code.
        for ending in (drawn_by, self.labels.source()):
            caption = caption.removesuffix(ending).strip()
        finding, _, rest = caption.partition(". ")
        # Without a line number: a comment above the function would move it, and a comment makes nothing stale.
        code = f"Drawn by src/dampak/figures/{module.replace('.', '/')}.py, function draw."
        return Picture(picture.read_bytes(), finding.removesuffix(".") + ".", rest, code)


def _in_words(text: str) -> str:
    """Write a name such as `duplicate_nik` in words; a sentence stays as it is, with the settings that it names."""
    if " " in text:
        return text
    return " ".join(ACRONYMS.get(word, word) for word in text.split("_"))


def open_study() -> StudyResults:
    """Return the study that the notebook was executed for.

    The environment names it: `DAMPAK_RESULTS` (folder of all results), `DAMPAK_STUDY`, `DAMPAK_SETTINGS` (JSON file).

    Raises
    ------
    DataError
        When the notebook is run by hand without these variables.
    """
    try:
        results, study, settings = (os.environ[f"DAMPAK_{name}"] for name in ("RESULTS", "STUDY", "SETTINGS"))
    except KeyError as missing:
        raise DataError(
            f"The environment variable {missing.args[0]} is not set; the pipeline sets it when it executes a notebook, "
            "so run `dampak run` and read the executed copy under results/<study>/notebooks/"
        ) from None
    return StudyResults(Path(results), study, json.loads(Path(settings).read_text(encoding="utf-8")))
