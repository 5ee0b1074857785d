"""What holds of every answer: headers, cookies, tokens of forms, how sessions end, and that looking writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from elearn import clock
from elearn.acknowledgements.service import SignatureView
from elearn.app import create_app
from elearn.auth import service as auth
from elearn.config import load_settings
from elearn.db import Base, db, let_go, one_connection
from elearn.errors import ConfigurationError
from elearn.ledger.keys import create_keys
from elearn.quizzes.service import AttemptView, answer_question, get_question
from tests.conftest import Browser, settings_for
from tests.factories import (
    PASSWORD,
    answer_round,
    content,
    csrf_token,
    make_done,
    make_organisation,
    make_person,
    make_proposal,
    make_slip,
    post,
    sign_in,
    sign_in_with_password,
    values,
)
from tests.staff_world import World, browser, hold, make_world

CACHEABLE = {"static", "auth.organisation_css"}
NO_TOKEN_NEEDED = {"api"}
VIEWERS = ("signed_out", "newcomer", "done", "manager", "hr", "approver", "it", "auditor", "administrator")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
STRICT = (
    "default-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A trust with everything in it, and a browser for each kind of viewer."""

    world: World
    attempt: AttemptView
    signature: SignatureView
    hold_id: UUID
    proposal_id: UUID
    clients: dict[str, FlaskClient]


@pytest.fixture(scope="module")
def seen(application: Flask) -> Seen:
    with application.app_context():
        world = make_world()
        newcomer, done = make_person(world.trust, "Nia New"), make_person(world.trust, "Dee Done")
        attempt = answer_round(world.trust, newcomer, right=False)
        signature = make_done(world.trust, done)
        hold_id = hold(world).id
        proposal_id = make_proposal(world.trust, world.people["kim"]).id
        let_go()
    people = world.people | {"newcomer": newcomer, "done": done}
    clients = {"signed_out": application.test_client()}
    for viewer in VIEWERS[1:]:
        clients[viewer] = browser(application, people[viewer], slip=viewer in ("newcomer", "done"))
    return Seen(world, attempt, signature, hold_id, proposal_id, clients)


def address(application: Flask, rule: Rule, seen: Seen) -> str:
    """The route's address for things that exist."""
    world = seen.world
    holding_id = world.office_id if rule.endpoint == "people.take_office" else world.role_id
    known: dict[str, object] = {
        "person_id": world.people["kim"].id,
        "placement_id": world.placement_id,
        "holding_id": holding_id,
        "slip_id": world.slip.id,
        "account_id": world.account.id,
        "contact_id": world.contact_id,
        "grant_id": world.granted.grant.id if world.granted.grant else None,
        "request_id": world.waiting.id,
        "version_id": world.version.id,
        "question_id": world.question_id,
        "hold_id": seen.hold_id,
        "attempt_id": seen.attempt.id,
        "number": 1,
        "turn": 1,
        "rule_id": "no-links",
        "reference": seen.signature.reference,
        "slug": world.trust.organisation.slug,
        "key": "induction",
        "scenario_id": content().bank[0].id,
        "position_id": "pupil_friend",
        "topic_id": content().catalogue.topics[0].id,
        "proposal_id": seen.proposal_id,
        "filename": "app.css",
    }
    with application.test_request_context():
        return url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})


def rules_for(application: Flask, method: str) -> list[Rule]:
    return [rule for rule in application.url_map.iter_rules() if method in (rule.methods or ())]


