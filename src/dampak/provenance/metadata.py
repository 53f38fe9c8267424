"""Snakemake's memory, derived from the lock.

Snakemake decides what to run from its records in `.snakemake/metadata`. They are written here, at the end of the
Snakefile, so that its decision is the plan's: a job without a reason of its own gets a record that agrees with its
present parameter and inputs; a job with a reason gets one that differs and says why. Deleting `.snakemake` therefore
changes nothing. The records have the format of Snakemake 9 (`record_format_version` 6).
"""

import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

from dampak.provenance.graph import Graph, Node
from dampak.provenance.lock import Entry
from dampak.provenance.plan import State

FORMAT_VERSION = 6
FOLDER = Path(".snakemake") / "metadata"
INCOMPLETE = Path(".snakemake") / "incomplete"
LONGEST_NAME = 255


def remember(root: Path, graph: Graph, states: dict[str, State], lock: dict[str, Entry]) -> None:
    """Write Snakemake's record of every output of the graph."""
    for folder in (FOLDER, INCOMPLETE):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for job, node in graph.nodes.items():
        for path in node.outputs:
            if states[job].stale:
                _write(root / FOLDER, path, _stale_record(states[job]))
                continue
            _write(root / FOLDER, path, _fresh_record(node, lock[job]))
            # A killed run leaves a mark; the lock says that the file is whole all the same.
            _record_path(root / INCOMPLETE, path).unlink(missing_ok=True)


def _fresh_record(node: Node, entry: Entry) -> dict[str, Any]:
    return {
        "rule": node.rule,
        "input": list(node.inputs),
        "params": [repr(node.stamp_text)],
        "record_format_version": FORMAT_VERSION,
        "incomplete": False,
        "input_checksums": {path: f"sha256:{digest}" for path, digest in entry.inputs.items()},
    }


def _stale_record(state: State) -> dict[str, Any]:
    reason = "; ".join(f"{cue} {', '.join(names)}".removesuffix(" -") for cue, names in state.cues.items())
    return {"params": [reason], "record_format_version": FORMAT_VERSION, "incomplete": False}


def _record_path(folder: Path, output: str) -> Path:
    """Return where Snakemake keeps the record of an output: its path in base64, cut into parts of a name's length."""
    name = urlsafe_b64encode(output.encode()).decode()
    size = LONGEST_NAME - 1
    parts = [name[start : start + size] for start in range(0, len(name), size)]
    return folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])


def _write(folder: Path, output: str, record: dict[str, Any]) -> None:
    path = _record_path(folder, output)
    text = json.dumps(record)
    try:
        if path.read_text(encoding="utf-8") == text:
            return
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name[:200]}.part{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
