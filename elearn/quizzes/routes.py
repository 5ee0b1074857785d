"""Pages of the situations: one situation, what happens next, and the outcome of a round."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.access.pages import asks_themselves
from elearn.assignments import practice
from elearn.assignments.learning import find_learning, get_learning
from elearn.auth.viewer import viewer
from elearn.courses.quoting import quote_clauses
from elearn.courses.service import INDUCTION, CourseView, get_course
from elearn.errors import ActionRefused, NotFound
from elearn.permissions import Permission, requires
from elearn.quizzes import service
from elearn.quizzes.forms import Sheet, empty_sheet, read_sheet
from elearn.quizzes.rules import Result
from elearn.quizzes.wording import button_words, consequence_words
from elearn.redirects import SeeOther
from elearn.scenarios.policy_content import KeyRule
from elearn.scenarios.rules import CompiledBundle
from elearn.scenarios.service import get_bundle

bp = Blueprint("quizzes", __name__)
bp.add_app_template_filter(button_words)

Page = str | tuple[str, int] | Response


@bp.get("/situations/start", defaults={"key": INDUCTION})
@bp.get("/courses/<key>/situations/start")
@requires(Permission.TAKE_TRAINING)
def show_start(key: str) -> Page:
    """What the situations of a course are, and the button that starts a round or carries on with it."""
    today = clock.today()
    course = get_learning(viewer().person, today, key).course
    progress = service.progress(course, viewer().person.id, day=today)
    return render_template("quizzes/show_start.html", course=course, progress=progress)


@bp.post("/situations/start", defaults={"key": INDUCTION})
@bp.post("/courses/<key>/situations/start")
@requires(Permission.TAKE_TRAINING)
def start(key: str) -> Page:
    """Start the next round of a course, or carry on with the one under way."""
    now = clock.now()
    learning = get_learning(viewer().person, clock.local_day(now), key)
    attempt = service.start_round(learning.course, learning.learner, at=now)
    return _to_question(attempt)


@bp.get("/attempts/<uuid:attempt_id>/questions/<int:number>")
@requires(Permission.TAKE_TRAINING)
def show_question(attempt_id: UUID, number: int) -> Page:
    """The situation whose turn it is; for any other, the way to where one is."""
    question, turn = service.get_question_and_turn(attempt_id, number, person_id=viewer().person.id)
    if turn != number:
        done = turn is None or number < turn
        return _to_consequence(attempt_id, number) if done else _to_question(question.attempt)
    return _question_page(question, empty_sheet(question))


@bp.post("/attempts/<uuid:attempt_id>/questions/<int:number>")
@requires(Permission.TAKE_TRAINING)
def answer_question(attempt_id: UUID, number: int) -> Page:
    """Keep the choice. A second post of it shows what the first one led to."""
    person_id = viewer().person.id
    step = request.form.get("step", "")
    question = service.get_question(attempt_id, number, step or None, person_id=person_id)
    sheet = read_sheet(question, request.form)
    if sheet.errors:
        return _invalid(question, sheet, step)
    try:
        service.answer_question(
            attempt_id, number, step, sheet.answer, sure=sheet.is_sure, person_id=person_id, at=clock.now()
        )
    except ActionRefused:
        return _to_question(question.attempt)
    return _to_consequence(attempt_id, number, step)


@bp.get("/attempts/<uuid:attempt_id>/questions/<int:number>/consequence")
@requires(Permission.TAKE_TRAINING)
def show_consequence(attempt_id: UUID, number: int) -> Page:
    """What follows the choice made, the policy's words, and what would have been better."""
    step = request.args.get("step") or None
    found = service.get_consequence(attempt_id, number, step, person_id=viewer().person.id)
    course = get_course(found.question.attempt.course_id)
    quotations = quote_clauses(course, [cited.ref for cited in found.question.asked.citations])
    return render_template(
        "quizzes/show_consequence.html",
        found=found,
        words=consequence_words(found),
        quotations=quotations,
    )


@bp.get("/attempts/<uuid:attempt_id>/result")
@requires(Permission.TAKE_TRAINING)
def show_result(attempt_id: UUID) -> Page:
    """How a round went: on to signing or to asking for access, or which topics come again."""
    person_id, organisation_id = viewer().person.id, viewer().person.organisation_id
    attempt = service.get_attempt(attempt_id, person_id=person_id)
    course = get_course(attempt.course_id)
    result = service.get_result(attempt_id, person_id=person_id)
    content = get_bundle(course.bundle_id).bundle
    return render_template(
        "quizzes/show_result.html",
        attempt=attempt,
        course=course,
        result=result,
        again=_comes_again(course, result),
        progress=service.progress(course, person_id, day=clock.today()),
        titles={topic.id: topic.title for topic in content.catalogue.topics},
        rules=_rules_on(get_bundle(course.bundle_id), result.missed_topics),
        asks_themselves=asks_themselves(organisation_id),
    )


