"""Migrations go up, down and up again, and end where the models are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect, text, update
from sqlalchemy.exc import DatabaseError

import elearn.tables  # noqa: F401 - registers every table
from elearn import clock
from elearn.acknowledgements.models import Acknowledgement
from elearn.app import create_app
from elearn.config import data_folder
from elearn.db import Base, db, let_go, transaction
from elearn.errors import ConfigurationError
from elearn.ledger.keys import create_keys
from elearn.ledger.macs import MAC_TABLES
from elearn.ledger.verification import verify_installation, verify_organisation
from elearn.people.offices import give_office, take_office
from elearn.people.organisations import add_academy, add_organisation
from elearn.people.placements import add_placement
from elearn.people.roles import give_role
from elearn.people.rules import JobGroup, PersonKind
from elearn.people.service import add_person
from elearn.people.taking_back import take_back_placement
from elearn.permissions import Role
from elearn.scenarios.service import list_loadings, load_bundle
from tests import factories
from tests.conftest import Databases, settings_for
from tests.ledger.test_tampering import name_a_loader, populate


@pytest.fixture
def empty_app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database."""
    create_keys(tmp_path / "keys", "elearn test")
    app = create_app(settings_for(tmp_path, databases.empty("migrations")))
    with app.app_context():
        yield app
        let_go()
        db.engine.dispose()


def test_up_down_and_up_again(empty_app: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())


def test_models_and_migrations_agree(empty_app: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_check_constraints_of_models_and_migrations_agree(empty_app: Flask) -> None:
    """Alembic does not compare check constraints, so their names are compared here."""
    upgrade()
    inspector = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        modelled = {str(each.name) for each in table.constraints if isinstance(each, CheckConstraint)}
        assert {each["name"] for each in inspector.get_check_constraints(table.name)} == modelled, table.name


def test_the_ledger_of_a_migrated_database_is_append_only_and_verifies(empty_app: Flask) -> None:
    upgrade()
    trust = add_organisation("fernhill", name="Fernhill", short_name="Fernhill", at=clock.now())
    assert verify_organisation(trust.id).sound
    with db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.execute(text("UPDATE ledger_entries SET kind = 'x'"))
    with db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.execute(text("DELETE FROM ledger_entries"))
    let_go()  # what verification read is held until then, and a table that somebody reads is not emptied
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text("TRUNCATE ledger_entries CASCADE"))


def test_a_filled_database_goes_one_version_down_and_up_again_unchanged(empty_app: Flask) -> None:
    upgrade()
    organisation_id = populate()
    before = verify_organisation(organisation_id)
    assert before.sound
    let_go()
    downgrade(revision="-1")
    upgrade()
    after = verify_organisation(organisation_id)
    assert after == before


def test_a_version_that_cannot_hold_what_was_stopped_at_once_is_refused(empty_app: Flask) -> None:
    upgrade()
    trust = add_organisation("fernhill", name="Fernhill", short_name="Fernhill", at=clock.now())
    kim = add_person(trust.id, payroll_number="1", name="Kim Shah", at=clock.now())
    held = give_office(kim.id, "dsl", starts_on=clock.today(), at=clock.now())
    take_office(held, ends_on=None, organisation_id=trust.id, at=clock.now())
    let_go()
    with pytest.raises(ConfigurationError, match="stopped on the day they began"):
        downgrade(revision="0008")
    upgrade()  # SQLite has gone down as far as the version that refuses
    assert verify_organisation(trust.id).sound


def test_a_version_that_cannot_hold_what_was_taken_back_is_refused(empty_app: Flask) -> None:
    upgrade()
    trust = add_organisation("fernhill", name="Fernhill", short_name="Fernhill", at=clock.now())
    kim = add_person(trust.id, payroll_number="1", name="Kim Shah", at=clock.now())
    place = add_academy(trust.id, "mill-road", name="Mill Road", is_central=False, at=clock.now())
    post = add_placement(
        kim.id,
        academy_id=place.id,
        kind=PersonKind.EMPLOYEE,
        job_title="Cook",
        job_group=JobGroup.KITCHEN,
        starts_on=clock.today(),
        at=clock.now(),
    )
    take_back_placement(post, organisation_id=trust.id, at=clock.now())
    let_go()
    with pytest.raises(ConfigurationError, match="posts were taken back"):
        downgrade(revision="0009")
    upgrade()  # SQLite has gone down as far as the version that refuses
    assert verify_organisation(trust.id).sound


