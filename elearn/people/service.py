"""Organisations, academies, people, placements, permission roles and offices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Row,
    Select,
    SQLColumnExpression,
    Uuid,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
)

from elearn.clock import local_day
from elearn.dates import spoken_day
from elearn.db import connection, db, transaction
from elearn.decisions import CHANGED_MEANWHILE, Allowed, Refused
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.kept import Kept, asked_once
from elearn.ledger.facts import Replaceable, stands
from elearn.ledger.service import record
from elearn.people.models import Academy, OfficeHolding, Organisation, Person, Placement, RoleHolding
from elearn.people.rules import (
    FOLD_FROM,
    FOLD_TO,
    LINE_MANAGER,
    SPELLED_OUT,
    JobGroup,
    OfficeView,
    PersonKind,
    PlacementView,
    Term,
    fold,
    has_letter_or_digit,
    last_day_of_what_stops,
    may_end_administrator,
    may_stop,
    visible_text,
)
from elearn.permissions import ROLE_PERMISSIONS, Permission, Role

SLUG = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """One trust, as other packages see it."""

    id: UUID
    slug: str
    name: str
    short_name: str
    colour: str
    help_contact: str


@dataclass(frozen=True, slots=True)
class AcademyView:
    """One school, or the central team."""

    id: UUID
    slug: str
    name: str
    is_central: bool


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


@dataclass(frozen=True, slots=True)
class RoleView:
    """One permission role that a person holds."""

    id: UUID
    role: Role
    academy_id: UUID | None
    term: Term
    recorded_at: datetime


# --- organisations and academies -----------------------------------------------------------------


def add_organisation(
    slug: str,
    *,
    name: str,
    short_name: str,
    colour: str = "#1d4f76",
    help_contact: str = "the school office",
    at: datetime,
) -> OrganisationView:
    """Add a trust. Raises InvalidInput where the slug is taken or a value is malformed."""
    if not SLUG.fullmatch(slug):
        raise InvalidInput(f"slug: '{slug}' may hold small letters, digits, - and _")
    if not COLOUR.fullmatch(colour):
        raise InvalidInput(f"colour: '{colour}' is not of the form #1d4f76")
    with transaction():
        if find_organisation(slug) is not None:
            raise InvalidInput(f"slug: there is already an organisation called '{slug}'")
        key = uuid4()
        row = record(
            Organisation(
                id=key,
                organisation_id=key,
                recorded_at=at,
                slug=slug,
                name=_text("name", name, 200),
                short_name=_text("short name", short_name, 60),
                colour=colour,
                help_contact=_text("help contact", help_contact, 200),
            )
        )
        return _organisation(row)


def find_organisation(slug: str) -> OrganisationView | None:
    """The organisation of this slug, or None."""
    row = db.session.scalar(select(Organisation).where(Organisation.slug == slug))
    return None if row is None else _organisation(row)


_organisations: Kept[UUID, OrganisationView] = Kept(500)


def get_organisation(organisation_id: UUID) -> OrganisationView:
    """The organisation of this id. Raises NotFound."""

    def read() -> OrganisationView:
        row = db.session.get(Organisation, organisation_id)
        if row is None:
            raise NotFound("no such organisation")
        return _organisation(row)

    return _organisations.get(organisation_id, read)


def lock_organisation(organisation_id: UUID, *, exclusive: bool) -> None:
    """Keep an organisation's policy as it is until this unit ends (on SQLite the unit is alone anyway).

    Signing holds it together with other signers; publishing alone. So no signature is recorded under a version
    that was replaced a moment before.
    """
    query = select(Organisation.id).where(Organisation.id == organisation_id)
    db.session.execute(query.with_for_update(read=not exclusive))


def get_organisation_by_slug(slug: str) -> OrganisationView:
    """The organisation of this slug. Raises NotFound naming it."""
    found = find_organisation(slug)
    if found is None:
        raise NotFound(f"there is no organisation called '{slug}'")
    return found


def list_organisations() -> list[OrganisationView]:
    """Every organisation of this installation, by name."""
    return [
        _organisation(row) for row in db.session.scalars(select(Organisation).order_by(Organisation.name))
    ]


def add_academy(
    organisation_id: UUID, slug: str, *, name: str, is_central: bool = False, at: datetime
) -> AcademyView:
    """Add a school or the central team. Raises InvalidInput where the slug is taken or malformed."""
    if not SLUG.fullmatch(slug):
        raise InvalidInput(f"slug: '{slug}' may hold small letters, digits, - and _")
    with transaction() as session:
        taken = select(Academy.id).where(Academy.organisation_id == organisation_id, Academy.slug == slug)
        if session.scalar(taken) is not None:
            raise InvalidInput(f"slug: there is already an academy called '{slug}'")
        row = record(
            Academy(
                organisation_id=organisation_id,
                recorded_at=at,
                slug=slug,
                name=_text("name", name, 200),
                is_central=is_central,
            )
        )
        return _academy(row)


def list_academies(organisation_id: UUID) -> list[AcademyView]:
    """An organisation's academies, by name."""
    query = select(Academy).where(Academy.organisation_id == organisation_id).order_by(Academy.name)
    return [_academy(row) for row in db.session.scalars(query)]


