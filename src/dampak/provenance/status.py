"""The state of every job as a table: jobs down, cues across."""

from dampak.provenance.graph import Graph
from dampak.provenance.plan import CUES, State, count

MARK = "x"
WORDS = {"fresh": "up to date"}


def status_table(graph: Graph, states: dict[str, State]) -> list[str]:
    """Return the lines of `dampak status`: a head, one line a job, and a sentence that counts."""
    rows: list[tuple[str, ...]] = [("job", "study", "state", *CUES, "upstream")]
    for job, node in graph.nodes.items():
        state = states[job]
        marks = [MARK if cue in state.cues else "." for cue in CUES]
        rows.append(
            (node.name, node.study, WORDS.get(state.kind, state.kind), *marks, MARK if state.waits_for else ".")
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, "", summary(states)]


def summary(states: dict[str, State]) -> str:
    """Return one sentence: how many jobs are stale, and how many wait for them."""
    number, total = count(states.values()), len(states)
    stale, waiting = number["stale"], number["waits"]
    if not stale:
        return f"all {total} jobs are up to date"
    waits = f"; {waiting} more run only where what they read changes" if waiting else ""
    return f"{stale} of {total} jobs {'are' if stale > 1 else 'is'} stale{waits}"
