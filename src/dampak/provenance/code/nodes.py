"""How each kind of syntax node is written and which names it binds; all other kinds are written field by field."""

import ast
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dampak.provenance.code.syntax import bindings, decorator_name, for_type_checkers, is_pure

if TYPE_CHECKING:
    from dampak.provenance.code.reading import Reader

_LOOKUPS = frozenset({"getattr", "hasattr", "attrgetter", "methodcaller"})
_WORD = re.compile(r"[A-Za-z_]\w*")


def _name(reader: "Reader", node: ast.Name) -> None:
    reader.out.append("$")
    if node.ctx.__class__ is not ast.Load:
        reader.scope.bound.add(node.id)
    reader.use(node.id)


def _attribute(reader: "Reader", node: ast.Attribute) -> None:
    chain, inner = [node.attr], node.value
    while isinstance(inner, ast.Attribute):
        chain.append(inner.attr)
        inner = inner.value
    chain.reverse()
    reader.attributes.update(chain)
    reader.out.append("." + ".".join(chain))
    if isinstance(inner, ast.Name):
        reader.out.append("$")
        reader.use(inner.id, tuple(chain))
    else:
        reader.visit(inner)


def _constant(reader: "Reader", node: ast.Constant) -> None:
    if isinstance(node.value, str):
        reader.strings.add(node.value)
    reader.out.append(repr(node.value))


def _call(reader: "Reader", node: ast.Call) -> None:
    reader.out.append("Call(")
    reader.visit(node.func)
    reader.visit_all(node.args)
    reader.visit_all(node.keywords)
    reader.out.append(")")
    for option in node.keywords:
        if option.arg == "engine" and isinstance(option.value, ast.Constant) and isinstance(option.value.value, str):
            reader.engines.add(option.value.value)
    called = decorator_name(node.func)
    if called in _LOOKUPS:
        asked = node.args[:1] if called in {"attrgetter", "methodcaller"} else node.args[1:2]
        if called == "attrgetter":
            asked = node.args
        for name in asked:
            start = name.values[0] if isinstance(name, ast.JoinedStr) and name.values else name
            if not (isinstance(start, ast.Constant) and isinstance(start.value, str)):
                reader.dynamic = True
            elif start is not name:
                reader.prefixes.add(start.value)


