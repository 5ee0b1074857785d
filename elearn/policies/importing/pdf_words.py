"""Words of a PDF that the end of a line cuts in two, made whole. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from elearn.policies.importing.pdf_lines import PageLine

_WORD = re.compile(r"[\w’'-]+")
_HYPHENATING = 4
_CUT = re.compile(r"(\w+)([-\u00ad/–—])$")


def mend_cut_words(bodies: list[list[PageLine]], is_apart: Callable[[PageLine, PageLine], bool]) -> None:
    """Bring the rest of a hyphenated word up from the next line."""
    printed = [word for body in bodies for line in body for word in _WORD.findall(line.text)]
    joints = _Joints(Counter(word.casefold() for word in printed))
    cuts = [
        (line, below, match)
        for body in bodies
        for line, below in pairwise(body)
        if (match := _CUT.search(line.text))
        and not is_apart(line, below)
        and _may_go_on(match[2], below.text)
    ]
    joints.learn([(match[1], below.text) for _, below, match in cuts if match[2] == "-"])
    for line, below, _ in cuts:
        rest, _, others = below.text.partition(" ")
        start = _CUT.search(line.text)
        if start is not None:
            line.text = line.text[: start.start(2)] + joints.between(start[1], start[2], rest) + rest
            below.text = others
    for body in bodies:
        body[:] = [line for line in body if line.text]


def _may_go_on(mark: str, text: str) -> bool:
    return text[:1].islower() or (mark in "/–—" and text[:1].isalnum())


class _Joints:
    """What stays between the halves of a word: nothing, or the mark at the end of the line."""

    def __init__(self, known: Counter[str]) -> None:
        self._known = known
        self._hyphenates = False

    def learn(self, cuts: list[tuple[str, str]]) -> None:
        """Whether the document cuts words at the ends of lines at all, so that a hyphen there is often none."""
        unknown = [1 for start, below in cuts if not self._are_words(start, below.split(" ", 1)[0])]
        self._hyphenates = len(unknown) >= _HYPHENATING

    def between(self, start: str, mark: str, rest: str) -> str:
        """What to print between the end of one line and the beginning of the next."""
        if mark in "/–—":
            return mark
        end = _bare(rest)
        if mark == "\u00ad" or self._known[start.casefold() + end] > 1:
            return ""
        if self._known[f"{start.casefold()}-{end}"] or self._are_words(start, rest):
            return "-"
        return "" if self._hyphenates or self._begins_a_word(start.casefold() + end[:2]) else "-"

    def _begins_a_word(self, start: str) -> bool:
        return any(word.startswith(start) for word in self._known)

    def _are_words(self, start: str, rest: str) -> bool:
        # The half on the lower line has been counted once itself.
        return self._known[start.casefold()] > 0 or self._known[_bare(rest)] > 1


def _bare(word: str) -> str:
    return re.sub(r"[^\w’'].*", "", word).casefold()
