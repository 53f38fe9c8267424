"""Where a file lies, as far as reproducibility goes: in the project, in the environment, or elsewhere.

What the environment brings (the interpreter, installed packages, the operating system, a user's font and settings
caches) needs no declaration: the versions of the libraries are part of a job's stamp.
"""

# ruff: noqa: PTH100, PTH110, PTH118, PTH120, PTH206
# Every file that a process opens passes here as text; a Path for each would cost more than the rest.

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from importlib.util import source_from_cache
from pathlib import Path

# Here, not with the modules that read code: a job needs none of that machinery.
PACKAGE = __name__.partition(".")[0]
PACKAGE_FOLDER = Path(__file__).parents[2]

# /private holds /etc, /tmp and /var on macOS; what follows /System and /Library is macOS too.
SYSTEM = (
    *("/proc", "/dev", "/sys", "/etc", "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/opt", "/run"),
    *("/var/cache/fontconfig", "/var/lib", "/nix/store", "/snap", "/private/etc", "/System", "/Library"),
)
# Settings and caches of libraries, below the home folder.
PERSONAL = (
    *(".cache", ".config", ".local/share", ".local/state", ".fonts", ".fontconfig", ".matplotlib", ".ipython"),
    *(".jupyter", "Library/Caches", "Library/Fonts", "Library/Jupyter", "Library/Preferences", "AppData"),
)
# Variables that move those folders.
MOVED = (
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "MPLCONFIGDIR", "IPYTHONDIR"),
    *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "SYSTEMROOT", "PROGRAMDATA"),
)
PACKAGE_FOLDERS = {"site-packages", "dist-packages"}


def spellings(paths: Iterable[str]) -> tuple[str, ...]:
    """Return each folder as it is named and as it is once symbolic links are followed, with a closing separator.

    The root of a drive is left out: everything lies below it.
    """
    named = {os.path.abspath(p) for p in paths if p}
    every = named | {os.path.realpath(p) for p in named}
    return tuple(sorted(p + os.sep for p in every if os.path.dirname(p) != p))


def under(path: str, folders: tuple[str, ...]) -> bool:
    """Tell whether a path is one of the folders (as `spellings` gives them) or lies below one."""
    return (path + os.sep).startswith(folders)


def relative(path: str, root: Path) -> str:
    """Return a path as the project names it: relative to its folder with `/`, or absolute where it lies outside."""
    path = os.path.normpath(os.path.join(root, path))
    for folder in spellings([str(root)]):
        if under(path, (folder,)):
            return Path(os.path.relpath(path, folder)).as_posix()
    return Path(path).as_posix()


class Places:
    """The folders that tell the project's files from those of the environment.

    The project's own package is never taken for an installed library, wherever it lies.

    Parameters
    ----------
    root
        Folder of the project.
    own
        Folders that a job made for its own use.
    """

    def __init__(self, root: Path, *, own: Iterable[Path] = ()) -> None:
        self.root = root
        self._roots = spellings([str(root)])
        self._package = spellings([str(PACKAGE_FOLDER)])
        home = Path.home()
        installed = [
            *(sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix),
            *(*sysconfig.get_paths().values(), *site.getsitepackages(), site.getusersitepackages()),
        ]
        others = [*SYSTEM, *(str(home / name) for name in PERSONAL), *(os.environ.get(name, "") for name in MOVED)]
        # A folder that holds the project (a prefix /usr, a project in /usr/src) says nothing about the project's files.
        allowed = [p for p in spellings([*installed, *others]) if not any(under(root, (p,)) for root in self._roots)]
        # Snakemake runs a copy of each script.
        made = spellings([str(root / ".snakemake" / "scripts"), *map(str, own)])
        self._inside = (*(p for p in allowed if under(p, self._roots)), *made)
        self._outside = tuple(p for p in allowed if not under(p, self._roots))

    def foreign(self, path: str) -> str | None:
        """Return how to name a file or folder that a job must declare, or None for one that the environment brings.

        Parameters
        ----------
        path
            Absolute and normalised.

        Returns
        -------
        str or None
            Relative to the project (`src/dampak/...`, `data/...`), or absolute where it lies neither in the project
            nor in a known place.
        """
        # Following symbolic links takes ten times as long as all else here, and few paths need it.
        for spelling in (str, os.path.realpath):
            place = spelling(path)
            if under(place, self._package):
                return relative(place, self.root)
            if under(place, self._inside) or _packaged(place):
                return None
            if under(place, self._roots):
                return relative(place, self.root)
            if under(place, self._outside):
                return None
        return Path(path).as_posix()


def _packaged(path: str) -> bool:
    return not PACKAGE_FOLDERS.isdisjoint(path.split(os.sep))


def source_of(path: str) -> str:
    """Return the source file of cached bytecode, and any other path as it is."""
    if not path.endswith(".pyc"):
        return path
    try:
        source = source_from_cache(path)
    except (ValueError, NotImplementedError):
        return path
    return source if os.path.exists(source) else path
