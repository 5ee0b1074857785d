"""People as they are stored and found, on each database."""

from __future__ import annotations

import pytest
from flask import Flask

from elearn import clock
from elearn.errors import InvalidInput
from elearn.people.service import Scope, add_person, search_people
from tests.factories import make_organisation, make_person


@pytest.mark.parametrize(
    ("name", "searches"),
    [
        ("Ngozi O'Neill-Ángel", ["o'neill-angel", "O’NEILL", "ángel ngozi", "a\u0301ngel"]),
        ("Siân Rees", ["sian", "SIÂN", "rees siân"]),
        ("Łukasz Strauß", ["lukasz", "ŁUKASZ", "łukasz strauss", "STRAUẞ"]),
        ("Ægir Sørby", ["aegir sorby", "ægir SØRBY"]),
        ("Per 50%_Cent\\", ["50%", "%_cent", "cent\\"]),
    ],
)
def test_a_name_is_found_with_and_without_its_marks(app: Flask, name: str, searches: list[str]) -> None:
    trust = make_organisation(published=False)
    person = make_person(trust, name)
    make_person(trust, "Kim Shah")
    everybody = Scope(trust.organisation.id, person.id, True, frozenset())
    for text in searches:
        found = search_people(everybody, text, day=clock.today())
        assert [each.id for each in found] == [person.id], text


@pytest.mark.parametrize("name", ["\u200b", "\u202e\u2066", "...", "\u3164"])
def test_nobody_has_a_name_that_cannot_be_seen(app: Flask, name: str) -> None:
    trust = make_organisation(published=False)
    with pytest.raises(InvalidInput, match="name: "):
        add_person(trust.organisation.id, payroll_number="1", name=name, at=clock.now())


def test_a_name_is_stored_without_what_reorders_it(app: Flask) -> None:
    trust = make_organisation(published=False)
    assert make_person(trust, "Ami\u202era Begum").name == "Amira Begum"
