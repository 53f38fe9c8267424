"""Print the effect and its interval."""

from toy.numbers import label
from toy.rows import parse, render


def table(text, settings):
    """Return a table for print."""
    (row,) = parse(text)
    shown = {name: label(row[name], settings["digits"]) for name in ("effect", "low", "high")}
    return render([{"what": settings["table.heading"], **shown}])
