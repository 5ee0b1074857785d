"""Pages of the key rules, of questions, and of signing or not signing."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, abort, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.acknowledgements import place, questions, service
from elearn.acknowledgements.forms import (
    AnswerForm,
    DeclineForm,
    QuestionForm,
    SignForm,
    open_shown,
    opened_at,
    seal_shown,
)
from elearn.assignments.learning import Learning, get_learning, tasks_of
from elearn.auth.rules import is_fresh
from elearn.auth.viewer import viewer
from elearn.courses.quoting import quote_clauses
from elearn.courses.service import CourseView
from elearn.decisions import Refused
from elearn.errors import ActionRefused, NotFound
from elearn.people.placements import list_placements
from elearn.people.scopes import Scope, scope_of
from elearn.permissions import Permission, requires
from elearn.policies.rules import publication_in_force
from elearn.policies.service import list_publications
from elearn.redirects import SeeOther
from elearn.scenarios.policy_content import KeyRule

bp = Blueprint("acknowledgements", __name__)
questions_bp = Blueprint("questions", __name__)

Page = str | tuple[str, int] | Response
MOST_SHOWN = 200


# --- key rules and questions ---------------------------------------------------------------------


@bp.get("/rules/<rule_id>")
@requires(Permission.TAKE_TRAINING)
def show_rule(rule_id: str) -> Page:
    """One key rule with the policy's words, and the way to the next; under the last one they are recorded."""
    learning = _learning()
    rules, rule = _rule(learning.course, rule_id)
    at = rules.index(rule)
    page = render_template(
        "acknowledgements/show_rule.html",
        rule=rule,
        number=at + 1,
        of=len(rules),
        before=rules[at - 1] if at else None,
        following=rules[at + 1] if at + 1 < len(rules) else None,
        quotations=quote_clauses(learning.course, rule.clauses),
    )
    return place.keep_shown(make_response(page), *_whose(learning), _shown(learning, rule))


@bp.post("/rules/<rule_id>")
@requires(Permission.TAKE_TRAINING)
def read_rule(rule_id: str) -> Page:
    """Got it: what was shown is recorded, and on to a rule that was not or, with none left, home."""
    learning = _learning()
    _, rule = _rule(learning.course, rule_id)
    service.record_reading(
        learning.person, learning.course.policy_version_id, service.rule_steps(_shown(learning, rule))
    )
    left = service.rules_left(learning.course, learning.person.id)
    address = url_for("acknowledgements.show_rule", rule_id=left[0].id) if left else url_for("auth.home")
    return place.forget_shown(SeeOther(address))


@bp.post("/policy/read")
@requires(Permission.TAKE_TRAINING)
def read_policy() -> Page:
    """Somebody says that they have read the whole text: on to signing, where nothing else is left to do first."""
    learning = _learning()
    version_id = learning.course.policy_version_id
    steps = {service.POLICY_READ: clock.now()}
    opened = opened_at(request.form.get("opened", ""), learning.person.id, version_id)
    if opened is not None:
        steps[service.POLICY_OPENED] = opened
    service.record_reading(learning.person, version_id, steps)
    return SeeOther(url_for("acknowledgements.check"))


@bp.route("/ask", methods=["GET", "POST"])
@requires(Permission.TAKE_TRAINING)
def ask() -> Page:
    """A question about a rule or the policy. It stops nothing."""
    form = QuestionForm()
    if request.method == "GET":
        form.kind.data, form.about.data = "question", request.args.get("about", "")[:300]
        return render_template("acknowledgements/ask.html", form=form)
    if not form.validate():
        return render_template("acknowledgements/ask.html", form=form), 422
    _raise_question(form, instead_of_signing=False)
    return SeeOther(url_for("acknowledgements.thank_for_question"))


@bp.get("/asked")
@requires(Permission.TAKE_TRAINING)
def thank_for_question() -> Page:
    """The question has been passed on, and the way back."""
    return render_template("acknowledgements/thank_for_question.html")


