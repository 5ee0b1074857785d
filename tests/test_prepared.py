"""Prepared queries say what SQLAlchemy says, see what their unit wrote, and fail in its words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import bindparam, column, func, insert, select, table, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from elearn import clock
from elearn.acknowledgements.models import Acknowledgement
from elearn.acknowledgements.questions import raise_question
from elearn.auth import service as auth
from elearn.db import connection, db, let_go, transaction
from elearn.ledger.models import LedgerHead
from elearn.people.models import Academy
from elearn.people.organisations import add_academy
from elearn.prepared import Prepared, PreparedChange
from tests.access.asked import statements
from tests.factories import Trust, course_of, make_done, make_organisation, make_person, make_slip
from tests.prepared_queries import answers_alike, asked_of, prepared_queries

NAMES = Prepared(
    select(Academy.id, Academy.name)
    .where(Academy.id.in_(bindparam("ids", expanding=True)), Academy.name != bindparam("but"))
    .order_by(Academy.name)
)


PACKAGES = ("acknowledgements", "auth", "courses", "ledger", "people", "policies", "quizzes", "scenarios")


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation(published=False)


def test_every_query_of_pages_answers_as_sqlalchemy_does(app: Flask) -> None:
    trust = make_organisation()
    person, now = make_person(trust), clock.now()
    slip = make_slip(person)
    session, _ = auth.sign_in_with_slip(slip.code, device=None, address="203.0.113.7", at=now)
    token = auth.create_token(
        trust.organisation.id, name="door", scopes=["access:read"], expires_on=now.date(), at=now
    )
    signature = make_done(trust, person)
    course = course_of(trust)
    raise_question(person, course.policy_version_id, kind="question", text="What is a page?", at=now)
    attempt_id = db.session.scalar(
        select(Acknowledgement.attempt_id).where(Acknowledgement.id == signature.id)
    )
    known: dict[str, Any] = {
        "organisation_id": trust.organisation.id,
        "person_id": person.id,
        "person_ids": [person.id],
        "version_id": course.policy_version_id,
        "course_id": course.id,
        "attempt_id": attempt_id,
        "attempt_ids": [attempt_id],
        "rec": signature.id,
        "reference": signature.reference,
        "digest": auth._plain_digest(session.token),
        "digests": auth._digests(slip.code)[:1],
        "slip_id": slip.id,
        "failed": auth.WRONG_CODES,
        "since": now - timedelta(minutes=10),
        "day": now.date(),
    }
    special = {"GOOD_TOKEN": {"digest": auth._plain_digest(token)}}
    queries = prepared_queries(*PACKAGES)
    found = {
        name: answers_alike(query, asked_of(query, known | special.get(name, {})))
        for name, query in queries.items()
    }
    assert len(found) > 15
    assert {name for name, number in found.items() if not number} == {"HELPED_AT"}


def test_no_package_but_the_gate_has_others(app: Flask) -> None:
    own = prepared_queries(*PACKAGES)
    assert prepared_queries().keys() == own.keys() | prepared_queries("access").keys()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_list_may_have_any_number_of_members(trust: Trust, number: int) -> None:
    other = add_academy(trust.organisation.id, "zebra", name="Zebra Park", at=clock.now())
    ids = [trust.academy.id, other.id][:number]
    for wanted in (ids, tuple(ids)):
        rows = NAMES.all(ids=wanted, but="")
        assert [row.id for row in rows] == ids
        assert [row.name for row in rows] == [trust.academy.name, "Zebra Park"][:number]


def test_each_use_takes_its_own_values(trust: Trust) -> None:
    ids = [trust.academy.id]
    assert NAMES.scalar(ids=ids, but="") == trust.academy.id
    assert NAMES.scalars(ids=ids, but=trust.academy.name) == []
    assert NAMES.first(ids=[uuid4()], but="") is None
    with pytest.raises(KeyError, match="but"):
        NAMES.all(ids=ids)


def test_a_query_sees_what_its_own_unit_wrote(trust: Trust) -> None:
    with transaction() as unit:
        unit.get_one(Academy, trust.academy.id).name = "Renamed"
        unit.flush()
        assert NAMES.first(ids=[trust.academy.id], but="").name == "Renamed"


def head_of(trust: Trust) -> dict[str, Any]:
    heads = LedgerHead.__table__
    return dict(
        connection()
        .execute(select(heads).where(heads.c.organisation_id == trust.organisation.id))
        .mappings()
        .one()
    )


def test_a_change_stores_what_sqlalchemy_would(trust: Trust) -> None:
    """A row with an id, a whole number, text, JSON and a moment; then with nothing where there can be nothing."""
    head = head_of(trust)
    assert head["checkpoint_at"] is not None
    with transaction() as unit:
        heads = LedgerHead.__table__
        unit.execute(heads.delete().where(heads.c.organisation_id == trust.organisation.id))
        PreparedChange(insert(LedgerHead)).make(**head)
    assert head_of(trust) == head
    move = PreparedChange(
        update(LedgerHead)
        .where(LedgerHead.organisation_id == bindparam("organisation_id"))
        .values(
            seq=bindparam("seq"), frontier=bindparam("frontier"), checkpoint_at=bindparam("checkpoint_at")
        )
    )
    changed = {
        "organisation_id": trust.organisation.id,
        "seq": 7,
        "frontier": ["é", "b"],
        "checkpoint_at": None,
    }
    with transaction():
        move.make(**changed)
        assert head_of(trust) == head | changed
    with transaction():
        move.make_all([])
        move.make_all([changed | {"seq": 8}, changed | {"seq": 9}])
        assert head_of(trust) == head | changed | {"seq": 9}
    with pytest.raises(KeyError, match="frontier"), transaction():
        move.make(**{name: value for name, value in changed.items() if name != "frontier"})


RENAME = PreparedChange(
    update(Academy).where(Academy.id == bindparam("academy_id")).values(name=bindparam("name"))
)


def rename(trust: Trust, name: str) -> None:
    RENAME.make(academy_id=trust.academy.id, name=name)


def test_a_unit_of_a_single_change_stores_it(trust: Trust) -> None:
    before = NAMES.first(ids=[trust.academy.id], but="").name
    with statements() as seen, transaction(single_change=True):
        rename(trust, f"{before}, renamed")
    assert len(seen) == 1
    assert NAMES.first(ids=[trust.academy.id], but="").name == f"{before}, renamed"


def test_a_single_change_is_a_transaction_by_itself_on_postgresql(trust: Trust) -> None:
    """Somebody else sees it before its unit ends: nothing was begun that would have to be committed."""
    name = select(Academy.name).where(Academy.id == trust.academy.id)
    for single, at_once in ((False, False), (True, db.engine.dialect.name == "postgresql")):
        with transaction(single_change=single), db.engine.connect() as elsewhere:
            rename(trust, f"Renamed {single}")
            assert (elsewhere.execute(name).scalar() == f"Renamed {single}") is at_once
        assert NAMES.first(ids=[trust.academy.id], but="").name == f"Renamed {single}"


def test_a_unit_of_a_single_change_takes_no_other(trust: Trust) -> None:
    with pytest.raises(RuntimeError, match="a single change"), transaction(single_change=True):
        RENAME.make_all([{"academy_id": trust.academy.id, "name": name} for name in ("one", "two")])
    with pytest.raises(RuntimeError, match="rows are written inside"), transaction(single_change=True):
        add_academy(trust.organisation.id, "zebra", name="Zebra Park", at=clock.now())
    assert NAMES.first(ids=[trust.academy.id], but="").name == trust.academy.name


def rename_and_fail(trust: Trust) -> None:
    with transaction():
        with transaction(single_change=True):
            rename(trust, "Renamed")
        raise ValueError("on the way")


def test_a_single_change_inside_a_unit_is_undone_with_it(trust: Trust) -> None:
    with pytest.raises(ValueError, match="on the way"):
        rename_and_fail(trust)
    assert NAMES.first(ids=[trust.academy.id], but="").name == trust.academy.name


def test_nothing_is_changed_outside_a_unit(trust: Trust) -> None:
    with pytest.raises(RuntimeError, match="rows are written inside"):
        rename(trust, "Renamed")


def rename_and_break(trust: Trust) -> None:
    head = head_of(trust)
    with transaction() as unit:
        unit.get_one(Academy, trust.academy.id).name = "Renamed"
        unit.flush()
        PreparedChange(insert(LedgerHead)).make(**head)


def test_a_change_that_a_constraint_refuses_is_undone_with_its_unit(trust: Trust) -> None:
    with pytest.raises(IntegrityError):
        rename_and_break(trust)
    assert db.session.get_one(Academy, trust.academy.id).name == trust.academy.name


def test_what_is_wrong_is_said_in_sqlalchemy_s_words(trust: Trust) -> None:
    missing = Prepared(select(column("id")).select_from(table("nowhere")))
    with pytest.raises(DBAPIError, match="nowhere"):
        missing.all()


def test_connections_that_broke_are_let_go(trust: Trust) -> None:
    """The next page gets a new one, whichever of them it would have been given."""
    if db.engine.dialect.name != "postgresql":
        return
    others = [db.engine.connect() for _ in range(3)]
    for other in others:
        other.close()
    NAMES.all(ids=[trust.academy.id], but="")
    with db.engine.connect() as apart:
        apart.detach()
        mine = select(func.pg_backend_pid()).scalar_subquery()
        everybody = table("pg_stat_activity", column("pid"), column("datname"))
        apart.execute(
            select(func.pg_terminate_backend(everybody.c.pid)).where(
                everybody.c.datname == func.current_database(), everybody.c.pid != mine
            )
        )
    with pytest.raises(DBAPIError):
        NAMES.all(ids=[trust.academy.id], but="")
    for _ in others:
        let_go()
        assert NAMES.scalar(ids=[trust.academy.id], but="") == trust.academy.id


def test_prepared_queries_are_counted_like_others(trust: Trust) -> None:
    with statements() as seen:
        NAMES.all(ids=[trust.academy.id], but="")
    assert len(seen) == 1
