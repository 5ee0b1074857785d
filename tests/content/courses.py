"""Every course of the content that the program teaches, and who is put it: what simulations draw papers for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from uuid import UUID

from elearn.config import data_folder
from elearn.people.rules import JobGroup, PersonKind
from elearn.quizzes.drawing import Counts
from elearn.quizzes.rules import PaperRules, Situation, narrowed
from elearn.quizzes.service import Drawer, Learner, mix_of, paper_rules, pool_for
from elearn.scenarios.content import Content
from elearn.scenarios.drawable import course_is_for, people_of
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import Course
from elearn.scenarios.rules import CompiledBundle

NOBODY = UUID(int=0)


@cache
def taught() -> Content:
    """The content that the program teaches."""
    return load_content(data_folder("scenarios"))


@cache
def compiled(slug: str) -> CompiledBundle:
    """One organisation's content, compiled once."""
    return CompiledBundle(taught().bundle(slug))


@dataclass(frozen=True)
class Taker:
    """Somebody of one kind in one job group who is put a course."""

    slug: str
    course: Course
    kind: PersonKind
    group: JobGroup

    def __str__(self) -> str:
        return f"{self.slug}, {self.course.id.value}, {self.kind.value} ({self.group.value})"

    @cached_property
    def pool(self) -> list[Situation]:
        """What they may be asked in it; who trains to post is asked as one who does."""
        groups = {self.group, JobGroup.ACCOUNT_HOLDER} if self.course.id == "account_holder" else {self.group}
        learner = Learner(NOBODY, frozenset({self.kind}), frozenset(group.value for group in groups))
        found = pool_for(compiled(self.slug), learner)
        return [situation for situation in found if situation.topic in self.course.topics]

    @cached_property
    def drawer(self) -> Drawer:
        """What their papers are drawn from, as when they are given."""
        return Drawer(compiled(self.slug), self.pool, self.mix, self.rules)

    @cached_property
    def mix(self) -> Mapping[str, Counts]:
        """The difficulties of what anybody there is asked in it."""
        return mix_of(compiled(self.slug), self.course.topics)

    @cached_property
    def rules(self) -> PaperRules:
        """The course's rules as they are for them."""
        return narrowed(paper_rules(self.course), self.pool)


@cache
def takers(slug: str) -> tuple[Taker, ...]:
    """Everybody who is put a course at one organisation, one of each kind and job group."""
    return tuple(_takers(slug))


def _takers(slug: str) -> Iterator[Taker]:
    for course in taught().policies[slug].courses:
        for kind, group in people_of(compiled(slug)):
            # An account holder is whoever is about to post, in whatever job.
            if course.id == "account_holder" or course_is_for(course, kind, group):
                yield Taker(slug, course, kind, group)


def of_course(slug: str, course: str) -> tuple[Taker, ...]:
    """Those of them who are put one course."""
    return tuple(taker for taker in takers(slug) if taker.course.id == course)


COURSES = [(slug, course.id.value) for slug, policy in taught().policies.items() for course in policy.courses]
