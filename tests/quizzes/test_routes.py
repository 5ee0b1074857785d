"""The situations, over raw HTTP: order, first choice, and nothing that tells which option is right."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from elearn.people.service import PersonView
from elearn.quizzes import service
from elearn.scenarios.vocabulary import ScenarioType
from tests.factories import Trust, make_organisation, make_person, post, sign_in, values


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


def take_round(client: FlaskClient, person: PersonView, *, right: bool = True) -> UUID:
    """Answer every situation of the next round through its pages."""
    attempt_id = attempt_of(post(client, "/situations/start").location)
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
        assert ('<h2 class="govuk-heading-m">Better</h2>' in page) != right
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
