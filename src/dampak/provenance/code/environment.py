"""Versions of the installed packages that code depends on.

Read from the metadata that installers leave beside the packages (`*.dist-info`), in the order of `sys.path`, so that
the versions are those which an import would find. `importlib.metadata` gives the same, but reads every installed
distribution to learn which one provides a module.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# What a package uses where it finds it, without requiring it: pandas computes with these when they are installed.
_SILENT = {"pandas": ("bottleneck", "numexpr", "pyarrow")}
# Modules whose distribution has another name; others are looked for in the lists of installed files.
_OTHER_NAMES = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "duckdb": "duckdb",
    "ipykernel_launcher": "ipykernel",
    "sklearn": "scikit-learn",
    "stdnum": "python-stdnum",
    "yaml": "pyyaml",
}
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?[^;]*(?:;(.*))?", flags=re.DOTALL)


def normalised(name: str) -> str:
    """Return the name of a distribution as package indexes compare it: lower case, hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class _Distribution:
    """One installed distribution."""

    folder: Path

    @cached_property
    def _fields(self) -> list[tuple[str, str]]:
        for file in ("METADATA", "PKG-INFO"):
            path = self.folder / file if self.folder.is_dir() else self.folder
            try:
                header = path.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
            except OSError:
                continue
            # A long field goes on in lines that begin with a space.
            lines = re.sub(r"\n[ \t]+", " ", header).splitlines()
            return [(key.lower(), value.strip()) for key, _, value in (line.partition(":") for line in lines)]
        return []

    @property
    def version(self) -> str:
        return next((value for key, value in self._fields if key == "version"), "")

    def requirements(self, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the names (with extras) of what the distribution requires here, with some of its own extras."""
        for key, value in self._fields:
            if key == "requires-dist" and (found := _REQUIREMENT.match(value)):
                name, asked, marker = found.groups()
                if marker and not _applies(marker, extras):
                    continue
                yield normalised(name), frozenset(normalised(e.strip()) for e in (asked or "").split(",") if e.strip())

    def provides(self, module: str) -> bool:
        """Whether the distribution installed a top-level module of that name."""
        for file in ("RECORD", "installed-files.txt", "top_level.txt"):
            try:
                text = "\n" + (self.folder / file).read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            starts = (f"\n{module}/", f"\n{module}.py", f"\n{module}.cpython", f"\n{module}.abi3", f"\n{module}\n")
            if any(start in text for start in starts):
                return True
        return False


def _applies(marker: str, extras: frozenset[str]) -> bool:
    """Whether an environment marker holds here."""
    if "extra" in marker and not extras and re.fullmatch(r"[\s(]*extra\s*==\s*['\"][^'\"]*['\"][\s)]*", marker):
        return False  # By far the most frequent marker.
    from packaging.markers import InvalidMarker, Marker

    try:
        parsed = Marker(marker)
    except InvalidMarker:
        return True
    return any(parsed.evaluate({"extra": extra}) for extra in extras or {""})


class _Installed:
    """The distributions that imports can find; where two have one name, the first on `sys.path` counts."""

    def __init__(self, path: list[str]) -> None:
        self._found: dict[str, _Distribution] = {}
        for entry in path:
            try:
                names = sorted(path.name for path in Path(entry).iterdir())
            except OSError:
                continue
            for name in names:
                stem, dot, kind = name.rpartition(".")
                if dot and kind in {"dist-info", "egg-info"}:
                    distribution = _Distribution(Path(entry, name))
                    self._found.setdefault(normalised(stem.partition("-")[0]), distribution)

    def get(self, name: str) -> _Distribution | None:
        return self._found.get(name)

    def providers(self, module: str) -> list[str]:
        """Return the names of the distributions that provide a top-level module; none where it is not installed."""
        named = normalised(_OTHER_NAMES.get(module, module))
        if named in self._found:
            return [named]
        return [name for name, distribution in self._found.items() if distribution.provides(module)]


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of what code depends on.

    Parameters
    ----------
    packages
        Top-level names of imported modules: `sklearn`, `yaml`.

    Returns
    -------
    dict of str to str
        Normalised name of a distribution to its version, sorted: the distributions that provide the modules, all that
        they require here, and `python` as `3.11`. A module that is not installed is left out: the job that imports
        it will say so.
    """
    installed = _Installed(sys.path)
    waiting = [(name, frozenset[str]()) for module in packages for name in installed.providers(module)]
    extras_of: dict[str, frozenset[str]] = {}
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    while waiting:
        name, extras = waiting.pop()
        distribution = installed.get(name)
        if distribution is None or (name in extras_of and extras <= extras_of[name]):
            continue
        extras_of[name] = extras | extras_of.get(name, frozenset())
        found[name] = distribution.version
        waiting += distribution.requirements(extras_of[name])
        waiting += [(silent, frozenset()) for silent in _SILENT.get(name, ())]
    return dict(sorted(found.items()))
