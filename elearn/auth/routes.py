"""Pages of the ways in, the learner's home, and what everybody may know about the service."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, render_template, request, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field

from elearn import clock
from elearn.acknowledgements.place import forget_shown, shown_rules
from elearn.acknowledgements.questions import lately_answered, list_questions
from elearn.acknowledgements.service import record_reading, rule_steps
from elearn.assignments.learning import find_holder_course, find_learning, tasks_of
from elearn.assignments.practice import find_practice
from elearn.auth import service
from elearn.auth.forms import CodeAgainForm, CodeForm, PasswordAgainForm, PasswordForm
from elearn.auth.rules import Method
from elearn.auth.service import SignedIn
from elearn.auth.viewer import (
    Viewer,
    device_cookie_name,
    find_viewer,
    keep_device,
    start_browser_session,
    viewer,
)
from elearn.errors import ActionRefused
from elearn.look import organisation_stylesheet
from elearn.people.organisations import get_organisation_by_slug
from elearn.people.placements import list_posts
from elearn.people.rules import placements_on
from elearn.permissions import Permission, View, requires
from elearn.redirects import SeeOther

bp = Blueprint("auth", __name__)

Page = str | tuple[str, int] | BaseResponse

STYLESHEET_KEPT_SECONDS = 3600
TOO_MANY = frozenset({"more_letters_needed", "too_many_wrong_codes", "too_many_failures"})
CODE_ADVICE = {
    "unknown_code": "It has eight letters and numbers. If it is right, ask the office that gave you the slip.",
    "more_letters_needed": (
        "Many wrong codes have been entered, so the eight alone are not enough for the next ten minutes. "
        "Your slip has four more, under the code. If it has none, ask the office that gave it to you for a new one."
    ),
    "slip_expired": "Ask the office that gave you the slip for a new one. Every answer you gave is kept.",
    "slip_used_elsewhere": (
        "If that was not you, tell the office that gave you the slip. You can get a new one there. "
        "Every answer you gave is kept."
    ),
    "slip_voided": "A newer slip may have been made for you. Ask the office that gave you the slip.",
    "left": "If this is wrong, tell the office that gave you the slip.",
}
"""What to do about a code that does not open the door."""


def before_confirmation(view: View) -> View:
    """Mark a view that a slip's holder may open before they have said that it is them."""
    view.__dict__["before_confirmation"] = True
    return view


# --- home ----------------------------------------------------------------------------------------


@bp.get("/")
@requires(Permission.PUBLIC)
def home() -> Page:
    """The start page or, signed in, what is left to do or the signature that stands."""
    who = find_viewer()
    if who is None:
        return render_template("auth/start.html", form=CodeForm(), cleared="cleared" in request.args)
    if not who.session.confirmed:
        return SeeOther(url_for("auth.is_this_you"))
    today = clock.today()
    learning = find_learning(who.person, today)
    if learning is None or not learning.is_covered:
        practice = find_practice(who.person, today) if learning is None else None
        published = learning is not None
        return render_template("auth/nothing_to_do.html", published=published, practice=practice)
    tasks = tasks_of(learning, today, shown=shown_rules(who.person.id, learning.course.policy_version_id))
    template = "auth/up_to_date.html" if tasks.standing.is_done else "auth/home.html"
    holder = find_holder_course(who.person, today)
    mine = list_questions(who.person.organisation_id, [who.person.id]).get(who.person.id, [])
    lately = lately_answered(mine, clock.now())
    return render_template(
        template, learning=learning, tasks=tasks, holder=holder, mine=mine, lately_answered=lately
    )


# --- by slip -------------------------------------------------------------------------------------


