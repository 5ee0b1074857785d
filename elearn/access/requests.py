"""Requests as pages list them: what was asked, what was decided, what was granted and how that ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select

from elearn.access import queries as q
from elearn.access.accounts import end_of
from elearn.access.facts import Platform, Right
from elearn.access.views import ApprovalView, GrantView, RequestView
from elearn.errors import NotFound
from elearn.people.rules import Term
from elearn.people.service import get_person


def get_request(request_id: UUID) -> RequestView:
    """The request of this id. Raises NotFound."""
    found = _list(q.requests.c.id == request_id)
    if not found:
        raise NotFound("no such request")
    return found[0]


def requests_of(person_id: UUID) -> list[RequestView]:
    """Every request for a person, whoever made it, oldest first."""
    person = get_person(person_id)
    return _list(q.requests.c.organisation_id == person.organisation_id, q.requests.c.person_id == person_id)


def list_requests(organisation_id: UUID) -> list[RequestView]:
    """Every request of an organisation, oldest first."""
    return _list(q.requests.c.organisation_id == organisation_id)


def list_waiting(organisation_id: UUID, day: date) -> list[RequestView]:
    """The requests that nobody has decided and that are not over on a day, oldest first."""
    return _list(
        q.requests.c.organisation_id == organisation_id,
        q.approvals.c.id.is_(None),
        q.requests.c.ends_on >= day,
    )


def list_to_grant(organisation_id: UUID, day: date) -> list[RequestView]:
    """The approved requests that wait to be granted on a day, oldest first."""
    return _list(
        q.requests.c.organisation_id == organisation_id,
        q.approvals.c.approved,
        q.grants.c.id.is_(None),
        q.requests.c.ends_on >= day,
    )


def list_live(organisation_id: UUID, account_id: UUID, day: date) -> list[RequestView]:
    """The requests whose right on an account is live on a day, by name of the person."""
    g, ended_at = q.grants.c, q.endings.c.recorded_at
    found = _list(
        q.requests.c.organisation_id == organisation_id,
        g.account_id == account_id,
        and_(g.starts_on <= day, g.ends_on >= day),
        or_(ended_at.is_(None), ended_at > end_of(day)),
    )
    return sorted(found, key=lambda request: request.person_name)


def _list(*conditions: ColumnElement[bool]) -> list[RequestView]:
    r, a, g, e = q.requests.c, q.approvals.c, q.grants.c, q.endings.c
    person, asker = q.people.alias("person"), q.people.alias("asker")
    approver, granter = q.people.alias("approver"), q.people.alias("granter")
    joined = (
        q.requests.join(q.accounts, q.accounts.c.id == r.account_id)
        .join(q.academies, q.academies.c.id == q.accounts.c.academy_id)
        .join(person, person.c.id == r.person_id)
        .join(asker, asker.c.id == r.requested_by_id)
        .outerjoin(q.approvals, a.request_id == r.id)
        .outerjoin(approver, approver.c.id == a.approver_id)
        .outerjoin(q.grants, g.request_id == r.id)
        .outerjoin(granter, granter.c.id == g.granted_by_id)
        .outerjoin(q.endings, e.grant_id == g.id)
    )
    columns: Iterable[Any] = (
        *r,
        q.accounts.c.slug,
        q.accounts.c.handle,
        q.accounts.c.platform,
        q.accounts.c.academy_id,
        q.academies.c.name.label("academy_name"),
        q.academies.c.is_central,
        person.c.name.label("person_name"),
        asker.c.name.label("asker_name"),
        a.id.label("approval_id"),
        a.approver_id,
        approver.c.name.label("approver_name"),
        a.office,
        a.approved,
        a.conditions,
        a.ends_on.label("approved_until"),
        a.recorded_at.label("decided_at"),
        g.id.label("grant_id"),
        g.starts_on.label("granted_from"),
        g.ends_on.label("granted_until"),
        g.recorded_at.label("granted_at"),
        granter.c.name.label("granter_name"),
        e.recorded_at.label("ended_at"),
        e.reason.label("ended_because"),
    )
    query = select(*columns).select_from(joined).where(*conditions).order_by(r.recorded_at, r.id)
    return [_request(row) for row in q.rows(query, {})]


def _request(row: Row[Any]) -> RequestView:
    return RequestView(
        id=row.id,
        organisation_id=row.organisation_id,
        account_id=row.account_id,
        account_slug=row.slug,
        account_handle=row.handle,
        platform=Platform(row.platform),
        academy_id=row.academy_id,
        academy_name=row.academy_name,
        is_central=row.is_central,
        person_id=row.person_id,
        person_name=row.person_name,
        requested_by_id=row.requested_by_id,
        requested_by_name=row.asker_name,
        right=Right(row.right),
        purpose=row.purpose,
        term=Term(row.starts_on, row.ends_on),
        asset_number=row.asset_number,
        equipment_attested=row.equipment_attested,
        two_step_confirmed=row.two_step_confirmed,
        requested_at=row.recorded_at,
        approval=_approval(row),
        grant=_granted(row),
    )


def _approval(row: Row[Any]) -> ApprovalView | None:
    if row.approval_id is None:
        return None
    return ApprovalView(
        row.approval_id,
        row.approver_id,
        row.approver_name,
        row.office,
        row.approved,
        row.conditions,
        row.approved_until,
        row.decided_at,
    )


def _granted(row: Row[Any]) -> GrantView | None:
    if row.grant_id is None:
        return None
    term = Term(row.granted_from, row.granted_until)
    return GrantView(
        row.grant_id, term, row.granted_at, row.granter_name, row.ended_at, row.ended_because or ""
    )
