"""Which words of a policy's text speak of what: the ideas of catalogue.yaml, as patterns. Pure.

An idea is alternatives between bars: `friend | follow | @message`. `?` before it: it helps but is not needed; `!`:
a text that holds it is about something else. A word is found with its usual endings (friend, friends, befriended
is another word); `*` stands for any ending, `@name` for the alternatives of a word group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Role(Enum):
    """What it means that an idea is found."""

    NEEDED = ""
    HELPS = "?"
    EXCLUDES = "!"


@dataclass(frozen=True, slots=True)
class Idea:
    """One idea: any of its alternatives speaks of it."""

    role: Role
    pattern: re.Pattern[str]

    def found_in(self, text: str) -> str:
        """The words that speak of it in a folded text, or nothing."""
        found = self.pattern.search(text)
        return found[0] if found else ""


def folded(text: str) -> str:
    """The text as patterns read it: small letters, straight apostrophes, single spaces."""
    return re.sub(r"\s+", " ", text.lower().replace("’", "'").replace("‘", "'").replace("‑", "-")).strip()


def groups_named(text: str) -> Iterator[str]:
    """The word groups that an idea names."""
    for alternative in _alternatives(text):
        if alternative.startswith("@"):
            yield alternative[1:].strip()


def ideas_of(texts: Sequence[str], groups: Mapping[str, str]) -> tuple[Idea, ...]:
    """Ideas as written, with their word groups. Raises KeyError for a group that is not there."""
    return tuple(_idea(text, _expanded(text, groups)) for text in texts)


def _alternatives(text: str) -> Iterator[str]:
    for alternative in text.lstrip("?! ").split("|"):
        yield folded(alternative)


def _expanded(text: str, groups: Mapping[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    for alternative in _alternatives(text):
        found += _alternatives(groups[alternative[1:]]) if alternative.startswith("@") else [alternative]
    return tuple(found)


_DOUBLES = re.compile(r"[b-df-hj-np-tv-z][aeiou][b-df-hj-np-tvz]")
"""Short words such as "tag" and "set", whose last letter is doubled."""


@cache
def _idea(text: str, alternatives: tuple[str, ...]) -> Idea:
    role = Role(text[0]) if text[0] in "?!" else Role.NEEDED
    longest_first = sorted(alternatives, key=len, reverse=True)
    return Idea(
        role, re.compile(r"(?<!\w)(?:" + "|".join(_phrase(words) for words in longest_first) + r")(?!\w)")
    )


def _phrase(words: str) -> str:
    *first, last = words.split()
    return r"[\s-]".join([*(re.escape(word) for word in first), _word(last)])


def _word(word: str) -> str:
    """A word with its usual endings."""
    if word.endswith("*"):
        return re.escape(word[:-1]) + r"\w*"
    if not word.isalpha() or len(word) < 4:
        double = re.escape(word[-1]) + r"(?:ed|ing)" if _DOUBLES.fullmatch(word) else "(?!)"
        return re.escape(word) + rf"(?:'?s|{double})?"
    if word.endswith("y") and word[-2] not in "aeiou":
        return re.escape(word[:-1]) + r"(?:y(?:'s|ing)?|ies|ied)"
    if word.endswith("e"):
        return re.escape(word[:-1]) + r"(?:e(?:s|d|'s)?|ing)"
    return re.escape(word) + r"(?:'?s|s'|es|ed|ing|" + re.escape(word[-1]) + r"(?:ed|ing))?"
