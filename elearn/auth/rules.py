"""Which way in is open to whom, and for how long. Pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from elearn.decisions import Decision, Reason, Refused, decide, refuse

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits of a slip's code: none that is easily taken for another."""
CODE_LENGTH = 8
MORE_LENGTH = 4
"""The four further letters under a code, which are needed only while many wrong codes come in."""
SESSION_LASTS = timedelta(hours=12)
IDLE_ALLOWED = {"password": timedelta(minutes=30), "slip": timedelta(minutes=15)}
SESSIONS_KEPT = timedelta(days=366)
"""How long a session is kept after its end: the twelve months of class A in docs/retention.md."""
FRESH_FOR = timedelta(minutes=10)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FAILURES_ALLOWED = 10
FAILURES_WITHIN = timedelta(minutes=10)
WRONG_CODES_FROM_ONE_ADDRESS = 100
"""Wrong codes in ten minutes from one address (a whole staff room) before eight letters no longer open there."""
WRONG_CODES_OVERALL = 300
"""Wrong codes in ten minutes from all addresses before eight letters no longer open anywhere.

So at most 300 guesses of eight letters are looked at in ten minutes, 43,200 in a day. Eight letters of 31 are
31^8, about 8.5e11 codes: with 1,000 slips that are not used yet, the chance that a day of guessing without a pause
meets one is 43,200 * 1,000 / 31^8, about 1 in 20,000. Twelve letters, which always open, are 31^12: at 1,000
guesses a second that chance is about 1 in 9 million. (Requests at the same moment may go past a limit by as many
as there are threads.) Nobody who has a slip is locked out: docs/decisions/0006-wrong-slip-codes.md.
"""

COMMON_PASSWORDS = frozenset(
    """
    password password1 password12 password123 passw0rd12 1234567890 12345678910 0123456789 qwertyuiop
    qwerty12345 letmein123 iloveyou12 welcome123 welcome1234 academy123 teacher123 school1234 headteacher
    changeme123 administrator admin12345 football123 liverpool1 manchester sunshine12 princess12 abcdefghij
    abc1234567 1q2w3e4r5t 1qaz2wsx3edc zaq12wsxcde passwordpassword correcthorsebatterystaple
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


class Method(StrEnum):
    """How somebody showed who they are."""

    SLIP = "slip"
    PASSWORD = "password"  # noqa: S105 - the name of a method, not a password


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """What is known of one slip. `device` is the digest of the device it was first used on, None before."""

    expires_on: date
    voided: bool
    device: str | None


def new_code() -> str:
    """A fresh slip code, as printed: K7M4-PX9T."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def normal_code(typed: str) -> str | None:
    """A code as typed, with or without its four further letters, and without spaces, hyphens and case; None where it
    can't be one."""
    letters = re.sub(r"[\s\-\u2010-\u2015]", "", typed).upper()
    pattern = f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}([{CODE_LETTERS}]{{{MORE_LENGTH}}})?"
    return letters if re.fullmatch(pattern, letters) else None


def more_letters(number: int) -> str:
    """The four further letters that a large number, made from the code and the secret key, stands for."""
    found = ""
    for _ in range(MORE_LENGTH):
        number, place = divmod(number, len(CODE_LETTERS))
        found += CODE_LETTERS[place]
    return found


def eight_letters_open(*, wrong_here: int, wrong_overall: int) -> bool:
    """Whether a code opens without its further letters, after so many wrong ones in the last ten minutes."""
    return wrong_here < WRONG_CODES_FROM_ONE_ADDRESS and wrong_overall < WRONG_CODES_OVERALL


def may_use_slip(slip: SlipFacts, *, device: str | None, today: date) -> Decision:
    """Whether a slip opens the door on this device today. Its last day counts."""
    reasons = []
    if slip.voided:
        reasons.append(Reason("slip_voided", "This code has been stopped"))
    elif today > slip.expires_on:
        last = f"{slip.expires_on.day} {slip.expires_on:%B %Y}"
        reasons.append(Reason("slip_expired", f"This code ran out on {last}"))
    elif slip.device is not None and slip.device != device:
        return used_elsewhere()
    return decide(reasons)


def used_elsewhere() -> Refused:
    """The refusal of a slip that another device was first to use."""
    return refuse("slip_used_elsewhere", "This code has already been used on another phone or computer")


def is_fresh(authenticated_at: datetime, now: datetime) -> bool:
    """Whether somebody showed who they are within the last ten minutes."""
    return now - authenticated_at <= FRESH_FOR


def session_is_open(
    *, expires_at: datetime, ended: bool, last_seen: datetime, method: str, now: datetime
) -> bool:
    """Whether a session still lets its holder in: not ended, not past twelve hours, not left idle."""
    idle = IDLE_ALLOWED.get(method, timedelta(minutes=15))
    return not ended and now < expires_at and now - last_seen <= idle


def password_problems(password: str, *, name: str = "", login: str = "") -> list[str]:
    """Why a password can't be used, in words; nothing where it can. Any characters will do."""
    folded = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        return [f"Use at least {SHORTEST_PASSWORD} characters; three or four words are easy to remember"]
    if len(password) > LONGEST_PASSWORD:
        return [f"Use at most {LONGEST_PASSWORD} characters"]
    if folded in COMMON_PASSWORDS or len(set(folded)) < 4:
        return ["This password is one that many people use, so it is easily guessed"]
    own = {word for word in re.split(r"\W+", f"{name} {login}".casefold()) if len(word) > 3}
    if folded in own or folded.replace(" ", "") in {name.casefold().replace(" ", ""), login.casefold()}:
        return ["Do not use your name or e-mail address as the password"]
    return []
