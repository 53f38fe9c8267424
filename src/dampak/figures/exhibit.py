"""An exhibit on disk: one figure in every format, its caption beside it."""

from pathlib import Path

from matplotlib.figure import Figure

from dampak.figures.style import save
from dampak.provenance.writing import write_atomically


def write_exhibit(figure: Figure, caption: str, stem: Path) -> None:
    """Write `<stem>.png`, `.svg`, `.pdf`, and the caption as `<stem>.txt` (UTF-8, one line)."""
    save(figure, stem)
    write_atomically(stem.parent / f"{stem.name}.txt", lambda p: p.write_text(caption.strip() + "\n", encoding="utf-8"))
