"""Score the mutation suite: every edit of tests/pipeline/mutations, put to dampak and to stock Snakemake.

    uv run python benchmarks/staleness_mutations.py            prints a table
    uv run python benchmarks/staleness_mutations.py --write    and keeps it in benchmarks/README.md

The tests hold dampak to the exact set of jobs of each edit; here the edits are only counted, by kind.
"""

import argparse
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from sections import keep, today_here

ROOT = Path(__file__).resolve().parent.parent
HEADING = "## Staleness: mutation suite"
ABOUT = """\
`uv run python benchmarks/staleness_mutations.py --write` makes the edits of `tests/pipeline/mutations` to two small
studies on real data (23 jobs, 445 rows each), each edit to a copy that is up to date, and counts the jobs that had to
run and did not, and those that ran for nothing. `dampak run` builds. Stock Snakemake plans: default settings, the same
rules, the same settings as parameters, but neither code nor packages among them. It has no early cut-off within a run,
so a job whose inputs turn out the same counts as run for nothing.
"""
sys.path.insert(0, str(ROOT))

from tests.pipeline.mutation_trial import Trial, attempts, score_line, stock_project  # noqa: E402
from tests.pipeline.mutations import MUTATIONS  # noqa: E402
from tests.pipeline.small_project import small_project  # noqa: E402


def trials(folder: Path) -> list[Trial]:
    """Build the small project from nothing, and make every edit to copies of it."""
    small = small_project(folder / "small" / "project")
    done = small.dampak("run", "--cores", "2")
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    stock = stock_project(small, folder / "stock" / "project")
    found = []
    with attempts(MUTATIONS, small=small, stock=stock, folder=folder / "edits") as started:
        for mutation, future in started.items():
            trial = future.result()
            found.append(trial)
            wrong = [f"missed {', '.join(trial.missed)}"] if trial.missed else []
            wrong += [f"for nothing {', '.join(trial.spurious)}"] if trial.spurious else []
            print(f"{mutation.kind}: {mutation.name}: {'; '.join(wrong) or 'exact'}", file=sys.stderr, flush=True)
    return found


def table(found: list[Trial]) -> list[str]:
    """Return the table of kinds, in Markdown; stock Snakemake is not judged on edits that mean nothing to it."""
    kinds = list(dict.fromkeys(trial.kind for trial in found))
    rows = [(kind, [trial for trial in found if trial.kind == kind]) for kind in kinds]
    lines = [
        "| kind | edits | dampak missed | dampak for nothing | stock missed | stock for nothing |",
        "|---|---|---|---|---|---|",
    ]
    for kind, chosen in [*rows, ("**all**", found)]:
        counts = [
            sum(len(getattr(trial, name) or ()) for trial in chosen)
            for name in ("missed", "spurious", "stock_missed", "stock_spurious")
        ]
        lines.append(f"| {kind} | {len(chosen)} | {' | '.join(map(str, counts))} |")
    return lines


def section(found: list[Trial]) -> str:
    """Return the section of benchmarks/README.md."""
    judged = [trial for trial in found if trial.stock_missed is not None]
    exact = sum(1 for trial in judged if not trial.stock_missed and not trial.stock_spurious)
    lines = "\n".join(table(found))
    ending = f"Stock Snakemake is exact in {exact} of the {len(judged)} edits that mean something to it."
    return f"{ABOUT}\n{today_here()}, Snakemake {version('snakemake')}:\n\n{lines}\n\n{ending}\n"


def main() -> None:
    """Run the suite and print its score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/README.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dampak-") as folder:
        found = trials(Path(folder))
    text = section(found)
    print(f"{text}\n{score_line(found)}")
    if options.write:
        keep(HEADING, text)


if __name__ == "__main__":
    main()
