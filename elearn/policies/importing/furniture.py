"""Lines that are no policy: running headers and footers, page numbers, rules, pictures, contents lists."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from elearn.policies.importing.lines import PAGE_BLANKS, Gap, Line
from elearn.policies.importing.numbering import read_mark
from elearn.policies.importing.wording import ends_sentence, is_normative, is_open, starts_lower, words

RUNNING = "running header or footer"
PAGE_NUMBER = "page number"
CONTENTS = "contents list"
_PAGE = re.compile(
    r"^(?:page|p\.?|pg\.?)\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?$|^\d{1,4}\s*\|\s*p(?:age)?$"
    r"|^[-–—]\s*\d{1,4}\s*[-–—]$"
    r"|^\d{1,4}\s*(?:/|of)\s*\d{1,4}$|^\[\s*\d{1,4}\s*\]$",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"^\d{1,3}$")
_PAGE_INSIDE = re.compile(
    r"\bpage\s*:?\s*\d+|\b\d+\s+of\s+\d+|\|\s*\d+$|^\d+\s*\||(?:^|\s)\d{1,3}$|^\d{1,3}\s", re.IGNORECASE
)
_RULE = re.compile(r"^[-=_*~.·•\s–—|:+]+$")
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)$|^<img\b[^>]*>$", re.IGNORECASE)
_COMMENT = re.compile(r"^<!--.*-->$")
_HOUSE_WORDS = re.compile(
    r"\b(?:policy|trust|academy|academies|school|college|federation|partnership|version|confidential"
    r"|draft|uncontrolled|page"
    r"|procedure|handbook|reviewed?|issue|council|www|https?)\b",
    re.IGNORECASE,
)
_CONTENTS_TITLE = re.compile(r"^(?:table of |list of )?contents(?: page| list)?\s*[:.]?$", re.IGNORECASE)
_LEADER = re.compile(r"(?:\.{3,}|…+|(?:\s\.){3,}|_{4,}|·{3,})[\s.]*\d{1,3}\s*$")
_PAGE_AT_END = re.compile(r"(?:[\s.…]|(?<=[^\d\s]))\s*\d{1,3}$")
_DIGITS = re.compile(r"\d+")
_CONTENTS_WORDS = 18
_RUNNING_WORDS = 16
_LONG_LINE = 6
_EDGE = 5  # lines that a header and a footer together may hold


@dataclass(slots=True)
class Sorted:
    """Lines sorted into those kept and those left out (and why), and the running lines that make rules."""

    kept: list[Line] = field(default_factory=list)
    left_out: list[tuple[Line, str]] = field(default_factory=list)
    running_rules: list[Line] = field(default_factory=list)


def sort_out(lines: list[Line], known: Mapping[int, str] = MappingProxyType({})) -> Sorted:
    """Take the furniture away. What is kept learns whether a page break stands before it.

    `known` says of lines, by number, why they are left out: their place on the page has told already.
    """
    why = {index: known[line.number] for index, line in enumerate(lines) if line.number in known}
    _mark_small_things(lines, why)
    _mark_running(lines, why)
    _mark_contents(lines, why)
    return _collect(lines, why)


def _collect(lines: list[Line], why: dict[int, str]) -> Sorted:
    found = Sorted()
    usual = _usual_blanks(lines)
    gap = Gap.NONE
    ruled: set[str] = set()
    for index, line in enumerate(lines):
        gap = max(gap, _gap_before(line, usual))
        if index not in why:
            line.gap, gap = gap, Gap.NONE
            found.kept.append(line)
            continue
        found.left_out.append((line, why[index]))
        gap = Gap.PAGE if why[index] in (RUNNING, PAGE_NUMBER) else max(gap, Gap.BLANK)
        if why[index] == RUNNING and is_normative(line.text) and line.text not in ruled:
            ruled.add(line.text)
            found.running_rules.append(line)
    return found


def _usual_blanks(lines: list[Line]) -> int:
    """The number of blank lines that most often stands between paragraphs."""
    counts: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.blanks:
            counts[line.blanks] += 1
    return max(counts, key=lambda blanks: counts[blanks], default=1)


def _gap_before(line: Line, usual: int) -> Gap:
    if line.feed or line.blanks >= max(PAGE_BLANKS, usual + 1):
        return Gap.PAGE
    return Gap.BLANK if line.blanks else Gap.NONE


def _mark_small_things(lines: list[Line], why: dict[int, str]) -> None:
    for index, line in enumerate(lines):
        reason = _small_thing(line, index, lines)
        if reason and index not in why:
            why[index] = reason
    _mark_front_matter(lines, why)


def _small_thing(line: Line, index: int, lines: list[Line]) -> str | None:
    if _PAGE.match(line.text) or _PAGE.match(line.raw):
        return PAGE_NUMBER
    if _BARE_NUMBER.match(line.text) and _stands_alone(index, lines):
        return PAGE_NUMBER
    if line.bullet and not line.body:
        follower = lines[index + 1] if index + 1 < len(lines) else None
        joined = follower is not None and not follower.blanks and not follower.bullet and not follower.feed
        return None if joined else "empty bullet"
    if _PICTURE.match(line.raw):
        return "picture"
    if _COMMENT.match(line.raw) and not is_normative(line.raw):
        return "comment"
    if _RULE.match(line.raw):
        return "ruled line"
    return None


def _stands_alone(index: int, lines: list[Line]) -> bool:
    line = lines[index]
    after = lines[index + 1] if index + 1 < len(lines) else None
    return bool(line.blanks or line.feed or index == 0) or after is None or after.feed or after.blanks > 0


def _mark_front_matter(lines: list[Line], why: dict[int, str]) -> None:
    if not lines or lines[0].raw != "---":
        return
    for index, line in enumerate(lines[1:60], start=1):
        if line.raw in ("---", "..."):
            for inside in range(index):
                if not is_normative(lines[inside].text):
                    why.setdefault(inside, "document record")
            return


# Running headers and footers


def _mark_running(lines: list[Line], why: dict[int, str]) -> None:
    groups = _repeated(lines, why)
    candidates = {index for group in groups.values() for index in group}
    numbered = (
        sum(1 for line in lines if (mark := read_mark(line.body)) and mark.is_number and not line.tabbed) >= 6
    )
    usual = _usual_blanks(lines)
    body_at = next(
        (i for i, line in enumerate(lines) if i not in candidates and len(words(line.text)) > 12), 0
    )
    running: set[str] = set()
    for key, group in groups.items():
        evidence = sum(_at_page_edge(index, lines, why, candidates, usual) for index in group)
        if _is_running(
            [lines[index] for index in group], evidence, numbered=numbered, on_cover=group[0] < body_at
        ):
            running.add(key)
            why.update(dict.fromkeys(group, RUNNING))
    _mark_companions(groups, lines, why, running)
    _mark_split_running(lines, why, running)


def _key(text: str) -> str:
    """The same for each printing of a running line: digits count only where no page number can be meant."""
    low = text.casefold()
    return _DIGITS.sub("#", low) if _PAGE_INSIDE.search(low) else low


def _repeated(lines: list[Line], why: dict[int, str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        mark = read_mark(line.body)
        if index in why or line.bullet or len(words(line.text)) > _RUNNING_WORDS:
            continue
        if index and _is_end_of_wrapped(line, lines[index - 1]):
            continue
        if (mark and mark.style != "bare") or _LEADER.search(line.text):
            continue
        groups[_key(line.text)].append(index)
    return {key: group for key, group in groups.items() if len(group) > 1 and _pages_rise(key, group, lines)}


def _is_end_of_wrapped(line: Line, above: Line) -> bool:
    """Whether a line without space above it goes on from an unfinished one ("rule / 18 of this policy.")."""
    if line.blanks or line.feed or not is_open(above.text):
        return False
    if ends_sentence(line.text) and (line.text[:1].isdigit() or len(words(above.text)) >= _LONG_LINE):
        return True
    return starts_lower(line.text)


def _pages_rise(key: str, group: list[int], lines: list[Line]) -> bool:
    """Where the printings differ in digits only, whether one of the numbers rises as page numbers do."""
    if len({lines[index].text for index in group}) == 1 or "#" not in key:
        return True
    rows = [[int(number) for number in _DIGITS.findall(lines[index].text)] for index in group]
    return any(
        all(later > earlier for earlier, later in pairwise(column)) for column in zip(*rows, strict=False)
    )


def _at_page_edge(
    index: int, lines: list[Line], why: dict[int, str], candidates: set[int], usual: int
) -> bool:
    """Whether a page break shows beside a line: form feed, page number, wide space, or a cut sentence."""
    before, after = index - 1, index + 1
    edges = [lines[index]]
    for step in (-1, 1):
        at = index + step
        while (
            0 <= at < len(lines)
            and abs(at - index) <= _EDGE
            and (at in candidates or why.get(at) == PAGE_NUMBER)
        ):
            if why.get(at) == PAGE_NUMBER:
                return True
            edges.append(lines[at])
            at += step
        before, after = (at, after) if step < 0 else (before, at)
    if after < len(lines):
        edges.append(lines[after])
    if before < 0 or after >= len(lines):
        return True
    if any(_gap_before(edge, usual) is Gap.PAGE for edge in edges):
        return True
    return is_open(lines[before].text) and starts_lower(lines[after].body)


def _is_running(group: list[Line], evidence: int, *, numbered: bool, on_cover: bool) -> bool:
    count, text = len(group), group[0].text
    if is_normative(text) or (ends_sentence(text) and len(words(text)) > 7):
        return count > 2 and evidence == count and not text.endswith(":")
    if text.endswith(":"):
        return count > 2 and evidence == count
    if evidence >= max(2, count - 1):
        return True
    if _HOUSE_WORDS.search(text):
        return count > 2 or on_cover
    return count > 2 and (numbered or evidence * 2 >= count)


def _mark_companions(
    groups: dict[str, list[int]], lines: list[Line], why: dict[int, str], running: set[str]
) -> None:
    """A repeated line that never stands without a running line beside it is the rest of that header."""
    for key, group in groups.items():
        if key in running or len(group) < 3 or is_normative(lines[group[0]].text):
            continue
        if all(RUNNING in (why.get(index - 1), why.get(index + 1)) for index in group):
            running.add(key)
            why.update(dict.fromkeys(group, RUNNING))


def _mark_split_running(lines: list[Line], why: dict[int, str], running: set[str]) -> None:
    """A running line that is printed on two or three lines here and there."""
    for width in (2, 3):
        for start in range(len(lines) - width + 1):
            span = range(start, start + width)
            if any(why.get(index) not in (None, RUNNING) for index in span):
                continue
            if _key(" ".join(lines[index].text for index in span)) in running:
                why.update(dict.fromkeys(span, RUNNING))


# The contents list


def _mark_contents(lines: list[Line], why: dict[int, str]) -> None:
    last_seen: dict[str, int] = {}
    for index, line in enumerate(lines):
        if index not in why:
            last_seen[_entry(line)] = index
    index = 0
    while index < len(lines):
        line = lines[index]
        if index not in why and _is_contents_title(line) and not line.bullet:
            why[index] = CONTENTS
            index = _mark_entries(lines, why, index + 1, last_seen)
            continue
        if index not in why and _LEADER.search(line.text) and len(words(line.text)) <= _CONTENTS_WORDS:
            why[index] = CONTENTS
        index += 1


def _is_contents_title(line: Line) -> bool:
    return _CONTENTS_TITLE.match(_PAGE_AT_END.sub("", line.body).rstrip(" .…")) is not None


def _mark_entries(lines: list[Line], why: dict[int, str], start: int, last_seen: dict[str, int]) -> int:
    seen: set[str] = set()
    for index in range(start, len(lines)):
        if index in why:
            continue
        line = lines[index]
        entry = _entry(line)
        paged = _has_page(line)
        if entry in seen and not paged:
            return index
        if not (paged or _comes_again(entry, index, last_seen) or _wraps(lines, why, index)):
            return index
        why[index] = CONTENTS
        seen.add(entry)
    return len(lines)


def _has_page(line: Line) -> bool:
    return len(words(line.text)) <= _CONTENTS_WORDS and _PAGE_AT_END.search(line.text) is not None


def _comes_again(entry: str, index: int, last_seen: dict[str, int]) -> bool:
    return bool(entry) and len(words(entry)) <= _CONTENTS_WORDS and last_seen.get(entry, -1) > index


def _wraps(lines: list[Line], why: dict[int, str], index: int) -> bool:
    """An entry too long for its line, whose page number stands on the next."""
    after = index + 1
    short = len(words(lines[index].text)) <= _CONTENTS_WORDS and not ends_sentence(lines[index].text)
    follows_on = after < len(lines) and after not in why and not lines[after].blanks
    return short and follows_on and _has_page(lines[after]) and read_mark(lines[after].body) is None


def _entry(line: Line) -> str:
    """An entry's title alone: no number before it, no leader and page after it."""
    text = _LEADER.sub("", line.body)
    text = _PAGE_AT_END.sub("", text) if line.tabbed or text == line.body else text
    mark = read_mark(text)
    rest = mark.rest if mark and mark.is_number else text
    return rest.strip(" .…:").casefold()
