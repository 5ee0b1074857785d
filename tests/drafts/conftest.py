"""A trust that sets up its content: it has a text of its policy and nothing else yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from elearn import clock
from elearn.permissions import Role
from elearn.policies.service import import_policy
from tests.drafts.forms import Author
from tests.factories import Trust, make_organisation, make_person
from tests.staff_world import browser

POLICY = Path(__file__).parents[2] / "scenarios" / "policies" / "model" / "policy.md"


@pytest.fixture
def trust(app: Flask) -> Trust:
    """A trust with a text and no content."""
    trust = make_organisation(published=False)
    import_policy(trust.organisation.id, POLICY.read_bytes(), "policy.md", at=clock.now())
    return trust


@pytest.fixture
def author(app: Flask, trust: Trust) -> Author:
    """Somebody of the trust who may set up its content, at a browser."""
    return Author(browser(app, make_person(trust, roles=[Role.AUTHOR])))
