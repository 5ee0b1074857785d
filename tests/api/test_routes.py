"""The HTTP API as another program meets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from elearn import clock
from elearn.access import accounts, approving, asking, granting, holds
from elearn.access.facts import HoldScope, Platform, Right
from elearn.auth.service import create_token, revoke_token
from elearn.db import db
from elearn.people.offices import give_office
from tests import factories


@dataclass(frozen=True)
class Granted:
    """Somebody who may use an account, and a token that may ask."""

    trust: factories.Trust
    person_id: UUID
    head_id: UUID
    account_id: UUID
    token: str


@pytest.fixture
def granted(app: Flask) -> Granted:
    at = clock.now()
    today = clock.local_day(at)
    trust = factories.make_organisation()
    organisation_id = trust.organisation.id
    head = factories.make_person(trust, "Jo Head")
    give_office(head.id, "head", academy_id=trust.academy.id, starts_on=today, at=at)
    person = factories.make_person(trust)
    factories.make_done(trust, person)
    account = accounts.register_account(
        organisation_id,
        academy_id=trust.academy.id,
        platform=Platform.FACEBOOK,
        handle="@millroad",
        purpose="news",
        work_email_address="page@fernhill.example.sch.uk",
        at=at,
    )
    request = asking.request_access(
        account.id,
        person.id,
        requested_by_id=person.id,
        right=Right.POSTER,
        purpose="photos",
        starts_on=today,
        ends_on=today + timedelta(days=100),
        at=at,
    )
    approving.decide_request(request.id, approver_id=head.id, approved=True, at=at)
    granting.grant_access(request.id, granted_by_id=head.id, at=at)
    token = create_token(
        organisation_id, name="page", scopes=["access:read"], expires_on=today + timedelta(days=1), at=at
    )
    return Granted(trust, person.id, head.id, account.id, token)


def ask(app: Flask, granted: Granted, token: str | None = None, **changes: object) -> object:
    query = {"person": granted.person_id, "account": granted.account_id} | changes
    headers = {"Authorization": f"Bearer {token or granted.token}"}
    return app.test_client().get("/api/v1/access/decision", query_string=query, headers=headers)


def test_a_right_that_stands_is_a_yes_with_the_day_it_next_changes(app: Flask, granted: Granted) -> None:
    answer = ask(app, granted)
    assert answer.status_code == 200
    assert answer.json["answer"] == "yes"
    assert answer.json["allowed"] is True
    assert answer.json["reasons"] == []
    assert date.fromisoformat(answer.json["next_change_on"]) == clock.today() + timedelta(days=101)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_hold_shuts_the_gate_at_once_and_says_why(app: Flask, granted: Granted) -> None:
    holds.start_hold(
        granted.trust.organisation.id,
        scope=HoldScope.ORGANISATION,
        reason="crisis",
        starts_at=clock.now(),
        started_by_id=granted.head_id,
        at=clock.now(),
    )
    answer = ask(app, granted)
    assert (answer.json["answer"], answer.json["allowed"]) == ("not_yet", False)
    assert [reason["code"] for reason in answer.json["reasons"]] == ["on_hold"]
    assert set(answer.json["reasons"][0]) == {"code", "message", "basis", "clause", "next_step", "who"}


@pytest.mark.parametrize("unknown", ["person", "account"])
def test_somebody_or_something_unknown_is_cannot_say(app: Flask, granted: Granted, unknown: str) -> None:
    answer = ask(app, granted, **{unknown: uuid4()})
    assert (answer.json["answer"], answer.json["allowed"]) == ("cannot_say", False)


def test_another_organisations_token_learns_nothing(app: Flask, granted: Granted) -> None:
    stranger = factories.make_organisation()
    token = create_token(
        stranger.organisation.id, name="x", scopes=["access:read"], expires_on=clock.today(), at=clock.now()
    )
    other = ask(app, granted, token)
    nothing = ask(app, granted, token, account=uuid4(), person=uuid4())
    assert (other.status_code, other.json["answer"]) == (200, "cannot_say")
    assert other.json["reasons"] == nothing.json["reasons"]


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", "Basic abc"])
def test_without_a_good_token_nothing_is_answered(app: Flask, granted: Granted, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    query = {"person": granted.person_id, "account": granted.account_id}
    answer = app.test_client().get("/api/v1/access/decision", query_string=query, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_or_expired_token_is_no_token(app: Flask, granted: Granted) -> None:
    organisation_id = granted.trust.organisation.id
    revoke_token(organisation_id, "page", at=clock.now())
    assert ask(app, granted).status_code == 401
    yesterday = clock.today() - timedelta(days=1)
    old = create_token(
        organisation_id, name="old", scopes=["access:read"], expires_on=yesterday, at=clock.now()
    )
    assert ask(app, granted, old).status_code == 401


@pytest.mark.parametrize(
    "query",
    ["", "person=1&account=2", "person={p}", "person={p}&person={p}&account={a}", "account={a}&person="],
)
def test_a_request_that_is_not_understood_says_what_to_give(app: Flask, granted: Granted, query: str) -> None:
    address = "/api/v1/access/decision?" + query.format(p=granted.person_id, a=granted.account_id)
    answer = app.test_client().get(address, headers={"Authorization": f"Bearer {granted.token}"})
    assert answer.status_code == 400
    assert answer.json["error"]["message"] == "Give one person and one account, each as an id"


def test_errors_of_the_api_are_json(app: Flask) -> None:
    for method, address, code in (("get", "/api/v1/nothing", 404), ("post", "/api/v1/access/decision", 405)):
        answer = getattr(app.test_client(), method)(address)
        assert answer.status_code == code
        assert answer.json["error"]["code"] == code


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_decision_takes_at_most_eight_statements(
    app: Flask, granted: Granted, statements: list[str]
) -> None:
    statements.clear()
    assert ask(app, granted).json["allowed"] is True
    assert len([s for s in statements if s != "BEGIN"]) <= 8


def test_the_document_describes_what_is_answered(app: Flask, granted: Granted) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    operation = document["paths"]["/access/decision"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer = ask(app, granted)
    assert set(schema["required"]) == set(answer.json)
    served = {
        str(rule).removeprefix("/api/v1")
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/")
    }
    assert served == set(document["paths"])
