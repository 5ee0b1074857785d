"""Who may decide a request. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from elearn.access.decision import unmet
from elearn.access.requirements import AccessRequirements
from elearn.decisions import Decision, Reason, decide
from elearn.people.rules import OfficeView, office_reaches


@dataclass(frozen=True, slots=True)
class RequestParties:
    """Who a request is for, who made it, and the academy of its account."""

    person_id: UUID
    requested_by_id: UUID
    academy_id: UUID


def approving_offices(
    request: RequestParties, offices: Iterable[OfficeView], requirements: AccessRequirements, today: date
) -> tuple[str, ...]:
    """Which approving offices these holdings are, for this request; none where they do not suffice."""
    need = requirements.approval
    held = {
        office.office
        for office in offices
        if office_reaches(office, academy_id=request.academy_id, person_id=request.person_id, day=today)
    }
    found = tuple(office for office in need.offices if office in held)
    return () if need.all_needed and len(found) < len(need.offices) else found


def may_approve(
    request: RequestParties,
    approver_id: UUID,
    offices: Iterable[OfficeView],
    requirements: AccessRequirements,
    today: date,
) -> Decision:
    """Whether this person may decide the request: they hold an approving office that reaches the person it is
    for, and are neither that person nor the one who asked. `offices` are the approver's own."""
    return decide(_against_approver(request, approver_id, list(offices), requirements, today))


def _against_approver(
    request: RequestParties,
    approver_id: UUID,
    offices: list[OfficeView],
    requirements: AccessRequirements,
    today: date,
) -> Iterable[Reason]:
    need = requirements.approval
    another = "Ask another approver"
    if approver_id == request.person_id:
        yield Reason("self_approval", "Nobody approves their own access", next_step=another, who=need.by)
    if approver_id == request.requested_by_id:
        yield Reason("requested_it", "Whoever asks does not also approve", next_step=another, who=need.by)
    own = [office for office in offices if office.person_id == approver_id]
    if not need.offices:
        yield unmet(
            "approver_unnamed",
            "The policy does not name who approves, and nobody has been chosen",
            need,
            "Choose who approves",
            "the policy's author",
        )
    elif not approving_offices(request, own, requirements, today):
        message = f"Access here is approved by {need.by}"
        yield unmet("not_an_approver", message, need, "Ask them to decide", need.by)
