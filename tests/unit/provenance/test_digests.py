"""A digest is remembered for as long as the file has not changed, whatever its modification time says."""

import hashlib
import json
import os
from pathlib import Path

from dampak.provenance.digests import STORE, Digests


def settle(path: Path) -> None:
    """Make a file old enough to be remembered."""
    import time

    time.sleep(0.06)


def test_an_edit_with_the_old_size_and_modification_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("1\n")
    settle(file)
    digests = Digests(tmp_path)
    assert digests.of("x.csv") == hashlib.sha256(b"1\n").hexdigest()
    digests.save()
    times = file.stat()
    file.write_text("2\n")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert Digests(tmp_path).of("x.csv") == hashlib.sha256(b"2\n").hexdigest()


def test_a_remembered_digest_is_not_computed_again(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1\n")
    settle(tmp_path / "x.csv")
    digests = Digests(tmp_path)
    digests.of("x.csv")
    digests.save()
    store = tmp_path / STORE
    known = json.loads(store.read_text())
    known["x.csv"][1] = "remembered"
    store.write_text(json.dumps(known))
    assert Digests(tmp_path).of("x.csv") == "remembered"


def test_a_file_of_this_moment_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1\n")
    digests = Digests(tmp_path)
    digests.of("x.csv")
    digests.save()
    assert not (tmp_path / STORE).exists()


def test_a_damaged_memory_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / STORE).parent.mkdir(parents=True)
    (tmp_path / STORE).write_text("{")
    (tmp_path / "x.csv").write_text("1\n")
    assert Digests(tmp_path).of("x.csv") == hashlib.sha256(b"1\n").hexdigest()


def test_what_is_not_a_file_has_no_digest(tmp_path: Path) -> None:
    assert Digests(tmp_path).of("absent") is None
    assert Digests(tmp_path).of(".") is None
