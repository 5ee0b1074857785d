"""Pages of a manager: yes or not yet, and never how anybody answered."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask

from elearn import clock
from elearn.courses.service import ACCOUNT_HOLDER
from elearn.people.offices import give_office
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.quizzes.service import progress
from tests.factories import answer_round, course_of, make_done, make_organisation, make_person, post
from tests.staff_world import browser


def manage(manager: PersonView, *staff: PersonView) -> None:
    for person in staff:
        began = clock.today() - timedelta(days=1)
        give_office(manager.id, "line_manager", for_person_id=person.id, starts_on=began, at=clock.now())


def test_the_counts_of_a_list_add_up(app: Flask) -> None:
    trust = make_organisation()
    jo, kim, olu = (make_person(trust, name) for name in ("Jo Pritchard", "Kim Shah", "Olu Late"))
    manager = make_person(trust, "Mo Manager", roles=[Role.MANAGER])
    manage(manager, jo, kim, olu)
    make_done(trust, kim)
    text = browser(app, manager).get("/staff").text
    everybody = re.search(r"<strong>Everybody (\d+)</strong>", text)
    groups = [int(n) for n in re.findall(r"show=\w+\">[^<]*<strong>(\d+)</strong>", text)]
    assert everybody is not None
    assert int(everybody[1]) == sum(groups) == 3
    assert "Done" in text
    assert "Not started" in text


def test_a_list_shows_the_group_asked_for(app: Flask) -> None:
    trust = make_organisation()
    kim, olu = make_person(trust, "Kim Shah"), make_person(trust, "Olu Late")
    manager = make_person(trust, "Mo Manager", roles=[Role.MANAGER])
    manage(manager, kim, olu)
    make_done(trust, kim)
    text = browser(app, manager).get("/staff?show=done").text
    assert "Kim Shah" in text
    assert "Olu Late" not in text


def test_a_manager_without_people_is_told_whom_to_ask(app: Flask) -> None:
    trust = make_organisation()
    text = browser(app, make_person(trust, roles=[Role.MANAGER])).get("/staff").text
    assert "HR has not linked anyone to you. Ask the office at Mill Road, 01632 960 001." in text


def test_a_search_without_a_result_says_why_that_may_be(app: Flask) -> None:
    trust = make_organisation()
    kim, stranger = make_person(trust, "Kim Shah"), make_person(trust, "Stranger Danger")
    manager = make_person(trust, "Mo Manager", roles=[Role.MANAGER])
    manage(manager, kim)
    text = browser(app, manager).get("/staff", query_string={"search": stranger.name}).text
    assert "No one called “Stranger Danger” among your staff" in text
    assert "They may be new, or work elsewhere" in text


def test_a_manager_sees_that_somebody_is_not_done_but_no_answer_and_no_score(app: Flask) -> None:
    trust = make_organisation()
    amira = make_person(trust, "Amira Begum")
    manager = make_person(trust, "Mo Manager", roles=[Role.MANAGER])
    manage(manager, amira)
    answer_round(trust, amira, right=False)
    text = browser(app, manager).get(f"/staff/{amira.id}").text
    assert "In progress" in text
    assert "The situations" in text
    for word in ("wrong", "score", "of 4", "attempt"):
        assert word not in text.casefold(), word


def test_help_is_recorded_where_it_is_called_for(app: Flask) -> None:
    trust = make_organisation()
    amira = make_person(trust, "Amira Begum")
    manager = make_person(trust, "Mo Manager", roles=[Role.MANAGER])
    manage(manager, amira)
    client = browser(app, manager)
    address = f"/staff/{amira.id}"
    course = course_of(trust)
    assert post(client, f"{address}/help", page=address).status_code == 422
    while not progress(course, amira.id, day=clock.today()).needs_help:
        answer_round(trust, amira, right=False)
    assert "They need help before they try again" in client.get(address).text
    stuck = f'Sit down with them before they try again: <a class="govuk-link" href="{address}">Amira Begum'
    assert stuck in client.get("/staff").text
    assert post(client, f"{address}/help", page=address).status_code == 303
    assert not progress(course, amira.id, day=clock.today()).needs_help
    assert "Sit down with them" not in client.get("/staff").text


def test_help_is_recorded_in_the_course_for_people_who_post_too(app: Flask) -> None:
    trust = make_organisation()
    amira = make_person(trust, "Amira Begum")
    manager = make_person(trust, "Mo Manager", roles=[Role.MANAGER])
    manage(manager, amira)
    client, address = browser(app, manager), f"/staff/{amira.id}"
    course = course_of(trust, key=ACCOUNT_HOLDER)
    while not progress(course, amira.id, day=clock.today()).needs_help:
        answer_round(trust, amira, right=False, key=ACCOUNT_HOLDER)
    assert "They need help before they try again" in client.get(address).text
    assert post(client, f"{address}/help", page=address).status_code == 303
    assert not progress(course, amira.id, day=clock.today()).needs_help


def test_before_any_policy_is_published_the_list_says_so(app: Flask) -> None:
    trust = make_organisation(published=False)
    kim = make_person(trust, "Kim Shah")
    manager = make_person(trust, "Mo Manager", roles=[Role.MANAGER])
    manage(manager, kim)
    assert "No course yet" in browser(app, manager).get("/staff").text


def test_the_list_says_whom_it_is_of(app: Flask) -> None:
    trust = make_organisation()
    manager, kim = make_person(trust, "Priya Rao", roles=[Role.MANAGER]), make_person(trust, "Kim Shah")
    begins, now = clock.today(), clock.now()
    give_office(manager.id, "line_manager", for_person_id=kim.id, starts_on=begins, at=now)
    assert "You see the people you manage." in browser(app, manager).get("/staff").text
    give_office(manager.id, "head", academy_id=trust.academy.id, starts_on=begins, at=now)
    text = browser(app, manager).get("/staff").text
    assert "You see the people you manage and everybody at Mill Road Academy." in text
