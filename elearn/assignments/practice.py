"""Practice where no policy is in force: situations to try, in our words for the clauses. Nothing of it is stored.

A trust's content may be here while the text of its policy is not. Nobody can be trained on such a version or sign
it, but staff can try its situations. What they choose travels in the address of the page and ends with it: there
is no row that anybody could take for training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from elearn.assignments.learning import posts_at
from elearn.assignments.service import policy_covers
from elearn.courses.quoting import Quotation, quote_content
from elearn.courses.service import INDUCTION
from elearn.errors import NotFound
from elearn.people.placements import list_posts
from elearn.people.rules import PlacementView, is_for_work
from elearn.people.service import PersonView
from elearn.policies.service import list_versions, version_in_force
from elearn.quizzes import rules
from elearn.quizzes.lazy import Fitting
from elearn.quizzes.service import Choice, Drawer, Learner, choices_in, drawer_for
from elearn.scenarios.asked import Asked, Offered
from elearn.scenarios.policy_content import Course, Policy
from elearn.scenarios.rules import CompiledBundle, resolve
from elearn.scenarios.service import BundleView, find_latest_bundle, get_bundle
from elearn.scenarios.vocabulary import EVERYONE, ScenarioType

MOST_TURNS = 20
"""So many papers are drawn for one person, the later ones of situations that came before."""


@dataclass(frozen=True, slots=True)
class Practice:
    """What somebody may practise: the content, and who they are. `has_text`: a text is here, but not in force."""

    bundle: BundleView
    compiled: CompiledBundle
    course: Course
    learner: Learner
    has_text: bool

    @property
    def policy(self) -> Policy:
        """The policy that the content was written for."""
        return self.compiled.bundle.policy.policy

    def paper(self, turn: int) -> list[rules.PaperItem]:
        """The situations of a turn, the same each time; those of earlier turns come again only for want of others.

        Raises NotFound for a turn that there is not.
        """
        return self.given(turn).paper

    def given(self, turn: int) -> Fitting:
        """The paper of a turn with its seed, drawn as those that count: no lazy way of answering passes it.

        Raises NotFound for a turn that there is not.
        """
        if not 1 <= turn <= MOST_TURNS:
            raise NotFound("no such practice")
        drawer = drawer_for(self.compiled, self.course, self.learner)
        given = self._first(drawer, 1)
        for each in range(2, turn + 1):
            seen = {(item.scenario, item.variant) for item in given.paper}
            drawer = replace(drawer, seen={*drawer.seen, *seen})
            given = self._first(drawer, each)
        return given

    def _first(self, drawer: Drawer, turn: int) -> Fitting:
        seed = f"practice|{self.learner.person_id}|{self.bundle.sha256}|{turn}"
        return drawer.give(seed, round_number=1)


@dataclass(frozen=True, slots=True)
class PracticeQuestion:
    """One situation (or step of one) to try; `began` is the story that a later step goes on from."""

    turn: int
    number: int
    of: int
    step: str
    asked: Asked
    order: tuple[str, ...]
    choices: tuple[Choice, ...]
    began: str = ""


@dataclass(frozen=True, slots=True)
class PracticeConsequence:
    """What would follow a choice, in the shape of what follows an answer; `next_number` None where all are tried."""

    question: PracticeQuestion
    chosen: tuple[Offered, ...]
    right: bool
    better: tuple[Offered, ...]
    sure: bool | None
    next_number: int | None
    next_step: str | None
    quotations: tuple[Quotation, ...]


def find_practice(person: PersonView, day: date) -> Practice | None:
    """What somebody may practise; None where a policy is in force (then they do the training), nothing is loaded,
    or the policy does not cover any post of theirs."""
    if version_in_force(person.organisation_id, day) is not None:
        return None
    bundle = find_latest_bundle(person.organisation_id)
    if bundle is None:
        return None
    compiled = get_bundle(bundle.id)
    content = compiled.bundle.policy
    course = next((course for course in content.courses if course.id == INDUCTION), None)
    posts = posts_at(list_posts(person), day)
    covered = [post for post in posts if course is not None and _covers(content.policy, course, post)]
    if course is None or not covered:
        return None
    kinds, groups = {post.kind for post in covered}, {post.job_group.value for post in covered}
    learner = Learner(person.id, frozenset(kinds), frozenset(groups))
    return Practice(bundle, compiled, course, learner, bool(list_versions(person.organisation_id)))


def get_practice(person: PersonView, day: date) -> Practice:
    """What somebody may practise. Raises NotFound where `find_practice` finds nothing."""
    practice = find_practice(person, day)
    if practice is None:
        raise NotFound("there is nothing to practise")
    return practice


def practice_question(
    practice: Practice, turn: int, number: int, step: str | None = None
) -> PracticeQuestion:
    """A situation of a turn, from its first step or from this one. Raises NotFound where there is none."""
    given = practice.given(turn)
    if not 1 <= number <= len(given.paper):
        raise NotFound("no such situation")
    item = given.paper[number - 1]
    try:
        asked = resolve(practice.compiled, item.scenario, item.variant, step)
    except KeyError:
        raise NotFound("no such step") from None
    if not isinstance(asked, Asked):
        raise NotFound("no such situation")
    order, choices = choices_in(asked, given.seed, number)
    first = resolve(practice.compiled, item.scenario, item.variant)
    began = first.story if isinstance(first, Asked) and first.step != asked.step else ""
    return PracticeQuestion(turn, number, len(given.paper), asked.step, asked, order, choices, began)


def practice_consequence(
    practice: Practice, question: PracticeQuestion, values: Sequence[str], *, sure: bool | None
) -> PracticeConsequence:
    """What follows these values of the question's choices, which its form has found to be good."""
    asked = question.asked
    option_of = {
        choice.value: option for choice, option in zip(question.choices, question.order, strict=True)
    }
    offered = {option.id: option for option in asked.options}
    ids = [option_of[value] for value in values]
    leads_to = offered[ids[0]].leads_to
    number = question.number if leads_to else question.number + 1
    return PracticeConsequence(
        question=question,
        chosen=tuple(offered[option] for option in ids),
        right=rules.mark_choice(ids, asked.right, in_order=asked.type is ScenarioType.ORDER),
        better=tuple(offered[option] for option in asked.right),
        sure=sure,
        next_number=number if number <= question.of else None,
        next_step=leads_to,
        quotations=quote_content(practice.bundle.id, None, [cited.ref for cited in asked.citations]),
    )


def _covers(policy: Policy, course: Course, post: PlacementView) -> bool:
    """Whether the policy's scope and the course's audience cover a post."""
    in_kinds = course.kinds == EVERYONE or post.kind in course.kinds
    return policy_covers(policy, post.kind) and in_kinds and is_for_work(course.job_groups, post.job_group)
