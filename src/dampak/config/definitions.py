"""Covariates and outcomes of a study: variables of a codebook, or new ones made by an expression."""

import keyword
from typing import Annotated, Any

from pydantic import WithJsonSchema, field_validator, model_validator

from dampak.config.model import Model, Name
from dampak.config.terms import split_definition, syntax_tree, variables_in


class VariableSpec(Model):
    """A covariate or outcome: a canonical variable, or a new one made by an expression."""

    name: Name
    """Name of the variable."""
    expression: str | None = None
    """Expression on canonical variables; null for the canonical variable itself."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        """Accept `name` and `name = expression`."""
        if isinstance(data, str):
            return split_definition(data)
        if isinstance(data, dict) and len(data) == 1 and not set(data) & set(cls.model_fields):
            ((name, expression),) = data.items()
            raise ValueError(f"a definition is written with '='; write '{name} = {expression}'")
        if not isinstance(data, dict | VariableSpec):
            raise ValueError(f"expected a variable or a definition, got {data!r}; write 'age' or 'u74 = re74 == 0'")
        if isinstance(data, dict) and isinstance(data.get("name"), str) and "=" in data["name"]:
            return {**data, **split_definition(data["name"])}
        return data

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str) -> str:
        if keyword.iskeyword(name):
            raise ValueError(f"{name!r} has a meaning in expressions; choose another name, such as '{name}_'")
        return name

    @field_validator("expression")
    @classmethod
    def _expression_parses(cls, expression: str | None) -> str | None:
        if expression is not None:
            syntax_tree(expression)
        return expression

    @property
    def uses(self) -> frozenset[str]:
        """Canonical variables that the variable is made of."""
        return variables_in(self.expression) if self.expression else frozenset({self.name})

    @property
    def written(self) -> str:
        """The form in which a study writes it."""
        return f"{self.name} = {self.expression}" if self.expression else self.name


class OutcomeSpec(VariableSpec):
    """An outcome, and where there are two rounds, the same variable before treatment."""

    before: Name | None = None
    """Canonical variable or covariate that measured the outcome before treatment, for `did_dr`."""


_TEXT = {
    "type": "string",
    "description": "A canonical variable, or `name = expression`, for instance `u74 = re74 == 0`.",
    "pattern": r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*(=[^=].*)?$",
}
_TWO_ROUNDS = {
    "type": "object",
    "description": "An outcome measured in two rounds, for instance `{name: re78, before: re75}`.",
    "properties": {"name": _TEXT, "before": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
VariableEntry = Annotated[VariableSpec, WithJsonSchema(_TEXT)]
OutcomeEntry = Annotated[OutcomeSpec, WithJsonSchema({"oneOf": [_TEXT, _TWO_ROUNDS]})]
