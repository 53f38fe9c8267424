"""Draw the effect and its interval."""

from toy.numbers import label
from toy.rows import parse


def figure(text, settings):
    """Return an SVG of the effect."""
    (row,) = parse(text)
    width, height = settings["figure.width"], settings["figure.height"]
    places = [width / 2 + float(row[name]) for name in ("low", "effect", "high")]
    low, middle, high = (f"{place:.2f}" for place in places)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">\n'
        f'<line x1="{low}" x2="{high}" y1="{height // 2}" y2="{height // 2}" stroke="black"/>\n'
        f'<circle cx="{middle}" cy="{height // 2}" r="4"/>\n'
        f'<text x="10" y="20">{label(row["effect"], settings["digits"])}</text>\n'
        "</svg>\n"
    )
