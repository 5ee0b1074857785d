"""Whatever is changed in the database behind the program's back, verification finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    and_,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from elearn import clock
from elearn.access import accounts, approving, asking, granting, holds, inducting
from elearn.access.facts import HoldScope, Platform, Right
from elearn.acknowledgements import questions
from elearn.app import create_app
from elearn.auth import service as auth
from elearn.courses.service import accept_content
from elearn.db import Base, db, let_go, transaction
from elearn.drafts import service as drafts
from elearn.errors import ActionRefused
from elearn.ledger.facts import FACT_TABLES
from elearn.ledger.keys import create_keys, load_keys
from elearn.ledger.macs import MAC_TABLES, MacRow, renew_macs
from elearn.ledger.models import LedgerEntry
from elearn.ledger.rules import row_key_id
from elearn.ledger.service import append_event, current_keys
from elearn.ledger.verification import Verdict, verify_installation, verify_organisation
from elearn.people import offices, organisations, roles
from elearn.people.scopes import Scope
from elearn.people.service import add_person
from elearn.permissions import Role
from elearn.quizzes import service as quizzes
from elearn.quizzes.models import Response
from elearn.scenarios.service import load_bundle
from tests import factories
from tests.conftest import settings_for

SEALED_ROWS = {
    "clauses": set(),
    "policy_sources": {"left_out"},
    "responses": {"id", "organisation_id", "mac"},
    "reading_steps": {"organisation_id", "mac"},
}
"""Tables sealed by another fact, with the columns that no rule reads: what an import left out is shown to its author,
and these of answers and reading are read while their rows have a MAC only."""


@pytest.fixture(scope="module")
def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, worker_database: Callable[[str], str]
) -> Iterator[tuple[Flask, UUID]]:
    """A database of its own with at least one row of every kind of fact."""
    instance = tmp_path_factory.mktemp("tampering")
    create_keys(instance / "keys", "elearn test")
    app = create_app(settings_for(instance, worker_database("tampering")), TESTING=True)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        organisation_id = populate()
        name_a_loader(organisation_id)
        yield app, organisation_id
        let_go()
        db.engine.dispose()


def populate() -> UUID:
    """One of everything."""
    at = clock.now() - timedelta(days=1)
    trust = factories.make_organisation(at=at)
    organisation_id = trust.organisation.id
    head = factories.make_person(trust, "Jo Head", roles=[Role.MANAGER], at=at)
    it = factories.make_person(trust, "Ravi", roles=[Role.IT], at=at)
    learner = factories.make_person(trust, "Łukasz O'Neill-Ángel", at=at)
    other = factories.make_person(trust, "Kim", at=at)
    day = clock.local_day(at)
    for office in ("head", "line_manager", "ceo"):
        manages = learner.id if office == "line_manager" else None
        offices.give_office(head.id, office, for_person_id=manages, starts_on=day, at=at)
    roles.take_role(
        roles.list_roles(it.id)[0].id,
        ends_on=day + timedelta(days=90),
        organisation_id=organisation_id,
        at=at,
    )
    slip = factories.make_slip(learner, at=at)
    auth.sign_in_with_slip(slip.code, device=None, address="127.0.0.1", at=at)
    auth.void_slip(slip.id, organisation_id=organisation_id, reason="lost", voided_by_id=it.id, at=at)
    auth.set_password(head.id, login=f"{head.id}@x.example", password=factories.PASSWORD, at=at)
    auth.set_password(head.id, login=f"{head.id}@x.example", password=factories.PASSWORD + "s", at=at)
    auth.create_token(
        organisation_id, name="intranet", scopes=["access:read"], expires_on=date(2030, 1, 1), at=at
    )
    auth.revoke_token(organisation_id, "intranet", at=at)
    factories.make_done(trust, learner, at=at)
    course = factories.course_of(trust, day)
    questions.raise_question(other, course.policy_version_id, kind="question", text="Why?", at=at)
    for _ in range(course.rules.rounds):
        factories.answer_round(trust, other, right=False, at=at)
    quizzes.give_help(course, other.id, given_by_id=head.id, at=at)
    _begin_without_an_end(trust, at)
    _use_an_account(trust, head.id, it.id, learner.id, day, at)
    proposal = factories.make_proposal(trust, head, at=at)
    accept_content(proposal.id, organisation_id=organisation_id, accepted_by_id=it.id, at=at)
    drafts.decide(
        drafts.get_draft(trust.organisation), {"covers": {"employee": ["1.1"]}}, decided_by_id=head.id, at=at
    )
    keys = current_keys()
    assert keys is not None
    with transaction():
        append_event("key.created", organisation_id, at=at, public={"vkey": keys.log_key.vkey})
    return organisation_id


def _begin_without_an_end(trust: factories.Trust, at: datetime) -> None:
    """Somebody signs in at the second try, is shown the rules and answers one situation: all not in the chain yet."""
    person = factories.make_person(trust, "Siân", at=at)
    slip = factories.make_slip(person, at=at)
    with pytest.raises(ActionRefused):
        auth.sign_in_with_slip("ABCD-EFGH", device=None, address="127.0.0.1", at=at)
    signed_in, _ = auth.sign_in_with_slip(slip.code, device=None, address="127.0.0.1", at=at)
    auth.confirm_identity(signed_in.session)
    factories.read_rules(trust, person, at=at)
    factories.answer_round(trust, person, at=at, answers=1)


def name_a_loader(organisation_id: UUID) -> None:
    """Somebody loads content by command, and answers what was asked. By themselves, since a version of the database
    cannot go back over them."""
    at = clock.now()
    person = add_person(organisation_id, payroll_number="loads", name="Ines Ruiz", at=at)
    load_bundle(organisation_id, factories.content(), "fernhill", loaded_by_id=person.id, at=at)
    everybody, day = Scope(organisation_id, person.id, True, frozenset()), clock.today()
    for asked in questions.list_asked(everybody, day=day, limit=1):
        question_id = asked.question.id
        questions.answer_question(
            everybody, question_id, day=day, text="So that all know", answered_by_id=person.id, at=at
        )


def _use_an_account(
    trust: factories.Trust, head_id: UUID, it_id: UUID, learner_id: UUID, day: date, at: datetime
) -> None:
    organisation_id = trust.organisation.id
    account = accounts.register_account(
        organisation_id,
        academy_id=trust.academy.id,
        platform=next(iter(Platform)),
        handle="@millroad",
        purpose="news for parents",
        work_email_address="page@fernhill.example.sch.uk",
        registered_by_id=it_id,
        at=at,
    )
    for person_id in (head_id, learner_id):
        contact = accounts.name_contact(
            account.id, person_id, organisation_id=organisation_id, starts_on=day, at=at
        )
    accounts.end_contact(contact, organisation_id=organisation_id, ends_on=day + timedelta(days=30), at=at)
    inducting.record_induction(
        account.id, learner_id, organisation_id=organisation_id, given_by_id=it_id, given_on=day, at=at
    )
    request = asking.request_access(
        account.id,
        learner_id,
        requested_by_id=learner_id,
        right=Right.POSTER,
        purpose="photos of sports day",
        starts_on=day,
        ends_on=day + timedelta(days=200),
        asset_number="T-17",
        equipment_attested=True,
        two_step_confirmed=True,
        at=at,
    )
    approving.decide_request(request.id, approver_id=head_id, approved=True, conditions="no faces", at=at)
    granted = granting.grant_access(request.id, granted_by_id=head_id, at=at)
    assert granted.grant is not None
    granting.end_grant(
        granted.grant.id, organisation_id=organisation_id, reason="summer", ended_by_id=head_id, at=at
    )
    hold = holds.start_hold(
        organisation_id,
        scope=HoldScope.ACCOUNT,
        account_id=account.id,
        reason="crisis",
        starts_at=at,
        ends_at=at + timedelta(hours=3),
        started_by_id=it_id,
        at=at,
    )
    holds.lift_hold(hold.id, organisation_id=organisation_id, lifted_by_id=head_id, at=at)
    accounts.close_account(
        account.id, organisation_id=organisation_id, closed_on=day, reason="merged", closed_by_id=it_id, at=at
    )


def verdict_of(organisation_id: UUID) -> Verdict:
    let_go()
    keys = current_keys()
    assert keys is not None
    return verify_organisation(organisation_id, trusted_note_keys=keys.log_keys)


def is_sound(organisation_id: UUID) -> bool:
    """Whether verification finds nothing, neither in the organisation's records nor in those of none."""
    let_go()
    return verdict_of(organisation_id).sound and verify_installation().sound


