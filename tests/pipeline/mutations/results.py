"""What happens to results: deleted, altered, moved to another machine, left over from another branch."""

import os
import random
import shutil
import time
from dataclasses import replace
from pathlib import Path

from .edit import (
    ALL,
    NONE,
    Bench,
    Mutation,
    after_each_other,
    built,
    deleted,
    jobs,
    replaced,
    rewritten,
    touched,
    with_old_time,
)

BALANCE = "results/a/tables/balance.csv"
VERDICTS = "results/a/tables/verdicts.csv"
WEIGHTS = "results/a/match/weights.parquet"
POWER = ("src/dampak/estimate/power.py", "power: float = 0.8)", "power: float = 0.9)")
POWER_BACK = (POWER[0], POWER[2], POWER[1])
QUESTION = replaced("config/studies/b.yaml", "What did", "How much did")
ALTERED = rewritten(BALANCE, lambda text: text.replace("0.", "9.", 1))


def _altered_binary(bench: Bench) -> None:
    path = bench.root / WEIGHTS
    path.write_bytes(path.read_bytes() + b"\0")


def _empty(bench: Bench) -> None:
    (bench.root / "results/a/figures/effects.pdf").write_bytes(b"")


def _stray(bench: Bench) -> None:
    (bench.root / "results/a/tables/notes.txt").write_text("Mine.\n", encoding="utf-8")


def _swapped(bench: Bench) -> None:
    one, other = (bench.root / f"results/{study}/figures/love.png" for study in "ab")
    spare = one.with_name("spare")
    for old, new in ((one, spare), (other, one), (spare, other)):
        old.rename(new)


def _without_memory(bench: Bench) -> None:
    shutil.rmtree(bench.root / ".snakemake")


def _cloned(bench: Bench) -> None:
    """A fresh clone with results brought along: no memory, and times in any order."""
    _without_memory(bench)
    now, draw = time.time(), random.Random(3)
    for path in sorted(p for p in bench.root.rglob("*") if p.is_file()):
        at = now - 60 * draw.random()
        os.utime(path, (at, at))


def _moved(bench: Bench) -> Bench:
    target = bench.root.with_name("elsewhere")
    bench.root.rename(target)
    return replace(bench, root=target)


def _lock_kept(bench: Bench) -> None:
    _copy(bench.root / "dampak.lock", bench.root.with_name("kept.lock"))


def _lock_back(bench: Bench) -> None:
    _copy(bench.root.with_name("kept.lock"), bench.root / "dampak.lock")


def _copy(source: Path, target: Path) -> None:
    # A project of stock Snakemake has no lock to bring back.
    if source.is_file():
        shutil.copyfile(source, target)


RESULTS = tuple(
    Mutation("results", *rest)
    for rest in (
        ("touch", touched("results/**/*"), NONE),
        ("log deleted", deleted("results/a/logs/match.log"), NONE),
        ("record deleted", deleted("results/a/provenance/match.json"), NONE),
        ("file that no rule makes", _stray, NONE),
        ("figure deleted", deleted("results/a/figures/love.svg"), jobs("love", "a"), True),
        ("intermediate deleted", deleted("results/a/match/pairs.parquet"), jobs("match", "a")),
        (
            "source table and last page deleted",
            deleted(VERDICTS, "results/b/notebooks/reading.html"),
            jobs("verdicts", "a") | jobs("notebook", "b"),
        ),
        # What was altered is made again, and nobody reads it before.
        ("table altered", ALTERED, jobs("balance", "a"), True),
        ("table altered, old time", with_old_time(BALANCE, ALTERED), jobs("balance", "a")),
        ("intermediate altered", _altered_binary, jobs("match", "a")),
        ("figure emptied", _empty, jobs("effects_figure", "a")),
        ("figures of two studies swapped", _swapped, jobs("love", "a", "b")),
    )
)
STATES = tuple(
    Mutation("state", *rest)
    for rest in (
        (".snakemake deleted", _without_memory, NONE),
        ("clone with results", _cloned, NONE),
        ("clone with results, then an edit", after_each_other(_cloned, QUESTION), jobs("notebook", "b")),
        ("directory moved", _moved, NONE),
        ("edit and back without a run", after_each_other(replaced(*POWER), replaced(*POWER_BACK)), NONE),
        # `sensitivity.csv` changes, and so do the notebook's inputs; its page does not print it.
        (
            "edit, run, and back",
            after_each_other(replaced(*POWER), built, replaced(*POWER_BACK)),
            jobs("verdicts", "a", "b") | jobs("notebook", "b"),
        ),
        # The old lock knows every result that the other branch left as it was.
        (
            "another branch, run, and back with the old lock",
            after_each_other(_lock_kept, replaced(*POWER), built, replaced(*POWER_BACK), _lock_back),
            jobs("verdicts", "a", "b"),
        ),
        ("dampak.lock deleted", deleted("dampak.lock"), ALL, False, False),
    )
)
