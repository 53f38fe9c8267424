"""How the pieces of the package hang together: what each name stands for, and what each piece leads to."""

import ast
import builtins
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from dampak.provenance.modules import PACKAGE, Module, Unit
from dampak.provenance.reading import read
from dampak.provenance.syntax import PURE_DECORATORS, Source, decorator_name

# What a name stands for: a piece of the package, one of its modules, or the dotted name of something else.
Target = Unit | Module | str

# Bases from outside whose code calls no method of a class by name.
_QUIET_BASES = frozenset({"Protocol", "Generic", "NamedTuple", "TypedDict", "ABC", "ABCMeta", "object"})
# pandas reads and writes these formats with pyarrow.
_IMPLIED = {"read_parquet": "pyarrow", "to_parquet": "pyarrow", "read_feather": "pyarrow", "to_feather": "pyarrow"}


@dataclass(frozen=True)
class Links:
    """What one unit leads to.

    Attributes
    ----------
    digest
        SHA-256 of the unit's canonical text and of what the imported names in it stand for.
    units, modules, wholes
        Units that it names, modules that it imports, modules that it uses as a value (all of which counts).
    attributes, prefixes, dynamic
        See `dampak.provenance.reading.Reading`.
    files
        Data files of the package that it names.
    packages
        Packages from outside that it imports.
    """

    digest: str
    units: tuple[Unit, ...]
    modules: tuple[str, ...]
    wholes: tuple[Module, ...]
    attributes: frozenset[str]
    prefixes: frozenset[str]
    dynamic: bool
    files: tuple[str, ...]
    packages: frozenset[str]


def is_project(name: str) -> bool:
    """Whether a dotted name lies in the package."""
    return name == PACKAGE or name.startswith(PACKAGE + ".")


def outside_package(name: str) -> str | None:
    """Return the package of a dotted name that is neither the project's nor the standard library's."""
    top = name.partition(".")[0]
    return top if top and top != PACKAGE and top not in sys.stdlib_module_names else None


