"""Papers drawn again from seed and content, and `elearn paper`."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import text

from elearn import clock
from elearn.assignments.learning import get_learning
from elearn.courses.service import ACCOUNT_HOLDER, INDUCTION
from elearn.db import canonical_json, db, transaction
from elearn.ledger.service import record
from elearn.people.service import PersonView
from elearn.quizzes import lazy, service
from elearn.quizzes.drawing import RETOLD_BY
from elearn.quizzes.models import Attempt
from elearn.quizzes.papers import redraw
from elearn.scenarios.service import get_bundle
from tests import factories
from tests.command_line import run


def begin(trust: factories.Trust, person: PersonView, key: str = INDUCTION) -> service.AttemptView:
    learning = get_learning(person, clock.today(), key)
    return service.start_round(learning.course, learning.learner, at=clock.now())


def alter(statement: str, **values: object) -> None:
    """Change a row behind the program's back."""
    db.session.execute(text(statement), values)
    db.session.commit()


def test_every_round_is_drawn_again_as_it_was_given(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    given = [factories.answer_round(trust, person, right=False), begin(trust, person)]
    given.append(begin(trust, factories.make_person(trust), ACCOUNT_HOLDER))
    for attempt in given:
        redrawn = redraw(attempt.id)
        assert redrawn.differences == (), attempt.round
        drawn = [(s["scenario"], s["variant"], s["topic"]) for s in redrawn.paper["situations"]]
        assert drawn == [(item.scenario, item.variant, item.topic) for item in attempt.paper]


def test_a_paper_with_new_tellings_of_stories_met_is_drawn_again_as_such(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given where every paper of new stories alone would be passed by some lazy way of answering."""
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    factories.answer_round(trust, person, right=False)
    tried: list[str] = []

    def passing(*_: object, seed: str, **__: object) -> tuple[str, ...]:
        tried.append(seed)
        return ("refusing",) if len(tried) <= lazy.TRIES else ()

    monkeypatch.setattr(lazy, "ways_that_pass", passing)
    attempt = begin(trust, person)
    assert len(tried) == lazy.TRIES + 1
    redrawn = redraw(attempt.id)
    assert redrawn.paper["drawn_by"] == RETOLD_BY
    assert redrawn.differences == ()


def test_the_command_prints_the_paper_with_the_hash_of_its_canonical_bytes(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    attempt = begin(trust, person)
    question = service.get_question(attempt.id, 1, person_id=person.id)
    result = run("paper", "show", str(attempt.id), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["sha256"] == sha256(canonical_json(told["paper"]).encode()).hexdigest()
    [first, *_] = told["paper"]["situations"][0]["steps"]
    assert first["story"] == question.asked.story
    assert [option["text"] for option in first["options"]] == [choice.text for choice in question.choices]
    as_text = run("paper", "show", str(attempt.id))
    assert told["sha256"] in as_text.stdout
    assert "It is the paper that was given" in as_text.stdout
    assert run("paper", "show", str(attempt.id), "--json").stdout == result.stdout


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE attempts SET seed = 'another' WHERE id = :id", " is drawn\n"),
        ("UPDATE content_bundles SET body = replace(body, 'You', 'They')", "The stored content"),
        ("UPDATE responses SET order_shown = '[]'", "the answer stored was given to another question"),
        ("UPDATE responses SET cell_hash = 'other'", "the answer stored was given to another question"),
    ],
)
def test_a_paper_that_is_not_the_one_given_ends_with_1_and_says_why(
    app: Flask, statement: str, words: str
) -> None:
    trust = factories.make_organisation()
    attempt = factories.answer_round(trust, factories.make_person(trust))
    if ":id" in statement:
        kind = db.engine.dialect.name
        alter(statement, id=attempt.id.hex if kind == "sqlite" else attempt.id)
    else:
        alter(statement)
    result = run("paper", "show", str(attempt.id))
    assert result.exit_code == 1
    assert words in result.stdout
    assert "It is the paper that was given" not in result.stdout


def test_a_paper_of_the_first_way_of_drawing_is_drawn_again_that_way(app: Flask) -> None:
    """Such a row holds the items alone."""
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    learning = get_learning(person, clock.today())
    content = get_bundle(learning.course.bundle_id)
    drawer = service.drawer_for(content, learning.course.rules, learning.learner)
    paper = drawer.draw("old", drawn_by=1)
    assert paper != drawer.draw("old")
    with transaction():
        row = record(
            Attempt(
                organisation_id=person.organisation_id,
                recorded_at=clock.now(),
                person_id=person.id,
                course_id=learning.course.id,
                bundle_id=learning.course.bundle_id,
                number=1,
                round=1,
                seed="old",
                paper=[item.plain() for item in paper],
            )
        )
    assert redraw(row.id).differences == ()
    assert list(service.get_attempt(row.id, person_id=person.id).paper) == paper
    assert "drawn by way 1" in run("paper", "show", str(row.id)).stdout


def test_a_paper_stays_what_it_was_when_somebody_is_moved_to_another_job(app: Flask) -> None:
    trust = factories.make_organisation()
    attempt = begin(trust, factories.make_person(trust))
    alter("UPDATE placements SET job_group = 'kitchen'")
    assert redraw(attempt.id).differences == ()


def test_papers_are_found_by_person(app: Flask) -> None:
    trust = factories.make_organisation()
    person = factories.make_person(trust)
    reference = f"{trust.organisation.slug}/{person.payroll_number}"
    assert "not started" in run("paper", "list", reference).stdout
    attempt = begin(trust, person)
    listed = run("paper", "list", reference).stdout
    assert f"{attempt.id}  induction, round 1, {len(attempt.paper)} situations" in listed
    [row] = json.loads(run("paper", "list", reference, "--json").stdout)
    assert row["attempt"] == str(attempt.id)


def test_an_attempt_that_is_none_is_told(app: Flask) -> None:
    factories.make_organisation()
    result = run("paper", "show", "00000000-0000-0000-0000-000000000000")
    assert result.exit_code == 1
    assert "there is no attempt" in result.output.lower()
    assert run("paper", "show", "x").exit_code == 64
