"""What a class inherits: whether code from outside the package may call its methods, and who learns of it."""

import ast
import builtins
from collections.abc import Iterator

from dampak.provenance.code.library import Library, Target, outside_package
from dampak.provenance.code.modules import Module, Unit
from dampak.provenance.code.syntax import PURE_DECORATORS, decorator_name

# Bases from outside whose code calls no method of a class by name.
_QUIET_BASES = frozenset({"Protocol", "Generic", "NamedTuple", "TypedDict", "ABC", "ABCMeta", "object"})


def is_called_from_outside(library: Library, unit: Unit) -> bool:
    """Whether a base, metaclass or decorator from outside the package may call any method of a class."""
    return any(outside for _, outside in _ancestry(library, unit, set()))


def registers(library: Library, unit: Unit) -> bool:
    """Whether defining a class has an effect: an ancestor in the package learns of it."""
    ancestors = [u.node for u, _ in _ancestry(library, unit, set()) if u is not unit and u.node is not None]
    return any(
        _has_metaclass(node) or any(getattr(s, "name", "") == "__init_subclass__" for s in node.body)
        for node in ancestors
    )


def _ancestry(library: Library, unit: Unit, seen: set[Unit]) -> Iterator[tuple[Unit, bool]]:
    """Yield a class and its ancestors in the package, each with whether code from outside may call its methods."""
    if unit in seen:
        return
    seen.add(unit)
    if unit.node is None:
        yield unit, True  # Not a plain class: an alias, or made by a call.
        return
    node = unit.node
    outside = _has_metaclass(node)
    for decorator in node.decorator_list:
        targets = _expression(library, unit.module, decorator.func if isinstance(decorator, ast.Call) else decorator)
        known = decorator_name(decorator) in PURE_DECORATORS
        outside |= any(isinstance(t, str) and (not known or outside_package(t)) for t in targets)
    for base in node.bases:
        targets = _expression(library, unit.module, base)
        outside |= not targets and not _is_quiet(ast.unparse(base))
        for target in targets:
            if isinstance(target, Unit):
                yield from _ancestry(library, target, seen)
            else:
                outside |= not isinstance(target, str) or bool(outside_package(target)) or not _is_quiet(target)
    yield unit, outside


def _expression(library: Library, module: Module, node: ast.expr) -> list[Target]:
    """Return what `name`, `module.name` or `name[...]` stands for."""
    if isinstance(node, ast.Subscript):
        return _expression(library, module, node.value)
    if isinstance(node, ast.Attribute):
        found: list[Target] = []
        for target in _expression(library, module, node.value):
            if isinstance(target, Module):
                found += library.attribute(target, node.attr)
            elif isinstance(target, str):
                found.append(f"{target}.{node.attr}")
        return found
    return list(library.lookup(module, node.id)) if isinstance(node, ast.Name) else []


def _has_metaclass(node: ast.ClassDef) -> bool:
    return any(k.arg == "metaclass" and decorator_name(k.value) != "ABCMeta" for k in node.keywords)


def _is_quiet(base: str) -> bool:
    """Whether a base from the standard library calls no methods by name: an exception, a protocol."""
    last = base.partition("[")[0].rpartition(".")[2]
    kind = getattr(builtins, last, None)
    return last in _QUIET_BASES or (isinstance(kind, type) and issubclass(kind, BaseException))
