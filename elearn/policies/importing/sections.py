"""Whether the single numbers of a document ("1.") count its sections, or only items of lists."""

from __future__ import annotations

from itertools import pairwise

from elearn.policies.importing.lines import Line
from elearn.policies.importing.numbering import Mark, follows, read_mark
from elearn.policies.importing.wording import is_sentence, is_title_case, is_title_like, starts_lower


def has_section_numbers(lines: list[Line]) -> bool:
    """Whether single numbers ("1.") count sections or clauses of the document, not items of lists."""
    lone = lone_titles(lines)
    marks = [
        (line, mark)
        for line in lines
        if (mark := read_mark(line.body))
        and mark.is_number
        and mark.style not in ("(x)", "lettered", "step")
        and line.number not in lone
    ]
    if any(mark.style in ("dotted", "section") and not starts_lower(mark.rest) for _, mark in marks):
        return True
    singles = [
        (line, mark)
        for line, mark in marks
        if mark.style != "bare" and (line.gap or line.bullet or line.hashes)
    ]
    all_singles = [(line, mark) for line, mark in marks if mark.style != "bare"]
    if any(line.hashes or line.bold for line, _ in singles) and len(singles) > 1:
        return True
    if not all_singles:
        return False
    starts = sum(1 for _, mark in all_singles if mark.path == (1,))
    if starts > 1:
        return _titles_count_on(lines)
    return not _is_one_list(lines, [line for line, _ in all_singles])


def lettered_numbers(lines: list[Line]) -> frozenset[int]:
    """Lines whose numbers with letters ("A1.2") count the document's clauses.

    Two of them at least follow on each other; a lone "A4" is no number.
    """
    marks = [(line, mark) for line in lines if (mark := read_mark(line.body)) is not None and mark.has_letter]
    pairs = pairwise(marks)
    counts = any(follows(after.path, before.path) for (_, before), (_, after) in pairs)
    return frozenset(line.number for line, _ in marks) if counts else frozenset()


def _titles_count_on(lines: list[Line]) -> bool:
    """Whether, among numbers that begin again and again, short titles run 1, 2, 3 through the document."""
    expected = 1
    for index, line in enumerate(lines):
        mark = read_mark(line.body)
        if mark and mark.path == (expected,) and mark.style != "bare" and is_title_like(mark.rest):
            after = lines[index + 1] if index + 1 < len(lines) else None
            next_mark = read_mark(after.body) if after else None
            if after and not (next_mark and next_mark.path == (expected + 1,)):
                expected += 1
    return expected > 2


def _is_one_list(lines: list[Line], items: list[Line]) -> bool:
    """Whether the numbered lines stand together below a lead-in or a title without a number."""
    first, last = items[0].number, items[-1].number
    before = [line for line in lines if line.number < first]
    inside = [line for line in lines if first < line.number < last and line not in items]
    titles = [line for line in inside if line.gap and is_title_like(line.body) and is_title_case(line.body)]
    if not before or titles:
        return False
    prose = [line for line in inside if line.gap and not line.bullet and not starts_lower(line.body)]
    outside = [line for line in lines if line.number < first or line.number > last]
    title_lines = [line for line in outside if line.gap and not line.bullet and is_title_like(line.body)]
    lead_in = before[-1].text.endswith(":")
    return not prose and (lead_in or len(title_lines) > 2)


def lone_titles(lines: list[Line]) -> frozenset[int]:
    """Lines such as "3. Rules" that stand like a title though no 2 and no 4 is printed anywhere.

    Set apart above, worded as a title, below no lead-in, and with prose beneath.
    """
    marks = [
        mark if mark and mark.style == "x." else None for mark in (read_mark(line.body) for line in lines)
    ]
    printed = {mark.path for mark in marks if mark}
    return frozenset(
        line.number
        for index, (line, mark) in enumerate(zip(lines, marks, strict=True))
        if mark
        and mark.is_number
        and not _is_counted(mark, printed)
        and _stands_like_title(lines, index, mark)
    )


def _is_counted(mark: Mark, printed: set[tuple[int, ...]]) -> bool:
    """Whether the number before it, or the one after it, is printed too."""
    number = mark.path[0]
    return bool({(number - 1,), (number + 1,)} & printed)


def _stands_like_title(lines: list[Line], index: int, mark: Mark) -> bool:
    line, above = lines[index], lines[index - 1] if index else None
    if not (line.gap or line.hashes or line.bold) or line.bullet or index + 1 == len(lines):
        return False
    if above is not None and above.text.endswith((":", ",")):
        return False
    beneath = lines[index + 1]
    is_prose = read_mark(beneath.body) is None and not beneath.bullet and not starts_lower(beneath.body)
    return is_title_like(mark.rest) and is_prose and is_sentence(beneath.body)
