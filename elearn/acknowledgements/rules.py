"""Who may sign which version, and what exactly is signed. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from elearn.decisions import Decision, Reason, decide
from elearn.people.rules import has_letter_or_digit

AUTHENTICATION_COUNTS_FOR = timedelta(minutes=10)
"""How long ago somebody may have shown who they are when they sign."""

REFERENCE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """What is known at the moment of signing. `shown_*` is what the page had shown, from its sealed form."""

    version_in_force: UUID | None
    text_in_force: str
    shown_version: UUID
    shown_text: str
    shown_statement: str
    statement_now: str
    shown_quoted: tuple[str, ...]
    quoted_now: tuple[str, ...]
    covered: bool
    passed: bool
    rules_left: int
    authenticated_at: datetime
    typed_name: str
    ticked: bool


def may_sign(facts: SigningFacts, now: datetime) -> Decision:
    """Whether this signature may be recorded; every reason against it."""
    reasons = []
    if not facts.covered:
        reasons.append(Reason("not_covered", "The policy does not cover you, so there is nothing to sign"))
    if (facts.version_in_force, facts.text_in_force) != (facts.shown_version, facts.shown_text):
        reasons.append(Reason("version_changed", "A new version was published while you had this page open"))
    elif facts.statement_now != facts.shown_statement:
        reasons.append(Reason("statement_changed", "The statement changed while you had this page open"))
    elif facts.quoted_now != facts.shown_quoted:
        reasons.append(
            Reason(
                "quotation_changed", "What stands beside the statement changed while you had this page open"
            )
        )
    if facts.rules_left:
        reasons.append(Reason("rules_not_read", f"Read the {facts.rules_left} key rules that are left"))
    if not facts.passed:
        reasons.append(Reason("situations_not_passed", "Finish the situations first"))
    if now - facts.authenticated_at > AUTHENTICATION_COUNTS_FOR:
        reasons.append(Reason("authentication_too_old", "Show again that it is you"))
    reasons += _form_reasons(facts)
    return decide(reasons)


def _form_reasons(facts: SigningFacts) -> list[Reason]:
    reasons = []
    if not has_letter_or_digit(facts.typed_name):
        reasons.append(Reason("name_missing", "Type your full name, as on your staff badge"))
    if not facts.ticked:
        reasons.append(Reason("not_ticked", "Tick the box to say that you have read the policy"))
    return reasons


def names_agree(typed: str, on_file: str) -> bool:
    """Whether a typed name is loosely the name on file: case, accents, order and punctuation aside.

    A difference is recorded and never refused: people have several names.
    """
    return _loose(typed) == _loose(on_file) or (bool(_loose(typed)) and _loose(typed) <= _loose(on_file))


def _loose(name: str) -> frozenset[str]:
    folded = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l"))
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return frozenset(re.findall(r"[^\W\d_]+", letters))


def statement_text(template: str, values: Mapping[str, str]) -> str:
    """The sentence that is signed: the organisation's wording with its slots filled."""
    return re.sub(r"\{(\w+)\}", lambda slot: values.get(slot[1], slot[0]), " ".join(template.split()))


def undated_version(template: str) -> str:
    """The statement for a text that is known by its date alone: the date is not said twice."""
    return re.sub(r"\bversion\s+\{version\},?\s+(?=dated\s+\{dated\})", "", template)


def asked_by_signer(names: Sequence[str]) -> str:
    """Whom the signer can ask, as the signer says it: "your line manager" is "my line manager" to them."""
    return " or ".join(re.sub(r"\byour\b", "my", name) for name in names)


def statement_sha256(statement: str) -> str:
    """The hash of the exact sentence that was signed."""
    return hashlib.sha256(statement.encode()).hexdigest()


def time_zone_told(name: str | None) -> str | None:
    """A browser's time zone as it named it; None where it named none, or what is no name of one (IANA tz database)."""
    return name if name and re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-/]{0,59}", name) else None


def new_reference() -> str:
    """A random reference that can be read out over the telephone: R-7K4M-9PXQ-2FTA."""
    letters = [secrets.choice(REFERENCE_LETTERS) for _ in range(12)]
    groups = ["".join(letters[start : start + 4]) for start in (0, 4, 8)]
    return "R-" + "-".join(groups)
