"""The one place that reads Snakemake's own objects: its rules, as a graph; its memory, as the lock has it."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from dampak.config.load import load_settings
from dampak.errors import ConfigError, DampakError
from dampak.provenance.digests import Digests
from dampak.provenance.graph import Graph, study_nodes
from dampak.provenance.lock import Entry, read_lock
from dampak.provenance.metadata import remember
from dampak.provenance.plan import State, plan

# Set while the Snakefile is read for its graph alone: nothing runs, so Snakemake's memory is not asked.
_reading: ContextVar[bool] = ContextVar("reading", default=False)


def project_graph(root: Path, studies: Iterable[str]) -> Graph:
    """Read the Snakefile and return the jobs of some studies, with all that they depend on.

    Parameters
    ----------
    root
        The project's folder, which must be the current one.
    studies
        Names of studies.

    Raises
    ------
    ConfigError
        What Snakemake has to say of the Snakefile, or the package of a study.
    """
    from snakemake.api import SnakemakeApi
    from snakemake.exceptions import WorkflowError
    from snakemake.settings.types import ResourceSettings

    reading = _reading.set(True)
    try:
        with SnakemakeApi() as api:
            # The parsed workflow has no public name in Snakemake 9; all else here is public.
            workflow = api.workflow(resource_settings=ResourceSettings(), snakefile=root / "Snakefile")._workflow
            return _graph(workflow, studies, workflow.globals["wildcard_values"])
    except WorkflowError as error:
        raise ConfigError(str(error)) from None
    finally:
        _reading.reset(reading)


def _graph(workflow: Any, studies: Iterable[str], wildcard_values: Callable[[str], dict[str, list[str]]]) -> Graph:
    rules = list(workflow.rules)
    return Graph(studies, lambda study: study_nodes(rules, wildcard_values(study)))


def remember_lock(workflow: Any, wildcard_values: Callable[[str], dict[str, list[str]]]) -> None:
    """Make Snakemake's memory say what `dampak.lock` says, for the default studies and all that have results.

    Called at the end of the Snakefile, so that plain `snakemake` plans what `dampak run` plans. A study whose
    configuration is wrong is left out: Snakemake reports it when it is asked for.
    """
    if _reading.get() or not workflow.is_main_process:
        return
    from snakemake.exceptions import WorkflowError

    root, home = Path.cwd(), Path(workflow.basedir)
    lock, digests = read_lock(root), Digests(root)
    have_results = {path.name for path in (root / "results").glob("*") if path.is_dir()}
    for study in sorted(have_results | set(load_settings(home)["default_studies"])):
        try:
            graph = _graph(workflow, [study], wildcard_values)
        except (DampakError, WorkflowError):
            continue
        remember(root, graph, plan(graph, lock, digests), lock)
    digests.save()


def states_now(root: Path, graph: Graph, lock: dict[str, Entry]) -> dict[str, State]:
    """Return the state of every job of a graph, as the files are now."""
    digests = Digests(root)
    states = plan(graph, lock, digests)
    digests.save()
    return states
