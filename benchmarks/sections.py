"""A section of benchmarks/README.md: what a benchmark found, when and where."""

import datetime
import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "benchmarks" / "README.md"


def keep(heading: str, text: str) -> None:
    """Put a section in place of the one of the same heading, or at the end."""
    head, found, rest = README.read_text(encoding="utf-8").partition(f"{heading}\n")
    _, mark, after = rest.partition("\n## ") if found else ("", "", "")
    README.write_text(f"{head.rstrip()}\n\n{heading}\n\n{text.strip()}\n" + (f"\n## {after}" if mark else ""), "utf-8")


def today_here() -> str:
    """Return the date and the machine, for the line above a table."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return f"{today}, {cores} cores ({_processor()}), {platform.machine()}, Python {platform.python_version()}"


def _processor() -> str:
    """Return the maker's word for the processor, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
