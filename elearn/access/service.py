"""Asking for access, deciding, granting, ending, and the check at the moment of use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from elearn.access import queries as q
from elearn.access.accounts import get_account
from elearn.access.facts import AccessFacts, RequestFact, Right
from elearn.access.gathering import Gathered, gather
from elearn.access.models import AccessGrant, AccessRequest, Approval, GrantEnding
from elearn.access.requests import get_request, list_live, list_waiting
from elearn.access.requirements import AccessRequirements, RequirementsUnusable
from elearn.access.rules import (
    AccessDecision,
    RequestParties,
    approving_offices,
    cannot_decide,
    decide_access,
    eligible_to_request,
    may_approve,
    may_grant,
    may_request,
)
from elearn.access.views import ApprovalView, RequestState, RequestView, Review, RosterEntry
from elearn.access.wording import check_term, safe_text
from elearn.clock import local_day
from elearn.dates import spoken_day
from elearn.db import current_session, db, transaction
from elearn.decisions import Refused, refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.ledger.facts import plain_value
from elearn.ledger.service import record
from elearn.people.rules import OfficeView
from elearn.people.service import (
    get_person,
    get_person_of,
    list_office_holders,
    list_offices,
    lock_organisation,
    lock_person,
)

log = logging.getLogger(__name__)

CONTENT_ERRORS = (RequirementsUnusable, NotFound, ValueError, KeyError)
"""What missing or broken content raises when it is read as requirements."""


# --- the check at the moment of use -------------------------------------------------------------------


def check_access(
    person_id: UUID, account_id: UUID, day: date, *, at: datetime | None = None
) -> AccessDecision:
    """Whether the person may use the account on a day, from facts and not from an earlier answer. Writes nothing.

    Give the moment `at` for today: it decides holds; without it a hold on any part of the day stops. A past day
    is answered as it was known by its end. Fails closed: whatever goes wrong is logged and gives `cannot_say`.
    """
    return _check(person_id, account_id, day, at, None)


def check_access_within(
    organisation_id: UUID, person_id: UUID, account_id: UUID, *, at: datetime
) -> AccessDecision:
    """The same at a moment, for somebody who may ask about one organisation only: what is another's is unknown."""
    return _check(person_id, account_id, local_day(at), at, organisation_id)


def _check(
    person_id: UUID, account_id: UUID, day: date, at: datetime | None, within: UUID | None
) -> AccessDecision:
    try:
        gathered = gather([person_id], account_id, day, at=at, within=within)
        return decide_access(gathered.facts[person_id], gathered.requirements, day)
    except CONTENT_ERRORS as error:
        return _content_failed(error)
    except Exception:
        # Whatever failed, the answer is never yes. Inside a write unit the failure must go on and undo it.
        if current_session().unit is not None:
            raise
        log.exception("the gate could not decide on account %s", account_id)
        with suppress(SQLAlchemyError):
            db.session.rollback()
        return cannot_decide(
            "cannot_decide",
            "The answer could not be worked out just now",
            next_step="Try again; if it stays, tell IT",
            who="IT",
        )


def closed_lookup(find: Callable[[], UUID]) -> UUID | None:
    """What a look-up before a check finds; None where there is nothing or it fails, so that the check refuses."""
    try:
        return find()
    except NotFound as error:
        log.info("unknown to the gate: %s", error)
    except SQLAlchemyError:
        log.exception("a look-up before the gate failed")
        with suppress(SQLAlchemyError):
            db.session.rollback()
    return None


def decision_json(decision: AccessDecision, decided_at: datetime) -> dict[str, Any]:
    """A decision as the command line and the API give it."""
    change = decision.next_change_on
    return {
        "answer": decision.answer.value,
        "allowed": decision.allowed,
        "reasons": [
            {
                "code": reason.code,
                "message": reason.message,
                "basis": reason.basis,
                "clause": list(reason.clauses),
                "next_step": reason.next_step,
                "who": reason.who,
            }
            for reason in decision.reasons
        ],
        "next_change_on": None if change is None else change.isoformat(),
        "decided_at": plain_value(decided_at),
    }


