"""What few answers need, by pages alone: parts of a clause, clashes, conditions, whom it binds, words of rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from elearn import clock
from elearn.drafts import service
from elearn.scenarios.policy_content import Stance
from tests.drafts.forms import Author, form_of
from tests.factories import Trust

TAG = "/content/setup/positions/tag_pupil"
CLAUSE = "/content/setup/clause?ref=4.2"


def decided(trust: Trust, position: str) -> Stance:
    stance = service.get_draft(trust.organisation).decided.positions[position].default
    assert stance is not None
    return stance


SPLIT = {
    "says_1": ["Staff may say where they work."],
    "force_1": ["permission"],
    "says_2": ["Then they must say that the views are their own."],
    "force_2": ["duty"],
    "says_3": [""],
    "says_4": [""],
}


def test_a_clause_is_split_and_an_answer_rests_on_one_part(trust: Trust, author: Author) -> None:
    author.confirm(CLAUSE, SPLIT)
    page = "/content/setup/positions/disclaimer"
    found = form_of(author.client.get(page))
    assert "4.2 part 1" in found.offered["clauses"]
    author.confirm(page, {"answer": ["required"], "clauses": ["4.2 part 2"], "force": ["must"]})
    assert [(c.ref, c.part) for c in decided(trust, "disclaimer").clauses] == [("4.2", "2")]
    clause = next(c for c in service.get_draft(trust.organisation).bundle().policy.clauses if c.ref == "4.2")
    assert [(part.part, part.force, part.topics) for part in clause.parts] == [
        ("1", "permission", ()),
        ("2", "duty", ("profile",)),
    ]
    assert "(part 2)" in author.client.get(CLAUSE).text


def test_a_clause_is_said_to_be_split_only_once_it_is(author: Author) -> None:
    page = author.client.get(CLAUSE).text
    assert ">Split clause 4.2 into parts</h1>" in page
    assert "says two things" not in page
    author.confirm(CLAUSE, SPLIT)
    assert ">Clause 4.2 is split into 2 parts</h1>" in author.client.get(CLAUSE).text
    author.confirm(CLAUSE, {name: [""] for name in SPLIT if name.startswith("says")})
    assert ">Split clause 4.2 into parts</h1>" in author.client.get(CLAUSE).text


def test_a_part_on_which_an_answer_rests_is_not_taken_away(trust: Trust, author: Author) -> None:
    author.confirm(CLAUSE, SPLIT)
    author.confirm("/content/setup/positions/disclaimer", {"clauses": ["4.2 part 2"]})
    nothing = {name: [""] for name in SPLIT if name.startswith("says")}
    answer = author.send(CLAUSE, form_of(author.client.get(CLAUSE)), nothing)
    assert answer.status_code == 422
    assert 'href="#says_2"' in answer.text
    assert len(service.get_draft(trust.organisation).decided.parts["4.2"]) == 2


@pytest.mark.parametrize(
    ("changed", "at"),
    [({"says_2": [""]}, "says_2"), ({"says_2": [""], "says_3": ["Something else."]}, "says_2")],
)
def test_one_part_alone_or_a_gap_between_parts_is_refused(
    trust: Trust, author: Author, changed: dict[str, list[str]], at: str
) -> None:
    answer = author.send(CLAUSE, form_of(author.client.get(CLAUSE)), SPLIT | changed)
    assert answer.status_code == 422
    assert f'href="#{at}"' in answer.text
    assert service.get_draft(trust.organisation).values == {}


def test_a_clash_is_kept_with_who_settled_it_when_and_why(trust: Trust, author: Author) -> None:
    settled = {"but_other": ["4.2"], "settled_by": ["Head of HR"], "settled_why": ["It is the later clause."]}
    author.confirm(TAG, settled)
    stance = decided(trust, "tag_pupil")
    assert stance.but == ("4.2",)
    assert stance.resolved is not None
    assert (stance.resolved.by, stance.resolved.why) == ("Head of HR", "It is the later clause.")
    assert stance.resolved.on == clock.today().isoformat()
    author.confirm(TAG)
    assert decided(trust, "tag_pupil") == stance


def clashes(author: Author) -> list[str]:
    return form_of(author.client.get(TAG)).values.get("but", [])


def test_several_clauses_that_say_otherwise_are_added_edited_and_taken_away(
    trust: Trust, author: Author
) -> None:
    settled = {"but_other": ["4.2"], "settled_by": ["Head of HR"], "settled_why": ["It is the later one."]}
    page = author.confirm(TAG, settled | {"stay": ["yes"]}).location
    assert page == TAG
    author.confirm(page, {"but_other": ["4.3"], "stay": ["yes"]})
    assert decided(trust, "tag_pupil").but == ("4.2", "4.3")
    assert clashes(author) == ["4.2", "4.3"]
    assert "Other clauses say otherwise: 4.2, 4.3" in author.client.get(TAG).text

    author.confirm(TAG, {"but": ["4.3"], "but_other": ["4.4"]})
    assert decided(trust, "tag_pupil").but == ("4.3", "4.4")
    resolved = decided(trust, "tag_pupil").resolved
    assert resolved is not None
    assert (resolved.by, resolved.why) == ("Head of HR", "It is the later one.")

    author.confirm(TAG, {"but": [], "settled_by": [""], "settled_why": [""]})
    assert (decided(trust, "tag_pupil").but, decided(trust, "tag_pupil").resolved) == ((), None)


def test_a_clash_of_one_case_may_have_several_clauses_too(trust: Trust, author: Author) -> None:
    page = "/content/setup/positions/report_misuse"
    one = {"trust-but_other": ["4.2"], "trust-settled_by": ["HR"], "trust-settled_why": ["Later."]}
    author.confirm(page, one)
    author.confirm(page, {"trust-but_other": ["4.3"]})
    stance = service.get_draft(trust.organisation).decided.positions["report_misuse"].stance("trust")
    assert stance is not None
    assert stance.but == ("4.2", "4.3")


def test_a_clause_added_to_a_clash_is_settled_on_the_day_it_is_added(
    trust: Trust, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = {"but_other": ["4.2"], "settled_by": ["Head of HR"], "settled_why": ["It is the later one."]}
    author.confirm(TAG, settled)
    first, later = clock.today(), clock.today() + timedelta(days=3)
    monkeypatch.setattr(clock, "today", lambda: later)
    author.confirm(TAG)
    assert settled_on(trust) == first.isoformat()
    author.confirm(TAG, {"but_other": ["4.3"]})
    assert settled_on(trust) == later.isoformat()
    monkeypatch.setattr(clock, "today", lambda: later + timedelta(days=1))
    author.confirm(TAG, {"but": ["4.2"]})
    assert settled_on(trust) == later.isoformat()


def settled_on(trust: Trust) -> str | None:
    resolved = decided(trust, "tag_pupil").resolved
    return resolved.on if resolved else None


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"but_other": ["4.2"]}, "settled_by"),
        ({"but_other": ["4.2"], "settled_by": ["HR"]}, "settled_why"),
        ({"settled_by": ["HR"], "settled_why": ["Later."]}, "but_other"),
        ({"but_other": ["6.7"], "settled_by": ["HR"], "settled_why": ["Later."]}, "but_other"),
    ],
)
def test_a_clash_half_told_is_refused_at_its_field(
    trust: Trust, author: Author, changed: dict[str, list[str]], at: str
) -> None:
    answer = author.send(TAG, form_of(author.client.get(TAG)), changed)
    assert answer.status_code == 422
    assert f'id="{at}-error"' in answer.text
    assert service.get_draft(trust.organisation).values == {}


def test_where_two_clauses_contradict_each_other_nobody_need_settle_it(trust: Trust, author: Author) -> None:
    author.confirm(TAG, {"answer": ["unclear"], "but_other": ["4.2"]})
    assert (decided(trust, "tag_pupil").but, decided(trust, "tag_pupil").resolved) == (("4.2",), None)


def test_a_condition_and_whom_it_binds_are_kept_in_every_case_and_in_one(
    trust: Trust, author: Author
) -> None:
    author.confirm(TAG, {"condition": ["working_day"], "binds": ["employee", "agency"]})
    stance = decided(trust, "tag_pupil")
    assert (stance.condition, stance.binds) == ("working_day", ("employee", "agency"))
    page = "/content/setup/positions/report_misuse"
    author.confirm(page, {"trust-condition": ["working_day"], "trust-binds": ["governor"]})
    cases = service.get_draft(trust.organisation).decided.positions["report_misuse"]
    one = cases.stance("trust")
    assert one is not None
    assert (one.condition, one.binds) == ("working_day", ("governor",))


def test_a_rule_is_told_in_the_authors_own_words(trust: Trust, author: Author) -> None:
    author.confirm(TAG)
    page = "/content/setup/key-rules/tag_pupil"
    short = author.send(page, form_of(author.client.get(page)), {"why": ["Too short."]})
    assert short.status_code == 422
    assert 'href="#why"' in short.text
    assert "it has 2" in short.text
    why = " ".join(["word"] * 45)
    author.confirm(page, {"title": ["Leave pupils out of tags."], "why": [why]})
    draft = service.get_draft(trust.organisation)
    text = draft.decided.rule_texts["tag_pupil"]
    assert (text.title, text.why) == ("Leave pupils out of tags.", why)
    assert "Leave pupils out of tags." in author.client.get("/content/setup/key-rules").text
    assert author.client.get("/content/setup/key-rules/nothing").status_code == 404
