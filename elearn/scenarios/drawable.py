"""What courses ever put to anybody: who takes a course, what such people are asked, and which topics it draws."""

from __future__ import annotations

from collections.abc import Iterator

from elearn.people.rules import JobGroup, PersonKind, is_for_work
from elearn.scenarios.asked import Cell
from elearn.scenarios.policy_content import Course
from elearn.scenarios.rules import CompiledBundle, is_put_to
from elearn.scenarios.vocabulary import EVERYONE, CourseId

_OWN_GROUP = {
    PersonKind.GOVERNOR: JobGroup.GOVERNOR,
    PersonKind.TRUSTEE: JobGroup.GOVERNOR,
    PersonKind.VOLUNTEER: JobGroup.VOLUNTEER,
}


def people_of(compiled: CompiledBundle) -> list[tuple[PersonKind, JobGroup]]:
    """The kinds of person that the policy covers, each with the job groups such people may have."""
    found = []
    for kind, covering in compiled.bundle.policy.policy.covers.items():
        if covering != "silent":
            own = _OWN_GROUP.get(kind)
            others = [group for group in JobGroup if group not in _OWN_GROUP.values()]
            found += [(kind, group) for group in ([own] if own else others)]
    return found


def course_is_for(course: Course, kind: PersonKind, group: JobGroup) -> bool:
    """Whether somebody of this kind in this job group is put a course."""
    return _is_for_kind(course, kind) and is_for_work(course.job_groups, group)


def _is_for_kind(course: Course, kind: PersonKind) -> bool:
    return course.kinds == EVERYONE or kind in course.kinds


def topics_drawn(course: Course) -> frozenset[str]:
    """The topics that every whole paper of a course has a situation from, for those who are bound in them.

    A topic with the number 0 that does not decide by itself has its turn where a question is left over for each.
    """
    needed = {topic for topic, count in course.topics.items() if count or topic in course.must_get_right}
    others = course.topics.keys() - needed
    left = course.questions - sum(max(1, course.topics[topic]) for topic in needed)
    return frozenset(needed | others if left >= len(others) else needed)


def is_drawn(compiled: CompiledBundle, cell: Cell) -> bool:
    """Whether some course can put this telling of a situation to somebody."""
    topic = compiled.scenarios[cell.scenario].topic
    return bool(cell.asked) and any(
        topic in topics_drawn(course)
        and any(
            is_put_to(compiled, cell.scenario, cell.variant, kind, groups)
            for kind, groups in _takers(compiled, course)
        )
        for course in compiled.bundle.policy.courses
    )


def _takers(compiled: CompiledBundle, course: Course) -> Iterator[tuple[PersonKind, frozenset[str]]]:
    """Who takes a course. An account holder is whoever is about to post, in whatever job."""
    for kind, group in people_of(compiled):
        if course.id is CourseId.ACCOUNT_HOLDER and _is_for_kind(course, kind):
            yield kind, frozenset({group.value, JobGroup.ACCOUNT_HOLDER.value})
        elif course_is_for(course, kind, group):
            yield kind, frozenset({group.value})
