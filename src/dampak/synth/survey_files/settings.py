"""What the survey files look like: names and labels per edition, codes of the answers, faults of the roster."""

import csv
import io
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from dampak.config.documents import parse_document, read_text
from dampak.config.model import Model, NonEmpty
from dampak.errors import ConfigError
from dampak.synth.sections import Share

FOLDER = "config/synth"
Edition = Literal[2020, 2024]
File = Literal["household", "individual", "expenditure", "identity"]
Fraction = Annotated[float, Field(ge=0, le=1)]
Word = Annotated[str, Field(pattern=r"^[A-Z]+$")]


class Spellings(Model):
    """Words of names that are written in several ways."""

    status: NonEmpty
    """How far the list can be trusted."""
    source: NonEmpty
    """Where the rule was read."""
    words: dict[Word, Annotated[list[Word], Field(min_length=1)]]
    """Proper spelling to the others."""


class Dirt(Model):
    """Faults of the confidential roster."""

    nik_missing: Share
    """Persons without a NIK in the roster."""
    nik_typo: Share
    """Persons with one wrong digit in the NIK."""
    kk_missing: Share
    """Families without a card number (KK) in the roster."""
    name_variant: Share
    """Persons whose name is spelt in another way, where its words allow it."""
    name_typo: Share
    """Persons with a wrong, missing or swapped letter in the name."""
    spellings: Spellings
    """Words of names that are written in several ways."""


class Answers(Model):
    """Codes of the questionnaire for what the population is."""

    status: NonEmpty
    """How far the shares can be trusted."""
    source: NonEmpty
    """Where the codes were read."""
    answers: dict[NonEmpty, dict[NonEmpty, dict[int, Fraction]]]
    """Question to category to {code: share}."""
    other_assets: dict[NonEmpty, Fraction]
    """Share of households with an asset that the population does not have."""
    complaint_without_visit: Fraction
    """Share with a health complaint among persons without an outpatient visit."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> "Answers":
        for question, categories in self.answers.items():
            for category, shares in categories.items():
                if abs(sum(shares.values()) - 1) > 1e-9:
                    raise ValueError(
                        f"answers: {question}: {category}: the shares add up to {sum(shares.values()):g}, 1 was "
                        "expected; correct them"
                    )
        return self


class Column(Model):
    """A column of a survey file."""

    file: File
    """The file."""
    variable_2020: NonEmpty
    """Its name in March 2020."""
    variable_2024: str
    """Its name in March 2024; empty where that edition does not have it."""
    label_id: NonEmpty
    """The question, as the questionnaire puts it."""
    status: NonEmpty
    """How far the names can be trusted."""
    source: NonEmpty
    """Where they were read."""


class ValueLabel(Model):
    """The meaning of a code."""

    variable_2020: NonEmpty
    """Column of the individual file, by its name of 2020."""
    code: int
    """The code."""
    label_id: NonEmpty
    """Its official meaning."""
    status: NonEmpty
    """How far it can be trusted."""
    source: NonEmpty
    """Where it was read."""


class SurveyLayout(Model):
    """Everything that the survey files need besides the survey."""

    dirt: Dirt
    """Faults of the roster."""
    answers: Answers
    """Codes of the answers."""
    columns: list[Column]
    """Columns of the files, in their order."""
    value_labels: list[ValueLabel]
    """Meanings of the codes of the individual file."""

    def names(self, file: File, edition: Edition) -> dict[str, str]:
        """Return {name in 2020: name in the edition} of the columns that the edition's file has, in order."""
        named = {
            column.variable_2020: column.variable_2020 if edition == 2020 else column.variable_2024
            for column in self.columns
            if column.file == file
        }
        return {old: new for old, new in named.items() if new}

    def labels(self, file: File) -> dict[str, str]:
        """Return {name in 2020: question} of a file's columns."""
        return {column.variable_2020: column.label_id for column in self.columns if column.file == file}

    def meanings(self) -> dict[str, dict[int, str]]:
        """Return {name in 2020: {code: meaning}} of the individual file."""
        found: dict[str, dict[int, str]] = {}
        for label in self.value_labels:
            found.setdefault(label.variable_2020, {})[label.code] = label.label_id
        return found


def load_layout(root: Path) -> SurveyLayout:
    """Read the layout of the survey files of a project.

    Parameters
    ----------
    root : Path
        The project's folder; the files are `config/synth/survey_*.yaml` and `.csv`.

    Raises
    ------
    ConfigError
        When a file cannot be read or is wrong.
    """

    def document(file: str, model: type[BaseModel]) -> BaseModel:
        return _checked(
            model, parse_document(read_text(root / FOLDER / file, file=f"{FOLDER}/{file}"), file=file), file
        )

    def rows(file: str, model: type[BaseModel]) -> list[BaseModel]:
        text = read_text(root / FOLDER / file, file=f"{FOLDER}/{file}")
        # Row 1 of the file is its header.
        return [_checked(model, row, f"{file}: row {i}") for i, row in enumerate(csv.DictReader(io.StringIO(text)), 2)]

    return SurveyLayout.model_validate(
        {
            "dirt": document("survey_dirt.yaml", Dirt),
            "answers": document("survey_answers.yaml", Answers),
            "columns": rows("survey_variables.csv", Column),
            "value_labels": rows("survey_value_labels.csv", ValueLabel),
        }
    )


def _checked(model: type[BaseModel], document: object, where: str) -> BaseModel:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        sentences = [
            f"{FOLDER}/{where}: {''.join(f'{part}: ' for part in problem['loc'])}"
            f"{problem['msg'].removeprefix('Value error, ')}; correct it there"
            for problem in error.errors()
        ]
        raise ConfigError("\n".join(sentences)) from None
