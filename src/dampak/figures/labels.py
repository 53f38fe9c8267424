"""What a study calls its variables, methods and sources, as the figures print them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from dampak.figures.method_names import method_name
from dampak.figures.numbers import number
from dampak.figures.terms import Terms, term

# Longer operators first: `==` must not be read as two of `=`.
SIGNS = {"==": "=", "!=": "≠", ">=": "≥", "<=": "≤"}


@dataclass(frozen=True)
class Labels:
    """The printed names of one study.

    Attributes
    ----------
    language
        `en` or `id`.
    title
        Title of the study.
    treatment
        What the recipients received.
    variables
        Variable name -> {label, unit}, from the codebooks.
    methods
        Label of a method -> its family, in the order of the study.
    headline
        Label of the method that the study decides on; empty where the figure needs none.
    citations
        Of the sources.
    terms
        Of the figure, besides those that it shares with others.
    """

    language: str
    title: str
    treatment: str
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    headline: str = ""
    citations: tuple[str, ...] = ()
    terms: Terms = field(default_factory=dict)

    def say(self, key: str, **values: str) -> str:
        """Return a term of the figure in the study's language."""
        return term(key, self.language, self.terms, **values)

    def variable(self, name: str) -> str:
        """Return the label of a variable; its name where no codebook describes it."""
        if name == "propensity":
            return self.say("propensity")
        return str(self.variables.get(name, {}).get("label") or name)

    def inside(self, name: str) -> str:
        """Return the label of a variable for the inside of a sentence: `earnings 1978`, but still `KPM members`."""
        label = self.variable(name)
        return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label

    def unit(self, name: str) -> str | None:
        """Return the unit of a variable, or None."""
        unit = self.variables.get(name, {}).get("unit")
        return str(unit) if unit else None

    def in_unit(self, name: str) -> str:
        """Return the unit in brackets, for an axis; empty where the variable has none."""
        unit = self.unit(name)
        return self.say("unit", unit=unit) if unit else ""

    def family(self, label: str) -> str:
        """Return the family of a method; the label itself where the study does not list it."""
        return self.methods.get(label, label)

    def method(self, label: str) -> str:
        """Return the printed name of a method."""
        return method_name(label, self.family(label), self.language)

    def ordered(self, found: Iterable[str]) -> list[str]:
        """Return method labels in the order of the study; those that it does not list come last, by name."""
        present = set(found)
        return [m for m in self.methods if m in present] + sorted(present - set(self.methods))

    def count(self, value: float) -> str:
        """Return a whole number as the language writes it."""
        return number(value, language=self.language)

    def source(self) -> str:
        """Return the sentence that names the sources; empty where no codebook cites one."""
        return self.say("source", citations=" ".join(self.citations)) if self.citations else ""

    def sizes(self, effects: pd.DataFrame, *, method: str = "") -> str:
        """Return the sentence with the numbers of units, from rows of `effects.csv`; empty for no rows.

        It names the largest numbers and those of `method`, or else of the method that uses the fewest units.
        """
        known = effects.dropna(subset=["n_treated", "n_comparison"])
        if known.empty:
            return ""
        total = known.assign(n=known["n_treated"] + known["n_comparison"])
        ordered = total.sort_values("n", kind="stable")
        most = ordered.iloc[-1]
        chosen = ordered[ordered["method"] == method] if method else ordered
        other = (ordered if chosen.empty else chosen).iloc[0]
        values = {"treated": self.count(most["n_treated"]), "comparison": self.count(most["n_comparison"])}
        if most["n"] == other["n"]:
            return self.say("n", **values)
        return self.say(
            "n_method" if method else "n_fewest",
            method=self.method(other["method"]),
            few_treated=self.count(other["n_treated"]),
            few_comparison=self.count(other["n_comparison"]),
            **values,
        )


def read_labels(settings: Mapping[str, Any], *, terms: Terms | None = None) -> Labels:
    """Return the printed names that the settings of a figure hold.

    Parameters
    ----------
    settings
        `title`, `treatment` ({`label`}), `language`, `labels` (variable -> {`label`, `unit`}), `citations`
        (texts, or source -> text); `methods` and `headline` where the figure speaks of methods; `covariates` and
        `outcomes` ([{`name`, `expression`}]) where it prints variables that the study derives.
    terms
        The figure's own; None where it prints only those that figures share.
    """
    cited = settings.get("citations") or ()
    texts = cited.values() if isinstance(cited, Mapping) else [cited] if isinstance(cited, str) else cited
    treatment = settings["treatment"]
    return Labels(
        language=settings.get("language") or "en",
        title=settings["title"],
        treatment=treatment.get("label") or treatment["name"],
        variables=_with_derived(settings),
        methods={m.get("label") or m["method"]: m["method"] for m in settings.get("methods") or ()},
        headline=settings.get("headline") or "",
        # Two sources that share a codebook are cited once.
        citations=tuple(dict.fromkeys(" ".join(text.split()) for text in texts if text)),
        terms=terms or {},
    )


def _with_derived(settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the labels of the codebooks and, for `u74 = re74 == 0`, the label `Earnings 1974 = 0`."""
    variables: dict[str, Mapping[str, Any]] = dict(settings.get("labels") or {})
    derived = [*(settings.get("covariates") or ()), *(settings.get("outcomes") or ())]
    for variable in derived:
        expression = variable.get("expression") if isinstance(variable, Mapping) else None
        if expression and variable["name"] not in variables:
            variables[variable["name"]] = {"label": _spelled_out(expression, settings.get("labels") or {})}
    return variables


def _spelled_out(expression: str, labels: Mapping[str, Mapping[str, Any]]) -> str:
    """Return an expression with labels in place of names and printed signs in place of operators."""
    text = re.sub(r"[A-Za-z_]\w*", lambda m: str(labels.get(m[0], {}).get("label") or m[0]), expression)
    for sign, printed in SIGNS.items():
        text = text.replace(sign, printed)
    return text


def sentences(*parts: str) -> str:
    """Join sentences with spaces, leaving out the empty ones."""
    return " ".join(part for part in parts if part)


def caption(title: str, *parts: str) -> str:
    """Return a caption: the finding as its first sentence, then the rest."""
    return sentences(title if title.endswith((".", "?", "!")) else f"{title}.", *parts)
