"""What every method of estimation has: a name in the tables, the units that it uses, what it estimates."""

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from dampak.config.model import Label, Model, drop_default

Estimand = Literal["att", "atc", "ate", "ato"]


class Method(Model):
    """Options that every method has."""

    estimands: ClassVar[tuple[str, ...]]
    """What the family can estimate."""

    label: Label = Field("", json_schema_extra=drop_default)
    """Name of the method in the tables; the family's name if not given. Two entries of a family need two labels."""
    on_support: bool = False
    """Use only units on common support (see `support`)."""
    estimand: Estimand | None = None
    """What this method estimates; the estimand of the study if null."""

    @model_validator(mode="before")
    @classmethod
    def _label_is_the_family(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("label") is None and isinstance(data.get("method"), str):
            return {**data, "label": data["method"]}
        return data


class Reweighted(Method):
    """Options of methods that make the groups comparable before outcomes are looked at."""

    effect: Literal["difference", "regression", "g_computation"] = "difference"
    """Compare weighted means, or adjust them further for the covariates: by regression, or by g-computation (a
    regression in each group, predicted for the target). The weights are then taken as given."""
