"""Training records: derived from passes and signatures whenever they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from elearn.acknowledgements.service import list_signatures
from elearn.clock import local_day
from elearn.completion.rules import Passed, Signed, TrainingRecord, TrainingRules
from elearn.completion.rules import training_record as work_out
from elearn.courses.service import CourseView, current_course
from elearn.policies.rules import Change, accepted_versions
from elearn.policies.service import list_publications
from elearn.quizzes.service import list_passes


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """A course in force, and what counts for it on a day."""

    course: CourseView
    rules: TrainingRules


def course_standing(organisation_id: UUID, key: str, day: date) -> CourseStanding | None:
    """The course of this key on a day with the versions it accepts; None where none is published."""
    course = current_course(organisation_id, key, day)
    if course is None:
        return None
    publications = list_publications(organisation_id)
    rules = TrainingRules(
        course.rules.valid_months,
        accepted_versions(publications, day, changes=(Change.EDITORIAL, Change.MATERIAL)),
        accepted_versions(publications, day),
    )
    return CourseStanding(course, rules)


def training_records(person_ids: Sequence[UUID], standing: CourseStanding) -> dict[UUID, TrainingRecord]:
    """The training records of many people for one course, in a constant number of statements."""
    organisation_id = standing.course.organisation_id
    passes = list_passes(organisation_id, person_ids, key=standing.course.key)
    signatures = list_signatures(organisation_id, person_ids)
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
    return None if standing is None else training_records([person_id], standing)[person_id]