def _content_failed(error: Exception) -> AccessDecision:
    log.error("the rules for accounts cannot be read: %s", error)
    return cannot_decide(
        "requirements_missing",
        "The rules for accounts cannot be read: the policy's content is missing or broken",
        next_step="Load the content again and run its checks",
        who="the policy's author",
    )


def roster(account_id: UUID, day: date, *, at: datetime | None = None) -> list[RosterEntry]:
    """Everybody with a live right on an account on a day, and whether they may use it, in a constant number of
    statements. A right stays on the list while a hold or a lapse suspends it. Raises NotFound."""
    account = get_account(account_id)
    requests = list_live(account.organisation_id, account_id, day)
    people = list(dict.fromkeys(request.person_id for request in requests))
    decisions = _decide_all(people, account_id, day, at)
    return [
        RosterEntry(
            request.person_id,
            request.person_name,
            request.right,
            request.grant.id,
            request.grant.term,
            "" if request.approval is None else request.approval.conditions,
            decisions[request.person_id],
        )
        for request in requests
        if request.grant is not None
    ]


def _decide_all(
    people: list[UUID], account_id: UUID, day: date, at: datetime | None
) -> dict[UUID, AccessDecision]:
    if not people:
        return {}
    try:
        gathered = gather(people, account_id, day, at=at)
    except CONTENT_ERRORS as error:
        return dict.fromkeys(people, _content_failed(error))
    return {
        person_id: decide_access(facts, gathered.requirements, day)
        for person_id, facts in gathered.facts.items()
    }


# --- asking -------------------------------------------------------------------------------------------


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
    undecided = (RequestState.WAITING, RequestState.APPROVED)
    return next((request for request in found if request.state(today) in undecided), None)


def _refuse_to_ask(person_id: UUID, account_id: UUID, right: Right, today: date, at: datetime) -> None:
    """Raises ActionRefused with every reason against a request, if any."""
    gathered = _gather_or_refuse(person_id, account_id, today, at)
    facts = gathered.facts[person_id]
    same = [request for request in facts.requests if request.right is right]
    verdict = may_request(
        decide_access(facts, gathered.requirements, today),
        is_granted=any(_is_granted(request, today) for request in same),
        is_waiting=any(_is_waiting(request, today) for request in same),
    )
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)


def may_ask_for(
    person_id: UUID, account_id: UUID, day: date, *, at: datetime | None = None
) -> tuple[AccessDecision, bool]:
    """The gate's answer, and whether all is met but what a request brings about: "Yes, you can request access"."""
    decision = check_access(person_id, account_id, day, at=at)
    return decision, bool(eligible_to_request(decision))


def _is_granted(request: RequestFact, today: date) -> bool:
    grant = request.grant
    if grant is None or grant.ended_on is not None:
        return False
    return grant.term.ends_on is None or today <= grant.term.ends_on


def _is_waiting(request: RequestFact, today: date) -> bool:
    refused = request.approval is not None and not request.approval.approved
    over = request.term.ends_on is not None and request.term.ends_on < today
    return request.grant is None and not refused and not over


# --- deciding -----------------------------------------------------------------------------------------


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
        _lock_request(request_id)
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


# --- granting and ending ------------------------------------------------------------------------------


def grant_access(request_id: UUID, *, granted_by_id: UUID, at: datetime) -> RequestView:
    """Turn an approved request into a right, if the gate says so at this moment.

    The decision is taken again inside the transaction, after policy, request and person are locked: whatever
    publishes a version or ends a post, a training or a right of that person waits, or has been seen. Raises
    NotFound, ActionRefused with every reason.
    """
    today = local_day(at)
    with transaction():
        granter = get_person(granted_by_id)
        lock_organisation(granter.organisation_id, exclusive=False)
        _lock_request(request_id)
        request = get_request(request_id)
        get_person_of(request.organisation_id, granted_by_id)
        _lock_for_grant(request.person_id, granted_by_id)
        gathered = _gather_or_refuse(request.person_id, request.account_id, today, at)
        facts = _only(gathered.facts[request.person_id], request_id)
        verdict = may_grant(decide_access(facts, gathered.requirements, today), facts.requests[0], today)
        if isinstance(verdict, Refused) or request.approval is None:
            raise ActionRefused(verdict if isinstance(verdict, Refused) else _undecided())
        record(_grant(request, request.approval, granted_by_id, today, at))
        return get_request(request_id)


