"""Rows of a CSV text, as dictionaries."""

import csv
import io


def parse(text):
    """Return the rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def render(rows):
    """Return the CSV text of rows that have the same columns."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
