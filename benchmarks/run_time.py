"""Time the default command from nothing, and again with nothing to do.

    uv run python benchmarks/run_time.py

Runs in a fresh clone of this checkout's HEAD inside a temporary folder, with the environment of the interpreter that
runs this. Prints the seconds of both runs beside the targets (300 s and 5 s on two cores) and the machine.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Four minutes for the East Java study, one for the two studies of the job-training programme.
TARGETS = {"from nothing": 300.0, "nothing to do": 5.0}


def timed(command: list[str], folder: Path) -> float:
    """Run a command, show its output, and return the seconds it took; stop when it fails."""
    begin = time.perf_counter()
    environment = dict(os.environ, PYTHONPATH=str(folder / "src"))
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Run the benchmark and print its table."""
    with tempfile.TemporaryDirectory() as temporary:
        clone = Path(temporary) / "dampak"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        command = [sys.executable, "-m", "dampak.cli", "run", "--cores", "2"]
        seconds = {name: timed(command, clone) for name in TARGETS}
    print(f"\nrun time of the default studies, 2 cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"{'run':<16}{'seconds':>9}{'target':>9}{'ratio':>8}")
    for name, target in TARGETS.items():
        print(f"{name:<16}{seconds[name]:>9.1f}{target:>9.0f}{seconds[name] / target:>8.2f}")


if __name__ == "__main__":
    main()
