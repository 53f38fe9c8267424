"""The frame of a script: where its output goes, how its errors reach the user, how its results are written."""

import json
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from dampak.errors import DampakError


class Job:
    """One running Snakemake job, as a context manager.

    Inside the block, everything printed goes to the job's log. A `DampakError` becomes one sentence for the user,
    without a stack trace; any other exception leaves its trace in the log. Outputs are written atomically.

    Parameters
    ----------
    snakemake
        The object that Snakemake hands to a script: `input`, `output`, `params.stamp`, `wildcards`, `log`.
    """

    def __init__(self, snakemake: Any) -> None:
        self._snakemake = snakemake
        self.settings: dict[str, Any] = json.loads(snakemake.params.stamp)["settings"]
        self._log = Path(snakemake.log[0])

    def __enter__(self) -> "Job":
        self._log.parent.mkdir(parents=True, exist_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        self._saved = os.dup(1), os.dup(2)
        with self._log.open("w", encoding="utf-8") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, DampakError):
            traceback.print_exception(kind, error, trace)
        elif error is not None:
            self._say(error)
        sys.stdout.flush()
        sys.stderr.flush()
        for saved, descriptor in zip(self._saved, (1, 2), strict=True):
            os.dup2(saved, descriptor)
            os.close(saved)
        if error is None:
            return
        if isinstance(error, DampakError):
            self._say(error)
        else:
            print(
                f"error: {self._snakemake.rule} stopped on a defect in dampak ({type(error).__name__}); "
                f"the trace is in {self._log}; please report it",
                file=sys.stderr,
                flush=True,
            )
        # Snakemake needs the exit code only; a trace through its own frames would say nothing to the user.
        os._exit(1)

    @staticmethod
    def _say(error: DampakError) -> None:
        for sentence in error.sentences:
            print(f"error: {sentence}", file=sys.stderr, flush=True)

    def path(self, name: str) -> Path:
        """Return the input or output file of that name."""
        named = self._snakemake.output if name in set(self._snakemake.output.keys()) else self._snakemake.input
        return Path(named[name])

    def table(self, name: str) -> Any:
        """Return the input table of that name as a data frame, or None where the rule has none."""
        from dampak.provenance.tables import read_table

        if name not in set(self._snakemake.input.keys()):
            return None
        given = self._snakemake.input[name]
        files = [given] if isinstance(given, str) else list(given)
        return read_table(Path(files[0])) if files else None

    def write(self, tables: dict[str, Any], *, exact: bool = False) -> None:
        """Write one table per named output of the rule.

        Parameters
        ----------
        tables
            Output name to data frame.
        exact
            Keep Parquet floats as they are (raw values), instead of ten significant digits (computed values).

        Raises
        ------
        ValueError
            When the names of the tables and those of the outputs differ.
        """
        from dampak.provenance.tables import write_table

        outputs = self._snakemake.output
        if set(tables) != set(outputs.keys()):
            raise ValueError(f"the rule names {sorted(outputs.keys())}, the stage returned {sorted(tables)}")
        for name, frame in tables.items():
            write_table(frame, Path(outputs[name]), exact=exact)
