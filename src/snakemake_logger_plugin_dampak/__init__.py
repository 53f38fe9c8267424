"""Snakemake logger plugin `dampak`: one line per finished job, with stage, study, jobs done of total and elapsed time.

Snakemake finds it by the name of this package; `dampak run` uses it, `snakemake --logger dampak` may.
"""

import sys
import time
from logging import LogRecord
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_executor_plugin_dampak import unchanged

NOTHING = "Nothing to be done"
NOISE = (
    "CalledProcessError",
    "Exiting because a job execution failed",
    "At least one job did not complete successfully",
    "Using workflow specific profile",
)


class LogHandler(LogHandlerBase):
    """Writes the progress of a run for a person; leaves Snakemake's technical messages to its own log file."""

    def __post_init__(self) -> None:
        self._jobs: dict[int, tuple[str, str]] = {}
        self._started: dict[int, float] = {}
        self._begin = time.monotonic()
        self._total = 0
        self._done = 0
        self._failed: set[int] = set()

    @property
    def writes_to_stream(self) -> bool:
        return True

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return True

    @property
    def has_formatter(self) -> bool:
        return True

    @property
    def needs_rulegraph(self) -> bool:
        return False

    def emit(self, record: LogRecord) -> None:
        """Print what a person wants to know of one event."""
        get: dict[str, Any] = record.__dict__
        match get.get("event"):
            case LogEvent.RUN_INFO if not self._total:
                self._total = int(get["stats"]["total"]) if "total" in get["stats"] else 0
                if not self.common_settings.dryrun:
                    self._say(f"{self._total} jobs to run")
            case LogEvent.JOB_INFO:
                study = dict(get.get("wildcards") or {}).get("study", "")
                self._jobs[get["jobid"]] = (get["rule_name"], study)
                self._started[get["jobid"]] = time.monotonic()
                if self.common_settings.dryrun and get.get("output"):
                    reason = str(get.get("reason", "")).split("; ")[0]
                    self._say(f"  would run {get['rule_name']:<14} {study:<18} {reason[:90]}".rstrip())
            case LogEvent.JOB_FINISHED if not self.common_settings.dryrun:
                self._done += 1
                stage, study = self._jobs.get(get["job_id"], ("?", ""))
                now = time.monotonic()
                spent = now - self._started.get(get["job_id"], now)
                width = len(str(self._total))
                took = "unchanged" if get["job_id"] in unchanged else f"  {spent:5.1f} s"
                self._say(
                    f"[{self._done:>{width}}/{self._total}] {stage:<14} {study:<18}"
                    f" {took:<9}   elapsed {now - self._begin:5.1f} s"
                )
            case LogEvent.JOB_ERROR if get["jobid"] not in self._failed:
                self._failed.add(get["jobid"])
                stage, study = self._jobs.get(get["jobid"], (get["rule_name"], ""))
                self._say(f"failed: {stage} {study}; log: {', '.join(get['log'])}")
            case LogEvent.ERROR:
                self._say_error(str(record.getMessage()))
            case None if record.levelname in {"ERROR", "CRITICAL"} or NOTHING in str(record.msg):
                self._say_error(str(record.getMessage()))

    def _say_error(self, text: str) -> None:
        """Print what Snakemake says, but not that a job failed: the job has said so itself, in a sentence."""
        if not any(noise in text for noise in NOISE):
            self._say(text)

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
