"""Fingerprint of the code that a script can reach.

The fingerprint is a SHA-256 over the canonical text of the script and of every piece of the package that it reaches:
functions, classes, methods and constants, followed by name through the imports of the package, and the data files
that they name. What does not enter it: comments, docstrings, formatting, the annotations of undecorated functions,
the names of local variables, and every definition that nothing reaches.

A method is reached when its class is and reached code names it, as an attribute or in a text; all methods are where
a base class from outside may call them. A statement that does more than to define a name (a registry that a loop
fills, `TABLE["x"] = f`) counts as soon as its module is imported.

Two assumptions are left to the check of what a job was seen to use: assigning a constant (`X = f()`) changes nothing
but that constant, and docstrings are not read by the code.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dampak.provenance.code.ancestry import is_called_from_outside, registers
from dampak.provenance.code.library import Library, outside_package
from dampak.provenance.code.modules import Module, Unit
from dampak.provenance.digests import text_sha256
from dampak.provenance.used.places import PACKAGE_FOLDER

__all__ = ["Library", "Reached", "fingerprint", "reached"]


@dataclass(frozen=True)
class Reached:
    """What a script reaches.

    Attributes
    ----------
    definitions
        `module:name` (`module:Class.method`; `module:` for what a module does when it is imported) to the SHA-256 of
        its canonical text, sorted; the script itself under `script`.
    modules
        Modules of the package that the script may import, sorted; a module that only a function imports which the
        script never calls is among them.
    files
        Data files of the package that reached code names, relative to the package, to the SHA-256 of their bytes.
    packages
        Packages from outside the project and the standard library that reached code imports, sorted.
    """

    definitions: dict[str, str]
    modules: tuple[str, ...]
    files: dict[str, str]
    packages: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """The fingerprint: a SHA-256 (hex) over definitions and files."""
        lines = [f"{kind} {k} {v}\n" for kind in ("definitions", "files") for k, v in getattr(self, kind).items()]
        return text_sha256("".join(lines))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Reached":
        """Return what `to_json` wrote."""
        return cls(**(values | {"modules": tuple(values["modules"]), "packages": tuple(values["packages"])}))


class _Reach:
    """Collects what a script reaches, until nothing new turns up."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.units: dict[Unit, None] = {}
        self.modules: set[str] = set()
        self.files: set[str] = set()
        self.packages: set[str] = set()
        self._waiting: list[Unit] = []
        self._attributes: set[str] = set()
        self._prefixes: tuple[str, ...] = ()
        self._dynamic = False
        # Methods of reached classes that nothing has named yet.
        self._methods: dict[str, list[Unit]] = {}

    def reach(self, unit: Unit) -> None:
        if unit not in self.units:
            self.units[unit] = None
            self._waiting.append(unit)

    def enter(self, name: str) -> None:
        """Importing a module runs it, all that it imports, and the packages above it."""
        if name in self.modules or (module := self.library.module(name)) is None:
            return
        self.modules.add(name)
        self.enter(name.rpartition(".")[0])
        self.run(module)

    def run(self, module: Module) -> None:
        """Reach what a module does when it is imported."""
        self.reach(module.effects)
        for unit in module.eager:
            self.reach(unit)
        for unit in module.units.values():
            if unit.node is not None and unit.node.bases and registers(self.library, unit):
                self.reach(unit)
        for source in module.entered:
            self.packages.update(filter(None, [outside_package(source[0])]))
            for name in self.library.entered(source):
                self.enter(name)

    def close(self) -> None:
        """Follow all that is reached."""
        while self._waiting:
            unit = self._waiting.pop()
            links = self.library.links(unit)
            for other in links.units:
                self.reach(other)
                self.enter(other.module.name)
            for name in links.modules:
                self.enter(name)
            for module in links.wholes:
                self._whole(module)
            for file in links.files:
                if file not in self.files:
                    self.files.add(file)
                    self._name(self.library.file_words(file))
            self.packages |= links.packages
            self._name(links.attributes)
            # The provenance looks at names and code as data: what it asks for by computed names, it does not call.
            self._release(links.prefixes, links.dynamic and not unit.module.name.startswith("dampak.provenance."))
            if unit.methods:
                self._class(unit)

    def _whole(self, module: Module) -> None:
        """Reach all that a module offers: it was passed around as a value."""
        self.enter(module.name)
        for name in (*module.units, *module.imports):
            for target in self.library.lookup(module, name):
                if isinstance(target, Unit):
                    self.reach(target)

    def _class(self, unit: Unit) -> None:
        everything = self._dynamic or is_called_from_outside(self.library, unit)
        for name, method in unit.methods.items():
            if everything or name in self._attributes or (self._prefixes and name.startswith(self._prefixes)):
                self.reach(method)
            else:
                self._methods.setdefault(name, []).append(method)

    def _name(self, attributes: frozenset[str]) -> None:
        """Take note of attributes that reached code names."""
        for name in attributes - self._attributes:
            self._attributes.add(name)
            for method in self._methods.pop(name, ()):
                self.reach(method)

    def _release(self, prefixes: frozenset[str], dynamic: bool) -> None:
        """Take note of attributes whose names are completed, or made, at run time."""
        self._dynamic |= dynamic
        if prefixes - set(self._prefixes):
            self._prefixes = tuple(sorted(prefixes.union(self._prefixes)))
        elif not dynamic:
            return
        for name in [n for n in self._methods if self._dynamic or n.startswith(self._prefixes)]:
            for method in self._methods.pop(name):
                self.reach(method)


def reached(script: Path, *, library: Library | None = None) -> Reached:
    """Return what a script reaches.

    Parameters
    ----------
    script
        A script of `workflow/scripts`, or a notebook, of which the code cells count.
    library
        The parsed package; the installed one where not given.

    Raises
    ------
    DampakError
        When a file is not Python, or a notebook cannot be read.
    """
    library = library or Library(PACKAGE_FOLDER)
    reach = _Reach(library)
    module = Module("", script)
    reach.run(module)
    reach.close()
    imported = {name for source in module.importable() for name in library.entered(source)}
    pieces = (u for u in reach.units if u.module is not module and (u.statements or (not u.name and u.module.silent)))
    definitions = {unit.key: library.links(unit).digest for unit in pieces}
    definitions["script"] = library.links(module.effects).digest
    return Reached(
        definitions=dict(sorted(definitions.items())),
        modules=tuple(sorted(library.importable(reach.modules | imported))),
        files={file: library.file_digest(file) for file in sorted(reach.files)},
        packages=tuple(sorted(reach.packages)),
    )


def fingerprint(script: Path, *, library: Library | None = None) -> str:
    """Return the SHA-256 (hex) of all code that a script reaches; see the module docstring for what counts."""
    return reached(script, library=library).digest
