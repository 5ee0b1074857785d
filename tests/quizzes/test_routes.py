"""The situations, over raw HTTP: order, first choice, and nothing that tells which option is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from elearn import clock
from elearn.acknowledgements.service import list_signatures
from elearn.people.rules import PersonKind
from elearn.people.service import PersonView
from elearn.quizzes import service
from elearn.quizzes.wording import MISSED
from elearn.scenarios.vocabulary import ScenarioType
from tests.factories import (
    Trust,
    answer_round,
    make_done,
    make_organisation,
    make_person,
    post,
    sign_in,
    values,
)

HOLDER_START = "/courses/account_holder/situations/start"


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation()


@pytest.fixture
def person(trust: Trust) -> PersonView:
    return make_person(trust)


@pytest.fixture
def client(app: Flask, person: PersonView) -> FlaskClient:
    client = app.test_client()
    sign_in(client, person)
    return client


def attempt_of(address: str) -> UUID:
    return UUID(address.split("/")[2])


def answer_of(question: service.QuestionView, *, right: bool = True) -> dict[str, object]:
    """The form of a question, filled in."""
    chosen = values(question, right=right)
    if question.asked.type is ScenarioType.ORDER:
        filled: dict[str, object] = {f"place-{value}": place for place, value in enumerate(chosen, start=1)}
    else:
        filled = {"choice": chosen}
    return filled | {"step": question.step}


BETTER = {"Better", *MISSED.values()}


def take_round(
    client: FlaskClient, person: PersonView, *, right: bool = True, start: str = "/situations/start"
) -> UUID:
    """Answer every situation of the next round through its pages."""
    attempt_id = attempt_of(post(client, start).location)
    while True:
        attempt = service.get_attempt(attempt_id, person_id=person.id)
        number, step = service.next_question(attempt)
        if number is None:
            return attempt_id
        question = service.get_question(attempt_id, number, step, person_id=person.id)
        address = f"/attempts/{attempt_id}/questions/{number}"
        answer = post(client, address, answer_of(question, right=right))
        assert answer.status_code == 303
        page = client.get(answer.location).text
        assert ("This keeps everyone safe" in page) == right
        assert any(f'<h2 class="govuk-heading-m">{title}</h2>' in page for title in BETTER) != right
        assert f"Clause {question.asked.citations[0].ref}" in page


def test_a_round_answered_rightly_leads_to_signing(client: FlaskClient, person: PersonView) -> None:
    page = client.get(f"/attempts/{take_round(client, person)}/result").text
    assert "You have done the situations" in page
    assert "4 of 4" in page


def test_a_round_answered_wrongly_names_topics_and_starts_the_next(
    client: FlaskClient, person: PersonView
) -> None:
    first = take_round(client, person, right=False)
    page = client.get(f"/attempts/{first}/result").text
    assert "You got 0 of 4 right. You need 3" in page
    assert "contact with pupils must be right" in page
    assert "Pictures" in page
    second = attempt_of(post(client, "/situations/start", page=f"/attempts/{first}/result").location)
    assert second != first


def test_topics_of_a_former_job_do_not_come_again(
    client: FlaskClient, person: PersonView, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take_round(client, person, right=False)
    monkeypatch.setattr(service, "pool_for", lambda *asked: [])
    page = client.get(f"/attempts/{first}/result").text
    assert "What you missed" in page
    assert "What comes again" not in page
    assert "not part of what the policy asks in your job now" in page
    assert post(client, "/situations/start", page=f"/attempts/{first}/result").status_code == 422


def test_after_the_last_round_somebody_helps(client: FlaskClient, person: PersonView) -> None:
    take_round(client, person, right=False)
    last = take_round(client, person, right=False)
    page = client.get(f"/attempts/{last}/result").text
    assert "Let us help" in page
    assert "Ask the office at Mill Road" in page
    assert post(client, "/situations/start", page="/").status_code == 422


def test_starting_twice_is_one_round(client: FlaskClient) -> None:
    assert post(client, "/situations/start").location == post(client, "/situations/start").location


def test_choosing_nothing_asks_for_a_choice(client: FlaskClient, person: PersonView) -> None:
    address = post(client, "/situations/start").location
    question = service.get_question(attempt_of(address), 1, person_id=person.id)
    page = post(client, address, {"step": question.step})
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert re.search(
        "Choose what you would do|Choose at least one|Mark at least one part|Choose a place", page.text
    )


@pytest.mark.parametrize("value", ["0", "99", "decline", "1' OR 1"])
def test_what_was_not_offered_is_not_taken(client: FlaskClient, person: PersonView, value: str) -> None:
    address = post(client, "/situations/start").location
    question = service.get_question(attempt_of(address), 1, person_id=person.id)
    data = {"step": question.step, "choice": value} | {f"place-{n}": value for n in range(1, 6)}
    assert post(client, address, data).status_code == 422
    attempt = service.get_attempt(attempt_of(address), person_id=person.id)
    assert service.next_question(attempt)[0] == 1


def test_the_first_choice_stays(client: FlaskClient, person: PersonView) -> None:
    address = post(client, "/situations/start").location
    attempt_id = attempt_of(address)
    question = service.get_question(attempt_id, 1, person_id=person.id)
    token = {"csrf_token": re.search(r'csrf_token" value="([^"]+)', client.get(address).text)[1]}  # type: ignore[index]
    first = client.post(address, data=answer_of(question, right=False) | token)
    again = client.post(address, data=answer_of(question, right=True) | token)
    assert (again.status_code, again.location) == (303, first.location)
    assert not service.get_consequence(attempt_id, 1, question.step, person_id=person.id).right


def test_a_later_situation_leads_back_to_the_one_whose_turn_it_is(
    client: FlaskClient, person: PersonView
) -> None:
    address = post(client, "/situations/start").location
    attempt_id = attempt_of(address)
    assert client.get(f"/attempts/{attempt_id}/questions/3").location == address
    question = service.get_question(attempt_id, 3, person_id=person.id)
    answer = post(client, f"/attempts/{attempt_id}/questions/3", answer_of(question), page=address)
    assert (answer.status_code, answer.location) == (303, address)
    assert client.get(f"/attempts/{attempt_id}/questions/9").status_code == 404
    assert client.get(f"/attempts/{attempt_id}/questions/3/consequence").status_code == 404
    assert client.get(f"/attempts/{attempt_id}/result").status_code == 404


def test_leaving_out_the_step_stores_nothing(client: FlaskClient, person: PersonView) -> None:
    address = post(client, "/situations/start").location
    question = service.get_question(attempt_of(address), 1, person_id=person.id)
    answer = post(client, address, {"choice": answer_of(question).get("choice", "1")})
    assert answer.status_code == 303
    assert service.next_question(question.attempt)[0] == 1


def test_an_answered_situation_shows_what_followed(client: FlaskClient, person: PersonView) -> None:
    address = post(client, "/situations/start").location
    attempt_id = attempt_of(address)
    while service.next_question(service.get_attempt(attempt_id, person_id=person.id))[0] == 1:
        question = service.get_question(attempt_id, 1, person_id=person.id)
        post(client, address, answer_of(question))
    assert "/questions/1/consequence" in client.get(address).location


def test_a_later_step_of_a_situation_says_how_it_began(app: Flask, trust: Trust) -> None:
    for _ in range(60):
        person, client = make_person(trust), app.test_client()
        sign_in(client, person)
        attempt_id = attempt_of(post(client, "/situations/start").location)
        paper = service.get_attempt(attempt_id, person_id=person.id).paper
        if any(item.scenario == "game-friend" for item in paper):
            break
    for number, item in enumerate(paper, start=1):
        address = f"/attempts/{attempt_id}/questions/{number}"
        question = service.get_question(attempt_id, number, person_id=person.id)
        shown = client.get(address).text
        assert "continued" not in shown
        assert "How it began" not in shown
        post(client, address, answer_of(question))
        if item.scenario == "game-friend":
            shown = client.get(address).text
            assert f"Situation {number} of 4, continued</h1>" in shown
            assert "How it began" in shown
            assert "You play an online game to unwind" in shown
            assert "the one place where nobody hits him" in shown
            return
    pytest.fail("no paper has the situation that goes on")


def test_somebody_elses_attempt_is_not_found(app: Flask, client: FlaskClient, trust: Trust) -> None:
    address = post(client, "/situations/start").location
    other = app.test_client()
    sign_in(other, make_person(trust, "Dave"))
    for path in (address, f"{address}/consequence", f"/attempts/{attempt_of(address)}/result"):
        assert other.get(path).status_code == 404
    assert other.get(f"/attempts/{uuid4()}/questions/1").status_code == 404


def test_a_situation_tells_nothing_of_its_answer(client: FlaskClient, person: PersonView) -> None:
    attempt_id = attempt_of(post(client, "/situations/start").location)
    for number in range(1, 5):
        question = service.get_question(attempt_id, number, person_id=person.id)
        if service.next_question(question.attempt)[0] == number:
            page = client.get(f"/attempts/{attempt_id}/questions/{number}").text
            for option in question.asked.options:
                assert not re.search(rf'(value|id|for|class)="{option.id}"', page)
                assert not option.consequence or option.consequence not in page
            tags = " ".join(re.findall("<[^>]+>", page.split("<main")[1].split("</main")[0].lower()))
            assert not re.search("right|correct|data-key|clause", re.sub('name="csrf_token"[^>]+', "", tags))
        while service.next_question(question.attempt)[0] == number:
            current = service.get_question(attempt_id, number, person_id=person.id)
            post(client, f"/attempts/{attempt_id}/questions/{number}", answer_of(current))


# --- the situations for people who post ---------------------------------------------------------------


def test_anybody_covered_may_do_the_situations_for_people_who_post_and_signs_no_second_time(
    client: FlaskClient, trust: Trust, person: PersonView
) -> None:
    make_done(trust, person)
    assert HOLDER_START in client.get("/").text
    begins = client.get(HOLDER_START).text
    assert "3 situations for people who post" in begins
    assert "You need 2 of 3 right" in begins
    page = client.get(f"/attempts/{take_round(client, person, start=HOLDER_START)}/result").text
    assert "You have done the situations" in page
    assert "What comes next is to ask for access" in page
    assert 'href="/my-accounts"' in page
    assert "Go on to sign" not in page
    assert client.get("/check").location == "/"
    assert len(list_signatures(trust.organisation.id, [person.id])[person.id]) == 1
    home = client.get("/").text
    assert "They count until" in home
    assert "See your accounts or ask for access" in home
    assert "You have done the situations" in client.get(HOLDER_START).text


def test_the_situations_for_people_who_post_have_the_same_rounds_and_help(
    client: FlaskClient, person: PersonView
) -> None:
    first = take_round(client, person, right=False, start=HOLDER_START)
    page = client.get(f"/attempts/{first}/result")
    assert "You got 0 of 3 right. You need 2" in page.text
    address = f"/attempts/{first}/result"
    second = attempt_of(post(client, HOLDER_START, page=address).location)
    assert service.get_attempt(second, person_id=person.id).round == 2
    take_round(client, person, right=False, start=HOLDER_START)
    assert "Let us help" in client.get(HOLDER_START).text
    assert "3 situations" not in client.get(HOLDER_START).text


def test_home_shows_the_situations_for_people_who_post_once_they_are_begun(
    client: FlaskClient, person: PersonView
) -> None:
    assert HOLDER_START not in client.get("/").text
    assert "people who post" not in client.get("/").text
    post(client, HOLDER_START)
    page = client.get("/").text
    assert "Carry on with the situations for people who post, from situation 1 of 3" in page
    assert "Start now" in page
    assert "4 situations like those that happen at work" in page


@pytest.mark.parametrize("key", ["refresher", "nothing", "account-holder"])
def test_a_course_that_is_not_published_is_not_found(client: FlaskClient, key: str) -> None:
    assert client.get(f"/courses/{key}/situations/start").status_code == 404
    assert post(client, f"/courses/{key}/situations/start", page="/situations/start").status_code == 404


def test_somebody_whom_the_policy_does_not_cover_has_no_situations_for_people_who_post(
    app: Flask, trust: Trust
) -> None:
    client = app.test_client()
    sign_in(client, make_person(trust, kind=PersonKind.CONTRACTOR))
    assert client.get(HOLDER_START).status_code == 404


def test_the_induction_has_one_address(client: FlaskClient) -> None:
    answer = client.get("/courses/induction/situations/start")
    assert (answer.status_code, answer.location.removeprefix("http://localhost")) == (
        308,
        "/situations/start",
    )


# --- again, before it ends ----------------------------------------------------------------------------


DONE = datetime(2026, 9, 30, 11, tzinfo=UTC)
LAST_DAY = datetime(2027, 9, 30, 11, tzinfo=UTC)


@pytest.fixture
def expiring(app: Flask) -> Iterator[tuple[Trust, PersonView, FlaskClient]]:
    """Somebody who did it all on 30 September 2026, on the last day on which that counts."""
    trust = make_organisation(at=DONE)
    person = make_person(trust, at=DONE)
    make_done(trust, person, at=DONE)
    with time_machine.travel(LAST_DAY):
        client = app.test_client()
        sign_in(client, person)
        yield trust, person, client


def test_early_renewal_by_pages(expiring: tuple[Trust, PersonView, FlaskClient]) -> None:
    trust, person, client = expiring
    assert "You are up to date until 30 September 2027. Do it early?" in client.get("/").text
    assert client.get("/sign").location == "/"
    begun = client.get("/situations/start").text
    assert "4 situations" in begun
    post(client, "/situations/start")
    assert "Carry on from situation 1 of 4" in client.get("/").text
    attempt_id = take_round(client, person)
    assert "Go on to sign" in client.get(f"/attempts/{attempt_id}/result").text
    home = client.get("/").text
    assert "You are up to date until 30 September 2027" in home
    assert "Check and sign" in home
    assert client.get("/check").status_code == 200
    assert post(client, "/sign", {"typed_name": person.name, "ticked": "y", "shown": _shown(client)}).location
    first, second = list_signatures(trust.organisation.id, [person.id])[person.id]
    assert first.reference != second.reference
    home = client.get("/").text
    assert "You are up to date until 30 September 2028" in home
    assert "Do it early?" not in home


def _shown(client: FlaskClient) -> str:
    found = re.search(r'name="shown"[^>]*value="([^"]+)"', client.get("/sign").text)
    assert found is not None
    return found[1]


def test_an_early_round_that_goes_wrong_takes_nothing_away(
    expiring: tuple[Trust, PersonView, FlaskClient],
) -> None:
    trust, person, client = expiring
    answer_round(trust, person, right=False, at=clock.now())
    page = client.get("/").text
    assert "You are up to date until 30 September 2027" in page
    assert "Try new situations" in page
    assert client.get("/check").location == "/"
    answer_round(trust, person, right=False, at=clock.now())
    assert (
        "Ask the office at Mill Road, 01632 960 001 to go through the situations with you"
        in client.get("/").text
    )


def test_nothing_is_offered_early_before_the_last_thirty_days(app: Flask) -> None:
    trust = make_organisation(at=DONE)
    person = make_person(trust, at=DONE)
    make_done(trust, person, at=DONE)
    with time_machine.travel(LAST_DAY - timedelta(days=31)):
        client = app.test_client()
        sign_in(client, person)
        assert "Do it early" not in client.get("/").text
        assert "You have done the situations" in client.get("/situations/start").text
        assert post(client, "/situations/start", page="/ask").status_code == 422
