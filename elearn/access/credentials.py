"""What must never be written down here: passwords of social accounts, and personal mailboxes. Pure."""

from __future__ import annotations

import re

FREE_MAIL = frozenset(
    {"aol.com", "btinternet.com", "fastmail.com", "gmail.com", "gmx.co.uk", "gmx.com"}
    | {"googlemail.com", "hotmail.co.uk", "hotmail.com", "icloud.com", "live.co.uk", "live.com"}
    | {"mac.com", "mail.com", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com"}
    | {"sky.com", "talktalk.net", "virginmedia.com", "yahoo.co.uk", "yahoo.com", "ymail.com"}
    | {"zoho.com"}
)
"""Providers of personal mailboxes: an account registered to one leaves with its owner."""


def is_personal_mail(address: str) -> bool:
    """Whether an e-mail address is with a provider of personal mailboxes."""
    return address.rpartition("@")[2].strip().lower().rstrip(".") in FREE_MAIL


CREDENTIAL = re.compile(
    r"\b(?:pass[\s_-]*(?:words?|codes?|phrases?|keys?)|passwd|pwd|pw|p/w|pin(?:\s+(?:code|number))?|log-?in|"
    r"recovery\s+codes?|back-?up\s+codes?)\s*(?:\bis\b|[:=]|->)\s*\S",
    re.IGNORECASE,
)


def looks_like_credential(text: str) -> bool:
    """Whether free text seems to hold a password, PIN or recovery code: such text is never stored."""
    return CREDENTIAL.search(text) is not None
