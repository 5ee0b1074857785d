"""Drawing a paper, storing answers, finishing a round."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Row, insert
from sqlalchemy.exc import IntegrityError

from elearn.clock import local_day
from elearn.courses.rules import add_months, expiring_from
from elearn.courses.service import CourseView, get_course
from elearn.db import db, is_there_already, transaction
from elearn.decisions import refuse
from elearn.errors import ActionRefused, NotFound
from elearn.kept import Kept
from elearn.ledger.macs import require_unchanged, with_mac
from elearn.ledger.service import record
from elearn.people.rules import PersonKind
from elearn.people.service import PersonView, chunks, lock_person
from elearn.prepared import PreparedChange
from elearn.quizzes import drawing, lazy, queries, rules
from elearn.quizzes.models import ROWS_OF, Attempt, AttemptResult, HelpGiven, Response, answers_of
from elearn.scenarios.asked import Asked, Offered
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.policy_content import Course as CourseRules
from elearn.scenarios.rules import CompiledBundle, audience, is_put_to, resolve
from elearn.scenarios.service import get_bundle
from elearn.scenarios.vocabulary import EVERYONE, ScenarioType


@dataclass(frozen=True, slots=True)
class Learner:
    """Who is asked: on what footing they work here, and in which job groups."""

    person_id: UUID
    kinds: frozenset[PersonKind]
    job_groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One round of a course, as its owner may see it."""

    id: UUID
    organisation_id: UUID
    person_id: UUID
    course_id: UUID
    bundle_id: UUID
    number: int
    round: int
    seed: str
    paper: tuple[rules.PaperItem, ...]
    started_at: datetime


class Choice(NamedTuple):
    """One option as it stands on the page: `value` is its place, so that the page does not tell which is right."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question (or step of one) as this person was given it; `began` is the story that a later step goes on
    from."""

    attempt: AttemptView
    number: int
    step: str
    asked: Asked
    order: tuple[str, ...]
    choices: tuple[Choice, ...]
    began: str = ""

    @property
    def of(self) -> int:
        """How many situations the paper has."""
        return len(self.attempt.paper)


@dataclass(frozen=True, slots=True)
class ConsequenceView:
    """What follows an answer: what was chosen, what happens next, what was right, and on which clauses."""

    question: QuestionView
    chosen: tuple[Offered, ...]
    right: bool
    better: tuple[Offered, ...]
    sure: bool | None
    next_number: int | None
    next_step: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where somebody is in a course: the open attempt, the next question, and the last outcome.

    `renewable`: they have passed, it ends within 30 days, and they may begin again before it does. `score`: how
    the rounds went that the last outcome rests on.
    """

    attempt: AttemptView | None
    next_number: int | None
    next_step: str | None
    rounds_done: int
    last: rules.Result | None
    needs_help: bool
    renewable: bool = False
    score: str = ""

    @property
    def passed(self) -> bool:
        """Whether the situations are done."""
        return self.last is not None and self.last.passed and self.attempt is None

    @property
    def score_words(self) -> str:
        """How those rounds went, as people read it."""
        return rules.score_words(self.score)


AFRESH = Progress(None, None, None, 0, None, needs_help=False)
"""Where somebody is who begins a course for the first time, or again."""


def paper_rules(course: CourseRules) -> rules.PaperRules:
    """A course's rules as the drawing and marking of papers needs them."""
    return rules.PaperRules(
        course.questions,
        course.pass_mark,
        dict(course.topics),
        frozenset(course.must_get_right),
        course.rounds,
    )


def pool_for(compiled: CompiledBundle, learner: Learner) -> list[rules.Situation]:
    """Every situation of the bank that may be put to this person."""
    return list(_pool(compiled, learner.kinds, learner.job_groups))


@lru_cache(maxsize=64)
def _pool(
    compiled: CompiledBundle, kinds: frozenset[PersonKind], job_groups: frozenset[str]
) -> tuple[rules.Situation, ...]:
    """The pool of everybody on this footing and in these job groups: content never changes once it is compiled."""
    return tuple(
        _situation(scenario, variant)
        for scenario in compiled.bundle.bank
        for variant in range(len(scenario.variants))
        if any(is_put_to(compiled, scenario.id, variant, kind, job_groups) for kind in kinds)
    )


