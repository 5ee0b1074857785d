"""Reading, signing or not signing one policy version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from elearn import clock
from elearn.acknowledgements import rules
from elearn.acknowledgements.models import Acknowledgement, ReadingStep
from elearn.courses.rules import add_months
from elearn.courses.service import CourseView
from elearn.db import is_there_already, transaction
from elearn.decisions import Refused, refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.kept import asked_once
from elearn.ledger.macs import require_unchanged, with_mac
from elearn.ledger.service import EntryView, find_entry, record
from elearn.people.organisations import get_organisation, lock_organisation
from elearn.people.rules import PlacementView, visible_text
from elearn.people.service import PersonView, chunks, lock_person
from elearn.policies.rules import review_is_overdue
from elearn.policies.service import (
    ClauseView,
    VersionView,
    accepted_for_training,
    clauses_by_ref,
    get_version,
    version_in_force,
)
from elearn.prepared import Prepared, PreparedChange
from elearn.quizzes.service import PassView, list_passes, score_behind
from elearn.scenarios.policy_content import KeyRule, Policy
from elearn.scenarios.service import bundle_sha256_of, get_bundle

POLICY_OPENED = "policy_opened"
"""The reading step that says when the whole text was opened."""
POLICY_READ = "policy"
"""The reading step of whoever says that they have read it."""


@dataclass(frozen=True, slots=True)
class ToSign:
    """What a signature would be under, exactly as the page shows it."""

    version: VersionView
    statement: str
    quoted: tuple[ClauseView, ...]
    content_sha256: str

    @property
    def quoted_refs(self) -> tuple[str, ...]:
        """Which clauses stand beside the statement, in their order; the version's text says in what words."""
        return tuple(clause.ref for clause in self.quoted)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the sign page had shown, as its sealed form brings it back."""

    version_id: UUID
    text_sha256: str
    statement: str
    quoted: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, and how they showed that it is them."""

    person: PersonView
    placements: tuple[PlacementView, ...]
    covered: bool
    method: str
    authenticated_at: datetime
    session_digest: str
    address: str | None = None
    browser: str | None = None
    languages: str | None = None
    """What the browser asks pages in, such as en-GB."""
    time_zone: str | None = None
    """What the browser says its clock shows, such as Europe/London; only where it runs our script."""


@dataclass(frozen=True, slots=True)
class SignatureView:
    """One recorded signature."""

    id: UUID
    organisation_id: UUID
    reference: str
    person_id: UUID
    version_id: UUID
    at: datetime
    statement: str
    quoted_clauses: Sequence[str]
    typed_name: str
    name_on_file: str
    job_title: str
    academy: str
    method: str
    score: str
    policy_sha256: str
    review_overdue: bool


# --- statements that pages ask often, put together once ------------------------------------------

_signatures = Acknowledgement.__table__.c
_SIGNATURE = tuple(
    _signatures[name]
    for name in (
        "id",
        "organisation_id",
        "reference",
        "person_id",
        "policy_version_id",
        "recorded_at",
        "statement",
        "quoted_clauses",
        "typed_name",
        "name_on_file",
        "job_title",
        "academy",
        "method",
        "score",
        "policy_sha256",
        "review_overdue",
    )
)
"""The columns of a `SignatureView`, in its order."""
SIGNATURES_OF = Prepared(
    select(*_SIGNATURE)
    .where(
        _signatures.organisation_id == bindparam("organisation_id"),
        _signatures.person_id.in_(bindparam("person_ids", expanding=True)),
    )
    .order_by(_signatures.recorded_at)
)
SIGNATURE_OF_REFERENCE = Prepared(select(*_SIGNATURE).where(_signatures.reference == bindparam("reference")))
SIGNATURE_ON = Prepared(
    select(*_SIGNATURE).where(
        _signatures.attempt_id == bindparam("attempt_id"),
        _signatures.policy_version_id == bindparam("version_id"),
    )
)
LAST_SIGNED_AT = Prepared(
    select(func.max(_signatures.recorded_at)).where(
        _signatures.organisation_id == bindparam("organisation_id"),
        _signatures.person_id == bindparam("person_id"),
        _signatures.policy_version_id == bindparam("version_id"),
    )
)
_steps = ReadingStep.__table__.c
STEPS_READ = Prepared(
    select(_steps.step).where(
        _steps.person_id == bindparam("person_id"), _steps.policy_version_id == bindparam("version_id")
    )
)
READING_ROWS = Prepared(
    select(*_steps).where(
        _steps.person_id == bindparam("person_id"), _steps.policy_version_id == bindparam("version_id")
    )
)
ADD_READING = PreparedChange(insert(ReadingStep))


# --- reading -------------------------------------------------------------------------------------


def key_rules(course: CourseView) -> tuple[KeyRule, ...]:
    """The rules shown before the situations of a course, in order."""
    return get_bundle(course.bundle_id).bundle.policy.key_rules


