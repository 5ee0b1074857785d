"""Granting what was approved, and taking it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from elearn.access import queries as q
from elearn.access.facts import AccessFacts
from elearn.access.models import AccessGrant, GrantEnding
from elearn.access.request_rules import may_grant
from elearn.access.requests import get_request
from elearn.access.rules import decide_access
from elearn.access.service import gather_or_refuse, lock_request
from elearn.access.views import ApprovalView, RequestView
from elearn.access.wording import safe_text
from elearn.clock import local_day
from elearn.db import db, transaction
from elearn.decisions import Refused, refuse
from elearn.errors import ActionRefused, NotFound
from elearn.ledger.service import record
from elearn.people.organisations import lock_organisation
from elearn.people.service import get_person, get_person_of


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
        lock_request(request_id)
        request = get_request(request_id)
        get_person_of(request.organisation_id, granted_by_id)
        _lock_for_grant(request.person_id, granted_by_id)
        gathered = gather_or_refuse(request.person_id, request.account_id, today, at)
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
        lock_request(request_id)
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


def _lock_for_grant(person_id: UUID, granted_by_id: UUID) -> None:
    """Have whatever is recorded about the person meanwhile wait: every such row refers to theirs.

    The granter, whom the grant refers to, is locked as well, and both in one order: two who grant to each other
    at the same moment do not wait for ever.
    """
    for someone in sorted({person_id, granted_by_id}):
        row = select(q.people.c.id).where(q.people.c.id == someone)
        shared = someone != person_id
        db.session.execute(row.with_for_update(read=shared, key_share=shared))


def _only(facts: AccessFacts, request_id: UUID) -> AccessFacts:
    return replace(facts, requests=tuple(r for r in facts.requests if r.id == request_id))