def _undecided() -> Refused:
    return refuse("not_approved", "No approver has decided yet")


def _grant(
    request: RequestView, approval: ApprovalView, granted_by_id: UUID, today: date, at: datetime
) -> AccessGrant:
    """The right asked for, from today or later, until the first of the request's and the approval's last day."""
    lasts = [day for day in (request.term.ends_on, approval.ends_on) if day is not None]
    return AccessGrant(
        organisation_id=request.organisation_id,
        recorded_at=at,
        request_id=request.id,
        approval_id=approval.id,
        account_id=request.account_id,
        person_id=request.person_id,
        right=request.right.value,
        starts_on=max(request.term.starts_on, today),
        ends_on=min(lasts),
        granted_by_id=granted_by_id,
    )


def end_grant(
    grant_id: UUID, *, organisation_id: UUID, reason: str, ended_by_id: UUID | None = None, at: datetime
) -> RequestView:
    """Take a right back from now on. Raises NotFound; InvalidInput; ActionRefused where it has been ended."""
    with transaction() as session:
        grants = q.grants.c
        query = select(grants.request_id).where(
            grants.id == grant_id, grants.organisation_id == organisation_id
        )
        request_id = session.scalar(query)
        if request_id is None:
            raise NotFound("no such access")
        if ended_by_id is not None:
            get_person_of(organisation_id, ended_by_id)
        _lock_request(request_id)
        request = get_request(request_id)
        if request.grant is None or request.grant.ended_at is not None:
            raise ActionRefused(refuse("grant_ended", "This access has been ended already"))
        record(
            GrantEnding(
                organisation_id=organisation_id,
                recorded_at=at,
                grant_id=grant_id,
                reason=safe_text("reason", reason),
                ended_by_id=ended_by_id,
            )
        )
        return get_request(request_id)


# --- inside -------------------------------------------------------------------------------------------


def _lock_request(request_id: UUID) -> None:
    """Have racing decisions and grants of one request wait for each other (PostgreSQL; SQLite has one writer)."""
    db.session.execute(select(q.requests.c.id).where(q.requests.c.id == request_id).with_for_update())


def _lock_for_grant(person_id: UUID, granted_by_id: UUID) -> None:
    """Have whatever is recorded about the person meanwhile wait: every such row refers to theirs.

    The granter, whom the grant refers to, is locked as well, and both in one order: two who grant to each other
    at the same moment do not wait for ever.
    """
    for someone in sorted({person_id, granted_by_id}):
        row = select(q.people.c.id).where(q.people.c.id == someone)
        shared = someone != person_id
        db.session.execute(row.with_for_update(read=shared, key_share=shared))


def _gather_or_refuse(person_id: UUID, account_id: UUID, day: date, at: datetime | None) -> Gathered:
    try:
        return gather([person_id], account_id, day, at=at)
    except CONTENT_ERRORS as error:
        raise ActionRefused(Refused(_content_failed(error).reasons)) from error


def _requirements(request: RequestView, day: date) -> AccessRequirements | None:
    try:
        return gather([request.person_id], request.account_id, day).requirements
    except CONTENT_ERRORS as error:
        _content_failed(error)
        return None


def _requirements_or_refuse(request: RequestView, day: date, at: datetime | None) -> AccessRequirements:
    gathered = _gather_or_refuse(request.person_id, request.account_id, day, at)
    if gathered.requirements is None:
        decision = decide_access(gathered.facts[request.person_id], None, day)
        raise ActionRefused(Refused(decision.reasons))
    return gathered.requirements


def _only(facts: AccessFacts, request_id: UUID) -> AccessFacts:
    return replace(facts, requests=tuple(r for r in facts.requests if r.id == request_id))


def _any_one(requirements: AccessRequirements) -> AccessRequirements:
    """The same requirements with any one approving office enough: to tell which of several holdings reach."""
    return replace(requirements, approval=replace(requirements.approval, all_needed=False))


def _parties(request: RequestView) -> RequestParties:
    return RequestParties(request.person_id, request.requested_by_id, request.academy_id)
