"""Permission roles: what somebody may do in the program, everywhere or at one academy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from elearn.db import db, transaction
from elearn.decisions import Allowed, Refused
from elearn.errors import ActionRefused
from elearn.ledger.facts import stands
from elearn.ledger.service import record
from elearn.people.models import RoleHolding
from elearn.people.organisations import check_academy, lock_organisation
from elearn.people.rules import Term, may_end_administrator
from elearn.people.service import get_person
from elearn.people.terms import check_term, give_last_day, last_day
from elearn.permissions import Permission, Role, permissions_of


@dataclass(frozen=True, slots=True)
class RoleView:
    """One permission role that a person holds."""

    id: UUID
    role: Role
    academy_id: UUID | None
    term: Term
    recorded_at: datetime


def give_role(
    person_id: UUID,
    role: Role,
    *,
    academy_id: UUID | None = None,
    starts_on: date,
    ends_on: date | None = None,
    at: datetime,
) -> UUID:
    """Give a permission role, everywhere or at one academy; its id. Raises NotFound, InvalidInput."""
    check_term(starts_on, ends_on)
    with transaction():
        person = get_person(person_id)
        check_academy(person.organisation_id, academy_id)
        row = record(
            RoleHolding(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person_id,
                role=role.value,
                academy_id=academy_id,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
        return row.id


def take_role(holding_id: UUID, *, ends_on: date | None, organisation_id: UUID, at: datetime) -> None:
    """Give a role its last day or, without one, stop it: from this moment it counts no more, and where it was
    recorded today it counted on no day.

    Raises NotFound, InvalidInput, ActionRefused for the last administrator and for what has ended already.
    """
    with transaction():
        _check_administrators(holding_id, organisation_id, last_day(ends_on, at))
        give_last_day(RoleHolding, holding_id, organisation_id, ends_on=ends_on, at=at)


def _check_administrators(ending_id: UUID, organisation_id: UUID, ends_on: date) -> None:
    """Two administrators who end each other at once wait for each other here. Raises ActionRefused."""
    everywhere = select(RoleHolding).where(_everywhere(organisation_id))
    if db.session.scalar(everywhere.where(RoleHolding.id == ending_id)) is None:
        return
    lock_organisation(organisation_id, exclusive=True)
    terms = {row.id: Term(row.starts_on, row.ends_on) for row in db.session.scalars(everywhere)}
    held = terms.pop(ending_id, None)
    verdict = Allowed() if held is None else may_end_administrator(held, ends_on, terms.values())
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)


def _everywhere(organisation_id: UUID) -> ColumnElement[bool]:
    """The standing holdings of administrators of the whole organisation."""
    return and_(
        RoleHolding.organisation_id == organisation_id,
        RoleHolding.role == Role.ADMINISTRATOR.value,
        RoleHolding.academy_id.is_(None),
        stands(RoleHolding),
    )


def permissions_held(person_id: UUID, day: date) -> frozenset[Permission]:
    """What a person may do on a day by the permission roles they hold then."""
    return permissions_of(role.role for role in list_roles(person_id) if role.term.holds_on(day))


def has_administrator(organisation_id: UUID, day: date) -> bool:
    """Whether anybody is administrator of the whole organisation on a day."""
    held = select(RoleHolding).where(_everywhere(organisation_id))
    return any(Term(row.starts_on, row.ends_on).holds_on(day) for row in db.session.scalars(held))


def list_roles(person_id: UUID) -> list[RoleView]:
    """The standing permission roles of a person, with their terms."""
    query = select(RoleHolding).where(
        RoleHolding.organisation_id == get_person(person_id).organisation_id,
        RoleHolding.person_id == person_id,
        stands(RoleHolding),
    )
    return [
        RoleView(row.id, Role(row.role), row.academy_id, Term(row.starts_on, row.ends_on), row.recorded_at)
        for row in db.session.scalars(query.order_by(RoleHolding.starts_on))
    ]
