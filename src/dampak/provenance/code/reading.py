"""Canonical text of Python statements, and the names in it that lead to other code.

The text leaves out what cannot change a result: comments, formatting, docstrings, the annotations of undecorated
functions, and the names of local variables, which are numbered in the order of their appearance (alpha-renaming).
Names that can be seen from outside stay as they are: parameters, imports, nested functions and classes, globals,
everything in a class body; and all names of code that looks its own variables up by name (`locals()`, `eval`, ...).
It is built from the syntax tree with empty fields left out, so it does not depend on the version of Python.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dampak.provenance.code.nodes import HANDLERS
from dampak.provenance.code.scopes import Scopes
from dampak.provenance.code.syntax import Source, is_text

_INTROSPECTION = frozenset({"locals", "vars", "dir", "eval", "exec"})
_FRAMES = frozenset({"currentframe", "_getframe", "f_locals", "from_formula", "dmatrix", "dmatrices"})
_SKIPPED = frozenset({"ctx", "type_comment", "kind", "simple"})
_fields: dict[type, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Reading:
    """What a reader finds in statements.

    Attributes
    ----------
    text
        Canonical text.
    names
        Names that the statements take from their module, each with the attributes that follow it: `('np', 'mean')`.
    imported
        Uses of names that the statements import themselves: what was imported, and the attributes that follow.
    imports
        All imports inside the statements.
    attributes
        Names of attributes, and texts that may name one (`getattr`).
    prefixes
        Beginnings of attribute names that are completed at run time: `getattr(x, f"draw_{kind}")`.
    dynamic
        Whether attributes are looked up by names that cannot be known here.
    strings
        All string constants.
    programs
        Modules that are started as programs: `[sys.executable, "-m", "name"]`.
    engines
        Texts that choose an engine: `read_excel(path, engine="calamine")`.
    """

    text: str
    names: frozenset[tuple[str, ...]]
    imported: frozenset[tuple[Source, tuple[str, ...]]]
    imports: tuple[Source, ...]
    attributes: frozenset[str]
    prefixes: frozenset[str]
    dynamic: bool
    strings: frozenset[str]
    programs: frozenset[str]
    engines: frozenset[str]


def read(statements: Iterable[ast.stmt], package: str) -> Reading:
    """Read statements of one module.

    Parameters
    ----------
    statements
        Top-level statements, or methods of a top-level class.
    package
        Dotted name of the package that relative imports start from; empty for a script.
    """
    return Reader(package).reading(statements)


class Reader(Scopes):
    """One pass over statements."""

    def __init__(self, package: str) -> None:
        super().__init__()
        self.package = package
        self.imports: list[Source] = []
        self.attributes: set[str] = set()
        self.prefixes: set[str] = set()
        self.strings: set[str] = set()
        self.programs: set[str] = set()
        self.engines: set[str] = set()
        self.dynamic = False

    def reading(self, statements: Iterable[ast.stmt]) -> Reading:
        """Read statements, and say what was found."""
        for statement in statements:
            self.visit(statement)
        self.close()
        used = {name[0] for name in self.names}
        self.dynamic |= bool({"vars", "dir"} & used or {"__dict__", "getmembers"} & self.attributes)
        # pandas reads the caller's variables in `frame.query("x > @limit")`.
        in_query = self.attributes & {"query", "eval"} and any("@" in s for s in self.strings)
        if not (used & _INTROSPECTION or (used | self.attributes) & _FRAMES or in_query):
            self.number_variables()
        return Reading(
            text=" ".join(self.out),
            names=frozenset(self.names),
            imported=frozenset(self.imported),
            imports=tuple(self.imports),
            attributes=frozenset(self.attributes.union(*map(_attribute_names, self.strings))),
            prefixes=frozenset(self.prefixes),
            dynamic=self.dynamic,
            strings=frozenset(self.strings),
            programs=frozenset(self.programs),
            engines=frozenset(self.engines),
        )

    def visit(self, node: ast.AST) -> None:
        """Write a node."""
        kind = node.__class__
        handler = HANDLERS.get(kind)
        if handler is not None:
            handler(self, node)
            return
        out = self.out
        fields = _fields.get(kind)
        if fields is None:
            fields = _fields[kind] = tuple(f for f in kind._fields if f not in _SKIPPED)
        out.append(kind.__name__)
        if not fields:
            return
        out.append("(")
        for field in fields:
            value = getattr(node, field, None)
            if value is None:
                continue
            if value.__class__ is list:
                if value:
                    out.append(field + "[")
                    self.visit_all(value)
                    out.append("]")
            elif isinstance(value, ast.AST):
                out.append(field)
                self.visit(value)
            else:
                out.append(f"{field}={value!r}")
        out.append(")")

    def visit_all(self, nodes: Iterable[Any]) -> None:
        """Write nodes, or what stands in the place of one."""
        for node in nodes:
            if isinstance(node, ast.AST):
                self.visit(node)
            else:
                self.out.append(repr(node))

    def body(self, statements: list[ast.stmt]) -> None:
        """Write the body of a function or class, without its docstring."""
        statements = statements[1:] if statements and is_text(statements[0]) else statements
        self.out.append("[")
        self.visit_all(statements or [ast.Pass()])
        self.out.append("]")


def _attribute_names(text: str) -> list[str]:
    """Return the attribute names that a text may stand for: `"name"`, `"part.name"`, `"{0.name}"`."""
    if text.isidentifier():
        return [text]
    if "." not in text:
        return []
    if "{" in text:
        return re.findall(r"\.([A-Za-z_]\w*)", text)
    parts = text.split(".")
    return parts if all(part.isidentifier() for part in parts) else []
