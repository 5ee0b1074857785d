"""The sample organisations of the demonstration: academies, staff, offices, an account, and ways in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from elearn import clock
from elearn.access.accounts import name_contact, register_account
from elearn.access.facts import Platform
from elearn.access.inducting import record_induction
from elearn.auth.service import create_token, issue_slip, set_password
from elearn.config import data_folder
from elearn.courses.service import publish_with_courses
from elearn.db import transaction
from elearn.errors import ActionRefused, InvalidInput
from elearn.ledger.service import current_keys, enter_keys
from elearn.people import offices, organisations, placements, roles
from elearn.people import service as people
from elearn.people.organisations import AcademyView, OrganisationView
from elearn.people.rules import LINE_MANAGER, JobGroup, PersonKind
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.policies.rules import Change
from elearn.policies.service import import_policy
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import BundleView, load_bundle

OWN_TEXT = "model"
"""The policy whose text comes with the program."""
NEEDED_FILES = (
    "policy.yaml",
    "clauses.yaml",
    "positions.yaml",
    "key_rules.yaml",
    "access.yaml",
    "courses.yaml",
)
COLOURS = ("#1d4f76", "#5b2a6e", "#0b5d4e", "#7a2e2e", "#2f4b8f", "#5a4a1f")

ACADEMIES = (
    ("mill-road", "Mill Road Academy"),
    ("hill-top", "Hill Top Primary"),
    ("central", "Central team"),
)


@dataclass(frozen=True, slots=True)
class Post:
    """One sample person: who they are, and what they hold."""

    key: str
    name: str
    job_title: str
    job_group: JobGroup
    kind: PersonKind = PersonKind.EMPLOYEE
    role: Role | None = None
    offices: tuple[str, ...] = ()
    everywhere: bool = False


STARTERS = (
    Post("teacher", "Amira Begum", "Teacher of English", JobGroup.TEACHER),
    Post("kitchen", "Colin Ferris", "Catering assistant", JobGroup.KITCHEN),
    Post("governor", "Grace Okoro", "Local governor", JobGroup.GOVERNOR, PersonKind.GOVERNOR),
)
STAFF = (
    Post("manager", "Priya Nair", "Head of English", JobGroup.LEADER, role=Role.MANAGER),
    Post("approver", "Helen Marsh", "Head", JobGroup.HEAD, role=Role.APPROVER, offices=("head",)),
    Post("hr", "Tom Ellery", "HR adviser", JobGroup.OFFICE, role=Role.HR, offices=("hr",), everywhere=True),
    Post("it", "Dana Cole", "IT lead", JobGroup.IT, role=Role.IT, offices=("it_slt",), everywhere=True),
    Post("author", "Ruth Amadi", "Policy officer", JobGroup.OFFICE, role=Role.AUTHOR, everywhere=True),
    Post("auditor", "Owen Pryce", "Internal auditor", JobGroup.OFFICE, role=Role.AUDITOR, everywhere=True),
    Post(
        "administrator",
        "Jo Reed",
        "Chief operating officer",
        JobGroup.LEADER,
        role=Role.ADMINISTRATOR,
        everywhere=True,
    ),
    Post(
        "ceo",
        "Martin Lowe",
        "Chief executive",
        JobGroup.LEADER,
        role=Role.APPROVER,
        offices=("ceo",),
        everywhere=True,
    ),
)


@dataclass(slots=True)
class SampleTrust:
    """One sample organisation and the ways into it."""

    organisation: OrganisationView
    is_published: bool = False
    people: dict[str, PersonView] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    account_id: UUID | None = None
    token: str = ""
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Demonstration:
    """What was made: the organisations by slug, the one password, and what was left out and why."""

    password: str
    trusts: dict[str, SampleTrust] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def make_demonstration(texts: Path | None = None, *, only: Sequence[str] = ()) -> Demonstration:
    """Fill an empty database with the sample organisations; `texts` is a folder of policies called SLUG.txt."""
    made = Demonstration(password=f"demo-{secrets.token_hex(4)}")
    scenarios = data_folder("scenarios")
    folders = sorted(folder for folder in (scenarios / "policies").iterdir() if folder.is_dir())
    wanted = [folder for folder in folders if not only or folder.name in only]
    for number, folder in enumerate(wanted):
        missing = [name for name in NEEDED_FILES if not (folder / name).is_file()]
        if missing:
            made.remarks.append(f"{folder.name}: left out, since it has no {' and no '.join(missing)}")
            continue
        made.trusts[folder.name] = _make_trust(folder, COLOURS[number % len(COLOURS)], made.password, texts)
    return made


def _make_trust(folder: Path, colour: str, password: str, texts: Path | None) -> SampleTrust:
    at, slug = clock.now(), folder.name
    content = load_content(data_folder("scenarios"), [slug])
    policy = content.policies[slug].policy
    with transaction():
        organisation = organisations.add_organisation(
            slug,
            name=policy.organisation,
            short_name=policy.short_name,
            colour=colour,
            help_contact="the school office",
            at=at,
        )
        enter_keys("key.created", [organisation.id], current_keys(), at=at)
        trust = SampleTrust(organisation)
        academies = _add_academies(organisation, at)
        _add_people(trust, academies, at)
        author_id = trust.people["author"].id
        bundle = load_bundle(organisation.id, content, slug, loaded_by_id=author_id, at=at)
        _add_account(trust, academies[0], at)
    _add_ways_in(trust, password, at)
    _publish(trust, bundle, _text_of(folder, texts), at)
    return trust


def _add_academies(organisation: OrganisationView, at: datetime) -> list[AcademyView]:
    wanted = (
        ("mill-road", "Mill Road Academy", False),
        ("hill-top", "Hill Top Primary", False),
        ("central", "Central team", True),
    )
    return [
        organisations.add_academy(organisation.id, slug, name=name, is_central=central, at=at)
        for slug, name, central in wanted
    ]


def _add_people(trust: SampleTrust, academies: Sequence[AcademyView], at: datetime) -> None:
    for number, post in enumerate((*STARTERS, *STAFF), start=1):
        academy = academies[-1] if post.everywhere else academies[0]
        trust.people[post.key] = _add_person(trust, post, number, academy, at)
    for starter in STARTERS:
        offices.give_office(
            trust.people["manager"].id,
            LINE_MANAGER,
            for_person_id=trust.people[starter.key].id,
            starts_on=_term_start(at),
            at=at,
        )


def _add_person(
    trust: SampleTrust, post: Post, number: int, academy: AcademyView, at: datetime
) -> PersonView:
    day = _term_start(at)
    person = people.add_person(
        trust.organisation.id, payroll_number=str(10000 + number), name=post.name, at=at
    )
    placements.add_placement(
        person.id,
        academy_id=academy.id,
        kind=post.kind,
        job_title=post.job_title,
        job_group=post.job_group,
        starts_on=day,
        at=at,
    )
    where = None if post.everywhere else academy.id
    for office in post.offices:
        offices.give_office(person.id, office, academy_id=where, starts_on=day, at=at)
    if post.role is not None:
        roles.give_role(person.id, post.role, academy_id=where, starts_on=day, at=at)
    return person


def _term_start(at: datetime) -> date:
    return clock.local_day(at) - timedelta(days=3)


def _add_account(trust: SampleTrust, academy: AcademyView, at: datetime) -> None:
    """The academy's page, with two contacts, and its short induction given to the new teacher."""
    staff, organisation_id, day = trust.people, trust.organisation.id, clock.local_day(at)
    account = register_account(
        organisation_id,
        academy_id=academy.id,
        platform=Platform.FACEBOOK,
        handle="@millroad",
        purpose="News and events for families",
        work_email_address="news@millroad.example",
        slug="millroad",
        registered_by_id=staff["it"].id,
        at=at,
    )
    trust.account_id = account.id
    for key in ("it", "manager"):
        name_contact(account.id, staff[key].id, organisation_id=organisation_id, starts_on=day, at=at)
    record_induction(
        account.id,
        staff["teacher"].id,
        organisation_id=organisation_id,
        given_by_id=staff["it"].id,
        given_on=day,
        at=at,
    )