def get_academy(organisation_id: UUID, slug: str) -> AcademyView:
    """The academy of this slug in this organisation. Raises NotFound."""
    query = select(Academy).where(Academy.organisation_id == organisation_id, Academy.slug == slug)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(f"there is no academy called '{slug}'")
    return _academy(row)


# --- people and placements -----------------------------------------------------------------------


def add_person(
    organisation_id: UUID, *, payroll_number: str, name: str, email: str | None = None, at: datetime
) -> PersonView:
    """Add one person. Raises InvalidInput where the payroll number is taken or a value is missing."""
    number = _text("payroll number", payroll_number, 40)
    with transaction():
        if find_person_by_number(organisation_id, number) is not None:
            raise InvalidInput(f"payroll number: {number} belongs to somebody already")
        row = record(
            Person(
                organisation_id=organisation_id,
                recorded_at=at,
                payroll_number=number,
                name=_text("name", name, 200),
                email=_email(email),
            )
        )
        return _person(row)


def add_placement(
    person_id: UUID,
    *,
    academy_id: UUID,
    kind: PersonKind,
    job_title: str,
    job_group: JobGroup,
    starts_on: date,
    ends_on: date | None = None,
    at: datetime,
) -> UUID:
    """Record one post of a person at an academy; its id. Raises NotFound, InvalidInput."""
    _check_term(starts_on, ends_on)
    with transaction() as session:
        person = get_person(person_id)
        academy = session.get(Academy, academy_id)
        if academy is None or academy.organisation_id != person.organisation_id:
            raise NotFound("no such academy in this organisation")
        row = record(
            Placement(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person_id,
                academy_id=academy_id,
                kind=kind.value,
                job_title=_text("job title", job_title, 120),
                job_group=job_group.value,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
        return row.id


def end_placement(placement_id: UUID, *, ends_on: date, organisation_id: UUID, at: datetime) -> None:
    """Give a post its last day. Raises NotFound, InvalidInput where it is before the first day."""
    _replace(Placement, placement_id, organisation_id, ends_on=ends_on, at=at)


_people: Kept[UUID, PersonView] = Kept(20_000)


def get_person(person_id: UUID) -> PersonView:
    """The person of this id. Raises NotFound."""

    def read() -> PersonView:
        row = db.session.get(Person, person_id)
        if row is None:
            raise NotFound("no such person")
        return _person(row)

    return _people.get(person_id, read)


_person_columns = Person.__table__.c
LOCKED_PERSON = (
    select(_person_columns.id)
    .where(_person_columns.id == bindparam("person_id"))
    .with_for_update(key_share=True)
)


def lock_person(person_id: UUID) -> None:
    """Have racing units for one person wait for each other until this one ends; on SQLite a unit is alone anyway.

    Rows that only refer to the person go on being written.
    """
    connection().execute(LOCKED_PERSON, {"person_id": person_id})


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
    return None if row is None else _person(row)


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


def _posts_of_people() -> Select[Any]:
    posts, academies = Placement.__table__.c, Academy.__table__.c
    return (
        select(
            posts.id,
            posts.person_id,
            posts.academy_id,
            academies.name,
            posts.kind,
            posts.job_title,
            posts.job_group,
            posts.starts_on,
            posts.ends_on,
        )
        .join_from(Placement.__table__, Academy.__table__, academies.id == posts.academy_id)
        .where(
            posts.organisation_id == bindparam("organisation_id"),
            posts.person_id.in_(bindparam("person_ids", expanding=True)),
            or_(posts.ends_on.is_(None), posts.ends_on >= posts.starts_on),
            stands(Placement),
        )
        .order_by(posts.starts_on)
    )


POSTS_OF = _posts_of_people()
"""Asked with nearly every page, so it is put together once."""


def list_placements(organisation_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, list[PlacementView]]:
    """The standing posts of these people of one organisation, past and future ones too, by person.

    One that was given by mistake and taken back is none.
    """
    found: dict[UUID, list[PlacementView]] = {person_id: [] for person_id in person_ids}
    for chunk in chunks(person_ids):
        asked = {"organisation_id": organisation_id, "person_ids": chunk}
        for row in connection().execute(POSTS_OF, asked):
            found[row.person_id].append(_placement(row))
    return found


@asked_once
def list_posts(person: PersonView) -> tuple[PlacementView, ...]:
    """One person's standing posts, past and future ones too."""
    return tuple(list_placements(person.organisation_id, [person.id])[person.id])


def may_enter(person: PersonView, day: date) -> bool:
    """Whether somebody may sign in: a post of theirs has not ended by then, or they hold a permission role."""
    asked = {"organisation_id": person.organisation_id, "person_id": person.id, "day": day}
    return bool(connection().execute(MAY_ENTER, asked).scalar())


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


MAY_ENTER = select(
    may_enter_clause(
        bindparam("organisation_id", type_=Uuid()),
        bindparam("person_id", type_=Uuid()),
        bindparam("day", type_=Date()),
    )
)


Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = 500) -> Iterable[Sequence[Item]]:
    """The items in runs short enough for one statement's parameters."""
    return (items[start : start + size] for start in range(0, len(items), size))


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
    return [_person(row) for row in db.session.scalars(query.order_by(Person.name).limit(limit))]


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
    return _person(row)


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


# --- permission roles and offices ----------------------------------------------------------------


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
    _check_term(starts_on, ends_on)
    with transaction():
        person = get_person(person_id)
        _check_academy(person.organisation_id, academy_id)
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
    """Give a role its last day or, without one, stop it: from this moment it counts no more.

    Raises NotFound, InvalidInput, ActionRefused for the last administrator and for what has ended already.
    """
    with transaction():
        _check_administrators(holding_id, organisation_id, _last_day(ends_on, at))
        _replace(RoleHolding, holding_id, organisation_id, ends_on=ends_on, at=at)


def _check_administrators(ending_id: UUID, organisation_id: UUID, ends_on: date) -> None:
    """Two administrators who end each other at once wait for each other here. Raises ActionRefused."""
    everywhere = select(RoleHolding).where(
        RoleHolding.organisation_id == organisation_id,
        RoleHolding.role == Role.ADMINISTRATOR.value,
        RoleHolding.academy_id.is_(None),
        stands(RoleHolding),
    )
    if db.session.scalar(everywhere.where(RoleHolding.id == ending_id)) is None:
        return
    lock_organisation(organisation_id, exclusive=True)
    terms = {row.id: Term(row.starts_on, row.ends_on) for row in db.session.scalars(everywhere)}
    held = terms.pop(ending_id, None)
    verdict = Allowed() if held is None else may_end_administrator(held, ends_on, terms.values())
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)


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


