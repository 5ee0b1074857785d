"""Commands for slips, passwords, tokens and the first administrator."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask import Flask

from elearn import clock
from elearn.auth.service import find_token, sign_in_with_password, sign_in_with_slip
from elearn.errors import ActionRefused
from elearn.people.roles import list_roles
from elearn.people.service import find_person_by_number
from elearn.permissions import Role
from tests.command_line import run
from tests.factories import make_organisation, make_person, make_slip

PASSWORD = "three brown teapots"


def test_a_slip_is_issued_listed_and_stopped(app: Flask) -> None:
    person = make_person(make_organisation(published=False))
    issued = run("slip", "issue", str(person.id))
    code = re.match(r"\w{4}-\w{4}", issued.stdout)
    assert code is not None
    assert "Amira B." in issued.stdout
    signed_in, _ = sign_in_with_slip(code[0], device=None, address="test", at=clock.now())
    assert signed_in.session.person_id == person.id
    listed = json.loads(run("slip", "list", str(person.id), "--json").stdout)
    assert [slip["state"] for slip in listed] == ["in use"]
    assert run("slip", "void", str(person.id)).exit_code == 0
    with pytest.raises(ActionRefused):
        sign_in_with_slip(code[0], device=None, address="test", at=clock.now())


def test_a_slip_for_a_day_that_has_passed_is_refused(app: Flask) -> None:
    person = make_person(make_organisation(published=False))
    result = run("slip", "issue", str(person.id), "--until", "2020-01-01")
    assert (result.exit_code, result.stderr) == (1, "Last day: this day has passed\n")


def test_a_password_is_typed_twice(app: Flask) -> None:
    person = make_person(make_organisation(published=False))
    login = f"{person.payroll_number}@fernhill.example"
    result = run("password", "set", str(person.id), "--login", login, text=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert sign_in_with_password(login, PASSWORD, at=clock.now()).session.person_id == person.id


def test_a_weak_password_is_refused_with_the_reason(app: Flask) -> None:
    person = make_person(make_organisation(published=False))
    result = run("password", "set", str(person.id), "--login", "a", "--password-stdin", text="short\n")
    assert result.exit_code == 1
    assert "at least 10 characters" in result.stderr


def test_the_first_administrator_is_added_with_role_and_password(app: Flask) -> None:
    trust = make_organisation(published=False)
    slug = trust.organisation.slug
    given = (
        "--organisation",
        slug,
        "--payroll-number",
        "1",
        "--name",
        "Jo Reed",
        "--login",
        f"jo@{slug}.example",
    )
    result = run("admin", "add", *given, "--password-stdin", text=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    person = find_person_by_number(trust.organisation.id, "1")
    assert person is not None
    assert [role.role for role in list_roles(person.id)] == [Role.ADMINISTRATOR]
    sign_in_with_password(f"jo@{slug}.example", PASSWORD, at=clock.now())


def test_nothing_of_an_administrator_is_stored_where_the_password_will_not_do(app: Flask) -> None:
    trust = make_organisation(published=False)
    given = (
        "--organisation",
        trust.organisation.slug,
        "--payroll-number",
        "1",
        "--name",
        "Jo Reed",
        "--login",
        "j",
    )
    assert run("admin", "add", *given, "--password-stdin", text="password\n").exit_code == 1
    assert find_person_by_number(trust.organisation.id, "1") is None


def test_a_token_is_made_and_revoked(app: Flask) -> None:
    trust = make_organisation(published=False)
    made = run("token", "create", "--organisation", trust.organisation.slug, "--name", "scheduler")
    token = made.stdout.strip()
    assert find_token(token, day=clock.today()) is not None
    revoke = ("token", "revoke", "--organisation", trust.organisation.slug, "--name", "scheduler")
    assert run(*revoke).exit_code == 0
    assert find_token(token, day=clock.today()) is None
    assert run(*revoke).exit_code == 1


def test_an_unknown_scope_is_refused(app: Flask) -> None:
    slug = make_organisation(published=False).organisation.slug
    result = run("token", "create", "--organisation", slug, "--name", "x", "--scope", "everything")
    assert result.exit_code == 1
    assert result.stderr.startswith("Scopes: ")


def test_the_nightly_pass_removes_old_sessions_once(app: Flask) -> None:
    began = clock.now() - timedelta(days=400)
    person = make_person(make_organisation(published=False, at=began), at=began)
    run("nightly")
    for _ in range(2):
        sign_in_with_slip(make_slip(person, at=began).code, device=None, address="test", at=began)
    told = json.loads(run("nightly", "--json").stdout)
    assert (told["sessions_removed"], told["checkpoints_signed"] >= 1) == (2, True)
    assert run("nightly").stdout == (
        "Removed 0 sessions that ended more than twelve months ago, and signed 0 checkpoints\n"
    )
