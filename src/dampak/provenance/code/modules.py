"""The modules of the package: what each defines, imports and does when it is imported."""

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from dampak.errors import DampakError
from dampak.provenance.code.syntax import Source, bindings, decorator_name, for_type_checkers, is_pure, is_text
from dampak.provenance.used.places import PACKAGE

# Methods that other people's code calls on objects which it is given: files, mappings, estimators.
_FILE = {"read", "readline", "write", "close", "flush", "seek", "tell"}
_MAPPING = {"keys", "items", "values", "get"}
_ESTIMATOR = {"fit", "predict", "predict_proba", "transform", "fit_transform", "get_params", "set_params"}
# A constant that is assigned from such a call changes another one: `OLD = TABLE.pop("old")`.
_CHANGING = {
    "append",
    "add",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "insert",
    "extend",
    "clear",
    "remove",
    "discard",
}
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def is_project(name: str) -> bool:
    """Whether a dotted name lies in the package."""
    return name == PACKAGE or name.startswith(PACKAGE + ".")


class Unit:
    """The smallest piece of code that can be reached by itself: a function, constant, class without methods, or method.

    Parameters
    ----------
    module
        The module that holds it.
    name
        `name`, `Class.method`, or empty for what the module does when it is imported.
    """

    def __init__(self, module: "Module", name: str) -> None:
        self.module = module
        self.name = name
        self.key = f"{module.name}:{name}"
        self.statements: list[ast.stmt] = []
        self.node: ast.ClassDef | None = None
        self.methods: dict[str, Unit] = {}
        # Abstract methods decide whether a class can be instantiated, called or not.
        self.abstract: list[str] = []

    def add_class(self, node: ast.ClassDef) -> None:
        """Add a class: its plain methods become units of their own."""
        self.node = node
        rest: list[ast.stmt] = []
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and _is_plain_method(statement):
                method = self.methods.setdefault(statement.name, Unit(self.module, f"{self.name}.{statement.name}"))
                method.statements.append(statement)
                if any(decorator_name(d) == "abstractmethod" for d in statement.decorator_list):
                    self.abstract.append(statement.name)
            else:
                rest.append(statement)
        header = ast.ClassDef(
            name=node.name, bases=node.bases, keywords=node.keywords, body=rest, decorator_list=node.decorator_list
        )
        self.statements.append(header)


def _is_plain_method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method runs only when reached code names it: not `__init__`, `_repr_html_`, `@validator`, `write`."""
    return (
        not (node.name[0] == node.name[-1] == "_") and node.name not in _FILE | _MAPPING | _ESTIMATOR and is_pure(node)
    )


class Module:
    """One module of the package, parsed.

    Parameters
    ----------
    name
        Dotted module name; empty for a script, which is one unit as a whole.
    path
        The source file: a module, script or notebook. A folder without `__init__.py` is an empty module.

    Attributes
    ----------
    units
        Top-level name to what defines it.
    effects
        What the module does when it is imported, besides defining names.
    eager
        Definitions that take effect when the module is imported, such as those that a decorator registers.
    imports
        Top-level name to what it was imported from (several where branches differ).
    stars
        Modules of `from module import *`.
    entered
        What is imported when the module is.
    silent
        Packages that are imported for their side effects: nothing uses the name.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        self.units: dict[str, Unit] = {}
        self.effects = Unit(self, "")
        self.eager: list[Unit] = []
        self.imports: dict[str, list[Source]] = {}
        self.stars: list[str] = []
        self.entered: list[Source] = []
        self.silent: list[str] = []
        self.body, text = _parse(path)
        lines = text.split("\n")
        self.walrus = ":=" in text
        for node in _imports(self.body, functions=False):
            for local, source, imported in bindings(node, self.package):
                self.entered.append(imported)
                if local == "*":
                    self.stars.append(source[0])
                    continue
                self.imports.setdefault(local, []).append(source)
                # The linter of the house asks for a `noqa` on such an import; all code of a script counts anyway.
                line = lines[node.lineno - 1] if name else "noqa"
                if text.count(local) == 1 and "noqa" in line and not is_project(source[0]):
                    self.silent.append(".".join(filter(None, imported)))
        for statement in _running(self.body, main=not name):
            if name:
                self._add(statement)
            elif not isinstance(statement, ast.Import | ast.ImportFrom):
                self.effects.statements.append(statement)

    def _add(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass) or is_text(statement):
            return
        names = list(_bound([statement], walrus=self.walrus))
        if isinstance(statement, ast.AugAssign) and names and names[0] in self.units:
            # `X += [1]` changes what X stands for, which is another constant after `X = Y`.
            first = self.units[names[0]].statements[0]
            only_names = isinstance(first, ast.Assign) and not isinstance(first.value, ast.Name | ast.Attribute)
        else:
            only_names = _only_defines(statement)
        if not only_names:
            self.effects.statements.append(statement)
            self.units.update((name, self.effects) for name in names if name not in self.units)
            return
        for name in names:
            unit = self.units.setdefault(name, Unit(self, name))
            if isinstance(statement, ast.ClassDef):
                unit.add_class(statement)
            else:
                unit.statements.append(statement)
            if isinstance(statement, _DEFINITION) and not is_pure(statement):
                self.eager.append(unit)

    def importable(self) -> Iterator[Source]:
        """Yield everything that the module imports, or that a function in it could import."""
        for node in _imports(self.body, functions=True):
            for _, _, imported in bindings(node, self.package):
                yield imported


