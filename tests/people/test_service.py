"""People as they are stored, on each database."""

from __future__ import annotations

import pytest
from flask import Flask

from elearn import clock
from elearn.errors import InvalidInput
from elearn.people.service import add_person
from tests.factories import make_organisation, make_person


@pytest.mark.parametrize("name", ["\u200b", "\u202e\u2066", "...", "\u3164"])
def test_nobody_has_a_name_that_cannot_be_seen(app: Flask, name: str) -> None:
    trust = make_organisation(published=False)
    with pytest.raises(InvalidInput, match="name: "):
        add_person(trust.organisation.id, payroll_number="1", name=name, at=clock.now())


def test_a_name_is_stored_without_what_reorders_it(app: Flask) -> None:
    trust = make_organisation(published=False)
    assert make_person(trust, "Ami\u202era Begum").name == "Amira Begum"
