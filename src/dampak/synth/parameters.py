"""Parameters of the synthetic population: a typed model in which every number carries its status and source."""

import csv
import io
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from dampak.config.documents import parse_document, read_text
from dampak.config.model import Model, NonEmpty
from dampak.errors import ConfigError
from dampak.synth.sections import (
    Composition,
    Count,
    Dwelling,
    Effects,
    Outcomes,
    Programme,
    Rules,
    Score,
    Size,
    Welfare,
)
from dampak.synth.terms import PROGRAMMES

DOCUMENT = "config/synth/jatim_2020.yaml"
AREAS = "config/synth/areas.csv"


class Area(Model):
    """A kabupaten or kota."""

    kab_code: int = Field(ge=1101, le=9999)
    """BPS code."""
    name: NonEmpty
    """Official name."""
    type: Literal["kabupaten", "kota"]
    """Kind of area."""
    region: Literal["jawa", "madura"]
    """Island group."""
    p0_2020_pct: float = Field(gt=0, lt=100)
    """Published headcount of March 2020, percent of persons."""
    poor_2020_thousand: float = Field(gt=0)
    """Published poor persons, thousand."""
    persons_2020_derived: int = Field(gt=0)
    """Base of P0: poor over P0."""
    line_2020_derived: int = Field(gt=0)
    """Poverty line, Rp per person per month (not official)."""
    kecamatan: int = Field(ge=1)
    """Number of kecamatan."""
    urban_share_assumed: float = Field(ge=0, le=1)
    """Share of households in urban blocks."""
    gini_2025: float = Field(gt=0, lt=1)
    """Gini of another year: shape of the distribution only."""
    mean_years_school_2021: float = Field(gt=0)
    """Mean years of schooling, 15 and older."""
    improved_sanitation_2021_pct: float = Field(gt=0, le=100)
    """Households with improved sanitation, percent."""
    improved_water_2021_pct: float = Field(gt=0, le=100)
    """Households with improved water, percent."""
    status: NonEmpty
    """Status of the columns."""
    source: NonEmpty
    """Sources of the columns."""


class Parameters(Model):
    """All parameters of the synthetic population."""

    title: NonEmpty
    """Place and time."""
    size: Size
    """Numbers of units."""
    composition: Composition
    """Households."""
    welfare: Welfare
    """Consumption."""
    dwelling: Dwelling
    """Dwelling and assets."""
    outcomes: Outcomes
    """Other outcomes."""
    score: Score
    """Register."""
    programmes: dict[Literal[PROGRAMMES], Programme]  # type: ignore[valid-type]
    """Programmes by name."""
    rules: Rules
    """Rules."""
    effects: Effects
    """Planted effects."""
    areas: list[Area] = Field(min_length=1)
    """The areas, by code."""

    @model_validator(mode="after")
    def _consistent(self) -> "Parameters":
        missing = [name for name in PROGRAMMES if name not in self.programmes]
        if missing:
            raise ValueError(f"programmes: {', '.join(missing)} missing; describe every programme")
        codes = [area.kab_code for area in self.areas]
        if codes != sorted(set(codes)):
            raise ValueError("areas: kab_code must rise from row to row, each once; sort the file")
        stray = sorted(set(self.rules.kabupaten_aid_areas) - set(codes))
        if stray:
            raise ValueError(f"rules: kabupaten_aid_areas: {stray} are not areas; use codes of {AREAS}")
        return self


def parse_parameters(document: str, areas: str, *, file: str = DOCUMENT) -> Parameters:
    """Build the parameters from the text of the two files.

    Parameters
    ----------
    document : str
        YAML text of `config/synth/jatim_2020.yaml`.
    areas : str
        CSV text of `config/synth/areas.csv`, one row per kabupaten/kota.
    file : str
        Path of the YAML file, for messages.

    Raises
    ------
    ConfigError
        One sentence per problem: file, key, what is wrong.
    """
    plain = parse_document(document, file=file)
    rows = list(csv.DictReader(io.StringIO(areas)))
    try:
        return Parameters.model_validate({**plain, "areas": rows})
    except ValidationError as error:
        raise ConfigError(
            "\n".join(_sentence(problem["loc"], problem["msg"], file) for problem in error.errors())
        ) from None


def _sentence(location: tuple[int | str, ...], message: str, file: str) -> str:
    """Name the file, the row or key, and what is wrong with it."""
    text = message.removeprefix("Value error, ")
    if location[:1] == ("areas",) and len(location) > 1:
        # Row 1 of the file is its header.
        row = f"row {int(location[1]) + 2}: " if isinstance(location[1], int) else ""
        column = "".join(f"{part}: " for part in location[2:])
        return f"{AREAS}: {row}{column}{text}; correct the cell"
    return f"{file}: {''.join(f'{part}: ' for part in location)}{text}; correct it there"


def load_parameters(root: Path, name: str = "jatim_2020") -> Parameters:
    """Read the parameters of a project.

    Parameters
    ----------
    root : Path
        The project's folder.
    name : str
        Of the file in config/synth.

    Raises
    ------
    ConfigError
        When a file cannot be read or is wrong.
    """
    file = f"config/synth/{name}.yaml"
    return parse_parameters(read_text(root / file, file=file), read_text(root / AREAS, file=AREAS), file=file)


def resized(parameters: Parameters, **sizes: int) -> Parameters:
    """Return the parameters with other sizes, such as `households=60_000` (a choice, hence marked an assumption)."""
    changed = {
        name: Count(value=value, status="assumption", source="chosen for this run") for name, value in sizes.items()
    }
    return parameters.model_copy(update={"size": Size.model_validate({**dict(parameters.size), **changed})})