def mix_of(compiled: CompiledBundle, topics: Collection[str]) -> Mapping[str, drawing.Counts]:
    """The difficulties of all that anybody here is asked on these topics."""
    return _mix_of(compiled, frozenset(topics))


@lru_cache(maxsize=64)
def _mix_of(compiled: CompiledBundle, topics: frozenset[str]) -> Mapping[str, drawing.Counts]:
    return drawing.mix_of(
        _situation(scenario, variant)
        for scenario in compiled.bundle.bank
        if scenario.topic in topics
        for variant in range(len(scenario.variants))
        if audience(compiled, scenario.id, variant)
    )


def _situation(scenario: Scenario, variant: int) -> rules.Situation:
    own = {EVERYONE, scenario.job_groups, scenario.variants[variant].job_groups or EVERYONE} != {EVERYONE}
    return rules.Situation(scenario.id, variant, scenario.topic, scenario.difficulty, own)


@dataclass(frozen=True)
class Drawer:
    """What papers of a course are drawn from for somebody, and the rules (`terms`) as they are for them.

    `missed` has the topics that a further round asks; None draws a first round.
    """

    compiled: CompiledBundle
    pool: Sequence[rules.Situation]
    mix: Mapping[str, drawing.Counts]
    terms: rules.PaperRules
    seen: Collection[tuple[str, int]] = ()
    missed: Sequence[str] | None = None

    def draw(self, seed: str, drawn_by: int = drawing.DRAWN_BY) -> list[rules.PaperItem]:
        """The paper of exactly this seed, by one of the ways that there have been."""
        if drawn_by == 1 and self.missed is None:
            return rules.draw_paper(self.pool, self.terms, seed=seed, seen=self.seen)
        if drawn_by == 1:
            return rules.draw_further_paper(self.pool, self.missed or (), seed=seed, seen=self.seen)
        way = partial(drawing.draw_first, self.pool, self.terms)
        if self.missed is not None:
            way = partial(drawing.draw_further, self.pool, self.missed)
        return way(mix=self.mix, seed=seed, seen=self.seen, retold=drawn_by == drawing.RETOLD_BY)

    def give(self, seed: str, *, round_number: int) -> lazy.Fitting:
        """The paper to be given that follows from this seed: one that no lazy way of answering passes."""
        drawers = {way: partial(self.draw, drawn_by=way) for way in (drawing.DRAWN_BY, drawing.RETOLD_BY)}
        return lazy.draw_fitting(
            seed, drawers, partial(walk_of, self.compiled), self.terms, round_number=round_number
        )


def drawer_for(
    compiled: CompiledBundle,
    course: CourseRules,
    learner: Learner,
    *,
    seen: Collection[tuple[str, int]] = (),
    missed: Sequence[str] | None = None,
) -> Drawer:
    """What draws the papers of a course for somebody who has seen these situations and missed these topics."""
    pool = [situation for situation in pool_for(compiled, learner) if situation.topic in course.topics]
    topics = None if missed is None else rules.still_asked(missed, pool)
    asked = rules.narrowed(paper_rules(course), pool)
    return Drawer(compiled, pool, mix_of(compiled, course.topics), asked, seen, topics)


@lru_cache(maxsize=2_000)
def walk_of(compiled: CompiledBundle, item: rules.PaperItem) -> lazy.Walk:
    """One situation of a paper with all its steps that are asked here."""
    first = resolve(compiled, item.scenario, item.variant)
    if not isinstance(first, Asked):
        raise NotFound(f"{item.scenario} is not asked here")
    steps = [
        resolve(compiled, item.scenario, item.variant, step) for step in compiled.situations[item.scenario]
    ]
    return lazy.Walk.of(item.topic, first.step, (step for step in steps if isinstance(step, Asked)))


# --- rounds --------------------------------------------------------------------------------------


