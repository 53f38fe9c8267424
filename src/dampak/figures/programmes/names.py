"""What a study of many programmes prints: its programmes, outcomes and sources of data, in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dampak.figures.labels import Labels, read_labels
from dampak.figures.numbers import percent
from dampak.figures.programmes.terms import COMPARISONS, MEASURES, PROGRAMME_TERMS, PROGRAMMES


@dataclass(frozen=True)
class ProgrammeNames:
    """The printed names of one study of programmes.

    Attributes
    ----------
    labels
        Title, language, codebook labels and sources.
    programmes
        Programme -> printed name, in the order of the figures.
    outcomes
        In the order of the figures.
    alpha
        One minus the level of the intervals.
    """

    labels: Labels
    programmes: Mapping[str, str]
    outcomes: tuple[str, ...]
    alpha: float

    def say(self, key: str, **values: str) -> str:
        """Return a term of the catalogue in the study's language."""
        return self.labels.say(key, **values)

    @property
    def language(self) -> str:
        """`en` or `id`."""
        return self.labels.language

    @property
    def level(self) -> str:
        """The confidence level, printed: `95%`."""
        return percent(1 - self.alpha, language=self.language)

    def programme(self, name: str) -> str:
        """Return the printed name of a programme; its own name where neither study nor catalogue has one."""
        return self.programmes.get(name) or PROGRAMMES.get(name, {}).get(self.language) or name

    def measure(self, name: str) -> str:
        """Return the printed name of a measure of poverty or targeting."""
        return MEASURES[name][self.language]

    def comparison(self, name: str) -> str:
        """Return the printed name of what two records are compared on; its own name where the catalogue has none."""
        return COMPARISONS.get(name, {}).get(self.language) or name

    def ordered(self, found: Iterable[str]) -> list[str]:
        """Return the study's programmes, with or without data, then those found that it does not list, by name."""
        present = {str(name) for name in found}
        rest = [name for name in PROGRAMMES if name in present and name not in self.programmes]
        return [*self.programmes, *rest, *sorted(present - set(self.programmes) - set(PROGRAMMES))]


def read_names(settings: Mapping[str, Any]) -> ProgrammeNames:
    """Return the printed names that the settings of a figure hold.

    Parameters
    ----------
    settings
        Those of `dampak.figures.labels.read_labels` (`treatment` may be absent), and `programmes` ([name] or
        [{`name`, `label`}]; where absent, the programmes of the tables in the order of the catalogue), `outcomes`
        ([name] or [{`name`}]), `alpha`.
    """
    treatment = settings.get("treatment") or {"name": ""}
    labels = read_labels({**settings, "treatment": treatment}, terms=PROGRAMME_TERMS)
    programmes: dict[str, str] = {}
    for entry in settings.get("programmes") or ():
        name = _name(entry)
        own = entry.get("label") if isinstance(entry, Mapping) else None
        programmes[name] = own or PROGRAMMES.get(name, {}).get(labels.language) or name
    return ProgrammeNames(
        labels=labels,
        programmes=programmes,
        outcomes=tuple(_name(entry) for entry in settings.get("outcomes") or ()),
        alpha=float(settings.get("alpha", 0.05)),
    )


def _name(entry: Any) -> str:
    return str(entry["name"] if isinstance(entry, Mapping) else entry)
