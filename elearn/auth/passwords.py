"""Hashing passwords with argon2id, a bounded number at a time (each takes 19 MiB and a core)."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# OWASP's minimum for argon2id; sign-ins come in bursts on the first morning of term.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns = threading.BoundedSemaphore(4)
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$wSlgBzabsN048aTxCIcoHw$NFOjjKC2BpIb0zxmqN0UnwB4doCAA3Keja14wxq27LI"
"""Of a password that nobody knows; written down, since each command would take long to make another."""


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    with _turns:
        return _hasher.hash(password)


def password_matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one whose hash was kept; as slow where there is none, so as not to tell."""
    with _turns:
        try:
            return _hasher.verify(kept or _NOBODY, password) and kept is not None
        except (VerifyMismatchError, InvalidHashError):
            return False