def rows_of_every_table(application: Flask) -> dict[str, int]:
    with application.app_context():
        return {
            name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def is_guarded(answer: TestResponse) -> bool:
    headers, policy = answer.headers, answer.headers["Content-Security-Policy"]
    return (
        all(headers.getlist(name) == [value] for name, value in SECURITY_HEADERS.items())
        and all(part in policy for part in STRICT)
        and "unsafe" not in policy
        and runs_own_scripts_only(policy)
    )


def runs_own_scripts_only(policy: str) -> bool:
    """Whether its one directive for scripts allows our own files and the answer's nonce, and nothing else."""
    directives = [part.split() for part in policy.split(";")]
    [scripts] = [words for words in directives if words[0].startswith("script-src")]
    return re.fullmatch(r"script-src 'self' 'nonce-[\w-]*'", " ".join(scripts)) is not None


# --- every page ----------------------------------------------------------------------------------


def test_no_page_that_is_only_looked_at_changes_a_row_and_every_answer_is_guarded(
    app: Flask, seen: Seen
) -> None:
    before = rows_of_every_table(app)
    for rule in rules_for(app, "GET"):
        target = address(app, rule, seen)
        for viewer, client in seen.clients.items():
            answer = client.get(target, buffered=True)
            assert answer.status_code < 500, (viewer, target)
            assert is_guarded(answer), (viewer, target)
            if rule.endpoint not in CACHEABLE:
                assert answer.headers["Cache-Control"] == "no-store", (viewer, target)
                assert "Cookie" in answer.vary, (viewer, target)
    assert rows_of_every_table(app) == before


def test_no_form_is_taken_without_its_token(app: Flask, seen: Seen) -> None:
    before = rows_of_every_table(app)
    for rule in rules_for(app, "POST"):
        assert rule.endpoint.partition(".")[0] not in NO_TOKEN_NEEDED, "the API would write without a token"
        target = address(app, rule, seen)
        for viewer, client in seen.clients.items():
            for form in ({"answer": "yes"}, {"answer": "yes", "csrf_token": "made up"}):
                assert client.post(target, data=form).status_code == 400, (viewer, target)
    assert rows_of_every_table(app) == before


def test_a_token_of_somebody_elses_page_is_not_taken(app: Flask, seen: Seen) -> None:
    token = csrf_token(seen.clients["newcomer"].get("/ask"))
    answer = seen.clients["done"].post("/ask", data={"csrf_token": token, "kind": "other", "text": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing-here", 404),
        ("GET", "/attempts/not-an-id/result", 404),
        ("POST", "/policy", 400),
        ("DELETE", "/policy", 400),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/access/decision", 401),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/policy", 303),
        ("HEAD", "/", 200),
        ("GET", "/healthz/../..//evil.example", 404),
    ],
)
def test_errors_and_redirects_are_guarded_too(app: Flask, method: str, path: str, status: int) -> None:
    answer = app.test_client().open(path, method=method)
    assert answer.status_code in (status, 405)
    assert is_guarded(answer)