def start_round(
    course: CourseView, learner: Learner, *, at: datetime, seed: str | None = None
) -> AttemptView:
    """Start the next round of a course, or give the one that is under way.

    The paper is drawn from `seed` (random by default), or where a lazy way of answering would pass that one, from the
    next that follows from it, and stored with it. Raises ActionRefused when the course
    is passed and its pass not about to end, when a person must help first, or when the bank cannot fill the paper.
    """
    try:
        with transaction():
            return _start_round(course, learner, at=at, seed=seed or secrets.token_hex(16))
    except IntegrityError as error:
        if not is_there_already(Attempt, error):
            raise
        return _open_attempt(course, learner, at)


def _open_attempt(course: CourseView, learner: Learner, at: datetime) -> AttemptView:
    attempt = progress(course, learner.person_id, day=local_day(at)).attempt
    if attempt is None:
        raise NotFound("this round has been finished meanwhile")
    return attempt


def _start_round(course: CourseView, learner: Learner, *, at: datetime, seed: str) -> AttemptView:
    lock_person(learner.person_id)
    so_far = progress(course, learner.person_id, day=local_day(at))
    if so_far.attempt is not None:
        return so_far.attempt
    if so_far.renewable:
        so_far = AFRESH
    asked = paper_rules(course.rules)
    blocked = rules.may_start_round(so_far.rounds_done, so_far.last, asked)
    if blocked == "passed":
        raise ActionRefused(refuse("passed", "You have done the situations"))
    if blocked:
        raise ActionRefused(
            refuse("needs_help", "Somebody will go through this with you before you try again")
        )
    attempts = [attempt for attempt, _ in rounds_of(course, learner.person_id)]
    missed = () if so_far.last is None else still_asked(course, learner, so_far.last.missed_topics)
    round_number = attempts[-1].round + 1 if missed else 1
    compiled = get_bundle(course.bundle_id)
    drawer = drawer_for(compiled, course.rules, learner, seen=seen_in(attempts), missed=missed or None)
    given = drawer.give(seed, round_number=round_number)
    if not missed and not rules.paper_is_whole(given.paper, drawer.terms):
        message = f"There are only {len(given.paper)} situations for you yet, and {drawer.terms.questions} are needed"
        raise ActionRefused(refuse("bank_too_small", message, who="author"))
    row = record(
        Attempt(
            organisation_id=course.organisation_id,
            recorded_at=at,
            person_id=learner.person_id,
            course_id=course.id,
            bundle_id=course.bundle_id,
            number=len(attempts) + 1,
            round=round_number,
            seed=given.seed,
            paper=_stored(given, learner),
        )
    )
    return _attempt(row)


def seen_in(attempts: Iterable[AttemptView]) -> set[tuple[str, int]]:
    """The situations that papers had."""
    return {(item.scenario, item.variant) for attempt in attempts for item in attempt.paper}


def _stored(given: lazy.Fitting, learner: Learner) -> dict[str, Any]:
    """A paper with all that it is drawn again from, beside its seed and the content."""
    return {
        "drawn_by": given.drawn_by,
        "kinds": sorted(learner.kinds),
        "job_groups": sorted(learner.job_groups),
        "items": [item.plain() for item in given.paper],
    }


def list_attempts(person: PersonView) -> list[AttemptView]:
    """All rounds of a person, in every course, oldest first."""
    attempts = [_attempt(row) for row in queries.rounds_of(person.organisation_id, person.id)]
    return sorted(attempts, key=lambda attempt: attempt.started_at)


