"""Pages of access: one answer with its reasons, asking, deciding, the register and holds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from elearn import clock
from elearn.access import accounts, holds, service
from elearn.access.decision import AccessDecision, Answer
from elearn.access.facts import Enforcement, Platform
from elearn.access.pages import sentence
from elearn.access.request_rules import RequestState
from elearn.access.requests import get_request, list_waiting, requests_of
from elearn.access.views import AccountView
from elearn.decisions import Reason
from elearn.people import offices, placements, roles
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.policies.rules import Change
from tests.access.asked import statements
from tests.factories import make_done, make_person, post, sign_in
from tests.staff_world import World, ask, browser, hold, make_world

HOLDER_START = "/courses/account_holder/situations/start"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def at(app: Flask, world: World, who: str) -> FlaskClient:
    return browser(app, world.people[who])


def day_boxes(name: str, days: int = 0) -> dict[str, str]:
    day = clock.today() + timedelta(days=days)
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def wanted(**changes: str) -> dict[str, str]:
    """A request as the form sends it."""
    values = {"right": "poster", "purpose": "Photos of the trip", "step": "check"}
    return values | day_boxes("starts_on") | day_boxes("ends_on", 60) | changes


def answer_page(client: FlaskClient, world: Any, person: PersonView) -> str:
    return client.get(f"/staff/{person.id}/accounts/{world.account.id}").text


def heading(text: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", text, re.S)
    assert found is not None
    return found[1]


# --- may they post? -------------------------------------------------------------------------------------


def test_a_manager_gets_yes_with_what_it_rests_on(app: Flask, world: World) -> None:
    text = answer_page(at(app, world, "manager"), world, world.people["kim"])
    assert heading(text) == "Yes. Kim Shah can post on @MillRoadAcademy."
    assert "On condition: No close-ups" in text
    assert "Clause 4.1" in text
    assert "You must ask the head before you post" in text
    assert "This product’s own rule" in text


def test_a_manager_gets_not_yet_with_what_is_missing_and_who_acts(app: Flask, world: World) -> None:
    text = answer_page(at(app, world, "manager"), world, world.people["olu"])
    assert heading(text) == "Not yet. Olu Late still needs the training, to sign the policy and an approval."
    assert "Finish the training (Olu Late)" in text
    assert "Jo Pritchard asked on" in text
    assert "Request access</a>" not in text


def test_somebody_of_another_academy_gets_not_yet(app: Flask, world: World) -> None:
    text = answer_page(at(app, world, "it"), world, world.people["other_academy"])
    assert heading(text).startswith("Not yet.")
    assert "No post at Mill Road Academy or in the central team" in text


def test_a_hold_shows_at_once(app: Flask, world: World) -> None:
    client = at(app, world, "manager")
    hold(world)
    text = answer_page(client, world, world.people["kim"])
    assert heading(text).startswith("Not now. Posting is stopped on this account")
    assert "Request access</a>" not in text


# --- asking ----------------------------------------------------------------------------------------------


def test_a_request_is_checked_before_it_is_sent(app: Flask, world: World) -> None:
    ann = make_person(world.trust, "Ann Newcomer")
    offices.give_office(
        world.people["manager"].id,
        "line_manager",
        for_person_id=ann.id,
        starts_on=clock.today(),
        at=clock.now(),
    )
    client = at(app, world, "manager")
    address = f"/staff/{ann.id}/accounts/{world.account.id}/request"
    checked = post(client, address, wanted())
    assert heading(checked.text) == "Check the request"
    assert requests_of(ann.id) == []
    sent = post(client, address, wanted(step="send"))
    assert sent.status_code == 303
    assert [request.state(clock.today()) for request in requests_of(ann.id)] == [RequestState.WAITING]
    assert "The request was sent" in client.get(sent.location).text
    again = post(client, address, wanted(step="send"))
    assert (again.status_code, again.location) == (303, sent.location)
    assert len(requests_of(ann.id)) == 1
    other = post(client, address, wanted(step="send", purpose="Something else"))
    assert other.status_code == 422
    assert "A request for this is open already" in other.text


def test_text_that_looks_like_a_password_is_not_taken(app: Flask, world: World) -> None:
    client = at(app, world, "manager")
    address = f"/staff/{world.people['olu'].id}/accounts/{world.account.id}/request"
    answer = post(client, address, wanted(purpose="posts, password: hunter2"))
    assert answer.status_code == 422
    assert "This looks like a password or code" in answer.text


def test_somebody_asks_for_themselves_where_the_policy_says_so(app: Flask, world: World) -> None:
    ann = make_person(world.trust, "Ann Newcomer")
    client = browser(app, ann, slip=True)
    assert f"/accounts/{world.account.id}/ask" in client.get("/my-accounts").text
    sent = post(client, f"/accounts/{world.account.id}/ask", wanted(step="send"))
    assert sent.status_code == 303
    assert "Nobody has decided yet" in client.get(sent.location).text


def test_who_posts_can_be_given_the_account_to_look_after_too(app: Flask, world: World) -> None:
    kim, client = world.people["kim"], at(app, world, "manager")
    assert "Request to look after the account too" in answer_page(client, world, kim)
    address = f"/staff/{kim.id}/accounts/{world.account.id}/request"
    page = client.get(address).text
    assert "Kim Shah can post there already. This asks for more: to look after the account" in page
    assert re.findall(r'name="right"[^>]* value="(\w+)"', page) == ["holder"]
    assert post(client, address, wanted(right="holder", step="send")).status_code == 303
    assert sorted(request.right for request in requests_of(kim.id)) == ["holder", "poster"]
    assert "Request to look after the account too" not in answer_page(client, world, kim)
    page = client.get(address).text
    assert "There is nothing to ask for here now" in page
    assert "A request for this is open already. Wait for the decision." in page
    assert '<form method="post" novalidate' not in page
    less = post(client, address, wanted(step="send", purpose="More photos"))
    assert (less.status_code, len(requests_of(kim.id))) == (422, 2)


def test_a_right_that_they_have_is_refused_without_turning_into_another(app: Flask, world: World) -> None:
    kim, client = world.people["kim"], at(app, world, "manager")
    answer = post(client, f"/staff/{kim.id}/accounts/{world.account.id}/request", wanted(step="send"))
    assert answer.status_code == 422
    assert "They have this access already" in answer.text
    assert re.findall(r'name="right" type="radio" value="(\w+)"( checked)?', answer.text) == [
        ("poster", " checked"),
        ("holder", ""),
    ]


def test_nothing_is_offered_on_an_account_that_was_closed(app: Flask, world: World) -> None:
    kim, client = world.people["kim"], at(app, world, "manager")
    accounts.close_account(
        world.account.id,
        organisation_id=world.trust.organisation.id,
        closed_on=clock.today(),
        reason="Not used",
        at=clock.now(),
    )
    assert "Request" not in answer_page(client, world, kim).split("What this rests on")[0]
    assert "Ask to look after" not in browser(app, kim).get("/my-accounts").text
    page = client.get(f"/staff/{kim.id}/accounts/{world.account.id}/request").text
    assert "There is nothing to ask for here now" in page
    assert "The account was closed" in page


def test_one_s_own_page_asks_as_much_of_the_database_with_more_accounts(app: Flask, world: World) -> None:
    kim = browser(app, world.people["kim"])
    kim.get("/my-accounts")
    with statements() as few:
        kim.get("/my-accounts")
    for number in range(4):
        accounts.register_account(
            world.trust.organisation.id,
            academy_id=world.trust.academy.id,
            platform=Platform.X,
            handle=f"@mill_road_{number}",
            purpose="News",
            work_email_address="social@fernhill.example",
            at=clock.now(),
        )
    with statements() as more:
        assert "mill_road_3" in kim.get("/my-accounts").text
    assert len(more) == len(few)


def test_who_posts_may_ask_for_themselves_to_look_after_the_account(app: Flask, world: World) -> None:
    kim = browser(app, world.people["kim"])
    page = kim.get("/my-accounts").text
    assert "Ask to look after this account too" in page
    assert "Ask to post for the organisation" not in page
    address = f"/accounts/{world.account.id}/ask"
    assert "You can post there already. This asks for more" in kim.get(address).text
    assert post(kim, address, wanted(right="holder", step="send")).status_code == 303
    page = kim.get("/my-accounts").text
    assert "Ask to look after this account too" not in page
    assert "@MillRoadAcademy, look after the account. Nobody has decided yet" in page


def test_an_approver_who_is_about_to_ask_is_told_what_follows(app: Flask, world: World) -> None:
    head = world.people["approver"]
    roles.give_role(head.id, Role.MANAGER, starts_on=clock.today(), at=clock.now())
    text = browser(app, head).get(f"/staff/{world.people['olu'].id}/accounts/{world.account.id}/request").text
    assert "You are an approver here. Whoever asks does not also approve" in text


# --- deciding --------------------------------------------------------------------------------------------


def decide(client: FlaskClient, world: World, **changes: str) -> TestResponse:
    address = f"/requests/{world.waiting.id}"
    values = {"decision": "approve", "conditions": "", "reason": ""} | changes
    return post(client, f"{address}/decide", values, page=address)


def test_what_waits_is_shown_to_whom_it_waits_for(app: Flask, world: World) -> None:
    assert "Olu Late" in at(app, world, "approver").get("/requests").text
    other = make_person(world.trust, "Another Approver", roles=[Role.APPROVER])
    client = browser(app, other)
    assert "Nothing waits for you" in client.get("/requests").text
    assert client.get(f"/requests/{world.waiting.id}").status_code == 404


def test_an_approval_before_the_training_grants_nothing_until_it_is_done(app: Flask, world: World) -> None:
    client, olu = at(app, world, "approver"), world.people["olu"]
    assert decide(client, world, conditions="Weekdays only").status_code == 303
    text = client.get(f"/requests/{world.waiting.id}").text
    assert "Approved, not granted yet" in text
    assert get_request(world.waiting.id).grant is None
    register = at(app, world, "it")
    page = f"/accounts/{world.account.id}"
    refused = post(register, f"/requests/{world.waiting.id}/grant", page=page)
    assert refused.status_code == 422
    assert "not passed yet" in refused.text
    make_done(world.trust, olu)
    assert post(register, f"/requests/{world.waiting.id}/grant", page=page).status_code == 303
    assert "You can post on @MillRoadAcademy until" in browser(app, olu).get("/my-accounts").text
    assert "Weekdays only" in browser(app, olu).get("/my-accounts").text


def test_an_approval_is_granted_at_once_where_all_is_met(app: Flask, world: World) -> None:
    make_done(world.trust, world.people["olu"])
    client = at(app, world, "approver")
    assert decide(client, world, **day_boxes("ends_on", 30)).status_code == 303
    grant = get_request(world.waiting.id).grant
    assert grant is not None
    assert grant.term.ends_on == clock.today() + timedelta(days=30)


def test_a_refusal_needs_its_reason(app: Flask, world: World) -> None:
    client = at(app, world, "approver")
    assert decide(client, world, decision="refuse").status_code == 422
    assert decide(client, world, decision="refuse", reason="Two people post already").status_code == 303
    assert "Refused" in client.get(f"/requests/{world.waiting.id}").text
    assert list_waiting(world.organisation_id, clock.today()) == []


def test_nobody_decides_what_they_asked_for_or_what_is_for_them(app: Flask, world: World) -> None:
    """The page says who can (T31)."""
    manager, day, now = world.people["manager"], clock.today(), clock.now()
    roles.give_role(manager.id, Role.APPROVER, starts_on=day, at=now)
    offices.give_office(manager.id, "head", academy_id=world.trust.academy.id, starts_on=day, at=now)
    client = browser(app, manager)
    text = client.get(f"/requests/{world.waiting.id}").text
    assert "You cannot decide this request" in text
    assert "It can be decided by: Margaret Chen" in text
    assert "Record the decision" not in text
    assert decide(client, world).status_code == 422
    own = ask(world.account, manager, world.people["hr"])
    page = f"/requests/{own.id}"
    assert "Nobody approves their own access" in client.get(page).text
    refused = post(
        client,
        f"{page}/decide",
        {"decision": "approve"},
        page=f"/staff/{world.people['olu'].id}/accounts/{world.account.id}/request",
    )
    assert refused.status_code == 422
    assert get_request(own.id).approval is None


# --- the register ----------------------------------------------------------------------------------------


def test_an_account_with_too_few_contacts_is_red_until_another_is_named(app: Flask, world: World) -> None:
    client = at(app, world, "it")
    data = {
        "academy": str(world.trust.academy.id),
        "platform": "instagram",
        "handle": "@millroad.pics",
        "purpose": "Pictures",
        "work_email": "social@fernhill.example",
        "enforcement": "attested",
        "slug": "",
    }
    assert "Do not put any password here" in client.get("/accounts/register").text
    answer = post(client, "/accounts/register", data)
    assert answer.status_code == 303
    assert "0 of 2: name another" in client.get("/accounts").text
    for who in ("kim", "it"):
        number = world.people[who].payroll_number
        contact = {"number": number, **day_boxes("starts_on")}
        assert post(client, f"{answer.location}/contacts/add", contact).status_code == 303
    assert "name another" not in client.get("/accounts").text


def test_a_personal_mailbox_is_not_registered(app: Flask, world: World) -> None:
    data = {
        "academy": str(world.trust.academy.id),
        "platform": "x",
        "handle": "@millroad",
        "purpose": "News",
        "work_email": "jo@gmail.com",
        "enforcement": "attested",
        "slug": "",
    }
    answer = post(at(app, world, "it"), "/accounts/register", data)
    assert answer.status_code == 422
    assert 'href="#work_email"' in answer.text


def test_removing_one_of_two_contacts_asks_first(app: Flask, world: World) -> None:
    client = at(app, world, "it")
    address = f"/accounts/{world.account.id}/contacts/{world.contact_id}/end"
    assert "left with 1 of 2 contacts" in client.get(address).text
    assert post(client, address, day_boxes("ends_on")).status_code == 422
    assert post(client, address, day_boxes("ends_on") | {"sure": "y"}).status_code == 303


def test_an_induction_is_recorded_by_whoever_gave_it_and_never_to_oneself(app: Flask, world: World) -> None:
    client, it = at(app, world, "it"), world.people["it"]
    address = f"/accounts/{world.account.id}/inductions/add"
    assert str(it.id) not in client.get(address).text
    data = {"person": str(world.people["kim"].id), **day_boxes("given_on")}
    assert post(client, address, data).status_code == 303
    assert "Kim Shah" in client.get(f"/accounts/{world.account.id}").text
    assert post(client, address, {"person": str(it.id), **day_boxes("given_on")}).status_code == 422


def test_a_right_is_ended_with_its_reason(app: Flask, world: World) -> None:
    client = at(app, world, "it")
    grant = get_request(world.granted.id).grant
    assert grant is not None
    address = f"/accounts/{world.account.id}/grants/{grant.id}/end"
    assert post(client, address, {"reason": "Moved to another academy"}).status_code == 303
    assert service.roster(world.account.id, clock.today()) == []
    assert "Moved to another academy" in client.get(f"/accounts/{world.account.id}").text


# --- holds -----------------------------------------------------------------------------------------------


def test_a_hold_says_whom_it_reaches_and_needs_the_word(app: Flask, world: World) -> None:
    client = at(app, world, "it")
    data = {"scope": "account", "account": str(world.account.id), "academy": "", "reason": "Incident"}
    preview = post(client, "/holds/start", data | {"step": "preview"})
    assert heading(preview.text) == "Stop posting: 1 person at 1 account"
    assert "tell the people by hand" in preview.text
    wrong = post(client, "/holds/start", data | {"step": "confirm", "confirm": "yes"})
    assert wrong.status_code == 422
    assert holds.list_holds(world.organisation_id, at=clock.now()) == []
    assert post(client, "/holds/start", data | {"step": "confirm", "confirm": "hold"}).status_code == 303
    assert "Posting is stopped: @MillRoadAcademy" in client.get("/accounts").text
    assert "Not now. Posting is stopped" in at(app, world, "kim").get("/my-accounts").text


def test_a_hold_on_everything_is_for_it_of_everything(app: Flask, world: World) -> None:
    client = at(app, world, "other_academy")
    data = {"scope": "organisation", "account": "", "academy": "", "reason": "Incident", "step": "confirm"}
    assert post(client, "/holds/start", data | {"confirm": "HOLD"}).status_code == 422
    assert post(at(app, world, "it"), "/holds/start", data | {"confirm": "HOLD"}).status_code == 303
    listed = holds.list_holds(world.organisation_id, at=clock.now())
    assert client.get(f"/holds/{listed[0].id}/lift").status_code == 404


def test_lifting_a_hold_restores_nobody_who_has_lapsed(app: Flask, world: World) -> None:
    client, kim = at(app, world, "it"), world.people["kim"]
    stop = hold(world)
    yesterday = clock.today() - timedelta(days=1)
    placements.end_placement(
        world.placement_id, ends_on=yesterday, organisation_id=world.organisation_id, at=clock.now()
    )
    assert post(client, f"/holds/{stop.id}/lift").status_code == 303
    decision = service.check_access(kim.id, world.account.id, clock.today(), at=clock.now())
    assert "on_hold" not in decision.codes
    assert not decision.allowed


def test_the_contacts_of_an_account_are_not_shown_to_another_organisation(app: Flask, world: World) -> None:
    text = at(app, world, "all_elsewhere").get("/accounts").text
    assert "@MillRoadAcademy" not in text
    assert accounts.get_account(world.account.id).handle == "@MillRoadAcademy"


def test_a_long_list_of_what_is_missing_is_cut_in_the_sentence_only() -> None:
    codes = ("training_missing", "signature_missing", "two_contacts", "account_induction", "not_approved")
    decision = AccessDecision(Answer.NOT_YET, tuple(Reason(code, code) for code in codes))
    account = AccountView(
        uuid4(), uuid4(), "x", Platform.X, "@x", "", uuid4(), "", "", Enforcement.ATTESTED, clock.today()
    )
    words = sentence(decision, "Kim Shah", account)
    assert words == "Not yet. Kim Shah still needs the training, to sign the policy and 3 more things."


# --- the situations for people who post ---------------------------------------------------------------


def test_ones_own_accounts_lead_to_the_situations_for_people_who_post(app: Flask, world: World) -> None:
    text = at(app, world, "olu").get("/my-accounts").text
    assert "If you post for Fernhill, or want to" in text
    assert HOLDER_START in text


def test_a_next_step_leads_somebody_to_their_own_course_and_tells_others_where_it_is(
    app: Flask, ready: Any
) -> None:
    ready.granted()
    later = ready.trust.now + timedelta(days=5)
    ready.trust.publish(on=later.date(), change=Change.MAJOR, at=ready.trust.now)
    with time_machine.travel(later):
        kim = app.test_client()
        sign_in(kim, ready.kim)
        text = kim.get("/my-accounts").text
        assert (
            f'. <a class="govuk-link" href="{HOLDER_START}">Do the situations for people who post</a>' in text
        )
        roles.give_role(ready.manager.id, Role.MANAGER, starts_on=clock.today(), at=clock.now())
        text = answer_page(browser(app, ready.manager), ready, ready.kim)
    assert "Do the situations for people who post: they find them on their own page (Kim Shah)" in text
    assert HOLDER_START not in text
