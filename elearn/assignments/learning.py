"""One person's way through a course: what it is, which of their posts it covers, how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from elearn.acknowledgements.service import (
    SignatureView,
    key_rules,
    latest_pass,
    list_signatures,
    rules_left,
)
from elearn.assignments.rules import Standing
from elearn.assignments.service import placements_open_to, standing_of
from elearn.completion.service import training_record
from elearn.courses.service import ACCOUNT_HOLDER, INDUCTION, CourseView, current_course
from elearn.errors import NotFound
from elearn.people.rules import JobGroup, PlacementView, placements_on
from elearn.people.service import PersonView, list_posts
from elearn.quizzes.service import Learner, Progress, progress
from elearn.scenarios.policy_content import KeyRule


@dataclass(frozen=True, slots=True)
class Learning:
    """Somebody's course on a day: the one in force, and the posts of theirs in which they may take it."""

    person: PersonView
    course: CourseView
    posts: tuple[PlacementView, ...]

    @property
    def is_covered(self) -> bool:
        """Whether there is anything for them to do."""
        return bool(self.posts)

    @property
    def learner(self) -> Learner:
        """Who is asked: on what footing and in which job groups; who trains to post is asked as one who does."""
        groups = frozenset(post.job_group.value for post in self.posts)
        if self.course.key == ACCOUNT_HOLDER:
            groups |= {JobGroup.ACCOUNT_HOLDER.value}
        return Learner(self.person.id, frozenset(post.kind for post in self.posts), groups)


@dataclass(frozen=True, slots=True)
class Tasks:
    """How far somebody is: the rules and those still unread, the situations, and every signature so far.

    `renewed`: training and signature stand, and the situations were passed again since the last signature.
    `shown`: rules that their browser has shown; they count as read from the last one's button on.
    """

    standing: Standing
    rules: tuple[KeyRule, ...]
    unread: tuple[KeyRule, ...]
    progress: Progress
    signatures: tuple[SignatureView, ...]
    renewed: bool = False
    shown: frozenset[str] = frozenset()

    @property
    def next_rule(self) -> KeyRule | None:
        """The rule to go on with: one not shown yet or, with all shown, the last one. None when they are read."""
        left = [rule for rule in self.unread if rule.id not in self.shown] or list(self.unread[-1:])
        return left[0] if left else None

    @property
    def rules_seen(self) -> int:
        """How many rules somebody has read or been shown."""
        unread = {rule.id for rule in self.unread} - self.shown
        return sum(rule.id not in unread for rule in self.rules)

    @property
    def may_sign(self) -> bool:
        """Whether rules and situations are done, so that the signature is what is left or can be given anew."""
        return not self.unread and self.situations_done and (self.renewed or not self.standing.is_done)

    @property
    def situations_done(self) -> bool:
        """Whether training stands: passed on this version, or on an earlier one after which training still counts."""
        return all(reason.code != "training" for reason in self.standing.left)

    @property
    def has_begun(self) -> bool:
        """Whether they have done anything yet."""
        begun = self.progress.attempt is not None or self.progress.rounds_done > 0
        return begun or self.rules_seen > 0


def find_learning(person: PersonView, day: date, key: str = INDUCTION) -> Learning | None:
    """A person's course of this key on a day; None where their organisation has not published one."""
    course = current_course(person.organisation_id, key, day)
    if course is None:
        return None
    posts = placements_open_to(list_posts(person), course)
    return Learning(person, course, tuple(posts_at(posts, day)))


def get_learning(person: PersonView, day: date, key: str = INDUCTION) -> Learning:
    """A person's course of this key on a day. Raises NotFound where there is none, or it is not for them."""
    learning = find_learning(person, day, key)
    if learning is None or not learning.is_covered:
        raise NotFound("there is no such course for this person")
    return learning


@dataclass(frozen=True, slots=True)
class HolderCourse:
    """How far somebody is with the situations for people who post: the last day on which a pass counts or
    counted (None without one), and whether it counts on the day asked about."""

    course: CourseView
    progress: Progress
    valid_until: date | None
    counts: bool

    @property
    def has_begun(self) -> bool:
        """Whether they have started it, or done it already."""
        started = self.progress.attempt is not None or self.progress.rounds_done > 0
        return started or self.valid_until is not None


def find_holder_course(person: PersonView, day: date) -> HolderCourse | None:
    """Somebody's place in the course for people who post; None where there is none, or it is not for them."""
    learning = find_learning(person, day, ACCOUNT_HOLDER)
    if learning is None or not learning.is_covered:
        return None
    course = learning.course
    record = training_record(person.id, course.key, organisation_id=course.organisation_id, day=day)
    return HolderCourse(
        course,
        progress(course, person.id, day=day),
        None if record is None else record.training_until,
        record is not None and record.training_counts_on(day),
    )


def posts_at(posts: Sequence[PlacementView], day: date) -> list[PlacementView]:
    """The posts that stand on a day or, before the first day of work, those that start next."""
    standing = placements_on(posts, day)
    coming = [post for post in posts if post.term.starts_on > day]
    if standing or not coming:
        return standing
    first = min(post.term.starts_on for post in coming)
    return [post for post in coming if post.term.starts_on == first]


def tasks_of(learning: Learning, day: date, *, shown: Iterable[str] = ()) -> Tasks:
    """How far somebody is with their induction on a day. `shown`: ids of the rules that their browser has shown."""
    person, course = learning.person, learning.course
    standing = standing_of(person.id, organisation_id=person.organisation_id, day=day, key=course.key)
    if standing is None:
        raise NotFound("there is no induction for this person")
    signatures = list_signatures(person.organisation_id, [person.id]).get(person.id, [])
    passed = latest_pass(course, person, day) if standing.is_done else None
    return Tasks(
        standing,
        key_rules(course),
        tuple(rules_left(course, person.id)),
        progress(course, person.id, day=day),
        tuple(signatures),
        passed is not None and signatures[-1].at < passed.at,
        frozenset(shown),
    )
