"""Pages of setting up: what is kept, what a change does, what cannot be proposed yet."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask

from elearn import clock
from elearn.drafts import forms, service
from elearn.permissions import Role
from elearn.policies.service import import_policy
from elearn.scenarios.findings import Finding, Level
from elearn.scenarios.policy_content import Stances
from elearn.scenarios.vocabulary import WhoRule
from tests.drafts.conftest import POLICY
from tests.drafts.forms import Author, form_of
from tests.factories import Trust, make_organisation, make_person
from tests.staff_world import browser

TAG = "/content/setup/positions/tag_pupil"


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
    changed = re.findall(r'<span class="app-small">([a-z-]+), telling (\d+)</span>', shown.text)
    told = {
        scenario.id: [str(number) for number in range(1, len(scenario.variants) + 1)]
        for scenario in service.get_draft(trust.organisation).content.bank
        if any("tag_pupil" in step.decide.values() for step in scenario.situations)
    }
    assert len(told) > 1
    assert sorted(changed) == sorted((name, number) for name, numbers in told.items() for number in numbers)
    assert f"This changes {len(changed)} tellings of situations" in shown.text
    kept = service.get_draft(trust.organisation).decided.positions["tag_pupil"].default
    assert kept is not None
    assert kept.answer == "not_allowed"
    assert author.send(TAG, form_of(shown)).status_code == 303
    saved = service.get_draft(trust.organisation).decided.positions["tag_pupil"].default
    assert saved is not None
    assert saved.answer == "silent"


FAMILIES = "/content/setup/topics/families"


def answered(trust: Trust) -> set[str]:
    return set(service.get_draft(trust.organisation).decided.positions)


def shown_together(author: Author, page: str) -> list[str]:
    return form_of(author.client.get(page)).offered.get("plain", [])


def test_in_a_topic_that_must_be_right_every_answer_has_a_page_of_its_own(
    trust: Trust, author: Author
) -> None:
    topics = service.get_draft(trust.organisation).content.catalogue.topics
    offered = {t.id: shown_together(author, f"/content/setup/topics/{t.id}") for t in topics}
    assert all(not offered[t.id] for t in topics if t.must_get_right)
    assert sum(len(found) for found in offered.values()) >= 25
    assert all(len(found) <= forms.MOST_TOGETHER for found in offered.values())


def test_answers_confirmed_together_stand_beside_their_whole_clause(trust: Trust, author: Author) -> None:
    draft = service.get_draft(trust.organisation)
    page = unescape(author.client.get(FAMILIES).text)
    names = [value.partition(".")[0] for value in shown_together(author, FAMILIES)]
    assert len(names) > 1
    for name in names:
        proposed = draft.proposal(name)
        stance = proposed.stances.default
        assert stance is not None
        assert proposed.position.question in page
        assert draft.text_of(stance.clauses[0].ref) in page
        assert f"Clause {stance.clauses[0].ref} says {stance.clauses[0].force.value}:" in page
    author.confirm(FAMILIES)
    for name in names:
        assert service.get_draft(trust.organisation).decided.positions[name] == draft.proposal(name).stances


def test_what_is_confirmed_together_is_what_its_own_page_would_save(trust: Trust, author: Author) -> None:
    draft = service.get_draft(trust.organisation)
    plain = [p.id for p in draft.content.catalogue.positions if draft.is_plain(p)]
    assert len(plain) >= 25
    for name in plain:
        author.confirm(f"/content/setup/positions/{name}")
    decided = service.get_draft(trust.organisation).decided.positions
    assert {name: decided[name] for name in plain} == {n: draft.proposal(n).stances for n in plain}


def test_where_somebody_must_be_named_and_nobody_is_the_answer_has_its_own_page(
    trust: Trust, author: Author
) -> None:
    draft = service.get_draft(trust.organisation)
    proposal = draft.proposal("family_link")
    assert proposal.is_plain
    stance = proposal.stances.default
    assert stance is not None
    nobody = Stances.model_validate({"default": stance.model_copy(update={"who": None})})
    required = proposal.position.model_copy(update={"who": WhoRule.REQUIRED})
    assert not replace(proposal, position=required, stances=nobody).is_plain


def test_what_is_unticked_is_answered_by_itself_next_and_is_not_decided(trust: Trust, author: Author) -> None:
    offered = shown_together(author, FAMILIES)
    first, second = (value.partition(".")[0] for value in offered[:2])
    address = author.confirm(FAMILIES, {"plain": offered[2:]}).location
    assert not {first, second} & answered(trust)
    assert address.startswith(f"/content/setup/positions/{first}?")
    address = author.confirm(address).location
    assert address == f"/content/setup/positions/{second}"
    address = author.confirm(address).location
    assert {first, second} <= answered(trust)
    assert first not in address


def test_nobody_confirms_another_answer_than_the_one_they_saw(trust: Trust, author: Author) -> None:
    shown = form_of(author.client.get(FAMILIES))
    text = POLICY.read_text(encoding="utf-8").replace("8.1 You", "8.1 All of you")
    import_policy(trust.organisation.id, text.encode(), "policy.md", version="2", at=clock.now())
    answer = author.send(FAMILIES, shown)
    assert answer.status_code == 422
    assert answered(trust) == set()


def test_what_is_not_complete_cannot_be_proposed(author: Author) -> None:
    author.confirm(TAG)
    page = "/content/setup/review"
    answer = author.send(page, form_of(author.client.get(page)))
    assert answer.status_code == 422
    summary = answer.text.partition("There is a problem")[2].partition("</ul>")[0]
    assert re.findall(r'<a href="(#\w+)">([^<]*)</a>', summary) == [
        ("#obstacles", "101 questions are not decided"),
        ("#obstacles", "4 other steps are open"),
    ]
    assert summary.count("<li>") == 2
    assert 'id="obstacles">Steps that are open (5)' in answer.text


def test_what_the_checks_find_in_a_draft_is_counted_at_the_head_and_listed_whole_below(
    trust: Trust, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = service.get_draft(trust.organisation)
    me = make_person(trust).id
    service.decide(draft, service.as_proposed(draft).values, decided_by_id=me, at=clock.now())
    findings = [
        Finding(
            "unknown_name", Level.ERROR, f"office_{number} is unknown", "", 0, "Name it", f"office_{number}"
        )
        for number in range(60)
    ]
    monkeypatch.setattr(service, "obstacles_of", lambda draft: findings)
    page = "/content/setup/review"
    answer = author.send(page, form_of(author.client.get(page)))
    assert answer.status_code == 422
    summary, _, rest = answer.text.partition("There is a problem")[2].partition("</ul>")
    assert summary.count("<li>") == 1
    assert '<a href="#obstacles">60 things are in the way</a>' in summary
    listed = rest.partition('id="obstacles"')[2].partition("<h2")[0]
    assert all(f"Office_{number} is unknown" in listed for number in range(60))


def test_a_clause_is_not_said_to_be_in_parts_before_it_is(author: Author) -> None:
    page = "/content/setup/clause?ref=6.1"
    whole = author.client.get(page).text
    assert '<h1 class="govuk-heading-l">Split clause 6.1 into parts</h1>' in whole
    assert '<textarea class="govuk-textarea" id="says_1"' in whole
    author.confirm(page)
    assert '<h1 class="govuk-heading-l">Clause 6.1 is split into 2 parts</h1>' in author.client.get(page).text
    assert (
        "See the parts of clause 6.1"
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


def test_the_review_lists_situations_that_drop_out_and_where_to_mend_them(
    trust: Trust, author: Author
) -> None:
    draft = service.get_draft(trust.organisation)
    assert 'id="lost">Situations that drop out (0)' in author.client.get("/content/setup/review").text
    decided = service.as_proposed(draft)
    me = make_person(trust).id
    service.decide(draft, decided.values, decided_by_id=me, at=clock.now())
    lost = service.lost_of(service.get_draft(trust.organisation))
    assert sorted((item.scenario, item.missing, item.position) for item in lost) == [
        ("approved-with-a-limit", "The answer does not say whom", "approval_conditions"),
        ("head-signs-own-form", "The answer does not say whom", "approve_own_access"),
        ("old-friend-new-parent", "The answer does not say whom", "parent_friend_before"),
    ]
    text = author.client.get("/content/setup/review").text
    assert 'id="lost">Situations that drop out (3)' in text
    section = text.partition('id="lost"')[2].partition("<h2")[0]
    for item in lost:
        assert f'href="/content/setup/situations/{item.scenario}"' in section
        assert f'href="/content/setup/positions/{item.position}"' in section


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


def test_a_text_is_read_once_whoever_imports_it(trust: Trust) -> None:
    other = make_organisation(published=False)
    import_policy(other.organisation.id, POLICY.read_bytes(), "policy.md", at=clock.now())
    one, same = (service.get_draft(each.organisation) for each in (trust, other))
    assert one.version.id != same.version.id
    assert one.proposals is same.proposals
