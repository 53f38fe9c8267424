"""Find a comparison for each treated person."""

from toy.numbers import distance
from toy.rows import parse, render


def match(text, settings):
    """Return one row per treated person with a comparison of nearly the same age."""
    rows = parse(text)
    treated = [row for row in rows if row["treated"] == "1"]
    others = [row for row in rows if row["treated"] == "0"]
    pairs = []
    for person in treated:
        nearest = min(others, key=lambda other: (distance(person, other), int(other["id"])))
        if distance(person, nearest) <= settings["match.caliper"]:
            pairs.append(
                {"id": person["id"], "other": nearest["id"], "income": person["income"], "compared": nearest["income"]}
            )
    return render(pairs)
