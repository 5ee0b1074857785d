"""Two people who change one thing at the same moment: one is kept, and the other is told so."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import UniqueConstraint, create_engine, event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from elearn import clock
from elearn.access import accounts
from elearn.access.facts import Platform
from elearn.auth import service as auth
from elearn.auth.models import Password
from elearn.db import db, let_go, lost_race, transaction, what_to_tell
from elearn.errors import ActionRefused, ElearnError, InvalidInput
from elearn.ledger.facts import stands
from elearn.ledger.service import record
from elearn.people import offices, organisations, placements, roles
from elearn.people import service as people
from elearn.people.models import RoleHolding
from elearn.permissions import Role
from elearn.policies.service import import_policy
from tests import factories
from tests.factories import Trust, csrf_token, make_organisation, make_person
from tests.staff_world import browser

Verb = Callable[[], object]


def head_is_held(organisation_id: UUID) -> Iterator[None]:
    """While this goes on, no unit of the organisation can end; on PostgreSQL each may begin and read, though."""
    with transaction() as session:
        session.execute(
            text("UPDATE ledger_heads SET seq = seq WHERE organisation_id = :id"),
            {"id": str(organisation_id) if is_postgresql() else organisation_id.hex},
        )
        yield


held = contextmanager(head_is_held)


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def waiting() -> int:
    """How many units wait for a lock on PostgreSQL."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with db.engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def until_all_wait(number: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if is_postgresql() and waiting() >= number:
            return
        time.sleep(0.02)
        if not is_postgresql() and time.monotonic() > deadline - 9.5:
            return  # on SQLite they queue before they read: half a second is plenty to get there


def together(app: Flask, trust: Trust, *verbs: Verb) -> list[object]:
    """Run these at the same moment, so that each has read before any has written; what each gave or raised."""

    def run(verb: Verb) -> object:
        with app.app_context():
            try:
                return verb()
            except ElearnError as error:
                return error
            finally:
                let_go()

    with ThreadPoolExecutor(len(verbs)) as pool:
        with held(trust.organisation.id):
            running = [pool.submit(run, verb) for verb in verbs]
            until_all_wait(len(verbs))
        return [future.result(30) for future in running]


# --- pages ----------------------------------------------------------------------------------------


def last_day(days: int) -> dict[str, str]:
    day = clock.today() + timedelta(days=days)
    return {"ends_on-day": str(day.day), "ends_on-month": str(day.month), "ends_on-year": str(day.year)}


def role_of(person: people.PersonView, role: Role) -> UUID:
    return next(holding.id for holding in roles.list_roles(person.id) if holding.role is role)


def registered(trust: Trust) -> accounts.AccountView:
    return accounts.register_account(
        trust.organisation.id,
        academy_id=trust.academy.id,
        platform=Platform.INSTAGRAM,
        handle="@millroad",
        purpose="School events",
        work_email_address="social@fernhill.example",
        at=clock.now(),
    )


def address_of(what: str, trust: Trust, person: people.PersonView) -> str:
    """The page that ends this kind of thing of a person."""
    today, now = clock.today(), clock.now()
    if what == "placement":
        post = placements.list_posts(person)[0]
        return f"/people/{person.id}/placements/{post.id}/end"
    if what == "role":
        return f"/people/{person.id}/roles/{role_of(person, Role.AUDITOR)}/end"
    if what == "office":
        office = offices.give_office(person.id, "head", starts_on=today - timedelta(days=9), at=now)
        return f"/people/{person.id}/offices/{office}/end"
    account = registered(trust)
    contact = accounts.name_contact(
        account.id, person.id, organisation_id=trust.organisation.id, starts_on=today, at=now
    )
    return f"/accounts/{account.id}/contacts/{contact}/end"


@pytest.mark.parametrize("what", ["placement", "role", "office", "contact"])
def test_of_two_people_who_end_one_thing_one_is_told_that_the_other_was_first(app: Flask, what: str) -> None:
    trust = make_organisation()
    amira = make_person(trust, roles=[Role.AUDITOR])
    both = [make_person(trust, roles=[Role.ADMINISTRATOR, Role.HR, Role.IT]) for _ in range(2)]
    address = address_of(what, trust, amira)
    clients = [browser(app, person) for person in both]
    tokens = [csrf_token(client.get(address)) for client in clients]
    sent = [
        {"csrf_token": token, "sure": "y", **last_day(days)}
        for token, days in zip(tokens, (3, 5), strict=True)
    ]
    answers = together(
        app,
        trust,
        *[
            lambda c=client, d=data: c.post(address, data=d)
            for client, data in zip(clients, sent, strict=True)
        ],
    )
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    second = next(answer for answer in answers if answer.status_code == 422)
    page = second.text
    assert "Somebody else changed this a moment ago. What they entered is kept" in page
    assert "There is a problem" in page


