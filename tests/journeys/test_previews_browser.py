"""Situations of the real bank on a phone, as an author previews them: every type, and everything they can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from elearn import clock
from elearn.app import create_app
from elearn.db import db, let_go
from elearn.ledger.keys import create_keys
from elearn.permissions import Role
from elearn.scenarios.asked import Asked
from elearn.scenarios.rules import cells
from elearn.scenarios.service import load_bundle
from elearn.scenarios.vocabulary import ArtefactKind, ScenarioType
from tests import factories, staff_world
from tests.conftest import Databases, settings_for
from tests.content.courses import compiled, taught
from tests.journeys.browsing import HEIGHT, NARROW, PHONE, faults_of, listen, serve, violations_of
from tests.journeys.conftest import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TRUSTS = ("model", "creating_tomorrow")
"""The one that is asked every kind of situation, and the one whose names for people and accounts are the longest."""
BEYOND = """() => [...document.querySelectorAll('.app-phone *')]
  .filter(part => part.getBoundingClientRect().right > window.innerWidth)
  .map(part => part.outerHTML.slice(0, 90))"""
"""What of the situation stands beyond the right edge of the screen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One step of one telling, as an organisation is asked it."""

    variant: int
    asked: Asked

    @property
    def kind(self) -> ArtefactKind | None:
        """What it shows beside its story."""
        return self.asked.artefact.kind if self.asked.artefact else None

    @property
    def query(self) -> str:
        """The rest of the address of its preview."""
        return f"{self.asked.scenario}/preview?variant={self.variant + 1}&step={self.asked.step}"


def shown(trust: str) -> list[Shown]:
    """Of each type with each thing that it can show, the one with most in it: of different scenarios, where it can.

    And the one whose names for people and accounts are the longest.
    """
    every = [Shown(cell.variant, asked) for cell in cells(compiled(trust)) for asked in cell.asked]
    found: dict[tuple[ScenarioType, ArtefactKind | None], Shown] = {}
    for item in sorted(every, key=lambda item: len(str(item.asked.artefact)), reverse=True):
        found.setdefault((item.asked.type, item.kind), item)
    return [*found.values(), max(every, key=lambda item: max(map(len, item.asked.people), default=0))]


@pytest.fixture(params=TRUSTS)
def slug(request: pytest.FixtureRequest) -> str:
    """Whose content is previewed."""
    return str(request.param)


@pytest.fixture
def phone(
    slug: str, chrome: Browser, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Page, str, list[str]]]:
    """The page of an author at a trust with the whole bank, its address, and what goes wrong beneath it.

    On each database: what is previewed was stored there.
    """
    folder, port, wrong = tmp_path_factory.mktemp("previews"), free_port(), list[str]()
    create_keys(folder / "keys", "elearn test")
    database, base_url = databases.with_tables("previews"), f"http://127.0.0.1:{port}"
    app = create_app(
        settings_for(folder, database, base_url=base_url, allowed_hosts=("127.0.0.1", "localhost"))
    )
    with app.app_context():
        trust = factories.make_organisation(published=False)
        load_bundle(trust.organisation.id, taught(), slug, at=clock.now())
        author = factories.make_person(trust, roles=[Role.AUTHOR])
        let_go()
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = staff_world.browser(app, author).get_cookie(name)
    assert cookie is not None
    with serve(app, port) as address:
        context = chrome.new_context(viewport={"width": PHONE, "height": HEIGHT})
        listen(context, address, wrong)
        context.add_cookies([{"name": name, "value": cookie.value, "url": address}])
        yield context.new_page(), address, wrong
        context.close()
    with app.app_context():
        db.engine.dispose()


def test_every_type_and_every_kind_of_thing_shown_is_among_those_looked_at() -> None:
    items = shown("model")
    assert {item.asked.type for item in items} == set(ScenarioType)
    assert {item.kind for item in items} == {*ArtefactKind, None}


def test_situations_of_every_type_and_kind_fit_a_phone_and_are_accessible(
    slug: str, phone: tuple[Page, str, list[str]]
) -> None:
    page, address, wrong = phone
    items = shown(slug)
    assert len({item.asked.scenario for item in items}) >= 10
    assert {item.asked.type for item in items} == set(ScenarioType)
    for item in items:
        answer = page.goto(f"{address}/content/scenarios/{item.query}")
        assert answer is not None
        assert answer.ok, item.query
        assert page.evaluate("window.innerWidth") == PHONE
        assert page.locator(".app-phone > *").first.evaluate("part => part.clientWidth") == NARROW - 30
        assert page.locator(".app-phone").get_by_text(item.asked.ask, exact=True).count(), item.query
        found = [*faults_of(page), *page.evaluate(BEYOND), *violations_of(page)]
        wrong += [f"{item.query}: {fault}" for fault in found]
    assert not wrong, "\n".join(wrong)
