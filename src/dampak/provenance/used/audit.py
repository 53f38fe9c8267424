"""The audit of a job: which modules, files, folders, environment variables and random states it uses in fact.

An audit watches one process from `start` to `stop`; `dampak.provenance.used.observed.undeclared` compares what it saw
with what the job declared.

It sees what goes through Python: `open`, `os.open`, `os.listdir`, `os.scandir`, `sqlite3.connect`, `os.environ`. It
does not see files that C libraries open by themselves (pyarrow given a path, pyreadstat, DuckDB) unless a function of
pandas passes them on or the caller announces them with `sys.audit("open", path, "rb", 0)`; nor what a child process
reads (other than the kernel of a notebook, which is audited itself); nor a question whether a path exists. Files read
and variables asked for before it began go unseen as well: a script imports its stage first, so no module of the
project may read data while it is imported.
"""

# ruff: noqa: PTH100, PTH110, PTH116
# Every file that a process opens passes here as text; a Path for each would cost more than the rest.

import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from stat import S_ISREG
from tempfile import gettempdir
from time import time
from types import FrameType, ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from dampak.provenance.used.observed import DRAWN, EVERY_VARIABLE, Observed, in_order
from dampak.provenance.used.places import PACKAGE, Places, source_of, spellings, under

# Names by which code asks for a variable.
ASKING = {"environ", "getenv", "expandvars", "expanduser"}
# Modules of the frames between what is watched and the code that asks for it.
BETWEEN = {"os", "collections.abc", "_collections_abc", __name__}
# Python lists the folders on its search path to find modules and their metadata.
IMPORT_SYSTEM = {
    "importlib",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "importlib_metadata",
    "pkgutil",
    "zipimport",
}
# Files that Python runs before a job has any say: the script itself, and the start-up files of the installation.
START_UP = {"__main__", "__mp_main__", "sitecustomize", "usercustomize"}
# Functions of pandas, and methods of its data frame, that hand a path to C.
READ_IN_C = ("read_parquet", "read_feather", "read_orc", "read_spss")
WRITTEN_IN_C = ("to_parquet", "to_feather", "to_orc")
NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
EVENTS = {"open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "sqlite3.connect"}
# The clock that stamps files may lag one tick behind the clock of the process.
TICK = 0.02


class Audit:
    """Watches this process. One audit can run at a time; a process can have several, one after the other.

    Parameters
    ----------
    root
        Folder of the project.
    given
        Environment variables by which a job tells this process what to do: reading them is no dependency.
    own
        Folders that a job made for this process: their files need no declaration.
    """

    running: ClassVar["Audit | None"] = None
    _hooked: ClassVar[bool] = False

    def __init__(self, root: Path, *, given: Iterable[str] = (), own: Iterable[Path] = ()) -> None:
        self.root = root
        self._places = Places(root, own=own)
        self._given = set(given)
        self._temporary = spellings([gettempdir()])
        self._seen: set[str] = set()
        self._created: set[str] = set()
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._variables: dict[str, set[str]] = {"project": set(), "libraries": set()}
        # Names that the environment itself handed out while it was listed, by identity: asking for the value of one
        # of them belongs to the listing.
        self._listed: dict[int, str] = {}
        self._drawn = {"python": "unused", "entropy": "unused"}
        self._children = Observed()
        self._undo: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to watch.

        Raises
        ------
        RuntimeError
            When another audit of this process is running.
        """
        if Audit.running is not None:
            raise RuntimeError("an audit of this process is running already")
        self._states = _random_states()
        self._wrap_functions()
        os.environ.__class__ = _WatchedEnvironment
        if not Audit._hooked:
            # A hook cannot be removed; without a running audit it does nothing.
            sys.addaudithook(_hook)
            Audit._hooked = True
        self._begin = time() - TICK
        Audit.running = self

    def stop(self) -> Observed:
        """Cease to watch, and return what this process and its audited children used."""
        Audit.running = None
        os.environ.__class__ = os._Environ
        for undo in self._undo:
            undo()
        self._listed.clear()
        return self.observed()

    def include(self, child: Observed) -> None:
        """Add what a process that this one started was seen to use."""
        self._children |= child

    def observed(self) -> Observed:
        """Return what has been used so far."""
        modules = self._modules()
        now = _random_states()
        drawn = dict(self._drawn, numpy="unused" if now["numpy"] == self._states["numpy"] else "drawn")
        if drawn["python"] == "unused" and now["python"] != self._states["python"]:
            drawn["python"] = "libraries"
        here = Observed(
            modules=in_order(modules.values()),
            files=in_order(self._files - modules.keys()),
            folders=in_order(self._folders),
            environment={reader: in_order(names) for reader, names in self._variables.items()},
            random=drawn,
        )
        return here | self._children

    def see(self, event: str, arguments: tuple[Any, ...], caller: FrameType) -> None:
        """Take note of one audit event."""
        if event in ("os.listdir", "os.scandir"):
            self._list(arguments[0], caller)
        elif event == "open":
            self._open(arguments[0], arguments[2])
        elif event == "sqlite3.connect":
            self._read(_absolute(arguments[0]))
        elif event == "os.mkdir" and not os.path.exists(arguments[0]):
            self._created.add(_absolute(arguments[0]))
        elif event == "os.rename" and _absolute(arguments[0]) in self._created:
            self._created.add(_absolute(arguments[1]))

    def variable(self, name: str) -> None:
        """Take note of an environment variable."""
        if name not in self._given and id(name) not in self._listed:
            asker = _asker()
            self._variables["project" if _is_project(asker) and _names_environment(asker) else "libraries"].add(name)

    def listed(self, name: str) -> None:
        """Keep a name that the environment hands out while it is listed."""
        self._listed[id(name)] = name

    def _open(self, path: Any, flags: int) -> None:
        if isinstance(path, int):
            return
        name = _absolute(path)
        if flags & os.O_TRUNC or (flags & os.O_CREAT and (flags & os.O_EXCL or not os.path.exists(name))):
            self._created.add(name)
        elif not flags & os.O_WRONLY:
            self._read(name)

    def _read(self, name: str) -> None:
        if name in self._seen or name in self._created:
            return
        status = os.stat(name)
        # A folder is opened to be flushed or removed; what a device yields is not a file of anybody.
        if not S_ISREG(status.st_mode):
            return
        self._seen.add(name)
        place = self._places.foreign(source_of(name))
        if place is not None and not self._passing(name, place, status):
            self._files.add(place)

    def _list(self, path: Any, caller: FrameType) -> None:
        if isinstance(path, int) or _imports(caller):
            return
        name = _absolute(path or os.curdir)
        if name not in self._seen and name not in self._created:
            status = os.stat(name)
            self._seen.add(name)
            place = self._places.foreign(name)
            if place is not None and not self._passing(name, place, status):
                self._folders.add(place)

    def _passing(self, name: str, place: str, status: os.stat_result) -> bool:
        """Tell whether a file came into being in the temporary folder since the audit began, as those of libraries do.

        A project may lie in the temporary folder as a whole (tests do that); its files are not meant.
        """
        return Path(place).is_absolute() and under(name, self._temporary) and status.st_ctime >= self._begin

    def _modules(self) -> dict[str, str]:
        """Return {source file: module} for the imported modules that belong to no installed library."""
        found = {}
        for name, module in sorted(sys.modules.items()):
            # Not getattr: some modules import others when they are asked for a name.
            path = vars(module).get("__file__") if isinstance(module, ModuleType) else None
            if isinstance(path, str) and name not in START_UP:
                place = self._places.foreign(source_of(os.path.abspath(path)))
                if place is not None:
                    found[place] = name
        return found

    def _wrap_functions(self) -> None:
        """Stand before the functions that draw at random without a seed of their own, and that open files in C."""
        self._wrap(np.random, "default_rng", lambda seed=None, **_: self._draw_entropy() if seed is None else None)
        shared = getattr(random.random, "__self__", None)
        for name in random.__all__:
            if getattr(getattr(random, name), "__self__", None) is shared and name != "getstate":
                self._wrap(random, name, lambda *_, **__: self._draw_python())
        for name in READ_IN_C:
            self._wrap(pd, name, lambda path=None, *_, **__: sys.audit("open", path, "rb", os.O_RDONLY))
        for name in WRITTEN_IN_C:
            self._wrap(pd.DataFrame, name, lambda _, path=None, *__, **___: sys.audit("open", path, "wb", NEW))

    def _wrap(self, owner: Any, name: str, note: Callable[..., None]) -> None:
        function = getattr(owner, name)

        @wraps(function)
        def noted(*arguments: Any, **options: Any) -> Any:
            if Audit.running is self:
                note(*arguments, **options)
            return function(*arguments, **options)

        setattr(owner, name, noted)
        self._undo.append(lambda: setattr(owner, name, function))

    def _draw_python(self) -> None:
        """Take note of a draw from Python's global random state; libraries take identifiers from there."""
        if _is_project(_asker()):
            self._drawn["python"] = "project"

    def _draw_entropy(self) -> None:
        """Take note of a generator without a seed: it serves the project, unless it is made while a library loads."""
        frame = _asker()
        while frame is not None and not _is_project(frame):
            if _imports(frame):
                self._drawn["entropy"] = max(self._drawn["entropy"], "libraries", key=DRAWN.index)
                return
            frame = frame.f_back
        self._drawn["entropy"] = "project"


class _WatchedEnvironment(os._Environ[str]):
    """`os.environ` while an audit runs: the same object, which tells the audit of every name that is read."""

    def __getitem__(self, key: str) -> str:
        if (audit := Audit.running) is not None:
            audit.variable(key)
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[str]:
        audit = Audit.running
        if audit is not None:
            audit.variable(EVERY_VARIABLE)
        for name in super().__iter__():
            if audit is not None:
                audit.listed(name)
            yield name


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in EVENTS and (audit := Audit.running) is not None:
        try:
            audit.see(event, arguments, sys._getframe(1))
        except (OSError, ValueError, TypeError):
            # The path does not exist, or is none: the caller is about to learn the same.
            return


def _absolute(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))


