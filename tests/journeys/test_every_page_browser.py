"""Every page of the application in a real browser: accessible, no wider than the screen, and silent towards others.

The pages are those of the map of addresses: a new one that nobody visits here fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, url_for

from elearn import clock
from elearn.acknowledgements.service import key_rules, list_signatures
from elearn.app import create_app
from elearn.assignments.practice import get_practice, practice_question
from elearn.auth import service as auth
from elearn.db import db, let_go
from elearn.ledger.keys import create_keys
from elearn.people.rules import PersonKind
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.policies.service import import_policy
from elearn.quizzes import service as quizzes
from elearn.scenarios.service import load_bundle
from elearn.scenarios.vocabulary import ScenarioType
from tests import factories, staff_world
from tests.conftest import Databases, settings_for
from tests.drafts.forms import Author
from tests.drafts.test_carrying import AFTER, BEFORE
from tests.journeys.browsing import (
    HEIGHT,
    NARROW,
    PHONE,
    WIDE,
    faults_of,
    listen,
    resize,
    serve,
    violations_of,
)
from tests.journeys.conftest import free_port
from tests.staff_world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

NO_PAGE = {
    "static": "files of style and script",
    "auth.organisation_css": "a style sheet",
    "completion.download_record": "a PDF; its contents are the page of the record",
    "api.access_decision": "JSON, for programs",
    "api.openapi": "JSON, for programs",
    "evidence.download_chain": "JSON lines, for a program",
    "evidence.download_checkpoint": "a signed note to keep",
    "evidence.download_verifier": "a program",
}
"""What is opened by GET and is not a page."""

NO_ERROR = {
    "auth.end": "signs out",
    "auth.answer_is_this_you": "asks again",
    "quizzes.start": "starts or carries on",
    "acknowledgements.read_rule": "goes on",
    "setup.split_clause": "a clause that is in one piece",
    "acknowledgements.read_policy": "goes on",
    "access.lift_hold": "is complete as it stands",
    "content.accept_proposal": "is complete as it stands",
}
"""What is posted and cannot be in error for want of an answer."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One page as somebody sees it; with `sent`, the page that answers a form sent with these values."""

    viewer: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, str] | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Scene:
    """The served application, what its addresses may name, and the cookie of each kind of viewer."""

    app: Flask
    address: str
    known: Mapping[str, Mapping[str, Any]]
    cookies: Mapping[str, str]

    def address_of(self, visit: Visit) -> str:
        """The address of a visit's endpoint: for the viewer's own things, else for those of the world."""
        rule = next(r for r in self.app.url_map.iter_rules() if r.endpoint == visit.endpoint)
        told = self.known[""] | self.known.get(visit.endpoint, {}) | self.known.get(visit.viewer, {})
        named = {name: told[name] for name in rule.arguments if name in told}
        with self.app.test_request_context(base_url=self.address):
            return self.address + url_for(visit.endpoint, **named | visit.values)


LEARNER_PAGES = (
    (
        "signed_out",
        "auth.home",
        "auth.enter_code auth.sign_in auth.accessibility auth.your_data completion.verify",
    ),
    ("unconfirmed", "auth.is_this_you", ""),
    ("fresh", "auth.home", "auth.who_sees_what auth.accessibility auth.your_data acknowledgements.show_rule"),
    ("fresh", "policies.read_policy", "acknowledgements.ask acknowledgements.thank_for_question"),
    ("fresh", "quizzes.show_start", ""),
    ("under_way", "auth.home", "quizzes.show_start quizzes.show_question"),
    ("missed", "auth.home", "quizzes.show_start quizzes.show_consequence quizzes.show_result"),
    (
        "ready",
        "auth.home",
        "quizzes.show_start quizzes.show_result acknowledgements.check acknowledgements.show_sign",
    ),
    ("ready", "acknowledgements.decline", "acknowledgements.thank_for_answer auth.confirm_again"),
    (
        "kim",
        "auth.home",
        "completion.done completion.show_record completion.verify_record access.my_accounts",
    ),
    ("kim", "auth.home", "acknowledgements.list_own"),
    ("not_covered", "auth.home", "access.my_accounts"),
    ("practising", "auth.home", "quizzes.show_practice quizzes.show_practice_question"),
)
SLIP = ("fresh", "under_way", "missed", "ready", "kim", "not_covered", "practising")
"""Who comes with a slip; everybody else with a password."""

