"""Pages of access quote each clause once, below the clause that leads into it."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import pytest
from flask import Flask

from elearn import clock
from elearn.access import accounts
from elearn.access.facts import Platform
from elearn.config import data_folder
from elearn.courses.service import publish_with_courses
from elearn.people.offices import give_office
from elearn.permissions import Role
from elearn.policies.rules import Change
from elearn.policies.service import import_policy
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import load_bundle
from tests.factories import Trust, make_organisation, make_person
from tests.staff_world import ask, browser

EQUIPMENT = ["13.6", "13.6(d)"]
ASKED_FOR = ["13.4", "13.4(a)", "13.4(b)", "13.4(c)", "13.5", "13.6", "13.6(a)", "13.6(b)", "13.6(d)", "19.3"]
"""What the model's requirements cite, with what leads into it, approval's clauses apart."""


@pytest.fixture
def model(app: Flask) -> Trust:
    """A trust that has adopted the model policy."""
    trust = make_organisation(published=False)
    folder = data_folder("scenarios")
    text = (folder / "policies" / "model" / "policy.md").read_bytes()
    version = import_policy(trust.organisation.id, text, "policy.md", at=clock.now()).version
    bundle = load_bundle(trust.organisation.id, load_content(folder), "model", at=clock.now())
    publish_with_courses(
        version.id,
        bundle.id,
        organisation_id=trust.organisation.id,
        in_force_from=clock.today(),
        change=Change.MAJOR,
        at=clock.now(),
    )
    return trust


def refs_quoted(page: str) -> list[str]:
    """The clauses that a page quotes, in its order."""
    return [html.unescape(ref) for ref in re.findall(r'app-clause__ref">Clause ([^<]+?) ?<', page)]


def test_the_pages_of_asking_and_deciding_quote_each_clause_once_with_its_lead_in(
    app: Flask, model: Trust
) -> None:
    kim = make_person(model, "Kim Shah")
    manager = make_person(model, "Jo Reed", roles=[Role.MANAGER])
    head = make_person(model, "Margaret Chen", roles=[Role.APPROVER])
    give_office(manager.id, "line_manager", for_person_id=kim.id, starts_on=clock.today(), at=clock.now())
    give_office(head.id, "head", academy_id=model.academy.id, starts_on=clock.today(), at=clock.now())
    account = accounts.register_account(
        model.organisation.id,
        academy_id=model.academy.id,
        platform=Platform.FACEBOOK,
        handle="@MillRoadAcademy",
        purpose="News for parents",
        work_email_address="social@fernhill.example",
        at=clock.now(),
    )
    address = f"/staff/{kim.id}/accounts/{account.id}"
    asking = browser(app, manager).get(f"{address}/request").text
    assert refs_quoted(asking) == EQUIPMENT
    answer = browser(app, manager).get(address).text
    asked = ask(account, kim, manager)
    deciding = browser(app, head).get(f"/requests/{asked.id}").text
    for page in (answer, deciding):
        quoted = refs_quoted(page)
        assert len(quoted) == len(set(quoted))
        assert set(ASKED_FOR) <= set(quoted)
        for ref in quoted:
            lead = ref.partition("(")[0]
            assert quoted.index(lead) <= quoted.index(ref)
        anchors = set(re.findall(r'id="(clause-[^"]+)"', page))
        assert {unquote(link) for link in re.findall(r'href="#(clause-[^"]+)"', page)} <= anchors
