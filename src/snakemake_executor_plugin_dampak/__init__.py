"""Snakemake executor plugin `dampak`: local execution with early cut-off.

Snakemake plans a job when a job upstream will run. This executor looks again when the job's turn comes: if the inputs
are now the very bytes that the outputs were made of, and code, settings and environment are the same, the outputs are
right as they are, and the job is finished without having run. Forced jobs (`--forcerun`, `--forceall`) always run.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

from snakemake.executors.local import Executor as LocalExecutor
from snakemake.executors.local import common_settings
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

from dampak.provenance.digests import Digests
from dampak.provenance.graph import Node
from dampak.provenance.lock import read_lock
from dampak.provenance.plan import own_cues

__all__ = ["Executor", "common_settings", "unchanged"]

# Numbers of the jobs that were cut off, for the logger plugin, which lives in the same process.
unchanged: set[int] = set()


class Executor(LocalExecutor):  # type: ignore[misc]
    """Runs a job in this machine's processes, unless its outputs are already what it would make."""

    def run_job(self, job: Any) -> None:
        """Run one job, or report it as finished when nothing that it depends on has changed after all."""
        if job.is_group() or not self._is_fresh(job):
            super().run_job(job)
            return
        unchanged.add(job.jobid)
        finished = SubmittedJobInfo(job=job)
        self.report_job_submission(finished, register_job=False)
        self.report_job_success(finished)

    def _is_fresh(self, job: Any) -> bool:
        if self._forced(job) or not hasattr(job.params, "stamp") or "study" not in job.wildcards_dict:
            return False
        node = Node.of(job.rule.name, job.wildcards_dict, inputs=job.input, outputs=job.output, stamp=job.params.stamp)
        return not own_cues(node, read_lock(self._digests.root).get(node.job), self._digests)

    @cached_property
    def _digests(self) -> Digests:
        return Digests(Path.cwd())

    def _forced(self, job: Any) -> bool:
        """Whether the user asked for this job to run in any case."""
        dag = self.workflow.dag
        return job.rule in dag.forcerules or not dag.forcefiles.isdisjoint(job.output)
