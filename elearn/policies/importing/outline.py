"""Which segments are titles, and which cover lines are no part of the policy's text."""

from __future__ import annotations

from collections.abc import Iterable

from elearn.policies.importing.numbering import Series
from elearn.policies.importing.record import makes_rule
from elearn.policies.importing.segments import RESTARTS, Segment
from elearn.policies.importing.wording import (
    MAX_TITLE_WORDS,
    is_capitals,
    is_normative,
    is_question_title,
    is_title_case,
    is_title_like,
    words,
)

_MARKED_WORDS = 18


def mark_titles(segments: list[Segment]) -> None:
    """Decide for every segment whether it is a title. Needs what comes after it, so runs over the whole."""
    for index in range(len(segments) - 1, -1, -1):
        segment = segments[index]
        following = segments[index + 1] if index + 1 < len(segments) else None
        if segment.series is Series.SECTION:
            segment.is_title = _is_numbered_title(segment, following)
        elif segment.is_plain:
            segment.is_title = _is_plain_title(segment, following, segments[index - 1] if index else None)


def _is_numbered_title(segment: Segment, following: Segment | None) -> bool:
    if not segment.text:
        return following is not None
    count = len(words(segment.text))
    if segment.hashes and count <= _MARKED_WORDS:
        return True
    if following is None or not _is_beneath(following, segment):
        return (
            segment.bold
            and count <= MAX_TITLE_WORDS
            and not is_normative(segment.text)
            and following is not None
        )
    if segment.bold and count <= MAX_TITLE_WORDS and not segment.text.endswith((".", ";")):
        return True
    deeper = bool(following.number)
    if is_question_title(segment.text):
        return True
    return is_title_like(segment.text, may_stop=deeper) and not (
        is_normative(segment.text) and not is_capitals(segment.text)
    )


def _is_beneath(following: Segment, segment: Segment) -> bool:
    """Whether what follows belongs under a numbered line, which only then can be a title."""
    if following.number:
        return len(following.number) > len(segment.number)
    return not following.hashes or following.hashes > segment.hashes > 0 or not following.is_plain


def _is_plain_title(segment: Segment, following: Segment | None, previous: Segment | None) -> bool:
    if following is None or _is_row_of_rule(segment):
        return False
    if segment.hashes:
        return len(words(segment.text)) <= _MARKED_WORDS or segment.hashes <= 2
    set_apart = segment.gap or segment.bold or is_capitals(segment.text) or RESTARTS.match(segment.text)
    if not set_apart and previous is not None:
        return False
    if len(segment.lines) > 2 or not (is_title_like(segment.text) or _is_bold_title(segment)):
        return False
    if is_strong(segment):
        return not _is_one_of_unmarked_list(segment, following, previous)
    return not following.is_title or bool(following.hashes or following.number)


def _is_bold_title(segment: Segment) -> bool:
    return (
        segment.bold
        and len(words(segment.text)) <= MAX_TITLE_WORDS
        and not segment.text.endswith((".", ";", ","))
    )


def is_strong(segment: Segment) -> bool:
    """Whether the setting of the words alone says title: mark-up, capitals, or Title Case."""
    text = segment.text
    return (
        bool(segment.hashes or segment.bold)
        or is_capitals(text)
        or is_title_case(text)
        or is_question_title(text)
    )


def _is_one_of_unmarked_list(segment: Segment, following: Segment, previous: Segment | None) -> bool:
    """One-word lines below a lead-in, without bullets, are no titles."""
    if segment.bold or is_capitals(segment.text) or previous is None or not previous.is_plain:
        return False
    return (
        previous.text.endswith(":")
        and following.is_plain
        and is_title_like(following.text)
        and not following.hashes
    )


def split_cover(segments: list[Segment], title_lines: Iterable[int]) -> tuple[list[Segment], list[Segment]]:
    """Cover matter, and the policy proper. Only lines before the first text can be cover."""
    named = set(title_lines)
    first = next((i for i, segment in enumerate(segments) if not _may_be_cover(segment)), len(segments))
    # The titles that stand directly above the first text are its own, unless they name the document.
    keep = first
    while keep > 0 and segments[keep - 1].is_title and segments[keep - 1].first not in named:
        keep -= 1
        if not segments[keep].hashes:
            break
    head = [segment for segment in segments[:keep] if not (segment.hashes and segment.first not in named)]
    cover = [segment for segment in head if not _is_rule(segment)]
    inside = {id(segment) for segment in cover}
    return cover, [segment for segment in segments if id(segment) not in inside]


def _may_be_cover(segment: Segment) -> bool:
    if not segment.is_plain:
        return False
    if segment.is_title:
        return True
    return (
        len(words(segment.text)) <= MAX_TITLE_WORDS
        and not segment.text.endswith((".", ":", ";", "?"))
        and not _is_rule(segment)
    )


def _is_rule(segment: Segment) -> bool:
    """Whether its words make a rule, or a row of a table in it does."""
    return is_normative(segment.text) or _is_row_of_rule(segment)


def _is_row_of_rule(segment: Segment) -> bool:
    return any(line.tabbed and makes_rule(line) for line in segment.lines)
