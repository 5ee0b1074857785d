"""Texts that a page break has cut in two, made whole; and words after a list told from its last item."""

from __future__ import annotations

import re

from elearn.policies.importing.lines import Gap
from elearn.policies.importing.numbering import Series, letter_value, roman_value
from elearn.policies.importing.segments import Segment
from elearn.policies.importing.wording import (
    ends_in_function_word,
    is_open,
    is_title_like,
    starts_lower,
    words,
)

_JOINS = re.compile(r"^(?:but|and|or|unless|except|provided|save|without|in each case)\b", re.IGNORECASE)
_QUALIFIES = re.compile(r"^(?:unless|except|provided|save|in each case)\b", re.IGNORECASE)
_ASKS_FOR_MORE = re.compile(r"\b(?:and|or|but)$", re.IGNORECASE)
_GOES_ON = (";", "; and", "; or")
_LONG_CUT = 8
_MANY = 200


def join_cut_texts(segments: list[Segment]) -> list[Segment]:
    """Make whole what a page break or a blank line inside a sentence has cut in two."""
    joined: list[Segment] = []
    for index, segment in enumerate(segments):
        following = segments[index + 1] if index + 1 < len(segments) else None
        if joined and _is_rest_of(segment, joined, following):
            joined[-1].absorb(segment.text, segment.last)
            continue
        joined.append(segment)
    return joined


def _is_rest_of(segment: Segment, before: list[Segment], following: Segment | None) -> bool:
    previous = before[-1]
    if segment.hashes or previous.hashes or segment.gap is Gap.NONE or segment.bold:
        return False
    unfinished = is_open(previous.text) or previous.text.endswith(",")
    if not unfinished or not previous.text:
        return False
    if segment.series is Series.BULLET:
        return _is_rest_of_bullet(segment, before)
    if not segment.is_plain:
        return False
    if starts_lower(segment.text):
        return not _closes_list(segment, before, following)
    return segment.gap is Gap.PAGE and _was_cut(previous, segment)


def _was_cut(previous: Segment, segment: Segment) -> bool:
    """Whether a text that stopped at a page break goes on with a capital letter (a name, a title)."""
    if ends_in_function_word(previous.text) or previous.text.endswith(","):
        return True
    if previous.is_item or is_title_like(segment.text) or is_title_like(previous.text):
        return False
    return len(words(previous.text)) >= _LONG_CUT


def _is_rest_of_bullet(segment: Segment, before: list[Segment]) -> bool:
    """Whether a bullet stands before the second half of an item, which begins small among capitals."""
    previous = before[-1]
    if segment.gap is not Gap.PAGE or previous.series is not Series.BULLET or not starts_lower(segment.text):
        return False
    return previous.bullet == segment.bullet and not any(
        starts_lower(item.text) for item in _siblings(before)
    )


def _siblings(before: list[Segment]) -> list[Segment]:
    """The items of the list that the last segment ends, itself included."""
    last = before[-1]
    found = [last]
    for segment in before[-2:-_MANY:-1]:
        if segment.series is not last.series:
            break
        found.append(segment)
    return found


def _closes_list(segment: Segment, before: list[Segment], following: Segment | None) -> bool:
    """Whether small-lettered words after a list belong to the sentence above it, not to its last item."""
    previous = before[-1]
    if not previous.is_item:
        return False
    earlier = _siblings(before)[1:]
    if following is not None and following.series is previous.series and _same_list(previous, following):
        return False
    if previous.text.endswith(","):
        return _JOINS.match(segment.text) is not None or any(item.text.endswith(_GOES_ON) for item in earlier)
    if segment.gap is Gap.PAGE:
        return False
    if _QUALIFIES.match(segment.text) and not _ASKS_FOR_MORE.search(previous.text):
        return True
    if ends_in_function_word(previous.text):
        return False
    return all(is_open(item.text) for item in earlier)


def _same_list(item: Segment, following: Segment) -> bool:
    if item.mark and following.mark:
        one, two = item.mark, following.mark
        if item.series is Series.ORDERED:
            return two.path[0] == one.path[0] + 1
        value = letter_value if item.series is Series.LETTER else roman_value
        return value(two.printed) == value(one.printed) + 1
    return item.bullet == following.bullet and item.indent == following.indent