def test_an_unexpected_error_tells_a_reference_and_nothing_else(
    app: Flask, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "policies.read_policy", fail)
    fail.required_permission = "take_training"  # type: ignore[attr-defined]
    answer = seen.clients["done"].get("/policy")
    assert answer.status_code == 500
    assert is_guarded(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "secret of the house" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/", "/my-accounts", "/policy"])
def test_where_the_database_goes_in_the_middle_of_a_page_its_error_page_is_ours(
    app: Flask, seen: Seen, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Although it asks the database too: for the menu, and who may see it."""

    def lose() -> None:
        opened: Any = one_connection().read()
        opened.dbapi_connection.close()

    hooks = app.before_request_funcs[None]
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.before_request_funcs, None, [*hooks, lose])
    answer = seen.clients["manager"].get(path)
    assert answer.status_code == 500
    assert "Something went wrong at our end" in answer.text
    monkeypatch.setitem(app.before_request_funcs, None, hooks)
    assert seen.clients["manager"].get(path).status_code == 200


def test_every_answer_has_its_own_nonce(app: Flask) -> None:
    client = app.test_client()
    nonces = {
        re.search(r"'nonce-([^']+)'", client.get("/").headers["Content-Security-Policy"])[1]  # type: ignore[index]
        for _ in range(5)
    }
    assert len(nonces) == 5


@pytest.mark.parametrize(
    "path", ["/verify/%00", "/verify?reference=a%00b", "/staff?search=%00", "/organisations/%00.css"]
)
def test_a_null_character_is_not_understood(app: Flask, seen: Seen, path: str) -> None:
    """PostgreSQL has no text with one in it."""
    assert seen.clients["manager"].get(path).status_code == 400


def test_a_null_character_in_a_form_is_not_understood(app: Flask) -> None:
    answer = post(app.test_client(), "/sign-in", {"login": "a\0b", "password": "x"})
    assert answer.status_code == 400


# --- host, size ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", ""])
def test_a_strange_host_is_refused(app: Flask, host: str) -> None:
    answer = app.test_client().get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert is_guarded(answer)


def test_a_forwarded_host_is_not_believed(app: Flask) -> None:
    answer = app.test_client().get(
        "/policy", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    )
    assert answer.location == "/code"
    assert "Strict-Transport-Security" not in answer.headers


def test_a_body_of_13_megabytes_is_refused(app: Flask) -> None:
    body = b"x=" + b"a" * (13 * 1024 * 1024)
    answer = app.test_client().post("/code", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert is_guarded(answer)


# --- cookies -------------------------------------------------------------------------------------


@pytest.fixture
def served_at(
    application: Flask, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Flask]:
    """The same database under another address."""
    settings = settings_for(tmp_path, database_url, base_url=request.param)
    app = create_app(settings, TESTING=True)
    app.test_client_class = Browser
    with app.app_context():
        yield app
        let_go()
        db.engine.dispose()


def cookies_of(answer: TestResponse) -> SimpleCookie:
    cookies = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        cookies.load(line)
    return cookies


@pytest.mark.parametrize("served_at", ["https://localhost"], indirect=True)
@pytest.mark.parametrize(
    ("referrer", "status"),
    [
        ("https://localhost/ask", 303),
        ("https://elsewhere.example/ask", 400),
        ("http://localhost/ask", 400),
        ("", 400),
    ],
)
def test_a_form_with_its_own_token_is_taken_from_a_page_of_ours_only(
    served_at: Flask, referrer: str, status: int
) -> None:
    base = "https://localhost"
    client = served_at.test_client()
    signed_out = client.get("/code", base_url=base)
    slip = make_slip(make_person(make_organisation()))
    own = {"base_url": base, "headers": {"Referer": f"{base}/code"}}
    client.post("/code", data={"code": slip.code, "csrf_token": csrf_token(signed_out)}, **own)
    page = client.get("/is-this-you", base_url=base)
    client.post("/is-this-you", data={"answer": "yes", "csrf_token": csrf_token(page)}, **own)
    form = {"csrf_token": csrf_token(client.get("/ask", base_url=base)), "kind": "other", "text": "Why?"}
    sent = {"Referer": referrer} if referrer else {}
    assert client.post("/ask", data=form, base_url=base, headers=sent).status_code == status


@pytest.mark.parametrize("served_at", ["http://localhost", "https://localhost"], indirect=True)
def test_every_cookie_is_kept_from_scripts_and_other_sites(served_at: Flask) -> None:
    base = served_at.extensions["elearn_settings"].base_url
    secure = base.startswith("https")
    slip = make_slip(make_person(make_organisation()))
    client = served_at.test_client()
    page = client.get("/code", base_url=base)
    form = {"code": slip.code, "csrf_token": csrf_token(page)}
    answer = client.post("/code", data=form, base_url=base, headers={"Referer": f"{base}/code"})
    assert answer.status_code == 303
    cookies = cookies_of(answer)
    assert set(cookies) == ({"__Host-elearn", "__Host-device"} if secure else {"elearn", "device"})
    for cookie in cookies.values():
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert bool(cookie["secure"]) == secure


@pytest.mark.parametrize("served_at", ["https://localhost"], indirect=True)
def test_an_installation_reached_over_https_says_so_behind_any_proxy(served_at: Flask) -> None:
    for base in ("https://localhost", "http://localhost"):
        answer = served_at.test_client().get("/", base_url=base)
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


# --- sessions ------------------------------------------------------------------------------------


def session_of(client: FlaskClient) -> dict[str, object]:
    with client.session_transaction() as session:
        return dict(session)


def copy_of(app: Flask, client: FlaskClient) -> FlaskClient:
    cookie = client.get_cookie("elearn")
    assert cookie is not None
    copy = app.test_client()
    copy.set_cookie("elearn", cookie.value)
    return copy


def is_let_in(client: FlaskClient) -> bool:
    return client.get("/policy").status_code == 200


def test_signing_in_and_confirming_again_each_give_a_new_session_and_end_the_old(app: Flask) -> None:
    person, client = make_person(make_organisation()), app.test_client()
    client.get("/code")
    before = session_of(client)
    slip = sign_in(client, person)
    first = session_of(client)
    assert first["csrf_token"] != before["csrf_token"]
    copy = copy_of(app, client)
    assert is_let_in(copy)
    assert post(client, "/confirm", {"code": slip.code, "next": "/policy"}).status_code == 303
    second = session_of(client)
    assert second["token"] != first["token"]
    assert second["csrf_token"] != first["csrf_token"]
    assert is_let_in(client)
    assert not is_let_in(copy)


@pytest.mark.parametrize("way", ["end", "new password", "code stopped", "no longer here"])
def test_a_copied_cookie_opens_nothing_after(app: Flask, way: str) -> None:
    trust = make_organisation()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        last_day = clock.today() if way == "no longer here" else None
        person, client = make_person(trust, ends_on=last_day), app.test_client()
        if way == "new password":
            sign_in_with_password(client, person)
        else:
            slip = sign_in(client, person)
        copy = copy_of(app, client)
        assert is_let_in(copy)
        if way == "end":
            post(client, "/end", page="/policy")
        elif way == "new password":
            login = f"{person.id}@fernhill.example"
            auth.set_password(person.id, login=login, password=PASSWORD + " more", at=clock.now())
        elif way == "code stopped":
            auth.void_slip(
                slip.id,
                organisation_id=person.organisation_id,
                reason="lost",
                voided_by_id=None,
                at=clock.now(),
            )
        else:
            traveller.move_to(clock.now() + timedelta(days=1))
        assert not is_let_in(copy)
        assert not is_let_in(client)


def test_two_pages_opened_at_once_after_signing_in_can_both_be_sent(app: Flask) -> None:
    """Each answer brings a cookie; whichever comes last, both forms are taken."""
    person = make_person(make_organisation())
    first = browser(app, person, slip=True)
    second = copy_of(app, first)
    page = first.get("/ask")
    second.get("/decline")
    form = {"csrf_token": csrf_token(page), "kind": "other", "text": "Why?"}
    assert second.post("/ask", data=form).status_code == 303


@pytest.mark.parametrize(("by_slip", "minutes"), [(True, 15), (False, 30)])
def test_a_session_left_alone_ends_after_its_minutes(app: Flask, by_slip: bool, minutes: int) -> None:
    with time_machine.travel(datetime(2026, 9, 2, 9, tzinfo=UTC), tick=False) as traveller:
        person = make_person(make_organisation())
        client = browser(app, person, slip=by_slip)
        traveller.shift(timedelta(minutes=minutes))
        assert is_let_in(client)
        traveller.shift(timedelta(minutes=minutes, seconds=1))
        assert not is_let_in(client)


def test_a_session_in_use_ends_after_twelve_hours_and_no_answer_is_lost(app: Flask) -> None:
    with time_machine.travel(datetime(2026, 9, 2, 6, tzinfo=UTC), tick=False) as traveller:
        person, client = make_person(make_organisation()), app.test_client()
        slip = sign_in(client, person)
        question = post(client, "/situations/start").location
        attempt_id = UUID(question.split("/")[2])
        asked = get_question(attempt_id, 1, person_id=person.id)
        answer_question(
            attempt_id, 1, asked.step, values(asked), sure=True, person_id=person.id, at=clock.now()
        )
        place = re.search(r"Carry on from situation \d of 4", client.get("/").text)
        assert place is not None
        for _ in range(12 * 6 - 1):
            traveller.shift(timedelta(minutes=10))
            assert is_let_in(client)
        traveller.shift(timedelta(minutes=10))
        assert not is_let_in(client)
        post(client, "/code", {"code": slip.code})
        post(client, "/is-this-you", {"answer": "yes"})
        assert place[0] in client.get("/").text
        assert client.get(f"{question}/consequence").status_code == 200


def test_a_form_sent_after_the_session_ran_out_leads_to_the_way_in(app: Flask) -> None:
    with time_machine.travel(datetime(2026, 9, 2, 9, tzinfo=UTC), tick=False) as traveller:
        client = browser(app, make_person(make_organisation()), slip=True)
        token = csrf_token(client.get("/ask"))
        traveller.shift(timedelta(hours=1))
        answer = client.post("/ask", data={"csrf_token": token, "kind": "other", "text": "Why?"})
        assert (answer.status_code, answer.location) == (303, "/code?ended=1")


# --- settings ------------------------------------------------------------------------------------

PRODUCTION = {
    "ELEARN_PRODUCTION": "1",
    "ELEARN_SECRET_KEY": "k" * 32,
    "ELEARN_BASE_URL": "https://policy.example.org",
    "ELEARN_ALLOWED_HOSTS": "policy.example.org",
}


@pytest.mark.parametrize("missing", ["ELEARN_SECRET_KEY", "ELEARN_BASE_URL", "ELEARN_ALLOWED_HOSTS"])
@pytest.mark.parametrize("value", [None, ""])
def test_production_does_not_start_without(missing: str, value: str | None, tmp_path: Path) -> None:
    given = PRODUCTION | {"ELEARN_INSTANCE": str(tmp_path)}
    given = (
        given | {missing: value} if value is not None else {k: v for k, v in given.items() if k != missing}
    )
    with pytest.raises(ConfigurationError, match=missing):
        load_settings(given)


def test_production_does_not_start_with_a_short_key(tmp_path: Path) -> None:
    given = PRODUCTION | {"ELEARN_INSTANCE": str(tmp_path), "ELEARN_SECRET_KEY": "k" * 31}
    with pytest.raises(ConfigurationError, match="32 characters"):
        load_settings(given)


def test_production_does_not_start_without_signing_keys(tmp_path: Path) -> None:
    settings = load_settings(PRODUCTION | {"ELEARN_INSTANCE": str(tmp_path)})
    with pytest.raises(ConfigurationError, match="keys"):
        create_app(settings)
    create_keys(tmp_path / "keys", "policy.example.org")
    assert not create_app(settings).debug


@pytest.mark.parametrize(
    ("text", "is_production"), [("1", True), ("true", True), ("True", True), ("0", False)]
)
def test_production_is_meant_by_1_and_by_true(text: str, is_production: bool, tmp_path: Path) -> None:
    given = PRODUCTION | {"ELEARN_INSTANCE": str(tmp_path), "ELEARN_PRODUCTION": text}
    assert load_settings(given).production is is_production


def test_production_that_is_neither_yes_nor_no_is_refused(tmp_path: Path) -> None:
    given = PRODUCTION | {"ELEARN_INSTANCE": str(tmp_path), "ELEARN_PRODUCTION": "on please"}
    with pytest.raises(ConfigurationError, match="ELEARN_PRODUCTION"):
        load_settings(given)


def test_what_a_settings_file_may_hold_is_text_numbers_and_yes_or_no(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('ELEARN_ALLOWED_HOSTS = ["a.example", "b.example"]\n')
    with pytest.raises(ConfigurationError, match="ELEARN_ALLOWED_HOSTS"):
        load_settings({"ELEARN_INSTANCE": str(tmp_path)})


def test_addresses_are_those_of_the_place_where_the_program_is_mounted(app: Flask) -> None:
    for root in ("", "/policy-app", ""):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            assert url_for("policies.read_policy") == f"{root}/policy"
            assert url_for("acknowledgements.show_rule", rule_id="a b") == f"{root}/rules/a%20b"
            assert url_for("policies.read_policy", _external=True) == f"http://localhost{root}/policy"