@bp.route("/code", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def enter_code() -> Page:
    """The box for a slip's code. A scanned code stands in it, and nothing is used up until the button."""
    if request.method == "GET":
        form = CodeForm(formdata=None, data={"code": request.args.get("code", "")[:40]})
        return render_template("auth/enter_code.html", form=form)
    form = CodeForm()
    if not form.validate():
        return render_template("auth/enter_code.html", form=form), 422
    try:
        return _open_door(form.code.data)
    except ActionRefused as error:
        return _wrong(form, form.code, error, "auth/enter_code.html")


def _open_door(code: str) -> BaseResponse:
    """Sign in with a slip's code, and let this browser remember that the slip is bound to it."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    device = request.cookies.get(device_cookie_name(secure))
    address = request.remote_addr or ""
    signed_in, cookie = service.sign_in_with_slip(code, device=device, address=address, at=clock.now())
    _begin(signed_in)
    response = SeeOther(url_for("auth.is_this_you"))
    return keep_device(response, cookie, secure=secure)


@bp.get("/is-this-you")
@requires(Permission.TAKE_TRAINING)
@before_confirmation
def is_this_you() -> Page:
    """First name, initial, job and academy: enough to know oneself, and no more for a stranger."""
    who = viewer()
    if who.session.confirmed:
        return SeeOther(url_for("auth.home"))
    posts = list_posts(who.person)
    return render_template("auth/is_this_you.html", posts=placements_on(posts, clock.today()) or posts[-1:])


@bp.post("/is-this-you")
@requires(Permission.TAKE_TRAINING)
@before_confirmation
def answer_is_this_you() -> Page:
    """Yes goes on; no stops the slip; nothing chosen asks again."""
    who = viewer()
    answer = request.form.get("answer")
    if answer == "no":
        service.deny_identity(who.session, at=clock.now())
        session.clear()
        return SeeOther(url_for("auth.enter_code", stopped=1))
    if answer != "yes":
        return SeeOther(url_for("auth.is_this_you"))
    service.confirm_identity(who.session)
    return SeeOther(url_for("auth.home" if _has_begun(who) else "auth.who_sees_what"))


def _has_begun(who: Viewer) -> bool:
    """Whether somebody comes back to training that they began before."""
    today = clock.today()
    learning = find_learning(who.person, today)
    if learning is None or not learning.is_covered:
        return False
    shown = shown_rules(who.person.id, learning.course.policy_version_id)
    return bool(shown) or tasks_of(learning, today).has_begun


@bp.get("/who-sees-what")
@requires(Permission.TAKE_TRAINING)
def who_sees_what() -> Page:
    """What managers, HR and others see of somebody's training."""
    return render_template("auth/who_sees_what.html")


# --- by password, again, and out -----------------------------------------------------------------


@bp.route("/sign-in", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def sign_in() -> Page:
    """Sign in by password. Whatever was wrong, the answer is the same."""
    form = PasswordForm()
    if request.method == "GET":
        return render_template("auth/sign_in.html", form=form)
    if not form.validate():
        return render_template("auth/sign_in.html", form=form), 422
    try:
        signed_in = service.sign_in_with_password(form.login.data, form.password.data, at=clock.now())
    except ActionRefused as error:
        return _wrong(form, form.login, error, "auth/sign_in.html")
    _begin(signed_in)
    return SeeOther(url_for("auth.home"))


@bp.route("/confirm", methods=["GET", "POST"])
@requires(Permission.TAKE_TRAINING)
def confirm_again() -> Page:
    """The code or password once more, and then on to the page that asked for it."""
    who = viewer()
    by_slip = who.session.method is Method.SLIP
    form = CodeAgainForm() if by_slip else PasswordAgainForm()
    if request.method == "GET":
        form.next.data = request.args.get("next", "")
        return render_template("auth/confirm_again.html", form=form)
    if not form.validate():
        return render_template("auth/confirm_again.html", form=form), 422
    field = form.code if by_slip else form.password
    try:
        signed_in = service.authenticate_again(who.session, field.data, at=clock.now())
    except ActionRefused as error:
        return _wrong(form, field, error, "auth/confirm_again.html")
    start_browser_session(signed_in)
    return SeeOther(safe_address(form.next.data or ""))


@bp.post("/end")
@requires(Permission.PUBLIC)
def end() -> Page:
    """End the session and clear what this browser keeps of it.

    The mark of the device stays, so that the same slip opens here again; it tells nothing about anybody.
    """
    who = find_viewer()
    if who is not None:
        _keep_place(who)
        service.end_session(who.session, at=clock.now())
    session.clear()
    response = SeeOther(url_for("auth.home", cleared=1))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return forget_shown(response)


def _keep_place(who: Viewer) -> None:
    """Record the key rules that this browser has shown, before it forgets them."""
    learning = find_learning(who.person, clock.today())
    if learning is None:
        return
    version_id = learning.course.policy_version_id
    shown = shown_rules(who.person.id, version_id)
    if shown:
        record_reading(who.person, version_id, rule_steps(shown))


def safe_address(text: str) -> str:
    """The address to go on to, where it is a plain path of this site; home otherwise."""
    plain = re.fullmatch(r"/(?!/)[A-Za-z0-9/_.-]*", text)
    return text if plain else url_for("auth.home")


def _begin(signed_in: SignedIn) -> None:
    """Start the browser's session in place of any other it had."""
    before = find_viewer()
    if before is not None:
        service.end_session(before.session, at=clock.now())
    start_browser_session(signed_in)


def _wrong(form: FlaskForm, field: Field, error: ActionRefused, template: str) -> tuple[str, int]:
    """The form again with why it did not open the door, and what to do."""
    reason = error.refusal.reasons[0]
    field.errors = [reason.message]
    words = render_template(template, form=form, advice=CODE_ADVICE.get(reason.code, ""))
    return words, 429 if reason.code in TOO_MANY else 422


# --- about the service ---------------------------------------------------------------------------


@bp.get("/organisations/<slug>.css")
@requires(Permission.PUBLIC)
def organisation_css(slug: str) -> Response:
    """The organisation's colour. It holds nothing of anybody's, so it may be kept."""
    sheet = organisation_stylesheet(get_organisation_by_slug(slug).colour)
    response = Response(sheet, mimetype="text/css")
    response.cache_control.public = True
    response.cache_control.max_age = STYLESHEET_KEPT_SECONDS
    return response


@bp.get("/accessibility")
@requires(Permission.PUBLIC)
def accessibility() -> Page:
    """What was done so that everybody can use this, what is known to be missing, and other ways to do it."""
    return render_template("auth/accessibility.html")


@bp.get("/your-data")
@requires(Permission.PUBLIC)
def your_data() -> Page:
    """What is kept about a person, why, and who sees it."""
    return render_template("auth/your_data.html")
