"""What is stale, and by which cue: the lock held against the project as it is now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dampak.provenance.digests import Digests
from dampak.provenance.graph import Graph, Node
from dampak.provenance.lock import STAMP_PARTS, Entry

# In the order in which a reader wants to hear them.
CUES = ("missing", "unknown", "altered", "code", "settings", "environment", "input")

KINDS = ("stale", "waits", "fresh")


@dataclass(frozen=True)
class State:
    """Why a job would run.

    Attributes
    ----------
    cues : dict of str to list of str
        The job's own reasons, by cue; the list names files. `missing`: an output is not there. `unknown`: an output is
        there, but the lock does not know it. `altered`: an output is not the file that the lock records. `input`: a
        file that no job makes has changed, or the set of inputs has. `code`, `settings`, `environment`: that part of
        the stamp has changed. Empty for a job that has no reason of its own.
    waits_for : list of str
        The jobs upstream that would run; this one runs when they change a result that it reads.
    """

    cues: dict[str, list[str]] = field(default_factory=dict)
    waits_for: list[str] = field(default_factory=list)

    @property
    def stale(self) -> bool:
        """Whether the job would run for reasons of its own."""
        return bool(self.cues)

    @property
    def fresh(self) -> bool:
        """Whether nothing can make the job run."""
        return not self.cues and not self.waits_for

    @property
    def kind(self) -> str:
        """`stale`, `waits` (for a job upstream, without a reason of its own) or `fresh`."""
        return "stale" if self.stale else "waits" if self.waits_for else "fresh"


def count(states: Iterable[State]) -> dict[str, int]:
    """Return how many jobs are of each kind."""
    kinds = [state.kind for state in states]
    return {kind: kinds.count(kind) for kind in KINDS}


def own_cues(node: Node, entry: Entry | None, digests: Digests, expected: dict[str, str] | None = None) -> Any:
    """Return the job's own reasons to run, by cue; empty when its outputs are what a run would make.

    Parameters
    ----------
    node
        The job as the rules have it now.
    entry
        What the lock knows of it.
    digests
        The files as they are now.
    expected
        SHA-256 of inputs that a job upstream will have made before this one starts; other inputs are read.
    """
    found = {path: digests.of(path) for path in node.outputs}
    missing = [path for path, digest in found.items() if digest is None]
    cues = {"missing": missing}
    if entry is None:
        cues["unknown"] = [path for path in node.outputs if found[path] is not None]
    else:
        recorded = entry.outputs
        cues["altered"] = [p for p, digest in found.items() if digest is not None and digest != recorded.get(p)]
        for part in STAMP_PARTS:
            cues[part] = ["-"] if entry.stamp.get(part) != node.stamp_digests[part] else []
        expected = expected or {}
        inputs = {path: expected.get(path) or digests.of(path) for path in node.inputs}
        cues["input"] = sorted(p for p in {*inputs, *entry.inputs} if inputs.get(p) != entry.inputs.get(p))
    return {cue: cues[cue] for cue in CUES if cues.get(cue)}


def plan(graph: Graph, lock: dict[str, Entry], digests: Digests) -> dict[str, State]:
    """Return the state of every job, upstream first.

    Each job is held against its own line of the lock. An input that another job makes counts as what that job's line
    says: when the file was altered, its producer is stale and makes it again, and nothing reads the altered one.
    """
    states: dict[str, State] = {}
    expected = {path: digest for job in graph.nodes if job in lock for path, digest in lock[job].outputs.items()}
    for job, node in graph.nodes.items():
        cues = own_cues(node, lock.get(job), digests, expected)
        waits = [parent for parent in graph.parents(node) if not states[parent].fresh]
        states[job] = State(cues, waits)
    return states
