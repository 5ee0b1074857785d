"""Who may sign in."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    SQLColumnExpression,
    Uuid,
    bindparam,
    exists,
    or_,
    select,
)

from elearn.ledger.facts import stands
from elearn.people.models import Placement, RoleHolding
from elearn.people.service import PersonView
from elearn.prepared import Prepared


def may_enter(person: PersonView, day: date) -> bool:
    """Whether somebody may sign in: a post of theirs has not ended by then, or they hold a permission role."""
    return bool(MAY_ENTER.scalar(organisation_id=person.organisation_id, person_id=person.id, day=day))


def may_enter_clause(
    organisation_id: SQLColumnExpression[UUID],
    person_id: SQLColumnExpression[UUID],
    day: date | BindParameter[date],
) -> ColumnElement[bool]:
    """`may_enter` as part of another statement."""
    post = select(Placement.id).where(
        Placement.organisation_id == organisation_id,
        Placement.person_id == person_id,
        or_(Placement.ends_on.is_(None), Placement.ends_on >= day),
        stands(Placement),
    )
    role = select(RoleHolding.id).where(
        RoleHolding.organisation_id == organisation_id,
        RoleHolding.person_id == person_id,
        RoleHolding.starts_on <= day,
        or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
        stands(RoleHolding),
    )
    return or_(exists(post), exists(role))


MAY_ENTER = Prepared(
    select(
        may_enter_clause(
            bindparam("organisation_id", type_=Uuid()),
            bindparam("person_id", type_=Uuid()),
            bindparam("day", type_=Date()),
        )
    )
)
