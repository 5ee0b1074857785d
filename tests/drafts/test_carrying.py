"""A new text of the policy: what was decided stands where its clauses read as before, and is asked again elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from elearn import clock
from elearn.cli import main
from elearn.drafts import service
from elearn.drafts.carrying import carry, compare
from elearn.drafts.passages import SourceClause
from elearn.permissions import Role
from elearn.policies.service import import_policy
from tests.drafts.forms import Author, form_of
from tests.factories import Trust, make_organisation, make_person
from tests.staff_world import browser

BEFORE = """# Hill social media policy

## 1. Rules

1.1 This policy applies to all employees.

1.2 You must not tag a pupil.

1.3 Accounts must use two-step sign-in.

1.4 If a child is in danger, call 999.
"""
AFTER = """# Hill social media policy

## 1. Rules

1.1 This policy applies to all employees.

1.2 You should not tag a pupil in a post.

1.3 Keep a list of accounts.

1.4 Accounts must use two-step sign-in.

1.5 You must not use WhatsApp for school business.
"""
TAG, TWO_STEP, DANGER, WHATSAPP, LOGO = "tag_pupil", "two_step", "emergency", "whatsapp", "logo"


def clauses(**texts: str) -> list[SourceClause]:
    return [SourceClause(ref, "", "", text, "information") for ref, text in texts.items()]


def test_a_clause_is_known_by_its_words_whatever_its_number() -> None:
    found = compare(
        clauses(a="One.", b="Two.", c="Three.", d="Same.", e="Same."),
        clauses(a="One.", b="Two, changed.", x="Three.", d="Same.", f="Same.", g="New."),
    )
    assert found.kept == {"a": "a", "c": "x", "d": "d", "e": "f"}
    assert found.renumbered == {"c": "x", "e": "f"}
    assert [(change.ref, change.before, change.after) for change in found.changed] == [
        ("b", "Two.", "Two, changed.")
    ]
    assert [change.ref for change in found.gone] == []
    assert [change.ref for change in found.added] == ["g"]


def test_of_two_clauses_that_say_the_same_neither_is_taken_for_the_other() -> None:
    found = compare(clauses(a="Same.", b="Same."), clauses(x="Same.", y="Same."))
    assert found.kept == {}
    assert [change.ref for change in found.gone] == ["a", "b"]


def kept(values: Mapping[str, Any]) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    comparison = compare(clauses(a="One.", b="Two."), clauses(x="One.", b="Other."))
    carried = carry(values, comparison, {}, position="position:", covers="covers", split="split:")
    return sorted(carried.values), dict(carried.asked_again)


def test_what_rests_on_no_clause_stands() -> None:
    stands, again = kept({"names": {"head": "the Head"}, "key_rules": ["tag_pupil"], "position:p": SILENT})
    assert (stands, again) == (["key_rules", "names", "position:p"], {})


SILENT = {"default": {"is": "silent"}}


def test_a_clash_with_a_clause_that_changed_is_asked_again() -> None:
    value = {"default": {"is": "unclear", "clauses": [{"ref": "a", "force": "says"}], "but": ["b"]}}
    assert kept({"position:p": value}) == ([], {"position:p": ("b",)})


@pytest.fixture
def trust(app: Flask) -> Trust:
    trust = make_organisation(published=False)
    import_policy(trust.organisation.id, BEFORE.encode(), "policy.md", version="1", at=clock.now())
    author = Author(browser(app, make_person(trust, roles=[Role.AUTHOR])))
    author.confirm("/content/setup/covers")
    for name in (TAG, TWO_STEP, DANGER, WHATSAPP, LOGO):
        author.confirm(f"/content/setup/positions/{name}")
    import_policy(trust.organisation.id, AFTER.encode(), "policy.md", version="2", at=clock.now())
    return trust


@pytest.fixture
def author(app: Flask, trust: Trust) -> Author:
    return Author(browser(app, make_person(trust, roles=[Role.AUTHOR])))


def test_a_new_text_keeps_what_stands_and_asks_the_rest_again(trust: Trust) -> None:
    draft = service.get_draft(trust.organisation)
    assert set(draft.decided.positions) == {TWO_STEP, LOGO}
    stance = draft.decided.positions[TWO_STEP].default
    assert stance is not None
    assert [citation.ref for citation in stance.clauses] == ["1.4"]
    assert draft.carried is not None
    assert draft.carried.decisions.asked_again == {
        "position:tag_pupil": ("1.2",),
        "position:emergency": ("1.4",),
        "position:whatsapp": ("1.5",),
    }
    assert draft.is_done("covers")


def test_the_pages_show_old_and_new_wording_and_what_depended_on_a_clause(author: Author) -> None:
    overview = author.client.get("/content/setup").text
    assert "3 are asked again" in overview
    page = author.client.get("/content/setup/changes").text
    for told in ("You must not tag a pupil.", "You should not tag a pupil in a post.", "call 999"):
        assert told in page
    tag = author.client.get(f"/content/setup/positions/{TAG}").text
    assert "You answered this for version 1." in tag
    assert tag.index("You must not tag a pupil.") < tag.index("You should not tag a pupil in a post.")
    assert "is gone. It said:" in author.client.get(f"/content/setup/positions/{DANGER}").text
    assert "is new, and speaks of this" in author.client.get(f"/content/setup/positions/{WHATSAPP}").text
    assert "Asked again" in author.client.get("/content/setup/topics/pupil-contact").text
    assert "Kept from before" in author.client.get("/content/setup/topics/trust-accounts").text


def test_what_was_answered_is_where_the_new_answer_begins_and_is_confirmed_for_this_text(
    trust: Trust, author: Author
) -> None:
    page = f"/content/setup/positions/{TAG}"
    assert form_of(author.client.get(page)).values["answer"] == ["not_allowed"]
    assert form_of(author.client.get(page)).values["force"] == ["must"]
    author.confirm(page, {"force": ["should"]})
    draft = service.get_draft(trust.organisation)
    stance = draft.decided.positions[TAG].default
    assert stance is not None
    assert stance.clauses[0].force == "should"
    assert not draft.is_kept(TAG)
    assert draft.reasons_again(TAG) == []


def test_the_command_says_the_same(trust: Trust) -> None:
    command = ["content", "changes", "--organisation", trust.organisation.slug]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.output
    assert "Changed: clause 1.2\n  before: You must not tag a pupil.\n  now: You should not" in told.output
    assert "asked again: tag_pupil" in told.output
    assert "3 are asked again" in told.output
    found = json.loads(CliRunner().invoke(main, [*command, "--json"]).output)
    assert [change["ref"] for change in found["new"]] == ["1.3", "1.5"]


def test_without_an_earlier_text_there_is_nothing_to_compare(app: Flask) -> None:
    trust = make_organisation(published=False)
    import_policy(trust.organisation.id, BEFORE.encode(), "policy.md", at=clock.now())
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    assert client.get("/content/setup/changes").status_code == 404
    told = CliRunner().invoke(main, ["content", "changes", "--organisation", trust.organisation.slug])
    assert told.exit_code == 1
    assert "Nothing has been decided for an earlier text" in told.stderr