# --- practice, where no policy is in force ---------------------------------------------------------


@bp.get("/practice")
@requires(Permission.TAKE_TRAINING)
def show_practice() -> Page:
    """What can be practised, why nothing can be done and signed yet, and who can change that."""
    found = practice.get_practice(viewer().person, clock.today())
    number = len(found.paper(1))
    return render_template("quizzes/show_practice.html", practice=found, number=number)


@bp.get("/practice/<int:turn>/<int:number>")
@requires(Permission.TAKE_TRAINING)
def show_practice_question(turn: int, number: int) -> Page:
    """A situation to try; its form sends the choice in the address, so that nothing is stored."""
    found = practice.get_practice(viewer().person, clock.today())
    question = practice.practice_question(found, turn, number, request.args.get("step") or None)
    return _practice_page(question, empty_sheet(question))


@bp.get("/practice/<int:turn>/<int:number>/consequence")
@requires(Permission.TAKE_TRAINING)
def show_practice_consequence(turn: int, number: int) -> Page:
    """What would follow the choice that the address brings, with the clauses in our words."""
    practised = practice.get_practice(viewer().person, clock.today())
    question = practice.practice_question(practised, turn, number, request.args.get("step") or None)
    sheet = read_sheet(question, request.args)
    if sheet.errors:
        return _practice_page(question, sheet), 422
    found = practice.practice_consequence(practised, question, sheet.answer, sure=sheet.is_sure)
    last = turn == practice.MOST_TURNS
    return render_template(
        "quizzes/show_practice_consequence.html",
        found=found,
        words=consequence_words(found),
        quotations=found.quotations,
        practice=practised,
        last=last,
    )


# --- inside ------------------------------------------------------------------------------------------


def _comes_again(course: CourseView, result: Result) -> Collection[str]:
    """The topics missed that this person meets again; none where none is part of their work any more."""
    learning = None if result.passed else find_learning(viewer().person, clock.today(), course.key)
    if learning is None or not learning.is_covered:
        return result.missed_topics
    return service.still_asked(course, learning.learner, result.missed_topics)


def _rules_on(content: CompiledBundle, topics: Collection[str]) -> list[KeyRule]:
    """The key rules whose clauses are about one of these topics."""
    rules = content.bundle.policy.key_rules
    about = {
        rule.id: {t for ref in rule.clauses if ref in content.clauses for t in content.clauses[ref].topics}
        for rule in rules
    }
    return [rule for rule in rules if about[rule.id] & set(topics)]


def _question_page(question: service.QuestionView, sheet: Sheet) -> str:
    return render_template("quizzes/show_question.html", question=question, sheet=sheet)


def _practice_page(question: practice.PracticeQuestion, sheet: Sheet) -> str:
    return render_template("quizzes/show_practice_question.html", question=question, sheet=sheet)


def _invalid(question: service.QuestionView, sheet: Sheet, step: str) -> Page:
    """The page with its errors; where it is not this question's turn, the way to what was answered or is next."""
    number = question.number
    if service.next_question(question.attempt) == (number, step):
        return _question_page(question, sheet), 422
    answered = _is_answered(question.attempt.id, number, step)
    return _to_consequence(question.attempt.id, number, step) if answered else _to_question(question.attempt)


def _is_answered(attempt_id: UUID, number: int, step: str) -> bool:
    try:
        service.get_consequence(attempt_id, number, step, person_id=viewer().person.id)
    except NotFound:
        return False
    return True


def _to_question(attempt: service.AttemptView) -> Response:
    """The way to the question whose turn it is or, when all are answered, to the result."""
    number, _ = service.next_question(attempt)
    if number is None:
        return SeeOther(url_for("quizzes.show_result", attempt_id=attempt.id))
    return SeeOther(url_for("quizzes.show_question", attempt_id=attempt.id, number=number))


def _to_consequence(attempt_id: UUID, number: int, step: str | None = None) -> Response:
    address = url_for("quizzes.show_consequence", attempt_id=attempt_id, number=number, step=step)
    return SeeOther(address)