@contextmanager
def behind_the_programs_back() -> Iterator[Connection]:
    """A connection on which no trigger and no foreign key stands in the way."""
    let_go()
    with db.engine.connect().execution_options(purpose="write") as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        if connection.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("PRAGMA ignore_check_constraints=ON")
            for verb in ("update", "delete"):
                raw.execute(f"DROP TRIGGER IF EXISTS ledger_entries_no_{verb}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.commit()
        connection.detach()


def other_value(column: Any, value: Any) -> Any:
    """Another value that the column can hold."""
    kind = column.type
    if hasattr(kind, "impl"):
        kind = kind.impl
    if isinstance(column.type, Uuid):
        return uuid4()
    if isinstance(kind, Boolean):
        return not value
    if isinstance(kind, Integer):
        return (value or 0) + 1000
    if isinstance(kind, DateTime):
        return (value or datetime(2026, 1, 1, tzinfo=UTC)) + timedelta(seconds=1)
    if isinstance(kind, Date):
        return (value or date(2026, 1, 1)) + timedelta(days=1)
    if isinstance(kind, LargeBinary):
        return value + b"x"
    if type(column.type).__name__ == "CanonicalJson":
        return [*value, "x"] if isinstance(value, list) else {"x": 1}
    return value[:-1] + ("x" if value[-1:] != "x" else "y") if value else "x"


def flip_cases(table: Table, spared: set[str]) -> list[Any]:
    return [column for column in table.columns if column.name not in spared]


def key_of(table: Table, row: Mapping[str, Any]) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


def a_row(table: Table, organisation_id: UUID) -> Any:
    with db.engine.connect() as connection:
        query = select(table).where(table.c.organisation_id == organisation_id)
        row = connection.execute(query.limit(1)).one_or_none()
        assert row is not None, f"the world has no row of {table.name}"
        return row


def flip_is_found(
    table: Table, column: Any, organisation_id: UUID, row: Mapping[str, Any] | None = None
) -> bool:
    """Change one column of one row, verify, and put it back. What the database itself refuses counts as found."""
    row = dict(row or a_row(table, organisation_id)._mapping)
    flipped = row | {column.name: other_value(column, row[column.name])}
    try:
        with behind_the_programs_back() as connection:
            connection.execute(
                table.update().where(key_of(table, row)).values({column.name: flipped[column.name]})
            )
    except IntegrityError as error:
        if "ck_" not in str(error.orig):
            raise
        return True
    found = not is_sound(organisation_id)
    with behind_the_programs_back() as connection:
        connection.execute(
            table.update().where(key_of(table, flipped)).values({column.name: row[column.name]})
        )
    return found


def test_an_untouched_database_is_sound(world: tuple[Flask, UUID]) -> None:
    verdict = verdict_of(world[1])
    assert verdict.findings == []
    assert verdict.entries > 40
    assert verdict.values > 200
    assert verdict.checkpoints > 0


@pytest.mark.parametrize("kind", sorted(FACT_TABLES))
def test_a_flip_in_any_column_of_any_fact_is_found(world: tuple[Flask, UUID], kind: str) -> None:
    table = FACT_TABLES[kind].__table__
    assert isinstance(table, Table)
    for column in flip_cases(table, set()):
        assert flip_is_found(table, column, world[1]), f"{table.name}.{column.name}"
    assert verdict_of(world[1]).sound


@pytest.mark.parametrize("name", sorted(SEALED_ROWS))
def test_a_flip_in_any_column_that_a_fact_seals_is_found(world: tuple[Flask, UUID], name: str) -> None:
    table = Base.metadata.tables[name]
    for column in flip_cases(table, SEALED_ROWS[name]):
        assert flip_is_found(table, column, world[1]), f"{name}.{column.name}"
    assert verdict_of(world[1]).sound


def rows_not_entered(table: type[MacRow], organisation_id: UUID) -> list[dict[str, Any]]:
    """Those of the organisation or, where the table has none of its, of no organisation."""
    query = table.not_entered(organisation_id)
    if query is None:
        query = table.not_entered(None)
    assert query is not None
    with db.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


@pytest.mark.parametrize("name", sorted(MAC_TABLES))
def test_a_flip_in_any_column_of_a_row_that_is_not_entered_yet_is_found(
    world: tuple[Flask, UUID], name: str
) -> None:
    row = rows_not_entered(MAC_TABLES[name], world[1])[0]
    table = Base.metadata.tables[name]
    for column in table.columns:
        assert flip_is_found(table, column, world[1], row), f"{name}.{column.name}"
    assert is_sound(world[1])


def test_a_row_smuggled_in_without_the_secret_key_is_found(world: tuple[Flask, UUID]) -> None:
    """A right answer in a round under way, say: whoever writes it has a MAC to write with it."""
    table = Base.metadata.tables["responses"]
    row = rows_not_entered(Response, world[1])[0]
    for mac in (row["mac"], "x", f"{row_key_id('a key of their own')}:{'0' * 64}"):
        forged = {**row, "id": uuid4(), "number": row["number"] + 1, "right": True, "mac": mac}
        with behind_the_programs_back() as connection:
            connection.execute(table.insert().values(forged))
        found = verdict_of(world[1]).findings
        with behind_the_programs_back() as connection:
            connection.execute(table.delete().where(table.c.id == forged["id"]))
        assert [(finding.code, finding.message[:40]) for finding in found] == [
            ("changed", "of responses, in rows not entered yet: 1")
        ]


def test_reading_written_by_hand_after_a_signature_is_found_however_its_time_is_written(
    world: tuple[Flask, UUID],
) -> None:
    """SQLite compares moments as text: one with an offset could be before the signature there, and after it here."""
    signature = a_row(Base.metadata.tables["acknowledgements"], world[1])
    day = f"{signature.recorded_at.astimezone(UTC):%Y-%m-%d}"
    table = Base.metadata.tables["reading_steps"]
    forged = {
        "organisation_id": world[1],
        "person_id": signature.person_id,
        "policy_version_id": signature.policy_version_id,
        "step": "text:forged",
        "mac": "x",
    }
    for moment in (f"{day} 00:00:00.000000-15:00", f"{day} 23:59:59.999999"):
        with behind_the_programs_back() as connection:
            postgresql = connection.dialect.name == "postgresql"
            at = f"TIMESTAMPTZ '{moment}'" if postgresql else f"'{moment}'"
            connection.execute(table.insert().values(forged | {"at": literal_column(at)}))
        found = verdict_of(world[1])
        with behind_the_programs_back() as connection:
            connection.execute(table.delete().where(table.c.step == "text:forged"))
        assert not found.sound, moment


def test_rows_that_are_not_entered_go_under_a_new_secret_key(world: tuple[Flask, UUID]) -> None:
    app, organisation_id = world
    old, new, at = app.config["SECRET_KEY"], "another secret key for tests, long enough", clock.now()
    rows = verdict_of(organisation_id).not_entered
    assert rows > len(MAC_TABLES)
    try:
        app.config["SECRET_KEY"] = new
        strange = verdict_of(organisation_id)
        assert (strange.not_entered, strange.other_key, strange.findings) == (rows, True, [])
        assert renew_macs(organisation_id, at=at) == (0, rows)
        app.config["SECRET_KEY_FALLBACKS"] = [old]
        assert is_sound(organisation_id)
        assert renew_macs(organisation_id, at=at) == (rows, 0)
        app.config["SECRET_KEY_FALLBACKS"] = []
        assert verdict_of(organisation_id).sound
        assert not verdict_of(organisation_id).other_key
        app.config["SECRET_KEY"] = ""
        assert verdict_of(organisation_id).other_key
    finally:
        app.config.update(SECRET_KEY=old, SECRET_KEY_FALLBACKS=[new])
        renew_macs(organisation_id, at=at)
        app.config["SECRET_KEY_FALLBACKS"] = []
    assert is_sound(organisation_id)


def test_rows_whose_key_is_lost_are_taken_as_they_stand_and_that_is_entered(
    world: tuple[Flask, UUID],
) -> None:
    _, organisation_id = world
    row = rows_not_entered(Response, organisation_id)[0]
    table = Base.metadata.tables["responses"]
    with behind_the_programs_back() as connection:
        lost = table.update().where(table.c.id == row["id"]).values(mac=f"00000000:{'0' * 64}")
        connection.execute(lost)
    assert not verdict_of(organisation_id).sound
    renewed, left = renew_macs(organisation_id, accept=True, at=clock.now())
    assert (renewed > 1, left) == (True, 0)
    assert is_sound(organisation_id)
    entry = db.session.scalar(select(LedgerEntry.body).filter_by(kind="rows.accepted"))
    assert entry is not None
    assert json.loads(entry)["public"] == {"rows": {"responses": 1}}


@pytest.mark.parametrize("name", ["ledger_entries", "ledger_salts", "ledger_heads"])
def test_a_flip_in_the_ledger_itself_is_found(world: tuple[Flask, UUID], name: str) -> None:
    table = Base.metadata.tables[name]
    for column in table.columns:
        assert flip_is_found(table, column, world[1]), f"{name}.{column.name}"
    assert verdict_of(world[1]).sound


@pytest.mark.parametrize("kind", sorted(FACT_TABLES))
def test_a_row_that_disappears_or_was_never_entered_is_found(world: tuple[Flask, UUID], kind: str) -> None:
    table = FACT_TABLES[kind].__table__
    assert isinstance(table, Table)
    row = a_row(table, world[1])
    values = dict(row._mapping)
    with behind_the_programs_back() as connection:
        connection.execute(table.delete().where(table.c.id == row.id))
    assert "missing_row" in {finding.code for finding in verdict_of(world[1]).findings}
    with behind_the_programs_back() as connection:
        connection.execute(table.insert().values(values))
    assert verdict_of(world[1]).sound


def test_a_signature_smuggled_in_is_found(world: tuple[Flask, UUID]) -> None:
    table = Base.metadata.tables["acknowledgements"]
    row = a_row(table, world[1])
    forged = dict(row._mapping) | {"id": uuid4(), "reference": "R-FORG-EDFO-RGED", "attempt_id": uuid4()}
    with behind_the_programs_back() as connection:
        connection.execute(table.insert().values(forged))
    assert {finding.code for finding in verdict_of(world[1]).findings} == {"orphan"}
    with behind_the_programs_back() as connection:
        connection.execute(table.delete().where(table.c.id == forged["id"]))


def test_two_people_who_swap_their_names_are_found(world: tuple[Flask, UUID]) -> None:
    table = Base.metadata.tables["people"]
    with db.engine.connect() as connection:
        query = select(table.c.id, table.c.name).where(table.c.organisation_id == world[1]).limit(2)
        (one, other) = connection.execute(query).all()
    with behind_the_programs_back() as connection:
        for row, name in ((one, other.name), (other, one.name)):
            connection.execute(table.update().where(table.c.id == row.id).values(name=name))
    assert len(verdict_of(world[1]).findings) == 2
    with behind_the_programs_back() as connection:
        for row in (one, other):
            connection.execute(table.update().where(table.c.id == row.id).values(name=row.name))


def test_an_end_of_the_chain_cut_off_is_found(world: tuple[Flask, UUID]) -> None:
    """Cut off with its row; who also rewrites the head is found by a witness or a receipt only."""
    entries = Base.metadata.tables["ledger_entries"]
    with db.engine.connect() as connection:
        query = select(entries).where(entries.c.organisation_id == world[1]).order_by(entries.c.seq.desc())
        last = connection.execute(query.limit(1)).one()
    with behind_the_programs_back() as connection:
        connection.execute(entries.delete().where(key_of(entries, last._mapping)))
    assert "head_differs" in {finding.code for finding in verdict_of(world[1]).findings}
    with behind_the_programs_back() as connection:
        connection.execute(entries.insert().values(dict(last._mapping)))


def test_a_checkpoint_signed_by_another_key_is_found(world: tuple[Flask, UUID], tmp_path: Path) -> None:
    create_keys(tmp_path / "keys", "elearn test")
    stranger = load_keys(tmp_path / "keys")
    verdict = verify_organisation(world[1], trusted_note_keys=stranger.log_keys)
    assert "checkpoint_forged" in {finding.code for finding in verdict.findings}


def test_the_chain_holds_no_name_address_or_person(world: tuple[Flask, UUID]) -> None:
    with db.engine.connect() as connection:
        bodies = list(connection.scalars(text("SELECT body FROM ledger_entries")))
        person_ids = [str(UUID(str(row))) for row in connection.scalars(text("SELECT id FROM people"))]
    for body in bodies:
        entry = json.loads(body)
        own = entry.pop("rec")
        rest = json.dumps(entry, ensure_ascii=False)
        assert "ukasz" not in rest
        assert "fernhill.example" not in rest
        assert not any(person_id in rest for person_id in person_ids if person_id != own)


def test_the_database_refuses_to_change_an_entry(app: Flask) -> None:
    trust = factories.make_organisation()
    for statement in ("UPDATE ledger_entries SET kind = 'x'", "DELETE FROM ledger_entries"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            db.engine.connect().execution_options(purpose="write") as connection,
        ):
            connection.exec_driver_sql(statement)
    assert verdict_of(trust.organisation.id).sound


def test_what_is_recorded_while_verification_walks_is_no_finding(world: tuple[Flask, UUID]) -> None:
    """The walk looks at one moment of the database, whatever is stored meanwhile."""
    app, organisation_id = world
    stored: list[str] = []

    def store(entries: int) -> None:
        if stored:
            return

        def add() -> None:
            with app.app_context():
                person = organisations.add_academy(organisation_id, "later", name="Later", at=clock.now())
                stored.append(person.slug)

        meanwhile = Thread(target=add)
        meanwhile.start()
        meanwhile.join(30)

    let_go()
    verdict = verify_organisation(organisation_id, on_progress=store)
    assert stored == ["later"]
    assert verdict.findings == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("ledger_entries", "body", "7"),
        ("ledger_entries", "body", "[" * 100_000),
        ("ledger_salts", "salts", "[]"),
        ("ledger_salts", "salts", "{"),
        ("ledger_heads", "frontier", "7"),
        ("ledger_heads", "frontier", "{"),
    ],
)
def test_a_malformed_value_in_the_ledger_is_told_and_stops_nothing(
    world: tuple[Flask, UUID], table: str, column: str, value: str
) -> None:
    whole = Base.metadata.tables[table]
    key = dict(a_row(whole, world[1])._mapping)
    with behind_the_programs_back() as connection:
        changed = whole.update().where(key_of(whole, key)).values({column: literal(value, Text())})
        connection.execute(changed)
    try:
        assert not verdict_of(world[1]).sound
    finally:
        with behind_the_programs_back() as connection:
            connection.execute(whole.update().where(key_of(whole, key)).values({column: key[column]}))
    assert verdict_of(world[1]).sound