class Library:
    """The modules of the package, parsed once each.

    Parameters
    ----------
    root
        Folder of the package.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, Module | None] = {}
        self._links: dict[Unit, Links] = {}
        self._targets: dict[tuple[str, str], list[Target]] = {}
        self._importable: dict[str, frozenset[str]] = {}
        self._data: list[str] | None = None

    def module(self, name: str) -> Module | None:
        """Return the module of that dotted name, or None where the package has no such file."""
        if name not in self._modules:
            base = self.root.joinpath(*name.split(".")[1:])
            package = base / "__init__.py"
            found = [p for p in (package, base.with_suffix(".py")) if is_project(name) and p.is_file()]
            found = found or ([package] if is_project(name) and base.is_dir() else [])
            self._modules[name] = Module(name, found[0]) if found else None
        return self._modules[name]

    # Names

    def lookup(self, module: Module, name: str) -> list[Target]:
        """Return what a name of a module stands for; several things where branches differ, none for a built-in."""
        key = module.name, name
        if key not in self._targets:
            self._targets[key] = []  # Ends the search where modules import from each other in a circle.
            targets: list[Target] = [module.units[name]] if name in module.units else []
            for source in module.imports.get(name, ()):
                targets += self.imported(source)
            if not targets and not hasattr(builtins, name):
                for star in module.stars:
                    if not is_project(star):
                        targets.append(f"{star}.*")
                    elif (starred := self.module(star)) is not None:
                        targets += self.lookup(starred, name)
            self._targets[key] = targets
        return self._targets[key]

    def attribute(self, module: Module, name: str) -> list[Target]:
        """Return what `module.name` stands for, seen from another module."""
        targets = self.lookup(module, name)
        if not targets:
            submodule = self.module(f"{module.name}.{name}")
            targets = [submodule] if submodule is not None else []
        if not targets and "__getattr__" in module.units:
            targets = [module.units["__getattr__"]]
        return targets

    def imported(self, source: Source) -> list[Target]:
        """Return what an import brings in."""
        name, attribute = source
        if not is_project(name):
            return [".".join(filter(None, source))]
        module = self.module(name)
        if module is None:
            return []
        return [module] if attribute is None else self.attribute(module, attribute)

    def entered(self, source: Source) -> Iterator[str]:
        """Yield the modules of the package that an import runs, besides those above them."""
        name, attribute = source
        if is_project(name):
            yield name
            module = self.module(name)
            if attribute == "*" and module is not None and "__all__" in module.units:
                # The list may name submodules, which are imported then.
                names = module.units["__all__"].statements
                texts = {n.value for s in names for n in ast.walk(s) if isinstance(n, ast.Constant)}
                yield from (f"{name}.{t}" for t in texts if isinstance(t, str) and self.module(f"{name}.{t}"))
            elif attribute is not None and self.module(f"{name}.{attribute}") is not None:
                yield f"{name}.{attribute}"

    def importable(self, names: Iterable[str]) -> set[str]:
        """Return the modules that can be imported once these are, whatever functions of them are called."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found or (module := self.module(name)) is None:
                continue
            found.add(name)
            if name not in self._importable:
                entered = {e for source in module.importable() for e in self.entered(source)}
                self._importable[name] = frozenset(entered - {name} | {name.rpartition(".")[0]})
            waiting += self._importable[name]
        return found

    # Units

    def links(self, unit: Unit) -> Links:
        """Return what a unit leads to."""
        if unit not in self._links:
            self._links[unit] = self._follow(unit)
        return self._links[unit]

    def _follow(self, unit: Unit) -> Links:
        module = unit.module
        reading = read(unit.statements, module.package)
        units: dict[Unit, None] = {}
        modules: dict[str, None] = {}
        wholes: dict[Module, None] = {}
        wiring: set[str] = {f"silent {name}" for name in module.silent} if not unit.name else set()

        def add(target: Target, name: str, chain: tuple[str, ...]) -> None:
            if isinstance(target, str):
                wiring.add(f"{name} {target}")
            elif isinstance(target, Unit):
                units[target] = None
                if target.module is not module:
                    wiring.add(f"{name} {target.key}")
            else:
                modules[target.name] = None
                found = self.attribute(target, chain[0]) if chain else []
                for inner in found:
                    add(inner, f"{name}.{chain[0]}", chain[1:])
                if not found and not (chain and chain[0].startswith("__")):
                    wholes[target] = None
                    wiring.add(f"{name} {target.name}")

        for name, *chain in reading.names:
            for target in self.lookup(module, name):
                add(target, name, tuple(chain))
            if name in unit.methods:  # `value = property(_value)` in a class body
                units[unit.methods[name]] = None
        for source, rest in reading.imported:
            for target in self.imported(source):
                add(target, str(source), rest)
        for source in reading.imports:
            modules.update(dict.fromkeys(self.entered(source)))
        for text in reading.strings:
            if text.startswith(PACKAGE + ".") and len(text) < 200:
                wholes.update(dict.fromkeys(self._named_modules(text)))
        text = "\n".join([reading.text, *sorted(wiring), *sorted(unit.abstract)])
        outside = [*(source[0] for source in reading.imports), *reading.programs]
        outside += [_IMPLIED[a] for a in reading.attributes & _IMPLIED.keys()]
        return Links(
            digest=hashlib.sha256(text.encode()).hexdigest(),
            units=tuple(units),
            modules=tuple(modules),
            wholes=tuple(wholes),
            attributes=reading.attributes,
            prefixes=reading.prefixes,
            dynamic=reading.dynamic,
            files=self._named_files(module, reading.strings),
            packages=frozenset(filter(None, map(outside_package, outside))),
        )

    def _named_modules(self, text: str) -> Iterator[Module]:
        """Yield the modules that a text names, or all below it where the text ends in a dot (`f"dampak.clean.{x}"`)."""
        if not text.endswith("."):
            module = self.module(text)
            if module is not None:
                yield module
            return
        folder = self.root.joinpath(*text.rstrip(".").split(".")[1:])
        for path in sorted(folder.glob("*")):
            if (path.suffix == ".py" or (path / "__init__.py").is_file()) and path.stem != "__init__":
                module = self.module(text + path.stem)
                if module is not None:
                    yield module

    def _named_files(self, module: Module, strings: Iterable[str]) -> tuple[str, ...]:
        """Return the data files that texts name: by file name, by folder, or by pattern or suffix beside the module."""
        if self._data is None:
            self._data = sorted(_data_files(self.root))
        if not self._data:
            return ()
        beside = module.path.parent.relative_to(self.root).as_posix() if module.name else "."
        named = set()
        for text in strings:
            if not text or len(text) > 100 or "\n" in text:
                continue
            last = text.rstrip("/").rpartition("/")[2]
            for file in self._data:
                path = PurePosixPath(file)
                near = beside == "." or file.startswith(beside + "/")
                pattern = "*" in last or last.startswith(".")
                if (
                    last == path.name
                    or (last in path.parent.parts and not (self.root / path.parent / "__init__.py").is_file())
                    or (pattern and near and last not in {".", ".."} and fnmatch(path.name, "*" + last.lstrip("*")))
                ):
                    named.add(file)
        return tuple(sorted(named))

    def file_digest(self, file: str) -> str:
        """Return the SHA-256 (hex) of a data file of the package."""
        return hashlib.sha256((self.root / file).read_bytes()).hexdigest()

    def file_words(self, file: str) -> frozenset[str]:
        """Return what follows a dot in a data file: a template names attributes of the objects that it is given."""
        text = (self.root / file).read_text(encoding="utf-8", errors="replace")
        return frozenset(re.findall(r"\.([A-Za-z_]\w*)", text))

    # Classes

    def is_called_from_outside(self, unit: Unit) -> bool:
        """Whether a base, metaclass or decorator from outside the package may call any method of a class."""
        return any(outside for _, outside in self._ancestry(unit, set()))

    def registers(self, unit: Unit) -> bool:
        """Whether defining a class has an effect: an ancestor in the package learns of it."""
        ancestors = [u.node for u, _ in self._ancestry(unit, set()) if u is not unit and u.node is not None]
        return any(
            _has_metaclass(node) or any(getattr(s, "name", "") == "__init_subclass__" for s in node.body)
            for node in ancestors
        )

    def _ancestry(self, unit: Unit, seen: set[Unit]) -> Iterator[tuple[Unit, bool]]:
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
            targets = self._expression(unit.module, decorator.func if isinstance(decorator, ast.Call) else decorator)
            known = decorator_name(decorator) in PURE_DECORATORS
            outside |= any(isinstance(t, str) and (not known or outside_package(t)) for t in targets)
        for base in node.bases:
            targets = self._expression(unit.module, base)
            outside |= not targets and not _is_quiet(ast.unparse(base))
            for target in targets:
                if isinstance(target, Unit):
                    yield from self._ancestry(target, seen)
                else:
                    outside |= not isinstance(target, str) or bool(outside_package(target)) or not _is_quiet(target)
        yield unit, outside

    def _expression(self, module: Module, node: ast.expr) -> list[Target]:
        """Return what `name`, `module.name` or `name[...]` stands for."""
        if isinstance(node, ast.Subscript):
            return self._expression(module, node.value)
        if isinstance(node, ast.Attribute):
            found: list[Target] = []
            for target in self._expression(module, node.value):
                if isinstance(target, Module):
                    found += self.attribute(target, node.attr)
                elif isinstance(target, str):
                    found.append(f"{target}.{node.attr}")
            return found
        return list(self.lookup(module, node.id)) if isinstance(node, ast.Name) else []


def _has_metaclass(node: ast.ClassDef) -> bool:
    return any(k.arg == "metaclass" and decorator_name(k.value) != "ABCMeta" for k in node.keywords)


def _is_quiet(base: str) -> bool:
    """Whether a base from the standard library calls no methods by name: an exception, a protocol."""
    last = base.partition("[")[0].rpartition(".")[2]
    kind = getattr(builtins, last, None)
    return last in _QUIET_BASES or (isinstance(kind, type) and issubclass(kind, BaseException))


def _data_files(root: Path) -> Iterator[str]:
    """Yield the files of the package that are not Python code, relative to it."""
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f != "__pycache__"]
        for file in files:
            if not file.endswith((".py", ".pyc", ".pyi", ".part")) and file != "py.typed":
                yield (Path(folder) / file).relative_to(root).as_posix()
