"""Practice where no policy is in force: it can be tried, says what is missing, and leaves no trace."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from elearn import clock
from elearn.access.accounts import register_account
from elearn.access.decision import Answer
from elearn.access.facts import Platform
from elearn.access.service import check_access
from elearn.assignments import practice
from elearn.assignments.service import standing_of
from elearn.db import Base, db
from elearn.errors import NotFound
from elearn.people.rules import PersonKind
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.policies.service import import_policy
from elearn.quizzes import lazy
from elearn.quizzes.service import Learner, choices_in, walk_of
from elearn.scenarios.service import BundleView, load_bundle
from tests import factories
from tests.content import courses
from tests.factories import Trust, make_organisation, make_person, sign_in


@pytest.fixture
def trust(app: Flask) -> Trust:
    """A trust whose content is loaded, and whose policy's text is not."""
    trust = make_organisation(published=False)
    load_bundle(trust.organisation.id, factories.content(), "fernhill", at=clock.now())
    return trust


@pytest.fixture
def person(trust: Trust) -> PersonView:
    return make_person(trust)


@pytest.fixture
def client(app: Flask, person: PersonView) -> FlaskClient:
    client = app.test_client()
    sign_in(client, person)
    return client


def rows() -> dict[str, int]:
    """How many rows each table has, the ledger's too."""
    db.session.rollback()
    tables = Base.metadata.tables.values()
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def choosing(question: practice.PracticeQuestion, *, right: bool) -> dict[str, Any]:
    """What the form of a situation sends."""
    chosen = factories.values(question, right=right)
    if question.asked.type == "order":
        return {f"place-{value}": place for place, value in enumerate(chosen, start=1)} | {
            "step": question.step
        }
    return {"choice": chosen, "step": question.step}


def practise_all(client: FlaskClient, person: PersonView, *, right: bool) -> list[str]:
    """Go through a turn by its pages; every page of what would follow."""
    address, seen = "/practice/1/1", []
    found = practice.get_practice(person, clock.today())
    while address:
        assert client.get(address).status_code == 200
        number = int(re.match(r"/practice/1/(\d+)", address)[1])
        step = re.search(r"step=([\w-]+)", address)
        question = practice.practice_question(found, 1, number, step[1] if step else None)
        sent = urlencode(choosing(question, right=right), doseq=True)
        page = client.get(f"/practice/1/{number}/consequence?{sent}")
        assert page.status_code == 200
        seen.append(page.text)
        onward = re.search(r'href="(/practice/1/[^"]+)"', page.text)
        address = onward[1].replace("&amp;", "&") if onward else ""
    return seen


@pytest.mark.parametrize("right", [True, False])
def test_all_of_it_can_be_tried_and_leaves_no_trace(
    client: FlaskClient, person: PersonView, right: bool
) -> None:
    before = rows()
    pages = practise_all(client, person, right=right)
    assert len(pages) >= 4
    for page in pages:
        assert ("This keeps everyone safe" in page) == right
        assert "These are our words" in page
        assert "In short:" in page
        assert "blockquote" not in page
    assert "Nothing was kept" in pages[-1]
    assert rows() == before


def test_practice_is_no_training_and_opens_no_gate(
    trust: Trust, client: FlaskClient, person: PersonView
) -> None:
    account = register_account(
        trust.organisation.id,
        academy_id=trust.academy.id,
        platform=Platform.X,
        handle="@millroad",
        purpose="News",
        work_email_address="news@fernhill.example",
        at=clock.now(),
    )
    before = check_access(person.id, account.id, clock.today(), at=clock.now())
    practise_all(client, person, right=True)
    assert check_access(person.id, account.id, clock.today(), at=clock.now()) == before
    assert before.answer is not Answer.YES
    assert standing_of(person.id, organisation_id=trust.organisation.id, day=clock.today()) is None
    for address in ("/sign", "/check", "/situations/start"):
        assert client.get(address).status_code == 404


