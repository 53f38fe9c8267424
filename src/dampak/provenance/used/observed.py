"""What a job was seen to use, and how that differs from what it declared."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dampak.provenance.used.places import relative

EVERY_VARIABLE = "*"
# What can be said of a random state, from the harmless to the harmful.
DRAWN = ("unused", "libraries", "drawn", "project")


@dataclass(frozen=True)
class Observed:
    """What one job was seen to use; every list sorted and free of repetition.

    Attributes
    ----------
    modules
        Dotted names of imported modules that belong to the project.
    files
        Files opened for reading: in the project (relative, with `/`), or outside every known place (absolute).
    folders
        Folders listed, named likewise.
    environment
        Names of the variables read by the `project`'s own code and by `libraries`; `*` stands for a reading of all.
    random
        Who drew from the global state of `python`, from that of `numpy`, and from the operating system by
        `numpy.random.default_rng()` without a seed (`entropy`): `unused`, `libraries` or `project`; of the draws from
        numpy's global state it is not known whose they are, which `drawn` says.
    """

    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    environment: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"project": (), "libraries": ()})
    random: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(("python", "numpy", "entropy"), "unused"))

    def __or__(self, other: "Observed") -> "Observed":
        """Return what either of two processes was seen to use."""
        return Observed(
            modules=in_order([*self.modules, *other.modules]),
            files=in_order([*self.files, *other.files]),
            folders=in_order([*self.folders, *other.folders]),
            environment={k: in_order([*v, *other.environment[k]]) for k, v in self.environment.items()},
            random={k: max(v, other.random[k], key=DRAWN.index) for k, v in self.random.items()},
        )

    def record(self) -> dict[str, Any]:
        """Return plain JSON values."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return values

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Observed":
        """Return what `record` wrote down."""
        return cls(
            modules=tuple(record["modules"]),
            files=tuple(record["files"]),
            folders=tuple(record["folders"]),
            environment={reader: tuple(names) for reader, names in record["environment"].items()},
            random=dict(record["random"]),
        )


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct names, sorted."""
    return tuple(sorted(set(names)))


def undeclared(
    observed: Observed,
    *,
    modules: Iterable[str],
    files: Iterable[str],
    outputs: Iterable[str] = (),
    root: Path | None = None,
) -> list[str]:
    """Return one sentence for each thing that a job used and did not declare; none for an honest job.

    Parameters
    ----------
    observed
        What an audit saw.
    modules
        Dotted names of the project modules that the fingerprint of the job's script reaches; the packages above them
        are reached with them.
    files
        Input files, and data files that the fingerprint covers: relative to the project's folder, or absolute.
    outputs
        The job's own output files and logs: it may read them again, and list their folders.
    root
        Folder of the project; the current folder if not given.

    Returns
    -------
    list of str
        What libraries read from the environment is recorded and never complained of: paths of caches, numbers of
        threads, locales. So are their draws from Python's global random state and from the operating system: rich draws
        an identifier, and scipy the numbers of an example in a docstring, when they are imported.
    """
    root = root or Path.cwd()
    own = {relative(path, root) for path in outputs}
    declared = {relative(path, root) for path in files} | own
    reached = {".".join(parts[:n]) for name in modules for parts in [name.split(".")] for n in range(1, len(parts) + 1)}
    folders = {Path(path).parent.as_posix() for path in own}
    return [
        *(_module(name) for name in observed.modules if name not in reached),
        *(_file(name) for name in observed.files if name not in declared),
        *(_folder(name) for name in observed.folders if name not in folders),
        *map(_variable, observed.environment["project"]),
        *(sentence for state, sentence in DRAWS.items() if observed.random[state] in ("drawn", "project")),
    ]


DRAWS = {
    "python": "the job draws from Python's global random state (module random), so its result depends on what else "
    "draws from it; take a numpy generator with a seed of the study",
    "numpy": "the job draws from numpy's global random state, so its result depends on what else draws from it; take a "
    "generator with a seed of the study",
    "entropy": "the job makes a numpy random generator without a seed, so no second run gives the same result; give "
    "it a seed of the study",
}


def _module(name: str) -> str:
    return (
        f"{name}: the job imports this module, but the fingerprint of its script does not reach it, so an edit there "
        f"would go unseen; write 'import {name}' where it is used, not a name made at run time"
    )


def _file(name: str) -> str:
    if Path(name).is_absolute():
        return (
            f"{name}: the job reads this file, which is not among its inputs and lies outside the project; name it "
            "under `input` of the rule (a raw file: as a source of the study), or do not read it"
        )
    return (
        f"{name}: the job reads this file, which is not among its inputs, so a change there would go unseen; name it "
        "under `input` of the rule (a raw file: as a source of the study), or do not read it"
    )


def _folder(name: str) -> str:
    return (
        f"{name}/: the job lists this folder, so its result depends on which files happen to lie there; name the files "
        "under `input` of the rule instead"
    )


def _variable(name: str) -> str:
    if name == EVERY_VARIABLE:
        return (
            "the code of the project lists or copies the whole environment (os.environ), which no stamp knows; make "
            "what it needs a setting of the study"
        )
    return (
        f"{name}: the code of the project reads this environment variable, which no stamp knows; make it a setting of "
        "the study"
    )
