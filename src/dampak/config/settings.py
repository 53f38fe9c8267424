"""Settings shared by all studies: config/config.yaml."""

from pydantic import Field

from dampak.config.model import Label, Model


class Settings(Model):
    """Settings shared by all studies."""

    default_studies: list[Label] = Field(min_length=1)
    """Studies that `dampak run` and plain `snakemake` build when none is named."""
