"""Training records: derived from passes and signatures whenever they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from elearn.acknowledgements.service import SignatureView, list_signatures
from elearn.clock import local_day
from elearn.completion.rules import Passed, Signed, TrainingRecord, TrainingRules
from elearn.completion.rules import training_record as work_out
from elearn.courses.service import CourseView, list_published
from elearn.policies.rules import Change, accepted_versions, signed_anew_from
from elearn.quizzes.service import list_passes


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """A course in force, what counts for it on a day, and since when the signature has been asked for."""

    course: CourseView
    rules: TrainingRules
    asked_from: date


def course_standing(organisation_id: UUID, key: str, day: date) -> CourseStanding | None:
    """The course of this key on a day with the versions it accepts; None where none is published."""
    published = list_published(organisation_id)
    publications, course = published.publications, published.course_on(day, key)
    if course is None:
        return None
    rules = TrainingRules(
        course.rules.valid_months,
        accepted_versions(publications, day, changes=(Change.EDITORIAL, Change.MATERIAL)),
        accepted_versions(publications, day),
    )
    return CourseStanding(course, rules, signed_anew_from(publications, day) or day)


def training_records(
    person_ids: Sequence[UUID],
    standing: CourseStanding,
    signatures: Mapping[UUID, Sequence[SignatureView]],
) -> dict[UUID, TrainingRecord]:
    """The training records of many people with these signatures, in a constant number of statements."""
    passes = list_passes(standing.course.organisation_id, person_ids, key=standing.course.key)
    return {
        person_id: work_out(
            [Passed(local_day(p.at), p.version_id) for p in passes.get(person_id, [])],
            [Signed(local_day(s.at), s.version_id, s.reference) for s in signatures.get(person_id, [])],
            standing.rules,
        )
        for person_id in person_ids
    }


def training_record(person_id: UUID, key: str, *, organisation_id: UUID, day: date) -> TrainingRecord | None:
    """One person's training record for a course on a day; None where the course is not published."""
    standing = course_standing(organisation_id, key, day)
    if standing is None:
        return None
    return training_records([person_id], standing, list_signatures(organisation_id, [person_id]))[person_id]
