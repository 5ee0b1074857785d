"""Which version is in force, and which earlier ones still count. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Change(StrEnum):
    """How much a new version changes, as its publisher decides."""

    EDITORIAL = "editorial"
    """Nothing to do: earlier signatures and training stand."""
    MATERIAL = "material"
    """Read what changed and sign again; training stands."""
    MAJOR = "major"
    """Train and sign again."""


@dataclass(frozen=True, slots=True)
class PublicationView:
    """One version put in force from a day."""

    id: UUID
    version_id: UUID
    in_force_from: date
    change: Change
    note: str
    recorded_at: datetime


def publication_in_force(publications: Iterable[PublicationView], day: date) -> PublicationView | None:
    """The publication that is in force on a day: the latest that has begun, the later recorded of two."""
    begun = [p for p in publications if p.in_force_from <= day]
    return max(begun, key=lambda p: (p.in_force_from, p.recorded_at, str(p.id)), default=None)


def accepted_versions(
    publications: Iterable[PublicationView], day: date, *, changes: Sequence[Change] = (Change.EDITORIAL,)
) -> frozenset[UUID]:
    """The versions whose signatures count on a day: the one in force, and those before it as long as every
    later change is one of `changes` (for training: editorial and material)."""
    return frozenset(publication.version_id for publication in _accepted(publications, day, changes))


def signed_anew_from(publications: Iterable[PublicationView], day: date) -> date | None:
    """Since when the signature that is asked for on a day has been asked for; None before any publication.

    An editorial change asks nothing of anybody, so it puts no due day off.
    """
    accepted = _accepted(publications, day, (Change.EDITORIAL,))
    return accepted[-1].in_force_from if accepted else None


def _accepted(
    publications: Iterable[PublicationView], day: date, changes: Sequence[Change]
) -> list[PublicationView]:
    """The publication in force and those before it that it leaves standing, the latest first."""
    begun = sorted(
        (p for p in publications if p.in_force_from <= day),
        key=lambda p: (p.in_force_from, p.recorded_at, str(p.id)),
        reverse=True,
    )
    accepted: list[PublicationView] = []
    for publication in begun:
        accepted.append(publication)
        if publication.change not in changes:
            break
    return accepted


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def clauses_sha256(clauses: Iterable[tuple[object, ...]]) -> str:
    """The hash of a version's clauses with all that the pages show of them, in order."""
    text = json.dumps([list(clause) for clause in clauses], ensure_ascii=False, separators=(",", ":"))
    return sha256_hex(text.encode())


def text_sha256(title: str, version: str, clauses: Iterable[tuple[str, str, str]]) -> str:
    """The hash of exactly what a reader is shown: title, version and (ref, heading, text) of each clause."""
    shown = {"title": title, "version": version, "clauses": [list(clause) for clause in clauses]}
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256_hex(text.encode())


def review_is_overdue(review_due: str, day: date) -> bool:
    """Whether a policy is past its own review date, known to the day (2023-03-01) or month (2022-03)."""
    if not review_due:
        return False
    return day.isoformat()[: len(review_due)] > review_due
