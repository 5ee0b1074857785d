"""A role or office that the wrong person was given is stopped at once, and the record keeps both."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from elearn import clock
from elearn.cli import main
from elearn.db import db
from elearn.errors import ActionRefused
from elearn.ledger.verification import verify_organisation
from elearn.people.models import RoleHolding
from elearn.people.offices import give_office, list_offices, take_office
from elearn.people.roles import give_role, list_roles, take_role
from elearn.people.rules import (
    Term,
    last_day_of_role_stopped,
    last_day_of_what_stops,
    may_stop,
    office_reaches,
)
from elearn.people.service import PersonView
from elearn.permissions import Role
from tests.factories import Trust, make_organisation, make_person, post
from tests.staff_world import browser


def given_today(trust: Trust, name: str = "Kim Shah", *, days: int = 0) -> PersonView:
    person = make_person(trust, name)
    starts_on = clock.today() + timedelta(days=days)
    give_role(person.id, Role.HR, starts_on=starts_on, at=clock.now())
    return person


def stop_role(person: PersonView) -> None:
    [held] = list_roles(person.id)
    take_role(held.id, ends_on=None, organisation_id=person.organisation_id, at=clock.now())


def administrator(trust: Trust) -> PersonView:
    return make_person(trust, "Ade Okafor", roles=[Role.ADMINISTRATOR])


@pytest.mark.parametrize(
    ("held", "stopped_at_once"),
    [
        (Term(date(2026, 3, 2)), True),
        (Term(date(2026, 3, 9)), True),
        (Term(date(2026, 3, 1)), False),
        (Term(date(2025, 9, 1), date(2026, 3, 2)), False),
    ],
)
def test_what_is_stopped_counts_no_more_that_day_or_later(held: Term, stopped_at_once: bool) -> None:
    day = date(2026, 3, 2)
    assert may_stop(held, day)
    after = Term(held.starts_on, last_day_of_what_stops(day))
    assert not any(after.holds_on(day + timedelta(days=more)) for more in range(30))
    assert after.was_stopped_at_once is stopped_at_once
    assert after.holds_on(day - timedelta(days=1)) is not stopped_at_once


def test_what_has_ended_is_not_stopped_again_which_would_only_make_it_longer() -> None:
    assert not may_stop(Term(date(2025, 9, 1), date(2026, 3, 1)), date(2026, 3, 2))


@pytest.mark.parametrize("what", ["role", "office"])
@pytest.mark.parametrize(("given_days_ago", "counted"), [(0, False), (1, True)])
def test_what_was_given_today_from_an_earlier_day_and_is_stopped_today_counted_on_no_day(
    app: Flask, what: str, given_days_ago: int, counted: bool
) -> None:
    """Somebody typed it wrongly. What stood since yesterday was relied on, so its days until yesterday stay."""
    trust = make_organisation(published=False)
    kim, now, today = make_person(trust, "Kim Shah"), clock.now(), clock.today()
    given = {"starts_on": today - timedelta(days=30), "at": now - timedelta(days=given_days_ago)}
    whose = {"organisation_id": trust.organisation.id, "ends_on": None, "at": now}
    if what == "role":
        take_role(give_role(kim.id, Role.HR, **given), **whose)
        [held] = list_roles(kim.id)
    else:
        take_office(give_office(kim.id, "head", academy_id=trust.academy.id, **given), **whose)
        [held] = list_offices(kim.id)
    assert held.term.was_stopped_at_once is not counted
    assert [held.term.holds_on(today - timedelta(days=ago)) for ago in (0, 1, 30)] == [
        False,
        counted,
        counted,
    ]
    assert verify_organisation(trust.organisation.id).sound


@pytest.mark.parametrize(
    ("given_on", "is_changed", "last"),
    [
        (date(2026, 3, 2), False, date(2026, 1, 31)),
        (date(2026, 3, 2), True, date(2026, 3, 1)),
        (date(2026, 3, 1), False, date(2026, 3, 1)),
    ],
)
def test_only_what_was_given_that_day_and_not_changed_counted_on_no_day(
    given_on: date, is_changed: bool, last: date
) -> None:
    held, day = Term(date(2026, 2, 1)), date(2026, 3, 2)
    assert last_day_of_role_stopped(held, given_on, is_changed=is_changed, day=day) == last


@pytest.mark.parametrize("days", [0, -200, 7])
def test_a_role_stops_at_once_for_somebody_who_is_signed_in(app: Flask, days: int) -> None:
    trust = make_organisation(published=False)
    person = given_today(trust, days=days)
    client = browser(app, person)
    assert client.get("/people").status_code == (403 if days > 0 else 200)
    stop_role(person)
    assert client.get("/people").status_code == 403


def test_that_it_was_given_and_when_it_was_stopped_stay_on_record(app: Flask) -> None:
    trust = make_organisation(published=False)
    person = given_today(trust)
    stop_role(person)
    rows = list(
        db.session.scalars(
            select(RoleHolding)
            .where(RoleHolding.person_id == person.id)
            .order_by(RoleHolding.replaces_id.isnot(None))
        )
    )
    assert [(row.starts_on, row.ends_on) for row in rows] == [
        (clock.today(), None),
        (clock.today(), clock.today() - timedelta(days=1)),
    ]
    assert rows[1].replaces_id == rows[0].id
    assert rows[0].recorded_at <= rows[1].recorded_at
    assert verify_organisation(trust.organisation.id).sound


def test_an_office_that_is_stopped_approves_nothing_more(app: Flask) -> None:
    trust = make_organisation(published=False)
    head, kim = make_person(trust, "Jo Head"), make_person(trust, "Kim Shah")
    give_office(head.id, "head", academy_id=trust.academy.id, starts_on=clock.today(), at=clock.now())
    [held] = list_offices(head.id)
    where = {"academy_id": trust.academy.id, "person_id": kim.id, "day": clock.today()}
    assert office_reaches(held, **where)
    take_office(held.id, ends_on=None, organisation_id=trust.organisation.id, at=clock.now())
    [held] = list_offices(head.id)
    assert not office_reaches(held, **where)
    with pytest.raises(ActionRefused, match="ended already"):
        take_office(held.id, ends_on=None, organisation_id=trust.organisation.id, at=clock.now())


@pytest.mark.parametrize("what", ["roles", "offices"])
def test_it_is_stopped_by_page_on_the_day_it_was_given(app: Flask, what: str) -> None:
    trust = make_organisation(published=False)
    kim, client = make_person(trust, "Kim Shah"), browser(app, administrator(trust))
    day = clock.today()
    if what == "roles":
        holding = give_role(kim.id, Role.HR, starts_on=day, at=clock.now())
    else:
        holding = give_office(kim.id, "head", academy_id=trust.academy.id, starts_on=day, at=clock.now())
    address = f"/people/{kim.id}/{what}/{holding}/end"
    offered = client.get(address).text
    assert "Stop it now" in offered
    assert "If it was recorded today, it counts on no day at all" in offered
    assert post(client, address, {"at_once": "yes"}).status_code == 303
    page = client.get(f"/people/{kim.id}").text
    assert "stopped on" in page
    assert not re.search(rf"/{what}/[0-9a-f-]+/end", page)


@pytest.mark.parametrize(("group", "name"), [("role", "hr"), ("office", "dsl")])
def test_it_is_stopped_by_command_on_the_day_it_was_given(app: Flask, group: str, name: str) -> None:
    person = make_person(make_organisation(published=False), "Kim Shah")
    run = CliRunner().invoke
    assert run(main, [group, "give", str(person.id), name]).exit_code == 0
    taken = run(main, [group, "take", str(person.id), name, "--at-once"])
    assert (taken.exit_code, taken.stdout) == (
        0,
        f"Kim Shah is no longer {name}: it was stopped at once\n",
    )
    [row] = json.loads(run(main, [group, "list", str(person.id), "--json"]).stdout)
    assert row["until"] == ""
    assert row["stopped"].startswith(str(clock.now().date()))
    assert run(main, [group, "take", str(person.id), name, "--at-once"]).exit_code == 1


def test_the_last_administrator_is_not_stopped_either(app: Flask) -> None:
    ade = administrator(make_organisation(published=False))
    with pytest.raises(ActionRefused, match="last administrator"):
        stop_role(ade)