# --- verbs ----------------------------------------------------------------------------------------


def entered(trust: Trust) -> dict[str, Verb]:
    """Verbs of which only one of two at the same moment can do its work."""
    now, key = clock.now(), trust.organisation.id
    account = registered(trust)
    return {
        "academy": lambda: organisations.add_academy(key, "heron", name="Heron", at=now),
        "person": lambda: people.add_person(key, payroll_number="417", name="Jo Reed", at=now),
        "account": lambda: accounts.register_account(
            key,
            academy_id=trust.academy.id,
            platform=Platform.X,
            handle="@heron",
            purpose="News",
            work_email_address="news@fernhill.example",
            at=now,
        ),
        "closing": lambda: accounts.close_account(
            account.id, organisation_id=key, closed_on=clock.today(), reason="not used", at=now
        ),
        "token": lambda: auth.revoke_token(key, "reports", at=now),
        "policy": lambda: import_policy(key, factories.NEXT_TEXT.encode(), "policy.md", at=now),
    }


@pytest.mark.parametrize("what", ["academy", "person", "account", "closing", "token", "policy"])
def test_of_two_who_enter_one_thing_at_once_one_is_told_why_it_is_not_kept(app: Flask, what: str) -> None:
    trust = make_organisation()
    auth.create_token(
        trust.organisation.id,
        name="reports",
        scopes=["access:read"],
        expires_on=clock.today(),
        at=clock.now(),
    )
    verb = entered(trust)[what]
    outcomes = together(app, trust, verb, verb)
    told = [outcome for outcome in outcomes if isinstance(outcome, ElearnError)]
    if what == "policy" and not is_postgresql():
        assert told == []  # the second finds the first one's version: the same file again changes nothing
    elif what == "token" and not is_postgresql():
        assert len(told) == 1
    else:
        assert [type(error) for error in told] in ([InvalidInput], [ActionRefused])


def test_a_contact_named_twice_at_once_is_named_once(app: Flask) -> None:
    trust = make_organisation()
    account, amira, now = registered(trust), make_person(trust), clock.now()

    def name() -> object:
        return accounts.name_contact(
            account.id, amira.id, organisation_id=trust.organisation.id, starts_on=clock.today(), at=now
        )

    outcomes = together(app, trust, name, name)
    let_go()
    assert sum(isinstance(outcome, ActionRefused) for outcome in outcomes) == 1
    assert len(accounts.list_contacts(account.id, day=clock.today())) == 1


def test_two_passwords_set_at_once_leave_one_that_opens(app: Flask) -> None:
    trust = make_organisation()
    amira, now = make_person(trust, roles=[Role.HR]), clock.now()
    words = ["three brown teapots", "four green teapots"]

    def setting(password: str) -> Verb:
        return lambda: auth.set_password(amira.id, login=f"{amira.id}@x.example", password=password, at=now)

    together(app, trust, *map(setting, words))
    let_go()

    def opens(password: str) -> bool:
        try:
            auth.sign_in_with_password(f"{amira.id}@x.example", password, at=now)
        except ActionRefused:
            return False
        return True

    assert [opens(password) for password in words].count(True) == 1


def test_of_two_who_take_one_sign_in_name_the_second_is_told_so(app: Flask) -> None:
    trust = make_organisation(published=False)
    both = [make_person(trust, "Amira Begum"), make_person(trust, "Kim Shah")]
    login = f"{both[0].id}@x.example"

    def take(person: people.PersonView) -> Verb:
        return lambda: auth.set_password(person.id, login=login, password=factories.PASSWORD, at=clock.now())

    told = together(app, trust, *(take(person) for person in both))
    [refused] = [each for each in told if each is not None]
    assert isinstance(refused, InvalidInput)
    assert refused.problems == ["sign-in name: somebody else has this one"]
    kept = select(Password).where(Password.login == login, stands(Password))
    assert len(list(db.session.scalars(kept))) == 1


# --- a database that lets nobody in -----------------------------------------------------------------


@contextmanager
def impatient() -> Iterator[None]:
    """For the while of a test, nobody waits long for another process to let go of the database."""
    patience = "SET lock_timeout = 50" if is_postgresql() else "PRAGMA busy_timeout = 50"

    def hurry(connection: Any, record: object, proxy: object) -> None:
        cursor = connection.cursor()
        cursor.execute(patience)
        cursor.close()
        if is_postgresql():
            connection.commit()

    let_go()
    db.engine.dispose()
    event.listen(db.engine, "checkout", hurry)
    try:
        yield
    finally:
        event.remove(db.engine, "checkout", hurry)
        let_go()
        db.engine.dispose()


