"""One connection for what a page reads and what a unit writes, and what each of them sees."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, event, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from elearn.current import this_app
from elearn.db import (
    Connections,
    _prepare_connection,
    connection,
    db,
    let_go,
    look_at_one_moment,
    one_connection,
    transaction,
)
from elearn.people.models import Academy
from elearn.prepared import Prepared
from tests.factories import Trust, make_organisation


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation(published=False)


@contextmanager
def taken() -> Iterator[list[object]]:
    """The connections that are taken out of the pool meanwhile, at whose begin none is at hand."""
    found: list[object] = []

    def note(connection: Any, record: object, proxy: object) -> None:
        found.append(connection)

    let_go()
    db.engine.dispose()
    event.listen(db.engine, "checkout", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "checkout", note)


def name_in_core(trust: Trust) -> str:
    query = select(Academy.name).where(Academy.id == trust.academy.id)
    return str(connection().execute(query).scalar())


def name_of_entity(trust: Trust) -> str:
    return db.session.get_one(Academy, trust.academy.id).name


def rename_elsewhere(trust: Trust, name: str) -> None:
    """As another process does."""
    with db.engine.connect().execution_options(purpose="write") as other:
        other.execute(update(Academy).where(Academy.id == trust.academy.id).values(name=name))
        other.commit()


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def test_entities_and_plain_queries_of_a_page_use_one_connection(trust: Trust) -> None:
    with taken() as connections:
        assert name_in_core(trust) == name_of_entity(trust) == trust.academy.name
    assert len(connections) == 1


def test_a_unit_uses_one_connection_and_gives_it_back(trust: Trust) -> None:
    with taken() as connections, transaction() as unit:
        unit.get_one(Academy, trust.academy.id).name = "Renamed"
        unit.flush()
        assert name_in_core(trust) == "Renamed"
    assert len(connections) == 1
    assert one_connection().opened is None
    assert name_in_core(trust) == "Renamed"


@pytest.mark.parametrize("name", [name_in_core, name_of_entity])
def test_after_a_unit_is_read_what_is_stored_by_then(trust: Trust, name: Callable[[Trust], str]) -> None:
    before = name(trust)
    rename_elsewhere(trust, f"{before}, renamed")
    with transaction():
        pass
    assert name(trust) == f"{before}, renamed"


@pytest.mark.parametrize("end", [let_go, db.session.rollback])
def test_what_was_read_ends_with_the_connection(trust: Trust, end: Callable[[], None]) -> None:
    before = name_in_core(trust)
    rename_elsewhere(trust, f"{before}, renamed")
    end()
    assert name_in_core(trust) == f"{before}, renamed"


def rename_and_fail(trust: Trust) -> None:
    with transaction() as unit:
        unit.get_one(Academy, trust.academy.id).name = "Never"
        unit.flush()
        raise ValueError("on the way")


def test_a_unit_that_fails_leaves_nothing_and_no_connection(trust: Trust) -> None:
    with pytest.raises(ValueError, match="on the way"):
        rename_and_fail(trust)
    assert one_connection().opened is None
    assert one_connection().unit is None
    assert name_in_core(trust) == trust.academy.name


def test_what_is_only_read_needs_no_transaction_on_postgresql(trust: Trust) -> None:
    db.session.rollback()
    if is_postgresql():
        # Inside a transaction now() stands still.
        first, second = (connection().execute(select(func.now())).scalar() for _ in range(2))
        assert first != second
    else:
        before = name_in_core(trust)
        rename_elsewhere(trust, f"{before}, renamed")
        assert name_in_core(trust) == before, "on SQLite a page reads one snapshot"


def test_a_walk_sees_one_moment_whatever_is_stored_meanwhile(trust: Trust) -> None:
    look_at_one_moment()
    before = name_in_core(trust)
    rename_elsewhere(trust, f"{before}, renamed")
    assert name_in_core(trust) == before
    rows = db.session.execute(select(Academy.id).execution_options(yield_per=1))
    assert trust.academy.id in [row.id for row in rows]


def test_the_next_who_has_the_connection_finds_it_as_it_was(trust: Trust) -> None:
    name_in_core(trust)
    one_connection().let_go()
    if is_postgresql():
        with db.engine.connect() as other:
            first, second = (other.execute(select(func.now())).scalar() for _ in range(2))
        assert first == second, "outside the session, reads still have a transaction"
    rename_elsewhere(trust, "Renamed")
    assert name_in_core(trust) == "Renamed"


def in_use() -> Any:
    """The driver's connection of this page, which has asked something through it."""
    here = one_connection()
    here.cursor().execute("SELECT 1")
    return here.read().dbapi_connection


