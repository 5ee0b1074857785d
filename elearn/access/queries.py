"""The statements of the gate. They may read other packages' tables, and never write.

The gate is asked on every use, so it reads narrow rows in five statements whose number and cost do not grow with
the organisation; each is built once. `known_by` bounds what had been recorded, so that a past day is answered
as it was known by its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)

from elearn.access.models import (
    AccessGrant,
    AccessRequest,
    AccountClosing,
    AccountContact,
    AccountInduction,
    Approval,
    GrantEnding,
    Hold,
    HoldLifted,
    SocialAccount,
)
from elearn.acknowledgements.models import Acknowledgement
from elearn.courses.models import Course
from elearn.db import UtcDateTime, connection
from elearn.people.models import Academy, OfficeHolding, Person, Placement
from elearn.policies.models import PolicyVersion, Publication
from elearn.prepared import Prepared
from elearn.quizzes.models import AttemptResult

KNOWN_BY: ColumnElement[Any] = bindparam("known_by", type_=UtcDateTime())
DAY_STARTS: ColumnElement[Any] = bindparam("day_starts", type_=UtcDateTime())
ORGANISATION: ColumnElement[Any] = bindparam("organisation_id", type_=Uuid())
ACCOUNT: ColumnElement[Any] = bindparam("account_id", type_=Uuid())


def asked_about(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column is one of the people asked about."""
    return column.in_(bindparam("person_ids", type_=Uuid(), expanding=True))


academies: FromClause = Academy.__table__
accounts: FromClause = SocialAccount.__table__
approvals: FromClause = Approval.__table__
closings: FromClause = AccountClosing.__table__
contacts: FromClause = AccountContact.__table__
courses: FromClause = Course.__table__
endings: FromClause = GrantEnding.__table__
grants: FromClause = AccessGrant.__table__
holds: FromClause = Hold.__table__
inductions: FromClause = AccountInduction.__table__
lifted: FromClause = HoldLifted.__table__
offices: FromClause = OfficeHolding.__table__
people: FromClause = Person.__table__
placements: FromClause = Placement.__table__
publications: FromClause = Publication.__table__
requests: FromClause = AccessRequest.__table__
results: FromClause = AttemptResult.__table__
signatures: FromClause = Acknowledgement.__table__
versions: FromClause = PolicyVersion.__table__


def standing(table: FromClause) -> ColumnElement[bool]:
    """Whether a row was known by then and had not been replaced by then."""
    later = table.alias()
    replaced = exists().where(later.c.replaces_id == table.c.id, later.c.recorded_at <= KNOWN_BY)
    return and_(table.c.recorded_at <= KNOWN_BY, ~replaced)


