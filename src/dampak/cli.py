"""The command line `dampak`: a thin layer over Snakemake; plain `snakemake` gives the same outputs."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from dampak.config.load import load_settings, load_study
from dampak.errors import ConfigError, DampakError
from dampak.provenance.sources import missing_sources

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


def _build(root: Path, names: list[str], *, cores: int | None, dry_run: bool = False) -> None:
    """Check the studies and their raw sources, and build what is stale; leave with Snakemake's code when it fails."""
    for name in names:
        missing_sources(root, load_study(root, name))
    code = snakemake(root, [*names, *(["-n"] if dry_run else []), *(["--cores", str(cores)] if cores else [])])
    if code:
        raise typer.Exit(code)


@app.command()
def run(
    studies: Annotated[list[str] | None, typer.Argument(help="Studies to run; the default studies if none.")] = None,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="Only say what would run.")] = False,
    cores: Annotated[int | None, typer.Option("-c", "--cores", min=1, help="Processor cores to use.")] = None,
) -> None:
    """Run studies: build what is missing or stale, and nothing else."""
    begin = time.monotonic()
    root = project_root()
    names = list(dict.fromkeys(studies or load_settings(root)["default_studies"]))
    _build(root, names, cores=cores, dry_run=dry_run)
    if not dry_run:
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
    cores: Annotated[int | None, typer.Option("-c", "--cores", min=1, help="Processor cores to use.")] = None,
) -> None:
    """Rebuild every figure of the default studies and compare its hash with the one kept in git."""
    from dampak.provenance.verify import compare, figure_hashes, write_hashes

    root = project_root()
    names = load_settings(root)["default_studies"]
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
