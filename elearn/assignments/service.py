"""Standing of one person or many, worked out from facts whenever it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from elearn.acknowledgements.questions import list_questions
from elearn.acknowledgements.service import SignatureView, list_signatures
from elearn.assignments.rules import Standing, StandingFacts, StandingRules, standing
from elearn.completion.service import CourseStanding, course_standing, training_records
from elearn.courses.service import ACCOUNT_HOLDER, INDUCTION, CourseView
from elearn.people.placements import list_placements, list_posts
from elearn.people.rules import PersonKind, PlacementView, is_for_work
from elearn.people.service import get_person
from elearn.quizzes.service import list_started, rounds_of
from elearn.scenarios.policy_content import Policy
from elearn.scenarios.service import get_bundle


@dataclass(frozen=True, slots=True)
class Known:
    """What standings are worked out from: posts and signatures by person, and who has started the course."""

    placements: Mapping[UUID, Sequence[PlacementView]]
    signatures: Mapping[UUID, Sequence[SignatureView]]
    started: frozenset[UUID]


def standing_of(
    person_id: UUID, *, organisation_id: UUID, day: date, key: str = INDUCTION
) -> Standing | None:
    """One person's standing in a course on a day; None where no course of this key is published."""
    course = course_standing(organisation_id, key, day)
    if course is None:
        return None
    has_started = bool(rounds_of(course.course, person_id))
    known = Known(
        {person_id: list_posts(get_person(person_id))},
        list_signatures(organisation_id, [person_id]),
        frozenset({person_id} if has_started else ()),
    )
    return standings_from([person_id], course, known, day=day)[person_id]


def standings_of(
    person_ids: Sequence[UUID], *, organisation_id: UUID, day: date, key: str = INDUCTION
) -> dict[UUID, Standing] | None:
    """The standings of many people in a constant number of statements; None where no course is published."""
    course = course_standing(organisation_id, key, day)
    if course is None:
        return None
    known = Known(
        list_placements(organisation_id, person_ids),
        list_signatures(organisation_id, person_ids),
        list_started(organisation_id, person_ids, course_id=course.course.id),
    )
    return standings_from(person_ids, course, known, day=day)


def standings_from(
    person_ids: Sequence[UUID], course: CourseStanding, known: Known, *, day: date
) -> dict[UUID, Standing]:
    """The standings of people of whom this is known already."""
    rules = StandingRules(course.course.rules.due_days, course.asked_from)
    facts = _standing_facts(person_ids, course, known)
    return {person_id: standing(facts[person_id], rules, day) for person_id in person_ids}


def _standing_facts(
    person_ids: Sequence[UUID], course: CourseStanding, known: Known
) -> dict[UUID, StandingFacts]:
    """What standing is worked out from, for each of these people."""
    placements, signatures, started = known.placements, known.signatures, known.started
    records = training_records(person_ids, course, signatures)
    questions = list_questions(course.course.organisation_id, person_ids)
    facts = {}
    for person_id in person_ids:
        covered = covered_placements(placements[person_id], course.course)
        signed = signatures.get(person_id, [])
        waiting = [q for q in questions.get(person_id, []) if q.instead_of_signing and q.answered_at is None]
        open_question = bool(waiting) and (not signed or signed[-1].at < waiting[-1].at)
        facts[person_id] = StandingFacts(
            placed_from=min((p.term.starts_on for p in covered), default=None),
            left_on=_left_on(covered),
            record=records[person_id],
            started=person_id in started,
            question_open=open_question,
        )
    return facts


def covered_placements(placements: Sequence[PlacementView], course: CourseView) -> list[PlacementView]:
    """The posts that the policy's scope clauses and the course's audience cover: those that must do it."""
    groups = course.rules.job_groups
    return [post for post in _of_its_kinds(placements, course) if is_for_work(groups, post.job_group)]


def placements_open_to(placements: Sequence[PlacementView], course: CourseView) -> list[PlacementView]:
    """The posts in which somebody may take a course. That for people who post is open in every post that the
    policy covers: it comes before the access that would make them one."""
    of_its_kinds = _of_its_kinds(placements, course)
    return of_its_kinds if course.key == ACCOUNT_HOLDER else covered_placements(of_its_kinds, course)


def _of_its_kinds(placements: Sequence[PlacementView], course: CourseView) -> list[PlacementView]:
    policy, kinds = get_bundle(course.bundle_id).bundle.policy.policy, course.rules.kinds
    return [
        post
        for post in placements
        if policy_covers(policy, post.kind) and (kinds == "everyone" or post.kind.value in kinds)
    ]


def policy_covers(policy: Policy, kind: PersonKind) -> bool:
    """Whether a policy's scope names this kind of person; silence does not cover."""
    return bool(policy.covers.get(kind, "silent") != "silent")


def _left_on(placements: Sequence[PlacementView]) -> date | None:
    """The last day of the last post, None while one is open."""
    last_days = [post.term.ends_on for post in placements]
    return None if not last_days or None in last_days else max(day for day in last_days if day)
