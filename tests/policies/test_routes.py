"""The page of the policy's text."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from elearn import clock
from elearn.acknowledgements.models import ReadingStep
from elearn.acknowledgements.service import POLICY_OPENED, POLICY_READ, steps_read
from elearn.db import db
from elearn.policies import routes
from elearn.policies.service import import_policy
from tests.factories import POLICY_TEXT, course_of, make_organisation, make_person, post, sign_in

UNNUMBERED = """# Social Media Policy

Date: 1 March 2021

## Scope

This policy is for everybody who works here and for whoever helps us.

You must not:

- share the work of a pupil without asking;
- share a picture of a colleague without asking.

## Watching

We look at the accounts that we run ourselves every week of the year.
"""


def test_the_whole_text_is_there_with_its_numbers_and_headings(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    page = client.get("/policy").text.replace("&#39;", "'")
    for line in POLICY_TEXT.splitlines():
        if line[:3] in ("1.1", "2.2", "5.1"):
            number, _, words = line.partition(" ")
            assert f"<strong>{number}</strong> {words}" in page
    assert "Contact with pupils</h2>" in page
    version_id = course_of(trust).policy_version_id
    assert POLICY_READ not in steps_read(person.id, version_id)
    assert post(client, "/policy/read", page="/policy").location == "/check"
    assert POLICY_READ in steps_read(person.id, version_id)


def test_when_the_text_was_opened_is_kept_with_when_it_was_read(app: Flask) -> None:
    """So that a signature says how long the text lay open, as far as a page without scripts can know."""
    trust = make_organisation()
    person, other = make_person(trust), make_person(trust)
    client = app.test_client()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(client, person)
        began = clock.now()
        opened = re.search(r'name="opened" value="([^"]+)"', client.get("/policy").text)
        assert opened is not None
        traveller.shift(timedelta(minutes=4))
        post(client, "/policy/read", {"opened": opened[1]}, page="/policy")
        steps = select(ReadingStep.step, ReadingStep.at).where(ReadingStep.person_id == person.id)
        read = {row.step: row.at for row in db.session.execute(steps)}
        assert read == {POLICY_READ: began + timedelta(minutes=4), POLICY_OPENED: began}
        sign_in(client, other)
        post(client, "/policy/read", {"opened": opened[1]}, page="/policy")
    assert steps_read(other.id, course_of(trust).policy_version_id) == {POLICY_READ}, "it is somebody else's"


def test_signed_out_the_policy_is_behind_the_code(app: Flask) -> None:
    assert app.test_client().get("/policy").location == "/code"


@pytest.fixture
def page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a text without numbers whose version is only told by its date."""
    trust = make_organisation()
    version = import_policy(trust.organisation.id, UNNUMBERED.encode(), "policy.md", at=clock.now()).version
    monkeypatch.setattr(routes, "version_in_force", lambda *asked: version)
    client = app.test_client()
    sign_in(client, make_person(trust))
    return client.get("/policy").text


def test_a_clause_under_a_heading_does_not_say_the_heading_again(page: str) -> None:
    places = re.findall(r'<p class="govuk-body app-policy" id="clause-\d+"><strong>(.*?)</strong>', page)
    assert places
    assert places[0] == "Paragraph 1"
    assert any(re.fullmatch(r"(Paragraph \d+, b|B)ullet 2", place) for place in places)
    assert not any("¶" in place or "&gt;" in place or "Scope" in place for place in places)


def test_a_version_that_is_only_a_date_is_said_once_and_in_words(page: str) -> None:
    assert "Dated 1 March 2021. This is the whole text" in page
    assert "2021-03-01" not in page
