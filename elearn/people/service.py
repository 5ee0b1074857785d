"""People: each known by the payroll number, never by the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import bindparam, select

from elearn.db import db, transaction
from elearn.errors import InvalidInput, NotFound
from elearn.kept import Kept
from elearn.ledger.service import record
from elearn.people.models import Person
from elearn.people.organisations import get_organisation_by_slug
from elearn.people.wording import visible_line
from elearn.prepared import Prepared


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person, as other packages see them."""

    id: UUID
    organisation_id: UUID
    payroll_number: str
    name: str
    email: str | None

    @property
    def initialled(self) -> str:
        """First name and initial, for a page that anyone holding the phone may see: "Amira B."."""
        first, *others = self.name.split()
        return f"{first} {others[-1][0]}." if others else first


def add_person(
    organisation_id: UUID, *, payroll_number: str, name: str, email: str | None = None, at: datetime
) -> PersonView:
    """Add one person. Raises InvalidInput where the payroll number is taken or a value is missing."""
    number = visible_line("payroll number", payroll_number, 40)
    with transaction():
        if find_person_by_number(organisation_id, number) is not None:
            raise InvalidInput(f"payroll number: {number} belongs to somebody already")
        row = record(
            Person(
                organisation_id=organisation_id,
                recorded_at=at,
                payroll_number=number,
                name=visible_line("name", name, 200),
                email=_email(email),
            )
        )
        return person_view(row)


_people: Kept[UUID, PersonView] = Kept(20_000)


def get_person(person_id: UUID) -> PersonView:
    """The person of this id. Raises NotFound."""

    def read() -> PersonView:
        row = PERSON.first(person_id=person_id)
        if row is None:
            raise NotFound("no such person")
        return person_view(row)

    return _people.get(person_id, read)


_person_columns = Person.__table__.c
PERSON = Prepared(select(Person.__table__).where(_person_columns.id == bindparam("person_id")))
LOCKED_PERSON = Prepared(
    select(_person_columns.id)
    .where(_person_columns.id == bindparam("person_id"))
    .with_for_update(key_share=True)
)


def lock_person(person_id: UUID) -> None:
    """Have racing units for one person wait for each other until this one ends; on SQLite a unit is alone anyway.

    Rows that only refer to the person go on being written.
    """
    LOCKED_PERSON.first(person_id=person_id)


def get_person_of(organisation_id: UUID, person_id: UUID) -> PersonView:
    """The person of this id in this organisation. Raises NotFound."""
    person = get_person(person_id)
    if person.organisation_id != organisation_id:
        raise NotFound("no such person")
    return person


def find_person_by_number(organisation_id: UUID, payroll_number: str) -> PersonView | None:
    """The person with this payroll number, or None."""
    query = select(Person).where(
        Person.organisation_id == organisation_id, Person.payroll_number == payroll_number
    )
    row = db.session.scalar(query)
    return None if row is None else person_view(row)


def resolve_person(reference: str) -> PersonView:
    """The person meant by `organisation/payroll-number` or an id, as commands take them. Raises NotFound."""
    if "/" in reference:
        slug, _, number = reference.partition("/")
        organisation = get_organisation_by_slug(slug)
        found = find_person_by_number(organisation.id, number)
        if found is None:
            raise NotFound(f"nobody at {slug} has payroll number {number}")
        return found
    try:
        return get_person(UUID(reference))
    except ValueError:
        raise NotFound(f"'{reference}' is neither organisation/payroll-number nor an id") from None


Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = 500) -> Iterable[Sequence[Item]]:
    """The items in runs short enough for one statement's parameters."""
    return (items[start : start + size] for start in range(0, len(items), size))


def names_of(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these people, by id."""
    found: dict[UUID, str] = {}
    for chunk in chunks(sorted(set(person_ids))):
        query = select(Person.id, Person.name).where(Person.id.in_(chunk))
        found |= {row.id: row.name for row in db.session.execute(query)}
    return found


def _email(value: str | None) -> str | None:
    text = (value or "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) or len(text) > 200:
        raise InvalidInput(f"e-mail: '{text}' is not an e-mail address")
    return text


def person_view(row: Person) -> PersonView:
    """A person as other packages see them, from their row."""
    return PersonView(row.id, row.organisation_id, row.payroll_number, row.name, row.email)
