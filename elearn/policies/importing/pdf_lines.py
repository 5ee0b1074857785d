"""The printed lines of a PDF's page, and its tables' rows, told by where the text stands. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from elearn.policies.importing.numbering import read_mark

_ROW = "row"
_AFTER_MARK = "\x1f"
_MOST_CELL_LINES = 10
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_DOTS = {
    "\x7f": "•",
    "\uf0b7": "•",
    "\uf0a7": "▪",
    "\uf0d8": "➢",
    "\uf0fc": "✓",
    "\uf06f": "o",
    "\uf02d": "-",
}
BULLETS = frozenset("•●▪‣◦·○■□➢➤✓✔–—-o")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u2011": "-", **_DOTS}
)
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\u200b\ufeff]")


@dataclass(slots=True)
class Fragment:
    """Some text that begins at a point of the page (points from the lower left); `end` where it is known."""

    text: str
    x: float
    y: float
    size: float
    font: str
    is_level: bool
    end: float = 0.0


@dataclass(slots=True)
class Page:
    """What one page holds."""

    number: int
    width: float
    height: float
    fragments: list[Fragment]

    @property
    def letters(self) -> int:
        """How much text there is on it."""
        return sum(len(fragment.text.strip()) for fragment in self.fragments)


@dataclass(slots=True)
class PageLine:
    """One printed line: fragments on one height."""

    y: float
    size: float
    fragments: list[Fragment] = field(default_factory=list)
    text: str = ""
    why: str = ""
    lead: float = 0.0
    column: float = 0.0
    low: float = 0.0

    @property
    def x(self) -> float:
        """Where the line begins."""
        return min(fragment.x for fragment in self.fragments) + self.lead

    @property
    def is_bold(self) -> bool:
        """Whether every word is set in bold."""
        marked = [one for one in self.fragments if any(letter.isalnum() for letter in one.text)]
        return bool(marked) and all(_BOLD.search(fragment.font) for fragment in marked)


def lines_of(page: Page) -> list[PageLine]:
    lines: list[PageLine] = []
    for fragment in _in_order(page):
        current = lines[-1] if lines else None
        if current is None or abs(current.y - fragment.y) > 0.5 * max(current.size, fragment.size):
            lines.append(PageLine(fragment.y, fragment.size, [fragment]))
            continue
        current.fragments.append(fragment)
        if fragment.size > current.size:
            current.size, current.y = fragment.size, fragment.y
    for line in lines:
        _write(line)
    return [line for line in lines if line.text]


def whole_table_rows(lines: list[PageLine]) -> list[PageLine]:
    """A table's row whose cells run over several lines as one line: its cells, set off by tabs."""
    whole: list[PageLine] = []
    for line in lines:
        above = whole[-1] if whole else None
        if above is not None and above.why != _ROW and _begins_cell(line, whole):
            first = _first_of_row(line, whole)
            above = _one_row(whole[first:])
            whole[first:] = [above]
            _take_in(line, above)
        elif above is not None and (above.why == _ROW or "\t" in above.text) and _goes_on_in_row(line, above):
            _take_in(line, above)
        else:
            whole.append(line)
    for line in whole:
        line.why = ""
    return whole


def _one_row(cell: list[PageLine]) -> PageLine:
    """The lines of a row's first cell as the beginning of the row."""
    for line in cell:
        _write(line, in_table=True)
    fragments = [fragment for line in cell for fragment in line.fragments]
    row = PageLine(cell[0].y, cell[0].size, fragments, " ".join(line.text for line in cell), _ROW)
    row.column, row.low = cell[-1].column, cell[-1].y
    return row


def _take_in(line: PageLine, row: PageLine) -> None:
    is_new = abs(line.x - row.column) > line.size
    row.text += ("\t" if is_new else " ") + line.text
    row.y, row.column, row.low, row.why = max(row.y, line.y), line.column, line.y, _ROW


def _begins_cell(line: PageLine, before: list[PageLine]) -> bool:
    """Whether the text jumps up and to the right, as from one cell to the next."""
    above = before[-1]
    return (
        line.y > above.y + 0.5 * line.size
        and line.x > above.x + line.size
        and (len(before) - _first_of_row(line, before) <= _MOST_CELL_LINES)
    )


def _first_of_row(line: PageLine, before: list[PageLine]) -> int:
    first = len(before) - 1
    while (
        first > 0
        and before[first - 1].y <= line.y + 0.6 * line.size
        and before[first - 1].y > before[first].y
    ):
        first -= 1
    return first


def _goes_on_in_row(line: PageLine, row: PageLine) -> bool:
    """Whether a line is the next of the row's last cell, or begins the next cell."""
    low = row.low or row.y
    if abs(line.x - row.column) <= line.size:
        return 0 < low - line.y < 1.6 * line.size
    return (
        row.why == _ROW
        and line.x > row.column + line.size
        and low - line.y <= 1.6 * line.size
        and (line.y <= row.y + 0.6 * line.size)
    )


def _in_order(page: Page) -> list[Fragment]:
    """The fragments as they are read: in the order of the file, unless that jumps about on the page."""
    level = [fragment for fragment in page.fragments if fragment.is_level]
    steps = [one.y - two.y for one, two in pairwise(level) if abs(one.y - two.y) > 0.5 * one.size]
    upwards = sum(step < 0 for step in steps)
    if upwards * 4 <= len(steps):
        return level
    return sorted(level, key=lambda fragment: (-round(fragment.y / 3), fragment.x))


def _write(line: PageLine, *, in_table: bool = False) -> None:
    """Put the line's fragments together; wide spaces become tabs, as between the cells of a table."""
    known, guessed = (0.8 * line.size, (1 if in_table else 2.5) * line.size)
    written, end, column, is_known = "", 0.0, line.x, False
    for fragment in sorted(line.fragments, key=lambda one: one.x):
        text = _ODD.sub("", fragment.text.translate(_LIGATURES).replace("\n", " "))
        if _is_note_mark(fragment, line) and written:
            continue
        gap = fragment.x - end
        if written and gap > (known if is_known else guessed):
            # Behind a number the space may be a hanging indent; it is a cell's only where more cells follow.
            written = written.rstrip() + (_AFTER_MARK if _is_mark(written) else "\t")
            column = column if _is_mark(written) else fragment.x
        elif written and (gap > 0.2 * line.size or written.strip() in BULLETS) and not written.endswith(" "):
            written += " "
        written += text
        is_known = fragment.end > 0
        end = fragment.end or fragment.x + 0.5 * fragment.size * len(fragment.text)
    line.lead = 0.5 * line.size * (len(written) - len(written.lstrip(" ")))
    written = written.replace(_AFTER_MARK, "\t" if "\t" in written or in_table else " ")
    line.text, line.column = _spaced(written), column


def _spaced(text: str) -> str:
    """The text with its wide spaces as tabs, save behind a bullet or number."""
    first, *others = re.split(r" {3,}", text.strip())
    if others and _is_mark(first):
        first = f"{first} {others.pop(0)}"
    return re.sub(r" {2,}", " ", "\t".join([first, *others]))


def _is_note_mark(fragment: Fragment, line: PageLine) -> bool:
    """Whether this is the small raised number of a footnote."""
    raised = fragment.y - line.y > 0.15 * line.size
    return fragment.text.strip().isdigit() and fragment.size < 0.8 * line.size and raised


def _is_mark(text: str) -> bool:
    """Whether only a bullet, number or letter stands so far on the line."""
    bare = text.strip()
    return bare in BULLETS or (len(bare) < 12 and read_mark(f"{bare} X") is not None and " " not in bare)