def test_home_says_what_is_missing_and_who_brings_it(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "There is nothing to sign yet" in page
    assert "is not loaded here yet" in page
    assert "Whoever looks after the policy here can import its file and publish it" in page
    assert "ask the office at Mill Road" in page
    assert 'href="/practice"' in page
    assert "What you choose is not kept, and it does not count as training" in client.get("/practice").text


def test_an_author_is_led_to_where_the_text_is_imported(app: Flask, trust: Trust) -> None:
    client = app.test_client()
    factories.sign_in_with_password(client, make_person(trust, roles=[Role.AUTHOR]))
    assert 'href="/policy/versions"' in client.get("/practice").text


def test_a_text_that_is_here_but_not_in_force_is_said_and_not_shown(
    trust: Trust, client: FlaskClient, person: PersonView
) -> None:
    import_policy(trust.organisation.id, factories.POLICY_TEXT.encode(), "policy.md", at=clock.now())
    assert "has not put it in force yet" in client.get("/").text
    assert "are not in force yet" in practise_all(client, person, right=True)[0]


def test_once_a_policy_is_in_force_there_is_training_and_no_practice(
    trust: Trust, client: FlaskClient
) -> None:
    factories.publish_policy(trust)
    assert "There is nothing to sign yet" not in client.get("/").text
    for address in ("/practice", "/practice/1/1", "/practice/1/1/consequence?step=&choice=1"):
        assert client.get(address).status_code == 404


def test_where_nothing_is_loaded_an_author_is_led_to_setting_it_up(app: Flask) -> None:
    bare = make_organisation(published=False)
    for roles, led in (([Role.AUTHOR], True), ([], False)):
        client = app.test_client()
        factories.sign_in_with_password(client, make_person(bare, roles=roles))
        assert ('href="/content/setup"' in client.get("/").text) is led


def test_whom_the_policy_does_not_cover_and_where_nothing_is_loaded_there_is_no_practice(
    app: Flask, trust: Trust
) -> None:
    bare = make_organisation(published=False)
    visitor = make_person(trust, kind=PersonKind.CONTRACTOR)
    for somebody in (make_person(bare), visitor):
        client = app.test_client()
        sign_in(client, somebody)
        assert "There is nothing to do yet" in client.get("/").text
        assert client.get("/practice").status_code == 404


@pytest.mark.parametrize("sent", ["", "choice=99", "choice=", "choice=1&choice=2&step=x&sure=perhaps"])
def test_a_choice_that_is_none_is_asked_for_again(client: FlaskClient, person: PersonView, sent: str) -> None:
    page = client.get(f"/practice/1/1/consequence?{sent}")
    assert page.status_code in (404, 422)
    if page.status_code == 422:
        assert "There is a problem" in page.text


@pytest.mark.parametrize("address", ["/practice/0/1", "/practice/21/1", "/practice/1/0", "/practice/1/99"])
def test_what_there_is_not_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_further_turn_brings_other_situations_first(person: PersonView, trust: Trust) -> None:
    found = practice.get_practice(person, clock.today())
    first, second = found.paper(1), found.paper(2)
    assert found.paper(1) == first
    assert {item.scenario for item in first} != {item.scenario for item in second}
    with pytest.raises(NotFound):
        found.paper(practice.MOST_TURNS + 1)


def test_no_lazy_way_of_answering_passes_what_is_practised(
    person: PersonView, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn is drawn like a paper that counts, and its options stand in the order that was looked at."""
    found = practice.get_practice(person, clock.today())
    plain = found.given(1).seed
    monkeypatch.setattr(
        lazy, "ways_that_pass", lambda walks, rules, *, seed, round_number: {plain: "x"}.get(seed, "")
    )
    given = found.given(1)
    assert given.seed != plain
    question = practice.practice_question(found, 1, 1)
    assert question.order == choices_in(question.asked, given.seed, 1)[0]


@pytest.mark.parametrize("slug", courses.taught().policies)
def test_no_turn_of_practice_on_the_real_situations_can_be_passed_lazily(slug: str) -> None:
    compiled = courses.compiled(slug)
    for taker in courses.of_course(slug, "induction"):
        learner = Learner(uuid4(), frozenset({taker.kind}), frozenset({taker.group.value}))
        bundle = BundleView(uuid4(), uuid4(), slug, "a" * 64, clock.now())
        given = practice.Practice(bundle, compiled, taker.course, learner, has_text=False).given(1)
        walks = [walk_of(compiled, item) for item in given.paper]
        assert lazy.ways_that_pass(walks, taker.rules, seed=given.seed, round_number=1) == (), taker
