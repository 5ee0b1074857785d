"""Roles and offices from the command line."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from elearn.people.offices import list_offices
from elearn.people.roles import list_roles
from elearn.people.rules import OFFICES
from elearn.permissions import Role
from tests.command_line import done, run
from tests.factories import Trust, make_organisation, make_person


def somebody(trust: Trust) -> str:
    person = make_person(trust)
    return f"{trust.organisation.slug}/{person.payroll_number}"


def test_a_role_is_given_listed_and_taken(app: Flask) -> None:
    trust = make_organisation(published=False)
    person = make_person(trust)
    done("role", "give", str(person.id), "hr", "--academy", "mill-road", "--from", "2026-01-01")
    assert "Mill Road Academy" in done("role", "list", str(person.id))
    done("role", "take", str(person.id), "hr", "--on", "2026-03-01")
    [held] = list_roles(person.id)
    assert (held.role, str(held.term.ends_on)) == (Role.HR, "2026-03-01")
    assert run("role", "take", str(person.id), "hr").exit_code == 1


def test_being_a_learner_is_not_a_role_that_is_given(app: Flask) -> None:
    assert run("role", "give", somebody(make_organisation(published=False)), "learner").exit_code == 64


def test_an_office_is_given_for_a_person_listed_and_taken(app: Flask) -> None:
    trust = make_organisation(published=False)
    manager, managed = make_person(trust, "Jo Reed"), make_person(trust)
    done("office", "give", str(manager.id), "line_manager", "--for", str(managed.id), "--from", "2026-01-01")
    done("office", "give", str(manager.id), "head", "--academy", "mill-road", "--from", "2026-01-01")
    listed = json.loads(done("office", "list", str(manager.id), "--json"))
    assert {row["where"] for row in listed} == {"for Amira Begum", "Mill Road Academy"}
    done("office", "take", str(manager.id), "head", "--on", "2026-03-01")
    assert {o.office: o.term.ends_on is None for o in list_offices(manager.id)} == {
        "line_manager": True,
        "head": False,
    }


def test_a_line_manager_needs_somebody_to_manage(app: Flask) -> None:
    result = run("office", "give", somebody(make_organisation(published=False)), "line_manager")
    assert result.exit_code == 1
    assert result.stderr.startswith("For: ")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("bananas", None), ("pupil", None), ("principal", "head"), ("Line manager", "line_manager")],
)
def test_an_office_that_nobody_knows_is_refused_and_those_there_are_are_named(
    app: Flask, typed: str, meant: str | None
) -> None:
    person = make_person(make_organisation(published=False))
    result = run("office", "give", str(person.id), typed)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Office: there is no office '{typed}'. ")
    assert result.stderr.rstrip().endswith(f"There are {', '.join(OFFICES)}")
    assert (f"Did you mean {meant}?" in result.stderr) is (meant is not None)
    assert list_offices(person.id) == []
