"""Key rules, questions, signing and not signing, as pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from elearn import clock
from elearn.acknowledgements.models import Acknowledgement, ReadingStep
from elearn.acknowledgements.questions import list_questions
from elearn.acknowledgements.service import list_signatures, rules_left
from elearn.assignments.rules import State
from elearn.assignments.service import standing_of
from elearn.db import db
from elearn.people.service import PersonView
from elearn.policies.rules import Change
from tests.factories import (
    NEXT_TEXT,
    Trust,
    answer_round,
    course_of,
    make_organisation,
    make_person,
    post,
    publish_policy,
    read_rules,
    sign_in,
    sign_in_with_password,
)


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation()


def ready(trust: Trust, name: str = "Amira Begum") -> PersonView:
    """Somebody who has read the rules and passed the situations."""
    person = make_person(trust, name)
    read_rules(trust, person)
    answer_round(trust, person)
    return person


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


def sign_form(client: FlaskClient, typed_name: str, **changes: str) -> dict[str, str]:
    page = client.get("/sign").text
    form = {name: hidden(page, name) for name in ("csrf_token", "shown")}
    return form | {"typed_name": typed_name, "ticked": "y"} | changes


def signatures(person: PersonView) -> int:
    return len(list_signatures(person.organisation_id, [person.id]).get(person.id, []))


RULES = ["no-links", "tell-someone", "ask-before-posting"]


def unread(trust: Trust, person: PersonView) -> list[str]:
    return [rule.id for rule in rules_left(course_of(trust), person.id)]


def test_rules_are_shown_one_after_the_other_and_recorded_under_the_last(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    page = client.get("/rules/no-links").text
    assert "Key rule 1 of 3" in page
    assert "Clause 2.1" in page
    assert "on a personal account" in page
    assert 'href="/rules/tell-someone" role="button"' in page
    assert 'href="/rules/ask-before-posting" role="button"' in client.get("/rules/tell-someone").text
    assert unread(trust, person) == RULES
    assert post(client, "/rules/ask-before-posting", page="/rules/ask-before-posting").location == "/"
    assert unread(trust, person) == []
    assert client.get_cookie("rules") is None
    assert client.get("/rules/nothing").status_code == 404


def test_who_left_a_rule_out_is_taken_to_it(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    client.get("/rules/no-links")
    last = "/rules/ask-before-posting"
    assert post(client, last, page=last).location == "/rules/tell-someone"
    assert unread(trust, person) == ["tell-someone"]


def test_each_rule_counts_from_when_it_was_first_shown(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    began, minute = clock.now().replace(microsecond=0), timedelta(minutes=1)
    for number, rule_id in enumerate([*RULES, RULES[0], RULES[-1]]):
        with time_machine.travel(began + number * minute, tick=False):
            client.get(f"/rules/{rule_id}")
    with time_machine.travel(began + 9 * minute, tick=False):
        post(client, f"/rules/{RULES[-1]}", page=f"/rules/{RULES[-1]}")
    mine = select(ReadingStep.step, ReadingStep.at).where(ReadingStep.person_id == person.id)
    recorded = db.session.execute(mine.order_by(ReadingStep.at)).all()
    assert [tuple(row) for row in recorded] == [
        (f"rule:{rule_id}", began + number * minute) for number, rule_id in enumerate(RULES)
    ]


def test_the_place_among_the_rules_is_kept_in_the_browser_after_the_session(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    for rule_id in RULES[:2]:
        client.get(f"/rules/{rule_id}")
    client.delete_cookie("elearn")
    sign_in(client, person)
    page = client.get("/").text
    assert "Go on with the key rules" in page
    assert "2 of 3 read" in page
    assert 'href="/rules/ask-before-posting" role="button"' in page
    client.get("/rules/ask-before-posting")
    page = client.get("/").text
    assert 'href="/rules/ask-before-posting" role="button"' in page, "the last one's button is still to press"
    assert "Start the situations" not in page


def test_what_was_shown_to_somebody_else_on_this_device_does_not_count(app: Flask, trust: Trust) -> None:
    client = app.test_client()
    sign_in(client, make_person(trust))
    for rule_id in RULES[:2]:
        client.get(f"/rules/{rule_id}")
    client.delete_cookie("elearn")
    other = make_person(trust, "Other Person")
    sign_in(client, other)
    assert "Not started" in client.get("/").text
    last = f"/rules/{RULES[-1]}"
    post(client, last, page=last)
    assert unread(trust, other) == RULES[:2]


def test_a_forged_memory_of_rules_counts_for_nothing(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    client.get("/rules/no-links")
    cookie = client.get_cookie("rules")
    assert cookie is not None
    client.set_cookie("rules", cookie.value[:-2] + "xx")
    assert "Not started" in client.get("/").text


def test_who_ends_on_this_device_keeps_their_place(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    client.get("/rules/no-links")
    post(client, "/end", page="/")
    assert client.get_cookie("rules") is None
    assert unread(trust, person) == RULES[1:]


def test_a_question_about_a_rule_is_kept_and_stops_nothing(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    page = post(client, "/ask", {"kind": "question", "text": "", "about": "Rule"}, page="/ask?about=Rule")
    assert page.status_code == 422
    assert "Write what you would like to ask or say" in page.text
    answer = post(client, "/ask", {"kind": "question", "text": "What is a link?", "about": "Rule"})
    assert answer.status_code == 303
    [kept] = list_questions(person.organisation_id, [person.id])[person.id]
    assert (kept.about, kept.text, kept.instead_of_signing) == ("Rule", "What is a link?", False)
    standing = standing_of(person.id, organisation_id=person.organisation_id, day=clock.today())
    assert standing is not None
    assert standing.state is State.NOT_STARTED


def test_nobody_reaches_the_signature_before_rules_and_situations(app: Flask, trust: Trust) -> None:
    client = app.test_client()
    sign_in(client, make_person(trust))
    assert client.get("/check").location == "/"
    assert client.get("/sign").location == "/"


def test_before_signing_the_policy_is_offered_to_be_read_and_the_signature_says_that_it_was(
    app: Flask, trust: Trust
) -> None:
    """Nobody has to say it twice: what is signed says it, so the page before does not count it as missing."""
    client = app.test_client()
    sign_in(client, ready(trust, "Amira Begum"))
    before = client.get("/check").text
    assert "Read it before you sign: your signature says that you have" in before
    assert "have not said" not in before
    assert "I, Amira Begum, have read the" in client.get("/sign").text
    post(client, "/policy/read", page="/policy")
    assert "You said that you have read it" in client.get("/check").text


def test_a_signature_after_a_further_round_tells_both_rounds(app: Flask, trust: Trust) -> None:
    person = make_person(trust)
    read_rules(trust, person)
    answer_round(trust, person, right=False)
    further = answer_round(trust, person)
    client = app.test_client()
    sign_in(client, person)
    told = f"0 of 4, then {len(further.paper)} of {len(further.paper)} on the topics missed"
    assert told in client.get("/check").text
    done = client.post("/sign", data=sign_form(client, person.name)).location
    assert told in client.get(done.replace("/done/", "/records/")).text
    [signature] = list_signatures(person.organisation_id, [person.id])[person.id]
    assert signature.score == f"0/4+{len(further.paper)}/{len(further.paper)}"


@pytest.mark.parametrize("name", ["Amira Begum", "O'Neill-Ángel", "Łukasz", "Siân Ní Bhriain", "李小龍"])
def test_any_name_signs_and_leads_to_done(app: Flask, trust: Trust, name: str) -> None:
    person = ready(trust, name)
    client = app.test_client()
    sign_in(client, person)
    assert "Check before you sign" in client.get("/check").text
    page = client.get("/sign").text
    assert "version 1.0, dated 1 September 2026" in page
    assert "This is not consent to monitoring." in page
    assert " checked" not in page
    answer = client.post("/sign", data=sign_form(client, name))
    assert answer.status_code == 303
    assert answer.location.startswith("/done/R-")
    [signature] = list_signatures(person.organisation_id, [person.id])[person.id]
    assert signature.typed_name == name
    assert client.get("/sign").location == "/"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"typed_name": ""}, "Type your full name, as on your staff badge"),
        ({"typed_name": "   "}, "Type your full name, as on your staff badge"),
        ({"ticked": ""}, "Tick the box"),
        ({"typed_name": "x" * 201}, "at most 200 characters"),
    ],
)
def test_a_form_with_a_gap_signs_nothing(
    app: Flask, trust: Trust, changes: dict[str, str], sentence: str
) -> None:
    person = ready(trust)
    client = app.test_client()
    sign_in(client, person)
    data = sign_form(client, "Amira Begum") | changes
    page = client.post("/sign", data={key: value for key, value in data.items() if value})
    assert page.status_code == 422
    assert sentence in page.text
    assert "<title>Error: " in page.text
    assert signatures(person) == 0


def test_pressing_the_button_twice_is_one_signature(app: Flask, trust: Trust) -> None:
    person = ready(trust)
    client = app.test_client()
    sign_in(client, person)
    data = sign_form(client, "Amira Begum")
    assert client.post("/sign", data=data).location == client.post("/sign", data=data).location
    assert signatures(person) == 1


def test_a_broken_seal_or_another_persons_signs_nothing(app: Flask, trust: Trust) -> None:
    person, other = ready(trust), ready(trust, "Dave")
    client, stranger = app.test_client(), app.test_client()
    sign_in(client, person)
    sign_in(stranger, other)
    theirs = sign_form(stranger, "Dave")["shown"]
    for shown in (theirs, "", "x.y", hidden(client.get("/sign").text, "shown")[:-2]):
        answer = client.post("/sign", data=sign_form(client, "Amira Begum", shown=shown))
        assert answer.status_code == 400
    assert signatures(person) == 0


def test_signing_needs_a_way_in_shown_within_ten_minutes(app: Flask, trust: Trust) -> None:
    person = ready(trust)
    client = app.test_client()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        slip = sign_in(client, person)
        data = sign_form(client, "Amira Begum")
        traveller.shift(timedelta(minutes=11))
        answer = client.post("/sign", data=data)
        assert answer.location == "/confirm?next=/sign"
        assert client.get("/sign").location == "/confirm?next=/sign"
        assert signatures(person) == 0
        again = post(client, "/confirm", {"code": slip.code, "next": "/sign"}, page=answer.location)
        assert again.location == "/sign"
        assert client.post("/sign", data=sign_form(client, "Amira Begum")).status_code == 303


def test_the_form_outlives_an_hour_of_reading(app: Flask, trust: Trust) -> None:
    person = ready(trust)
    client = app.test_client()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in_with_password(client, person)
        data = sign_form(client, "Amira Begum")
        for _ in range(4):
            traveller.shift(timedelta(minutes=20))
            assert client.get("/policy").status_code == 200
        assert client.post("/sign", data=data).location == "/confirm?next=/sign"


def test_what_the_browser_speaks_stands_under_the_signature(app: Flask, trust: Trust) -> None:
    person = ready(trust)
    client = app.test_client()
    sign_in(client, person)
    sent = {"Accept-Language": "cy,en-GB;q=0.8", "User-Agent": "Phone"}
    assert client.post("/sign", data=sign_form(client, "Amira Begum"), headers=sent).status_code == 303
    mine = select(Acknowledgement.browser, Acknowledgement.languages).filter_by(person_id=person.id)
    assert db.session.execute(mine).one() == ("Phone", "cy,en-GB;q=0.8")


@pytest.mark.parametrize(
    ("sent", "recorded"),
    [
        ("Europe/London", "Europe/London"),
        ("Etc/GMT+1", "Etc/GMT+1"),
        ("", None),
        ("<script>", None),
        ("A" * 61, None),
    ],
)
def test_the_time_zone_of_the_browser_stands_under_the_signature(
    app: Flask, trust: Trust, sent: str, recorded: str | None
) -> None:
    """What a script of the page fills in; whatever else comes is no time zone, and stops nobody from signing."""
    person = ready(trust)
    client = app.test_client()
    sign_in(client, person)
    data = sign_form(client, "Amira Begum") | {"time_zone": sent}
    assert client.post("/sign", data=data).status_code == 303
    mine = select(Acknowledgement.time_zone).filter_by(person_id=person.id)
    assert db.session.scalar(mine) == recorded


def test_a_version_published_meanwhile_stops_the_signature(app: Flask, trust: Trust) -> None:
    person = ready(trust)
    client = app.test_client()
    sign_in(client, person)
    data = sign_form(client, "Amira Begum")
    published = publish_policy(trust, text=NEXT_TEXT, change=Change.MATERIAL)
    page = client.post("/sign", data=data)
    assert page.status_code == 409
    at = clock.local_time(published.imported_at)
    assert f"A new version was published at {at:%H:%M}. You have not signed." in page.text
    assert signatures(person) == 0


@pytest.mark.parametrize(("name", "later"), [("", timedelta()), ("Amira Begum", timedelta(minutes=11))])
def test_it_is_said_before_a_name_or_a_code_is_asked_for(
    app: Flask, trust: Trust, name: str, later: timedelta
) -> None:
    """Otherwise the page of the new version would stand there as if it had been shown all along."""
    person = ready(trust)
    client = app.test_client()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(client, person)
        data = sign_form(client, name)
        publish_policy(trust, text=NEXT_TEXT, change=Change.MATERIAL)
        traveller.shift(later)
        page = client.post("/sign", data=data)
    assert page.status_code == 409
    assert "You have not signed." in page.text


def test_not_signing_is_a_question_and_not_a_failure(app: Flask, trust: Trust) -> None:
    person = ready(trust)
    client = app.test_client()
    sign_in(client, person)
    assert post(client, "/decline", {"kind": ""}).status_code == 422
    answer = post(client, "/decline", {"kind": "disagree", "text": ""})
    assert answer.status_code == 303
    assert "You have not signed" in client.get(answer.location).text
    standing = standing_of(person.id, organisation_id=person.organisation_id, day=clock.today())
    assert standing is not None
    assert standing.state is State.QUESTION_RAISED
    assert "You can sign whenever you are ready" in client.get("/").text
    assert client.get("/sign").status_code == 200


def test_a_box_that_says_false_is_not_a_tick(app: Flask, trust: Trust) -> None:
    person = ready(trust)
    client = app.test_client()
    sign_in(client, person)
    page = client.post("/sign", data=sign_form(client, person.name, ticked="false"))
    assert page.status_code == 422
    assert "Tick the box" in page.text
    assert signatures(person) == 0
