"""What all configuration models share: unknown keys refused, values frozen, every field described."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints


class Model(BaseModel):
    """Base of every configuration model."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of a variable: letters, digits and underscore."""

Label = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Name of a study, source, codebook or method: lower-case letters, digits and underscore."""

NonEmpty = Annotated[str, StringConstraints(min_length=1)]
"""Text that says something."""


def drop_default(schema: dict[str, Any]) -> None:
    """Hide from the JSON schema a default that follows another key."""
    schema.pop("default", None)
