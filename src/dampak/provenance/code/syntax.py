"""What a statement of Python is, as far as its syntax says: its imports, its decorators, whether it runs."""

import ast
from collections.abc import Iterator

# What an import brings in: a module, and the attribute taken from it (None for the module itself).
Source = tuple[str, str | None]

# Decorators that neither register what they decorate anywhere nor read its annotations.
PURE_DECORATORS = frozenset(
    [
        "property",
        "staticmethod",
        "classmethod",
        "cached_property",
        "abstractmethod",
        "setter",
        "getter",
        "deleter",
        "cache",
        "lru_cache",
        "contextmanager",
        "asynccontextmanager",
        "wraps",
        "dataclass",
        "total_ordering",
        "final",
        "overload",
        "override",
        "runtime_checkable",
    ]
)


def bindings(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, Source, Source]]:
    """Yield for every name that an import statement binds: the name, what it stands for, and what is imported.

    The last two differ for `import a.b`, which binds `a` and imports `a.b`.
    """
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
            yield bound[0], (bound[1], None), (alias.name, None)
    else:
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            yield alias.asname or alias.name, (source, alias.name), (source, alias.name)


def decorator_name(node: ast.expr) -> str:
    """Return the last name of a decorator: `lru_cache` for `@functools.lru_cache(maxsize=1)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_pure(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether all decorators of a definition are known to register nothing and to read no annotations."""
    return all(decorator_name(d) in PURE_DECORATORS for d in node.decorator_list)


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a string and nothing else, such as a docstring."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def for_type_checkers(node: ast.stmt) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`, whose body never runs."""
    return isinstance(node, ast.If) and decorator_name(node.test) == "TYPE_CHECKING"
