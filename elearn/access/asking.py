"""Asking for access."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from elearn.access.accounts import get_account
from elearn.access.decision import AccessDecision
from elearn.access.facts import RequestFact, Right
from elearn.access.models import AccessRequest
from elearn.access.request_rules import (
    COMES_WITH,
    OPEN,
    RequestState,
    eligible_to_request,
    may_request,
    request_state,
)
from elearn.access.requests import get_request
from elearn.access.rules import decide_access
from elearn.access.service import check_access, gather_or_refuse
from elearn.access.views import RequestView
from elearn.access.wording import safe_text
from elearn.clock import local_day
from elearn.dates import spoken_day
from elearn.db import db, transaction
from elearn.decisions import Refused
from elearn.errors import ActionRefused, InvalidInput
from elearn.ledger.service import record
from elearn.people.service import get_person_of, lock_person
from elearn.people.terms import check_term


def request_access(
    account_id: UUID,
    person_id: UUID,
    *,
    requested_by_id: UUID,
    right: Right,
    purpose: str,
    starts_on: date,
    ends_on: date,
    asset_number: str | None = None,
    equipment_attested: bool = False,
    two_step_confirmed: bool = False,
    at: datetime,
) -> RequestView:
    """Ask for one person's right on one account, for them or by them. Nothing is granted by it.

    The same request again while it is open, as a double tap sends it, gives the request there is. Raises NotFound,
    InvalidInput naming the field, ActionRefused with every reason.
    """
    check_term(starts_on, ends_on)
    today = local_day(at)
    if ends_on < today:
        raise InvalidInput(f"last day: {spoken_day(ends_on)} has passed")
    with transaction():
        account = get_account(account_id)
        for someone in (person_id, requested_by_id):
            get_person_of(account.organisation_id, someone)
        lock_person(person_id)
        asked = {
            "organisation_id": account.organisation_id,
            "account_id": account_id,
            "person_id": person_id,
            "requested_by_id": requested_by_id,
            "right": right.value,
            "purpose": safe_text("purpose", purpose),
            "starts_on": starts_on,
            "ends_on": ends_on,
            "asset_number": safe_text("asset number", asset_number or "", 60, needed=False) or None,
            "equipment_attested": equipment_attested,
            "two_step_confirmed": two_step_confirmed,
        }
        if open_already := _find_open(asked, today):
            return open_already
        _refuse_to_ask(person_id, account_id, right, today, at)
        return get_request(record(AccessRequest(recorded_at=at, **asked)).id)


def _find_open(asked: dict[str, Any], today: date) -> RequestView | None:
    """The open request that asks for exactly this, or None."""
    found = (get_request(key) for key in db.session.scalars(select(AccessRequest.id).filter_by(**asked)))
    return next((request for request in found if request.state(today) in OPEN), None)


def _refuse_to_ask(person_id: UUID, account_id: UUID, right: Right, today: date, at: datetime) -> None:
    """Raises ActionRefused with every reason against a request, if any."""
    gathered = gather_or_refuse(person_id, account_id, today, at)
    facts = gathered.facts[person_id]
    states = {_state(request, today) for request in facts.requests if request.right in COMES_WITH[right]}
    verdict = may_request(decide_access(facts, gathered.requirements, today), states)
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)


def may_ask_for(
    person_id: UUID, account_id: UUID, day: date, *, at: datetime | None = None
) -> tuple[AccessDecision, bool]:
    """The gate's answer, and whether all is met but what a request brings about: "Yes, you can request access"."""
    decision = check_access(person_id, account_id, day, at=at)
    return decision, bool(eligible_to_request(decision))


def _state(request: RequestFact, today: date) -> RequestState:
    return request_state(
        request.term,
        approved=None if request.approval is None else request.approval.approved,
        granted=None if request.grant is None else request.grant.term,
        is_ended=request.grant is not None and request.grant.ended_on is not None,
        day=today,
    )
