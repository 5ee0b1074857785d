"""What any kind of file gives the reader of lines: text, warnings, and lines known to be no policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text. `known` says why a line, counted from 1, is left out: its place on the page tells."""

    text: str
    warnings: tuple[str, ...] = ()
    known: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a document that was no plain text, with the blank lines before it; `why` leaves it out."""

    text: str
    blanks: int = 0
    why: str = ""


def to_extracted(rows: Iterable[Row], warnings: Iterable[str] = ()) -> Extracted:
    """The rows as one text."""
    lines: list[str] = []
    known: dict[int, str] = {}
    for row in rows:
        lines.extend("" for _ in range(row.blanks if lines else 0))
        lines.append(row.text)
        if row.why:
            known[len(lines)] = row.why
    return Extracted("\n".join(lines), tuple(warnings), known)
