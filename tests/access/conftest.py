"""A trust whose content is Creating Tomorrow's: one school, a central team, people, one account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from elearn import clock
from elearn.access import accounts, approving, asking, granting, inducting
from elearn.access.facts import Platform, Right
from elearn.access.views import AccountView, RequestView
from elearn.acknowledgements.models import Acknowledgement
from elearn.courses.service import current_course, open_courses
from elearn.db import db, transaction
from elearn.ledger.service import record
from elearn.people import offices, organisations, placements
from elearn.people import service as people
from elearn.people.rules import JobGroup, PersonKind
from elearn.people.service import PersonView
from elearn.policies.rules import Change
from elearn.policies.service import import_policy, publish
from elearn.quizzes.models import Attempt, AttemptResult
from elearn.scenarios.content import Content
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import load_bundle

FIRST_DAY = date(2026, 9, 1)
NOW = datetime(2026, 9, 10, 11, 0, tzinfo=UTC)
TODAY = date(2026, 9, 10)
COURSES = ("induction", "account_holder")
POLICY = "SOCIAL MEDIA POLICY\n\n1. Scope\n\n1.1. This policy applies to all staff of {name}.\n"


@cache
def written_content() -> Content:
    """The content that comes with the program; its policies' texts are not needed here."""
    return load_content(Path(__file__).resolve().parents[2] / "scenarios")


@dataclass
class Trust:
    """Makes what a test needs, one thing at a time, in an organisation of its own."""

    policy: str = "creating_tomorrow"
    slug: str = field(default_factory=lambda: f"trust-{uuid4().hex[:12]}")
    now: datetime = NOW
    numbers: int = 0

    def __post_init__(self) -> None:
        at = self.now - timedelta(days=9)
        self.organisation = organisations.add_organisation(
            self.slug, name=self.slug, short_name="Trust", at=at
        )
        self.id = self.organisation.id
        self.school = organisations.add_academy(self.id, "mill-road", name="Mill Road", at=at)
        self.other = organisations.add_academy(self.id, "hill-top", name="Hill Top", at=at)
        self.centre = organisations.add_academy(
            self.id, "centre", name="Central team", is_central=True, at=at
        )

    def publish(
        self, *, on: date = FIRST_DAY, change: Change = Change.MAJOR, at: datetime | None = None
    ) -> UUID:
        """Import a text, put it in force, and open its courses."""
        at = at or self.now - timedelta(days=9)
        text = POLICY.format(name=f"{self.slug} {uuid4().hex}")
        version = import_policy(self.id, text.encode(), "policy.txt", at=at).version
        bundle = load_bundle(self.id, written_content(), self.policy, at=at)
        publish(version.id, organisation_id=self.id, in_force_from=on, change=change, at=at)
        open_courses(version.id, bundle.id, organisation_id=self.id, at=at)
        return version.id

    def person(
        self, name: str, *, academy: UUID | None = None, kind: PersonKind = PersonKind.EMPLOYEE
    ) -> PersonView:
        """Somebody with a post at the school, or elsewhere."""
        self.numbers += 1
        at = self.now - timedelta(days=9)
        found = people.add_person(self.id, payroll_number=f"{self.numbers:05}", name=name, at=at)
        placements.add_placement(
            found.id,
            academy_id=academy or self.school.id,
            kind=kind,
            job_title="Teacher",
            job_group=JobGroup.TEACHER,
            starts_on=FIRST_DAY,
            at=at,
        )
        return found

    def line_manager(self, name: str, of: PersonView) -> PersonView:
        """Somebody who approves for a person at Creating Tomorrow."""
        manager = self.person(name)
        offices.give_office(
            manager.id,
            "line_manager",
            for_person_id=of.id,
            starts_on=FIRST_DAY,
            at=self.now - timedelta(days=9),
        )
        return manager

    def it_leader(self, name: str) -> PersonView:
        """Somebody of the trust's IT leaders, who give inductions at Creating Tomorrow."""
        leader = self.person(name, academy=self.centre.id)
        offices.give_office(leader.id, "it_slt", starts_on=FIRST_DAY, at=self.now - timedelta(days=9))
        return leader

    def train(
        self,
        person: PersonView,
        *,
        courses: tuple[str, ...] = ("induction", "account_holder"),
        sign: bool = True,
        at: datetime | None = None,
    ) -> None:
        """Have somebody pass courses and sign."""
        at = at or self.now - timedelta(days=3)
        for key in courses:
            course = current_course(self.id, key, at.date())
            assert course is not None, key
            with transaction():
                attempt = record(
                    Attempt(
                        organisation_id=self.id,
                        recorded_at=at,
                        person_id=person.id,
                        course_id=course.id,
                        bundle_id=course.bundle_id,
                        number=db.session.query(Attempt)
                        .filter_by(person_id=person.id, course_id=course.id)
                        .count()
                        + 1,
                        round=1,
                        seed="0",
                        paper=[],
                    )
                )
                record(
                    AttemptResult(
                        organisation_id=self.id,
                        recorded_at=at,
                        attempt_id=attempt.id,
                        person_id=person.id,
                        course_id=course.id,
                        passed=True,
                        right=8,
                        questions=8,
                        missed_topics=[],
                    )
                )
                attempt_id, version_id = attempt.id, course.policy_version_id
        self.sign(person, version_id, attempt_id, at)

    def sign(self, person: PersonView, version_id: UUID, attempt_id: UUID, at: datetime) -> None:
        """Record a signature as the sign page would."""
        with transaction():
            record(
                Acknowledgement(
                    organisation_id=self.id,
                    recorded_at=at,
                    reference=uuid4().hex[:16],
                    person_id=person.id,
                    policy_version_id=version_id,
                    policy_sha256="0" * 64,
                    statement_sha256="0" * 64,
                    content_sha256="0" * 64,
                    statement="I have read it",
                    quoted_clauses=[],
                    typed_name=person.name,
                    name_on_file=person.name,
                    names_agree=True,
                    job_title="Teacher",
                    academy="Mill Road",
                    kind="employee",
                    ticked=True,
                    method="slip",
                    authenticated_at=at,
                    session_digest="0" * 64,
                    shown_at=at,
                    attempt_id=attempt_id,
                    attempt_number=1,
                    score="8/8",
                    review_overdue=False,
                )
            )

    def account(self, handle: str = "@millroad", *, academy: UUID | None = None) -> AccountView:
        """A registered account."""
        return accounts.register_account(
            self.id,
            academy_id=academy or self.school.id,
            platform=Platform.FACEBOOK,
            handle=handle,
            purpose="News for parents",
            work_email_address="office@millroad.example",
            at=self.now - timedelta(days=9),
        )

    def contacts(self, account: AccountView, *persons: PersonView) -> list[UUID]:
        """Name contacts of an account."""
        return [
            accounts.name_contact(
                account.id,
                p.id,
                organisation_id=self.id,
                starts_on=FIRST_DAY,
                at=self.now - timedelta(days=8),
            )
            for p in persons
        ]

    def request(
        self,
        person: PersonView,
        account: AccountView,
        by: PersonView,
        *,
        right: Right = Right.POSTER,
        at: datetime | None = None,
    ) -> RequestView:
        """A request with everything confirmed."""
        return asking.request_access(
            account.id,
            person.id,
            requested_by_id=by.id,
            right=right,
            purpose="Post photographs of sports day",
            starts_on=TODAY,
            ends_on=date(2027, 8, 31),
            asset_number="LT-0042",
            equipment_attested=True,
            two_step_confirmed=True,
            at=at or self.now,
        )


