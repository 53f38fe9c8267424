"""Keep the people whose age counts."""

from toy.rows import parse, render


def clean(text, settings):
    """Return the rows within the age limits."""
    rows = parse(text)
    kept = [row for row in rows if settings["clean.min_age"] <= float(row["age"]) <= settings["clean.max_age"]]
    return render(kept)
