"""The jobs of a project and how they hang together, read from the rules of the Snakefile.

Snakemake owns the graph; this is a second reading of the same rules, without Snakemake's scheduling, that costs a
fraction of a millisecond a job. A test holds it against Snakemake's own graph.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from dampak.provenance.digests import text_sha256
from dampak.provenance.lock import STAMP_PARTS


@dataclass(frozen=True)
class Node:
    """One job: a rule with the values of its wildcards.

    Attributes
    ----------
    job
        `<study>/<rule>`, with the other wildcards behind a dot.
    rule, study
        Its two halves.
    inputs, outputs
        Paths relative to the project's folder, sorted.
    stamp_text
        The `stamp` param of the rule for this job (see `dampak.provenance.stamp.stamp`).
    """

    job: str
    rule: str
    study: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    stamp_text: str

    @classmethod
    def of(
        cls, rule: str, wildcards: dict[str, str], *, inputs: Iterable[Any], outputs: Iterable[Any], stamp: str
    ) -> "Node":
        """Return the job of a rule with its wildcards, from the files and the stamp that Snakemake has for it."""
        return cls(
            job=job_name(rule, wildcards),
            rule=rule,
            study=wildcards["study"],
            inputs=tuple(sorted(map(str, inputs))),
            outputs=tuple(sorted(map(str, outputs))),
            stamp_text=stamp,
        )

    @property
    def name(self) -> str:
        """The job's name within its study: `love`, `notebook.nsw`."""
        return self.job.partition("/")[2]

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """The stamp as a mapping: `code`, `environment`, `settings`."""
        return dict(json.loads(self.stamp_text))

    @cached_property
    def stamp_digests(self) -> dict[str, str]:
        """SHA-256 of each part of the stamp."""
        return {part: text_sha256(canonical_json(self.stamp[part])) for part in STAMP_PARTS}


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a plain value: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def job_name(rule: str, wildcards: dict[str, str]) -> str:
    """Return `<study>/<rule>`, with the other wildcards behind a dot: `nsw_cps/notebook.nsw`."""
    others = [value.replace(" ", "%20") for name, value in sorted(wildcards.items()) if name != "study"]
    return f"{wildcards['study']}/{'.'.join([rule, *others])}"


def wildcard_sets(rule: Any, values: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    """Yield every choice of values for a rule's wildcards; none for a rule that is not of this study, or of none."""
    names = sorted(rule.wildcard_names)
    constraint = rule.wildcard_constraints.get("study", ".*")
    if "study" in names and all(re.fullmatch(constraint, study) for study in values["study"]):
        for chosen in product(*(values[name] for name in names)):
            yield dict(zip(names, chosen, strict=True))


def study_nodes(rules: Iterable[Any], wildcard_values: dict[str, list[str]]) -> Iterator[Node]:
    """Yield the jobs of one study.

    Parameters
    ----------
    rules
        The rules of a Snakemake workflow.
    wildcard_values
        The values that each wildcard takes in this study: `{"study": ["nsw_cps"], "notebook": ["nsw"]}`.
    """
    from snakemake.iocontainers import Wildcards

    for rule in rules:
        for wildcards in wildcard_sets(rule, wildcard_values):
            inputs, *_ = rule.expand_input(wildcards)
            outputs, _ = rule.expand_output(wildcards)
            stamp = rule.params.stamp(Wildcards(fromdict=wildcards))
            yield Node.of(rule.name, wildcards, inputs=inputs, outputs=outputs, stamp=stamp)


class Graph:
    """The jobs of some studies, and of all that they depend on, upstream first.

    Parameters
    ----------
    studies
        Names of the studies asked for.
    nodes_of
        Returns the jobs of one study by name.
    """

    def __init__(self, studies: Iterable[str], nodes_of: Callable[[str], Iterable[Node]]) -> None:
        loaded: dict[str, list[Node]] = {}
        producer: dict[str, Node] = {}

        def load(study: str) -> None:
            loaded[study] = list(nodes_of(study))
            producer.update({output: node for node in loaded[study] for output in node.outputs})

        asked = list(dict.fromkeys(studies))
        for study in asked:
            load(study)
        self.nodes: dict[str, Node] = {}

        def add(node: Node) -> None:
            if node.job in self.nodes:
                return
            for path in node.inputs:
                parts = path.split("/")
                if path not in producer and parts[0] == "results" and len(parts) > 2 and parts[1] not in loaded:
                    load(parts[1])
                if path in producer:
                    add(producer[path])
            self.nodes[node.job] = node

        for study in asked:
            for node in loaded[study]:
                add(node)
        self.producer = {output: node.job for node in self.nodes.values() for output in node.outputs}

    def parents(self, node: Node) -> list[str]:
        """Return the jobs that make this job's inputs, each once."""
        return list(dict.fromkeys(self.producer[path] for path in node.inputs if path in self.producer))
