"""Definitions: what `age` and `u74 = re74 == 0` mean in a study."""

import ast
import re

# One `=` separates name and expression; `==`, `<=`, `>=` and `!=` belong to the expression.
_DEFINITION = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*)", flags=re.DOTALL)


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


def split_definition(text: str) -> dict[str, str | None]:
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
