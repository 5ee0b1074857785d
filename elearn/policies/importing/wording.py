"""What words alone tell about a line: is it normative, a sentence, a title, an unfinished one?"""

from __future__ import annotations

import re

_NORMATIVE = re.compile(r"\b(?:must|should|shall|never|not|cannot|mustn|shouldn|don)\b", re.IGNORECASE)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|will|would|can|could|may|might|must|should|shall|has|have|do|does|did|am"
    r"|include|includes|includ(?:es|ed)|means?|applies|apply|requires?|expects?|covers?"
    r"|we|you|they|it|he|she|i|never|not|cannot|always|please|ensure|avoid|don't|don’t)\b",
    re.IGNORECASE,
)
_FUNCTION = re.compile(
    r"(?:a|an|and|any|are|as|at|be|been|but|by|can|for|from|if|in|into|is|it|may|must|not|of|on|or|our"
    r"|shall|should|such|than|that|the|their|them|these|they|this|those|to|under|unless|until|upon|when|where"
    r"|whether|which|who|will|with|without|your|include|including|includes|following|either|both)"
)
_ASKS = re.compile(
    r"^(?:who|what|when|where|why|how|which|whom|whose|does|do|is|are|can|should)\b", re.IGNORECASE
)
_TELLS = re.compile(r"^(?:what|who|why|how|where)\b", re.IGNORECASE)
_ENDED = re.compile(r"[.:;!?…][\"'”’)\]]*$")
_STOP = re.compile(r"[.!?][\"'”’)\]]*$")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
MAX_TITLE_WORDS = 14
_MOST_TITLE_WORDS = 18  # where the mark-up says that it is a title


def fold(text: str) -> str:
    """The text with white space folded to single spaces and trimmed."""
    return " ".join(text.split())


def is_normative(text: str) -> bool:
    """Whether the text holds a word that makes rules, so that it may not be left out."""
    return _NORMATIVE.search(text) is not None


def is_open(text: str) -> bool:
    """Whether the text stops without closing punctuation, as a line cut by a page break does."""
    return _ENDED.search(text) is None


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence does."""
    return _STOP.search(text) is not None


def starts_lower(text: str) -> bool:
    """Whether the first letter is a small one (quotes and brackets before it are passed over)."""
    bare = text.lstrip("\"'“‘([ ")
    return bare[:1].islower()


def words(text: str) -> list[str]:
    """The words of a text, without punctuation."""
    return _WORD.findall(text)


def ends_in_function_word(text: str) -> bool:
    """Whether the last word asks for more ("and", "of", "the")."""
    found = words(text[-60:])
    # A single capital is a name ("Appendix A").
    return (
        bool(found)
        and _FUNCTION.fullmatch(found[-1].lower()) is not None
        and not (len(found[-1]) == 1 and found[-1].isupper())
    )


def is_capitals(text: str) -> bool:
    """Whether every letter is a capital and there are at least three."""
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= 3 and all(letter.isupper() for letter in letters)


def is_title_case(text: str) -> bool:
    """Whether the longer words all, or nearly all, begin with a capital."""
    found = [word for word in words(text) if len(word) > 3 or word[0].isupper()]
    return bool(found) and sum(word[0].isupper() for word in found) * 4 >= len(found) * 3


def is_question_title(text: str) -> bool:
    """Whether the text is a short question, or asks indirectly ("What staff may post"), as titles do."""
    if _TELLS.match(text) and not re.search(r"[.,;:!]", text):
        return len(words(text)) <= MAX_TITLE_WORDS
    return text.endswith("?") and _ASKS.match(text) is not None and len(words(text)) <= MAX_TITLE_WORDS


def is_title_like(text: str, *, may_stop: bool = False) -> bool:
    """Whether the words could be a title: short, verbless, begun with a capital, not left hanging.

    `may_stop` lets a title end in a full stop, as some documents print them above sub-sections.
    """
    if is_question_title(text):
        return True
    found = words(text)
    if not found or len(found) > MAX_TITLE_WORDS or starts_lower(text) or not text[:1].strip("“\"'("):
        return False
    core = text.rstrip(" :")
    if may_stop:
        core = core.rstrip(".")
    if re.search(r"[.;,!?]$", core) or ends_in_function_word(core):
        return False
    return is_capitals(text) or _FINITE.search(core) is None


def is_sentence(text: str) -> bool:
    """Whether the text reads as prose rather than as a label or title."""
    count = len(words(text))
    return (
        count > 16 or (count > 5 and ends_sentence(text)) or (count > 5 and _FINITE.search(text) is not None)
    )


def is_clause_like(text: str) -> bool:
    """Whether words that are set as a title are too many for one, or a sentence that comes to its end."""
    if len(words(text)) > _MOST_TITLE_WORDS:
        return True
    return ends_sentence(text) and not text.endswith("?") and not is_title_like(text, may_stop=True)
