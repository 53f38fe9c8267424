"""The frame of a script: its log, its errors, how its results are written, the account of what they were made of."""

import errno
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from dampak.errors import DampakError, DataError
from dampak.provenance.account import Account
from dampak.provenance.secret import secret_key

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


class Job:
    """One running Snakemake job, as a context manager.

    Inside the block, everything printed goes to the job's log. A `DampakError` becomes one sentence for the user,
    without a stack trace; any other exception leaves its trace in the log. Outputs are written atomically. At the end
    the job's account is closed: what it used is held against what it declares, and its line goes into the lock.

    Parameters
    ----------
    snakemake
        The object that Snakemake hands to a script: `input`, `output`, `params.stamp`, `wildcards`, `log`.

    Attributes
    ----------
    settings
        Of the stamp.
    key
        That personal numbers are replaced with, where the settings name one under `key`; empty otherwise.
    """

    def __init__(self, snakemake: Any) -> None:
        self._snakemake = snakemake
        self._account = Account(snakemake, Path.cwd())
        self.settings: dict[str, Any] = self._account.node.stamp["settings"]
        self._log = Path(snakemake.log[0])
        self.key = b""

    def __enter__(self) -> "Job":
        self._log.parent.mkdir(parents=True, exist_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        self._saved = os.dup(1), os.dup(2)
        with self._log.open("w", encoding="utf-8") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        try:
            if "key" in self.settings:
                # Before the audit: the stamp knows the key by its fingerprint.
                self.key = secret_key(self.settings["key"])
            self._account.open()
        except Exception as error:
            self.__exit__(type(error), error, error.__traceback__)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        remarks: list[str] = []
        if error is None:
            try:
                remarks = self._account.close()
            except Exception as late:
                kind, error, trace = type(late), late, late.__traceback__
        sentence = error if isinstance(error, DampakError) else _storage_problem(error)
        if sentence is not None:
            self._say(sentence)
        elif error is not None:
            traceback.print_exception(kind, error, trace)
        sys.stdout.flush()
        sys.stderr.flush()
        for saved, descriptor in zip(self._saved, (1, 2), strict=True):
            os.dup2(saved, descriptor)
            os.close(saved)
        for remark in remarks:
            print(f"note: {remark}", file=sys.stderr, flush=True)
        if error is None:
            return
        if sentence is not None:
            self._say(sentence)
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

    def paths(self, name: str) -> list[Path]:
        """Return the input files of that name, where a rule names several."""
        return [Path(file) for file in self._snakemake.input[name]]

    def tables(self, *names: str) -> dict[str, Any]:
        """Return input tables by name: the rows of all files where a rule names several, no row where it names none."""
        import pandas as pd

        from dampak.provenance.tables import read_table

        found = {}
        for name in names:
            given = self._snakemake.input[name]
            files = [given] if isinstance(given, str) else list(given)
            parts = [read_table(Path(file)) for file in files]
            # An empty part says nothing of the types of its columns.
            filled = [part for part in parts if len(part)] or parts[:1]
            found[name] = pd.concat(filled, ignore_index=True) if len(filled) > 1 else (filled or [pd.DataFrame()])[0]
        return found

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


def _storage_problem(error: BaseException | None) -> DampakError | None:
    """Return the sentence for a disk that is full or may not be written; None for any other error."""
    if not isinstance(error, OSError):
        return None
    where = error.filename or "a result"
    if error.errno in FULL:
        return DataError(f"{where}: no space is left to write it ({error.strerror}); free some space, then run again")
    if error.errno in CLOSED:
        return DataError(f"{where}: may not be written ({error.strerror}); give write permission, then run again")
    return None
