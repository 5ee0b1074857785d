"""What a page, a command or the API is given: accounts, requests, holds and who may use an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from elearn.access.decision import AccessDecision
from elearn.access.facts import Enforcement, HoldScope, Platform, Right
from elearn.access.request_rules import RequestState, request_state
from elearn.decisions import Decision
from elearn.people.rules import Term


@dataclass(frozen=True, slots=True)
class ContactView:
    """One administrative contact of an account. `in_post` says whether they have a post on the day asked."""

    id: UUID
    person_id: UUID
    name: str
    term: Term
    in_post: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account of the register."""

    id: UUID
    organisation_id: UUID
    slug: str
    platform: Platform
    handle: str
    purpose: str
    academy_id: UUID
    academy_name: str
    work_email: str
    enforcement: Enforcement
    registered_on: date
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as the register lists it on a day: its contacts, how many rights are live, and holds."""

    account: AccountView
    contacts: tuple[ContactView, ...]
    live_grants: int
    on_hold: bool

    @property
    def reachable_contacts(self) -> int:
        """How many different people with a post are its contacts on the day."""
        return len({contact.person_id for contact in self.contacts if contact.in_post})


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """What an approver decided, in which office."""

    id: UUID
    approver_id: UUID
    approver_name: str
    office: str
    approved: bool
    conditions: str
    ends_on: date | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class GrantView:
    """A granted right, and how it ended if it was taken back."""

    id: UUID
    term: Term
    granted_at: datetime
    granted_by_name: str
    ended_at: datetime | None = None
    ended_because: str = ""


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request with what came of it."""

    id: UUID
    organisation_id: UUID
    account_id: UUID
    account_slug: str
    account_handle: str
    platform: Platform
    academy_id: UUID
    academy_name: str
    is_central: bool
    person_id: UUID
    person_name: str
    requested_by_id: UUID
    requested_by_name: str
    right: Right
    purpose: str
    term: Term
    asset_number: str | None
    equipment_attested: bool
    two_step_confirmed: bool
    requested_at: datetime
    approval: ApprovalView | None = None
    grant: GrantView | None = None

    def state(self, day: date) -> RequestState:
        """Where it stands on a day."""
        return request_state(
            self.term,
            approved=None if self.approval is None else self.approval.approved,
            granted=None if self.grant is None else self.grant.term,
            is_ended=self.grant is not None and self.grant.ended_at is not None,
            day=day,
        )


@dataclass(frozen=True, slots=True)
class Review:
    """What an approver sees: the request, whether they may decide it, and the gate's answer just now."""

    request: RequestView
    may_approve: Decision
    decision: AccessDecision


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One person with a live right on an account, and whether they may use it."""

    person_id: UUID
    name: str
    right: Right
    grant_id: UUID
    term: Term
    conditions: str
    decision: AccessDecision


@dataclass(frozen=True, slots=True)
class HoldView:
    """One hold: what it stops, by whom, until when."""

    id: UUID
    scope: HoldScope
    academy_id: UUID | None
    account_id: UUID | None
    where: str
    reason: str
    starts_at: datetime
    ends_at: datetime | None
    started_by_name: str
    lifted_at: datetime | None = None
    lifted_by_name: str = ""

    def stands_at(self, moment: datetime) -> bool:
        """Whether posting is stopped at a moment."""
        end = min((m for m in (self.ends_at, self.lifted_at) if m is not None), default=None)
        return self.starts_at <= moment and (end is None or moment < end)


@dataclass(frozen=True, slots=True)
class HoldPreview:
    """Whom a hold would reach: how many open accounts, and how many people with a live right on them."""

    accounts: int
    people: int
    by_enforcement: tuple[tuple[Enforcement, int], ...]
