"""Which content teaches which policy version, and what passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from elearn.clock import local_day
from elearn.courses.models import Course
from elearn.db import db, transaction
from elearn.decisions import Reason, Refused, refuse
from elearn.drafts.service import authors_of
from elearn.errors import ActionRefused, NotFound
from elearn.kept import Kept, asked_once
from elearn.ledger.service import record
from elearn.policies.importing import clause_fingerprint
from elearn.policies.rules import Change, PublicationView, publication_in_force
from elearn.policies.service import (
    PUBLICATIONS,
    list_clauses,
    list_publications,
    publication_view,
    publish,
)
from elearn.prepared import Prepared
from elearn.scenarios.policy_content import Course as CourseRules
from elearn.scenarios.proposals import ProposalView, accept_proposal, get_proposal, list_acceptances
from elearn.scenarios.service import BundleView, get_bundle, loaders_of

INDUCTION = "induction"
ACCOUNT_HOLDER = "account_holder"
"""The course for people who post for the organisation: asked for by the gate, and open to all it covers."""


@dataclass(frozen=True, slots=True)
class CourseView:
    """One course on one policy version."""

    id: UUID
    organisation_id: UUID
    key: str
    title: str
    policy_version_id: UUID
    bundle_id: UUID
    rules: CourseRules


def publish_with_courses(
    version_id: UUID,
    bundle_id: UUID,
    *,
    organisation_id: UUID,
    in_force_from: date,
    change: Change,
    note: str = "",
    published_by_id: UUID | None = None,
    at: datetime,
) -> PublicationView:
    """Put a policy version in force together with the courses that teach it, in one transaction.

    Raises ActionRefused where the content cites a clause that this text does not have, or has in other words, and
    where somebody publishes it who loaded it or is its author, before anybody else has accepted it.
    """
    with transaction():
        check_content_fits(version_id, bundle_id)
        barred = (
            None
            if published_by_id is None
            else find_publishing_bar(organisation_id, bundle_id, published_by_id)
        )
        if barred is not None:
            raise ActionRefused(Refused((barred,)))
        publication = publish(
            version_id,
            organisation_id=organisation_id,
            in_force_from=in_force_from,
            change=change,
            note=note,
            published_by_id=published_by_id,
            at=at,
        )
        open_courses(version_id, bundle_id, organisation_id=organisation_id, at=at)
        return publication


def open_courses(
    version_id: UUID, bundle_id: UUID, *, organisation_id: UUID, at: datetime
) -> list[CourseView]:
    """Give the courses of a content bundle on a policy version from now on."""
    with transaction():
        return [
            _view(
                record(
                    Course(
                        organisation_id=organisation_id,
                        recorded_at=at,
                        key=rules.id.value,
                        title=rules.title,
                        policy_version_id=version_id,
                        bundle_id=bundle_id,
                        rules=rules.model_dump(mode="json", by_alias=True),
                    )
                )
            )
            for rules in get_bundle(bundle_id).bundle.policy.courses
        ]


def accept_content(
    proposal_id: UUID, *, organisation_id: UUID, accepted_by_id: UUID, at: datetime
) -> BundleView:
    """Load proposed content on a second person's yes, and give its courses on the version in force from now on.

    Raises as `accept_proposal` does, and ActionRefused where the content does not fit the text in force, or builds on
    content that whoever accepts it loaded and nobody else has said yes to.
    """
    with transaction():
        proposal = get_proposal(proposal_id, organisation_id=organisation_id)
        if accepted_by_id in loaders_beneath(proposal):
            raise ActionRefused(
                refuse(
                    "own_content",
                    "Somebody else has to say yes to this: it builds on content that you loaded, which nobody has "
                    "accepted or published",
                )
            )
        bundle = accept_proposal(
            proposal_id, organisation_id=organisation_id, accepted_by_id=accepted_by_id, at=at
        )
        publication = publication_in_force(list_publications(organisation_id), local_day(at))
        if publication is not None:
            check_content_fits(publication.version_id, bundle.id)
            open_courses(publication.version_id, bundle.id, organisation_id=organisation_id, at=at)
        return bundle


def loaders_beneath(proposal: ProposalView) -> frozenset[UUID]:
    """Who loaded by command what a proposal builds on, where nobody else accepted or published that.

    A yes to such a proposal is the first to all of that content.
    """
    base_id = proposal.base_id
    if base_id is None or list_acceptances(base_id):
        return frozenset()
    taught = db.session.scalar(select(Course.id).where(Course.bundle_id == base_id).limit(1))
    return frozenset() if taught is not None else loaders_of(base_id)


def find_publishing_bar(organisation_id: UUID, bundle_id: UUID, publisher_id: UUID) -> Reason | None:
    """Why this person cannot publish this content; None where they can.

    Content loaded by command has nobody's yes yet: it is the publisher's, who is nobody that loaded it, and nobody that
    answered its questions on the pages. Content loaded before who loads was recorded has no loaders.
    """
    if list_acceptances(bundle_id):
        return None
    if publisher_id in loaders_of(bundle_id):
        did = "loaded this content"
    elif publisher_id in authors_of(organisation_id):
        did = "answered questions of the content"
    else:
        return None
    return Reason(
        "own_content",
        f"Somebody else has to publish this: whoever {did} cannot, as nobody has accepted it on the pages. "
        "Ask another author or administrator; an administrator can give somebody else that role",
    )


def check_content_fits(version_id: UUID, bundle_id: UUID) -> None:
    """Refuse content whose clauses are not those of this text, naming each that differs.

    And content with an answer or a key rule that rests on a clause which neither lists.
    """
    compiled = get_bundle(bundle_id)
    policy = compiled.bundle.policy
    printed = {clause.ref: clause_fingerprint(clause.text) for clause in list_clauses(version_id)}
    reasons = []
    for clause in policy.clauses:
        if clause.ref not in printed:
            reasons.append(
                Reason("clause_missing", f"The text has no clause {clause.ref}, which the content cites")
            )
        elif printed[clause.ref] != clause.fingerprint:
            reasons.append(
                Reason(
                    "clause_changed",
                    f"Clause {clause.ref} reads differently from what the content was written for",
                )
            )
    questions = {position.id: position.question for position in compiled.bundle.catalogue.positions}
    titles = {rule.id: rule.title for rule in policy.key_rules}
    listed = {clause.ref for clause in policy.clauses}
    for kind, name, ref in dict.fromkeys(policy.resting()):
        if ref not in printed and ref not in listed:
            told = f"the answer to “{questions.get(name, name)}”"
            if kind == "key rule":
                told = f"the rule “{titles[name]}”"
            reasons.append(Reason("citation_missing", f"The text has no clause {ref}, on which {told} rests"))
    if reasons:
        raise ActionRefused(Refused(tuple(reasons)))


@dataclass(frozen=True, slots=True)
class Published:
    """What an organisation has put in force: its publications, oldest first, and the ids of the courses of each
    version by their keys, as last opened."""

    publications: tuple[PublicationView, ...]
    course_ids: Mapping[UUID, Mapping[str, UUID]]

    def course_on(self, day: date, key: str) -> CourseView | None:
        """The course of this key on the policy version in force on a day, as last opened; None without one."""
        publication = publication_in_force(self.publications, day)
        course_id = None if publication is None else self.course_ids[publication.version_id].get(key)
        return None if course_id is None else get_course(course_id)


def current_course(organisation_id: UUID, key: str, day: date) -> CourseView | None:
    """The course of this key on the policy version in force on a day, as last opened; None without one."""
    return list_published(organisation_id).course_on(day, key)


def _published() -> Select[Any]:
    publications, courses = PUBLICATIONS.query.subquery(), Course.__table__.c
    opened = (courses.organisation_id == bindparam("organisation_id")) & (
        courses.policy_version_id == publications.c.version_id
    )
    return (
        select(publications, courses.key, courses.id.label("course_id"))
        .join_from(publications, Course.__table__, opened, isouter=True)
        .order_by(publications.c.in_force_from, publications.c.recorded_at, courses.recorded_at)
    )


PUBLISHED = Prepared(_published())


@asked_once
def list_published(organisation_id: UUID) -> Published:
    """Every publication of an organisation's policy with the courses on it: one question, which most pages ask."""
    publications: dict[UUID, PublicationView] = {}
    course_ids: dict[UUID, dict[str, UUID]] = {}
    for row in PUBLISHED.all(organisation_id=organisation_id):
        if row.id not in publications:
            publications[row.id] = publication_view(row)
        opened = course_ids.setdefault(row.version_id, {})
        if row.course_id is not None:
            opened[row.key] = row.course_id
    return Published(tuple(publications.values()), course_ids)


_courses: Kept[UUID, CourseView] = Kept(500)


def get_course(course_id: UUID) -> CourseView:
    """The course of this id. Raises NotFound."""

    def read() -> CourseView:
        row = db.session.get(Course, course_id)
        if row is None:
            raise NotFound("no such course")
        return _view(row)

    return _courses.get(course_id, read)


def _view(row: Course) -> CourseView:
    return CourseView(
        row.id,
        row.organisation_id,
        row.key,
        row.title,
        row.policy_version_id,
        row.bundle_id,
        rules_of(row.rules),
    )


def rules_of(stored: Mapping[str, Any]) -> CourseRules:
    """A course's rules as stored with it."""
    tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
    return CourseRules.model_validate(tuples)
