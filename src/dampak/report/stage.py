"""The notebook stage: a source notebook becomes an executed one and a page to read."""

from pathlib import Path
from typing import Any

from dampak.report.notebook import execute
from dampak.report.page import to_html


def notebook_stage(source: Path, *, results: Path, study: str, settings: dict[str, Any]) -> tuple[str, str]:
    """Execute a notebook for a study and print it.

    Parameters
    ----------
    source
        The notebook without outputs.
    results
        Folder that holds one folder per study.
    study
        Name of the study.
    settings
        See `dampak.report.tables.StudyResults`.

    Returns
    -------
    tuple of str
        Text of the executed `.ipynb`, and of the HTML page.
    """
    import nbformat

    notebook = execute(source, results=results, study=study, settings=settings)
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return text + "\n", to_html(notebook, language=settings.get("language") or "en")
