"""Who may open which page of staff: every endpoint for every kind of viewer. A route without a row fails."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import func, select

from elearn.db import Base, db, let_go
from tests.factories import make_proposal
from tests.staff_world import World, browser, hold, make_world

BLUEPRINTS = {"people", "assignments", "access", "courses", "content", "setup", "evidence", "questions"}
VIEWERS = (
    "signed_out",
    "slip",
    "manager",
    "hr",
    "approver",
    "it",
    "administrator",
    "other_academy",
    "hr_elsewhere",
    "all_elsewhere",
    "auditor",
)
"""`other_academy` has every role at another academy of the trust, `all_elsewhere` every role in another trust."""

#                 out slip mgr  hr  appr it  adm  othr hrel allel aud
PEOPLE_LIST = "   303 403 403 200 403 403 200 200 200 200 403"
PEOPLE_ONE = "    303 403 403 200 403 403 200 404 404 404 403"
ROLES_ONE = "     303 403 403 403 403 403 200 404 403 404 403"
ACADEMY = "       303 403 403 403 403 403 200 404 403 200 403"
STAFF_LIST = "    303 403 200 200 403 200 403 200 200 200 403"
STAFF_ONE = "     303 403 200 200 403 200 403 404 404 404 403"
ASK_ONE = "       303 403 200 200 403 403 403 404 404 404 403"
APPROVE_LIST = "  303 403 403 403 200 403 403 200 403 200 403"
APPROVE_ONE = "   303 403 403 403 200 403 403 404 403 404 403"
ACCOUNT_LIST = "  303 403 403 403 403 200 200 200 403 200 403"
ACCOUNT_ONE = "   303 403 403 403 403 200 200 404 403 404 403"
POLICY_LIST = "   303 403 403 403 403 403 200 200 403 200 403"
NOT_YET = "       303 403 403 403 403 403 404 404 403 404 403"
"""Pages about what nobody has decided here yet, so that there is nothing for those who may."""
POLICY_ONE = "    303 403 403 403 403 403 200 200 403 404 403"
EVIDENCE = "      303 403 403 403 403 403 403 200 403 200 200"
OWN = "           303 200 200 200 200 200 200 200 200 200 200"
OWN_ACADEMY = "   303 200 200 200 200 200 200 404 404 404 200"

GETS = {
    "people.list_people": PEOPLE_LIST,
    "people.add_person": PEOPLE_LIST,
    "people.show_person": PEOPLE_ONE,
    "people.add_placement": PEOPLE_ONE,
    "people.end_placement": PEOPLE_ONE,
    "people.issue_slip": PEOPLE_ONE,
    "people.void_slip": PEOPLE_ONE,
    "people.give_role": ROLES_ONE,
    "people.take_role": ROLES_ONE,
    "people.give_office": ROLES_ONE,
    "people.take_office": ROLES_ONE,
    "people.add_academy": ACADEMY,
    "assignments.list_staff": STAFF_LIST,
    "questions.list_asked": PEOPLE_LIST,
    "questions.answer": PEOPLE_ONE,
    "assignments.show_staff_member": STAFF_ONE,
    "access.show_answer": STAFF_ONE,
    "access.request_access": ASK_ONE,
    "access.ask_for_myself": OWN_ACADEMY,
    "access.my_accounts": OWN,
    "access.list_requests": APPROVE_LIST,
    "access.show_request": APPROVE_ONE,
    "access.list_accounts": ACCOUNT_LIST,
    "access.register_account": ACCOUNT_LIST,
    "access.show_account": ACCOUNT_ONE,
    "access.name_contact": ACCOUNT_ONE,
    "access.end_contact": ACCOUNT_ONE,
    "access.record_induction": ACCOUNT_ONE,
    "access.end_grant": ACCOUNT_ONE,
    "access.start_hold": ACCOUNT_LIST,
    "access.lift_hold": ACCOUNT_ONE,
    "courses.list_versions": POLICY_LIST,
    "courses.upload_version": POLICY_LIST,
    "courses.publish_version": POLICY_ONE,
    "content.list_scenarios": POLICY_LIST,
    "content.show_scenario": POLICY_LIST,
    "content.preview": POLICY_LIST,
    "content.list_all_positions": POLICY_LIST,
    "content.show_position": POLICY_LIST,
    "content.show_coverage": POLICY_LIST,
    "content.check": POLICY_LIST,
    "content.list_flags": POLICY_LIST,
    "content.upload": POLICY_LIST,
    "content.show_proposal": POLICY_ONE,
    "setup.overview": POLICY_LIST,
    "setup.covers": POLICY_LIST,
    "setup.names": POLICY_LIST,
    "setup.topic": POLICY_LIST,
    "setup.position": POLICY_LIST,
    "setup.key_rules": POLICY_LIST,
    "setup.signing": POLICY_LIST,
    "setup.review": POLICY_LIST,
    "setup.preview": POLICY_LIST,
    "evidence.show_ledger": EVIDENCE,
    "evidence.check_ledger": EVIDENCE,
    "evidence.find_record": EVIDENCE,
    "evidence.download_chain": EVIDENCE,
    "evidence.download_checkpoint": EVIDENCE,
    "evidence.download_verifier": EVIDENCE,
    "setup.changes": NOT_YET,
    "setup.key_rule_words": NOT_YET,
    "setup.split_clause": NOT_YET,
}
ONLY_POSTED = {
    "assignments.give_help": STAFF_ONE,
    "access.decide_request": APPROVE_ONE,
    "access.grant_access": ACCOUNT_ONE,
    "content.accept_proposal": POLICY_ONE,
}
ONLY_SHOWN = {
    "people.list_people",
    "people.show_person",
    "assignments.list_staff",
    "assignments.show_staff_member",
    "access.show_answer",
    "questions.list_asked",
    "access.my_accounts",
    "access.list_requests",
    "access.show_request",
    "access.list_accounts",
    "access.show_account",
    "courses.list_versions",
    "content.list_scenarios",
    "content.show_scenario",
    "content.preview",
    "content.list_all_positions",
    "content.show_position",
    "content.show_coverage",
    "content.check",
    "content.list_flags",
    "content.show_proposal",
    "setup.overview",
    "setup.preview",
    "evidence.show_ledger",
    "evidence.check_ledger",
    "evidence.find_record",
    "evidence.download_chain",
    "evidence.download_checkpoint",
    "evidence.download_verifier",
    "setup.changes",
}
POSTS = {key: row for key, row in GETS.items() if key not in ONLY_SHOWN} | ONLY_POSTED
"""A form posted without what it needs is shown again with its errors: 422 where the page itself is 200."""

NEEDS_NOTHING = {"access.lift_hold", "content.accept_proposal"}
"""Forms that are complete as they are: 303."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The world, and a browser for each kind of viewer."""

    world: World
    clients: dict[str, FlaskClient]


