"""The account of every row: what each stage received, kept and set aside, and why.

Reasons are applied one after the other, so that a row has exactly one; a line's ``rows_in`` is the ``rows_kept`` of the
line before it for the same source, and kept + dropped = in on every line. Each dropped row is in the quarantine table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

LEDGER_COLUMNS = ["source", "stage", "reason", "rows_in", "rows_kept", "rows_dropped"]
QUARANTINE_COLUMNS = ["source", "row", "stage", "reason", "column", "value"]
NO_REASON = "none"


@dataclass(frozen=True)
class Finding:
    """Rows of a table that a stage sets aside for one reason.

    Parameters
    ----------
    reason : str
        Such as ``out_of_range`` or ``missing_covariate: re74``.
    failing : (n,) bool
        Rows of the table that fail.
    column : str
        Raw column at fault, empty where the row as a whole is.
    values : (n,) Series of object or None
        Raw values of that column as text, already masked when personal.
    """

    reason: str
    failing: npt.NDArray[np.bool_]
    column: str = ""
    values: pd.Series | None = None


@dataclass
class Ledger:
    """Accumulates the account of one study, source by source, stage by stage."""

    _lines: list[tuple[str, str, str, int, int, int]] = field(default_factory=list)
    _quarantined: list[pd.DataFrame] = field(default_factory=list)

    def sift(
        self, source: str, stage: str, rows: npt.NDArray[np.int64], findings: Sequence[Finding]
    ) -> npt.NDArray[np.bool_]:
        """Apply a stage's findings in order and account for each row.

        Parameters
        ----------
        source, stage : str
            What is accounted for.
        rows : (n,) int
            Row numbers (1-based, in the raw file) that enter the stage.
        findings : sequence of Finding
            Each over the same n rows. Findings with the same reason are reported on one line, where the first stands.

        Returns
        -------
        (n,) bool
            The rows that are kept.
        """
        keep = np.ones(len(rows), dtype=np.bool_)
        lines_before = len(self._lines)
        for reason in dict.fromkeys(finding.reason for finding in findings):
            rows_in = int(keep.sum())
            for finding in findings:
                dropped = keep & finding.failing
                if finding.reason == reason and dropped.any():
                    self._set_aside(source, stage, rows[dropped], finding, dropped)
                    keep &= ~dropped
            if rows_in > keep.sum():
                self._write(source, stage, reason, rows_in, int(keep.sum()))
        if len(self._lines) == lines_before:
            self._write(source, stage, NO_REASON, len(rows), len(rows))
        return keep

    def _set_aside(
        self,
        source: str,
        stage: str,
        rows: npt.NDArray[np.int64],
        finding: Finding,
        dropped: npt.NDArray[np.bool_],
    ) -> None:
        values = "" if finding.values is None else finding.values[dropped].fillna("").to_numpy(dtype=object)
        self._quarantined.append(
            pd.DataFrame(
                {
                    "source": source,
                    "row": rows,
                    "stage": stage,
                    "reason": finding.reason,
                    "column": finding.column,
                    "value": values,
                }
            )
        )

    def _write(self, source: str, stage: str, reason: str, rows_in: int, rows_kept: int) -> None:
        earlier = [line for line in self._lines if line[0] == source]
        if earlier and earlier[-1][4] != rows_in:
            raise AssertionError(f"{source}: {stage} receives {rows_in} rows, {earlier[-1][1]} kept {earlier[-1][4]}")
        self._lines.append((source, stage, reason, rows_in, rows_kept, rows_in - rows_kept))

    def table(self) -> pd.DataFrame:
        """The ledger, one line per source, stage and reason, in the order in which they were applied."""
        return pd.DataFrame(self._lines, columns=LEDGER_COLUMNS)

    def quarantine(self) -> pd.DataFrame:
        """The rows set aside, sorted by source and row, each with its stage, reason, raw column and raw value."""
        if not self._quarantined:
            types = {"source": "str", "row": "int64", "stage": "str", "reason": "str", "column": "str", "value": "str"}
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
        table = pd.concat(self._quarantined, ignore_index=True)
        texts = {name: str for name in QUARANTINE_COLUMNS if name != "row"}
        return table.astype(texts).sort_values(["source", "row"], kind="stable", ignore_index=True)

    def rows_dropped(self) -> dict[str, int]:
        """Count of rows set aside by reason, largest first."""
        table = self.table().groupby("reason")["rows_dropped"].sum().sort_values(ascending=False, kind="stable")
        return {str(reason): int(count) for reason, count in table.items() if count > 0}
