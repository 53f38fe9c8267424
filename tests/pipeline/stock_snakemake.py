"""Stock Snakemake, started often: each run is a fork of one process that has imported it already."""

import multiprocessing
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

# pandas is what the rules of this project import.
PRELOADED = ["snakemake.cli", "pandas", "pydantic", __name__]
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(PRELOADED)


def run_stock(root: Path, *arguments: str) -> str:
    """Run Snakemake in a project's folder, with that project's code; return what it printed on its standard output."""
    with TemporaryDirectory(prefix="dampak-") as folder:
        printed = {name: Path(folder) / name for name in ("stdout", "stderr")}
        process = _processes.Process(target=_snakemake, args=(root, arguments, printed))
        process.start()
        process.join()
        text, errors = (path.read_text(encoding="utf-8") for path in printed.values())
    assert process.exitcode == 0, text + errors
    return text


def _snakemake(root: Path, arguments: tuple[str, ...], printed: dict[str, Path]) -> None:
    """Do it in the present process."""
    for descriptor, path in zip((1, 2), printed.values(), strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    # The main program of the tests may have imported the code of the project itself.
    for name in [name for name in sys.modules if name.partition(".")[0] == "dampak"]:
        del sys.modules[name]
    os.chdir(root)
    sys.path.insert(0, str(root / "src"))
    from snakemake.cli import main

    main(list(arguments))
