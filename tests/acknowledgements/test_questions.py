"""Who reads what staff ask, and what the page says of it."""

from __future__ import annotations

import pytest
from flask import Flask

from elearn import clock
from elearn.acknowledgements.questions import raise_question
from elearn.people.service import PersonView
from elearn.permissions import Role
from tests.factories import Trust, course_of, make_done, make_organisation, make_person
from tests.staff_world import browser


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation()


def ask(trust: Trust, person: PersonView, text: str, *, instead: bool = False) -> None:
    raise_question(
        person,
        course_of(trust).policy_version_id,
        kind="question",
        about="No links with pupils",
        text=text,
        instead_of_signing=instead,
        at=clock.now(),
    )


def read(app: Flask, person: PersonView) -> str:
    page = browser(app, person).get("/questions")
    assert page.status_code == 200
    return page.text


def test_hr_reads_what_was_asked_by_whom_and_whether_they_signed_since(app: Flask, trust: Trust) -> None:
    hr = make_person(trust, "Helen Osei", roles=[Role.HR])
    assert "Nobody has asked anything yet" in read(app, hr)
    ann, ben = make_person(trust, "Ann Early"), make_person(trust, "Ben Later")
    ask(trust, ann, "May I <b>like</b> a post?")
    make_done(trust, ann)
    ask(trust, ben, "I disagree with 2.1", instead=True)
    text = read(app, hr)
    waiting, signed = text.split("Signed since (1)")
    assert "Not signed since (1)" in waiting
    assert "Ben Later" in waiting
    assert "Did not sign" in waiting
    assert "I disagree with 2.1" in waiting
    assert "about “No links with pupils”" in waiting
    assert "Ann Early" in signed
    assert "May I &lt;b&gt;like&lt;/b&gt; a post?" in signed


def test_nobody_else_does(app: Flask, trust: Trust) -> None:
    ask(trust, make_person(trust, "Ann Early"), "Only for HR")
    for role in (Role.MANAGER, Role.IT, Role.AUTHOR, Role.AUDITOR, Role.APPROVER):
        assert browser(app, make_person(trust, "Other", roles=[role])).get("/questions").status_code == 403
    elsewhere = make_person(make_organisation(), "Hal Elsewhere", roles=[Role.HR])
    assert "Only for HR" not in read(app, elsewhere)


def test_a_manager_is_told_that_hr_has_it_and_hr_is_led_there(app: Flask, trust: Trust) -> None:
    ann = make_person(trust, "Ann Early")
    ask(trust, ann, "Why?", instead=True)
    hr = browser(app, make_person(trust, "Helen Osei", roles=[Role.HR]))
    page = hr.get(f"/staff/{ann.id}").text
    assert "HR has the question" in page
    assert 'href="/questions"' in page
    assert 'href="/questions"' in hr.get("/staff").text, "in the menu"