def test_a_version_that_cannot_hold_who_loaded_content_is_refused(empty_app: Flask) -> None:
    upgrade()
    trust = add_organisation("fernhill", name="Fernhill", short_name="Fernhill", at=clock.now())
    name_a_loader(trust.id)
    let_go()
    with pytest.raises(ConfigurationError, match="who loaded content"):
        downgrade(revision="0010")
    upgrade()  # SQLite has gone down as far as the version that refuses
    assert verify_organisation(trust.id).sound


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_rows_from_before_macs_get_theirs_however_many_they_are(
    empty_app: Flask, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade()
    organisation_id = populate()
    before = verify_organisation(organisation_id).not_entered
    assert before > len(MAC_TABLES)
    let_go()
    downgrade(revision="0013")
    scripts = ScriptDirectory.from_config(empty_app.extensions["migrate"].migrate.get_config())
    monkeypatch.setattr(scripts.get_revision("0014").module, "BATCH", batch)
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda config: scripts)
    upgrade()
    after = verify_organisation(organisation_id)
    assert (after.sound, after.other_key, after.not_entered) == (True, False, before)
    assert verify_installation().sound


def test_rows_get_no_mac_under_a_secret_key_made_for_them(empty_app: Flask) -> None:
    """That of the server is to be set: a key made by the way would be one that the server does not have."""
    upgrade()
    populate()
    let_go()
    downgrade(revision="0013")
    secret, empty_app.config["SECRET_KEY"] = empty_app.config["SECRET_KEY"], ""
    with pytest.raises(ConfigurationError, match="run this with the settings of the server"):
        upgrade()
    empty_app.config["SECRET_KEY"] = secret
    upgrade()


def test_a_version_that_cannot_hold_answers_is_refused_and_one_without_any_is_not(empty_app: Flask) -> None:
    upgrade()
    organisation_id = populate()
    let_go()
    downgrade(revision="0014")
    upgrade()
    name_a_loader(organisation_id)
    let_go()
    with pytest.raises(ConfigurationError, match="questions were answered"):
        downgrade(revision="0014")
    assert verify_organisation(organisation_id).sound


def test_content_from_before_loaders_were_recorded_stays_without_one_and_sound(empty_app: Flask) -> None:
    upgrade()
    downgrade(revision="0010")
    trust = add_organisation("fernhill", name="Fernhill", short_name="Fernhill", at=clock.now())
    bundle = load_bundle(trust.id, factories.content(), "fernhill", at=clock.now())
    let_go()
    upgrade()
    assert list_loadings(bundle.id) == []
    assert verify_organisation(trust.id).sound


@pytest.mark.parametrize("earlier", ["0011", "0012"])
def test_signatures_from_before_more_of_a_browser_was_recorded_stay_sound(
    empty_app: Flask, earlier: str
) -> None:
    upgrade()
    trust = factories.make_organisation()
    factories.make_done(trust, factories.make_person(trust))
    let_go()
    downgrade(revision=earlier)
    upgrade()
    assert verify_organisation(trust.organisation.id).sound


@pytest.mark.parametrize(
    ("column", "value", "earlier", "named"),
    [
        ("languages", "en-GB", "0011", "languages of browsers"),
        ("time_zone", "Europe/London", "0012", "time zones of browsers"),
    ],
)
def test_a_version_that_cannot_hold_what_a_browser_told_is_refused_where_it_told_some(
    empty_app: Flask, column: str, value: str, earlier: str, named: str
) -> None:
    upgrade()
    trust = factories.make_organisation()
    factories.make_done(trust, factories.make_person(trust))
    with transaction() as unit:
        unit.execute(update(Acknowledgement).values({column: value}))
    let_go()
    with pytest.raises(ConfigurationError, match=named):
        downgrade(revision=earlier)


@pytest.mark.parametrize("table", ["role_holdings", "office_holdings"])
def test_only_a_row_that_replaces_another_ends_before_it_begins(empty_app: Flask, table: str) -> None:
    upgrade()
    trust = add_organisation("fernhill", name="Fernhill", short_name="Fernhill", at=clock.now())
    kim = add_person(trust.id, payroll_number="1", name="Kim Shah", at=clock.now())
    give_role(kim.id, Role.HR, starts_on=clock.today(), at=clock.now())
    give_office(kim.id, "dsl", starts_on=clock.today(), at=clock.now())
    let_go()
    with db.engine.connect() as connection, pytest.raises(DatabaseError, match="ends_after_start_or_stopped"):
        connection.execute(text(f"UPDATE {table} SET ends_on = '2020-01-01'"))


def test_revisions_are_numbered_in_order() -> None:
    script = ScriptDirectory(str(data_folder("migrations")))
    found = [each.revision for each in script.walk_revisions()][::-1]
    assert found == [f"{number:04}" for number in range(1, len(found) + 1)]
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")
