"""Words right below an item of a list that lead to a list of their own, where no blank line is printed."""

from __future__ import annotations

from itertools import islice

from elearn.policies.importing.lines import Line
from elearn.policies.importing.numbering import Mark, read_mark, roman_value

_MOST_LINES = 3
_MOST_ITEMS = 60
_NESTING = frozenset("o◦▪○□")


def begins_lead_in(lines: list[Line], at: int, item: Line) -> bool:
    """Whether the words from line `at` on, below an item, end in a colon above a list that is not the item's."""
    if lines[at].indent > item.indent:
        return False
    for index in range(at, min(at + _MOST_LINES, len(lines) - 1)):
        line = lines[index]
        if index > at and (line.gap or _is_marked(line)):
            return False
        if line.body.endswith(":"):
            return _begins_other_list(lines, index + 1, item)
    return False


def _begins_other_list(lines: list[Line], at: int, item: Line) -> bool:
    """Whether a list as far out begins at the line and the item's own does not go on after it."""
    first = lines[at]
    mark = None if first.bullet else read_mark(first.body)
    if first.indent > item.indent or not (first.bullet or (mark and _is_first(mark))):
        return False
    if not item.bullet:
        return mark is not None and _begins_again(mark, read_mark(item.body))
    if first.bullet == item.bullet:
        return True
    return first.bullet not in _NESTING and not _goes_on(lines, at, item)


def _is_marked(line: Line) -> bool:
    return bool(line.bullet) or read_mark(line.body) is not None


def _is_first(mark: Mark) -> bool:
    return mark.path == (1,) or mark.printed.lower() in ("a", "i")


def _begins_again(mark: Mark, item: Mark | None) -> bool:
    """Whether a first number, letter or roman is set like that of the item: (i) after (b) is below it instead."""
    if item is None or mark.style != item.style or mark.is_number != item.is_number:
        return False
    return mark.is_number or (mark.printed.lower() == "i") == (roman_value(item.printed) > 0)


def _goes_on(lines: list[Line], at: int, item: Line) -> bool:
    """Whether another bullet like that of the item comes before the next words that are no item."""
    for line in islice(lines, at, at + _MOST_ITEMS):
        if line.bullet == item.bullet:
            return True
        if not _is_marked(line) and (line.gap or line.body.endswith(":")):
            return False
    return False
