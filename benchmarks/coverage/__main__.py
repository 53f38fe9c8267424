"""Run the study: `uv run python -m benchmarks.coverage [--replications N] [--write]`."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.coverage.report import figure, page
from benchmarks.coverage.study import run

DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> None:
    """Replicate, print, and keep the page and figure if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="keep docs/coverage.md and its figure")
    options = parser.parse_args()
    begun = time.perf_counter()
    found = run(options.replications)
    minutes = (time.perf_counter() - begun) / 60
    text = page(found, replications=options.replications, minutes=minutes, today=datetime.now(UTC).date())
    print(text)
    if options.write:
        (DOCS / "coverage.md").write_text(text, encoding="utf-8")
        figure(found, DOCS / "img" / "coverage.png")


if __name__ == "__main__":
    main()
