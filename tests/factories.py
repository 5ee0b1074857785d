"""A small trust to test with: its policy, eight situations, people, and ways in.

Everything is recorded at `at`, by default now; each organisation has a slug of its own, so tests share a database.
The content is in tests/content: the policy `fernhill`, with an induction of four situations of which three must be
right, and a course of three for people who post.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from elearn import clock
from elearn.acknowledgements import service as signing
from elearn.assignments.learning import get_learning
from elearn.auth.service import IssuedSlip, issue_slip, set_password
from elearn.courses.service import INDUCTION, CourseView, current_course, publish_with_courses
from elearn.people.organisations import AcademyView, OrganisationView, add_academy, add_organisation
from elearn.people.placements import add_placement, list_posts
from elearn.people.roles import give_role
from elearn.people.rules import JobGroup, PersonKind
from elearn.people.service import PersonView, add_person
from elearn.permissions import Role
from elearn.policies.rules import Change
from elearn.policies.service import VersionView, import_policy
from elearn.quizzes import service as quizzes
from elearn.scenarios.content import Content
from elearn.scenarios.loader import load_content
from elearn.scenarios.proposals import ProposalView, propose_change
from elearn.scenarios.service import find_latest_bundle, load_bundle

CONTENT = Path(__file__).parent / "content"
POLICY_TEXT = (CONTENT / "policy.md").read_text(encoding="utf-8")
NEXT_TEXT = POLICY_TEXT.replace("Version: 1.0", "Version: 1.1").replace("is not part of", "forms no part of")
"""The next version: it changes a clause that the content does not cite, so that the same content fits it."""
PASSWORD = "three brown teapots"


@dataclass(frozen=True, slots=True)
class Trust:
    """An organisation with one academy."""

    organisation: OrganisationView
    academy: AcademyView


@cache
def content() -> Content:
    """The content of tests/content."""
    return load_content(CONTENT)


# --- a trust and its policy ----------------------------------------------------------------------


def make_organisation(*, published: bool = True, at: datetime | None = None) -> Trust:
    """A trust with one academy and, unless told otherwise, its policy in force since yesterday."""
    at = at or clock.now()
    slug = f"fernhill-{secrets.token_hex(4)}"
    organisation = add_organisation(
        slug,
        name="Fernhill Academies Trust",
        short_name="Fernhill",
        help_contact="the office at Mill Road, 01632 960 001",
        at=at,
    )
    trust = Trust(organisation, add_academy(organisation.id, "mill-road", name="Mill Road Academy", at=at))
    if published:
        publish_policy(trust, in_force_from=clock.local_day(at) - timedelta(days=1), at=at)
    return trust


def publish_policy(
    trust: Trust,
    *,
    text: str = POLICY_TEXT,
    change: Change = Change.MAJOR,
    in_force_from: date | None = None,
    at: datetime | None = None,
) -> VersionView:
    """Import this text and put it in force, by default today, with the courses that teach it."""
    at = at or clock.now()
    version = import_policy(trust.organisation.id, text.encode(), "policy.md", at=at).version
    bundle = load_bundle(trust.organisation.id, content(), "fernhill", at=at)
    publish_with_courses(
        version.id,
        bundle.id,
        organisation_id=trust.organisation.id,
        in_force_from=in_force_from or clock.local_day(at),
        change=change,
        at=at,
    )
    return version


def course_of(trust: Trust, day: date | None = None, *, key: str = INDUCTION) -> CourseView:
    """The induction in force, or another course."""
    course = current_course(trust.organisation.id, key, day or clock.today())
    assert course is not None
    return course


def make_proposal(trust: Trust, proposed_by: PersonView, *, at: datetime | None = None) -> ProposalView:
    """A proposal to change the policy's words; each time other words."""
    bundle = find_latest_bundle(trust.organisation.id)
    assert bundle is not None
    text = (CONTENT / "policies" / "fernhill" / "policy.yaml").read_text(encoding="utf-8")
    changed = text.replace("the Safeguarding Lead", f"the Safeguarding Lead {secrets.token_hex(4)}")
    return propose_change(
        bundle, "policy", changed.encode(), note="", proposed_by_id=proposed_by.id, at=at or clock.now()
    )


# --- people --------------------------------------------------------------------------------------


