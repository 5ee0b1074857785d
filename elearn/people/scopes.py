"""Whose records a viewer may see, and finding people among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, false, func, or_, select

from elearn.db import db
from elearn.errors import NotFound
from elearn.ledger.facts import stands
from elearn.people.models import OfficeHolding, Person, Placement
from elearn.people.offices import list_offices
from elearn.people.roles import list_roles
from elearn.people.rules import FOLD_FROM, FOLD_TO, LINE_MANAGER, SPELLED_OUT, fold, visible_text
from elearn.people.service import PersonView, chunks, person_view
from elearn.permissions import ROLE_PERMISSIONS, Permission, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose records a viewer may see: the whole organisation, some academies, or the people they line-manage."""

    organisation_id: UUID
    viewer_id: UUID
    everybody: bool
    academy_ids: frozenset[UUID]
    line_managed: bool = True

    def reaches(self, academy_id: UUID | None) -> bool:
        """Whether it takes in an academy; without one, the whole organisation."""
        return self.everybody or academy_id in self.academy_ids


LED = frozenset({Permission.SEE_STAFF, Permission.REQUEST_ACCESS})
"""What somebody may do for the people they line-manage and the academy they are head of."""


def scope_of(person: PersonView, day: date, permission: Permission) -> Scope:
    """The scope of a manager, HR, IT, an auditor or an administrator on a day.

    HR, IT, auditors and administrators see the academy their role names, or everybody; an approver or manager
    sees the people they line-manage and the academies they are head of. Only the roles that give `permission`
    count: HR of one academy who manages people of another does not edit their records.
    """
    wide = {Role.HR, Role.IT, Role.ADMINISTRATOR, Role.AUDITOR}
    roles = [role for role in list_roles(person.id) if role.term.holds_on(day)]
    roles = [role for role in roles if permission in ROLE_PERMISSIONS[role.role]]
    leads = permission in LED
    heads = [o for o in list_offices(person.id) if leads and o.office == "head" and o.term.holds_on(day)]
    everybody = any(role.role in wide and role.academy_id is None for role in roles)
    academies = {role.academy_id for role in roles if role.academy_id and role.role in wide | {Role.MANAGER}}
    academies |= {office.academy_id for office in heads if office.academy_id}
    mine = frozenset(academy for academy in academies if academy)
    return Scope(person.organisation_id, person.id, everybody, mine, line_managed=leads)


def search_people(scope: Scope, text: str, *, day: date, limit: int = 50) -> list[PersonView]:
    """People in scope whose name, payroll number or e-mail address has `text`; all in scope where it is empty."""
    query = select(Person).where(Person.organisation_id == scope.organisation_id, _in_scope(scope, day))
    for word in visible_text(text).split():
        query = query.where(
            or_(
                _folded(Person.name).contains(fold(word), autoescape=True),
                Person.payroll_number.icontains(word, autoescape=True),
                Person.email.icontains(word, autoescape=True),
            )
        )
    return [person_view(row) for row in db.session.scalars(query.order_by(Person.name).limit(limit))]


def _folded(column: SQLColumnExpression[str]) -> ColumnElement[str]:
    """`fold` of a column, by the database."""
    folded: ColumnElement[str] = func.lower(column)
    for letter, letters in SPELLED_OUT.items():
        folded = func.replace(folded, letter, letters)
    return func.translate(folded, FOLD_FROM, FOLD_TO)


def get_person_in_scope(scope: Scope, person_id: UUID, *, day: date) -> PersonView:
    """A person the viewer may see. Raises NotFound for anyone else, as for nobody at all."""
    query = select(Person).where(
        Person.id == person_id, Person.organisation_id == scope.organisation_id, _in_scope(scope, day)
    )
    row = db.session.scalar(query)
    if row is None:
        raise NotFound("no such person")
    return person_view(row)


def find_among(scope: Scope, person_ids: Iterable[UUID], *, day: date) -> dict[UUID, PersonView]:
    """Those of these people whom the viewer may see, by id."""
    found: dict[UUID, PersonView] = {}
    for chunk in chunks(list(person_ids)):
        query = select(Person).where(
            Person.id.in_(chunk), Person.organisation_id == scope.organisation_id, _in_scope(scope, day)
        )
        found |= {row.id: person_view(row) for row in db.session.scalars(query)}
    return found


def _in_scope(scope: Scope, day: date) -> ColumnElement[bool]:
    if scope.everybody:
        return Person.organisation_id == scope.organisation_id
    managed = select(OfficeHolding.id).where(
        OfficeHolding.organisation_id == scope.organisation_id,
        OfficeHolding.office == LINE_MANAGER,
        OfficeHolding.person_id == scope.viewer_id,
        OfficeHolding.for_person_id == Person.id,
        OfficeHolding.starts_on <= day,
        or_(OfficeHolding.ends_on.is_(None), OfficeHolding.ends_on >= day),
        stands(OfficeHolding),
    )
    at_academies = select(Placement.id).where(
        Placement.organisation_id == scope.organisation_id,
        Placement.academy_id.in_(scope.academy_ids),
        Placement.person_id == Person.id,
        stands(Placement),
    )
    found = [exists(managed)] if scope.line_managed else []
    return or_(false(), *found, *([exists(at_academies)] if scope.academy_ids else []))
