"""What may be stored of what people write about people and places."""

from __future__ import annotations

from elearn.errors import InvalidInput
from elearn.people.rules import has_letter_or_digit, visible_text


def visible_line(field: str, value: str, longest: int) -> str:
    """The text without what cannot be seen. Raises InvalidInput naming the field: empty, unreadable or too long."""
    text = visible_text(value)
    if not text:
        raise InvalidInput(f"{field}: enter something here")
    if not has_letter_or_digit(text):
        raise InvalidInput(f"{field}: use at least one letter or digit")
    if len(text) > longest:
        raise InvalidInput(f"{field}: at most {longest} characters, this has {len(text)}")
    return text
