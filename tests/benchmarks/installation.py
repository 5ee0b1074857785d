"""An installation to measure: a published policy, an account with rights, and as many other people as asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import Table, insert

import elearn.tables  # noqa: F401 - registers every table
from elearn import clock
from elearn.access import accounts, approving, asking, granting
from elearn.access.facts import Platform, Right
from elearn.app import create_app
from elearn.auth.service import create_token
from elearn.db import Base, db, let_go, transaction
from elearn.ledger.keys import create_keys
from elearn.people.offices import give_office
from tests import factories
from tests.conftest import fresh_postgresql_database, settings_for

SECRET = "a secret key for benchmarks, long enough"
GRANTED = 50


@dataclass(frozen=True)
class Installation:
    """Where it is, and whom to ask about."""

    environment: dict[str, str]
    floor_database: str
    trust: factories.Trust
    account_id: UUID
    granted: tuple[UUID, ...]
    token: str


def databases(folder: Path, kind: str) -> tuple[str, str]:
    """An empty database for the product and one for the floor."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'product.db'}", f"sqlite:///{folder / 'floor.db'}"
    return fresh_postgresql_database("elearn_bench"), fresh_postgresql_database("elearn_bench_floor")


@contextmanager
def application(folder: Path, database: str) -> Iterator[Flask]:
    """The application on this database, with its context pushed."""
    app = create_app(settings_for(folder, database, secret_key=SECRET), TESTING=True)
    with app.app_context():
        yield app
        let_go()
        db.engine.dispose()


def installed(folder: Path, kind: str, *, people: int) -> Installation:
    """Make both databases, fifty people with a right on one account, and the others beside them."""
    database, floor_database = databases(folder, kind)
    create_keys(folder / "keys", "elearn benchmark")
    with application(folder, database):
        Base.metadata.create_all(db.engine)
        at = clock.now()
        today = clock.local_day(at)
        trust = factories.make_organisation(at=at)
        head = factories.make_person(trust, "Jo Head", at=at)
        give_office(head.id, "head", academy_id=trust.academy.id, starts_on=today, at=at)
        account = accounts.register_account(
            trust.organisation.id,
            academy_id=trust.academy.id,
            platform=Platform.FACEBOOK,
            handle="@millroad",
            purpose="news",
            work_email_address="page@fernhill.example.sch.uk",
            at=at,
        )
        granted = tuple(_with_right(trust, head.id, account.id, number, today) for number in range(GRANTED))
        token = create_token(
            trust.organisation.id,
            name="b",
            scopes=["access:read"],
            expires_on=today + timedelta(days=9),
            at=at,
        )
        add_others(trust, granted[0], people - GRANTED)
        if kind == "postgresql":
            _gather_statistics()  # as autovacuum does within minutes
    fill_floor(floor_database)
    environment = {
        "ELEARN_INSTANCE": str(folder),
        "DATABASE_URL": database,
        "ELEARN_SECRET_KEY": SECRET,
        "ELEARN_BASE_URL": "http://127.0.0.1:8000",
    }
    return Installation(environment, floor_database, trust, account.id, granted, token)


def _gather_statistics() -> None:
    with db.engine.connect().execution_options(purpose="read") as connection:
        connection.exec_driver_sql("ANALYZE")


def _with_right(trust: factories.Trust, head_id: UUID, account_id: UUID, number: int, today: date) -> UUID:
    at = clock.now()
    person = factories.make_person(trust, f"Holder {number}", at=at)
    factories.make_done(trust, person, at=at)
    request = asking.request_access(
        account_id,
        person.id,
        requested_by_id=person.id,
        right=Right.POSTER,
        purpose="photos",
        starts_on=today,
        ends_on=today + timedelta(days=100),
        at=at,
    )
    approving.decide_request(request.id, approver_id=head_id, approved=True, at=at)
    granting.grant_access(request.id, granted_by_id=head_id, at=at)
    return person.id


def add_others(trust: factories.Trust, example_id: UUID, number: int) -> None:
    """Copy one person's rows, everything but the ledger's, until there are so many people."""
    if number > 0:
        copies_of(trust, example_id, number, finished=True)


def copies_of(
    trust: factories.Trust, example_id: UUID, number: int, *, finished: bool = False
) -> tuple[list[UUID], list[UUID]]:
    """So many people with a copy of the example's post and attempt (its outcome too, when finished): their ids and
    their attempts' ids."""
    people, attempts = [uuid4() for _ in range(number)], [uuid4() for _ in range(number)]
    tables = ["people", "placements", "attempts"] + (
        ["attempt_results", "acknowledgements"] if finished else []
    )
    ids = {"people": people, "attempts": attempts}
    with transaction():
        for name in tables:
            _copy(Base.metadata.tables[name], example_id, people, attempts, ids.get(name))
    return people, attempts


def people_like(example_id: UUID, number: int) -> list[UUID]:
    """So many people with a copy of the example's post, who have done nothing yet: their ids."""
    people = [uuid4() for _ in range(number)]
    with transaction():
        for name, ids in (("people", people), ("placements", None)):
            _copy(Base.metadata.tables[name], example_id, people, people, ids)
    return people


def _copy(
    table: Table,
    example_id: UUID,
    people: Sequence[UUID],
    attempts: Sequence[UUID],
    ids: Sequence[UUID] | None,
) -> None:
    """A copy of the example's row for each person."""
    owner = table.c.id if table.name == "people" else table.c.person_id
    row = dict(db.session.execute(table.select().where(owner == example_id).limit(1)).mappings().one())
    places = range(len(people))
    for start in places[::2_000]:
        copies = []
        for place in places[start : start + 2_000]:
            own = {
                "id": ids[place] if ids else uuid4(),
                "person_id": people[place],
                "attempt_id": attempts[place],
                "payroll_number": f"copy-{people[place].hex[:30]}",
                "reference": f"C-{people[place].hex[:16]}",
            }
            copies.append(row | {name: value for name, value in own.items() if name in row})
        db.session.execute(insert(table), copies)


def fill_floor(database: str) -> None:
    """Make the floor's tables."""
    environment = os.environ | {"BENCH_DB": database}
    command = [sys.executable, "-m", "tests.benchmarks.floor"]
    subprocess.run(command, check=True, env=environment, cwd=Path(__file__).resolve().parents[2])


def shared_floor() -> Path | None:
    """The folder of the floor beside the repository, or None."""
    for parent in Path(__file__).resolve().parents:
        folder = parent / "shared" / "floor"
        if (folder / "journey_app.py").is_file():
            return folder
    return None