STAFF_PAGES = (
    ("manager", "auth.home", "auth.confirm_again assignments.list_staff assignments.show_staff_member"),
    ("manager", "access.show_answer", "access.request_access access.ask_for_myself access.my_accounts"),
    (
        "hr",
        "assignments.list_staff",
        "people.list_people people.add_person people.show_person people.add_placement",
    ),
    ("hr", "people.end_placement", "people.issue_slip people.void_slip access.show_answer"),
    ("hr", "questions.list_asked", "questions.answer"),
    ("approver", "access.list_requests", "access.show_request"),
    ("it", "access.list_accounts", "access.register_account access.show_account access.name_contact"),
    (
        "it",
        "access.end_contact",
        "access.record_induction access.end_grant access.start_hold access.lift_hold",
    ),
    (
        "administrator",
        "people.list_people",
        "people.show_person people.give_role people.take_role people.give_office",
    ),
    ("administrator", "people.take_office", "people.add_academy access.list_accounts courses.list_versions"),
    (
        "author",
        "courses.list_versions",
        "courses.upload_version courses.publish_version content.check content.show_coverage",
    ),
    ("author", "content.list_scenarios", "content.show_scenario content.preview content.list_flags"),
    ("author", "content.upload", "content.show_proposal"),
    ("author", "content.list_all_positions", "content.show_position"),
    ("author", "setup.overview", "setup.covers setup.names setup.topic setup.position"),
    ("author", "setup.key_rules", "setup.signing setup.review setup.preview"),
    ("auditor", "evidence.show_ledger", "evidence.check_ledger evidence.find_record"),
)


SIDE_DOORS = (
    Visit("carrying", "setup.key_rule_words", {"position_id": "tag_pupil"}),
    Visit("carrying", "setup.split_clause", {"ref": "1.2"}),
)
"""Pages of what somebody has decided while setting up."""


def shown_pages() -> list[Visit]:
    """Every page that a GET opens, for the viewers it is for."""
    rows = (*LEARNER_PAGES, *STAFF_PAGES)
    visits = [Visit(viewer, name) for viewer, first, more in rows for name in (first, *more.split())]
    return [
        *visits,
        Visit("signed_out", "completion.verify_record", {"reference": "R-2222-2222-2222"}, status=404),
        Visit("practising", "quizzes.show_practice_consequence", {"choice": "1"}),
        Visit("auditor", "evidence.find_record", {"reference": "R-2222-2222-2222"}, status=404),
        Visit("carrying", "setup.changes"),
        *SIDE_DOORS,
    ]


FORM_ON = {
    "access.decide_request": "access.show_request",
    "access.grant_access": "access.show_account",
    "assignments.give_help": "assignments.show_staff_member",
    "acknowledgements.sign": "acknowledgements.show_sign",
    "quizzes.answer_question": "quizzes.show_question",
}
"""Where a form stands that is not sent to its own page's address."""

ERRORS = [
    Visit(viewer, name, status=422)
    for viewer, names in (
        ("signed_out", "auth.enter_code auth.sign_in"),
        ("fresh", "acknowledgements.ask"),
        ("under_way", "quizzes.answer_question"),
        ("ready", "auth.confirm_again acknowledgements.decline acknowledgements.sign"),
        ("manager", "auth.confirm_again access.request_access access.ask_for_myself assignments.give_help"),
        (
            "hr",
            "people.add_person people.add_placement people.end_placement people.issue_slip people.void_slip",
        ),
        ("hr", "questions.answer"),
        ("approver", "access.decide_request"),
        ("it", "access.register_account access.name_contact access.end_contact access.record_induction"),
        ("it", "access.end_grant access.grant_access access.start_hold"),
        (
            "administrator",
            "people.give_role people.take_role people.give_office people.take_office people.add_academy",
        ),
        ("author", "courses.upload_version courses.publish_version content.upload"),
        ("author", "setup.covers setup.names setup.topic setup.position"),
        ("author", "setup.key_rules setup.signing setup.review"),
    )
    for name in names.split()
] + [replace(SIDE_DOORS[0], status=422)]

