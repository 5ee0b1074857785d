"""Reading age: the Flesch-Kincaid grade of an English text, with syllables counted by their vowels."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_SENTENCE_END = re.compile(r"[.!?:;]+(?:\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?:[^laeiouy]e|[^aeiouytd]ed|[^aeiouyscxzg]es)$")


def words(text: str) -> list[str]:
    """The words of a text, without numbers and signs."""
    return _WORD.findall(text)


def sentences(text: str) -> int:
    """How many sentences a text has; at least one."""
    return max(1, sum(1 for part in _SENTENCE_END.split(text) if _WORD.search(part)))


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """How many syllables a word has, by its groups of vowels and its silent endings; at least one."""
    plain = re.sub(r"['’]", "", word.lower())
    count = len(_VOWELS.findall(plain))
    if count > 1 and _SILENT_END.search(plain):
        count -= 1
    return max(1, count)


def grade(text: str) -> Fraction:
    """The Flesch-Kincaid grade: years of school (US) needed to read the text. 0 for a text without words."""
    found = words(text)
    if not found:
        return Fraction(0)
    per_sentence = Fraction(len(found), sentences(text))
    per_word = Fraction(sum(syllables(word) for word in found), len(found))
    return Fraction("0.39") * per_sentence + Fraction("11.8") * per_word - Fraction("15.59")
