"""An organisation is never left without an administrator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from click.testing import CliRunner
from flask import Flask

from elearn import clock
from elearn.cli import main
from elearn.db import db
from elearn.errors import ActionRefused
from elearn.people.roles import give_role, list_roles, take_role
from elearn.people.service import PersonView
from elearn.permissions import Role
from tests.factories import Trust, make_organisation, make_person, post
from tests.people.test_routes import day_boxes
from tests.staff_world import browser


def administrator(trust: Trust, name: str) -> PersonView:
    return make_person(trust, name, roles=[Role.ADMINISTRATOR])


def is_open(person: PersonView) -> bool:
    return list_roles(person.id)[0].term.ends_on is None


def test_the_last_administrator_stays_by_page(app: Flask) -> None:
    trust = make_organisation(published=False)
    ade = administrator(trust, "Ade Okafor")
    answer = post(
        browser(app, ade), f"/people/{ade.id}/roles/{list_roles(ade.id)[0].id}/end", day_boxes("ends_on")
    )
    assert answer.status_code == 422
    assert "last administrator of the whole organisation. Make somebody else an administrator" in answer.text
    assert is_open(ade)


def test_the_last_administrator_stays_by_command(app: Flask) -> None:
    ade = administrator(make_organisation(published=False), "Ade Okafor")
    result = CliRunner().invoke(main, ["role", "take", str(ade.id), "administrator"])
    assert result.exit_code == 1
    assert "Make somebody else an administrator first" in result.stderr
    assert is_open(ade)


def test_an_administrator_of_one_academy_is_not_one_of_the_organisation(app: Flask) -> None:
    trust = make_organisation(published=False)
    ade, local = administrator(trust, "Ade Okafor"), make_person(trust, "Lou Local")
    give_role(
        local.id,
        Role.ADMINISTRATOR,
        academy_id=trust.academy.id,
        starts_on=clock.today(),
        at=clock.now(),
    )
    assert CliRunner().invoke(main, ["role", "take", str(local.id), "administrator"]).exit_code == 0
    assert CliRunner().invoke(main, ["role", "take", str(ade.id), "administrator"]).exit_code == 1


def test_two_administrators_do_not_end_each_other_at_once(app: Flask) -> None:
    trust = make_organisation(published=False)
    both = [administrator(trust, "Ade Okafor"), administrator(trust, "Bo Lund")]
    holdings = [list_roles(person.id)[0].id for person in both]
    together = Barrier(2)

    def end(number: int) -> bool:
        with app.app_context():
            together.wait(timeout=20)
            try:
                take_role(
                    holdings[number],
                    ends_on=clock.today(),
                    organisation_id=trust.organisation.id,
                    at=clock.now(),
                )
            except ActionRefused:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(end, range(2))) == [False, True]
    db.session.rollback()
    assert sorted(is_open(person) for person in both) == [False, True]


def test_a_page_that_no_role_opens_any_more_claims_nothing_about_what_was_saved(app: Flask) -> None:
    kim = make_person(make_organisation(published=False), "Kim Shah")
    answer = browser(app, kim).get("/people")
    assert answer.status_code == 403
    assert "Nothing you saved has changed" not in answer.text
    assert "no role you hold today opens this page" in answer.text