def test_the_connection_given_back_is_at_hand_for_the_next(trust: Trust) -> None:
    first = in_use()
    let_go()
    assert in_use() is first


def test_of_a_connection_given_back_nothing_is_left_that_was_not_committed(trust: Trust) -> None:
    let_go()
    here = one_connection()
    here.open("write")
    here.cursor().execute("UPDATE academies SET name = 'Never'")
    used = in_use()
    let_go()
    assert in_use() is used
    assert name_in_core(trust) == trust.academy.name


def test_a_broken_connection_is_not_kept(trust: Trust) -> None:
    in_use().close()
    let_go()
    in_use()
    assert name_in_core(trust) == trust.academy.name


def pool() -> QueuePool:
    found = db.engine.pool
    assert isinstance(found, QueuePool)
    return found


def used(connections: Connections, number: int) -> list[Any]:
    """The driver's side of so many connections that were taken together and given back."""
    let_go()
    db.engine.dispose()
    taken_together = [connections.take() for _ in range(number)]
    drivers = [each.dbapi_connection for each in taken_together]
    for each in taken_together:
        connections.give_back(each)
    return drivers


def is_closed(driver: Any) -> bool:
    try:
        driver.execute("SELECT 1")
    except db.engine.dialect.loaded_dbapi.Error:
        return True
    return False


def connections_of_the_program() -> Connections:
    found: Connections = this_app().extensions["elearn_connections"]
    return found


def test_no_more_stay_at_hand_than_the_pool_keeps_and_they_are_closed_with_it(trust: Trust) -> None:
    connections = connections_of_the_program()
    drivers = used(connections, pool().size() + 2)
    assert pool().checkedout() == pool().size()
    db.engine.dispose()
    assert all(is_closed(driver) for driver in drivers[: pool().size()])


def test_who_gives_a_connection_back_after_the_pool_was_disposed_of_closes_it(trust: Trust) -> None:
    connections = connections_of_the_program()
    late = connections.take()
    driver = late.dbapi_connection
    db.engine.dispose()
    connections.give_back(late)
    assert is_closed(driver)
    assert in_use() is not driver


ACADEMY = Prepared(select(Academy.name).where(Academy.id == bindparam("academy_id")))


def name_prepared(trust: Trust) -> str:
    return str(ACADEMY.scalar(academy_id=trust.academy.id))


def name_in_a_unit(trust: Trust) -> str:
    with transaction():
        return name_prepared(trust)


@pytest.mark.parametrize("name", [name_prepared, name_in_a_unit, name_in_core, name_of_entity])
def test_when_the_database_was_gone_one_page_fails_and_no_other(
    trust: Trust, name: Callable[[Trust], str]
) -> None:
    """Whichever way it was noticed; and what was in use meanwhile is not kept either."""
    connections = connections_of_the_program()
    drivers = used(connections, 4)
    late = connections.take()
    for driver in drivers:
        driver.close()
    with pytest.raises(DBAPIError):
        name(trust)
    db.session.rollback()
    let_go()
    connections.give_back(late)
    assert name(trust) == trust.academy.name
    let_go()
    assert in_use() not in drivers


def test_a_connection_to_sqlite_waits_until_what_is_written_is_on_the_disk(tmp_path: Path) -> None:
    """Where no test makes it quick: whoever has seen a receipt finds it again after a power cut."""
    own = sqlite3.connect(tmp_path / "own.db")
    with closing(own):
        _prepare_connection(own, None)
        settings = {
            name: own.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2}