def _add_ways_in(trust: SampleTrust, password: str, at: datetime) -> None:
    slug, day = trust.organisation.slug, clock.local_day(at)
    for post in STAFF:
        login = f"{post.key}@{slug.replace('_', '-')}.example"
        set_password(trust.people[post.key].id, login=login, password=password, at=at)
        trust.logins[post.key] = login
    for post in STARTERS:
        slip = issue_slip(
            trust.people[post.key].id, expires_on=day + timedelta(days=30), issued_by_id=None, at=at
        )
        trust.codes[post.key] = slip.code
    trust.token = create_token(
        trust.organisation.id,
        name="demonstration",
        scopes=["access:read"],
        expires_on=day + timedelta(days=30),
        at=at,
    )


def _text_of(folder: Path, texts: Path | None) -> Path | None:
    own = folder / "policy.md"
    if folder.name == OWN_TEXT and own.is_file():
        return own
    given = None if texts is None else texts / f"{folder.name}.txt"
    return given if given is not None and given.is_file() else None


def _publish(trust: SampleTrust, bundle: BundleView, text: Path | None, at: datetime) -> None:
    """Import and publish the text, where there is one; a remark where it cannot be."""
    slug = trust.organisation.slug
    if text is None:
        return
    try:
        version = import_policy(trust.organisation.id, text.read_bytes(), text.name, at=at).version
        publish_with_courses(
            version.id,
            bundle.id,
            organisation_id=trust.organisation.id,
            in_force_from=clock.local_day(at),
            change=Change.MAJOR,
            published_by_id=trust.people["administrator"].id,
            at=at,
        )
    except (ActionRefused, InvalidInput) as error:
        trust.remarks.append(f"{slug}: its text could not be published: {str(error)[:300]}")
        return
    trust.is_published = True
