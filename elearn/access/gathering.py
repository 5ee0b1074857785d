"""From rows to the facts that the gate decides on. Reads only, and takes nothing from an earlier answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from elearn.access import queries
from elearn.access.facts import (
    AccessFacts,
    AccountFact,
    ApprovalFact,
    ContactFact,
    GrantFact,
    HoldFact,
    HoldScope,
    InductionFact,
    PersonFact,
    PlacementFact,
    PolicyFact,
    RequestFact,
    Right,
    SignatureFact,
    TrainingFact,
)
from elearn.access.requirements import AccessRequirements, TrainingNeed, read_requirements
from elearn.clock import LONDON, local_day
from elearn.completion.rules import Passed, Signed, TrainingRules, training_record
from elearn.people.rules import OfficeView, Term
from elearn.policies.rules import Change, PublicationView, accepted_versions, publication_in_force
from elearn.scenarios.service import get_bundle

TRAINING_STANDS = (Change.EDITORIAL, Change.MATERIAL)
"""Changes of the policy after which earlier training still counts."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is known of one account and of the people asked about, and what the account asks for."""

    organisation_id: UUID | None
    requirements: AccessRequirements | None
    facts: Mapping[UUID, AccessFacts]


def gather(
    person_ids: Sequence[UUID],
    account_id: UUID,
    day: date,
    *,
    at: datetime | None = None,
    within: UUID | None = None,
) -> Gathered:
    """Everything that bears on these people and this account on a day, in five statements.

    `at` decides holds where it lies on that day. What was recorded after the day is left out. Accounts and people
    of another organisation than `within`, where given, are unknown. Raises RequirementsUnusable where the content
    cannot be read as requirements.
    """
    moment = at if at is not None and local_day(at) == day else None
    parameters: dict[str, Any] = {
        "account_id": account_id,
        "day_starts": start_of(day),
        "known_by": start_of(day + timedelta(days=1)) - timedelta(microseconds=1),
        "person_ids": list(person_ids),
    }
    found = queries.ACCOUNT_WITH_HOLDS.all(**parameters)
    if not found or within not in (None, found[0].organisation_id):
        return _without_account(person_ids, queries.KNOWN_PEOPLE.all(**parameters), within)
    first = found[0]
    parameters["organisation_id"] = first.organisation_id
    policy = _policy(queries.PUBLICATIONS_WITH_COURSES.all(**parameters), day)
    needs = None if policy.bundle_id is None else requirements_of(policy.bundle_id, first.is_central)
    shared = _Shared(_account(first), _holds(found), policy, needs, moment)
    return Gathered(first.organisation_id, needs, _facts_by_person(person_ids, parameters, shared))


def start_of(day: date) -> datetime:
    """The first moment of a day in the United Kingdom."""
    return datetime.combine(day, time(), LONDON)


@lru_cache(maxsize=200)
def requirements_of(bundle_id: UUID, central: bool) -> AccessRequirements:
    """What loaded content asks for, at an academy's account or a central one. Content never changes, so it is
    read once in each process. Raises NotFound, RequirementsUnusable."""
    return read_requirements(get_bundle(bundle_id).bundle.policy, central=central)