def give_office(
    person_id: UUID,
    office: str,
    *,
    academy_id: UUID | None = None,
    for_person_id: UUID | None = None,
    starts_on: date,
    ends_on: date | None = None,
    at: datetime,
) -> UUID:
    """Record that someone holds an office; its id.

    A line manager is recorded for the person they manage (`for_person_id`); any other office at an academy,
    or for the whole organisation. Raises NotFound, InvalidInput.
    """
    _check_term(starts_on, ends_on)
    if (office == LINE_MANAGER) != (for_person_id is not None):
        raise InvalidInput("for: a line manager, and nobody else, is recorded for the person they manage")
    if for_person_id == person_id:
        raise InvalidInput("for: nobody is their own line manager")
    with transaction():
        person = get_person(person_id)
        if for_person_id is not None:
            get_person_of(person.organisation_id, for_person_id)
        _check_academy(person.organisation_id, academy_id)
        row = record(
            OfficeHolding(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person_id,
                office=_text("office", office, 40),
                academy_id=academy_id,
                for_person_id=for_person_id,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
        return row.id


def take_office(holding_id: UUID, *, ends_on: date | None, organisation_id: UUID, at: datetime) -> None:
    """Give an office its last day or, without one, stop it: from this moment it counts no more.

    Raises NotFound, InvalidInput, ActionRefused for what has ended already.
    """
    _replace(OfficeHolding, holding_id, organisation_id, ends_on=ends_on, at=at)


def list_offices(person_id: UUID) -> list[OfficeView]:
    """The standing offices that a person holds, with their terms."""
    query = select(OfficeHolding).where(
        OfficeHolding.organisation_id == get_person(person_id).organisation_id,
        OfficeHolding.person_id == person_id,
        stands(OfficeHolding),
    )
    return [_office(row) for row in db.session.scalars(query.order_by(OfficeHolding.starts_on))]


def list_office_holders(organisation_id: UUID, offices: Sequence[str]) -> list[OfficeView]:
    """Everyone who holds one of these offices in the organisation, with their terms."""
    query = select(OfficeHolding).where(
        OfficeHolding.organisation_id == organisation_id,
        OfficeHolding.office.in_(offices),
        stands(OfficeHolding),
    )
    return [_office(row) for row in db.session.scalars(query)]


def list_line_managers(person_id: UUID) -> list[OfficeView]:
    """The standing records of who manages a person, with their terms."""
    query = select(OfficeHolding).where(
        OfficeHolding.organisation_id == get_person(person_id).organisation_id,
        OfficeHolding.for_person_id == person_id,
        stands(OfficeHolding),
    )
    return [_office(row) for row in db.session.scalars(query.order_by(OfficeHolding.starts_on))]


def names_of(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these people, by id."""
    found: dict[UUID, str] = {}
    for chunk in chunks(sorted(set(person_ids))):
        query = select(Person.id, Person.name).where(Person.id.in_(chunk))
        found |= {row.id: row.name for row in db.session.execute(query)}
    return found


# --- inside --------------------------------------------------------------------------------------


def _replace(
    table: type[Replaceable], row_id: UUID, organisation_id: UUID, *, ends_on: date | None, at: datetime
) -> None:
    """Record a copy of a standing row with its last day set; without one it is stopped at once."""
    with transaction() as session:
        row = session.get(table, row_id)
        if row is None or row.organisation_id != organisation_id:
            raise NotFound("no such record")
        if session.scalar(select(table.id).where(table.replaces_id == row_id)) is not None:
            raise ActionRefused(CHANGED_MEANWHILE)
        kept = {c.key: getattr(row, c.key) for c in table.__table__.columns}
        if ends_on is None:
            _check_stop(Term(kept["starts_on"], kept["ends_on"]), at)
        else:
            _check_term(kept["starts_on"], ends_on)
        changed = {"id": uuid4(), "recorded_at": at, "ends_on": _last_day(ends_on, at), "replaces_id": row_id}
        record(table(**kept | changed))


def _last_day(ends_on: date | None, at: datetime) -> date:
    return last_day_of_what_stops(local_day(at)) if ends_on is None else ends_on


def _check_stop(held: Term, at: datetime) -> None:
    verdict = may_stop(held, local_day(at))
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)


def _check_academy(organisation_id: UUID, academy_id: UUID | None) -> None:
    academy = None if academy_id is None else db.session.get(Academy, academy_id)
    if academy_id is not None and (academy is None or academy.organisation_id != organisation_id):
        raise NotFound("no such academy in this organisation")


def _check_term(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        first, last = spoken_day(starts_on), spoken_day(ends_on)
        raise InvalidInput(f"last day: {last} is before the first day, {first}")


def _text(field: str, value: str, longest: int) -> str:
    text = visible_text(value)
    if not text:
        raise InvalidInput(f"{field}: enter something here")
    if not has_letter_or_digit(text):
        raise InvalidInput(f"{field}: use at least one letter or digit")
    if len(text) > longest:
        raise InvalidInput(f"{field}: at most {longest} characters, this has {len(text)}")
    return text


def _email(value: str | None) -> str | None:
    text = (value or "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) or len(text) > 200:
        raise InvalidInput(f"e-mail: '{text}' is not an e-mail address")
    return text


def _organisation(row: Organisation) -> OrganisationView:
    return OrganisationView(row.id, row.slug, row.name, row.short_name, row.colour, row.help_contact)


def _academy(row: Academy) -> AcademyView:
    return AcademyView(row.id, row.slug, row.name, row.is_central)


def _person(row: Person) -> PersonView:
    return PersonView(row.id, row.organisation_id, row.payroll_number, row.name, row.email)


def _placement(row: Row[Any]) -> PlacementView:
    return PlacementView(
        row.id,
        row.person_id,
        row.academy_id,
        row.name,
        PersonKind(row.kind),
        row.job_title,
        JobGroup(row.job_group),
        Term(row.starts_on, row.ends_on),
    )


def _office(row: OfficeHolding) -> OfficeView:
    term = Term(row.starts_on, row.ends_on)
    return OfficeView(
        row.id, row.person_id, row.office, row.academy_id, row.for_person_id, term, row.recorded_at
    )
