"""Hashes of the figures, kept in git, so that a changed picture is seen before it is published."""

from pathlib import Path

from dampak.errors import DataError
from dampak.provenance.digests import file_sha256
from dampak.provenance.writing import write_atomically

SUFFIXES = {".png", ".svg", ".pdf"}


def figure_hashes(results: Path, studies: list[str]) -> dict[str, str]:
    """Return {path relative to `results`: SHA-256} for every figure file of the studies, sorted by path."""
    files = [p for s in studies for p in (results / s / "figures").glob("*") if p.suffix in SUFFIXES]
    return {p.relative_to(results).as_posix(): file_sha256(p) for p in sorted(files)}


def write_hashes(kept: Path, hashes: dict[str, str]) -> None:
    """Write the hashes in the format of `sha256sum`."""
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items()))
    write_atomically(kept, lambda p: p.write_text(text, encoding="utf-8"))


def read_hashes(kept: Path) -> dict[str, str]:
    """Read hashes that `write_hashes` wrote.

    Raises
    ------
    DataError
        When the file is missing.
    """
    if not kept.is_file():
        raise DataError(f"{kept}: no hashes are kept yet; look at the figures, then run 'dampak verify --update'")
    lines = kept.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines if line)}


def compare(kept: Path, hashes: dict[str, str]) -> list[str]:
    """Return one sentence per figure that differs from the kept hash, is missing, or is new; empty when all agree."""
    before = read_hashes(kept)
    sentences = []
    for name in sorted(before.keys() | hashes.keys()):
        if name not in hashes:
            sentences.append(f"results/{name}: missing, but git keeps a hash for it")
        elif name not in before:
            sentences.append(f"results/{name}: new, git keeps no hash for it; run 'dampak verify --update'")
        elif before[name] != hashes[name]:
            sentences.append(
                f"results/{name}: differs from the figure that git keeps; look at it, then 'dampak verify --update'"
            )
    return sentences
