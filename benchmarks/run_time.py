"""Time and memory of the default command from nothing, and again with nothing to do.

Runs in a fresh clone of this checkout's HEAD inside a temporary folder, with the environment of the interpreter that
runs this.

Run: `uv run python -m benchmarks.run_time [--write]`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.sections import ROOT, keep, today_here
from benchmarks.watch import Watch

# What is run after one another, with the seconds and GB that it may take.
RUNS: dict[str, tuple[list[str], float, float]] = {
    "East Java from nothing": (["pkh_jatim"], 240.0, 4.0),
    "the two others from nothing": ([], 60.0, 4.0),
    "nothing to do": ([], 5.0, 4.0),
}
HEADING = "## Run time of the default command"
HEAD = """`uv run python -m benchmarks.run_time --write` runs `dampak run pkh_jatim` in a fresh clone, then
`dampak run` for the other default studies (two of the job training), and again with nothing to do. The environment is
set up before and not counted. Memory is that of all processes together.

{today}:

| run | seconds | target | ratio | peak GB | target |
|---|---:|---:|---:|---:|---:|
"""
TAIL = """
Two things made the difference for short runs (2026-11-24, the two studies of the job training alone: 22.9 s, and 2.0 s
with nothing to do). Bytecode is compiled when the environment is set up (`compile-bytecode` in `pyproject.toml`): each
job is a fresh Python, and without it a plan with nothing to do took 4.8 s. And a plan fingerprints each script once,
not once a study: 20 fingerprints of 0.15 s each took 3.0 s before.
"""


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command, show its output, and return its seconds and its peak of memory in GB; stop when it fails."""
    watch, begin = Watch(), time.perf_counter()
    environment = dict(os.environ, PYTHONPATH=str(folder / "src"))
    with watch.running():
        subprocess.run(command, cwd=folder, env=environment, check=True)
    return time.perf_counter() - begin, watch.peak / 1e9


def main() -> None:
    """Run the benchmark, print its table, and keep it if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run_time", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/README.md")
    options = parser.parse_args()
    text = HEAD.format(today=today_here())
    with tempfile.TemporaryDirectory() as temporary:
        clone = Path(temporary) / "dampak"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        for name, (studies, seconds, gigabytes) in RUNS.items():
            took, peak = measured([sys.executable, "-m", "dampak.cli", "run", *studies, "--cores", "2"], clone)
            text += f"| {name} | {took:.1f} | {seconds:.0f} | {took / seconds:.2f} | {peak:.1f} | {gigabytes:.0f} |\n"
    text += TAIL
    print(text)
    if options.write:
        keep(HEADING, text)


if __name__ == "__main__":
    main()
