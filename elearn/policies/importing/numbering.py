"""Numbers, letters and romans as printed, and which of them continue which sequence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_DOTTED = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){1,5})\.?(?:\)|:)?(?:\s+|(?<=\.)(?=[^\W\d_“\"'‘])|$)")
_SINGLE = re.compile(r"^(\d{1,2})([.):])(?:\s+|(?=[^\W\d_])|$)")
_BARE = re.compile(r"^(\d{1,2})\s+(?=[A-Z])")
_SECTION = re.compile(r"^(?:section|clause)\s+(\d{1,2})(?:\s*[.:–-]\s*|$)", re.IGNORECASE)
_SIGN = re.compile(r"^§{1,2}\s*(?=\d)")
_SIGNED = re.compile(r"^(\d{1,3})\.?(?:\)|:)?(?:\s+|$)")
_LETTERED_NUMBER = re.compile(
    r"^([A-Z])(\.?\d{1,2}(?:\.\d{1,2}){0,4})\.?(?:\)|:)?(?:\s+(?=[^\Wa-z_]|[“\"'‘(])|$)"
)
_STEP = re.compile(r"^step\s+(\d{1,2})(?:\s*[.:)–-]\s*|$)", re.IGNORECASE)
_BRACKETED_NUMBER = re.compile(r"^\((\d{1,2})\)\s*")
_BRACKETED = re.compile(r"^\(([A-Za-z]{1,5})\)\s*(?=\S|$)")
_LETTERED = re.compile(r"^([A-Za-z]|[ivxl]{2,5})([.)])\s+(?=\S)")
_ROMANS = re.compile(r"^(?:x{0,3}(?:ix|iv|v?i{0,3})|xl(?:ix|iv|v?i{0,3}))$")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}


LETTERS = 1000


class Series(Enum):
    """What a printed mark may count in."""

    SECTION = "section"
    ORDERED = "ordered"
    LETTER = "letter"
    ROMAN = "roman"
    BULLET = "bullet"


@dataclass(frozen=True, slots=True)
class Mark:
    """A number, letter or roman printed before a text. `style` is its setting: "(x)", "x.", "x)", "bare".

    The path of a number with a letter ("A1.2") begins with the letter's place, counted from LETTERS on.
    """

    printed: str
    path: tuple[int, ...]
    style: str
    rest: str

    @property
    def is_number(self) -> bool:
        """Whether the mark is made of digits."""
        return bool(self.path)

    @property
    def has_letter(self) -> bool:
        """Whether a letter is the first part of the number, as in "A1.2"."""
        return self.path[:1] > (LETTERS,)


def read_mark(body: str) -> Mark | None:
    """The enumerator a text begins with, or None."""
    if sign := _SIGN.match(body):
        body = body[sign.end() :]
        if match := _SIGNED.match(body):
            return Mark(match[1], (int(match[1]),), "section", body[match.end() :])
    if match := _STEP.match(body):
        return Mark(f"Step {int(match[1])}", (int(match[1]),), "step", body[match.end() :])
    if match := _LETTERED_NUMBER.match(body):
        path = (LETTERS + letter_value(match[1]), *map(int, match[2].strip(".").split(".")))
        return Mark(match[1] + match[2], path, "lettered", body[match.end() :])
    if match := _DOTTED.match(body):
        path = tuple(int(part) for part in match[1].split("."))
        return Mark(match[1], path, "dotted", body[match.end() :])
    if match := _SINGLE.match(body):
        return Mark(match[1], (int(match[1]),), f"x{match[2]}", body[match.end() :])
    if match := _SECTION.match(body):
        return Mark(match[1], (int(match[1]),), "section", body[match.end() :])
    if match := _BRACKETED_NUMBER.match(body):
        return Mark(match[1], (int(match[1]),), "(x)", body[match.end() :])
    if match := _BARE.match(body):
        return Mark(match[1], (int(match[1]),), "bare", body[match.end() :])
    return _read_letter(body)


def _read_letter(body: str) -> Mark | None:
    if match := _BRACKETED.match(body):
        if letter_value(match[1]) or roman_value(match[1]):
            return Mark(match[1], (), "(x)", body[match.end() :])
    elif match := _LETTERED.match(body):
        return Mark(match[1], (), f"x{match[2]}", body[match.end() :])
    return None


def letter_value(printed: str) -> int:
    """The place of a letter (a is 1, aa is 27), or 0."""
    low = printed.lower()
    if len(low) == 1 and "a" <= low <= "z":
        return ord(low) - 96
    if len(low) == 2 and low[0] == low[1] and low.isascii() and low.isalpha():
        return 26 + ord(low[0]) - 96
    return 0


def roman_value(printed: str) -> int:
    """The value of a roman number up to 49, or 0."""
    low = printed.lower()
    if not low or not _ROMANS.match(low):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in low]
    following = [*values[1:], 0]
    return sum(-one if one < after else one for one, after in zip(values, following, strict=True))


def path_text(path: tuple[int, ...]) -> str:
    """A number as it is printed, where nothing but its parts is known."""
    first, *others = path
    letter = chr(64 + first - LETTERS) if first > LETTERS else f"{first}."
    return f"{letter}{'.'.join(map(str, others))}".rstrip(".")


def follows(path: tuple[int, ...], after: tuple[int, ...], *, leap: int = 0) -> bool:
    """Whether a number is the next in some rank after another (5 or 4.8 or 4.7.1 after 4.7).

    `leap` is how many numbers may be missing; 5.1 may follow 4.7 where 5 itself is not printed.
    """
    if not after:
        first = path[1:] if path[0] > LETTERS else path
        return all(part <= 1 + leap for part in first)
    shared = 0
    while shared < min(len(path), len(after)) and path[shared] == after[shared]:
        shared += 1
    if shared == len(path):
        return False
    step = path[shared] - (after[shared] if shared < len(after) else 0)
    return (
        0 <= step <= 1 + leap
        and (step > 0 or shared >= len(after))
        and all(part <= 1 for part in path[shared + 1 :])
    )
