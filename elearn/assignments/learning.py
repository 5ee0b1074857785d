"""One person's way through the induction: what it is, which of their posts it covers, how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from elearn.acknowledgements.service import SignatureView, key_rules, list_signatures, rules_left
from elearn.assignments.rules import Standing
from elearn.assignments.service import covered_placements, standing_of
from elearn.courses.service import INDUCTION, CourseView, current_course
from elearn.errors import NotFound
from elearn.people.rules import PlacementView, placements_on
from elearn.people.service import PersonView, list_placements
from elearn.quizzes.service import Learner, Progress, progress
from elearn.scenarios.policy_content import KeyRule


@dataclass(frozen=True, slots=True)
class Learning:
    """Somebody's induction on a day: the course in force, and the posts of theirs that it covers."""

    person: PersonView
    course: CourseView
    posts: tuple[PlacementView, ...]

    @property
    def is_covered(self) -> bool:
        """Whether there is anything for them to do."""
        return bool(self.posts)

    @property
    def learner(self) -> Learner:
        """Who is asked: on what footing and in which job groups."""
        return Learner(
            self.person.id,
            frozenset(post.kind for post in self.posts),
            frozenset(post.job_group for post in self.posts),
        )


@dataclass(frozen=True, slots=True)
class Tasks:
    """How far somebody is: the rules and those still unread, the situations, and every signature so far."""

    standing: Standing
    rules: tuple[KeyRule, ...]
    unread: tuple[KeyRule, ...]
    progress: Progress
    signatures: tuple[SignatureView, ...]

    @property
    def may_sign(self) -> bool:
        """Whether rules and situations are done, so that the signature is what is left."""
        return not self.unread and self.situations_done

    @property
    def situations_done(self) -> bool:
        """Whether training stands: passed on this version, or on an earlier one after which training still counts."""
        return all(reason.code != "training" for reason in self.standing.left)

    @property
    def has_begun(self) -> bool:
        """Whether they have done anything yet."""
        begun = self.progress.attempt is not None or self.progress.rounds_done > 0
        return begun or len(self.unread) < len(self.rules)


def find_learning(person: PersonView, day: date) -> Learning | None:
    """A person's induction on a day; None where their organisation has not published one."""
    course = current_course(person.organisation_id, INDUCTION, day)
    if course is None:
        return None
    covered = covered_placements(list_placements([person.id])[person.id], course)
    return Learning(person, course, tuple(_posts_at(covered, day)))


def get_learning(person: PersonView, day: date) -> Learning:
    """A person's induction on a day. Raises NotFound where there is none, or it does not cover them."""
    learning = find_learning(person, day)
    if learning is None or not learning.is_covered:
        raise NotFound("there is no induction for this person")
    return learning


def _posts_at(posts: Sequence[PlacementView], day: date) -> list[PlacementView]:
    """The posts that stand on a day or, before the first day of work, those that start next."""
    standing = placements_on(posts, day)
    coming = [post for post in posts if post.term.starts_on > day]
    if standing or not coming:
        return standing
    first = min(post.term.starts_on for post in coming)
    return [post for post in coming if post.term.starts_on == first]


def tasks_of(learning: Learning, day: date) -> Tasks:
    """How far somebody is with their induction on a day."""
    person, course = learning.person, learning.course
    standing = standing_of(person.id, organisation_id=person.organisation_id, day=day, key=course.key)
    if standing is None:
        raise NotFound("there is no induction for this person")
    signatures = list_signatures(person.organisation_id, [person.id]).get(person.id, [])
    return Tasks(
        standing,
        key_rules(course),
        tuple(rules_left(course, person.id)),
        progress(course, person.id, day=day),
        tuple(signatures),
    )
