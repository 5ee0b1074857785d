"""Rounds and answers in the database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError

from elearn import clock
from elearn.courses.service import ACCOUNT_HOLDER, INDUCTION
from elearn.db import db, transaction
from elearn.errors import ActionRefused, NotFound
from elearn.people.placements import list_posts
from elearn.people.service import PersonView
from elearn.quizzes import lazy, service
from elearn.quizzes.models import Response
from elearn.quizzes.papers import redraw
from tests import factories

POSTS = 20


def learner_of(person: PersonView) -> service.Learner:
    posts = list_posts(person)
    return service.Learner(
        person.id, frozenset(post.kind for post in posts), frozenset(post.job_group for post in posts)
    )


def started(trust: factories.Trust, person: PersonView) -> service.AttemptView:
    return service.start_round(factories.course_of(trust), learner_of(person), at=clock.now())


def test_twenty_posts_of_one_answer_at_once_store_one(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    attempt = started(trust, person)
    question = service.get_question(attempt.id, 1, person_id=person.id)
    together = Barrier(POSTS)

    def post(number: int) -> str:
        with app.app_context():
            together.wait(30)
            chosen = factories.values(question, right=number % 2 == 0)
            try:
                service.answer_question(
                    attempt.id, 1, question.step, chosen, sure=None, person_id=person.id, at=clock.now()
                )
            except ActionRefused as error:
                return error.refusal.reasons[0].code
            return "done"

    with ThreadPoolExecutor(POSTS) as pool:
        outcomes = list(pool.map(post, range(POSTS)))
    assert set(outcomes) == {"done"}
    db.session.rollback()
    stored = db.session.scalar(
        text("SELECT count(*) FROM responses WHERE attempt_id = :id"),
        {"id": attempt.id.hex if db.engine.dialect.name == "sqlite" else attempt.id},
    )
    assert stored == 1


def test_twenty_starts_at_once_give_one_round(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    course, learner = factories.course_of(trust), learner_of(person)
    together = Barrier(POSTS)

    def start(_: int) -> object:
        with app.app_context():
            together.wait(30)
            return service.start_round(course, learner, at=clock.now()).id

    with ThreadPoolExecutor(POSTS) as pool:
        assert len(set(pool.map(start, range(POSTS)))) == 1


@pytest.mark.parametrize("changed", [{"right": True}, {"chosen": ["another"]}, {"mac": "x"}])
def test_a_round_in_which_an_answer_was_changed_in_the_database_is_not_sealed(
    app: Flask, changed: dict[str, Any]
) -> None:
    """The result would vouch for what somebody wrote there. The answer that ends the round is not kept either."""
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    attempt = factories.answer_round(
        trust, person, right=False, answers=-1 + len(started(trust, person).paper)
    )
    first = Response.id == db.session.scalar(
        select(Response.id).where(Response.attempt_id == attempt.id).limit(1)
    )
    kept = {name: db.session.scalar(select(getattr(Response, name)).where(first)) for name in changed}
    with transaction() as unit:
        unit.execute(update(Response).where(first).values(changed))
    with pytest.raises(ActionRefused) as refused:
        factories.answer_round(trust, person, right=False)
    assert [reason.code for reason in refused.value.refusal.reasons] == ["row_changed"]
    assert service.next_question(attempt)[0] == len(attempt.paper)
    with transaction() as unit:
        unit.execute(update(Response).where(first).values(kept))
    factories.answer_round(trust, person, right=False)
    assert service.get_result(attempt.id, person_id=person.id).right == 0


def test_an_answer_that_cannot_be_stored_is_not_taken_for_one_pressed_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    started(trust, person)
    monkeypatch.setattr(service, "with_mac", lambda table, row: {**row, "mac": None})
    with pytest.raises(IntegrityError):
        factories.answer_round(trust, person, answers=1)


def test_the_first_choice_stays(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    attempt = started(trust, person)
    question = service.get_question(attempt.id, 1, person_id=person.id)
    for chosen in (factories.values(question, right=False), factories.values(question)):
        service.answer_question(
            attempt.id, 1, question.step, chosen, sure=True, person_id=person.id, at=clock.now()
        )
    assert service.get_consequence(attempt.id, 1, None, person_id=person.id).right is False


def test_situations_are_answered_in_their_order_and_by_their_owner(app: Flask) -> None:
    trust = factories.make_organisation()
    person, other = factories.make_person(trust), factories.make_person(trust)
    attempt = started(trust, person)
    question = service.get_question(attempt.id, 2, person_id=person.id)
    with pytest.raises(ActionRefused):
        service.answer_question(
            attempt.id, 2, question.step, ["1"], sure=None, person_id=person.id, at=clock.now()
        )
    with pytest.raises(NotFound):
        service.answer_question(
            attempt.id, 1, question.step, ["1"], sure=None, person_id=other.id, at=clock.now()
        )
    with pytest.raises(NotFound):
        service.get_question(attempt.id, 9, person_id=person.id)


def test_three_rounds_then_a_person_helps_then_afresh(app: Flask) -> None:
    trust = factories.make_organisation()
    person, helper = factories.make_person(trust), factories.make_person(trust)
    course = factories.course_of(trust)
    for _ in range(course.rules.rounds):
        factories.answer_round(trust, person, right=False)
    assert service.progress(course, person.id, day=clock.today()).needs_help
    with pytest.raises(ActionRefused, match="go through this with you"):
        started(trust, person)
    with pytest.raises(ActionRefused):
        service.give_help(course, person.id, given_by_id=person.id, at=clock.now())
    service.give_help(course, person.id, given_by_id=helper.id, at=clock.now())
    afresh = started(trust, person)
    assert (afresh.round, afresh.number) == (1, course.rules.rounds + 1)


def test_a_further_round_asks_only_what_was_missed(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    first = factories.answer_round(trust, person, right=False)
    missed = service.get_result(first.id, person_id=person.id).missed_topics
    second = started(trust, person)
    assert {item.topic for item in second.paper} == set(missed)
    assert second.round == 2


def without(topics: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on these topics bind nobody, as where somebody has another job."""
    whole = service.pool_for

    def narrowed(*asked: Any) -> Any:
        return [situation for situation in whole(*asked) if situation.topic not in topics]

    monkeypatch.setattr(service, "pool_for", narrowed)


