"""What a notebook cell shows: prose, a table, a figure, each with a plain-text form."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any


@dataclass(frozen=True, repr=False)
class Prose:
    """Running text in Markdown."""

    text: str

    def _repr_markdown_(self) -> str:
        # A bare dollar sign opens mathematics where notebooks are read.
        return self.text.replace("$", r"\$")

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, repr=False)
class Grid:
    """A table of printed cells.

    Attributes
    ----------
    title
        What the table shows; empty for none.
    heads
        Column headings.
    rows
        Printed cells, one tuple a row.
    numeric
        Whether each column holds numbers, which are set flush right.
    bold
        Indices of rows to emphasise.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    bold: frozenset[int] = field(default_factory=frozenset)

    def _repr_html_(self) -> str:
        kinds = ['class="num"' if number else 'class="text"' for number in self.numeric]
        title = f"<caption>{escape(self.title)}</caption>\n" if self.title else ""
        heads = "".join(f"<th {k}>{escape(h)}</th>" for k, h in zip(kinds, self.heads, strict=True))
        lines = []
        for i, row in enumerate(self.rows):
            cells = "".join(f"<td {k}>{escape(c)}</td>" for k, c in zip(kinds, row, strict=True))
            lines.append(f'<tr class="key">{cells}</tr>' if i in self.bold else f"<tr>{cells}</tr>")
        body = "\n".join(lines)
        return f"<table>\n{title}<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"

    def __repr__(self) -> str:
        table = [self.heads, *self.rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(
                c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, widths, self.numeric, strict=True)
            ).rstrip()
            for row in table
        ]
        return "\n".join([*([self.title] if self.title else []), *lines])


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure with its caption.

    Attributes
    ----------
    png
        Bytes of the picture.
    finding
        The title of the picture, which stands in for it where it cannot be seen.
    caption
        The rest of the caption.
    drawn_by
        File and function that drew it.
    """

    png: bytes
    finding: str
    caption: str
    drawn_by: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, str]:
        source = f"data:image/png;base64,{b64encode(self.png).decode('ascii')}"
        html = (
            f'<figure>\n<img src="{source}" alt="{escape(self.finding, quote=True)}">\n'
            f"<figcaption><strong>{escape(self.finding)}</strong> {escape(self.caption)} "
            f'<span class="source">{escape(self.drawn_by)}</span></figcaption>\n</figure>'
        )
        return {"text/html": html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"{self.finding} {self.caption} {self.drawn_by}"
