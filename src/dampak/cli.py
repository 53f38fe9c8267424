"""The command line `dampak`: a thin layer over Snakemake; plain `snakemake` gives the same outputs."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dampak.config.load import load_settings, load_study, study_names
from dampak.errors import ConfigError, DampakError
from dampak.provenance.sources import missing_sources

if TYPE_CHECKING:
    from dampak.provenance.graph import Graph
    from dampak.provenance.lock import Entry
    from dampak.provenance.plan import State

NOTHING = "Nothing to be done: every result is what its code, settings, packages and inputs make."

app = typer.Typer(
    name="dampak",
    help="Does a programme help the families that receive it? From raw data to figures and a read notebook.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def project_root(start: Path | None = None) -> Path:
    """Return the nearest folder, from `start` upwards, that holds `Snakefile` and `config/studies`.

    Raises
    ------
    ConfigError
        When there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "Snakefile").is_file() and (folder / "config" / "studies").is_dir():
            return folder
    raise ConfigError(f"{start} is not inside a dampak project (no Snakefile with config/studies); change folder")


def snakemake(root: Path, arguments: list[str]) -> int:
    """Run Snakemake in this process from the project's folder; return its exit code."""
    from snakemake.cli import main as snakemake_main

    os.chdir(root)
    try:
        snakemake_main([*arguments, "--logger", "dampak"])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _asked(root: Path, studies: list[str] | None) -> list[str]:
    """Return the studies asked for, the default ones if none, each checked with its raw sources."""
    names = list(dict.fromkeys(studies or load_settings(root)["default_studies"]))
    for name in names:
        missing_sources(root, load_study(root, name))
    return names


def _look(root: Path, names: list[str]) -> "tuple[Graph, dict[str, State], dict[str, Entry]]":
    """Return the jobs of the studies, the state of each, and the lock."""
    from dampak.provenance.lock import read_lock
    from dampak.provenance.snakefile import project_graph, states_now

    os.chdir(root)
    graph, lock = project_graph(root, names), read_lock(root)
    return graph, states_now(root, graph, lock), lock


def _build(root: Path, names: list[str], *, cores: int | None) -> None:
    """Build what is stale of some studies, one run at a time; leave with Snakemake's code when it fails."""
    from dampak.provenance.run import one_run_at_a_time, tidy_lock

    with one_run_at_a_time(root):
        graph, states, _ = _look(root, names)
        if all(state.fresh for state in states.values()):
            print(NOTHING, file=sys.stderr)
        else:
            _say_altered(states)
            code = snakemake(root, [*names, *(["--cores", str(cores)] if cores else [])])
            if code:
                raise typer.Exit(code)
        for sentence in tidy_lock(root, graph, names):
            print(f"note: {sentence}", file=sys.stderr)


def _say_altered(states: "dict[str, State]") -> None:
    """Name every result that is not the one that a run made, before it is made again."""
    for state in states.values():
        for path in state.cues.get("altered", []):
            print(f"altered: {path} is not the file that the lock records; it is made again", file=sys.stderr)


def _say_plan(root: Path, names: list[str]) -> None:
    """Print what would run, and why."""
    from dampak.provenance.status import summary
    from dampak.provenance.why import reasons, title

    graph, states, lock = _look(root, names)
    if all(state.fresh for state in states.values()):
        print(NOTHING, file=sys.stderr)
        return
    for job, state in states.items():
        if state.fresh:
            continue
        node = graph.nodes[job]
        if state.stale:
            (_, first), *others = reasons(root, node, state, lock.get(job))
            reason = first + (f" (and {len(others)} more)" if others else "")
        else:
            reason = f"if {', '.join(title(graph.nodes[parent]) for parent in state.waits_for)} changes what it reads"
        print(f"  would run {node.rule:<14} {node.study:<18} {reason}", file=sys.stderr)
    print(summary(states), file=sys.stderr)


@app.command()
def run(
    studies: Annotated[list[str] | None, typer.Argument(help="Studies to run; the default studies if none.")] = None,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="Only say what would run.")] = False,
    cores: Annotated[int | None, typer.Option("-c", "--cores", min=1, help="Processor cores to use.")] = None,
) -> None:
    """Run studies: build what is missing or stale, and nothing else."""
    begin = time.monotonic()
    root = project_root()
    names = _asked(root, studies)
    if dry_run:
        _say_plan(root, names)
        return
    _build(root, names, cores=cores)
    _where_to_look(root, names, time.monotonic() - begin)