def test_what_was_missed_in_a_former_job_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    first = factories.answer_round(trust, person, right=False)
    assert {"contact", "images"} <= set(service.get_result(first.id, person_id=person.id).missed_topics)
    without({"contact"}, monkeypatch)
    second = started(trust, person)
    assert {item.topic for item in second.paper} == {"images", "speaking"}
    assert second.round == 2


def test_who_missed_only_topics_of_a_former_job_meets_those_of_the_new_one_from_the_start(
    monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    course = factories.course_of(trust)
    missed_contact_only(trust, person)
    without({"contact"}, monkeypatch)
    second = factories.answer_round(trust, person)
    assert (second.number, second.round) == (2, 1)
    assert len(second.paper) == course.rules.questions
    so_far = service.progress(course, person.id, day=clock.today())
    assert so_far.passed
    assert so_far.score == "4/4"
    assert service.progress(course, person.id, day=clock.today()).rounds_done == 2


def missed_contact_only(trust: factories.Trust, person: PersonView) -> service.AttemptView:
    """A first round in which every situation on contact went wrong, and no other."""
    attempt = started(trust, person)
    while (following := service.next_question(attempt)) != (None, None):
        number, step = following
        assert number is not None
        question = service.get_question(attempt.id, number, step, person_id=person.id)
        chosen = factories.values(question, right=attempt.paper[number - 1].topic != "contact")
        service.answer_question(
            attempt.id, number, question.step, chosen, sure=True, person_id=person.id, at=clock.now()
        )
    assert service.get_result(attempt.id, person_id=person.id).missed_topics == ("contact",)
    return attempt


def test_a_pass_that_has_run_out_is_taken_again(app: Flask) -> None:
    trust = factories.make_organisation(at=clock.now() - timedelta(days=500))
    person = factories.make_person(trust, at=clock.now() - timedelta(days=490))
    factories.answer_round(trust, person, at=clock.now() - timedelta(days=400))
    course = factories.course_of(trust)
    assert not service.progress(course, person.id, day=clock.today()).passed
    assert started(trust, person).round == 1


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.LONDON)


