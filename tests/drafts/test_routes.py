"""Pages of setting up: what is kept, what a change does, what cannot be proposed yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from elearn import clock
from elearn.drafts import service
from elearn.permissions import Role
from elearn.policies.service import import_policy
from tests.drafts.forms import Author, form_of
from tests.factories import Trust, make_organisation, make_person
from tests.staff_world import browser

POLICY = Path(__file__).parents[2] / "scenarios" / "policies" / "model" / "policy.md"
TAG = "/content/setup/positions/tag_pupil"


@pytest.fixture
def trust(app: Flask) -> Trust:
    """A trust with a text and no content."""
    trust = make_organisation(published=False)
    import_policy(trust.organisation.id, POLICY.read_bytes(), "policy.md", at=clock.now())
    return trust


@pytest.fixture
def author(app: Flask, trust: Trust) -> Author:
    return Author(browser(app, make_person(trust, roles=[Role.AUTHOR])))


def test_without_a_text_the_overview_says_to_import_one(app: Flask) -> None:
    client = browser(app, make_person(make_organisation(published=False), roles=[Role.AUTHOR]))
    assert "No policy text has been imported yet" in client.get("/content/setup").text
    assert client.get(TAG).status_code == 404


def test_a_proposal_counts_for_nothing_until_it_is_confirmed(trust: Trust, author: Author) -> None:
    assert "0 of 102 questions decided" in author.client.get("/content/setup").text
    assert service.get_draft(trust.organisation).bundle().policy.positions == {}
    author.confirm(TAG)
    decided = service.get_draft(trust.organisation).decided.positions
    assert list(decided) == ["tag_pupil"]
    assert "1 of 102 questions decided" in author.client.get("/content/setup").text


def test_a_form_without_its_answers_decides_nothing(trust: Trust, author: Author) -> None:
    for page in (TAG, "/content/setup/covers", "/content/setup/names", "/content/setup/signing"):
        token = form_of(author.client.get(page)).values["csrf_token"]
        assert author.client.post(page, data={"csrf_token": token}).status_code == 422
    assert service.get_draft(trust.organisation).values == {}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"clauses": []}, "Choose the clause that says so"),
        ({"force": ["may"]}, "needs a clause that says must or should"),
    ],
)
def test_an_answer_that_its_clauses_do_not_carry_is_refused(
    author: Author, changed: dict[str, list[str]], words: str
) -> None:
    answer = author.send(TAG, form_of(author.client.get(TAG)), changed)
    assert answer.status_code == 422
    assert words in answer.text


def test_what_is_wrong_in_a_case_is_told_beside_that_case(author: Author) -> None:
    page = "/content/setup/positions/ex_pupil_friend"
    answer = author.send(
        page, form_of(author.client.get(page)), {"adult-clauses": [], "adult-answer": ["judgement"]}
    )
    assert answer.status_code == 422
    assert 'href="#adult-clauses"' in answer.text
    assert 'id="adult-clauses-error"' in answer.text


def test_the_policy_may_be_said_not_to_say_whatever_was_proposed(trust: Trust, author: Author) -> None:
    author.confirm(TAG, {"answer": ["silent"]})
    stance = service.get_draft(trust.organisation).decided.positions["tag_pupil"].default
    assert stance is not None
    assert (stance.answer, stance.clauses) == ("silent", ())


def test_a_changed_answer_says_what_it_changes_before_it_is_saved(trust: Trust, author: Author) -> None:
    author.confirm("/content/setup/covers")
    author.confirm("/content/setup/names")
    author.confirm(TAG)
    shown = author.send(TAG, form_of(author.client.get(TAG)), {"answer": ["silent"]})
    assert shown.status_code == 200
    assert "Nothing is saved yet" in shown.text
    assert "This changes " in shown.text
    kept = service.get_draft(trust.organisation).decided.positions["tag_pupil"].default
    assert kept is not None
    assert kept.answer == "not_allowed"
    assert author.send(TAG, form_of(shown)).status_code == 303
    saved = service.get_draft(trust.organisation).decided.positions["tag_pupil"].default
    assert saved is not None
    assert saved.answer == "silent"


def test_what_is_not_complete_cannot_be_proposed(author: Author) -> None:
    author.confirm(TAG)
    page = "/content/setup/review"
    answer = author.send(page, form_of(author.client.get(page)))
    assert answer.status_code == 422
    assert "101 questions are not decided" in answer.text


def test_a_clause_is_not_said_to_be_in_parts_before_it_is(author: Author) -> None:
    page = "/content/setup/clause?ref=6.1"
    whole = author.client.get(page).text
    assert '<h1 class="govuk-heading-l">Does clause 6.1 say more than one thing?</h1>' in whole
    assert '<textarea class="govuk-textarea" id="says_1"' in whole
    author.confirm(page)
    assert '<h1 class="govuk-heading-l">Clause 6.1 in 2 parts</h1>' in author.client.get(page).text
    assert (
        "Split clause 6.1 into parts"
        in author.client.get("/content/setup/positions/message_pupil_personal").text
    )


def test_a_part_that_was_sent_in_several_lines_is_kept_as_one(trust: Trust, author: Author) -> None:
    page = "/content/setup/clause?ref=6.1"
    form = form_of(author.client.get(page))
    author.send(page, form, {"says_1": ["No  messages\r\n to pupils."], "says_2": ["At any hour."]})
    parts = service.get_draft(trust.organisation).decided.parts["6.1"]
    assert [part.summary for part in parts] == ["No messages to pupils.", "At any hour."]


def test_before_any_answer_the_page_of_rules_says_what_to_do(author: Author) -> None:
    text = author.client.get("/content/setup/key-rules").text
    assert "There are no rules to choose from yet" in text
    assert 'href="/content/setup"' in text
    assert '<form method="post" novalidate>' not in text


def test_the_review_leads_to_each_step_that_is_open(author: Author) -> None:
    text = author.client.get("/content/setup/review").text
    assert "Steps that are open (5)" in text
    for step in ("covers", "names", "key-rules", "signing"):
        assert f'href="/content/setup/{step}"' in text
    author.confirm("/content/setup/covers")
    text = author.client.get("/content/setup/review").text
    assert "Steps that are open (4)" in text
    assert 'href="/content/setup/covers"' not in text


def test_the_menu_says_that_setting_up_is_part_of_content(author: Author) -> None:
    text = author.client.get("/content/setup").text
    assert re.search(r'href="/content" aria-current="true"', text)
    assert text.count("aria-current") == 1


def test_a_situation_of_the_draft_can_be_looked_at_before_anything_is_in_use(author: Author) -> None:
    author.confirm("/content/setup/covers")
    author.confirm("/content/setup/names")
    author.confirm("/content/setup/positions/pupil_friend_request")
    text = author.client.get(
        "/content/setup/situations/pupil-follow-request?kind=employee&group=teacher"
    ).text
    assert 'class="app-phone"' in text
    assert author.client.get("/content").status_code == 200
