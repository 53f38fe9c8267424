"""How the pieces of the package hang together: what each name stands for, and what each piece leads to."""

import ast
import builtins
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from dampak.provenance.code.modules import Module, Unit, is_project
from dampak.provenance.code.reading import read
from dampak.provenance.code.syntax import Source
from dampak.provenance.digests import file_sha256, text_sha256
from dampak.provenance.used.places import PACKAGE

# What a name stands for: a piece of the package, one of its modules, or the dotted name of something else.
Target = Unit | Module | str

# What pandas imports for its methods, and for the engines that its options name.
_METHODS = {"read_parquet": "pyarrow", "to_parquet": "pyarrow", "read_feather": "pyarrow", "to_feather": "pyarrow"}
_ENGINES = {"pyarrow": "pyarrow", "calamine": "python_calamine", "openpyxl": "openpyxl", "numexpr": "numexpr"}


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
        See `dampak.provenance.code.reading.Reading`.
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
        self._targets: dict[tuple[Module, str], list[Target]] = {}
        self._importable: dict[str, frozenset[str]] = {}
        self._data: list[tuple[str, frozenset[str]]] | None = None

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
        key = module, name  # Not by name: every script is a module without one.
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
        if ("globals",) in reading.names or ("sys", "modules") in {name[:2] for name in reading.names}:
            wholes[module] = None
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
        outside += [_METHODS[name] for name in reading.attributes & _METHODS.keys()]
        outside += [_ENGINES[name] for name in reading.engines & _ENGINES.keys()]
        return Links(
            digest=text_sha256(text),
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
        beside = module.path.parent.relative_to(self.root).as_posix() + "/" if module.name else ""
        named = set()
        for text in strings:
            if not text or len(text) > 100 or "\n" in text:
                continue
            last = text.rstrip("/").rpartition("/")[2]
            pattern = "*" + last.lstrip("*") if "*" in last or (last.startswith(".") and last.strip(".")) else ""
            for file, folders in self._data:
                name = file.rpartition("/")[2]
                near = beside in {"", "./"} or file.startswith(beside)
                if last == name or last in folders or (pattern and near and fnmatch(name, pattern)):
                    named.add(file)
        return tuple(sorted(named))

    def file_digest(self, file: str) -> str:
        """Return the SHA-256 (hex) of a data file of the package."""
        return file_sha256(self.root / file)

    def file_words(self, file: str) -> frozenset[str]:
        """Return what follows a dot in a data file: a template names attributes of the objects that it is given."""
        text = (self.root / file).read_text(encoding="utf-8", errors="replace")
        return frozenset(re.findall(r"\.([A-Za-z_]\w*)", text))


def _data_files(root: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the files of the package that are not Python code, relative to it, each with the data folders around it."""
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if name != "__pycache__"]
        found = [f for f in files if not f.endswith((".py", ".pyc", ".pyi", ".part")) and f != "py.typed"]
        if found:
            here = Path(folder).relative_to(root)
            around = [place for place in (here, *here.parents) if not (root / place / "__init__.py").is_file()]
            for file in found:
                yield (here / file).as_posix(), frozenset(place.name for place in around)