@dataclass(frozen=True, slots=True)
class _Policy:
    """The version in force, the content it is taught with, and the versions that count."""

    fact: PolicyFact | None = None
    bundle_id: UUID | None = None
    next_version_on: date | None = None
    training_versions: frozenset[UUID] = frozenset()
    signature_versions: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is the same for everybody asked about."""

    account: AccountFact
    holds: tuple[HoldFact, ...]
    policy: _Policy
    needs: AccessRequirements | None
    at: datetime | None


def _without_account(person_ids: Sequence[UUID], known: Iterable[Row[Any]], within: UUID | None) -> Gathered:
    people = {row.id: PersonFact(row.id, row.name) for row in known if within in (None, row.organisation_id)}
    facts = {person_id: AccessFacts(people.get(person_id), None) for person_id in person_ids}
    return Gathered(None, None, facts)


def _facts_by_person(
    person_ids: Sequence[UUID], parameters: Mapping[str, Any], shared: _Shared
) -> dict[UUID, AccessFacts]:
    organisation_id = parameters["organisation_id"]
    found = queries.PEOPLE_WITH_POSTS.all(**parameters)
    posts = [row for row in found if row.organisation_id == organisation_id]
    requests = _by_person(queries.REQUESTS_WITH_OUTCOME.all(**parameters))
    done = _by_person(queries.PASSES_AND_SIGNATURES.all(**parameters))
    contacts = _contacts(posts)
    by_person: dict[UUID, list[Row[Any]]] = {}
    for row in posts:
        by_person.setdefault(row.id, []).append(row)
    return {
        person_id: _facts(
            by_person.get(person_id, []),
            requests.get(person_id, []),
            done.get(person_id, []),
            contacts,
            shared,
        )
        for person_id in person_ids
    }


def _facts(
    posts: Sequence[Row[Any]],
    requests: Sequence[Row[Any]],
    done: Sequence[Row[Any]],
    contacts: tuple[ContactFact, ...],
    shared: _Shared,
) -> AccessFacts:
    first = posts[0] if posts else None
    training, signature = _done(done, shared)
    return AccessFacts(
        person=None if first is None else PersonFact(first.id, first.name),
        account=shared.account,
        policy=shared.policy.fact,
        next_version_on=shared.policy.next_version_on,
        placements=_placements(posts),
        training=training,
        signature=signature,
        contacts=contacts,
        inductions=_inductions(posts),
        requests=tuple(_request(row) for row in requests),
        holds=shared.holds,
        at=shared.at,
    )


def _by_person(found: Iterable[Row[Any]]) -> dict[UUID, list[Row[Any]]]:
    grouped: dict[UUID, list[Row[Any]]] = {}
    for row in found:
        grouped.setdefault(row.person_id, []).append(row)
    return grouped


# --- the account, its holds and contacts ------------------------------------------------------------


def _account(row: Row[Any]) -> AccountFact:
    registered_on = local_day(row.registered_at)
    return AccountFact(row.id, row.handle, row.academy_id, row.academy_name, registered_on, row.closed_on)


def _holds(found: Iterable[Row[Any]]) -> tuple[HoldFact, ...]:
    return tuple(
        HoldFact(
            row.hold_id,
            HoldScope(row.scope),
            row.reason,
            row.starts_at,
            local_day(row.starts_at),
            row.ends_at,
            None if row.ends_at is None else local_day(row.ends_at),
            row.lifted_at,
            None if row.lifted_at is None else local_day(row.lifted_at),
        )
        for row in found
        if row.hold_id is not None
    )


def _contacts(posts: Iterable[Row[Any]]) -> tuple[ContactFact, ...]:
    terms: dict[UUID, tuple[UUID, Term]] = {}
    held: dict[UUID, dict[UUID, Term]] = {}
    for row in posts:
        if row.contact_id is None:
            continue
        terms[row.contact_id] = (row.id, Term(row.contact_from, row.contact_until))
        if row.placement_id is not None:
            held.setdefault(row.contact_id, {})[row.placement_id] = Term(row.starts_on, row.ends_on)
    return tuple(
        ContactFact(person_id, term, tuple(held.get(contact_id, {}).values()))
        for contact_id, (person_id, term) in terms.items()
    )


def _placements(posts: Iterable[Row[Any]]) -> tuple[PlacementFact, ...]:
    found = {
        row.placement_id: PlacementFact(
            row.kind, row.academy_id, row.is_central, Term(row.starts_on, row.ends_on)
        )
        for row in posts
        if row.placement_id is not None
    }
    return tuple(found.values())


def _inductions(posts: Iterable[Row[Any]]) -> tuple[InductionFact, ...]:
    given: dict[UUID, date] = {}
    held: dict[UUID, dict[UUID, OfficeView]] = {}
    for row in posts:
        if row.induction_id is None:
            continue
        given[row.induction_id] = row.given_on
        if row.office_id is not None:
            held.setdefault(row.induction_id, {})[row.office_id] = _office(row)
    return tuple(InductionFact(day, tuple(held.get(key, {}).values())) for key, day in given.items())


def _office(row: Row[Any]) -> OfficeView:
    """An office of who gave an induction."""
    term = Term(row.held_from, row.held_until)
    return OfficeView(
        row.office_id, row.given_by_id, row.office, row.held_at, row.for_person_id, term, row.held_since
    )


def _request(row: Row[Any]) -> RequestFact:
    approval = grant = None
    if row.approval_id is not None:
        decided_on = local_day(row.decided_at)
        approval = ApprovalFact(row.approval_id, row.approved, decided_on, row.conditions, row.approved_until)
    if row.grant_id is not None:
        ended_on = None if row.ended_at is None else local_day(row.ended_at)
        grant = GrantFact(row.grant_id, Term(row.granted_from, row.granted_until), ended_on)
    return RequestFact(
        row.id,
        row.recorded_at,
        Right(row.right),
        Term(row.starts_on, row.ends_on),
        row.equipment_attested,
        row.two_step_confirmed,
        approval,
        grant,
    )


# --- policy, training, signature ----------------------------------------------------------------------


def _policy(found: Sequence[Row[Any]], day: date) -> _Policy:
    """The version in force on a day; its content is that of the course opened on it last."""
    publications = {
        row.id: PublicationView(
            row.id, row.version_id, row.in_force_from, Change(row.change), "", row.recorded_at
        )
        for row in found
    }
    listed = list(publications.values())
    coming = min((p.in_force_from for p in listed if p.in_force_from > day), default=None)
    current = publication_in_force(listed, day)
    if current is None:
        return _Policy(next_version_on=coming)
    rows = [row for row in found if row.id == current.id]
    return _Policy(
        PolicyFact(f"Version {rows[0].version} of the policy", current.in_force_from),
        rows[-1].bundle_id,
        coming,
        accepted_versions(listed, day, changes=TRAINING_STANDS),
        accepted_versions(listed, day),
    )


def _done(found: Sequence[Row[Any]], shared: _Shared) -> tuple[dict[str, TrainingFact], SignatureFact | None]:
    if shared.needs is None:
        return {}, None
    signatures = [
        Signed(local_day(row.recorded_at), row.policy_version_id, row.reference)
        for row in found
        if row.course is None
    ]
    training: dict[str, TrainingFact] = {}
    signature: SignatureFact | None = None
    for need in shared.needs.training:
        passes = [
            Passed(local_day(row.recorded_at), row.policy_version_id)
            for row in found
            if row.course == need.course
        ]
        training[need.course], signed = _one_course(need, passes, signatures, shared.policy)
        signature = signature or signed
    return training, signature


def _one_course(
    need: TrainingNeed, passes: Sequence[Passed], signatures: Sequence[Signed], policy: _Policy
) -> tuple[TrainingFact, SignatureFact | None]:
    rules = TrainingRules(need.valid_months, policy.training_versions, policy.signature_versions)
    record = training_record(passes, signatures, rules)
    if record.passed is not None:
        training = TrainingFact(need.course, record.passed.on, record.training_until, accepted=True)
    else:
        training = TrainingFact(need.course, max((p.on for p in passes), default=None))
    signature = None
    if record.signed is not None:
        signature = SignatureFact(record.signed.on, record.signature_until, accepted=True)
    elif signatures:
        signature = SignatureFact(max(s.on for s in signatures), None, accepted=False)
    return training, signature
