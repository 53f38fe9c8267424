"""Time a plan with nothing to do, and its growth with the number of jobs.

    uv run python benchmarks/plan_time.py

Copies the project into a temporary folder, builds one small study, then many like it, and times `dampak run -n` on each
set (median of five, with the start of the process), with plain `snakemake -n` beside it. Prints the seconds, and the
milliseconds that one more job costs, beside the targets.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("Snakefile", "config", "workflow", "profiles", "notebooks", "src", "pyproject.toml")
SECONDS, MILLISECONDS_A_JOB = 1.5, 1.0
COMMANDS = {"dampak run -n": ["dampak.cli", "run", "-n"], "snakemake -n": ["snakemake", "-n", "--quiet"]}
STUDY = """title: Job training {number}
question: Did training raise earnings?
sources:
  nsw: {{package: causaldata, file: nsw_mixtape/nsw_mixtape.dta, codebook: nsw}}
treatment: {{column: treat}}
covariates: [age, educ, re75]
outcomes: [re78]
methods: [{{method: difference_in_means}}]
headline: difference_in_means
seed: 1
"""


LOCK_ALL = """
from pathlib import Path
from dampak.config.load import load_settings
from dampak.provenance.digests import Digests
from dampak.provenance.lock import Entry, change_lock
from dampak.provenance.snakefile import project_graph

root = Path.cwd()
digests = Digests(root)
graph = project_graph(root, load_settings(root)["default_studies"])
made = {
    job: Entry(dict(node.stamp_digests), *({p: digests.of(p) for p in paths} for paths in (node.inputs, node.outputs)))
    for job, node in graph.nodes.items()
}
change_lock(root, lambda entries: entries.update(made))
"""


def run_code(folder: Path, code: str) -> str:
    """Run Python code in a project, and return what it says."""
    environment = dict(os.environ, PYTHONPATH=str(folder / "src"))
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, text=True, capture_output=True)
    return done.stdout + done.stderr


def run(folder: Path, arguments: list[str]) -> float:
    """Run a module of this interpreter in a project, and return the seconds it took."""
    environment = dict(os.environ, PYTHONPATH=str(folder / "src"))
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", *arguments], cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begin


def project(folder: Path, studies: int) -> int:
    """Make a project with a number of like studies, up to date, and return its number of jobs.

    One study is built. The others get copies of its results, and the lines of the lock that their runs would write.
    """
    for part in PARTS:
        source = ROOT / part
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, folder / part, ignore=ignore) if source.is_dir() else shutil.copy2(
            source, folder / part
        )
    for old in (folder / "config" / "studies").glob("*.yaml"):
        old.unlink()
    names = [f"study{number}" for number in range(studies)]
    for number, name in enumerate(names):
        (folder / "config" / "studies" / f"{name}.yaml").write_text(STUDY.format(number=number), encoding="utf-8")
    (folder / "config" / "config.yaml").write_text(f"default_studies: [{', '.join(names)}]\n", encoding="utf-8")
    run(folder, ["dampak.cli", "run", names[0], "--cores", "2"])
    for name in names[1:]:
        shutil.copytree(folder / "results" / names[0], folder / "results" / name)
    run_code(folder, LOCK_ALL)
    planned = run_code(folder, "import dampak.cli; dampak.cli.app(['run', '-n'])")
    if "Nothing to be done" not in planned:
        raise SystemExit(f"the project is not up to date: {planned}")
    jobs = {line.split(" ", 1)[0] for line in (folder / "dampak.lock").read_text().splitlines() if line[0] != "#"}
    return len(jobs)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20, help="studies in the larger project")
    many = parser.parse_args().studies
    seconds: dict[tuple[str, int], float] = {}
    jobs: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for studies in (1, many):
            folder = Path(temporary) / str(studies)
            folder.mkdir()
            jobs[studies] = project(folder, studies)
            for name, command in COMMANDS.items():
                run(folder, command)
                seconds[name, studies] = statistics.median(run(folder, command) for _ in range(5))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"plan with nothing to do, {machine}")
    print(f"{'command':<16}{f'{jobs[1]} jobs, s':>14}{f'{jobs[many]} jobs, s':>14}{'ms a job':>10}")
    for name in COMMANDS:
        growth = 1000 * (seconds[name, many] - seconds[name, 1]) / (jobs[many] - jobs[1])
        print(f"{name:<16}{seconds[name, 1]:>14.2f}{seconds[name, many]:>14.2f}{growth:>10.2f}")
    print(f"{'target':<16}{SECONDS:>14.2f}{'':>14}{MILLISECONDS_A_JOB:>10.2f}")


if __name__ == "__main__":
    main()
