"""Execution of a notebook in a fresh kernel, with the same bytes every time."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dampak.errors import DampakError
from dampak.provenance.used.audit import Audit
from dampak.report.kernel import kernel_command, read_observed


def read_notebook(path: Path) -> Any:
    """Return the source notebook without outputs, every cell with a fixed id.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    DampakError
        When the file is not a notebook.
    """
    import nbformat

    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        cells = raw["cells"]
        for place, cell in enumerate(cells, start=1):
            # Where an editor wrote no id, nbformat would draw one at random.
            cell.setdefault("id", f"cell-{place}")
            cell["metadata"] = {}
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        raw |= {
            "metadata": {
                "kernelspec": kernel,
                "language_info": {"name": "python", "pygments_lexer": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        return nbformat.reads(json.dumps(raw), as_version=4)  # type: ignore[no-untyped-call]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise DampakError(
            f"{path}: a Jupyter notebook of format 4 was expected ({type(error).__name__}); save it again from Jupyter"
        ) from error


def execute(path: Path, *, results: Path, study: str, settings: dict[str, Any]) -> Any:
    """Execute a notebook with the interpreter that runs this function.

    Parameters
    ----------
    path
        The source notebook.
    results
        Folder that holds one folder per study.
    study
        Name of the study that the notebook reads.
    settings
        What `dampak.report.tables.StudyResults` needs; plain JSON values.

    Returns
    -------
    nbformat.NotebookNode
        With outputs; without timings, versions of the interpreter or random ids.

    Raises
    ------
    DampakError
        When a cell fails, or writes to stderr (a warning would otherwise end up on the page).
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = read_notebook(path)
    metadata = json.loads(json.dumps(notebook.metadata))
    with TemporaryDirectory(prefix="dampak-") as folder:
        variables = {
            "DAMPAK_RESULTS": str(results.resolve()),
            "DAMPAK_STUDY": study,
            # A file: the labels of a large survey would not fit into an environment variable.
            "DAMPAK_SETTINGS": str(Path(folder) / "settings.json"),
            # None of the user's start-up files.
            "IPYTHONDIR": folder,
            "PYTHONHASHSEED": "0",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        Path(variables["DAMPAK_SETTINGS"]).write_text(json.dumps(settings, sort_keys=True), encoding="utf-8")
        audit = Audit.running
        command = kernel_command(Path(folder), root=audit.root if audit else None, given=variables)
        client = NotebookClient(
            notebook,
            km=_kernel_manager(folder, command, variables),
            timeout=None,
            record_timing=False,
            coalesce_streams=True,
        )
        try:
            client.execute(cwd=folder)
        except CellExecutionError as error:
            raise DampakError(
                f"{path}: cell {_failed(notebook)} failed ({error.ename}: {_first_line(error.evalue)}); "
                "mend the cell, or the table that it reads"
            ) from None
        except DeadKernelError:
            raise DampakError(
                f"{path}: the Python process that ran the cells died; it may have run out of memory, so try again "
                "with fewer jobs at a time"
            ) from None
        if audit:
            audit.include(read_observed(Path(folder)))
    _refuse_warnings(path, notebook)
    notebook.metadata = type(notebook)(metadata)
    for cell in notebook.cells:
        cell.metadata = type(notebook)()
    return notebook


def _kernel_manager(folder: str, command: list[str], variables: dict[str, str]) -> Any:
    """Return a manager whose kernel is that command, whatever kernels the machine has registered."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class ThisInterpreter(KernelSpecManager):
        """Knows one kernel."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            """Return that kernel, whatever the name."""
            # Jupyter fills in `$NAME` in these values: a `$` of a folder's name is written twice.
            values = {name: value.replace("$", "$$") for name, value in variables.items()}
            return KernelSpec(argv=command, env=values, display_name="Python 3", language="python")

    return AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=ThisInterpreter(),
        connection_file=str(Path(folder) / "kernel.json"),
        # Sockets in the private folder, which other users of the machine cannot read; Windows has none.
        transport="ipc" if os.name == "posix" else "tcp",
    )


def _failed(notebook: Any) -> int:
    """Return the number (from 1, all cells counted) of the cell that raised."""
    for place, cell in enumerate(notebook.cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return place
    return len(notebook.cells)


def _refuse_warnings(path: Path, notebook: Any) -> None:
    """Raise for the first cell that wrote to stderr."""
    for place, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise DampakError(
                    f"{path}: cell {place} wrote to stderr ({_first_line(output.text)}); "
                    "a page for readers has no warnings, so mend their cause"
                )


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else "no message"
