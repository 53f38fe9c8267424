"""One run at a time, and a lock that knows no more than the project has."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dampak.errors import DataError
from dampak.provenance.graph import Graph
from dampak.provenance.lock import Entry, change_lock, guarded

HOLD = Path(".snakemake") / "dampak" / "run.guard"
SNAKEMAKE_LOCKS = Path(".snakemake") / "locks"


@contextmanager
def one_run_at_a_time(root: Path) -> Iterator[None]:
    """Wait for another run in the same folder to end; take away what a killed one has left.

    Raises
    ------
    DataError
        When the project's folder may not be written.
    """

    def wait(process: str) -> None:
        print(f"another run (process {process}) is at work in this folder; waiting for it to end", file=sys.stderr)

    try:
        (root / "results").mkdir(exist_ok=True)
        probe = root / "results" / ".writable"
        probe.touch()
        probe.unlink()
        held = ExitStack()
        held.enter_context(guarded(root / HOLD, wait=wait))
    except OSError as error:
        raise DataError(
            f"{error.filename}: may not be written ({error.strerror}); results are made in the project's folder: "
            "give write permission or free some space, then run again"
        ) from None
    with held:
        # Whoever wrote these marks is no longer alive: a living run would hold the guard.
        shutil.rmtree(root / SNAKEMAKE_LOCKS, ignore_errors=True)
        yield


def tidy_lock(root: Path, graph: Graph, studies: list[str]) -> list[str]:
    """Take jobs that the rules of these studies no longer have out of the lock.

    Returns
    -------
    list of str
        One sentence per file that such a job made and that is still there.
    """
    gone: dict[str, Entry] = {}

    def change(entries: dict[str, Entry]) -> None:
        for job in [j for j in entries if j.partition("/")[0] in studies and j not in graph.nodes]:
            gone[job] = entries.pop(job)

    change_lock(root, change)
    left = [p for entry in gone.values() for p in entry.outputs if p not in graph.producer and (root / p).is_file()]
    return [f"{path}: no job makes this file any more; delete it if you do not want it" for path in sorted(left)]