@bp.get("/your-questions")
@requires(Permission.TAKE_TRAINING)
def list_own() -> Page:
    """What somebody asked, and what they were answered."""
    me = viewer().person
    mine = questions.list_questions(me.organisation_id, [me.id]).get(me.id, [])
    return render_template("acknowledgements/list_own.html", mine=mine, kinds=questions.QUESTION_KINDS)


@questions_bp.get("/questions")
@requires(Permission.ANSWER_QUESTIONS)
def list_asked() -> Page:
    """What staff asked, or said instead of signing, for those who answer them."""
    day = clock.today()
    asked = questions.list_asked(_asked_in_scope(day), day=day, limit=MOST_SHOWN + 1)
    people = [each.person.id for each in asked[:MOST_SHOWN]]
    return render_template(
        "acknowledgements/list_asked.html",
        waiting=[each for each in asked[:MOST_SHOWN] if each.question.answered_at is None],
        answered=[each for each in asked[:MOST_SHOWN] if each.question.answered_at is not None],
        more=len(asked) > MOST_SHOWN,
        kinds=questions.QUESTION_KINDS,
        placements=list_placements(viewer().organisation.id, people),
    )


@questions_bp.route("/questions/<uuid:question_id>", methods=["GET", "POST"])
@requires(Permission.ANSWER_QUESTIONS)
def answer(question_id: UUID) -> Page:
    """One question, and an answer to it or that it was given by word of mouth."""
    day, form = clock.today(), AnswerForm()
    scope = _asked_in_scope(day)
    asked = questions.get_asked(scope, question_id, day=day)
    shown = {"asked": asked, "form": form, "kinds": questions.QUESTION_KINDS}
    shown["placements"] = list_placements(scope.organisation_id, [asked.person.id])
    if request.method == "GET":
        return render_template("acknowledgements/answer.html", **shown)
    if not form.validate():
        return render_template("acknowledgements/answer.html", **shown), 422
    questions.answer_question(
        scope, question_id, day=day, text=form.words, answered_by_id=viewer().person.id, at=clock.now()
    )
    return SeeOther(url_for("questions.list_asked"))


def _asked_in_scope(day: date) -> Scope:
    return scope_of(viewer().person, day, Permission.ANSWER_QUESTIONS)


# --- signing -------------------------------------------------------------------------------------


@bp.get("/check")
@requires(Permission.TAKE_TRAINING)
def check() -> Page:
    """All that the signature will say, before it is given."""
    learning = _learning()
    tasks = tasks_of(learning, clock.today())
    if not tasks.may_sign:
        return SeeOther(url_for("auth.home"))
    offered = service.to_sign(learning.course, learning.person)
    has_read = service.POLICY_READ in service.steps_read(learning.person.id, offered.version.id)
    return render_template(
        "acknowledgements/check.html", learning=learning, tasks=tasks, offered=offered, has_read=has_read
    )


@bp.get("/sign")
@requires(Permission.TAKE_TRAINING)
def show_sign() -> Page:
    """The statement, and a name and a tick under it."""
    learning = _learning()
    tasks = tasks_of(learning, clock.today())
    if not tasks.may_sign:
        return SeeOther(url_for("auth.home"))
    if not is_fresh(viewer().session.authenticated_at, clock.now()):
        return _confirm_first()
    return _sign_page(learning, SignForm(formdata=None))


@bp.post("/sign")
@requires(Permission.TAKE_TRAINING)
def sign() -> Page:
    """Sign exactly what the page had shown."""
    now, form = clock.now(), SignForm()
    shown = open_shown(form.shown.data or "", viewer().person.id)
    learning = get_learning(viewer().person, clock.local_day(now))
    if shown is None:
        abort(400)
    fresh = is_fresh(viewer().session.authenticated_at, now)
    if not fresh or not form.validate():
        if not service.is_in_force(shown, learning.person.organisation_id, clock.local_day(now)):
            return _version_changed(learning, now)
        return (_sign_page(learning, form), 422) if fresh else _confirm_first()
    name = form.typed_name.data
    try:
        signature = service.sign(
            learning.course,
            signer=_signer(learning, form),
            shown=shown,
            typed_name=name,
            ticked=form.ticked.data,
            at=now,
        )
    except ActionRefused as error:
        return _not_signed(learning, form, error.refusal, now)
    return SeeOther(url_for("completion.done", reference=signature.reference))


