"""Roles and offices are held at academies of one's own organisation."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from elearn import clock
from elearn.errors import NotFound
from elearn.people.offices import give_office
from elearn.people.roles import give_role
from elearn.permissions import Role
from tests import factories


def test_nobody_is_given_a_role_or_an_office_at_another_organisations_academy(app: Flask) -> None:
    person = factories.make_person(factories.make_organisation())
    elsewhere = factories.make_organisation().academy
    with pytest.raises(NotFound, match="no such academy"):
        give_role(person.id, Role.HR, academy_id=elsewhere.id, starts_on=date(2026, 9, 1), at=clock.now())
    with pytest.raises(NotFound, match="no such academy"):
        give_office(person.id, "head", academy_id=elsewhere.id, starts_on=date(2026, 9, 1), at=clock.now())