@pytest.fixture(scope="module")
def seen(application: Flask) -> Seen:
    with application.app_context():
        world = make_world()
        let_go()
    clients = {"signed_out": application.test_client()}
    for viewer in VIEWERS[1:]:
        person = world.people["kim" if viewer == "slip" else viewer]
        clients[viewer] = browser(application, person, slip=viewer == "slip")
    return Seen(world, clients)


def address(application: Flask, endpoint: str, world: World) -> str:
    """The endpoint's address for the things of the world that its rule names."""
    olu_asked = endpoint in ("access.show_request", "access.decide_request", "access.grant_access")
    known = {
        "person_id": world.people["kim"].id,
        "placement_id": world.placement_id,
        "holding_id": world.office_id if endpoint == "people.take_office" else world.role_id,
        "slip_id": world.slip.id,
        "account_id": world.account.id,
        "contact_id": world.contact_id,
        "grant_id": world.granted.grant.id if world.granted.grant else None,
        "request_id": world.waiting.id if olu_asked else world.granted.id,
        "version_id": world.version.id,
        "question_id": world.question_id,
        "scenario_id": "follow",
        "position_id": "pupil_friend",
        "topic_id": "pupil-contact",
    }
    if endpoint.startswith("setup."):
        known |= {"scenario_id": "pupil-follow-request", "position_id": "message_pupil_personal"}
    if endpoint == "access.lift_hold":
        with application.app_context():
            known["hold_id"] = hold(world).id
    if endpoint in ("content.show_proposal", "content.accept_proposal"):
        with application.app_context():
            known["proposal_id"] = make_proposal(world.trust, world.people["kim"]).id
    rule = next(rule for rule in application.url_map.iter_rules() if rule.endpoint == endpoint)
    with application.test_request_context():
        return url_for(endpoint, **{name: known[name] for name in rule.arguments})


