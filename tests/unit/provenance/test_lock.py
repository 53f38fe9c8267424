"""The lock is a sorted text that reads back as it was written, and names the line that is not one."""

from pathlib import Path

import pytest

from dampak.errors import ConfigError
from dampak.provenance.lock import Entry, change_lock, lock_text, read_lock

A, B = "a" * 64, "b" * 64
ENTRY = Entry({"code": A, "environment": A, "settings": B}, {"data/a file.csv": B}, {"results/s/clean/x.parquet": A})


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    change_lock(tmp_path, lambda entries: entries.update({"s/clean": ENTRY}))
    assert read_lock(tmp_path) == {"s/clean": ENTRY}


def test_lines_are_sorted_and_one_fact_each() -> None:
    lines = lock_text({"t/clean": ENTRY, "s/clean": ENTRY}).splitlines()[1:]
    assert lines == sorted(lines) and len(lines) == 10
    assert f"s/clean input data/a file.csv {B}" in lines


def test_a_project_without_a_lock_has_made_nothing(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == {}


@pytest.mark.parametrize(
    "line",
    [
        "<<<<<<< HEAD",
        "s/clean output results/x.csv abc",
        f"s/clean guess x {A}",
        f"s/clean output {A}",
        f"clean code - {A}",
    ],
)
def test_a_line_that_no_run_writes_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "dampak.lock").write_text(f"# head\n\n{line}\n")
    with pytest.raises(ConfigError, match=r"dampak\.lock: line 3 .*git checkout"):
        read_lock(tmp_path)


def test_two_processes_that_change_the_lock_lose_nothing(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from dampak.provenance.lock import *\n"
        "for i in range(20):\n"
        "    change_lock(Path(sys.argv[1]), lambda e: e.update({f's/{sys.argv[2]}{i}': Entry({'code': 'a' * 64})}))"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "xy"]
    assert [process.wait() for process in running] == [0, 0]
    assert len(read_lock(tmp_path)) == 40
