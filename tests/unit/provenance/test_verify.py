"""The comparison of figure hashes names every difference."""

from pathlib import Path

import pytest

from dampak.errors import DataError
from dampak.provenance.verify import compare, figure_hashes, write_hashes


def test_a_changed_missing_and_new_figure_are_each_named(tmp_path: Path) -> None:
    figures = tmp_path / "s" / "figures"
    figures.mkdir(parents=True)
    for name in ("a.png", "b.svg", "c.txt"):
        (figures / name).write_text(name)
    kept = tmp_path / "figures.sha256"
    write_hashes(kept, figure_hashes(tmp_path, ["s"]))
    assert compare(kept, figure_hashes(tmp_path, ["s"])) == []
    (figures / "a.png").write_text("changed")
    (figures / "b.svg").unlink()
    (figures / "d.pdf").write_text("new")
    sentences = compare(kept, figure_hashes(tmp_path, ["s"]))
    assert [s.split(":")[0] for s in sentences] == [f"results/s/figures/{n}" for n in ("a.png", "b.svg", "d.pdf")]
    assert "differs" in sentences[0] and "missing" in sentences[1] and "new" in sentences[2]


def test_without_kept_hashes_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="verify --update"):
        compare(tmp_path / "none", {})
