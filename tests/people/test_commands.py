"""Commands for organisations, people, posts, roles and offices."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result
from flask import Flask

from elearn.cli import main
from elearn.people.service import find_person_by_number, list_offices, list_posts, list_roles
from elearn.permissions import Role
from tests.factories import Trust, make_organisation, make_person


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def somebody(trust: Trust) -> str:
    person = make_person(trust)
    return f"{trust.organisation.slug}/{person.payroll_number}"


def test_a_person_and_their_post_are_added_listed_and_ended(app: Flask) -> None:
    trust = make_organisation(published=False)
    slug = trust.organisation.slug
    done("person", "add", "--organisation", slug, "--payroll-number", "42", "--name", "Amira Begum")
    post = ("--academy", "mill-road", "--job-title", "Cook", "--job-group", "kitchen", "--from", "2026-01-01")
    done("placement", "add", f"{slug}/42", *post)
    assert "Cook, Mill Road Academy" in done("person", "list", "--organisation", slug)
    done("placement", "end", f"{slug}/42", "--on", "2026-02-01")
    listed = json.loads(done("person", "list", "--organisation", slug, "--search", "begum", "--json"))
    assert listed[0]["placements"][0]["until"] == "2026-02-01"
    person = find_person_by_number(trust.organisation.id, "42")
    assert person is not None
    assert len(list_posts(person)) == 1


def test_a_payroll_number_twice_is_refused_with_the_field_named(app: Flask) -> None:
    slug = make_organisation(published=False).organisation.slug
    add = ("person", "add", "--organisation", slug, "--payroll-number", "42", "--name", "Amira Begum")
    done(*add)
    result = run(*add)
    assert result.exit_code == 1
    assert result.stderr == "Payroll number: 42 belongs to somebody already\n"


def test_a_person_who_does_not_exist_is_named(app: Flask) -> None:
    slug = make_organisation(published=False).organisation.slug
    result = run("role", "list", f"{slug}/9")
    assert (result.exit_code, result.stderr) == (1, f"Nobody at {slug} has payroll number 9\n")
    assert run("role", "list", "nobody").exit_code == 1
    assert run("role", "list", "nowhere/9").exit_code == 1


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


def test_of_two_open_posts_the_academy_says_which(app: Flask) -> None:
    trust = make_organisation(published=False)
    slug = trust.organisation.slug
    done("academy", "add", "hill-top", "--organisation", slug, "--name", "Hill Top")
    person = make_person(trust)
    post = ("--academy", "hill-top", "--job-title", "Cook", "--job-group", "kitchen")
    done("placement", "add", str(person.id), *post)
    result = run("placement", "end", str(person.id))
    assert result.exit_code == 1
    assert "--academy" in result.stderr
    done("placement", "end", str(person.id), "--academy", "hill-top")


def test_organisations_are_listed_with_their_academies(app: Flask) -> None:
    slug = make_organisation(published=False).organisation.slug
    assert slug in done("organisation", "list")
    listed = {each["slug"]: each for each in json.loads(done("organisation", "list", "--json"))}
    assert listed[slug]["academies"] == [{"slug": "mill-road", "name": "Mill Road Academy", "central": False}]