def make_person(
    trust: Trust,
    name: str = "Amira Begum",
    *,
    kind: PersonKind = PersonKind.EMPLOYEE,
    job_title: str = "Teaching assistant",
    job_group: JobGroup = JobGroup.TEACHING_ASSISTANT,
    starts_on: date | None = None,
    ends_on: date | None = None,
    email: str | None = None,
    roles: Sequence[Role] = (),
    at: datetime | None = None,
) -> PersonView:
    """A person with one post at the trust's academy, by default since a week ago, and these permission roles."""
    at = at or clock.now()
    day = clock.local_day(at)
    person = add_person(
        trust.organisation.id, payroll_number=secrets.token_hex(5), name=name, email=email, at=at
    )
    add_placement(
        person.id,
        academy_id=trust.academy.id,
        kind=kind,
        job_title=job_title,
        job_group=job_group,
        starts_on=starts_on or day - timedelta(days=7),
        ends_on=ends_on,
        at=at,
    )
    for role in roles:
        give_role(person.id, role, starts_on=day - timedelta(days=1), at=at)
    return person


def make_slip(person: PersonView, *, days: int = 28, at: datetime | None = None) -> IssuedSlip:
    """A slip for a person, good for so many days from today."""
    at = at or clock.now()
    expires_on = clock.local_day(at) + timedelta(days=days)
    return issue_slip(person.id, expires_on=expires_on, issued_by_id=None, at=at)


# --- at the browser ------------------------------------------------------------------------------


def csrf_token(page: TestResponse) -> str:
    """The token of a page's first form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def post(
    client: FlaskClient, address: str, data: Mapping[str, Any] | None = None, *, page: str | None = None
) -> TestResponse:
    """Post a form with the token of the page it stands on, by default that of the address itself."""
    token = csrf_token(client.get(page or address))
    return client.post(address, data={"csrf_token": token, **(data or {})})


def sign_in(client: FlaskClient, person: PersonView) -> IssuedSlip:
    """Sign in with a fresh slip and say that it is you."""
    slip = make_slip(person)
    assert post(client, "/code", {"code": slip.code}).status_code == 303
    assert post(client, "/is-this-you", {"answer": "yes"}).status_code == 303
    return slip


def sign_in_with_password(client: FlaskClient, person: PersonView) -> None:
    """Sign in by password, which alone gives somebody the rights of their permission roles."""
    login = f"{person.id}@fernhill.example"
    set_password(person.id, login=login, password=PASSWORD, at=clock.now())
    assert post(client, "/sign-in", {"login": login, "password": PASSWORD}).status_code == 303


# --- training and signature, without a browser -----------------------------------------------------


def values(question: quizzes.QuestionView, *, right: bool = True) -> list[str]:
    """What to choose in a question to be right, or wrong."""
    place = {option: str(number) for number, option in enumerate(question.order, start=1)}
    good = [place[option] for option in question.asked.right]
    if right:
        return good
    if len(good) == len(place):
        return good[::-1]
    return [value for value in place.values() if value not in good][:1]


def answer_round(
    trust: Trust,
    person: PersonView,
    *,
    right: bool = True,
    at: datetime | None = None,
    key: str = INDUCTION,
    answers: int | None = None,
) -> quizzes.AttemptView:
    """Take a round of the induction, or of another course, with every choice right or every choice wrong.

    The whole round, unless it is to be left after so many answers.
    """
    at = at or clock.now()
    learning = get_learning(person, clock.local_day(at), key)
    attempt = quizzes.start_round(learning.course, learning.learner, at=at)
    while answers != 0 and (following := quizzes.next_question(attempt)) != (None, None):
        answers = None if answers is None else answers - 1
        number, step = following
        assert number is not None
        assert step is not None
        question = quizzes.get_question(attempt.id, number, step, person_id=person.id)
        chosen = values(question, right=right)
        quizzes.answer_question(attempt.id, number, step, chosen, sure=True, person_id=person.id, at=at)
    return attempt


def read_rules(trust: Trust, person: PersonView, *, at: datetime | None = None) -> None:
    """Read every key rule."""
    course = course_of(trust, None if at is None else clock.local_day(at))
    shown = {rule.id: at or clock.now() for rule in signing.rules_left(course, person.id)}
    signing.record_reading(person, course.policy_version_id, signing.rule_steps(shown))


def make_done(trust: Trust, person: PersonView, *, at: datetime | None = None) -> signing.SignatureView:
    """Read the rules, pass the situations and sign."""
    at = at or clock.now()
    read_rules(trust, person, at=at)
    answer_round(trust, person, at=at)
    return sign(trust, person, at=at)


def sign(trust: Trust, person: PersonView, *, at: datetime | None = None) -> signing.SignatureView:
    """Sign, the rules being read and the situations passed."""
    at = at or clock.now()
    course = course_of(trust, clock.local_day(at))
    offered = signing.to_sign(course, person)
    signer = signing.Signer(
        person,
        tuple(list_posts(person)),
        covered=True,
        method="password",
        authenticated_at=at,
        session_digest="0" * 64,
    )
    shown = signing.Shown(
        offered.version.id, offered.version.text_sha256, offered.statement, offered.quoted_refs, at
    )
    return signing.sign(course, signer=signer, shown=shown, typed_name=person.name, ticked=True, at=at)
