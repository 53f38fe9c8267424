"""The account of a running job: what it read, what it used, what it made; closed into the record and the lock."""

from pathlib import Path
from typing import Any

from dampak.errors import DataError
from dampak.provenance.digests import Digests
from dampak.provenance.graph import Node
from dampak.provenance.lock import Entry, change_lock, read_lock
from dampak.provenance.record import write_record
from dampak.provenance.stamp import noted_reach
from dampak.provenance.used.audit import Audit
from dampak.provenance.used.observed import undeclared
from dampak.provenance.used.places import PACKAGE_FOLDER


class Account:
    """What one job declares, and what it is seen to use.

    Parameters
    ----------
    snakemake
        The object that Snakemake hands to a script.
    root
        The project's folder.
    """

    def __init__(self, snakemake: Any, root: Path) -> None:
        wildcards = {name: str(value) for name, value in snakemake.wildcards.items()}
        files = {"inputs": snakemake.input, "outputs": snakemake.output}
        self.node = Node.of(snakemake.rule, wildcards, **files, stamp=snakemake.params.stamp)
        self.root = root
        self._known = Digests(root)
        self._own = [*self.node.outputs, *map(str, snakemake.log)]
        self._audit = Audit(root)

    def open(self) -> None:
        """Note the bytes of every input, and begin to watch.

        Raises
        ------
        DataError
            When an input is not the file that the job upstream made.
        """
        lock = read_lock(self.root)
        made = {path: digest for entry in lock.values() for path, digest in entry.outputs.items()}
        self._before = lock.get(self.node.job)
        self._inputs = self._digests(self.node.inputs)
        altered = [path for path, digest in self._inputs.items() if digest != made.get(path, digest)]
        if altered:
            raise DataError(
                "\n".join(
                    f"{path}: was altered while the run was under way; run again to repair it" for path in altered
                )
            )
        self._audit.start()

    def close(self) -> list[str]:
        """Hold what was used against what is declared, write the record, and enter the job in the lock.

        Returns
        -------
        list of str
            Remarks for the user: outputs whose bytes changed although nothing that they are made of did.

        Raises
        ------
        DataError
            When the job used a module, file, folder or variable that its stamp and its inputs do not know, or an input
            changed under it.
        """
        used = self._audit.stop()
        reach = {script: noted_reach(self.root, script, digest) for script, digest in self.node.stamp["code"].items()}
        beside_modules = [str(PACKAGE_FOLDER / file) for found in reach.values() for file in found.files]
        problems = undeclared(
            used,
            modules={module for found in reach.values() for module in found.modules},
            files=[*self.node.inputs, *reach, *beside_modules],
            outputs=self._own,
            root=self.root,
        )
        if problems:
            raise DataError("\n".join(f"{self.node.job}: {problem}" for problem in problems))
        changed = [path for path, digest in self._digests(self.node.inputs).items() if digest != self._inputs[path]]
        if changed:
            raise DataError("\n".join(f"{path}: changed while {self.node.job} read it; run again" for path in changed))
        entry = Entry(dict(self.node.stamp_digests), self._inputs, self._digests(self.node.outputs))
        record = {
            "job": self.node.job,
            "stamp": self.node.stamp,
            "inputs": entry.inputs,
            "outputs": entry.outputs,
            "definitions": {script: found.definitions | found.files for script, found in reach.items()},
            "used": used.record(),
        }
        write_record(self.root, self.node.job, record)
        change_lock(self.root, lambda entries: entries.update({self.node.job: entry}))
        return self._remarks(entry)

    def _digests(self, paths: tuple[str, ...]) -> dict[str, str]:
        found = {path: self._known.of(path) for path in paths}
        absent = [path for path, digest in found.items() if digest is None]
        if absent:
            raise DataError("\n".join(f"{path}: is not there; put the file there, then run again" for path in absent))
        return {path: digest for path, digest in found.items() if digest is not None}

    def _remarks(self, entry: Entry) -> list[str]:
        before = self._before
        if before is None or (before.stamp, before.inputs) != (entry.stamp, entry.inputs):
            return []
        differing = [path for path, digest in entry.outputs.items() if before.outputs.get(path, digest) != digest]
        return [
            f"{path}: the same code, settings and inputs gave other bytes than the lock records; "
            "'dampak verify --twice' tells whether this machine repeats itself"
            for path in differing
        ]