@dataclass
class Ready:
    """Somebody who has everything but approval and grant, and the people around them."""

    trust: Trust
    kim: PersonView
    sam: PersonView
    manager: PersonView
    it: PersonView
    account: AccountView

    def approved(self) -> RequestView:
        """Kim's request, made by Sam and approved by the line manager."""
        request = self.trust.request(self.kim, self.account, self.sam)
        return approving.decide_request(
            request.id, approver_id=self.manager.id, approved=True, at=self.trust.now
        )

    def granted(self) -> RequestView:
        """Kim's live right."""
        return granting.grant_access(self.approved().id, granted_by_id=self.it.id, at=self.trust.now)


@pytest.fixture
def make_trust(app: Flask) -> Callable[..., Trust]:
    """Makes an organisation of its own."""
    return Trust


@pytest.fixture
def ready(app: Flask) -> Ready:
    """Kim is trained, signed, inducted; the account has two contacts. Nothing is asked for yet."""
    trust = Trust()
    trust.publish()
    kim, sam = trust.person("Kim Shah"), trust.person("Sam Okafor")
    manager, it = trust.line_manager("Lee Marsh", kim), trust.it_leader("Ida Tan")
    account = trust.account()
    trust.train(kim)
    trust.contacts(account, kim, sam)
    inducting.record_induction(
        account.id,
        kim.id,
        organisation_id=trust.id,
        given_by_id=it.id,
        given_on=date(2026, 9, 8),
        at=NOW - timedelta(days=2),
    )
    return Ready(trust, kim, sam, manager, it, account)


@pytest.fixture
def run(app: object, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command at noon on 10 September 2026."""
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def invoke(group: click.Group, *arguments: str) -> Result:
        result = CliRunner().invoke(group, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
