"""The lock: a sorted text of hashes, kept in git, that says what each result was made of.

One line per fact: job, kind, name, SHA-256. The kinds are `code`, `environment` and `settings` (the three parts of the
job's stamp; their name is `-`), `input` and `output` (a file each). A job is `<study>/<rule>`, with the other wildcards
of the rule behind a dot: `nsw_cps/notebook.nsw`.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dampak.errors import ConfigError
from dampak.provenance.writing import write_atomically

LOCK = "dampak.lock"
GUARD = Path(".snakemake") / "dampak" / "lock.guard"
HEADER = "# What each result was made of: job, kind, name, SHA-256. Written by every run; keep it in git. Format 1.\n"
STAMP_PARTS = ("code", "environment", "settings")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass
class Entry:
    """What the lock knows of one job.

    Attributes
    ----------
    stamp : dict of str to str
        `code`, `environment` and `settings`, each with its SHA-256.
    inputs, outputs : dict of str to str
        Path relative to the project's folder to SHA-256.
    """

    stamp: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


def read_lock(root: Path) -> dict[str, Entry]:
    """Read `dampak.lock`; a project without one has made nothing yet.

    Returns
    -------
    dict of str to Entry
        By job.

    Raises
    ------
    ConfigError
        When a line is not one that a run writes (a merge conflict, an edit by hand).
    """
    try:
        text = (root / LOCK).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise _damaged(1, "is not text in UTF-8") from None
    entries: dict[str, Entry] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = line.split(" ", 2)
        name, _, digest = parts[-1].rpartition(" ")
        if len(parts) != 3 or not name or "/" not in parts[0] or not SHA256.fullmatch(digest):
            raise _damaged(number, f"is not a line of a lock ({line[:40]!r})")
        entry = entries.setdefault(parts[0], Entry())
        match parts[1]:
            case "input":
                entry.inputs[name] = digest
            case "output":
                entry.outputs[name] = digest
            case part if part in STAMP_PARTS:
                entry.stamp[part] = digest
            case other:
                raise _damaged(number, f"has the unknown kind {other!r}")
    return entries


def _damaged(line: int, what: str) -> ConfigError:
    return ConfigError(
        f"{LOCK}: line {line} {what}; take the file from git ('git checkout {LOCK}'), or delete it: "
        "the next run then makes every result anew"
    )


def lock_text(entries: dict[str, Entry]) -> str:
    """Return the text of a lock, its lines sorted."""
    lines = []
    for job, entry in entries.items():
        lines += [f"{job} {part} - {digest}\n" for part, digest in entry.stamp.items()]
        lines += [f"{job} input {name} {digest}\n" for name, digest in entry.inputs.items()]
        lines += [f"{job} output {name} {digest}\n" for name, digest in entry.outputs.items()]
    return HEADER + "".join(sorted(lines))


@contextmanager
def guarded(path: Path, *, wait: Callable[[str], object] | None = None) -> Iterator[None]:
    """Hold a file against every other process of this machine; the hold ends with the process, however it ends.

    Parameters
    ----------
    path
        The file to hold; made where missing. It names the process that holds it.
    wait
        Called once with the holder's process number when another process holds the file and this one has to wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if wait:
                stream.seek(0)
                wait(stream.read().strip())
            fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        stream.truncate()
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield


def change_lock(root: Path, change: Callable[[dict[str, Entry]], object]) -> None:
    """Read the lock, let `change` edit its entries, and write it where they differ; one process at a time."""
    with guarded(root / GUARD):
        entries = read_lock(root)
        before = lock_text(entries) if entries else ""
        change(entries)
        text = lock_text(entries)
        if text != before:
            write_atomically(root / LOCK, lambda p: p.write_text(text, encoding="utf-8"))
