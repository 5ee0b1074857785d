"""People as they are found, on each database."""

from __future__ import annotations

import pytest
from flask import Flask

from elearn import clock
from elearn.people.scopes import Scope, search_people
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