@bp.route("/decline", methods=["GET", "POST"])
@requires(Permission.TAKE_TRAINING)
def decline() -> Page:
    """Not signing now, and why: passed on as a question, never counted as a failure."""
    form = DeclineForm()
    if request.method == "GET":
        return render_template("acknowledgements/decline.html", form=form)
    if not form.validate():
        return render_template("acknowledgements/decline.html", form=form), 422
    _raise_question(form, instead_of_signing=True)
    return SeeOther(url_for("acknowledgements.thank_for_answer"))


@bp.get("/not-signed")
@requires(Permission.TAKE_TRAINING)
def thank_for_answer() -> Page:
    """What happens after somebody did not want to sign."""
    return render_template("acknowledgements/thank_for_answer.html")


# --- inside --------------------------------------------------------------------------------------


def _learning() -> Learning:
    return get_learning(viewer().person, clock.today())


def _whose(learning: Learning) -> tuple[UUID, UUID]:
    return learning.person.id, learning.course.policy_version_id


def _shown(learning: Learning, rule: KeyRule) -> dict[str, datetime]:
    """The key rules that this browser has shown, with this one."""
    return {rule.id: clock.now()} | place.shown_rules(*_whose(learning))


def _rule(course: CourseView, rule_id: str) -> tuple[tuple[KeyRule, ...], KeyRule]:
    """All rules of the course, and this one. Raises NotFound."""
    rules = service.key_rules(course)
    for rule in rules:
        if rule.id == rule_id:
            return rules, rule
    raise NotFound("no such rule")


def _raise_question(form: QuestionForm, *, instead_of_signing: bool) -> None:
    learning = _learning()
    questions.raise_question(
        learning.person,
        learning.course.policy_version_id,
        kind=form.kind.data,
        about=form.about.data or "",
        text=form.text.data or "",
        instead_of_signing=instead_of_signing,
        at=clock.now(),
    )


def _confirm_first() -> Response:
    address = url_for("auth.confirm_again", next=url_for("acknowledgements.show_sign"))
    return SeeOther(address)


def _sign_page(learning: Learning, form: SignForm, problems: list[str] | None = None) -> str:
    """The sign page as it is to be signed now: its seal is of what this very page shows."""
    offered = service.to_sign(learning.course, learning.person)
    form.shown.data = seal_shown(offered, learning.person.id, clock.now())
    return render_template("acknowledgements/sign.html", form=form, offered=offered, problems=problems)


def _signer(learning: Learning, form: SignForm) -> service.Signer:
    session = viewer().session
    return service.Signer(
        learning.person,
        learning.posts,
        covered=learning.is_covered,
        method=session.method.value,
        authenticated_at=session.authenticated_at,
        session_digest=session.digest,
        address=request.remote_addr,
        browser=request.user_agent.string,
        languages=request.headers.get("Accept-Language"),
        time_zone=form.time_zone.data,
    )


def _not_signed(learning: Learning, form: SignForm, refusal: Refused, now: datetime) -> tuple[str, int]:
    """Why nothing was signed: another text is in force by now, or the page to be signed again with the reasons."""
    if all(reason.code != "version_changed" for reason in refusal.reasons):
        return _sign_page(learning, form, [reason.message for reason in refusal.reasons]), 422
    return _version_changed(learning, now)


def _version_changed(learning: Learning, now: datetime) -> tuple[str, int]:
    """Another version is in force than the page had shown."""
    today = clock.local_day(now)
    publication = publication_in_force(list_publications(learning.person.organisation_id), today)
    return render_template("acknowledgements/version_changed.html", publication=publication, today=today), 409
