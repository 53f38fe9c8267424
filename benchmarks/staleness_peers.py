"""Hold dampak against DVC, pytask and plain Snakemake: the same toy chain, the same edits, in one run.

    uv run python benchmarks/staleness_peers.py            prints two tables
    uv run python benchmarks/staleness_peers.py --write    and keeps them in benchmarks/README.md
    uv run python benchmarks/staleness_peers.py --tool DVC --tool pytask

DVC and pytask are installed for the run into a temporary environment of the same Python (`--peers FOLDER` keeps it
for the next run). Each edit starts from a project that is up to date; every step that really runs writes its name into
a log that no tool knows of. Takes about ten minutes on two cores.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from sections import keep, today_here
from toy_chain.edits import EDITS
from toy_chain.suite import Score, play, rooms
from toy_chain.tools import TOOLS, Everything

ROOT = Path(__file__).resolve().parent.parent
HEADING = "## Staleness against DVC and pytask"
ABOUT = """\
`uv run python benchmarks/staleness_peers.py --write` makes one edit after the other to the same chain of five small
steps (clean, match, estimate, then a figure and a table), each time to a project that is up to date, and logs the steps
that really run. The steps and the edits are the same for all. Each tool's files are written as its documentation
recommends (`benchmarks/toy_chain/`): for DVC and pytask, every shared module that a step imports is a declared
dependency and every leaf of the settings a parameter; a clone gets DVC's outputs by `dvc push` and `dvc pull`, those of
the others as files with their times. One core, one job at a time.
"""
LEGEND = """\
*Missed*: steps that had to run and did not; an output that was deleted or altered counts as repaired when the tool
puts the right bytes back from its store. *For nothing*: steps that ran and did not have to. *Left wrong*: edits after
which some output is not what the edited project makes from nothing. *No-op*: the median run with nothing to do, one
before each edit. A run of dampak is a run of Snakemake, and has its start-up and a Python process for each step in its
seconds; pytask runs all steps in its own process. The same by edit (– is exact):
"""
PEERS = {"DVC": "dvc==3.67.1", "pytask": "pytask==0.6.0"}


def install_peers(folder: Path) -> None:
    """Make an environment with DVC and pytask, with the uv that this project uses, or with pip where there is none."""
    sys.path.insert(0, str(ROOT))
    find_uv = import_module("bootstrap").find_uv
    if (folder / "bin" / "dvc").is_file() and (folder / "bin" / "pytask").is_file():
        return
    uv, python = find_uv(), str(folder / "bin" / "python")
    wanted = [*PEERS.values(), "pyyaml"]
    if uv:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        # Bytecode, because the project's own environment has it too.
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *wanted]
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        command = [python, "-m", "pip", "install", "--quiet", *wanted]
    subprocess.run(command, check=True)


def named(tool: str, peers: Path) -> str:
    """Return a tool's name with its version."""
    if tool in PEERS:
        python = str(peers / "bin" / "python")
        code = f"from importlib.metadata import version; print(version('{tool.lower()}'))"
        return (
            f"{tool} {subprocess.run([python, '-c', code], check=True, text=True, capture_output=True).stdout.strip()}"
        )
    if tool.startswith("Snakemake"):
        return tool.replace("Snakemake", f"Snakemake {version('snakemake')}", 1)
    return tool


def summary(scores: list[Score], names: dict[str, str]) -> list[str]:
    """Return the table of tools, in Markdown."""
    lines = [
        "| tool | exact edits | missed | for nothing | left wrong | first run, s | no-op, s | all edits, s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for score in scores:
        lines.append(
            f"| {names[score.tool]} | {score.exact} of {len(score.outcomes)} | {score.missed} | {score.spurious} "
            f"| {score.wrong} | {score.first:.1f} | {score.no_op:.2f} | {score.seconds:.1f} |"
        )
    return lines


def detail(scores: list[Score]) -> list[str]:
    """Return the table of edits by tools, in Markdown: a dash for exact, else what was missed and run for nothing."""
    shown = [score for score in scores if score.tool != Everything.name]
    lines = [
        f"| edit | has to run | {' | '.join(score.tool for score in shown)} |",
        f"|---|---|{'---|' * len(shown)}",
    ]
    for number, edit in enumerate(EDITS):
        cells = []
        for score in shown:
            outcome = score.outcomes[number]
            words = [f"missed {', '.join(outcome.missed)}"] if outcome.missed else []
            words += [f"for nothing {', '.join(outcome.spurious)}"] if outcome.spurious else []
            words += ["**left wrong**"] if outcome.wrong else []
            cells.append("; ".join(words) or "–")
        lines.append(f"| {edit.name} | {', '.join(edit.must) or 'nothing'} | {' | '.join(cells)} |")
    return lines


def section(scores: list[Score], names: dict[str, str]) -> str:
    """Return the section of benchmarks/README.md."""
    tables = "\n".join(summary(scores, names)), "\n".join(detail(scores))
    return f"{ABOUT}\n{today_here()}:\n\n{tables[0]}\n\n{LEGEND}\n{tables[1]}\n"


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the tables in benchmarks/README.md")
    parser.add_argument(
        "--tool", action="append", choices=[tool.name for tool in TOOLS], help="only this tool; may repeat"
    )
    parser.add_argument("--peers", type=Path, help="folder of an environment with DVC and pytask, made if missing")
    arguments = parser.parse_args()
    if arguments.write and arguments.tool:
        parser.error("--write keeps the table of all tools; leave out --tool")
    # `Everything` comes first: it tells what is right.
    tools = [tool for tool in TOOLS if tool is Everything or not arguments.tool or tool.name in arguments.tool]
    base = Path(tempfile.mkdtemp(prefix="staleness-"))
    try:
        peers = (arguments.peers or base / "peers").absolute()
        install_peers(peers)
        truth: dict[str, dict[str, bytes | None]] = {}
        scores = []
        for tool in rooms(base, tools, peers):
            scores.append(play(tool, truth))
            print(f"{tool.name}: {scores[-1].exact} of {len(EDITS)} edits exact", file=sys.stderr, flush=True)
        names = {score.tool: named(score.tool, peers) for score in scores}
    finally:
        shutil.rmtree(base, ignore_errors=True)
    text = section(scores, names)
    print(text)
    if arguments.write:
        keep(HEADING, text)


if __name__ == "__main__":
    main()
