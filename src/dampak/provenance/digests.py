"""SHA-256 of files, computed once for each state of a file.

A digest is remembered under the file's size, modification time, change time and inode. The change time cannot be set
by a program (`touch -d` sets the modification time only), so an edit that restores the old modification time is seen.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from dampak.provenance.writing import write_atomically

STORE = Path(".snakemake") / "dampak" / "digests.json"
# A file changed twice within one tick of the file system's clock would show the same times: too young to remember.
YOUNG_NS = 50_000_000


def file_sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def text_sha256(text: str) -> str:
    """Return the SHA-256 (hex) of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def signature(path: Path | str) -> list[int] | None:
    """Return what tells one state of a file from another: size, times and inode; None where there is nothing."""
    try:
        seen = os.stat(path)  # noqa: PTH116 (a plan asks this for every file)
    except OSError:
        return None
    return [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]


class Digests:
    """The digests of a project's files, remembered between runs.

    Parameters
    ----------
    root
        The project's folder; paths are relative to it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, tuple[list[int], str]] = {}
        self._fresh = False
        with suppress(OSError, ValueError):
            self._known = {p: (s, d) for p, (s, d) in json.loads((root / STORE).read_text(encoding="utf-8")).items()}

    def of(self, path: str) -> str | None:
        """Return the SHA-256 of a file's present bytes, or None where there is no such file."""
        now = signature(os.path.join(self.root, path))  # noqa: PTH118 (see `signature`)
        if now is None:
            return None
        known = self._known.get(path)
        if known and known[0] == now:
            return known[1]
        file = self.root / path
        if not file.is_file():
            return None
        digest = file_sha256(file)
        if time.time_ns() - max(now[1], now[2]) > YOUNG_NS and signature(file) == now:
            self._known[path] = (now, digest)
            self._fresh = True
        return digest

    def save(self) -> None:
        """Remember the digests for the next run; a folder that cannot be written costs time only."""
        if not self._fresh:
            return
        text = json.dumps(self._known, sort_keys=True)
        try:
            write_atomically(self.root / STORE, lambda p: p.write_text(text, encoding="utf-8"))
        except OSError:
            return
        self._fresh = False
