"""The record of one job: what it was made of, in full, and what it was seen to use. `dampak why` reads it.

The lock decides what is stale; the record, beside the results, says what has changed since. It has the same bytes for
the same job wherever it runs: no time, no machine, no process.
"""

import json
from pathlib import Path
from typing import Any

from dampak.provenance.writing import write_atomically

FOLDER = "provenance"


def record_path(root: Path, job: str) -> Path:
    """Return where the record of a job is: `results/<study>/provenance/<rule>.json`."""
    study, _, rule = job.partition("/")
    return root / "results" / study / FOLDER / f"{rule}.json"


def write_record(root: Path, job: str, record: dict[str, Any]) -> None:
    """Write the record of a job."""
    text = json.dumps(record, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    write_atomically(record_path(root, job), lambda p: p.write_text(text, encoding="utf-8"))


def read_record(root: Path, job: str) -> dict[str, Any] | None:
    """Return the record of a job, or None where there is none that can be read."""
    try:
        return dict(json.loads(record_path(root, job).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
