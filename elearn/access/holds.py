"""Holds: nobody posts on an account, an academy's accounts or all of them until the hold ends or is lifted."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, select

from elearn.access import queries as q
from elearn.access.accounts import end_of, get_account_of, list_accounts
from elearn.access.facts import HoldScope
from elearn.access.models import Hold, HoldLifted
from elearn.access.views import HoldPreview, HoldView
from elearn.access.wording import safe_text
from elearn.db import transaction
from elearn.decisions import refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.ledger.service import record
from elearn.people.organisations import list_academies
from elearn.people.service import get_person_of


def start_hold(
    organisation_id: UUID,
    *,
    scope: HoldScope,
    academy_id: UUID | None = None,
    account_id: UUID | None = None,
    reason: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    started_by_id: UUID,
    at: datetime,
) -> HoldView:
    """Stop posting. Rights, training and approvals stay as they are and count again afterwards if they still do.

    Raises InvalidInput where scope and place do not fit, or the end is not after the start; NotFound.
    """
    if (scope is HoldScope.ACADEMY) != (academy_id is not None):
        raise InvalidInput("academy: a hold on an academy, and no other, names the academy")
    if (scope is HoldScope.ACCOUNT) != (account_id is not None):
        raise InvalidInput("account: a hold on an account, and no other, names the account")
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidInput("until: the end of the hold is not after its start")
    with transaction():
        get_person_of(organisation_id, started_by_id)
        _check_place(organisation_id, academy_id, account_id)
        row = record(
            Hold(
                organisation_id=organisation_id,
                recorded_at=at,
                scope=scope.value,
                academy_id=academy_id,
                account_id=account_id,
                reason=safe_text("reason", reason),
                starts_at=starts_at,
                ends_at=ends_at,
                started_by_id=started_by_id,
            )
        )
        return get_hold(row.id, organisation_id=organisation_id)


def lift_hold(hold_id: UUID, *, organisation_id: UUID, lifted_by_id: UUID, at: datetime) -> HoldView:
    """Lift a hold from now on. Whoever lifts it is recorded; it restores nobody who has lapsed meanwhile.

    Raises NotFound; ActionRefused where it has been lifted or has ended.
    """
    with transaction() as session:
        get_person_of(organisation_id, lifted_by_id)
        locked = select(q.holds.c.id).where(q.holds.c.id == hold_id).with_for_update()
        session.execute(locked)
        hold = get_hold(hold_id, organisation_id=organisation_id)
        if hold.lifted_at is not None:
            raise ActionRefused(refuse("hold_lifted", "This hold has been lifted already"))
        if hold.ends_at is not None and hold.ends_at <= at:
            raise ActionRefused(refuse("hold_ended", "This hold has ended already"))
        record(
            HoldLifted(
                organisation_id=organisation_id, recorded_at=at, hold_id=hold_id, lifted_by_id=lifted_by_id
            )
        )
        return get_hold(hold_id, organisation_id=organisation_id)


def get_hold(hold_id: UUID, *, organisation_id: UUID) -> HoldView:
    """One hold of this organisation. Raises NotFound."""
    found = _holds(q.holds.c.id == hold_id, q.holds.c.organisation_id == organisation_id)
    if not found:
        raise NotFound("no such hold")
    return found[0]


def list_holds(organisation_id: UUID, *, at: datetime, past: bool = False) -> list[HoldView]:
    """The holds that stand or are to come at a moment, latest start first; those that are over too where asked."""
    holds = _holds(q.holds.c.organisation_id == organisation_id)
    return [hold for hold in holds if past or hold.starts_at > at or hold.stands_at(at)]


def preview_hold(
    organisation_id: UUID,
    *,
    scope: HoldScope,
    academy_id: UUID | None = None,
    account_id: UUID | None = None,
    day: date,
) -> HoldPreview:
    """How many open accounts and people with a live right a hold would reach, and how it is enforced there."""
    lines = [
        line
        for line in list_accounts(organisation_id, day=day)
        if scope is HoldScope.ORGANISATION
        or line.account.academy_id == academy_id
        or line.account.id == account_id
    ]
    reached = [line.account.id for line in lines]
    g = q.grants.c
    ended = exists().where(q.endings.c.grant_id == g.id, q.endings.c.recorded_at <= end_of(day))
    query = (
        select(g.person_id)
        .where(g.organisation_id == organisation_id, g.account_id.in_(reached))
        .where(g.starts_on <= day, g.ends_on >= day, ~ended)
        .distinct()
    )
    counted = Counter(line.account.enforcement for line in lines)
    return HoldPreview(len(lines), len(q.rows(query, {})), tuple(sorted(counted.items())))


def _check_place(organisation_id: UUID, academy_id: UUID | None, account_id: UUID | None) -> None:
    if academy_id is not None and academy_id not in {a.id for a in list_academies(organisation_id)}:
        raise NotFound("no such academy in this organisation")
    if account_id is not None:
        get_account_of(organisation_id, account_id)


def _holds(*conditions: ColumnElement[bool]) -> list[HoldView]:
    h = q.holds.c
    starter, lifter = q.people.alias("starter"), q.people.alias("lifter")
    joined = (
        q.holds.join(starter, starter.c.id == h.started_by_id)
        .outerjoin(q.academies, q.academies.c.id == h.academy_id)
        .outerjoin(q.accounts, q.accounts.c.id == h.account_id)
        .outerjoin(q.lifted, q.lifted.c.hold_id == h.id)
        .outerjoin(lifter, lifter.c.id == q.lifted.c.lifted_by_id)
    )
    query = (
        select(
            h.id,
            h.scope,
            h.academy_id,
            h.account_id,
            q.academies.c.name.label("academy_name"),
            q.accounts.c.handle,
            h.reason,
            h.starts_at,
            h.ends_at,
            starter.c.name.label("started_by"),
            q.lifted.c.recorded_at.label("lifted_at"),
            lifter.c.name.label("lifted_by"),
        )
        .select_from(joined)
        .where(*conditions)
        .order_by(h.starts_at.desc(), h.id)
    )
    return [_hold(row) for row in q.rows(query, {})]


def _hold(row: Row[Any]) -> HoldView:
    return HoldView(
        id=row.id,
        scope=HoldScope(row.scope),
        academy_id=row.academy_id,
        account_id=row.account_id,
        where=row.handle or row.academy_name or "every account",
        reason=row.reason,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        started_by_name=row.started_by,
        lifted_at=row.lifted_at,
        lifted_by_name=row.lifted_by or "",
    )
