"""The register of accounts: registering, contacts, closing, finding."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, exists, func, or_, select

from elearn.access import queries as q
from elearn.access.facts import Enforcement, Platform
from elearn.access.gathering import start_of
from elearn.access.models import AccountClosing, AccountContact, SocialAccount
from elearn.access.views import AccountLine, AccountView, ContactView
from elearn.access.wording import safe_text, slug_of, work_email
from elearn.clock import local_day
from elearn.db import transaction
from elearn.decisions import CHANGED_MEANWHILE, refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.ledger.facts import stands
from elearn.ledger.service import record
from elearn.people.organisations import get_organisation_by_slug, list_academies
from elearn.people.rules import Term
from elearn.people.service import get_person_of, lock_person
from elearn.people.terms import check_term

SLUG = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")


def register_account(
    organisation_id: UUID,
    *,
    academy_id: UUID,
    platform: Platform,
    handle: str,
    purpose: str,
    work_email_address: str,
    enforcement: Enforcement = Enforcement.ATTESTED,
    slug: str | None = None,
    registered_by_id: UUID | None = None,
    at: datetime,
) -> AccountView:
    """Put an account in the register, a new one or one that exists already; nobody may use it by that.

    Without `slug` the short name is made of the handle. Raises InvalidInput naming the field (a personal
    e-mail address, text that looks like a password, a short name that is taken), NotFound for the academy.
    """
    name = slug_of(handle) if slug is None else slug
    if not SLUG.fullmatch(name) or len(name) > 60:
        raise InvalidInput(f"short name: '{name}' may hold small letters, digits, - and _")
    with transaction() as session:
        if academy_id not in {academy.id for academy in list_academies(organisation_id)}:
            raise NotFound("no such academy in this organisation")
        if registered_by_id is not None:
            get_person_of(organisation_id, registered_by_id)
        taken = exists().where(SocialAccount.organisation_id == organisation_id, SocialAccount.slug == name)
        if session.scalar(select(taken)):
            raise InvalidInput(f"short name: there is already an account called '{name}'; choose another")
        row = record(
            SocialAccount(
                organisation_id=organisation_id,
                recorded_at=at,
                slug=name,
                academy_id=academy_id,
                platform=platform.value,
                handle=safe_text("handle", handle, 120),
                purpose=safe_text("purpose", purpose),
                work_email=work_email(work_email_address),
                enforcement=enforcement.value,
                registered_by_id=registered_by_id,
            )
        )
        return get_account(row.id)


def close_account(
    account_id: UUID,
    *,
    organisation_id: UUID,
    closed_on: date,
    reason: str,
    closed_by_id: UUID | None = None,
    at: datetime,
) -> AccountView:
    """Record that nobody may use an account from a day on. Raises NotFound; ActionRefused where it is closed."""
    with transaction():
        account = get_account_of(organisation_id, account_id)
        if account.closed_on is not None:
            raise ActionRefused(refuse("account_closed", "This account is closed already"))
        record(
            AccountClosing(
                organisation_id=organisation_id,
                recorded_at=at,
                account_id=account_id,
                closed_on=closed_on,
                reason=safe_text("reason", reason),
                closed_by_id=closed_by_id,
            )
        )
        return get_account(account_id)


def name_contact(
    account_id: UUID,
    person_id: UUID,
    *,
    organisation_id: UUID,
    starts_on: date,
    ends_on: date | None = None,
    named_by_id: UUID | None = None,
    at: datetime,
) -> UUID:
    """Name an administrative contact of an account; the id of the record.

    Raises NotFound, InvalidInput for dates; ActionRefused where they are its contact already.
    """
    check_term(starts_on, ends_on)
    with transaction() as session:
        get_account_of(organisation_id, account_id)
        get_person_of(organisation_id, person_id)
        lock_person(person_id)
        already = select(AccountContact.id).where(
            AccountContact.organisation_id == organisation_id,
            AccountContact.account_id == account_id,
            AccountContact.person_id == person_id,
            or_(AccountContact.ends_on.is_(None), AccountContact.ends_on >= starts_on),
            stands(AccountContact),
        )
        if session.scalar(already.limit(1)) is not None:
            raise ActionRefused(refuse("contact_already", "They are a contact of this account already"))
        row = record(
            AccountContact(
                organisation_id=organisation_id,
                recorded_at=at,
                account_id=account_id,
                person_id=person_id,
                starts_on=starts_on,
                ends_on=ends_on,
                named_by_id=named_by_id,
            )
        )
        return row.id


def end_contact(contact_id: UUID, *, organisation_id: UUID, ends_on: date, at: datetime) -> None:
    """Give a contact their last day. Raises NotFound, InvalidInput where it is before the first."""
    with transaction() as session:
        row = session.get(AccountContact, contact_id)
        if row is None or row.organisation_id != organisation_id:
            raise NotFound("no such contact")
        if (
            session.scalar(select(AccountContact.id).where(AccountContact.replaces_id == contact_id))
            is not None
        ):
            raise ActionRefused(CHANGED_MEANWHILE)
        check_term(row.starts_on, ends_on)
        record(
            AccountContact(
                id=uuid4(),
                organisation_id=organisation_id,
                recorded_at=at,
                replaces_id=contact_id,
                account_id=row.account_id,
                person_id=row.person_id,
                starts_on=row.starts_on,
                ends_on=ends_on,
                named_by_id=row.named_by_id,
            )
        )


# --- finding ----------------------------------------------------------------------------------------


def get_account(account_id: UUID) -> AccountView:
    """The account of this id. Raises NotFound."""
    found = _accounts(q.accounts.c.id == account_id)
    if not found:
        raise NotFound("no such account")
    return found[0]


def get_account_of(organisation_id: UUID, account_id: UUID) -> AccountView:
    """The account of this id in this organisation. Raises NotFound."""
    account = get_account(account_id)
    if account.organisation_id != organisation_id:
        raise NotFound("no such account")
    return account


def find_account(reference: str) -> AccountView:
    """The account meant by `organisation/short-name`, `organisation/handle` or an id. Raises NotFound, also where
    a handle means several."""
    if "/" not in reference:
        try:
            return get_account(UUID(reference))
        except ValueError:
            raise NotFound(f"'{reference}' is neither organisation/account nor an id") from None
    slug, _, name = reference.partition("/")
    organisation = get_organisation_by_slug(slug)
    mine = q.accounts.c.organisation_id == organisation.id
    by_slug = _accounts(mine, q.accounts.c.slug == name)
    bare = name.removeprefix("@").casefold()
    found = by_slug or _accounts(mine, func.lower(q.accounts.c.handle).in_([bare, f"@{bare}"]))
    if not found:
        raise NotFound(f"{slug} has no account called '{name}' in its register")
    if len(found) > 1:
        names = ", ".join(f"{slug}/{account.slug}" for account in found)
        raise NotFound(f"'{name}' means several accounts: {names}")
    return found[0]


def list_accounts(
    organisation_id: UUID, *, day: date, at: datetime | None = None, closed: bool = False
) -> list[AccountLine]:
    """The register on a day, by academy and short name, in four statements; closed accounts where asked for.

    `at` decides holds where given; without it a hold on any part of the day counts.
    """
    accounts = _accounts(q.accounts.c.organisation_id == organisation_id)
    listed = [a for a in accounts if closed or a.closed_on is None or a.closed_on > day]
    contacts = _contacts(organisation_id, day)
    live = _live_grants(organisation_id, day)
    held = _held(organisation_id, day, at)
    return [
        AccountLine(
            account,
            tuple(contacts.get(account.id, ())),
            live.get(account.id, 0),
            bool(held & {account.id, account.academy_id, organisation_id}),
        )
        for account in listed
    ]


def list_contacts(account_id: UUID, *, day: date) -> list[ContactView]:
    """The contacts of an account on a day. Raises NotFound."""
    return _contacts(get_account(account_id).organisation_id, day).get(account_id, [])


def _accounts(*conditions: ColumnElement[bool]) -> list[AccountView]:
    c = q.accounts.c
    query = (
        select(
            c.id,
            c.organisation_id,
            c.slug,
            c.platform,
            c.handle,
            c.purpose,
            c.academy_id,
            q.academies.c.name.label("academy_name"),
            c.work_email,
            c.enforcement,
            c.recorded_at,
            q.closings.c.closed_on,
        )
        .select_from(
            q.accounts.join(q.academies, q.academies.c.id == c.academy_id).outerjoin(
                q.closings, q.closings.c.account_id == c.id
            )
        )
        .where(*conditions)
        .order_by(q.academies.c.name, c.slug)
    )
    return [_account(row) for row in q.rows(query, {})]


def _account(row: Row[Any]) -> AccountView:
    return AccountView(
        id=row.id,
        organisation_id=row.organisation_id,
        slug=row.slug,
        platform=Platform(row.platform),
        handle=row.handle,
        purpose=row.purpose,
        academy_id=row.academy_id,
        academy_name=row.academy_name,
        work_email=row.work_email,
        enforcement=Enforcement(row.enforcement),
        registered_on=local_day(row.recorded_at),
        closed_on=row.closed_on,
    )


def _contacts(organisation_id: UUID, day: date) -> dict[UUID, list[ContactView]]:
    c, posts = q.contacts.c, q.placements.c
    in_post = (
        exists()
        .where(
            posts.organisation_id == organisation_id,
            posts.person_id == c.person_id,
            posts.starts_on <= day,
            or_(posts.ends_on.is_(None), posts.ends_on >= day),
            q.standing(q.placements),
        )
        .label("in_post")
    )
    query = (
        select(c.id, c.account_id, c.person_id, q.people.c.name, c.starts_on, c.ends_on, in_post)
        .select_from(q.contacts.join(q.people, q.people.c.id == c.person_id))
        .where(
            c.organisation_id == organisation_id,
            c.starts_on <= day,
            or_(c.ends_on.is_(None), c.ends_on >= day),
            q.standing(q.contacts),
        )
        .order_by(q.people.c.name)
    )
    found: dict[UUID, list[ContactView]] = {}
    for row in q.rows(query, {"known_by": end_of(day)}):
        view = ContactView(row.id, row.person_id, row.name, Term(row.starts_on, row.ends_on), row.in_post)
        found.setdefault(row.account_id, []).append(view)
    return found


def _live_grants(organisation_id: UUID, day: date) -> dict[UUID, int]:
    g = q.grants.c
    ended = exists().where(q.endings.c.grant_id == g.id, q.endings.c.recorded_at <= q.KNOWN_BY)
    query = (
        select(g.account_id, func.count().label("live"))
        .where(g.organisation_id == organisation_id, g.starts_on <= day, g.ends_on >= day, ~ended)
        .group_by(g.account_id)
    )
    return {row.account_id: row.live for row in q.rows(query, {"known_by": end_of(day)})}


def _held(organisation_id: UUID, day: date, at: datetime | None) -> set[UUID]:
    """The accounts and academies on hold, and the organisation itself where all of it is."""
    h = q.holds.c
    first, last = (start_of(day), end_of(day)) if at is None else (at, at)
    lifted = exists().where(q.lifted.c.hold_id == h.id, q.lifted.c.recorded_at <= last)
    query = select(h.scope, h.academy_id, h.account_id).where(
        h.organisation_id == organisation_id,
        h.starts_at <= last,
        or_(h.ends_at.is_(None), h.ends_at > first),
        ~lifted,
    )
    return {row.account_id or row.academy_id or organisation_id for row in q.rows(query, {})}


def end_of(day: date) -> datetime:
    """The last moment of a day in the United Kingdom."""
    return start_of(day + timedelta(days=1)) - timedelta(microseconds=1)
