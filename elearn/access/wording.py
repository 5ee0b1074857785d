"""What may be stored of what people write: short, in one line where it should be, and never a credential."""

from __future__ import annotations

import re

from elearn.access.credentials import is_personal_mail, looks_like_credential
from elearn.errors import InvalidInput

LONGEST = 500


def safe_text(field: str, value: str, longest: int = LONGEST, *, needed: bool = True) -> str:
    """The text with white space folded. Raises InvalidInput naming the field: empty, too long, or what looks
    like a password."""
    text = " ".join(value.split())
    if needed and not text:
        raise InvalidInput(f"{field}: enter something here")
    if len(text) > longest:
        raise InvalidInput(f"{field}: at most {longest} characters, this has {len(text)}")
    if looks_like_credential(text):
        raise InvalidInput(
            f"{field}: this looks like a password or code. Take it out: passwords are never kept here. "
            "Say only where it is kept, such as the name of the vault"
        )
    return text


def work_email(value: str) -> str:
    """A work e-mail address. Raises InvalidInput where it is none, or is with a provider of personal mailboxes."""
    text = value.strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) or len(text) > 200:
        raise InvalidInput(f"work e-mail: '{text}' is not an e-mail address")
    if is_personal_mail(text):
        raise InvalidInput(f"work e-mail: '{text}' is a personal mailbox; use one of the organisation's own")
    return text


def slug_of(text: str) -> str:
    """A short name made of a handle or address: "@Mill_Road.School" gives mill-road-school."""
    return re.sub(r"[^a-z0-9]+", "-", text.rsplit("/", 1)[-1].casefold()).strip("-")[:60]