def rule_steps(shown: Mapping[str, datetime]) -> dict[str, datetime]:
    """When key rules were shown, by rule id, as the steps that `record_reading` takes."""
    return {f"rule:{rule_id}": at for rule_id, at in shown.items()}


def record_reading(person: PersonView, version_id: UUID, steps: Mapping[str, datetime]) -> None:
    """Record when key rules were shown, or the text was opened and read. The first time of each stays.

    A signature seals the reading before it: what began before it and arrives after it is not recorded.
    """
    with transaction():
        lock_person(person.id)
        read = steps_read(person.id, version_id)
        whose = {"organisation_id": person.organisation_id, "person_id": person.id}
        signed: datetime | None = LAST_SIGNED_AT.scalar(**whose, version_id=version_id)
        rows = [
            with_mac(ReadingStep, whose | {"policy_version_id": version_id, "step": step, "at": at})
            for step, at in steps.items()
            if step not in read and (signed is None or at > signed)
        ]
        ADD_READING.make_all(rows)


@asked_once
def steps_read(person_id: UUID, version_id: UUID) -> frozenset[str]:
    """Which key rules somebody was shown, and whether they opened the text and said that they read it."""
    return frozenset(STEPS_READ.scalars(person_id=person_id, version_id=version_id))


def rules_left(course: CourseView, person_id: UUID) -> list[KeyRule]:
    """The key rules somebody has not been shown yet, in order."""
    read = steps_read(person_id, course.policy_version_id)
    return [rule for rule in key_rules(course) if f"rule:{rule.id}" not in read]


# --- signing -------------------------------------------------------------------------------------


def to_sign(course: CourseView, person: PersonView) -> ToSign:
    """What this person would sign on this course's policy version."""
    policy = get_bundle(course.bundle_id).bundle.policy.policy
    version = get_version(course.policy_version_id, organisation_id=course.organisation_id)
    quoted = clauses_by_ref(version.id, policy.quote_beside_signature)
    return ToSign(
        version,
        _statement(policy, version, person),
        tuple(quoted[ref] for ref in policy.quote_beside_signature if ref in quoted),
        bundle_sha256_of(course.bundle_id),
    )


def _statement(policy: Policy, version: VersionView, person: PersonView) -> str:
    return rules.statement_text(
        policy.statement if version.number else rules.undated_version(policy.statement),
        {
            "name": person.name,
            "organisation": get_organisation(person.organisation_id).name,
            "title": version.title,
            "version": version.number or clock.spoken_date(version.dated),
            "dated": clock.spoken_date(version.dated) or "on a day it does not say",
            "who_to_ask": rules.asked_by_signer([policy.names[office] for office in policy.who_to_ask]),
        },
    )


def sign(
    course: CourseView, *, signer: Signer, shown: Shown, typed_name: str, ticked: bool, at: datetime
) -> SignatureView:
    """Record a signature under the exact text and sentence that were shown.

    Pressing the button twice gives the one signature. Raises ActionRefused with every reason where it may not
    be recorded; then nothing is.
    """
    try:
        with transaction():
            lock_organisation(signer.person.organisation_id, exclusive=False)
            lock_person(signer.person.id)
            return _sign(course, signer, shown, typed_name, ticked, at)
    except IntegrityError as error:
        if not is_there_already(Acknowledgement, error):
            raise
        return _already_signed(course, signer.person, clock.local_day(at))


def is_in_force(shown: Shown, organisation_id: UUID, day: date) -> bool:
    """Whether the text that a sign page had shown is still the one to sign."""
    version = version_in_force(organisation_id, day)
    return version is not None and (version.id, version.text_sha256) == (shown.version_id, shown.text_sha256)


def _already_signed(course: CourseView, person: PersonView, day: date) -> SignatureView:
    passed = latest_pass(course, person, day)
    found = None if passed is None else _signature_on(passed, course.policy_version_id)
    if found is None:
        raise NotFound("no such signature")
    return found


def _sign(
    course: CourseView, signer: Signer, shown: Shown, typed_name: str, ticked: bool, at: datetime
) -> SignatureView:
    person = signer.person
    passed = latest_pass(course, person, clock.local_day(at))
    existing = None if passed is None else _signature_on(passed, course.policy_version_id)
    if existing is not None:
        return existing
    offered = to_sign(course, person)
    in_force = version_in_force(person.organisation_id, clock.local_day(at))
    if in_force is not None and in_force.id != offered.version.id:
        in_force = None  # another version than the course's came into force meanwhile
    verdict = rules.may_sign(
        rules.SigningFacts(
            version_in_force=None if in_force is None else in_force.id,
            text_in_force="" if in_force is None else in_force.text_sha256,
            shown_version=shown.version_id,
            shown_text=shown.text_sha256,
            shown_statement=shown.statement,
            statement_now=offered.statement,
            shown_quoted=shown.quoted,
            quoted_now=offered.quoted_refs,
            covered=signer.covered,
            passed=passed is not None,
            rules_left=len(rules_left(course, person.id)),
            authenticated_at=signer.authenticated_at,
            typed_name=typed_name,
            ticked=ticked,
        ),
        at,
    )
    if isinstance(verdict, Refused) or passed is None:
        raise ActionRefused(verdict if isinstance(verdict, Refused) else refuse("situations_not_passed", ""))
    require_unchanged(ReadingStep, READING_ROWS.all(person_id=person.id, version_id=offered.version.id))
    return _signature(record(_row(course, signer, shown, offered, typed_name, passed, at)))