def count_rows(application: Flask) -> int:
    """How many rows the database has."""
    with application.app_context():
        return sum(
            db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.tables.values()
        )


@pytest.mark.parametrize("endpoint", sorted(GETS))
def test_a_page_is_shown_to_whom_it_is_for_and_changes_nothing(app: Flask, seen: Seen, endpoint: str) -> None:
    target = address(app, endpoint, seen.world)
    before = count_rows(app)
    found = {viewer: seen.clients[viewer].get(target).status_code for viewer in VIEWERS}
    assert found == dict(zip(VIEWERS, map(int, GETS[endpoint].split()), strict=True))
    assert count_rows(app) == before


@pytest.mark.parametrize("endpoint", sorted(POSTS))
def test_a_form_is_taken_from_whom_it_is_for(
    app: Flask, seen: Seen, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    shown = "303" if endpoint in NEEDS_NOTHING else "422"
    expected = [int(code) for code in POSTS[endpoint].replace("200", shown).split()]
    for viewer, status in zip(VIEWERS, expected, strict=True):
        target = address(app, endpoint, seen.world)
        answer = seen.clients[viewer].post(target, data={"nothing": "1"})
        assert answer.status_code == status, viewer


@pytest.mark.parametrize("endpoint", sorted(POSTS))
def test_a_form_without_its_token_changes_nothing(app: Flask, seen: Seen, endpoint: str) -> None:
    target = address(app, endpoint, seen.world)
    before = count_rows(app)
    for viewer in VIEWERS:
        assert seen.clients[viewer].post(target, data={"nothing": "1"}).status_code == 400, viewer
    assert count_rows(app) == before


def test_every_route_has_a_row(application: Flask) -> None:
    for rule in application.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in BLUEPRINTS:
            continue
        methods = rule.methods or set()
        assert ("GET" in methods) == (rule.endpoint in GETS), rule.endpoint
        assert ("POST" in methods) == (rule.endpoint in POSTS), rule.endpoint


NOT_THEIRS = sorted(key for key, row in GETS.items() if row.split()[VIEWERS.index("all_elsewhere")] == "404")


@pytest.mark.parametrize("endpoint", NOT_THEIRS)
def test_what_is_not_theirs_looks_like_what_does_not_exist(app: Flask, seen: Seen, endpoint: str) -> None:
    """The same page but for its nonce and token, so that nobody can find out what exists (T11)."""
    client = seen.clients["all_elsewhere"]
    answer = client.get(address(app, endpoint, seen.world))
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    with app.test_request_context():
        nowhere = url_for(endpoint, **{name: uuid4() for name in rule.arguments})
    nothing = client.get(nowhere)
    assert answer.status_code == nothing.status_code
    assert plain(answer.text) == plain(nothing.text)


def plain(text: str) -> str:
    """A page without what is fresh in every answer."""
    return re.sub(r'(nonce|value)="[^"]*"', "", text)
