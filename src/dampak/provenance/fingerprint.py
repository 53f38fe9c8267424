"""Fingerprint of the code that a script can reach.

The fingerprint is a SHA-256 over the syntax trees of the script and of every project definition that it reaches:
functions, classes and constants, followed by name through the imports of the package. Comments, docstrings,
formatting and the annotations of parameters do not enter it; neither does a definition that nothing reaches.
What static analysis cannot follow (a module built by name at run time, a registry filled by side effects) is not
covered: the house does not use them.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "dampak"
LEADS = (ast.Name, ast.Attribute, ast.Constant, ast.Import, ast.ImportFrom)
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Module:
    """One project module, parsed: which top-level statement defines a name, and what each name was imported from.

    Parameters
    ----------
    name
        Dotted module name; empty for a script.
    path
        The source file.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.is_package = path.name == "__init__.py"
        self.statements = ast.parse(_source(path), filename=str(path)).body
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.effects: list[ast.stmt] = []
        for statement in self.statements:
            if isinstance(statement, ast.Import | ast.ImportFrom) or _is_docstring(statement):
                continue
            names = _defined_names(statement)
            for defined in names:
                self.definitions.setdefault(defined, []).append(statement)
            if not names:
                self.effects.append(statement)
        self.imports = dict(_imported_names(self, [node for s in self.statements for node in ast.walk(s)]))

    def absolute(self, node: ast.ImportFrom) -> str:
        """Return the dotted module that an import statement names, relative imports resolved."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if self.is_package else 0)]
        return ".".join([*parts, *([node.module] if node.module else [])])


def _source(path: Path) -> str:
    """Return the Python text of a module or script, or of the code cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = (cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    return "\n".join("".join(cell["source"]) for cell in cells)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _defined_names(statement: ast.stmt) -> list[str]:
    """Names that a top-level statement binds and does nothing else; empty for a statement with side effects."""
    if isinstance(statement, DEFINITION):
        return [statement.name]
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    if targets and all(isinstance(t, ast.Name) for t in targets):
        return [t.id for t in targets if isinstance(t, ast.Name)]
    return []


def _imported_names(module: Module, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Yield (local name, (module, attribute or None)) for the imports of project modules among the nodes."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_project(alias.name):
                    # `import a.b` binds `a`; `import a.b as c` binds the module a.b.
                    yield (alias.asname, (alias.name, None)) if alias.asname else (PACKAGE, (alias.name, None))
        elif isinstance(node, ast.ImportFrom):
            source = module.absolute(node)
            if _is_project(source):
                for alias in node.names:
                    yield alias.asname or alias.name, (source, alias.name)


def _is_project(name: str) -> bool:
    return name == PACKAGE or name.startswith(PACKAGE + ".")


@cache
def package_root() -> Path:
    """Return the folder of the installed package (the checkout's own folder in an editable installation)."""
    spec = find_spec(PACKAGE)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


class Library:
    """The modules of the package, parsed once each, and what is known of their statements.

    Parameters
    ----------
    root
        Folder of the package.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, Module | None] = {}
        self._texts: dict[ast.stmt, str] = {}
        self._nodes: dict[ast.stmt, list[ast.AST]] = {}

    def text(self, statement: ast.stmt) -> str:
        """Return the canonical text of a top-level statement."""
        if statement not in self._texts:
            self._texts[statement] = canonical(statement)
        return self._texts[statement]

    def nodes(self, statement: ast.stmt) -> list[ast.AST]:
        """Return the nodes of a top-level statement that can lead to other code: names, attributes, texts, imports."""
        if statement not in self._nodes:
            self._nodes[statement] = [n for n in ast.walk(statement) if isinstance(n, LEADS)]
        return self._nodes[statement]

    def module(self, name: str) -> Module | None:
        """Return the module of that dotted name, or None where the package has no such file."""
        if name not in self._modules:
            base = self.root.joinpath(*name.split(".")[1:])
            found = [p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()]
            self._modules[name] = Module(name, found[0]) if found else None
        return self._modules[name]


class _Reach:
    """Collects what a script reaches: {(module, name): canonical text}."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.parts: dict[tuple[str, str], str] = {}

    def enter(self, name: str) -> Module | None:
        """Importing a module runs its side effects and those of the packages above it."""
        module = self.library.module(name)
        if module is None:
            return None
        if (name, "") not in self.parts:
            self.parts[name, ""] = ""
            parent = name.rpartition(".")[0]
            if parent:
                self.enter(parent)
            self.parts[name, ""] = "\n".join(map(self.library.text, module.effects))
            self.follow(module, module.effects)
            # Every project import of a module runs when the module does.
            for source, _ in module.imports.values():
                self.enter(source)
        return module

    def define(self, module: Module, name: str) -> bool:
        """Add one definition of a module, or follow it to where the module imported it from."""
        if name in module.definitions:
            if (module.name, name) not in self.parts:
                statements = module.definitions[name]
                self.parts[module.name, name] = "\n".join(map(self.library.text, statements))
                self.follow(module, statements)
            return True
        if name in module.imports:
            self.resolve(*module.imports[name])
            return True
        return False

    def resolve(self, source: str, attribute: str | None) -> None:
        """Follow `from source import attribute` (or a whole module, where attribute is None)."""
        module = self.enter(source)
        if module is None:
            return
        if attribute is None or attribute == "*":
            self.whole(module)
        elif not self.define(module, attribute):
            submodule = self.enter(f"{source}.{attribute}")
            if submodule is not None:
                self.whole(submodule)

    def whole(self, module: Module) -> None:
        """Reach every definition of a module: it was passed around as a value."""
        for name in module.definitions:
            self.define(module, name)

    def follow(self, module: Module, statements: list[ast.stmt]) -> None:
        """Reach all that the statements name."""
        for statement in statements:
            nodes = self.library.nodes(statement)
            imports = module.imports | dict(_imported_names(module, nodes))
            qualified = set()
            for node in nodes:
                if isinstance(node, ast.Attribute):
                    path = _dotted(node)
                    if path and path[0] in imports:
                        qualified |= self._qualified(imports, node, path)
            for node in nodes:
                if isinstance(node, ast.Name) and id(node) not in qualified:
                    if node.id in imports:
                        self.resolve(*imports[node.id])
                    else:
                        self.define(module, node.id)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    self._data_file(module, node.value)

    def _qualified(self, imports: dict[str, tuple[str, str | None]], node: ast.Attribute, path: list[str]) -> set[int]:
        """Follow `module.name`; return the ids of the Name nodes so resolved."""
        source, attribute = imports[path[0]]
        target = source if attribute is None else f"{source}.{attribute}"
        rest = path[1:]
        if attribute is None and path[0] == PACKAGE and target.startswith(PACKAGE):
            target = PACKAGE
        while rest and self.library.module(f"{target}.{rest[0]}") is not None:
            target, rest = f"{target}.{rest[0]}", rest[1:]
        module = self.library.module(target)
        if module is None or not rest:
            return set()
        self.enter(target)
        if not self.define(module, rest[0]):
            return set()
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        return {id(inner)}

    def _data_file(self, module: Module, text: str) -> None:
        """A string that names a file beside the module (a catalogue, a template) brings in the file's bytes."""
        if "." in text and len(text) < 100 and "\n" not in text and not text.startswith((".", "/")):
            path = module.path.parent / text
            if path.suffix != ".py" and path.is_file():
                self.parts[module.name, f"file {text}"] = hashlib.sha256(path.read_bytes()).hexdigest()


def _dotted(node: ast.expr) -> list[str]:
    """Return ['a', 'b', 'c'] for the expression a.b.c, or [] for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


def canonical(node: ast.AST) -> str:
    """Return a text of a syntax tree without docstrings, positions and parameter annotations.

    Empty fields are left out, so that the text does not depend on the Python version that parsed it.
    """
    local = isinstance(node, ast.AnnAssign) and not getattr(node, "in_class", False)
    if local and isinstance(node, ast.AnnAssign) and node.value is not None:
        return canonical(ast.Assign(targets=[node.target], value=node.value))
    parts = []
    undecorated = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list
    for field, value in ast.iter_fields(node):
        if field in {"type_comment", "kind", "ctx"} or (field == "returns" and undecorated):
            continue
        if isinstance(node, ast.arg) and field == "annotation" and not getattr(node, "decorated", False):
            continue
        if isinstance(value, list):
            if field == "body" and isinstance(node, (*DEFINITION, ast.Module)) and value and _is_docstring(value[0]):
                value = value[1:]
            if isinstance(node, ast.ClassDef) and field == "body":
                for statement in value:
                    statement.in_class = True
            text = ",".join(canonical(v) if isinstance(v, ast.AST) else repr(v) for v in value)
            if text:
                parts.append(f"{field}=[{text}]")
        elif isinstance(value, ast.AST):
            if isinstance(value, ast.arguments) and not undecorated:
                for argument in ast.walk(value):
                    if isinstance(argument, ast.arg):
                        argument.decorated = True  # type: ignore[attr-defined]
            text = canonical(value)
            parts.append(f"{field}={text}")
        elif value is not None:
            parts.append(f"{field}={type(value).__name__}:{value!r}")
    return f"{type(node).__name__}({' '.join(parts)})"


def reached(script: Path, *, library: Library | None = None) -> dict[str, str]:
    """Return what a script reaches.

    Parameters
    ----------
    script
        A script of `workflow/scripts`, or a notebook.
    library
        The parsed package; the installed one where not given.

    Returns
    -------
    dict of str to str
        `module:name` to the SHA-256 of its canonical text, sorted by key; the script itself under `script`.
    """
    library = library or Library(package_root())
    reach = _Reach(library)
    module = Module("", script)
    for source, attribute in module.imports.values():
        reach.enter(source)
        if attribute is not None and library.module(f"{source}.{attribute}") is not None:
            reach.enter(f"{source}.{attribute}")
    reach.follow(module, module.statements)
    texts = {f"{name}:{what}": text for (name, what), text in reach.parts.items() if text}
    body = [s for s in module.statements if not _is_docstring(s)]
    texts["script"] = "\n".join(canonical(s) for s in body)
    return {key: hashlib.sha256(texts[key].encode()).hexdigest() for key in sorted(texts)}


def fingerprint(script: Path, *, library: Library | None = None) -> str:
    """Return the SHA-256 (hex) of all code that a script reaches; see the module docstring for what counts."""
    lines = "".join(f"{key} {value}\n" for key, value in reached(script, library=library).items())
    return hashlib.sha256(lines.encode()).hexdigest()
