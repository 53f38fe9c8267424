"""Clean and link files of national size: seconds and memory of `pkh_national` from its raw files to its links.

Runs in a fresh clone of this checkout's HEAD. The synthetic raw files are made first and not counted; then the workflow
cleans survey and registers and links them. Memory is the sum of the resident memory of all processes, five times a
second. The links are held against the truth, which no rule of the analysis reads.

Run: `uv run python -m benchmarks.national [--write] [--folder F]`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.sections import ROOT, keep, today_here
from benchmarks.watch import Watch
from dampak.clean.provincial import numbered
from dampak.match.linkage.report import true_quality

STUDY = "pkh_national"
SECONDS, GIGABYTES = 600.0, 8.0
CORES = "2"
HEADING = "## Clean and link at national size"


def snakemake(folder: Path, *targets: str) -> tuple[float, float]:
    """Run the workflow in a project's folder.

    Returns
    -------
    seconds, gigabytes : float
    """
    environment = dict(os.environ, PYTHONPATH=str(folder / "src"))
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", CORES, "--quiet", "all"]
    watch, begun = Watch(), time.perf_counter()
    with watch.running():
        subprocess.run(command, cwd=folder, env=environment, check=True)
    return time.perf_counter() - begun, watch.peak / 1e9


def quality(folder: Path) -> tuple[int, int, pd.Series]:
    """Return the register rows and surveyed households of a built study, and precision and recall of its links."""
    results = folder / "results" / STUDY
    ledger = pd.read_csv(results / "tables/ledger.csv")
    first = ledger[~ledger["source"].str.startswith("survey.")].groupby("source")["rows_in"].first()
    households = len(pd.read_parquet(results / "clean/households.parquet", columns=["household_id"]))
    parts = []
    for path in sorted(results.glob("truth/*/links.csv")):
        part = pd.read_csv(path)
        rows = numbered(part["row"].to_numpy(), path.parent.name, where=str(path))
        parts.append(part.assign(row=rows)[part["register"].isin(first.index)])
    truth = pd.concat(parts, ignore_index=True)
    truth = truth.assign(household_id=truth["household_id"].where(truth["surveyed"] == 1, -1))
    links = pd.read_parquet(results / "match/links.parquet")
    found = true_quality(links, truth).set_index("register").loc["all"]
    return int(first.sum()), households, found


def table(folder: Path) -> str:
    """Make the raw files if they are not there, run and measure; the section as Markdown."""
    raw, _ = snakemake(folder, STUDY, "--until", "synthesise_province")
    seconds, gigabytes = snakemake(folder, f"results/{STUDY}/match/links.parquet")
    rows, households, found = quality(folder)
    return f"""`uv run python -m benchmarks.national --write` makes the raw files of `config/studies/pkh_national.yaml`
({raw:.0f} s, not counted), then cleans survey and registers and links them, province by province,
as `dampak run pkh_national` does. Memory is that of all processes together.

{today_here()}:

| register rows | surveyed households | seconds | target | peak GB | target | precision | recall |
|---:|---:|---:|---:|---:|---:|---:|---:|
| {rows:,} | {households:,} | {seconds:.0f} | {SECONDS:.0f} | {gigabytes:.1f} | {GIGABYTES:.0f} | \
{found["precision"]:.4f} | {found["recall"]:.3f} |
"""


def main() -> None:
    """Run the benchmark, print its table, and keep it if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.national", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/README.md")
    parser.add_argument("--folder", type=Path, help="clone to use, and to keep; one that exists is used as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "dampak"
        if not folder.exists():
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        text = table(folder)
    print(text)
    if options.write:
        keep(HEADING, text)


if __name__ == "__main__":
    main()
