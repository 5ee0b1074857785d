"""A situation that leads on: every choice on the way is stored and marked, and one wrong choice makes it wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elearn import clock
from elearn.assignments.learning import get_learning
from elearn.config import data_folder
from elearn.courses.service import publish_with_courses
from elearn.db import db
from elearn.people.service import PersonView
from elearn.policies.rules import Change
from elearn.policies.service import import_policy
from elearn.quizzes import service
from elearn.quizzes.models import Response
from elearn.scenarios.service import get_bundle, load_bundle
from elearn.scenarios.vocabulary import ScenarioType
from tests import factories
from tests.content.courses import taught
from tests.quizzes.test_routes import answer_of

CHAT, GATE = "evening-message-branch", "reporter-at-the-gate"
"""A topic that must be got right, and one that need not."""


@pytest.fixture
def person(app: Flask) -> PersonView:
    """Somebody at a trust that has adopted the model policy with the situations that the program teaches."""
    trust, at = factories.make_organisation(published=False), clock.now()
    text = (data_folder("scenarios") / "policies" / "model" / "policy.md").read_bytes()
    version = import_policy(trust.organisation.id, text, "policy.md", at=at).version
    bundle = load_bundle(trust.organisation.id, taught(), "model", at=at)
    day = clock.local_day(at) - timedelta(days=1)
    publish_with_courses(
        version.id,
        bundle.id,
        organisation_id=trust.organisation.id,
        in_force_from=day,
        change=Change.MAJOR,
        at=at,
    )
    return factories.make_person(trust)


@pytest.fixture
def client(app: Flask, person: PersonView) -> FlaskClient:
    client = app.test_client()
    factories.sign_in(client, person)
    return client


def begin_with(person: PersonView, scenario: str) -> tuple[service.AttemptView, int]:
    """A first round whose paper has this scenario, and its number there."""
    learning = get_learning(person, clock.today())
    course = learning.course
    drawer = service.drawer_for(get_bundle(course.bundle_id), course.rules, learning.learner)
    for seed in map(str, range(500)):
        names = [item.scenario for item in drawer.give(seed, round_number=1).paper]
        if scenario in names:
            attempt = service.start_round(course, learning.learner, at=clock.now(), seed=seed)
            return attempt, names.index(scenario) + 1
    raise AssertionError(f"no paper has {scenario}")


def questions(attempt: service.AttemptView) -> Iterator[tuple[service.QuestionView, str]]:
    """Each question of a round when it is its turn, with the address of its page."""
    while True:
        number, step = service.next_question(attempt)
        if number is None:
            return
        question = service.get_question(attempt.id, number, step, person_id=attempt.person_id)
        yield question, f"/attempts/{attempt.id}/questions/{number}"


def stored(attempt: service.AttemptView, number: int) -> list[tuple[str, Any, bool]]:
    """Step, choice and mark of the answers in the database, as they were given."""
    db.session.rollback()
    rows = select(Response).where(Response.attempt_id == attempt.id, Response.number == number)
    return [
        (row.step, row.chosen, row.right) for row in db.session.scalars(rows.order_by(Response.answered_at))
    ]


@pytest.mark.parametrize("scenario", [CHAT, GATE])
@pytest.mark.parametrize("wrong_at", [None, 0, 1, 2])
def test_every_choice_on_the_way_is_stored_and_marked_and_counts(
    client: FlaskClient, person: PersonView, scenario: str, wrong_at: int | None
) -> None:
    attempt, branch = begin_with(person, scenario)
    expected: list[tuple[str, list[str], bool]] = []
    for question, address in questions(attempt):
        right = question.number != branch or len(expected) != wrong_at
        form = answer_of(question, right=right)
        if question.number == branch:
            assert question.asked.type is ScenarioType.BRANCH
            [value] = cast("list[str]", form["choice"])
            expected.append((question.step, [question.order[int(value) - 1]], right))
        shown = client.get(factories.post(client, address, form).location)
        assert ("This keeps everyone safe" in shown.text) is right
    assert len({step for step, _, _ in expected}) == 3
    assert stored(attempt, branch) == expected
    sealed = service.sealed_answers([attempt.id])[attempt.id]
    of_branch = [answer for answer in sealed if answer["number"] == branch]
    assert [(answer["step"], answer["chosen"], answer["right"]) for answer in of_branch] == expected
    result = service.get_result(attempt.id, person_id=person.id)
    assert (result.right, result.questions) == (8 if wrong_at is None else 7, 8)
    assert result.passed == (wrong_at is None or scenario == GATE)
    topic = attempt.paper[branch - 1].topic
    assert result.missed_topics == (() if wrong_at is None else (topic,))
    assert result.missed_must_get_right == ((topic,) if wrong_at is not None and scenario == CHAT else ())


def test_a_step_cannot_be_left_out_and_stays_as_it_was_answered_first(
    client: FlaskClient, person: PersonView
) -> None:
    attempt, branch = begin_with(person, CHAT)
    later = list(get_bundle(attempt.bundle_id).situations[CHAT])[1:]
    for question, address in questions(attempt):
        token = factories.csrf_token(client.get(address))
        form = {"csrf_token": token, **answer_of(question)}
        if question.number == branch and not stored(attempt, branch):
            for step in later:
                client.post(address, data={**form, "step": step})
            assert stored(attempt, branch) == []
        assert client.post(address, data=form).status_code == 303
        so_far = stored(attempt, question.number)
        client.post(address, data={"csrf_token": token, **answer_of(question, right=False)})
        assert stored(attempt, question.number) == so_far
    assert [right for _, _, right in stored(attempt, branch)] == [True, True, True]
