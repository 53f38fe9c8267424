"""Why a job is stale, in words: which file, function, setting (old to new) or package made it so."""

from pathlib import Path
from typing import Any

from dampak.errors import DataError
from dampak.provenance.graph import Graph, Node, canonical_json
from dampak.provenance.lock import Entry
from dampak.provenance.plan import State
from dampak.provenance.record import read_record
from dampak.provenance.stamp import script_reach
from dampak.provenance.used.places import PACKAGE_FOLDER

NO_RECORD = "changed; what exactly is not known, since the record of the last run is not here"
LONGEST_VALUE = 60
NAMING_KEYS = ("label", "name", "outcome", "column")


def title(node: Node) -> str:
    """Return the name of a job as a run prints it: `love nsw_cps`."""
    return f"{node.name} {node.study}"


def reasons(root: Path, node: Node, state: State, entry: Entry | None) -> list[tuple[str, str]]:
    """Return (cue, sentence) for every reason of a job's own.

    Parameters
    ----------
    root
        The project's folder.
    node, state, entry
        The job, its state, and its line in the lock (None where there is none).
    """
    record = read_record(root, node.job)
    if record is not None and entry is not None and record.get("outputs") != entry.outputs:
        record = None  # Of another run than the lock's.
    said: list[tuple[str, str]] = []
    for cue, files in state.cues.items():
        match cue:
            case "missing":
                said += [(cue, f"{file} is not there") for file in files]
            case "unknown":
                said += [(cue, f"{file} is there, but the lock does not know what it was made of") for file in files]
            case "altered":
                said += [(cue, f"{file} is not the file that the lock records") for file in files]
            case "code":
                said += [(cue, text) for text in _code(root, node, record)]
            case "settings" | "environment":
                said += [(cue, text) for text in _changes(record, node, cue)]
            case "input":
                said += [(cue, _input(file, node, entry)) for file in files]
    return said


def _input(file: str, node: Node, entry: Entry | None) -> str:
    if entry is not None and file not in entry.inputs:
        return f"{file} is read now, and was not before"
    return f"{file} has changed" if file in node.inputs else f"{file} was read before, and is not now"


def _code(root: Path, node: Node, record: dict[str, Any] | None) -> list[str]:
    if record is None:
        return [NO_RECORD]
    changes = []
    for script in node.stamp["code"]:
        found = script_reach(root, script)[0]
        now, before = {**found.definitions, **found.files}, record["definitions"].get(script, {})
        for name in sorted(now.keys() | before.keys()):
            if now.get(name) != before.get(name):
                what = "was edited" if name in now and name in before else "is new" if name in now else "is gone"
                changes.append(f"{script if name == 'script' else name} {what}")
    return list(dict.fromkeys(changes)) or [NO_RECORD]


def _changes(record: dict[str, Any] | None, node: Node, part: str) -> list[str]:
    if record is None:
        return [NO_RECORD]
    before, now = _leaves(record["stamp"][part]), _leaves(node.stamp[part])
    return [
        f"{name}: {_shown(before.get(name))} → {_shown(now.get(name))}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ] or ["the order of a list has changed"]


def _leaves(value: Any, name: str = "") -> dict[str, str]:
    """Return {dotted name: JSON} for the leaves of a plain value; items of a list go by their label where unique."""
    if isinstance(value, dict) and value:
        items = list(value.items())
    elif isinstance(value, list) and value:
        items = list(zip(_item_names(value), value, strict=True))
    else:
        return {name: canonical_json(value)}
    return {leaf: text for key, item in items for leaf, text in _leaves(item, f"{name}.{key}".lstrip(".")).items()}


def _item_names(items: list[Any]) -> list[str]:
    if all(isinstance(item, str) for item in items) and len(set(items)) == len(items):
        return items
    for key in NAMING_KEYS:
        names = [item[key] for item in items if isinstance(item, dict) and isinstance(item.get(key), str)]
        if len(names) == len(items) == len(set(names)):
            return names
    return [str(number) for number in range(1, len(items) + 1)]


def _shown(text: str | None) -> str:
    if text is None:
        return "nothing"
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def explain(root: Path, path: str, graph: Graph, states: dict[str, State], lock: dict[str, Entry]) -> list[str]:
    """Return the lines of `dampak why PATH`.

    Parameters
    ----------
    root
        The project's folder.
    path
        A result, relative to it.
    graph, states, lock
        The project as it is now.

    Raises
    ------
    DataError
        When no job makes the file.
    """
    if path not in graph.producer:
        raise DataError(_not_made(path, graph))
    node = graph.nodes[graph.producer[path]]
    state = states[node.job]
    if state.fresh:
        return [f"{path} is up to date", *_made_of(root, node)]
    causes = _causes(node.job, states)
    lines = [f"{path} is stale: {title(node)} {'would run' if state.stale else 'may have to run'}"]
    for job in causes:
        cause = graph.nodes[job]
        lines.append(f"  {title(cause)}")
        lines += [f"    {cue:<12} {text}" for cue, text in reasons(root, cause, states[job], lock.get(job))]
        if job != node.job:
            lines.append(f"    {'from there':<12} {' → '.join(_way(job, node.job, graph))}")
    return lines


def _not_made(path: str, graph: Graph) -> str:
    readers = [title(node) for node in graph.nodes.values() if path in node.inputs]
    if readers:
        return f"{path}: no job makes this file; it is an input of {', '.join(readers)}"
    return f"{path}: no job makes this file; 'dampak status' lists the jobs, results/<study>/ holds what they make"


def _causes(job: str, states: dict[str, State]) -> list[str]:
    """Return the jobs with a reason of their own among a job and all that it waits for, upstream first."""
    found: set[str] = set()
    open_jobs = [job]
    while open_jobs:
        now = open_jobs.pop()
        if now not in found:
            found.add(now)
            open_jobs += states[now].waits_for
    return [name for name in states if name in found and states[name].stale]


def _way(start: str, end: str, graph: Graph) -> list[str]:
    """Return the shortest way between two jobs along the graph, as titles."""
    came: dict[str, str] = {end: ""}
    queue = [end]
    for job in queue:
        for parent in graph.parents(graph.nodes[job]):
            if parent not in came:
                came[parent] = job
                queue.append(parent)
    way, job = [], start
    while job:
        way.append(title(graph.nodes[job]))
        job = came[job]
    return way


def _made_of(root: Path, node: Node) -> list[str]:
    lines = [f"  made by      {title(node)}: {', '.join(node.stamp['code'])}"]
    for script in node.stamp["code"]:
        own = [name for name in script_reach(root, script)[0].definitions if name.endswith((":draw", "_stage"))]
        lines += [f"  in           {name} ({_line_of(name)})" for name in own]
    return lines + [f"  from         {file}" for file in node.inputs]


def _line_of(definition: str) -> str:
    """Return `file:line` of a definition `module:name`."""
    module, _, name = definition.partition(":")
    path = PACKAGE_FOLDER.parent / Path(*module.split(".")).with_suffix(".py")
    heads = (f"def {name}(", f"class {name}", f"{name} =", f"{name}:")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith(heads):
            return f"{path.name}:{number}"
    return path.name