@contextmanager
def held_by_another_process(organisation_id: UUID) -> Iterator[None]:
    """What every unit of an organisation needs is held by a connection that this program knows nothing of."""
    other = create_engine(db.engine.url)
    with other.connect() as connection:
        if is_postgresql():
            query = text("SELECT seq FROM ledger_heads WHERE organisation_id = :id FOR UPDATE")
            connection.execute(query, {"id": str(organisation_id)})
        else:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        connection.rollback()
    other.dispose()


def test_a_page_says_so_where_the_database_lets_nobody_in_and_nothing_is_saved(app: Flask) -> None:
    trust = make_organisation(published=False)
    kim = make_person(trust, "Kim Shah")
    client = browser(app, make_person(trust, "Ade Okafor", roles=[Role.ADMINISTRATOR]))
    address = f"/people/{kim.id}/offices/give"
    day = clock.today()
    data = {"csrf_token": csrf_token(client.get(address)), "office": "dsl", "academy": "", "manages": ""}
    boxes = {
        "starts_on-day": str(day.day),
        "starts_on-month": str(day.month),
        "starts_on-year": str(day.year),
    }
    let_go()
    with impatient(), held_by_another_process(trust.organisation.id):
        answer = client.post(address, data=data | boxes)
    assert answer.status_code == 422
    assert "nothing that you entered was saved. Try again" in answer.text
    assert offices.list_offices(kim.id) == []
    assert client.post(address, data=data | boxes).status_code == 303


def test_of_two_that_lock_each_other_out_one_is_told_to_try_again(app: Flask) -> None:
    trust = make_organisation(published=False)
    both = [make_person(trust, "Amira Begum").id, make_person(trust, "Kim Shah").id]
    meeting = Barrier(
        2 if is_postgresql() else 1
    )  # on SQLite one unit goes on at a time, so they do not meet

    def lock(first: UUID, second: UUID) -> Verb:
        def run() -> None:
            with transaction():
                people.lock_person(first)
                meeting.wait(timeout=20)
                people.lock_person(second)

        return run

    def run(verb: Verb) -> object:
        with app.app_context():
            try:
                return verb()
            except ActionRefused as error:
                return error.refusal.reasons[0].code
            finally:
                let_go()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(run, [lock(*both), lock(*reversed(both))]))
    assert sorted(map(str, told)) == ["None", "busy" if is_postgresql() else "None"]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
def test_what_postgresql_calls_contention_is_told_in_words(sqlstate: str) -> None:
    error = OperationalError("UPDATE", {}, psycopg.errors.lookup(sqlstate)("no"))
    told = what_to_tell(error)
    assert isinstance(told, ActionRefused)
    assert told.refusal.reasons[0].code == "busy"


def test_any_other_failure_of_the_database_is_not_explained_away() -> None:
    for other in (psycopg.errors.DiskFull("no"), sqlite3.OperationalError("disk I/O error")):
        assert what_to_tell(OperationalError("UPDATE", {}, other)) is None


# --- constraints ------------------------------------------------------------------------------------

HANDLED_BY_THEIR_VERB = {
    "uq_attempts_person_course_number": "start_round gives the round under way",
    "uq_responses_attempt_id_number_step": "the first answer stays",
    "uq_acknowledgements_attempt_id_policy_version_id": "the button pressed twice gives the one signature",
}
NEVER_MEET = {
    "uq_slips_code_digest": "random",
    "uq_api_tokens_token_digest": "random",
    "uq_acknowledgements_reference": "random",
    "uq_clauses_version_id_ref": "written with the version, whose own constraint comes first",
}


def test_every_unique_constraint_has_an_answer_for_who_comes_second() -> None:
    unexplained = set()
    for table in db.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint) and lost_race(broken(constraint)) is None:
                unexplained.add(str(constraint.name))
    assert unexplained == HANDLED_BY_THEIR_VERB.keys() | NEVER_MEET.keys()


def broken(constraint: UniqueConstraint) -> IntegrityError:
    """What SQLite raises where this constraint is broken."""
    columns = ", ".join(f"{constraint.table.name}.{column.name}" for column in constraint.columns)
    return IntegrityError("INSERT", {}, Exception(f"UNIQUE constraint failed: {columns}"))


def test_a_row_that_is_replaced_twice_in_the_database_is_refused_in_words(app: Flask) -> None:
    trust = make_organisation()
    amira = make_person(trust, roles=[Role.AUDITOR])
    first = role_of(amira, Role.AUDITOR)
    roles.take_role(first, ends_on=clock.today(), organisation_id=trust.organisation.id, at=clock.now())
    with pytest.raises(ActionRefused) as caught, transaction():
        record(
            RoleHolding(
                organisation_id=trust.organisation.id,
                recorded_at=clock.now(),
                person_id=amira.id,
                role="auditor",
                academy_id=None,
                starts_on=clock.today(),
                ends_on=None,
                replaces_id=first,
            )
        )
    assert caught.value.refusal.reasons[0].code == "changed_meanwhile"
