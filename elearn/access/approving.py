"""Deciding a request: an approver's yes or no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from elearn.access.approval_rules import RequestParties, approving_offices, may_approve
from elearn.access.gathering import gather
from elearn.access.models import Approval
from elearn.access.requests import get_request, list_waiting
from elearn.access.requirements import AccessRequirements
from elearn.access.rules import decide_access
from elearn.access.service import CONTENT_ERRORS, check_access, content_failed, gather_or_refuse, lock_request
from elearn.access.views import RequestView, Review
from elearn.access.wording import safe_text
from elearn.clock import local_day
from elearn.db import transaction
from elearn.decisions import Refused, refuse
from elearn.errors import ActionRefused, InvalidInput
from elearn.ledger.service import record
from elearn.people.offices import list_office_holders, list_offices
from elearn.people.rules import OfficeView
from elearn.people.service import get_person, get_person_of


def decide_request(
    request_id: UUID,
    *,
    approver_id: UUID,
    approved: bool,
    conditions: str = "",
    ends_on: date | None = None,
    at: datetime,
) -> RequestView:
    """Record an approver's decision. `conditions` are shown to the holder; for a refusal they are its reason.

    `ends_on` approves for shorter. Raises NotFound; InvalidInput naming the field; ActionRefused where it is
    decided already or this person may not decide it (not for oneself, not what one asked for, no office).
    """
    today = local_day(at)
    with transaction():
        lock_request(request_id)
        request = get_request(request_id)
        get_person_of(request.organisation_id, approver_id)
        if request.approval is not None:
            raise ActionRefused(refuse("already_decided", "This request has been decided already"))
        if ends_on is not None and not request.term.holds_on(ends_on):
            raise InvalidInput("until: choose a day within the time that was asked for")
        requirements = _requirements_or_refuse(request, today, at)
        offices = list_offices(approver_id)
        verdict = may_approve(_parties(request), approver_id, offices, requirements, today)
        if isinstance(verdict, Refused):
            raise ActionRefused(verdict)
        text = safe_text("conditions" if approved else "reason", conditions, needed=not approved)
        record(
            Approval(
                organisation_id=request.organisation_id,
                recorded_at=at,
                request_id=request_id,
                person_id=request.person_id,
                requested_by_id=request.requested_by_id,
                approver_id=approver_id,
                office=approving_offices(_parties(request), offices, requirements, today)[0],
                approved=approved,
                conditions=text,
                ends_on=ends_on if approved else None,
            )
        )
        return get_request(request_id)


def review_request(request_id: UUID, *, approver_id: UUID, day: date, at: datetime | None = None) -> Review:
    """What an approver sees of a request. Raises NotFound where it is of another organisation."""
    request = get_request(request_id)
    get_person_of(request.organisation_id, approver_id)
    decision = check_access(request.person_id, request.account_id, day, at=at)
    try:
        requirements = _requirements_or_refuse(request, day, at)
    except ActionRefused as refused:
        return Review(request, refused.refusal, decision)
    verdict = may_approve(_parties(request), approver_id, list_offices(approver_id), requirements, day)
    return Review(request, verdict, decision)


def pending_requests_for(approver_id: UUID, day: date) -> list[RequestView]:
    """The undecided requests that this person may decide on a day, oldest first."""
    approver = get_person(approver_id)
    waiting = list_waiting(approver.organisation_id, day)
    offices = list_offices(approver_id)
    needs: dict[bool, AccessRequirements | None] = {}
    found = []
    for request in waiting:
        if request.is_central not in needs:
            needs[request.is_central] = _requirements(request, day)
        requirements = needs[request.is_central]
        if requirements is not None and may_approve(
            _parties(request), approver_id, offices, requirements, day
        ):
            found.append(request)
    return found


def list_approvers(request_id: UUID, day: date) -> list[OfficeView]:
    """Who may decide a request on a day: the office holdings that reach it. Raises NotFound, ActionRefused where
    the rules cannot be read."""
    request = get_request(request_id)
    requirements = _requirements_or_refuse(request, day, None)
    holdings = list_office_holders(request.organisation_id, requirements.approval.offices)
    by_person: dict[UUID, list[OfficeView]] = {}
    for holding in holdings:
        by_person.setdefault(holding.person_id, []).append(holding)
    parties = _parties(request)
    return [
        holding
        for person_id, held in by_person.items()
        if may_approve(parties, person_id, held, requirements, day)
        for holding in held
        if approving_offices(parties, [holding], _any_one(requirements), day)
    ]


def _requirements(request: RequestView, day: date) -> AccessRequirements | None:
    try:
        return gather([request.person_id], request.account_id, day).requirements
    except CONTENT_ERRORS as error:
        content_failed(error)
        return None


def _requirements_or_refuse(request: RequestView, day: date, at: datetime | None) -> AccessRequirements:
    gathered = gather_or_refuse(request.person_id, request.account_id, day, at)
    if gathered.requirements is None:
        decision = decide_access(gathered.facts[request.person_id], None, day)
        raise ActionRefused(Refused(decision.reasons))
    return gathered.requirements


def _any_one(requirements: AccessRequirements) -> AccessRequirements:
    """The same requirements with any one approving office enough: to tell which of several holdings reach."""
    return replace(requirements, approval=replace(requirements.approval, all_needed=False))


def _parties(request: RequestView) -> RequestParties:
    return RequestParties(request.person_id, request.requested_by_id, request.academy_id)