@pytest.mark.parametrize(
    ("passed_on", "day", "begins"),
    [
        (date(2026, 9, 10), date(2027, 8, 10), False),
        (date(2026, 9, 10), date(2027, 8, 11), True),
        (date(2026, 9, 10), date(2027, 9, 10), True),
        (date(2026, 9, 10), date(2027, 9, 11), True),
        (date(2028, 2, 29), date(2029, 1, 28), False),
        (date(2028, 2, 29), date(2029, 1, 29), True),
        (date(2028, 2, 29), date(2029, 2, 28), True),
        (date(2028, 2, 29), date(2029, 3, 1), True),
        (date(2027, 2, 28), date(2028, 1, 28), False),
        (date(2027, 2, 28), date(2028, 1, 29), True),
    ],
)
@pytest.mark.parametrize("key", [INDUCTION, ACCOUNT_HOLDER])
def test_a_pass_is_taken_again_from_thirty_days_before_its_last_day(
    app: Flask, passed_on: date, day: date, begins: bool, key: str
) -> None:
    trust = factories.make_organisation(at=noon(passed_on))
    person = factories.make_person(trust, at=noon(passed_on))
    factories.answer_round(trust, person, at=noon(passed_on), key=key)
    course = factories.course_of(trust, passed_on, key=key)
    before = service.progress(course, person.id, day=day)
    assert (before.renewable or not before.passed) is begins
    if not begins:
        with pytest.raises(ActionRefused, match="You have done the situations"):
            factories.answer_round(trust, person, at=noon(day), key=key)
        return
    again = factories.answer_round(trust, person, at=noon(day), key=key)
    assert (again.round, again.number) == (1, 2)
    after = service.progress(course, person.id, day=day)
    assert (after.passed, after.renewable, after.rounds_done) == (True, False, 1)


def test_a_pass_counts_from_the_day_it_was_reached_not_the_day_it_was_begun(app: Flask) -> None:
    begun = date(2026, 9, 10)
    trust = factories.make_organisation(at=noon(begun))
    person = factories.make_person(trust, at=noon(begun))
    course = factories.course_of(trust, begun)
    service.start_round(course, learner_of(person), at=noon(begun))
    factories.answer_round(trust, person, at=noon(date(2026, 9, 20)))
    assert service.progress(course, person.id, day=date(2027, 9, 20)).passed
    assert not service.progress(course, person.id, day=date(2027, 9, 21)).passed
    assert not service.progress(course, person.id, day=date(2027, 8, 20)).renewable


def test_twenty_early_starts_at_once_give_one_round(app: Flask) -> None:
    trust = factories.make_organisation(at=clock.now() - timedelta(days=400))
    person = factories.make_person(trust, at=clock.now() - timedelta(days=390))
    factories.answer_round(trust, person, at=clock.now() - timedelta(days=350))
    course, learner = factories.course_of(trust), learner_of(person)
    together = Barrier(POSTS)

    def start(_: int) -> object:
        with app.app_context():
            together.wait(30)
            return service.start_round(course, learner, at=clock.now()).id

    with ThreadPoolExecutor(POSTS) as pool:
        assert len(set(pool.map(start, range(POSTS)))) == 1


def test_help_after_early_rounds_begins_afresh(app: Flask) -> None:
    passed, now = date(2026, 9, 10), noon(date(2027, 9, 1))
    trust = factories.make_organisation(at=noon(passed))
    person = factories.make_person(trust, at=noon(passed))
    helper = factories.make_person(trust, at=noon(passed))
    factories.answer_round(trust, person, at=noon(passed))
    course = factories.course_of(trust, passed)
    for _ in range(course.rules.rounds):
        factories.answer_round(trust, person, right=False, at=now)
    assert service.progress(course, person.id, day=now.date()).needs_help
    service.give_help(course, person.id, given_by_id=helper.id, at=now + timedelta(hours=1))
    assert factories.answer_round(trust, person, at=now + timedelta(hours=2)).round == 1


def test_a_paper_is_drawn_again_from_its_seed(app: Flask) -> None:
    trust = factories.make_organisation()
    one, other = factories.make_person(trust), factories.make_person(trust)
    course = factories.course_of(trust)
    papers = [
        service.start_round(course, learner_of(person), at=clock.now(), seed="the same").paper
        for person in (one, other)
    ]
    assert papers[0] == papers[1]


def test_a_paper_that_a_lazy_way_would_pass_is_drawn_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a seed that follows from the first, which is stored: the paper is drawn again from that."""
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    monkeypatch.setattr(
        lazy, "ways_that_pass", lambda walks, rules, *, seed, round_number: {"first": "x"}.get(seed, "")
    )
    course = factories.course_of(trust)
    attempt = service.start_round(course, learner_of(person), at=clock.now(), seed="first")
    assert attempt.seed != "first"
    assert redraw(attempt.id).differences == ()


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent meanwhile, but for BEGIN."""
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        if not arguments[2].startswith("BEGIN"):
            seen.append(arguments[2])

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_storing_an_answer_takes_a_constant_number_of_statements(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    attempt = started(trust, person)
    counts = []
    for _ in range(2):
        number, step = service.next_question(attempt)
        assert number is not None
        question = service.get_question(attempt.id, number, step, person_id=person.id)
        chosen, asked = factories.values(question), question.step
        with counted() as seen:
            service.answer_question(
                attempt.id, number, asked, chosen, sure=None, person_id=person.id, at=clock.now()
            )
        counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] <= 12