def _where_to_look(root: Path, names: list[str], elapsed: float) -> None:
    """Print a short table of the results of each study."""
    lines = [("study", "look at", "what it is")]
    for name in names:
        folder = Path("results") / name
        pages = [folder / "notebooks" / f"{notebook}.html" for notebook in load_study(root, name).notebooks]
        rows = [(str(page), "the notebook, to read") for page in pages]
        rows += [
            (str(folder / "figures"), "figures (PNG, SVG, PDF)"),
            (str(folder / "tables" / "effects.csv"), "every estimate with its interval"),
            (str(folder / "tables" / "verdicts.csv"), "the verdict and its reasons"),
        ]
        lines += [(name if i == 0 else "", path, what) for i, (path, what) in enumerate(rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(3)]
    print(file=sys.stderr)
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip(), file=sys.stderr)
    print(f"\ndone in {elapsed:.1f} s", file=sys.stderr)


@app.command()
def verify(
    update: Annotated[bool, typer.Option("--update", help="Keep the present hashes as the right ones.")] = False,
    twice: Annotated[
        bool, typer.Option("--twice", help="Build twice from nothing, differently, and name the first difference.")
    ] = False,
    kernel: Annotated[
        str | None, typer.Option("--kernel", help="With --twice: OpenBLAS kernel of the second run, such as Haswell.")
    ] = None,
    cores: Annotated[int | None, typer.Option("-c", "--cores", min=1, help="Processor cores to use.")] = None,
) -> None:
    """Rebuild every figure of the default studies and compare its hash with the one kept in git."""
    from dampak.provenance.verify import compare, figure_hashes, write_hashes

    root = project_root()
    names = _asked(root, None)
    if twice:
        _verify_twice(root, names, kernel)
        return
    _build(root, names, cores=cores)
    kept = root / "results" / "figures.sha256"
    hashes = figure_hashes(root / "results", names)
    if update:
        write_hashes(kept, hashes)
        print(f"{kept.relative_to(root)}: kept the hashes of {len(hashes)} figure files")
        return
    differences = compare(kept, hashes)
    for line in differences:
        print(line)
    if differences:
        raise typer.Exit(1)
    print(f"{len(hashes)} figure files have the hashes that git keeps")


def _verify_twice(root: Path, names: list[str], kernel: str | None) -> None:
    """Build the studies twice under different conditions; leave with 1 and the first difference when there is one."""
    import tempfile
    from dataclasses import replace

    from dampak.provenance.divergence import FIRST, SECOND, build_copy, first_divergence

    jobs, _, _ = _look(root, names)
    with tempfile.TemporaryDirectory(prefix="dampak-") as folder:
        copies = []
        for conditions in (FIRST, replace(SECOND, kernel=kernel)):
            print(f"from nothing with {conditions}", file=sys.stderr)
            copies.append(Path(folder) / conditions.folder)
            build_copy(root, copies[-1], names, conditions)
        difference = first_divergence(jobs, *copies)
    if difference:
        print(difference)
        raise typer.Exit(1)
    print(f"all {len(jobs.producer)} results of {len(jobs.nodes)} jobs have the same bytes twice")


@app.command()
def why(
    path: Annotated[str, typer.Argument(help="A result, such as results/nsw_cps/figures/love.png.")],
) -> None:
    """Say why a result is stale: the file, function, setting (old → new) or package that made it so."""
    from dampak.provenance.why import explain

    root = project_root()
    file = (Path.cwd() / path).resolve()
    name = file.relative_to(root).as_posix() if file.is_relative_to(root) else path
    parts = Path(name).parts
    known = study_names(root)
    names = [parts[1]] if len(parts) > 1 and parts[0] == "results" and parts[1] in known else known
    graph, states, lock = _look(root, names)
    for line in explain(root, name, graph, states, lock):
        print(line)


@app.command()
def status(
    studies: Annotated[list[str] | None, typer.Argument(help="Studies; the default studies if none.")] = None,
) -> None:
    """Print the state of every job as a table: jobs down, cues across."""
    from dampak.provenance.status import status_table

    root = project_root()
    graph, states, _ = _look(root, _asked(root, studies))
    for line in status_table(graph, states):
        print(line)


@app.command()
def graph(
    studies: Annotated[list[str] | None, typer.Argument(help="Studies; the default studies if none.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="SVG, PNG or PDF file to write.")] = Path("graph.svg"),
) -> None:
    """Draw the jobs and how they hang together, coloured by state."""
    from dampak.provenance.drawing.picture import draw, write

    target = output.resolve()
    root = project_root()
    jobs, states, _ = _look(root, _asked(root, studies))
    write(draw(jobs, states), target)
    print(f"wrote {output}")


@app.command("new-study")
def new_study(
    name: Annotated[str, typer.Argument(help="Name of the study: lower-case letters, digits, _.")],
) -> None:
    """Write a commented starting point: config/studies/NAME.yaml, its codebook and a small raw file that runs."""
    from dampak.config.scaffold import scaffold

    for path in scaffold(project_root(), name):
        print(f"wrote {path}")
    print(f"now edit them, then: dampak run {name}")


def main() -> None:
    """Entry point: a problem that the user can mend is a sentence, and exit code 1."""
    try:
        app()
    except DampakError as error:
        for sentence in error.sentences:
            print(f"error: {sentence}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
