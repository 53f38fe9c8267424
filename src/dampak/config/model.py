"""What all configuration models share: unknown keys refused, values frozen, every field described."""

from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PrivateAttr, StringConstraints


class Model(BaseModel):
    """Base of every configuration model."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class NamedByFile(Model):
    """Base of models that are a file each: the file's name is theirs."""

    _name: str = PrivateAttr(default="")

    def model_post_init(self, context: Any, /) -> None:
        """Take the name, which is that of the file, from the loader."""
        self._name = (context or {}).get("name", "")

    @property
    def name(self) -> str:
        """Name of the file, without its ending."""
        return self._name

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The whole file as plain JSON values, all defaults filled in."""
        return self.model_dump(mode="json")


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of a variable: letters, digits and underscore."""

Label = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Name of a study, source, codebook or method: lower-case letters, digits and underscore."""

NonEmpty = Annotated[str, StringConstraints(min_length=1)]
"""Text that says something."""


def drop_default(schema: dict[str, Any]) -> None:
    """Hide from the JSON schema a default that follows another key."""
    schema.pop("default", None)