def _parse(path: Path) -> tuple[list[ast.stmt], str]:
    """Return the statements of a module, script or notebook, and its text."""
    if not path.exists() and path.name == "__init__.py":
        return [], ""
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix != ".ipynb":
            body = ast.parse(text, filename=str(path)).body
            return body[1 if body and is_text(body[0]) else 0 :], text
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        sources = [_without_magic("".join(cell["source"])) for cell in cells]
    except SyntaxError as error:
        raise DampakError(f"{path}: line {error.lineno} is not Python ({error.msg}); correct it") from None
    except (ValueError, KeyError, TypeError):
        raise DampakError(f"{path}: a Jupyter notebook of format 4 was expected; save it again from Jupyter") from None
    body = []
    for place, source in enumerate(sources, start=1):
        try:
            body += ast.parse(source).body
        except SyntaxError as error:
            raise DampakError(
                f"{path}: line {error.lineno} of code cell {place} is not Python ({error.msg}); correct it"
            ) from None
        # What a cell shows is its last expression, unless a semicolon ends it.
        body.append(
            ast.Expr(ast.Tuple([ast.Constant("cell"), ast.Constant(source.rstrip().endswith(";"))], ast.Load()))
        )
    return body, "\n".join(sources)


def _without_magic(source: str) -> str:
    """Turn the lines of a cell that only IPython understands into text, which is Python and still counts."""
    if source.startswith("%%"):
        return f"({source!r},)"
    lines = source.split("\n")
    return "\n".join(f"({line!r},)" if line.startswith(("%", "!")) else line for line in lines)


def _running(statements: Iterable[ast.stmt], *, main: bool) -> Iterator[ast.stmt]:
    """Yield the statements that can run: not those for type checkers, nor those of `if __name__ == "__main__":`."""
    for statement in statements:
        if for_type_checkers(statement):
            yield from _running(statement.orelse, main=main)  # type: ignore[attr-defined]
        elif isinstance(statement, ast.If) and not main and "'__main__'" in ast.unparse(statement.test):
            yield from _running(statement.orelse, main=main)
        else:
            yield statement


def _imports(statements: Iterable[ast.stmt], *, functions: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the import statements, inside functions or not."""
    for statement in statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif isinstance(statement, ast.Expr | ast.Assign | ast.Return | ast.AnnAssign | ast.AugAssign | ast.Raise):
            continue
        elif functions or not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if for_type_checkers(statement):
                yield from _imports(statement.orelse, functions=functions)  # type: ignore[attr-defined]
                continue
            for block in _blocks(statement):
                yield from _imports(block, functions=functions)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements inside a statement."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if block:
            yield block
    for holder in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield holder.body


def _bound(statements: Iterable[ast.stmt], *, walrus: bool) -> Iterator[str]:
    """Yield the names that top-level statements bind, besides imports."""
    fields = ("target", "targets", "items", "name", *(("value", "test", "iter") if walrus else ()))
    for statement in statements:
        if isinstance(statement, _DEFINITION):
            yield statement.name
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        for field in (getattr(statement, f, None) for f in fields):
            for part in field if isinstance(field, list) else [field]:
                if isinstance(part, ast.AST):
                    for node in ast.walk(part):
                        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                            yield node.id
        for block in _blocks(statement):
            yield from _bound(block, walrus=walrus)


def _only_defines(statement: ast.stmt) -> bool:
    """Whether a top-level statement binds names and, as far as can be seen, does nothing else."""
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass, *_DEFINITION)) or is_text(statement):
        return True
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        parts = [p for t in targets for p in (t.elts if isinstance(t, ast.Tuple | ast.List) else [t])]
        names = [p.value if isinstance(p, ast.Starred) else p for p in parts]
        value = statement.value
        changes = isinstance(value, ast.Call) and decorator_name(value) in _CHANGING
        return not changes and all(isinstance(n, ast.Name) for n in names)
    if isinstance(statement, ast.If | ast.Try):
        # A decorated definition in a branch takes effect with the branch.
        return all(
            _only_defines(s) and not (isinstance(s, _DEFINITION) and not is_pure(s))
            for block in _blocks(statement)
            for s in block
        )
    return False
