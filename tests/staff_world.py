"""A trust with somebody in every permission role, an account with contacts, a right, a request and a hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from elearn import clock
from elearn.access import accounts, approving, asking, granting, holds
from elearn.access.facts import HoldScope, Platform, Right
from elearn.access.views import AccountView, HoldView, RequestView
from elearn.acknowledgements.questions import raise_question
from elearn.auth import service as auth
from elearn.auth.service import IssuedSlip
from elearn.people import offices, organisations, placements, roles
from elearn.people.organisations import AcademyView
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.policies.service import VersionView, list_versions
from tests.factories import PASSWORD, Trust, make_done, make_organisation, make_person, make_slip

EVERY_ROLE = (Role.MANAGER, Role.HR, Role.APPROVER, Role.IT, Role.ADMINISTRATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class World:
    """What the tests of staff pages look at. Kim is done and may post; Olu has been asked for, and is not done."""

    trust: Trust
    other_academy: AcademyView
    people: dict[str, PersonView]
    account: AccountView
    contact_id: UUID
    granted: RequestView
    waiting: RequestView
    placement_id: UUID
    role_id: UUID
    office_id: UUID
    slip: IssuedSlip
    version: VersionView
    question_id: UUID

    @property
    def organisation_id(self) -> UUID:
        """The trust's id."""
        return self.trust.organisation.id


def make_world() -> World:
    """A fresh world."""
    now, day = clock.now(), clock.today()
    began = day - timedelta(days=1)
    trust = make_organisation()
    organisation_id = trust.organisation.id
    other = organisations.add_academy(organisation_id, "heron", name="Heron Primary", at=now)
    everyone = _people(trust, other)
    kim, olu, manager, it = (everyone[key] for key in ("kim", "olu", "manager", "it"))
    for person in (kim, olu):
        offices.give_office(manager.id, "line_manager", for_person_id=person.id, starts_on=began, at=now)
    office_id = offices.give_office(kim.id, "dsl", academy_id=trust.academy.id, starts_on=began, at=now)
    role_id = roles.give_role(kim.id, Role.LEARNER, starts_on=began, at=now)
    offices.give_office(everyone["approver"].id, "head", academy_id=trust.academy.id, starts_on=began, at=now)
    make_done(trust, kim)
    account = accounts.register_account(
        organisation_id,
        academy_id=trust.academy.id,
        platform=Platform.FACEBOOK,
        handle="@MillRoadAcademy",
        purpose="News for parents",
        work_email_address="social@fernhill.example",
        at=now,
    )
    contact_id = _name(account, it)
    _name(account, everyone["administrator"])
    granted = ask(account, kim, manager)
    approving.decide_request(
        granted.id, approver_id=everyone["approver"].id, approved=True, conditions="No close-ups", at=now
    )
    granted = granting.grant_access(granted.id, granted_by_id=it.id, at=now)
    question_id = raise_question(
        kim, list_versions(organisation_id)[0].id, kind="question", text="May I tag the academy?", at=now
    )
    return World(
        trust,
        other,
        everyone,
        account,
        contact_id,
        granted,
        ask(account, olu, manager),
        placements.list_posts(kim)[0].id,
        role_id,
        office_id,
        make_slip(kim),
        list_versions(organisation_id)[0],
        question_id,
    )


def _people(trust: Trust, other: AcademyView) -> dict[str, PersonView]:
    elsewhere = make_organisation()
    found = {
        "kim": make_person(trust, "Kim Shah"),
        "olu": make_person(trust, "Olu Late"),
        "manager": make_person(trust, "Jo Pritchard", roles=[Role.MANAGER]),
        "hr": make_person(trust, "Helen Osei", roles=[Role.HR]),
        "approver": make_person(trust, "Margaret Chen", roles=[Role.APPROVER]),
        "it": make_person(trust, "Ravi Patel", roles=[Role.IT]),
        "administrator": make_person(trust, "Ade Okafor", roles=[Role.ADMINISTRATOR]),
        "auditor": make_person(trust, "Owen Pryce", roles=[Role.AUDITOR]),
        "other_academy": make_person(Trust(trust.organisation, other), "Bea Heron"),
        "hr_elsewhere": make_person(elsewhere, "Hal Elsewhere", roles=[Role.HR]),
        "all_elsewhere": make_person(elsewhere, "Al Elsewhere", roles=EVERY_ROLE),
    }
    for role in EVERY_ROLE:
        began = clock.today() - timedelta(days=1)
        roles.give_role(found["other_academy"].id, role, academy_id=other.id, starts_on=began, at=clock.now())
    return found


def _name(account: AccountView, person: PersonView) -> UUID:
    return accounts.name_contact(
        account.id,
        person.id,
        organisation_id=account.organisation_id,
        starts_on=clock.today() - timedelta(days=1),
        at=clock.now(),
    )


def ask(account: AccountView, person: PersonView, asker: PersonView) -> RequestView:
    """A request for a person's right to post."""
    day = clock.today()
    return asking.request_access(
        account.id,
        person.id,
        requested_by_id=asker.id,
        right=Right.POSTER,
        purpose="Photos of school events",
        starts_on=day,
        ends_on=date(day.year + 1, 8, 31),
        at=clock.now(),
    )


def hold(world: World) -> HoldView:
    """A hold on the account."""
    return holds.start_hold(
        world.organisation_id,
        scope=HoldScope.ACCOUNT,
        account_id=world.account.id,
        reason="Incident at the academy",
        starts_at=clock.now(),
        started_by_id=world.people["it"].id,
        at=clock.now(),
    )


def browser(application: Flask, person: PersonView, *, slip: bool = False) -> FlaskClient:
    """A browser that somebody is signed in at, by password or (`slip`) by a slip they have confirmed."""
    with application.app_context():
        token = _slip_token(person) if slip else _password_token(person)
        client = application.test_client()
    with client.session_transaction() as session:
        session["token"] = token
        session["seen"] = int(clock.now().timestamp())
    return client


def _password_token(person: PersonView) -> str:
    login = f"{person.id}@fernhill.example"
    auth.set_password(person.id, login=login, password=PASSWORD, at=clock.now())
    return auth.sign_in_with_password(login, PASSWORD, at=clock.now()).token


def _slip_token(person: PersonView) -> str:
    code = make_slip(person).code
    signed_in, _device = auth.sign_in_with_slip(code, device=None, address="test", at=clock.now())
    auth.confirm_identity(signed_in.session)
    return signed_in.token
