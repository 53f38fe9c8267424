"""Names and definitions: what `age` and `u74 = re74 == 0` mean in a study."""

import ast
import keyword
import re
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
NonEmpty = Annotated[str, Field(min_length=1)]
# One `=` separates name and expression; `==`, `<=`, `>=` and `!=` belong to the expression.
_DEFINITION = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*)", flags=re.DOTALL)


class Section(BaseModel):
    """A part of a configuration file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def syntax_tree(expression: str) -> ast.expr:
    """Parse an expression.

    Raises
    ------
    ValueError
        When it is not one expression of the language of studies; the text says how to write it.
    """
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            f"{expression!r} is not an expression; write for instance 're74 == 0' or 'log1p(income)'"
        ) from None


def variables_in(expression: str) -> frozenset[str]:
    """Return the variables that an expression uses (`log1p(income / size)` uses income and size)."""
    tree = syntax_tree(expression)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions)


class Term(Section):
    """A variable of a study: one of the codebook, or a new one that an expression defines."""

    name: Name = Field(description="Name of the variable in every table and figure.")
    expression: NonEmpty | None = Field(
        None, description="Definition over codebook variables; null for the codebook variable of that name."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """Accept `name` and `name = expression`."""
        if isinstance(value, str):
            return _split(value)
        if isinstance(value, dict) and len(value) == 1 and not set(value) & {"name", "expression"}:
            ((name, expression),) = value.items()
            raise ValueError(f"a definition is written with '='; write '{name} = {expression}'")
        if not isinstance(value, dict | Term):
            raise ValueError(f"expected a variable or a definition, got {value!r}; write 'age' or 'u74 = re74 == 0'")
        return value

    @field_validator("name")
    @classmethod
    def _not_a_keyword(cls, name: str) -> str:
        if keyword.iskeyword(name):
            raise ValueError(f"{name!r} has a meaning in expressions; choose another name, such as '{name}_'")
        return name

    @field_validator("expression")
    @classmethod
    def _is_expression(cls, expression: str | None, info: ValidationInfo) -> str | None:
        if expression is not None:
            syntax_tree(expression)
        # `age = age` is the variable itself.
        return None if expression == info.data.get("name") else expression

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the written form, which is text."""
        text = {
            "type": "string",
            "pattern": r"^\s*[a-z][a-z0-9_]*\s*(=(?!=).+)?$",
            "description": "A variable (`age`) or a definition (`u74 = re74 == 0`).",
        }
        full = handler(schema)
        return {"title": cls.__name__, "description": cls.__doc__, "anyOf": [text, full]}

    @property
    def variables(self) -> frozenset[str]:
        """Codebook variables that the value is made of."""
        return variables_in(self.expression) if self.expression else frozenset({self.name})

    @property
    def written(self) -> str:
        """The form in which a study writes it."""
        return f"{self.name} = {self.expression}" if self.expression else self.name

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the term that a study writes as `text`."""
        return cls.model_validate(text)


def _split(text: str) -> dict[str, str | None]:
    """Split `name = expression`; a name alone has no expression."""
    definition = _DEFINITION.fullmatch(text)
    if definition:
        name, expression = definition.groups()
        if not expression.strip():
            raise ValueError(f"{text.strip()!r} has nothing after '='; write '{name} = re74 == 0' or only '{name}'")
        return {"name": name, "expression": expression.strip()}
    if not re.fullmatch(r"\s*\w+\s*", text):
        raise ValueError(f"{text.strip()!r} needs a name; write for instance 'new_name = {text.strip()}'")
    return {"name": text.strip(), "expression": None}
