"""What is known of a person and an account when the gate is asked, and the fixed words of the gate. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from elearn.people.rules import OfficeView, Term


class Right(StrEnum):
    """What somebody does with an account: looks after it, or posts on it. Both pass the gate."""

    HOLDER = "holder"
    POSTER = "poster"


class Platform(StrEnum):
    """Where an account is."""

    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    X = "x"
    LINKEDIN = "linkedin"
    YOUTUBE = "youtube"
    TIKTOK = "tiktok"
    THREADS = "threads"
    BLUESKY = "bluesky"
    WHATSAPP = "whatsapp"
    OTHER = "other"


class Enforcement(StrEnum):
    """How a decision reaches the platform: we own a group, we compare a list, or a person confirms."""

    ENFORCED = "enforced"
    CHECKED = "checked"
    ATTESTED = "attested"


class HoldScope(StrEnum):
    """What a hold stops."""

    ORGANISATION = "organisation"
    ACADEMY = "academy"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class PersonFact:
    """Whom the question is about."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class AccountFact:
    """The account the question is about. `closed_on` is the first day on which nobody may use it."""

    id: UUID
    handle: str
    academy_id: UUID
    academy_name: str
    registered_on: date
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlacementFact:
    """One post of the person."""

    kind: str
    academy_id: UUID
    is_central: bool
    term: Term


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """The policy version in force."""

    label: str
    in_force_from: date


@dataclass(frozen=True, slots=True)
class TrainingFact:
    """A course as one person did it. `accepted`: under a version whose training still counts."""

    course: str
    passed_on: date | None = None
    valid_until: date | None = None
    accepted: bool = False

    def counts_on(self, day: date) -> bool:
        """Whether it counts on a day: its last day still does."""
        if self.passed_on is None or self.valid_until is None or not self.accepted:
            return False
        return self.passed_on <= day <= self.valid_until


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """The signature that counts longest, else the last. `accepted`: under a version that counts."""

    signed_on: date
    valid_until: date | None
    accepted: bool

    def counts_on(self, day: date) -> bool:
        """Whether it counts on a day: its last day still does."""
        return self.accepted and self.valid_until is not None and self.signed_on <= day <= self.valid_until


@dataclass(frozen=True, slots=True)
class ContactFact:
    """One administrative contact, and the posts that keep them in the organisation."""

    person_id: UUID
    term: Term
    posts: tuple[Term, ...]

    def stands_on(self, day: date) -> bool:
        """Whether they can be reached as the account's contact on a day: a leaver can not."""
        return self.term.holds_on(day) and any(post.holds_on(day) for post in self.posts)


@dataclass(frozen=True, slots=True)
class InductionFact:
    """One short induction to the account that was given to the person, and the offices of who gave it."""

    given_on: date
    offices: tuple[OfficeView, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalFact:
    """What an approver decided about a request. `ends_on` is the last day the approval covers."""

    id: UUID
    approved: bool
    decided_on: date
    conditions: str = ""
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class GrantFact:
    """The right that was granted. `ended_on` is the first day without it."""

    id: UUID
    term: Term
    ended_on: date | None = None

    def is_live_on(self, day: date) -> bool:
        """Whether the right stands on a day."""
        return self.term.holds_on(day) and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class RequestFact:
    """A request of access for the person, with what came of it."""

    id: UUID
    requested_at: datetime
    right: Right
    term: Term
    equipment_attested: bool = False
    two_step_confirmed: bool = False
    approval: ApprovalFact | None = None
    grant: GrantFact | None = None


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A stop on posting that reaches the account. Moments decide; the days are those of the moments here."""

    id: UUID
    scope: HoldScope
    reason: str
    starts_at: datetime
    starts_on: date
    ends_at: datetime | None = None
    ends_on: date | None = None
    lifted_at: datetime | None = None
    lifted_on: date | None = None

    def stands(self, day: date, at: datetime | None) -> bool:
        """Whether it stands at a moment; without one, whether it stands on any part of the day.

        A hold that was lifted on a day counts as lifted on that day, as known by its end.
        """
        if at is None:
            lifted = self.lifted_on is not None and self.lifted_on <= day
            return not lifted and self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
        lifted = self.lifted_at is not None and self.lifted_at <= at
        return not lifted and self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """Everything recorded that bears on one person and one account.

    `at` is the moment of asking where the day asked about is that moment's own day: it decides holds.
    `next_version_on` is the day on which a version already published comes into force.
    """

    person: PersonFact | None
    account: AccountFact | None
    policy: PolicyFact | None = None
    next_version_on: date | None = None
    placements: tuple[PlacementFact, ...] = ()
    training: Mapping[str, TrainingFact] = field(default_factory=dict)
    signature: SignatureFact | None = None
    contacts: tuple[ContactFact, ...] = ()
    inductions: tuple[InductionFact, ...] = ()
    requests: tuple[RequestFact, ...] = ()
    holds: tuple[HoldFact, ...] = ()
    at: datetime | None = None