def give_help(course: CourseView, person_id: UUID, *, given_by_id: UUID, at: datetime) -> None:
    """Record that a person has gone through the topics with somebody, who may then start afresh.

    Raises ActionRefused where no help is called for, or for oneself.
    """
    with transaction():
        if person_id == given_by_id:
            raise ActionRefused(refuse("own_help", "Somebody else must record this for you"))
        if not progress(course, person_id, day=local_day(at)).needs_help:
            raise ActionRefused(refuse("no_help_needed", "They may try again without this"))
        record(
            HelpGiven(
                organisation_id=course.organisation_id,
                recorded_at=at,
                person_id=person_id,
                course_id=course.id,
                given_by_id=given_by_id,
            )
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a finished round went, and when."""

    result: rules.Result
    at: datetime


def rounds_of(course: CourseView, person_id: UUID) -> list[tuple[AttemptView, Outcome | None]]:
    """A person's rounds of a course in order, each with its outcome where it is finished."""
    return [
        (_attempt(row), _outcome(row, course))
        for row in queries.rounds_of(course.organisation_id, person_id)
        if row.course_id == course.id
    ]


def progress(course: CourseView, person_id: UUID, *, day: date) -> Progress:
    """Where somebody is in a course on a day. Who was helped, whose pass has run out, or who began again while it
    was ending, is in a new cycle: what they did before no longer bears on it."""
    rounds = rounds_of(course, person_id)
    results = {attempt.id: outcome.result for attempt, outcome in rounds if outcome is not None}
    last_days = {
        attempt.id: add_months(local_day(outcome.at), course.rules.valid_months)
        for attempt, outcome in rounds
        if outcome is not None and outcome.result.passed
    }
    attempts = _cycle([attempt for attempt, _ in rounds], last_days, day)
    helped = queries.helped_at(course.organisation_id, person_id, course.id) if results else None
    cycle = [a for a in attempts if helped is None or a.started_at >= helped]
    finished = [a for a in cycle if a.id in results]
    last = results[finished[-1].id] if finished else None
    open_attempt = next((a for a in cycle if a.id not in results), None)
    number, step = (None, None)
    if open_attempt is not None:
        number, step = _next_question(open_attempt, queries.responses_of(open_attempt.id))
    blocked = rules.may_start_round(len(finished), last, paper_rules(course.rules))
    return Progress(
        open_attempt,
        number,
        step,
        len(finished),
        last,
        open_attempt is None and blocked == "needs_help",
        blocked == "passed" and expiring_from(last_days[finished[-1].id]) <= day,
        rules.score_of(rules.rounds_to_last([(a.round, results[a.id]) for a in finished])),
    )


# --- questions -----------------------------------------------------------------------------------


_attempts_kept: Kept[UUID, AttemptView] = Kept(5_000)


def get_attempt(attempt_id: UUID, *, person_id: UUID) -> AttemptView:
    """A person's own attempt. Raises NotFound for anyone else's, as for none at all."""

    def read() -> AttemptView:
        row = queries.attempt_row(attempt_id)
        if row is None:
            raise NotFound("no such attempt")
        return _attempt(row)

    attempt = _attempts_kept.get(attempt_id, read)
    if attempt.person_id != person_id:
        raise NotFound("no such attempt")
    return attempt


def get_question(attempt_id: UUID, number: int, step: str | None = None, *, person_id: UUID) -> QuestionView:
    """A question as this person was given it. Raises NotFound where it is not theirs or does not exist.

    `step` None is the step that is to be answered next, or the first one where the question is done.
    """
    if step is None:
        return get_question_and_turn(attempt_id, number, person_id=person_id)[0]
    return _question(get_attempt(attempt_id, person_id=person_id), number, step)


def get_question_and_turn(
    attempt_id: UUID, number: int, *, person_id: UUID
) -> tuple[QuestionView, int | None]:
    """A question as `get_question` gives it, and the number of the one to be answered next; None when all are.

    Raises NotFound where the question is not theirs or does not exist.
    """
    attempt = get_attempt(attempt_id, person_id=person_id)
    turn, step = next_question(attempt)
    return _question(attempt, number, step if turn == number else None), turn


def next_question(attempt: AttemptView) -> tuple[int | None, str | None]:
    """Number and step of the question to be answered next; (None, None) when all are answered."""
    return _next_question(attempt, queries.responses_of(attempt.id))


def answer_question(
    attempt_id: UUID,
    number: int,
    step: str,
    chosen: Sequence[str],
    *,
    sure: bool | None,
    person_id: UUID,
    at: datetime,
) -> None:
    """Store the choice made in a question; `chosen` are values of its choices, in order where order is asked.

    The first choice stays: a second post stores nothing. Answering the last question finishes the round. Raises
    NotFound where the question is not theirs, ActionRefused where it is not its turn or a value was not offered.
    """
    attempt = get_attempt(attempt_id, person_id=person_id)
    responses = queries.responses_of(attempt_id)
    if any(r["number"] == number and r["step"] == step for r in responses):
        return
    if _next_question(attempt, responses) != (number, step):
        raise ActionRefused(refuse("not_its_turn", "Answer the situations in their order"))
    question = _question(attempt, number, step)
    ids = _chosen_ids(question, chosen)
    response = {
        "attempt_id": attempt_id,
        "organisation_id": attempt.organisation_id,
        "number": number,
        "step": step,
        "chosen": ids,
        "order_shown": list(question.order),
        "cell_hash": question.asked.cell_hash,
        "right": _is_right(question.asked, ids),
        "sure": sure,
        "answered_at": at,
    }
    responses.append(response)
    _store_answer(attempt, response, responses, at=at)


ADD_RESPONSE = PreparedChange(insert(Response))


def _store_answer(
    attempt: AttemptView, response: Mapping[str, Any], responses: Sequence[Mapping[str, Any]], *, at: datetime
) -> None:
    """Write an answer, and the round's outcome with the last one.

    What was read before still holds: answers are only ever added, one at a time in their order, and of two posts of
    one answer the constraint lets in the first. So the unit is as short as it can be, and writers hardly wait.
    """
    is_last = _next_question(attempt, responses) == (None, None)
    try:
        with transaction(single_change=not is_last):
            ADD_RESPONSE.make(**with_mac(Response, {"id": uuid4(), **response}))
            if is_last:
                _finish(attempt, responses, at=at)
    except IntegrityError as error:
        if not is_there_already(Response, error):
            raise


def get_consequence(attempt_id: UUID, number: int, step: str | None, *, person_id: UUID) -> ConsequenceView:
    """What follows an answer that has been given. Raises NotFound where there is none, or not theirs.

    `step` None is the last step answered of that question.
    """
    attempt = get_attempt(attempt_id, person_id=person_id)
    responses = queries.responses_of(attempt_id)
    given = [r for r in responses if r["number"] == number and step in (None, r["step"])]
    if not given:
        raise NotFound("no such answer")
    response = given[-1]
    question = _question(attempt, number, response["step"])
    offered = {option.id: option for option in question.asked.options}
    next_number, next_step = _next_question(attempt, responses)
    return ConsequenceView(
        question=question,
        chosen=tuple(offered[option] for option in response["chosen"]),
        right=response["right"],
        better=tuple(offered[option] for option in question.asked.right),
        sure=response["sure"],
        next_number=next_number,
        next_step=next_step,
    )


def get_result(attempt_id: UUID, *, person_id: UUID) -> rules.Result:
    """The outcome of a person's own finished attempt. Raises NotFound."""
    attempt = get_attempt(attempt_id, person_id=person_id)
    for each, outcome in rounds_of(get_course(attempt.course_id), person_id):
        if each.id == attempt.id and outcome is not None:
            return outcome.result
    raise NotFound("this round is not finished")


@dataclass(frozen=True, slots=True)
class PassView:
    """One passed course, with the attempt that passed it."""

    at: datetime
    version_id: UUID
    attempt_id: UUID
    number: int
    round: int
    right: int
    questions: int


def list_passes(organisation_id: UUID, person_ids: Sequence[UUID], *, key: str) -> dict[UUID, list[PassView]]:
    """The passes of these people in the course of this key, on whatever version, by person, oldest first."""
    found: dict[UUID, list[PassView]] = {}
    for chunk in chunks(person_ids):
        for row in queries.passes_of(organisation_id, tuple(chunk)):
            course = get_course(row.course_id)
            if course.key == key:
                found.setdefault(row.person_id, []).append(
                    PassView(
                        row.recorded_at,
                        course.policy_version_id,
                        row.attempt_id,
                        row.number,
                        row.round,
                        row.right,
                        row.questions,
                    )
                )
    return found


def score_behind(passed: PassView) -> str:
    """How the rounds went that led to a pass, as a record keeps it."""
    if passed.round == 1:
        return f"{passed.right}/{passed.questions}"
    attempt = db.session.get_one(Attempt, passed.attempt_id)
    rounds = [
        (each.round, outcome.result)
        for each, outcome in rounds_of(get_course(attempt.course_id), attempt.person_id)
        if outcome is not None and each.number <= passed.number
    ]
    return rules.score_of(rules.rounds_to_last(rounds))


def still_asked(course: CourseView, learner: Learner, missed: Sequence[str]) -> tuple[str, ...]:
    """Those of the topics missed that a further round asks of this person."""
    return rules.still_asked(missed, pool_for(get_bundle(course.bundle_id), learner))


def list_started(organisation_id: UUID, person_ids: Sequence[UUID], *, course_id: UUID) -> frozenset[UUID]:
    """Those of these people who have started a course."""
    found: set[UUID] = set()
    for chunk in chunks(person_ids):
        found.update(queries.started(organisation_id, course_id, chunk))
    return frozenset(found)


def list_needing_help(course: CourseView, person_ids: Sequence[UUID], *, day: date) -> frozenset[UUID]:
    """Those of these people whom somebody must help before they may try a course again."""
    found: set[UUID] = set()
    for chunk in chunks(person_ids):
        failed = queries.failed(course.organisation_id, course.id, chunk)
        found.update(person_id for person_id in failed if progress(course, person_id, day=day).needs_help)
    return frozenset(found)


def sealed_answers(attempt_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The answers of attempts as the ledger commits them, by attempt, in order."""
    return answers_of(attempt_ids)


# --- inside --------------------------------------------------------------------------------------


def _finish(attempt: AttemptView, responses: Sequence[Mapping[str, Any]], *, at: datetime) -> None:
    """Mark a round whose last question has been answered, and seal its answers.

    From the choices anew: until a round is sealed its marks are only rows. Raises ActionRefused where one of them is
    not as it was stored.
    """
    require_unchanged(Response, ROWS_OF.all(attempt_id=attempt.id))
    course = get_course(attempt.course_id)
    wrong = set()
    for response in responses:
        asked = _asked(attempt, response["number"], response["step"])
        if not _is_right(asked, response["chosen"]):
            wrong.add(response["number"])
    answers = [
        rules.MarkedAnswer(item.topic, number not in wrong)
        for number, item in enumerate(attempt.paper, start=1)
    ]
    result = rules.mark_round(answers, paper_rules(course.rules), round_number=attempt.round)
    record(
        AttemptResult(
            organisation_id=attempt.organisation_id,
            recorded_at=at,
            attempt_id=attempt.id,
            person_id=attempt.person_id,
            course_id=attempt.course_id,
            passed=result.passed,
            right=result.right,
            questions=result.questions,
            missed_topics=list(result.missed_topics),
        )
    )


def _is_right(asked: Asked, chosen: Sequence[str]) -> bool:
    """Whether these options are what is right, in their order where order is asked."""
    return rules.mark_choice(chosen, asked.right, in_order=asked.type is ScenarioType.ORDER)


def _asked(attempt: AttemptView, number: int, step: str | None) -> Asked:
    if not 1 <= number <= len(attempt.paper):
        raise NotFound("no such question")
    item = attempt.paper[number - 1]
    try:
        asked = resolve(get_bundle(attempt.bundle_id), item.scenario, item.variant, step)
    except KeyError:
        raise NotFound("no such step") from None
    if not isinstance(asked, Asked):
        raise NotFound("no such question")
    return asked


_questions: Kept[tuple[UUID, int, str | None], QuestionView] = Kept(10_000)


def _question(attempt: AttemptView, number: int, step: str | None) -> QuestionView:
    return _questions.get((attempt.id, number, step), lambda: _lay_out(attempt, number, step))


def _lay_out(attempt: AttemptView, number: int, step: str | None) -> QuestionView:
    asked = _asked(attempt, number, step)
    order, choices = choices_in(asked, attempt.seed, number)
    first = _asked(attempt, number, None) if asked.type is ScenarioType.BRANCH else asked
    began = first.story if first.step != asked.step else ""
    return QuestionView(attempt, number, asked.step, asked, order, choices, began)


def choices_in(asked: Asked, seed: str, number: int) -> tuple[tuple[str, ...], tuple[Choice, ...]]:
    """The options of a question in the order that its paper's seed gives them, and the choices of its page."""
    offered = {option.id: option for option in asked.options}
    fixed = asked.type is ScenarioType.MARK
    order = rules.option_order(seed, number, asked.step, list(offered), fixed=fixed)
    choices = tuple(Choice(str(place), offered[option].text) for place, option in enumerate(order, start=1))
    return tuple(order), choices


def _chosen_ids(question: QuestionView, chosen: Sequence[str]) -> list[str]:
    """The option ids behind the values posted."""
    by_value = {choice.value: option for choice, option in zip(question.choices, question.order, strict=True)}
    if not chosen or len(set(chosen)) != len(chosen) or not set(chosen) <= set(by_value):
        raise ActionRefused(refuse("not_offered", "Choose from what is offered"))
    kind = question.asked.type
    if kind in (ScenarioType.CHOOSE, ScenarioType.BRANCH) and len(chosen) != 1:
        raise ActionRefused(refuse("not_offered", "Choose one"))
    if kind is ScenarioType.ORDER and len(chosen) != len(by_value):
        raise ActionRefused(refuse("not_offered", "Give every step its place"))
    ids = [by_value[value] for value in chosen]
    return ids if kind is ScenarioType.ORDER else sorted(ids, key=question.order.index)


def _next_question(
    attempt: AttemptView, responses: Collection[Mapping[str, Any]]
) -> tuple[int | None, str | None]:
    """The first question (and step) that has no answer yet. Answers are given in order, so it is the last begun
    or the one after it."""
    last = max((response["number"] for response in responses), default=1)
    given = {r["step"]: r["chosen"] for r in responses if r["number"] == last}
    step = _open_step(attempt, last, given)
    if step is not None:
        return last, step
    if last < len(attempt.paper):
        return last + 1, _open_step(attempt, last + 1, {})
    return None, None


def _open_step(attempt: AttemptView, number: int, given: Mapping[str, Sequence[str]]) -> str | None:
    """The step of a question that is to be answered, following the way taken; None when it is answered through."""
    asked = _asked(attempt, number, None)
    while asked.step in given:
        taken = given[asked.step][0]
        leads_to = next(option.leads_to for option in asked.options if option.id == taken)
        if leads_to is None:
            return None
        asked = _asked(attempt, number, leads_to)
    return asked.step


def _cycle(
    attempts: Sequence[AttemptView], last_days: Mapping[UUID, date], day: date
) -> Sequence[AttemptView]:
    """The attempts that somebody's place in the course follows from: those after their last pass where there are
    any or it no longer counts, else those that led to it. `last_days` has the passed attempts."""
    passes = [place for place, attempt in enumerate(attempts) if attempt.id in last_days]
    if not passes:
        return attempts
    after = attempts[passes[-1] + 1 :]
    if after or last_days[attempts[passes[-1]].id] < day:
        return after
    return attempts[passes[-2] + 1 :] if len(passes) > 1 else attempts


def _outcome(row: Row[Any], course: CourseView) -> Outcome | None:
    if row.finished_at is None:
        return None
    missed = tuple(row.missed_topics)
    missed_must = tuple(topic for topic in missed if topic in course.rules.must_get_right)
    result = rules.Result(row.passed, row.right, row.questions, missed, missed_must)
    return Outcome(result, row.finished_at)


def _attempt(row: Attempt | Row[Any]) -> AttemptView:
    # Papers that do not say how they were drawn are from before there was a second way: the items alone.
    items = row.paper["items"] if isinstance(row.paper, dict) else row.paper
    return AttemptView(
        row.id,
        row.organisation_id,
        row.person_id,
        row.course_id,
        row.bundle_id,
        row.number,
        row.round,
        row.seed,
        tuple(rules.PaperItem.from_plain(item) for item in items),
        row.recorded_at,
    )