def _imports(frame: FrameType) -> bool:
    """Tell whether a frame belongs to Python's import system."""
    return str(frame.f_globals.get("__name__")).partition(".")[0] in IMPORT_SYSTEM


def _asker() -> FrameType | None:
    """Return the nearest frame that belongs neither to the audit nor to what it stands before."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in BETWEEN:
        frame = frame.f_back
    return frame


def _is_project(frame: FrameType | None) -> bool:
    """Tell whether a frame runs code of the project: of the package, of a script, or of a notebook's cell."""
    if frame is None:
        return False
    name = str(frame.f_globals.get("__name__"))
    return name == "__main__" or name.partition(".")[0] == PACKAGE


def _names_environment(frame: FrameType | None) -> bool:
    """Tell whether the code of a frame asks for a variable itself: a C library that it calls has no frame."""
    if frame is None:
        return False
    code = frame.f_code
    names = {*code.co_names, *code.co_varnames, *code.co_freevars}
    known = frame.f_globals | frame.f_locals
    return bool(names & ASKING) or any(known.get(name) is os.environ for name in names)


def _random_states() -> dict[str, Any]:
    """Return the global random states that libraries and careless code share."""
    algorithm, keys, *rest = np.random.get_state()  # noqa: NPY002  # the state itself is what is asked for
    return {"python": random.getstate(), "numpy": (algorithm, np.asarray(keys).tobytes(), *rest)}
