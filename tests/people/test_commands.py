"""People and posts from the command line."""

from __future__ import annotations

import json

from flask import Flask

from elearn.people.placements import list_posts
from elearn.people.service import find_person_by_number
from tests.command_line import done, run
from tests.factories import make_organisation, make_person


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
