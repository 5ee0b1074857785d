"""A post that was given by mistake is taken back on the same day: it never counted, and the record keeps both rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from elearn import clock
from elearn.cli import main
from elearn.db import db
from elearn.decisions import Refused
from elearn.errors import ActionRefused, NotFound
from elearn.ledger.verification import verify_organisation
from elearn.people.entering import may_enter
from elearn.people.models import Placement
from elearn.people.placements import add_placement, end_placement, list_posts
from elearn.people.rules import JobGroup, PersonKind, Term, last_day_of_what_is_taken_back, may_take_back
from elearn.people.service import PersonView
from elearn.people.taking_back import take_back_placement
from elearn.permissions import Role
from tests.factories import Trust, make_organisation, make_person, post
from tests.staff_world import browser

TODAY = date(2026, 11, 27)


def given(trust: Trust, *, days: int = 0) -> PersonView:
    """Somebody whose only post was recorded just now, with a first day so many days from today."""
    return make_person(trust, "Kim Shah", job_title="Cook", starts_on=clock.today() + timedelta(days=days))


def take_back(person: PersonView) -> None:
    [held] = list_posts(person)
    take_back_placement(held.id, organisation_id=person.organisation_id, at=clock.now())


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 400])
def test_what_is_taken_back_counts_on_no_day_before_or_after(days: int) -> None:
    starts_on = TODAY + timedelta(days=days)
    term = Term(starts_on, last_day_of_what_is_taken_back(starts_on, TODAY))
    assert term.was_stopped_at_once
    assert term.is_over(TODAY)
    assert not any(term.holds_on(starts_on + timedelta(days=away)) for away in range(-3, 4))


@pytest.mark.parametrize(
    ("given_on", "is_changed", "codes"),
    [
        (TODAY, False, []),
        (TODAY - timedelta(days=1), False, ["given_earlier"]),
        (TODAY, True, ["changed_since"]),
        (TODAY - timedelta(days=1), True, ["given_earlier", "changed_since"]),
    ],
)
def test_only_what_was_given_the_same_day_and_not_changed_is_taken_back(
    given_on: date, is_changed: bool, codes: list[str]
) -> None:
    verdict = may_take_back(given_on, is_changed=is_changed, day=TODAY)
    found = [reason.code for reason in verdict.reasons] if isinstance(verdict, Refused) else []
    assert found == codes


@pytest.mark.parametrize("days", [-30, 0, 30])
def test_both_rows_stay_on_record_and_the_post_is_gone(app: Flask, days: int) -> None:
    trust = make_organisation(published=False)
    person = given(trust, days=days)
    assert may_enter(person, clock.today())
    take_back(person)
    rows = list(
        db.session.scalars(
            select(Placement)
            .where(Placement.person_id == person.id)
            .order_by(Placement.replaces_id.isnot(None))
        )
    )
    assert [row.ends_on for row in rows] == [
        None,
        min(clock.today(), rows[0].starts_on) - timedelta(days=1),
    ]
    assert rows[1].replaces_id == rows[0].id
    assert list_posts(person) == ()
    assert not may_enter(person, clock.today())
    assert verify_organisation(trust.organisation.id).sound


def test_a_post_of_yesterday_or_one_that_got_another_last_day_is_not_taken_back(app: Flask) -> None:
    trust = make_organisation(published=False)
    person = given(trust)
    [held] = list_posts(person)
    whose = {"organisation_id": person.organisation_id}
    with pytest.raises(ActionRefused) as tomorrow:
        take_back_placement(held.id, **whose, at=clock.now() + timedelta(days=1))
    assert [reason.code for reason in tomorrow.value.refusal.reasons] == ["given_earlier"]
    end_placement(held.id, ends_on=clock.today() + timedelta(days=9), **whose, at=clock.now())
    with pytest.raises(ActionRefused):
        take_back_placement(held.id, **whose, at=clock.now())
    with pytest.raises(ActionRefused) as changed:
        take_back(person)
    assert [reason.code for reason in changed.value.refusal.reasons] == ["changed_since"]


def test_nobody_takes_back_a_post_of_another_organisation_or_twice(app: Flask) -> None:
    person, other = given(make_organisation(published=False)), make_organisation(published=False)
    [held] = list_posts(person)
    with pytest.raises(NotFound):
        take_back_placement(held.id, organisation_id=other.organisation.id, at=clock.now())
    take_back(person)
    with pytest.raises(ActionRefused):
        take_back_placement(held.id, organisation_id=person.organisation_id, at=clock.now())


def test_the_page_offers_it_on_the_day_and_only_then(app: Flask) -> None:
    trust = make_organisation(published=False)
    earlier = make_person(trust, "Amira Begum", at=clock.now() - timedelta(days=1))
    person = given(trust)
    client = browser(app, make_person(trust, roles=[Role.HR]))
    pages = [f"/people/{each.id}/placements/{list_posts(each)[0].id}/end" for each in (earlier, person)]
    assert ["Take this post back" in client.get(page).text for page in pages] == [False, True]
    refused = post(client, pages[0], {"at_once": "yes"})
    assert "Only a post that was recorded today can be taken back" in refused.text
    assert len(list_posts(earlier)) == 1
    assert post(client, pages[1], {"at_once": "yes"}).status_code == 303
    assert "No post is recorded" in client.get(f"/people/{person.id}").text


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["placement", "take-back", *arguments])


def test_the_command_takes_back_the_post_of_today_and_leaves_the_others(app: Flask) -> None:
    trust = make_organisation(published=False)
    person = make_person(trust, "Kim Shah", job_title="Cook", at=clock.now() - timedelta(days=1))
    add_placement(
        person.id,
        academy_id=trust.academy.id,
        kind=PersonKind.EMPLOYEE,
        job_title="Caretaker",
        job_group=JobGroup.SITE,
        starts_on=clock.today(),
        at=clock.now(),
    )
    result = run(str(person.id))
    assert result.exit_code == 0, result.output
    assert "Kim Shah: Caretaker at Mill Road Academy is taken back" in result.output
    assert [held.job_title for held in list_posts(person)] == ["Cook"]
    again = run(str(person.id))
    assert again.exit_code == 1
    assert "Only a post that was recorded today can be taken back" in again.stderr
