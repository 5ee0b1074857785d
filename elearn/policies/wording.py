"""Where a clause stands, in words. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

IN_WORDS = (
    (" > ¶", " ¶"),
    (" > bullet ", " bullet "),
    (" > ", ", "),
    (" closing ¶", ", closing paragraph"),
    (" ¶", ", paragraph "),
    (" bullet ", ", bullet "),
)
"""What stands in a reference, and what people read in its place; in this order."""

_STEP = re.compile(r"(?: >)? Step (?=\d)")
_NUMBER = re.compile(r"(?:[A-Z]\.?)?\d")


@lru_cache(maxsize=4096)
def place(ref: str) -> str:
    """Where a clause stands: "5.1 bullet 2" is "5.1, bullet 2", "Scope > ¶3" is "Scope, paragraph 3"."""
    ref = _STEP.sub(", step ", ref)
    for written, words in IN_WORDS:
        ref = ref.replace(written, words)
    return ref


@lru_cache(maxsize=4096)
def cited(ref: str, *, inside: bool = False) -> str:
    """The same with what it is: a clause has a number; what only stands under a heading is of a section.

    `inside` a sentence neither begins with a capital.
    """
    noun = "Clause" if _NUMBER.match(ref) else "Section"
    return f"{noun.lower() if inside else noun} {place(ref)}"


def place_under(heading: str, ref: str) -> str:
    """Where a clause stands under its heading, which is not said again."""
    if not heading or not ref.startswith(f"{heading} "):
        return place(ref)
    return place(ref.removeprefix(heading)).replace(", ", "", 1).capitalize()