def _row(
    course: CourseView,
    signer: Signer,
    shown: Shown,
    offered: ToSign,
    typed_name: str,
    passed: PassView,
    at: datetime,
) -> Acknowledgement:
    person, posts = signer.person, signer.placements
    return Acknowledgement(
        organisation_id=person.organisation_id,
        recorded_at=at,
        reference=rules.new_reference(),
        person_id=person.id,
        policy_version_id=offered.version.id,
        policy_sha256=offered.version.text_sha256,
        statement_sha256=rules.statement_sha256(offered.statement),
        content_sha256=offered.content_sha256,
        statement=offered.statement,
        quoted_clauses=list(shown.quoted),
        typed_name=_name(typed_name),
        name_on_file=person.name,
        names_agree=rules.names_agree(typed_name, person.name),
        email=person.email,
        job_title=", ".join(dict.fromkeys(post.job_title for post in posts))[:300],
        academy=", ".join(dict.fromkeys(post.academy_name for post in posts))[:500],
        kind=", ".join(dict.fromkeys(post.kind.value for post in posts))[:100],
        ticked=True,
        method=signer.method,
        authenticated_at=signer.authenticated_at,
        session_digest=signer.session_digest,
        shown_at=shown.at,
        attempt_id=passed.attempt_id,
        attempt_number=passed.number,
        score=score_behind(passed),
        review_overdue=review_is_overdue(offered.version.review_due, clock.local_day(at)),
        address=signer.address,
        browser=None if signer.browser is None else signer.browser[:400],
        languages=None if signer.languages is None else signer.languages[:200],
        time_zone=rules.time_zone_told(signer.time_zone),
    )


def _name(text: str) -> str:
    name = visible_text(text)
    if len(name) > 200:
        raise InvalidInput("name: at most 200 characters")
    return name


def latest_pass(course: CourseView, person: PersonView, day: date) -> PassView | None:
    """The latest pass of this course that counts on a day for the version in force: on it, or on an earlier one
    after which training still stands. Its last day counts."""
    accepted = accepted_for_training(course.organisation_id, day)
    passes = list_passes(person.organisation_id, [person.id], key=course.key).get(person.id, [])
    months = course.rules.valid_months
    counting = [
        passed
        for passed in passes
        if passed.version_id in accepted and day <= add_months(clock.local_day(passed.at), months)
    ]
    return counting[-1] if counting else None


def _signature_on(passed: PassView, version_id: UUID) -> SignatureView | None:
    """The signature under a version that rests on this pass."""
    row = SIGNATURE_ON.first(attempt_id=passed.attempt_id, version_id=version_id)
    return None if row is None else SignatureView(*row)


# --- reading back --------------------------------------------------------------------------------


def list_signatures(organisation_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, list[SignatureView]]:
    """Every signature of these people, by person, oldest first."""
    found: dict[UUID, list[SignatureView]] = {}
    for chunk in chunks(person_ids):
        for signature in _signatures_of(organisation_id, tuple(chunk)):
            found.setdefault(signature.person_id, []).append(signature)
    return found


@asked_once
def _signatures_of(organisation_id: UUID, person_ids: tuple[UUID, ...]) -> list[SignatureView]:
    rows = SIGNATURES_OF.all(organisation_id=organisation_id, person_ids=person_ids)
    return [SignatureView(*row) for row in rows]


def get_signature(reference: str, *, person_id: UUID) -> SignatureView:
    """A person's own signature. Raises NotFound for anyone else's, as for none at all."""
    signature = find_signature(reference)
    if signature is None or signature.person_id != person_id:
        raise NotFound("no such record")
    return signature


def find_signature(reference: str) -> SignatureView | None:
    """The signature of this reference, whosever it is: for verification, which shows no name."""
    row = SIGNATURE_OF_REFERENCE.first(reference=reference.strip().upper())
    return None if row is None else SignatureView(*row)


def ledger_entry(signature: SignatureView) -> EntryView:
    """Where a signature stands in its organisation's chain. Raises NotFound."""
    entry = find_entry(signature.organisation_id, signature.id)
    if entry is None:
        raise NotFound("this signature is not in the ledger")
    return entry


def _signature(row: Acknowledgement) -> SignatureView:
    return SignatureView(*(getattr(row, column.name) for column in _SIGNATURE))