WHY = {"right": "poster", "purpose": "Photos of school events"}
SECOND_STEPS = (
    Visit("manager", "access.request_access", sent=WHY),
    Visit("it", "access.start_hold", sent={"scope": "organisation", "reason": "Incident at the academy"}),
    Visit("hr", "people.issue_slip", sent={"expires_on-day": "30"}),
    replace(SIDE_DOORS[1], sent={"says_1": "Staff may not tag anybody."}, status=422),
)


# --- a world with everything in it -----------------------------------------------------------------


@pytest.fixture(scope="module")
def scene(chrome: Browser, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The application served on each database, with somebody at every stage and in every role."""
    folder, port = tmp_path_factory.mktemp("scene"), free_port()
    app = _application(folder, databases.with_tables("scene"), port)
    with app.app_context():
        world = staff_world.make_world()
        people = (
            world.people
            | _learners(world)
            | {
                "practising": _where_nothing_is_in_force(),
                "carrying": _with_a_new_text(app),
            }
        )
        attempts = _rounds(world, people) | {"practising": _one_choice_in_practice(people["practising"])}
        cookies = {name: _cookie(app, people[name], slip=name in SLIP) for name in people}
        cookies["unconfirmed"] = _unconfirmed(app, people["other_academy"])
        known = _known(world, people) | attempts
        let_go()
    with serve(app, port) as address:
        yield Scene(app, address, known, cookies)
    with app.app_context():
        db.engine.dispose()


def _application(folder: Path, url: str, port: int) -> Flask:
    create_keys(folder / "keys", "elearn test")
    address = f"http://127.0.0.1:{port}"
    return create_app(settings_for(folder, url, base_url=address, allowed_hosts=("127.0.0.1", "localhost")))


def _learners(world: World) -> dict[str, PersonView]:
    trust = world.trust
    names = ("fresh", "under_way", "missed", "ready", "not_covered")
    kinds = {"not_covered": PersonKind.CONTRACTOR}
    made = {
        name: factories.make_person(
            trust, f"{name.title()} Person", kind=kinds.get(name, PersonKind.EMPLOYEE)
        )
        for name in names
    }
    made["author"] = factories.make_person(trust, "Ruth Amadi", roles=[Role.AUTHOR])
    return made


def _where_nothing_is_in_force() -> PersonView:
    trust = factories.make_organisation(published=False)
    load_bundle(trust.organisation.id, factories.content(), "fernhill", at=clock.now())
    return factories.make_person(trust, "Practising Person")


def _with_a_new_text(app: Flask) -> PersonView:
    """An author who answered for one text of the policy, and again for the next."""
    trust = factories.make_organisation(published=False)
    person = factories.make_person(trust, "Carrying Author", roles=[Role.AUTHOR])
    author = Author(staff_world.browser(app, person))
    for version, text in (("1", BEFORE), ("2", AFTER)):
        import_policy(trust.organisation.id, text.encode(), "policy.md", version=version, at=clock.now())
        author.confirm("/content/setup/positions/tag_pupil")
    return person


def _one_choice_in_practice(person: PersonView) -> dict[str, Any]:
    """A situation to practise of which one option is chosen."""
    found = get_practice(person, clock.today())
    of = range(1, len(found.paper(1)) + 1)
    kinds = (ScenarioType.CHOOSE, ScenarioType.BRANCH)
    number = next(n for n in of if practice_question(found, 1, n).asked.type in kinds)
    return {"turn": 1, "number": number}


def _cookie(app: Flask, person: PersonView, *, slip: bool) -> str:
    client = staff_world.browser(app, person, slip=slip)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return cookie.value


def _unconfirmed(app: Flask, person: PersonView) -> str:
    code = factories.make_slip(person).code
    signed_in, _device = auth.sign_in_with_slip(code, device=None, address="test", at=clock.now())
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"], session["seen"] = signed_in.token, int(clock.now().timestamp())
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return cookie.value


def _rounds(world: World, people: Mapping[str, PersonView]) -> dict[str, dict[str, Any]]:
    """One round under way, one missed and one passed: what their pages name."""
    trust = world.trust
    for name in ("under_way", "missed", "ready"):
        factories.read_rules(trust, people[name])
    learner = quizzes.Learner(
        people["under_way"].id, frozenset({PersonKind.EMPLOYEE}), frozenset({"teaching_assistant"})
    )
    rounds = {
        "under_way": quizzes.start_round(factories.course_of(trust), learner, at=clock.now()),
        "missed": factories.answer_round(trust, people["missed"], right=False),
        "ready": factories.answer_round(trust, people["ready"]),
    }
    return {name: {"attempt_id": attempt.id, "number": 1} for name, attempt in rounds.items()}


def _known(world: World, people: Mapping[str, PersonView]) -> dict[str, dict[str, Any]]:
    """What addresses name: for every page, and what some pages need instead."""
    kim, grant = people["kim"], world.granted.grant
    assert grant is not None
    signature = list_signatures(world.organisation_id, [kim.id])[kim.id][-1]
    rule = key_rules(factories.course_of(world.trust))[0]
    return {
        "": {
            "person_id": kim.id,
            "placement_id": world.placement_id,
            "holding_id": world.role_id,
            "slip_id": world.slip.id,
            "account_id": world.account.id,
            "contact_id": world.contact_id,
            "grant_id": grant.id,
            "request_id": world.granted.id,
            "version_id": world.version.id,
            "question_id": world.question_id,
            "hold_id": staff_world.hold(world).id,
            "reference": signature.reference,
            "rule_id": rule.id,
            "scenario_id": factories.content().bank[0].id,
            "position_id": "pupil_friend",
            "proposal_id": factories.make_proposal(world.trust, world.people["kim"]).id,
        },
        "setup.topic": {"topic_id": "pupil-contact"},
        "setup.position": {"position_id": "ex_pupil_friend"},
        "setup.preview": {"scenario_id": "pupil-follow-request"},
        "people.take_office": {"holding_id": world.office_id},
        "access.show_request": {"request_id": world.waiting.id},
        "access.decide_request": {"request_id": world.waiting.id},
        "access.grant_access": {"request_id": world.waiting.id},
        "access.request_access": {"person_id": people["olu"].id},
    }


# --- the walk ----------------------------------------------------------------------------------------

SEND = """([address, values]) => {
  const to = form => new URL(form.getAttribute('action') || location.href, location.href).pathname;
  let form = [...document.querySelectorAll('main form')].find(
    form => form.method === 'post' && to(form) === new URL(address).pathname);
  if (!form) {
    form = document.createElement('form');
    form.append(document.querySelector('[name=csrf_token]').cloneNode());
    form.method = 'post'; form.action = address; document.body.append(form);
  }
  for (const field of form.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    const told = values && values[field.name];
    if (['radio', 'checkbox'].includes(field.type)) field.checked = told === field.value;
    else if (told !== undefined) field.value = told;
    else if (!values) field.value = '';
  }
  HTMLFormElement.prototype.submit.call(form);
}"""
"""Sends the page's form to an address: with these values, or with nothing filled in."""


class Walker:
    """Opens pages as each kind of viewer, and gathers what is wrong with them."""

    def __init__(self, chrome: Browser, scene: Scene) -> None:
        self.chrome, self.scene = chrome, scene
        self.pages: dict[str, Page] = {}
        self.faults: list[str] = []

    def page_of(self, viewer: str) -> Page:
        """The viewer's page, in a browser that nobody else uses."""
        if viewer not in self.pages:
            context = self.chrome.new_context(viewport={"width": NARROW, "height": HEIGHT})
            listen(context, self.scene.address, self.faults)
            if viewer in self.scene.cookies:
                name, value = self.scene.app.config["SESSION_COOKIE_NAME"], self.scene.cookies[viewer]
                context.add_cookies([{"name": name, "value": value, "url": self.scene.address}])
            self.pages[viewer] = context.new_page()
        return self.pages[viewer]

    def open(self, visit: Visit) -> None:
        """Open a page by its address."""
        page = self.page_of(visit.viewer)
        address = self.scene.address_of(visit)
        answer = page.goto(address)
        assert answer is not None
        if page.url != address:
            self.faults.append(f"{visit} led away to {page.url}")
        self.examine(page, visit, answer.status)

    def send(self, visit: Visit) -> None:
        """Send a form from the page it stands on."""
        page, address = self.page_of(visit.viewer), self.scene.address_of(visit)
        page.goto(
            self.scene.address_of(Visit(visit.viewer, FORM_ON[visit.endpoint]))
            if visit.endpoint in FORM_ON
            else address
        )
        with page.expect_navigation() as leaving:
            page.evaluate(SEND, [address, visit.sent or None])
        self.examine(page, visit, leaving.value.status)
        if visit.status == 422 and not page.title().startswith("Error: "):
            self.faults.append(f"{visit} does not say Error: first in its title")

    def examine(self, page: Page, visit: Visit, status: int) -> None:
        """Look at the page on a small phone, on a usual one and in a wide window."""
        if status != visit.status:
            self.faults.append(f"{visit} answered {status} at {page.url}")
        self.faults += [f"{visit} {fault}" for fault in faults_of(page) + violations_of(page)]
        for width in (PHONE, WIDE):
            resize(page, width)
            self.faults += [f"{visit} at {width} px: {fault}" for fault in faults_of(page)]
        resize(page, NARROW)


@pytest.fixture
def walker(chrome: Browser, scene: Scene) -> Iterator[Walker]:
    """Somebody to open the pages; at the end nothing was wrong with any of them."""
    walker = Walker(chrome, scene)
    yield walker
    for page in walker.pages.values():
        page.context.close()
    assert not walker.faults, "\n".join(walker.faults)


def endpoints(scene: Scene, method: str) -> set[str]:
    """Every endpoint that takes this method."""
    return {rule.endpoint for rule in scene.app.url_map.iter_rules() if method in (rule.methods or ())}


def test_every_page_is_accessible_fits_the_screen_and_asks_nobody_else(scene: Scene, walker: Walker) -> None:
    visits = shown_pages()
    assert {visit.endpoint for visit in visits} == endpoints(scene, "GET") - set(NO_PAGE)
    for visit in visits:
        walker.open(visit)


def test_a_form_that_is_sent_in_the_address_shows_its_error(walker: Walker) -> None:
    walker.open(Visit("practising", "quizzes.show_practice_consequence", status=422))
    assert walker.page_of("practising").title().startswith("Error: ")
    walker.open(Visit("auditor", "evidence.find_record", {"reference": ""}, status=422))
    assert walker.page_of("auditor").title().startswith("Error: ")


def test_every_form_sent_with_nothing_filled_in_is_shown_again_and_accessible(
    scene: Scene, walker: Walker
) -> None:
    visits = ERRORS
    assert {visit.endpoint for visit in visits} == endpoints(scene, "POST") - set(NO_ERROR)
    for visit in visits:
        walker.send(visit)


def test_the_second_step_of_a_form_and_the_pages_of_errors_are_accessible(walker: Walker) -> None:
    for visit in SECOND_STEPS:
        walker.send(visit)
    for viewer, path, status in (
        ("signed_out", "/nowhere", 404),
        ("fresh", "/nowhere", 404),
        ("fresh", "/people", 403),
    ):
        page = walker.page_of(viewer)
        answer = page.goto(walker.scene.address + path)
        assert answer is not None
        walker.examine(page, Visit(viewer, path, status=status), answer.status)
