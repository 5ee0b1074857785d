"""Ways in, home, and out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from elearn import clock
from elearn.auth import rules
from elearn.auth.routes import safe_address
from elearn.auth.service import void_slip
from elearn.people.rules import PersonKind
from tests.factories import (
    PASSWORD,
    answer_round,
    make_done,
    make_organisation,
    make_person,
    make_slip,
    post,
    read_rules,
    sign_in,
    sign_in_with_password,
)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_start_page_has_a_box_for_the_code(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert 'name="code"' in page.text
    assert "/sign-in" in page.text


def test_a_scanned_code_stands_in_the_box_and_is_not_used_up(app: Flask, client: FlaskClient) -> None:
    slip = make_slip(make_person(make_organisation()))
    assert f'value="{slip.code}"' in client.get(f"/code?code={slip.code}").text
    assert post(app.test_client(), "/code", {"code": slip.code}).status_code == 303


@pytest.mark.parametrize("code", ["AAAA-BBBB", "hello", "<script>", "O0O0-1111"])
def test_an_unknown_code_and_a_malformed_one_get_the_same_words(client: FlaskClient, code: str) -> None:
    page = post(client, "/code", {"code": code})
    assert page.status_code == 422
    assert "Check the code on your slip" in page.text
    assert "<title>Error: " in page.text


def test_no_code_asks_for_one(client: FlaskClient) -> None:
    page = post(client, "/code", {"code": ""})
    assert page.status_code == 422
    assert "Enter the code on your slip</a>" in page.text


def test_an_expired_code_says_when_it_ran_out(client: FlaskClient) -> None:
    with time_machine.travel(datetime(2026, 9, 2, 9, tzinfo=UTC), tick=False):
        slip = make_slip(make_person(make_organisation()), days=12)
    with time_machine.travel(datetime(2026, 9, 15, 9, tzinfo=UTC), tick=False):
        page = post(client, "/code", {"code": slip.code})
    assert page.status_code == 422
    assert "This code ran out on 14 September 2026" in page.text


def test_a_code_used_on_another_device_says_whom_to_tell(app: Flask, client: FlaskClient) -> None:
    slip = make_slip(make_person(make_organisation()))
    assert post(app.test_client(), "/code", {"code": slip.code}).status_code == 303
    page = post(client, "/code", {"code": slip.code})
    assert page.status_code == 422
    assert "already been used on another phone" in page.text
    assert "If that was not you" in page.text


def test_the_same_code_opens_again_on_the_same_device(client: FlaskClient) -> None:
    slip = sign_in(client, make_person(make_organisation()))
    assert post(client, "/end", page="/").status_code == 303
    assert post(client, "/code", {"code": slip.code}).status_code == 303


def test_a_stopped_code_says_so(client: FlaskClient) -> None:
    slip = make_slip(make_person(make_organisation()))
    organisation_id = slip.person.organisation_id
    void_slip(slip.id, organisation_id=organisation_id, reason="lost", voided_by_id=None, at=clock.now())
    assert "This code has been stopped" in post(client, "/code", {"code": slip.code}).text


def test_before_yes_only_first_name_initial_job_and_academy_are_shown(client: FlaskClient) -> None:
    slip = make_slip(make_person(make_organisation(), "Amira Begum", email="amira@fernhill.example"))
    post(client, "/code", {"code": slip.code})
    page = client.get("/is-this-you").text
    assert "Amira B." in page
    assert "Teaching assistant, Mill Road Academy" in page
    assert "Begum" not in page
    assert "amira@" not in page


@pytest.mark.parametrize(
    "address", ["/", "/policy", "/who-sees-what", "/sign", "/situations/start", "/check"]
)
def test_nothing_else_opens_before_yes(client: FlaskClient, address: str) -> None:
    slip = make_slip(make_person(make_organisation()))
    post(client, "/code", {"code": slip.code})
    assert client.get(address).location == "/is-this-you"


def test_no_stops_the_code(client: FlaskClient) -> None:
    slip = make_slip(make_person(make_organisation()))
    post(client, "/code", {"code": slip.code})
    page = post(client, "/is-this-you", {"answer": "no"})
    assert "We have stopped this code" in client.get(page.location).text
    assert "This code has been stopped" in post(client, "/code", {"code": slip.code}).text


def test_yes_shows_who_sees_what_the_first_time_and_home_after(client: FlaskClient) -> None:
    trust = make_organisation()
    person = make_person(trust)
    slip = make_slip(person)
    post(client, "/code", {"code": slip.code})
    assert post(client, "/is-this-you", {"answer": "yes"}).location == "/who-sees-what"
    read_rules(trust, person)
    post(client, "/end", page="/")
    post(client, "/code", {"code": slip.code})
    assert post(client, "/is-this-you", {"answer": "yes"}).location == "/"


def test_a_session_left_alone_ends_and_says_that_answers_are_kept(client: FlaskClient) -> None:
    person = make_person(make_organisation())
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(client, person)
        traveller.shift(timedelta(minutes=16))
        answer = client.get("/policy")
        assert answer.location == "/code?ended=1"
        assert "Every answer you gave is kept" in client.get(answer.location).text


def test_home_of_a_newcomer_has_three_tasks_and_the_last_cannot_start(client: FlaskClient) -> None:
    sign_in(client, make_person(make_organisation()))
    page = client.get("/").text
    assert "Read the key rules" in page
    assert "Cannot start yet" in page
    assert "Start now" in page


def test_home_of_somebody_on_the_way_carries_on_where_they_were(client: FlaskClient) -> None:
    trust = make_organisation()
    person = make_person(trust)
    sign_in(client, person)
    first = post(client, "/situations/start").location
    page = client.get("/").text
    assert "Carry on from situation 1 of 4" in page
    assert first in page


def test_home_of_somebody_done_has_every_signature(client: FlaskClient) -> None:
    trust = make_organisation()
    person = make_person(trust)
    signature = make_done(trust, person)
    sign_in(client, person)
    page = client.get("/").text
    assert "You are up to date until" in page
    assert f"/records/{signature.reference}" in page


def test_home_after_the_last_round_says_who_helps(client: FlaskClient) -> None:
    trust = make_organisation()
    person = make_person(trust)
    answer_round(trust, person, right=False)
    answer_round(trust, person, right=False)
    sign_in(client, person)
    assert "Ask for help" in client.get("/").text
    assert "Let us help" in client.get("/situations/start").text


def test_somebody_not_covered_does_not_need_to_do_it(client: FlaskClient) -> None:
    sign_in(client, make_person(make_organisation(), kind=PersonKind.CONTRACTOR))
    page = client.get("/").text
    assert "You do not need to do this" in page
    assert "ask the office at Mill Road, 01632 960 001" in page
    assert client.get("/situations/start").status_code == 404


def test_without_a_published_policy_home_says_so(client: FlaskClient) -> None:
    sign_in(client, make_person(make_organisation(published=False)))
    assert "has not published its social media policy" in client.get("/").text
    assert client.get("/policy").status_code == 200


def test_somebody_whose_post_begins_next_week_may_begin_now(client: FlaskClient) -> None:
    starts_on = clock.today() + timedelta(days=7)
    sign_in(client, make_person(make_organisation(), starts_on=starts_on))
    assert "Start now" in client.get("/").text


def test_signing_in_by_password(client: FlaskClient) -> None:
    sign_in_with_password(client, make_person(make_organisation()))
    assert "Start now" in client.get("/").text


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(client: FlaskClient) -> None:
    page = post(client, "/sign-in", {"login": "nobody@fernhill.example", "password": PASSWORD})
    assert page.status_code == 422
    assert "Check your sign-in name and password" in page.text
    assert PASSWORD not in page.text


def test_ending_clears_the_session_and_a_copied_cookie_opens_nothing(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_person(make_organisation()))
    cookie = client.get_cookie("elearn")
    assert cookie is not None
    answer = post(client, "/end", page="/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get_cookie("device") is not None
    copy = app.test_client()
    copy.set_cookie("elearn", cookie.value)
    assert copy.get("/policy").status_code == 303


def test_confirming_again_asks_for_the_code_and_goes_on(client: FlaskClient) -> None:
    slip = sign_in(client, make_person(make_organisation()))
    before = client.get_cookie("elearn")
    answer = post(client, "/confirm", {"code": slip.code, "next": "/sign"}, page="/confirm?next=/sign")
    assert (answer.status_code, answer.location) == (303, "/sign")
    assert client.get_cookie("elearn") != before


def test_confirming_again_with_another_persons_code_is_refused(client: FlaskClient) -> None:
    trust = make_organisation()
    sign_in(client, make_person(trust))
    other = make_slip(make_person(trust, "Dave"))
    page = post(client, "/confirm", {"code": other.code, "next": "/sign"})
    assert page.status_code == 422
    assert "Check the code on your slip" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x",
        "/a@evil.example",
        "/sign\n",
        "",
        "sign",
        "///evil.example",
    ],
)
def test_only_a_plain_path_of_this_site_is_gone_on_to(app: Flask, address: str) -> None:
    with app.test_request_context():
        assert safe_address(address) == "/"
        assert safe_address("/sign") == "/sign"


def test_the_stylesheet_of_an_organisation_may_be_kept_and_carries_no_cookie(client: FlaskClient) -> None:
    trust = make_organisation()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(client, make_person(trust))
        traveller.shift(timedelta(minutes=5))
        answer = client.get(f"/organisations/{trust.organisation.slug}.css")
    assert trust.organisation.colour in answer.text
    assert answer.cache_control.public
    assert "Set-Cookie" not in answer.headers
    assert client.get("/organisations/none.css").status_code == 404


@pytest.mark.parametrize("address", ["/accessibility", "/your-data", "/sign-in", "/code", "/verify"])
def test_pages_about_the_service_open_for_everybody(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_a_lapsed_signature_is_told_with_its_last_day(client: FlaskClient) -> None:
    with time_machine.travel(datetime(2026, 9, 2, 9, tzinfo=UTC), tick=False):
        trust = make_organisation()
        person = make_person(trust)
        make_done(trust, person)
    with time_machine.travel(datetime(2027, 9, 3, 9, tzinfo=UTC), tick=False):
        sign_in(client, person)
        page = client.get("/").text
    assert f"counted until {clock.spoken_date(date(2027, 9, 2).isoformat())}" in page
    assert "What you signed before" in page
    assert "Start the situations" in page


def test_where_many_wrong_codes_came_in_the_page_asks_for_the_four_letters_under_the_code(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WRONG_CODES_FROM_ONE_ADDRESS", 0)
    slip = make_slip(make_person(make_organisation()))
    page = post(client, "/code", {"code": slip.code})
    assert page.status_code == 429
    assert "Enter your code and, after it, the four letters and numbers printed under it" in page.text
    assert "Your slip has four more, under the code" in page.text
    assert post(client, "/code", {"code": slip.whole_code}).status_code == 303
