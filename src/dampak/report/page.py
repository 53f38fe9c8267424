"""An executed notebook as one self-contained HTML page, set like a journal article."""

from pathlib import Path
from typing import Any


def to_html(notebook: Any, *, language: str = "en") -> str:
    """Return the page of an executed notebook.

    The page needs no network: styles and pictures are inside it, and it has no script. Code is folded away under
    each cell. It does not typeset formulas.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed.
    language
        Of the text, for screen readers and hyphenation.

    Returns
    -------
    str
        HTML; the same notebook gives the same text.
    """
    from nbconvert import HTMLExporter

    folder = Path(__file__).parent
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        raw_template=(folder / "page.html.j2").read_text(encoding="utf-8"),
        exclude_anchor_links=True,
    )
    style = (folder / "page.css").read_text(encoding="utf-8").strip()
    resources = {"style": style, "title": _title(notebook), "language": language}
    body, _ = exporter.from_notebook_node(notebook, resources={"page": resources})
    return "\n".join(line.rstrip() for line in body.strip().splitlines()) + "\n"


def _title(notebook: Any) -> str:
    """Return the first heading of the notebook, or a plain word."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("# "):
                    return str(line.removeprefix("# ").strip())
    return "Notebook"
