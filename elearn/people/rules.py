"""Who someone is to the organisation on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from elearn.decisions import Allowed, Decision, refuse


class PersonKind(StrEnum):
    """On what footing someone works in the organisation: what a policy's scope clause names."""

    EMPLOYEE = "employee"
    AGENCY = "agency"
    CONTRACTOR = "contractor"
    CONSULTANT = "consultant"
    VOLUNTEER = "volunteer"
    GOVERNOR = "governor"
    TRUSTEE = "trustee"
    AMBASSADOR = "ambassador"
    THIRD_PARTY = "third_party"


class JobGroup(StrEnum):
    """What kind of work: decides which situations someone meets."""

    TEACHER = "teacher"
    TEACHING_ASSISTANT = "teaching_assistant"
    PASTORAL = "pastoral"
    OFFICE = "office"
    SITE = "site"
    KITCHEN = "kitchen"
    LEADER = "leader"
    GOVERNOR = "governor"
    VOLUNTEER = "volunteer"
    SUPPLY = "supply"
    ACCOUNT_HOLDER = "account_holder"
    RECRUITER = "recruiter"
    IT = "it"


LINE_MANAGER = "line_manager"
"""The one office that is held for a person rather than at an academy."""


@dataclass(frozen=True, slots=True)
class Term:
    """First and last day of something; no last day means until further notice."""

    starts_on: date
    ends_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it stands on `day`: both its first and its last day count."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def outlasts(self, ends_on: date | None) -> bool:
        """Whether it goes on at least as long as something with this last day."""
        return self.ends_on is None or (ends_on is not None and self.ends_on >= ends_on)


@dataclass(frozen=True, slots=True)
class PlacementView:
    """One post of a person at one academy."""

    id: UUID
    person_id: UUID
    academy_id: UUID
    academy_name: str
    kind: PersonKind
    job_title: str
    job_group: JobGroup
    term: Term


@dataclass(frozen=True, slots=True)
class OfficeView:
    """One office somebody holds: at an academy, for the whole organisation, or (line manager) for a person."""

    id: UUID
    person_id: UUID
    office: str
    academy_id: UUID | None
    for_person_id: UUID | None
    term: Term


def placements_on(placements: Iterable[PlacementView], day: date) -> list[PlacementView]:
    """The posts that stand on a day."""
    return [placement for placement in placements if placement.term.holds_on(day)]


def first_day(placements: Iterable[PlacementView]) -> date | None:
    """The first day of the earliest post, or None without one."""
    return min((placement.term.starts_on for placement in placements), default=None)


def office_reaches(office: OfficeView, *, academy_id: UUID | None, person_id: UUID, day: date) -> bool:
    """Whether an office holder acts for this person at this academy on this day.

    A line manager acts for the person named; an office of the whole organisation acts everywhere; any
    other office acts at its own academy.
    """
    if not office.term.holds_on(day):
        return False
    if office.office == LINE_MANAGER:
        return office.for_person_id == person_id
    return office.academy_id is None or office.academy_id == academy_id


def may_end_administrator(held: Term, ends_on: date, others: Iterable[Term]) -> Decision:
    """Whether one of a whole organisation's administrator roles may get this last day, beside the others'.

    Refused where the organisation would be without an administrator sooner than it is now: another role has to
    stand on the day after and go on at least as long as this one did.
    """
    day_after = ends_on + timedelta(days=1)
    if Term(held.starts_on, ends_on).outlasts(held.ends_on) or any(
        other.holds_on(day_after) and other.outlasts(held.ends_on) for other in others
    ):
        return Allowed()
    return refuse(
        "last_administrator",
        "This is the last administrator of the whole organisation",
        next_step="Make somebody else an administrator first",
        who="administrator",
    )
