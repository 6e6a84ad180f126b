"""How things show themselves: small tables, as text in a terminal and as static HTML in a notebook, light or dark.

The HTML takes its colours from the page around it, runs nothing, and escapes whatever a scenario's author wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_TABLE = "border-collapse:collapse;margin:.4em 0"
_CAPTION = "caption-side:top;text-align:left;font-weight:600;padding:.2em 0"
_CELL = "padding:.15em .7em .15em 0;border-bottom:1px solid rgba(128,128,128,.3);vertical-align:top;text-align:"


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table: headers, rows of texts, and which columns are numbers.

    >>> print(Grid("Shelves", ("node", "units"), (("lyon", "4"), ("lille", "12")), numbers=(1,)).text())
    Shelves
    node   units
    lyon       4
    lille     12
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()

    def text(self) -> str:
        """For a terminal: columns as wide as they must be, numbers to the right."""
        widths = [max(map(len, column)) for column in zip(self.headers, *self.rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if i in self.numbers else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in (self.headers, *self.rows)
        ]
        return "\n".join([*([self.title] if self.title else []), *lines])

    def html(self) -> str:
        """For a notebook: a table with its caption and heads of columns."""
        head = "".join(self._cell("th", i, text, " scope=col") for i, text in enumerate(self.headers))
        body = "".join(
            f"<tr>{''.join(self._cell('td', i, text) for i, text in enumerate(row))}</tr>" for row in self.rows
        )
        caption = f'<caption style="{_CAPTION}">{escape(self.title)}</caption>' if self.title else ""
        return f'<table style="{_TABLE}">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def _cell(self, tag: str, column: int, text: str, more: str = "") -> str:
        side = "right" if column in self.numbers else "left"
        return f'<{tag}{more} style="{_CELL}{side}">{escape(text)}</{tag}>'


def paragraphs(texts: Sequence[str]) -> str:
    """Texts as HTML paragraphs."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def bundle(text: str, html: str) -> dict[str, str]:
    """What `_repr_mimebundle_` gives to Jupyter: the same thing for a console and for a page."""
    return {"text/plain": text, "text/html": html}
