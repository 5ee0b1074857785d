"""Who reads and answers what staff ask, and what whoever asked is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from elearn import clock
from elearn.acknowledgements.questions import raise_question
from elearn.assignments.rules import State
from elearn.assignments.service import standings_of
from elearn.db import let_go
from elearn.people.service import PersonView
from elearn.permissions import Role
from tests.factories import Trust, course_of, csrf_token, make_done, make_organisation, make_person, post
from tests.staff_world import browser


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation()


def ask(trust: Trust, person: PersonView, text: str, *, instead: bool = False) -> UUID:
    return raise_question(
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


def answer(app: Flask, person: PersonView, question_id: UUID, **fields: str) -> TestResponse:
    return post(browser(app, person), f"/questions/{question_id}", fields)


def test_hr_reads_what_was_asked_by_whom_and_whether_they_signed_since(app: Flask, trust: Trust) -> None:
    hr = make_person(trust, "Helen Osei", roles=[Role.HR])
    assert "Nobody has asked anything yet" in read(app, hr)
    ann, ben = make_person(trust, "Ann Early"), make_person(trust, "Ben Later")
    ask(trust, ann, "May I <b>like</b> a post?")
    make_done(trust, ann)
    ask(trust, ben, "I disagree with 2.1", instead=True)
    text = read(app, hr)
    assert "To answer (2)" in text
    later, earlier = text.index("Ben Later"), text.index("Ann Early")
    assert later < earlier
    assert "Did not sign" in text[later:earlier]
    assert "I disagree with 2.1" in text
    assert "about “No links with pupils”" in text
    assert "Signed on " in text[earlier:]
    assert "Signed on " not in text[:earlier]
    assert "May I &lt;b&gt;like&lt;/b&gt; a post?" in text


def test_an_answer_in_writing_is_read_by_whoever_asked_and_stands_answered(app: Flask, trust: Trust) -> None:
    hr, ann = make_person(trust, "Helen Osei", roles=[Role.HR]), make_person(trust, "Ann Early")
    question_id = ask(trust, ann, "May I like a post?")
    mine = browser(app, ann)
    assert "Not answered yet" in mine.get("/your-questions").text
    assert answer(app, hr, question_id, how="here", text="Yes, <i>you</i> may.").location == "/questions"
    text = read(app, hr)
    assert "Everybody who asked has an answer" in text
    assert "Answered (1)" in text
    for page in ("/", "/your-questions"):
        assert "Yes, &lt;i&gt;you&lt;/i&gt; may." in mine.get(page).text
    assert "Your question was answered" in mine.get("/").text
    with time_machine.travel(clock.now() + timedelta(days=31)):
        later = browser(app, ann)
        assert "Your question was answered" not in later.get("/").text
        assert "Yes, " in later.get("/your-questions").text


def test_an_answer_by_word_of_mouth_needs_no_words(app: Flask, trust: Trust) -> None:
    hr, ann = make_person(trust, "Helen Osei", roles=[Role.HR]), make_person(trust, "Ann Early")
    question_id = ask(trust, ann, "May I like a post?")
    assert answer(app, hr, question_id, how="spoken", text="not kept").status_code == 303
    assert "by word of mouth or in a message" in browser(app, ann).get("/your-questions").text
    assert "not kept" not in read(app, hr)
    assert "Your question was answered" not in browser(app, ann).get("/").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose how you answer"),
        ({"how": "here", "text": "  "}, "Write your answer"),
        ({"how": "here", "text": "x" * 2001}, "Use at most 2,000 characters"),
    ],
)
def test_an_answer_that_is_none_is_not_stored(
    app: Flask, trust: Trust, fields: dict[str, str], said: str
) -> None:
    hr, ann = make_person(trust, "Helen Osei", roles=[Role.HR]), make_person(trust, "Ann Early")
    page = answer(app, hr, ask(trust, ann, "Why?"), **fields)
    assert page.status_code == 422
    assert said in page.text
    assert "To answer (1)" in read(app, hr)


def test_of_two_answers_to_one_question_the_first_stays(app: Flask, trust: Trust) -> None:
    hr, ann = make_person(trust, "Helen Osei", roles=[Role.HR]), make_person(trust, "Ann Early")
    question_id = ask(trust, ann, "Why?")
    client = browser(app, hr)
    token = csrf_token(client.get(f"/questions/{question_id}"))
    given = {"csrf_token": token, "how": "here"}
    assert client.post(f"/questions/{question_id}", data=given | {"text": "Because"}).status_code == 303
    second = client.post(f"/questions/{question_id}", data=given | {"text": "No matter"})
    assert second.status_code == 422
    assert "Somebody else has answered this question" in second.text
    assert "This question has its answer" in client.get(f"/questions/{question_id}").text
    assert "Because" in browser(app, ann).get("/your-questions").text


def test_whoever_did_not_sign_is_asked_again_once_they_have_their_answer(app: Flask, trust: Trust) -> None:
    hr, ann = make_person(trust, "Helen Osei", roles=[Role.HR]), make_person(trust, "Ann Early")
    first, second = (ask(trust, ann, words, instead=True) for words in ("One", "Two"))
    assert state_of(trust, ann) is State.QUESTION_RAISED
    answer(app, hr, second, how="spoken")
    assert state_of(trust, ann) is State.QUESTION_RAISED, "one of two is still waiting"
    answer(app, hr, first, how="spoken")
    assert state_of(trust, ann) is State.NOT_STARTED
    ask(trust, ann, "Three", instead=True)
    assert state_of(trust, ann) is State.QUESTION_RAISED


def state_of(trust: Trust, person: PersonView) -> State:
    let_go()
    found = standings_of([person.id], organisation_id=trust.organisation.id, day=clock.today())
    assert found is not None
    return found[person.id].state


def test_nobody_answers_what_is_not_theirs_to_see(app: Flask, trust: Trust) -> None:
    question_id = ask(trust, make_person(trust, "Ann Early"), "Only for HR")
    elsewhere = make_person(make_organisation(), "Hal Elsewhere", roles=[Role.HR])
    assert browser(app, elsewhere).get(f"/questions/{question_id}").status_code == 404
    stranger = make_person(trust, "Other")
    assert "Only for HR" not in browser(app, stranger).get("/your-questions").text


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
