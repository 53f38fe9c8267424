"""The Python process that runs the cells of a notebook, audited like any other part of a job."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dampak.provenance.used.audit import Audit
from dampak.provenance.used.observed import Observed
from dampak.provenance.used.places import PACKAGE_FOLDER
from dampak.provenance.writing import write_atomically

OBSERVED = "observed.json"


def kernel_command(folder: Path, *, root: Path | None, given: Iterable[str]) -> list[str]:
    """Return the command that starts a kernel which imports the package that this process runs.

    Parameters
    ----------
    folder
        The kernel's own folder.
    root
        Folder of the project for the audit; None starts a kernel without one.
    given
        Environment variables by which the job tells the notebook what to show.
    """
    start = f"import sys; sys.path[0] = sys.argv[1]; from {main.__module__} import main; {main.__name__}(sys.argv[2:])"
    audit = json.dumps({"folder": str(folder), "root": root and str(root), "given": sorted(given)})
    return [sys.executable, "-c", start, str(PACKAGE_FOLDER.parent), audit, "-f", "{connection_file}"]


def read_observed(folder: Path) -> Observed:
    """Return what the kernel of that folder was seen to use."""
    return Observed.of(json.loads((folder / OBSERVED).read_text(encoding="utf-8")))


def main(arguments: list[str]) -> None:
    """Run a kernel until it is told to stop: the entry point of the command that `kernel_command` returns."""
    from ipykernel.kernelapp import IPKernelApp

    options = json.loads(arguments[0])
    kernel: Any = IPKernelApp.instance()
    kernel.initialize(arguments[1:])
    if options["root"]:
        folder = Path(options["folder"])
        audit = Audit(Path(options["root"]), given=options["given"], own=[folder])
        audit.start()

        def write_down(*_: object) -> None:
            text = json.dumps(audit.observed().record())
            write_atomically(folder / OBSERVED, lambda path: path.write_text(text, encoding="utf-8"))

        write_down()
        # After each cell, before the kernel answers that it is done: however the process ends, nothing is lost.
        kernel.shell.events.register("post_run_cell", write_down)
    kernel.start()