def known(table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """What a join to a fact table asks: the conditions, and that it was recorded by then."""
    return and_(*conditions, table.c.recorded_at <= KNOWN_BY)


def _account_with_holds() -> Select[Any]:
    """The account by its key, and each hold that reaches it on some part of the day."""
    reaches = or_(
        holds.c.scope == "organisation",
        holds.c.academy_id == accounts.c.academy_id,
        holds.c.account_id == accounts.c.id,
    )
    over = exists().where(lifted.c.hold_id == holds.c.id, lifted.c.recorded_at < DAY_STARTS)
    in_day = and_(or_(holds.c.ends_at.is_(None), holds.c.ends_at > DAY_STARTS), ~over)
    later_lifted = lifted.alias("lifted_later")
    joined = (
        accounts.join(academies, academies.c.id == accounts.c.academy_id)
        .outerjoin(closings, known(closings, closings.c.account_id == accounts.c.id))
        .outerjoin(
            holds, known(holds, holds.c.organisation_id == accounts.c.organisation_id, reaches, in_day)
        )
        .outerjoin(later_lifted, known(later_lifted, later_lifted.c.hold_id == holds.c.id))
    )
    return (
        select(
            accounts.c.id,
            accounts.c.organisation_id,
            accounts.c.handle,
            accounts.c.academy_id,
            accounts.c.recorded_at.label("registered_at"),
            academies.c.name.label("academy_name"),
            academies.c.is_central,
            closings.c.closed_on,
            holds.c.id.label("hold_id"),
            holds.c.scope,
            holds.c.reason,
            holds.c.starts_at,
            holds.c.ends_at,
            later_lifted.c.recorded_at.label("lifted_at"),
        )
        .select_from(joined)
        .where(accounts.c.id == ACCOUNT)
        .order_by(holds.c.starts_at)
    )


def _people_with_posts() -> Select[Any]:
    """The people asked about and the account's contacts, with their posts, and their inductions with the
    offices of who gave them.

    People of other organisations are among them: a condition on it would lead the planner to read everybody.
    """
    asked = people.alias("asked")
    contact_of = and_(
        contacts.c.organisation_id == ORGANISATION, contacts.c.account_id == ACCOUNT, standing(contacts)
    )
    those = union(
        select(asked.c.id).where(asked_about(asked.c.id)), select(contacts.c.person_id).where(contact_of)
    ).subquery("those")
    inducted = known(
        inductions,
        inductions.c.organisation_id == ORGANISATION,
        inductions.c.account_id == ACCOUNT,
        inductions.c.person_id == people.c.id,
    )
    giver_held = and_(
        offices.c.organisation_id == ORGANISATION,
        offices.c.person_id == inductions.c.given_by_id,
        or_(offices.c.for_person_id.is_(None), offices.c.for_person_id == people.c.id),
        standing(offices),
    )
    post_of = and_(
        placements.c.organisation_id == ORGANISATION,
        placements.c.person_id == people.c.id,
        or_(placements.c.ends_on.is_(None), placements.c.ends_on >= placements.c.starts_on),
        standing(placements),
    )
    joined = (
        those.join(people, people.c.id == those.c.id)
        .outerjoin(contacts, and_(contact_of, contacts.c.person_id == people.c.id))
        .outerjoin(placements, post_of)
        .outerjoin(academies, academies.c.id == placements.c.academy_id)
        .outerjoin(inductions, inducted)
        .outerjoin(offices, giver_held)
    )
    return select(
        people.c.id,
        people.c.organisation_id,
        people.c.name,
        contacts.c.id.label("contact_id"),
        contacts.c.starts_on.label("contact_from"),
        contacts.c.ends_on.label("contact_until"),
        placements.c.id.label("placement_id"),
        placements.c.kind,
        placements.c.academy_id,
        placements.c.starts_on,
        placements.c.ends_on,
        academies.c.is_central,
        inductions.c.id.label("induction_id"),
        inductions.c.given_on,
        inductions.c.given_by_id,
        offices.c.id.label("office_id"),
        offices.c.office,
        offices.c.academy_id.label("held_at"),
        offices.c.for_person_id,
        offices.c.starts_on.label("held_from"),
        offices.c.ends_on.label("held_until"),
        offices.c.recorded_at.label("held_since"),
    ).select_from(joined)


def _requests_with_outcome() -> Select[Any]:
    """What was asked for these people at the account, and what came of it."""
    joined = (
        requests.outerjoin(approvals, known(approvals, approvals.c.request_id == requests.c.id))
        .outerjoin(grants, known(grants, grants.c.request_id == requests.c.id))
        .outerjoin(endings, known(endings, endings.c.grant_id == grants.c.id))
    )
    return (
        select(
            requests.c.id,
            requests.c.person_id,
            requests.c.recorded_at,
            requests.c.right,
            requests.c.starts_on,
            requests.c.ends_on,
            requests.c.equipment_attested,
            requests.c.two_step_confirmed,
            approvals.c.id.label("approval_id"),
            approvals.c.approved,
            approvals.c.recorded_at.label("decided_at"),
            approvals.c.conditions,
            approvals.c.ends_on.label("approved_until"),
            grants.c.id.label("grant_id"),
            grants.c.starts_on.label("granted_from"),
            grants.c.ends_on.label("granted_until"),
            endings.c.recorded_at.label("ended_at"),
        )
        .select_from(joined)
        .where(
            requests.c.organisation_id == ORGANISATION,
            requests.c.account_id == ACCOUNT,
            asked_about(requests.c.person_id),
            requests.c.recorded_at <= KNOWN_BY,
        )
    )


def _publications_with_courses() -> Select[Any]:
    """Every publication of the organisation's policy, with the content its courses were opened with."""
    given = known(
        courses,
        courses.c.organisation_id == publications.c.organisation_id,
        courses.c.policy_version_id == publications.c.version_id,
    )
    joined = publications.join(versions, versions.c.id == publications.c.version_id).outerjoin(courses, given)
    return (
        select(
            publications.c.id,
            publications.c.version_id,
            publications.c.in_force_from,
            publications.c.change,
            publications.c.recorded_at,
            versions.c.version,
            courses.c.bundle_id,
            courses.c.recorded_at.label("opened_at"),
        )
        .select_from(joined)
        .where(publications.c.organisation_id == ORGANISATION, publications.c.recorded_at <= KNOWN_BY)
        .order_by(courses.c.recorded_at)
    )


def _passes_and_signatures() -> CompoundSelect[Any]:
    """What these people passed (course and version) and signed (version; no course)."""
    passed = (
        select(
            results.c.person_id,
            results.c.recorded_at,
            courses.c.policy_version_id,
            cast(courses.c.key, String).label("course"),
            literal("").label("reference"),
        )
        .join(courses, courses.c.id == results.c.course_id)
        .where(
            results.c.organisation_id == ORGANISATION,
            asked_about(results.c.person_id),
            results.c.passed,
            results.c.recorded_at <= KNOWN_BY,
        )
    )
    signed = select(
        signatures.c.person_id,
        signatures.c.recorded_at,
        signatures.c.policy_version_id,
        cast(null(), String).label("course"),
        signatures.c.reference,
    ).where(
        signatures.c.organisation_id == ORGANISATION,
        asked_about(signatures.c.person_id),
        signatures.c.recorded_at <= KNOWN_BY,
    )
    return union_all(passed, signed)


ACCOUNT_WITH_HOLDS = Prepared(_account_with_holds())
PUBLICATIONS_WITH_COURSES = Prepared(_publications_with_courses())
PEOPLE_WITH_POSTS = Prepared(_people_with_posts())
REQUESTS_WITH_OUTCOME = Prepared(_requests_with_outcome())
PASSES_AND_SIGNATURES = Prepared(_passes_and_signatures())
KNOWN_PEOPLE = Prepared(
    select(people.c.id, people.c.organisation_id, people.c.name).where(asked_about(people.c.id))
)


def rows(statement: Any, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Everything a statement finds, read on the session's own connection and so inside its write unit."""
    return connection().execute(statement, parameters).all()
