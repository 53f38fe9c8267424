"""Settings of studies as the stages get them: validated, all defaults filled in."""

from typing import Any

from pydantic import TypeAdapter

from dampak.config.methods import AnyMethod
from dampak.config.study import Design, Propensity

_METHOD: TypeAdapter[Any] = TypeAdapter(AnyMethod)

# What a study says nothing about.
DEFAULTS: dict[str, Any] = {
    "design": Design().model_dump(mode="json"),
    "propensity": Propensity().model_dump(mode="json"),
    "multiplicity": "holm",
    "seed": 1,
}


def method(family: str, **options: Any) -> dict[str, Any]:
    """One entry of `methods`."""
    return dict(_METHOD.validate_python({"method": family, **options}).model_dump(mode="json"))