def _function(reader: "Reader", node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    reader.scope.fixed.add(node.name)
    reader.out += [node.__class__.__name__, node.name, "@["]
    reader.visit_all(node.decorator_list)
    reader.out.append("]")
    _callable(reader, node, annotated=not is_pure(node))


def _callable(
    reader: "Reader", node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, *, annotated: bool = False
) -> None:
    given, out = node.args, reader.out
    out.append("(")
    reader.visit_all(given.defaults)
    out.append("|")
    reader.visit_all(given.kw_defaults)
    out.append("|")
    kinds = (given.posonlyargs, given.args, [given.vararg], given.kwonlyargs, [given.kwarg])
    if annotated and not isinstance(node, ast.Lambda):
        for argument in (a for kind in kinds for a in kind if a is not None and a.annotation is not None):
            out.append(argument.arg)
            reader.visit(argument.annotation)  # type: ignore[arg-type]
        if node.returns is not None:
            reader.visit(node.returns)
    reader.open("function")
    for parameter in getattr(node, "type_params", ()):
        reader.scope.fixed.add(parameter.name)
        reader.visit(parameter)
    for kind in kinds:
        names = [a.arg for a in kind if a is not None]
        reader.scope.fixed.update(names)
        out += [*names, "/"]
    out.append(")")
    if isinstance(node, ast.Lambda):
        reader.visit(node.body)
    else:
        reader.body(node.body)
    reader.close()


def _lambda(reader: "Reader", node: ast.Lambda) -> None:
    reader.out.append("Lambda")
    _callable(reader, node)


def _class(reader: "Reader", node: ast.ClassDef) -> None:
    reader.scope.fixed.add(node.name)
    reader.out += ["ClassDef", node.name, "@["]
    reader.visit_all(node.decorator_list)
    reader.out.append("](")
    reader.visit_all(node.bases)
    reader.visit_all(node.keywords)
    reader.out.append(")")
    reader.open("class")
    for parameter in getattr(node, "type_params", ()):
        reader.scope.fixed.add(parameter.name)
        reader.visit(parameter)
    reader.body(node.body)
    reader.close()


def _comprehension(reader: "Reader", node: Any) -> None:
    out = reader.out
    out += [node.__class__.__name__, "("]
    # The first iterable is evaluated outside.
    reader.visit(node.generators[0].iter)
    reader.open("comprehension")
    for place, generator in enumerate(node.generators):
        out.append("async for" if generator.is_async else "for")
        reader.visit(generator.target)
        if place:
            reader.visit(generator.iter)
        out.append("if[")
        reader.visit_all(generator.ifs)
        out.append("]")
    reader.visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
    reader.close()
    out.append(")")


def _named(reader: "Reader", node: ast.NamedExpr) -> None:
    scope = reader.scope
    while scope.kind == "comprehension" and scope.outer is not None:
        scope = scope.outer
    scope.bound.add(node.target.id)
    reader.out += ["NamedExpr", "$"]
    reader.use(node.target.id)
    reader.visit(node.value)


def _handler(reader: "Reader", node: ast.ExceptHandler) -> None:
    reader.out.append("except")
    reader.visit_all([node.type])
    reader.bind(node.name)
    reader.out.append("[")
    reader.visit_all(node.body)
    reader.out.append("]")


def _import(reader: "Reader", node: ast.Import | ast.ImportFrom) -> None:
    for local, source, imported in bindings(node, reader.package):
        reader.scope.fixed.add(local)
        reader.scope.imports.setdefault(local, []).append(source)
        reader.imports.append(imported)
        reader.out.append(f"import {imported} as {local}")


def _scoped(reader: "Reader", node: ast.Global | ast.Nonlocal) -> None:
    known = reader.scope.shared if isinstance(node, ast.Global) else reader.scope.nonlocals
    reader.out += [node.__class__.__name__, "("]
    for name in node.names:
        known.add(name)
        reader.use(name)
    reader.out.append(")")


def _annotated(reader: "Reader", node: ast.AnnAssign) -> None:
    if reader.scope.kind == "class":
        reader.out.append("AnnAssign(")
        reader.visit_all([node.target, node.annotation, node.value])
        reader.out.append(")")
        # A quoted type is looked up by name when a model is built from the class.
        for part in ast.walk(node.annotation):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                reader.names.update((word,) for word in _WORD.findall(part.value))
    elif node.value is not None:
        reader.visit(ast.Assign(targets=[node.target], value=node.value))
    elif isinstance(node.target, ast.Name):
        reader.scope.bound.add(node.target.id)


def _if(reader: "Reader", node: ast.If) -> None:
    if for_type_checkers(node):
        reader.visit_all(node.orelse)
        return
    reader.out.append("If(")
    reader.visit(node.test)
    for branch in (node.body, node.orelse):
        reader.out.append("[")
        reader.visit_all(branch)
        reader.out.append("]")
    reader.out.append(")")


def _sequence(reader: "Reader", node: ast.List | ast.Tuple) -> None:
    reader.out += [node.__class__.__name__, "("]
    reader.visit_all(node.elts)
    reader.out.append(")")
    texts = [e.value if isinstance(e, ast.Constant) else None for e in node.elts]
    for option, program in pairwise(texts):
        if option == "-m" and isinstance(program, str):
            reader.programs.add(program)


def _match_as(reader: "Reader", node: ast.MatchAs) -> None:
    reader.out.append("MatchAs(")
    reader.visit_all([node.pattern])
    reader.bind(node.name)
    reader.out.append(")")


def _match_star(reader: "Reader", node: ast.MatchStar) -> None:
    reader.out.append("MatchStar")
    reader.bind(node.name)


def _match_mapping(reader: "Reader", node: ast.MatchMapping) -> None:
    reader.out.append("MatchMapping(")
    reader.visit_all(node.keys)
    reader.out.append("|")
    reader.visit_all(node.patterns)
    reader.bind(node.rest)
    reader.out.append(")")


def _match_class(reader: "Reader", node: ast.MatchClass) -> None:
    reader.attributes.update(node.kwd_attrs)
    reader.out.append("MatchClass(")
    reader.visit(node.cls)
    reader.visit_all(node.patterns)
    reader.out += ["|", *node.kwd_attrs, "|"]
    reader.visit_all(node.kwd_patterns)
    reader.out.append(")")


HANDLERS: dict[type, Callable[["Reader", Any], None]] = {
    ast.AnnAssign: _annotated,
    ast.AsyncFunctionDef: _function,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.ClassDef: _class,
    ast.Constant: _constant,
    ast.DictComp: _comprehension,
    ast.ExceptHandler: _handler,
    ast.FunctionDef: _function,
    ast.GeneratorExp: _comprehension,
    ast.Global: _scoped,
    ast.If: _if,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Lambda: _lambda,
    ast.List: _sequence,
    ast.ListComp: _comprehension,
    ast.MatchAs: _match_as,
    ast.MatchClass: _match_class,
    ast.MatchMapping: _match_mapping,
    ast.MatchStar: _match_star,
    ast.Name: _name,
    ast.NamedExpr: _named,
    ast.Nonlocal: _scoped,
    ast.SetComp: _comprehension,
    ast.Tuple: _sequence,
}
