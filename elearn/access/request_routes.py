"""Pages of access: may they post, asking, deciding, and one's own accounts."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.access import approving, asking, granting
from elearn.access.accounts import get_account_of
from elearn.access.decision import AccessDecision
from elearn.access.forms import (
    ENFORCEMENT_WORDS,
    PLATFORM_WORDS,
    RIGHT_WORDS,
    SCOPE_WORDS,
    DecisionForm,
    RequestForm,
)
from elearn.access.pages import (
    Asking,
    accounts_to_ask_for,
    asks_themselves,
    checks,
    own_accounts,
    quoted,
    rights_to_ask_for,
    sentence,
    shown_when_asking,
)
from elearn.access.request_rules import OPEN, end_of_school_year
from elearn.access.requests import requests_of
from elearn.access.rules import DO_HOLDER_COURSE
from elearn.access.views import Review
from elearn.assignments.learning import find_holder_course
from elearn.auth.viewer import viewer
from elearn.errors import ActionRefused, NotFound
from elearn.fields import page
from elearn.people.scopes import get_person_in_scope, scope_of
from elearn.people.service import PersonView, names_of
from elearn.permissions import Permission, requires
from elearn.redirects import SeeOther

bp = Blueprint("access", __name__)

Page = str | tuple[str, int] | Response


@bp.app_context_processor
def _words() -> dict[str, object]:
    """The fixed words of accounts as people read them; `holder_step` leads to the course it names."""
    return {
        "holder_step": DO_HOLDER_COURSE,
        "platform_words": PLATFORM_WORDS,
        "right_words": RIGHT_WORDS,
        "enforcement_words": ENFORCEMENT_WORDS,
        "scope_words": SCOPE_WORDS,
    }


# --- may they post? ----------------------------------------------------------------------------------


@bp.get("/staff/<uuid:person_id>/accounts/<uuid:account_id>")
@requires(Permission.SEE_STAFF)
def show_answer(person_id: UUID, account_id: UUID) -> Page:
    """Yes, not yet or cannot say; each requirement with its basis; what to do next and who."""
    person = _person(person_id, Permission.SEE_STAFF)
    account = get_account_of(person.organisation_id, account_id)
    day, now = clock.today(), clock.now()
    decision, ready = asking.may_ask_for(person_id, account_id, day, at=now)
    mine = [r for r in requests_of(person_id) if r.account_id == account_id]
    return render_template(
        "access/show_answer.html",
        person=person,
        account=account,
        decision=decision,
        ready=ready,
        sentence=sentence(decision, person.name, account),
        **_checked(decision, person.organisation_id),
        waiting=next((r for r in mine if r.state(day) in OPEN), None),
        offered=rights_to_ask_for(mine, decision, day) if _may_ask_for(person_id) else (),
        asked=request.args.get("asked") == "1",
    )


@bp.route("/staff/<uuid:person_id>/accounts/<uuid:account_id>/request", methods=["GET", "POST"])
@requires(Permission.REQUEST_ACCESS)
def request_access(person_id: UUID, account_id: UUID) -> Page:
    """Ask for access for one of one's staff: fill in, check, send."""
    person = _person(person_id, Permission.REQUEST_ACCESS)
    done = url_for(".show_answer", person_id=person_id, account_id=account_id, asked=1)
    return _ask(person, account_id, done=done)


@bp.route("/accounts/<uuid:account_id>/ask", methods=["GET", "POST"])
@requires(Permission.TAKE_TRAINING)
def ask_for_myself(account_id: UUID) -> Page:
    """Ask for access for oneself, where the policy says that the person asks."""
    me = viewer().person
    offered = {account.id for account in accounts_to_ask_for(me, day=clock.today())}
    taken = {request.account_id for request in requests_of(me.id)}
    if account_id not in offered | taken or not asks_themselves(me.organisation_id):
        raise NotFound("nothing to ask for here")
    return _ask(me, account_id, done=url_for(".my_accounts", asked=1))


def _ask(person: PersonView, account_id: UUID, *, done: str) -> Page:
    """The form, then the same answers to check, then the request."""
    me, now = viewer().person, clock.now()
    facts = shown_when_asking(person, account_id, asker=me, day=clock.today(), at=now)
    form = _request_form(facts)
    step = request.form.get("step", "")
    if step == "send" and form.carry_out(
        lambda: asking.request_access(
            account_id, person.id, requested_by_id=me.id, **form.values(), at=clock.now()
        )
    ):
        return SeeOther(done)
    if request.method == "POST" and step != "change" and not form.errors and form.validate():
        return render_template("access/check_request.html", form=form, person=person, facts=facts, me=me)
    return page("access/request_access.html", form, person=person, facts=facts, me=me)


def _request_form(facts: Asking) -> RequestForm:
    today = clock.today()
    return RequestForm(
        needs_equipment=facts.needs_equipment,
        needs_two_step=facts.needs_two_step,
        data={"starts_on": today, "ends_on": end_of_school_year(today)},
    )


# --- deciding ----------------------------------------------------------------------------------------


@bp.get("/requests")
@requires(Permission.APPROVE_ACCESS)
def list_requests() -> Page:
    """What waits for this approver."""
    waiting = approving.pending_requests_for(viewer().person.id, clock.today())
    return render_template("access/list_requests.html", requests=waiting)


@bp.get("/requests/<uuid:request_id>")
@requires(Permission.APPROVE_ACCESS)
def show_request(request_id: UUID) -> Page:
    """One request with the facts as they are now; who may decide it, or what was decided."""
    return _request_page(_review(request_id), DecisionForm())


@bp.post("/requests/<uuid:request_id>/decide")
@requires(Permission.APPROVE_ACCESS)
def decide_request(request_id: UUID) -> Page:
    """Approve or refuse; an approved request is granted at once where the gate, asked again, says so."""
    review, form, me = _review(request_id), DecisionForm(), viewer().person
    if not form.carry_out(
        lambda: approving.decide_request(request_id, approver_id=me.id, **form.values(), at=clock.now())
    ):
        return _request_page(review, form)
    if form.values()["approved"]:
        _grant_if_ready(request_id, me)
    return SeeOther(url_for(".show_request", request_id=request_id))


def _grant_if_ready(request_id: UUID, granter: PersonView) -> None:
    """Grant an approved request; where something is still missing it stays approved, and the page says what."""
    try:
        granting.grant_access(request_id, granted_by_id=granter.id, at=clock.now())
    except ActionRefused:
        return


def _review(request_id: UUID) -> Review:
    """A request that the viewer may decide, has decided, or is a party to. Raises NotFound for any other."""
    me = viewer().person
    review = approving.review_request(request_id, approver_id=me.id, day=clock.today(), at=clock.now())
    asked, approval = review.request, review.request.approval
    is_theirs = me.id in (asked.person_id, asked.requested_by_id, approval.approver_id if approval else None)
    if not is_theirs and not review.may_approve:
        raise NotFound("no such request")
    return review


def _request_page(review: Review, form: DecisionForm) -> Page:
    day, asked = clock.today(), review.request
    account = get_account_of(asked.organisation_id, asked.account_id)
    try:
        holders = approving.list_approvers(asked.id, day)
    except ActionRefused:
        holders = []
    names = names_of(holder.person_id for holder in holders)
    return page(
        "access/show_request.html",
        form,
        review=review,
        asked=asked,
        account=account,
        state=asked.state(day),
        approvers=sorted(set(names.values())),
        sentence=sentence(review.decision, asked.person_name, account),
        **_checked(review.decision, asked.organisation_id),
    )


def _checked(decision: AccessDecision, organisation_id: UUID) -> dict[str, object]:
    """What an answer rests on, for the page: each requirement, and every clause that one of them cites, once."""
    listed = checks(decision)
    refs = [ref for check in listed for ref in check.clauses]
    return {"checks": listed, "quotations": quoted(refs, organisation_id, clock.today())}


# --- one's own accounts --------------------------------------------------------------------------------


@bp.get("/my-accounts")
@requires(Permission.TAKE_TRAINING)
def my_accounts() -> Page:
    """The accounts one may post on, until when and under which conditions; what one has asked for."""
    me, day = viewer().person, clock.today()
    theirs = asks_themselves(me.organisation_id)
    return render_template(
        "access/my_accounts.html",
        own=own_accounts(me, day=day, at=clock.now()),
        waiting=[r for r in requests_of(me.id) if r.state(day) in OPEN],
        to_ask_for=accounts_to_ask_for(me, day=day) if theirs else [],
        holder=find_holder_course(me, day),
        manager_asks=not theirs,
        asked=request.args.get("asked") == "1",
    )


def _person(person_id: UUID, permission: Permission) -> PersonView:
    scope = scope_of(viewer().person, clock.today(), permission)
    return get_person_in_scope(scope, person_id, day=clock.today())


def _may_ask_for(person_id: UUID) -> bool:
    if not viewer().may(Permission.REQUEST_ACCESS):
        return False
    try:
        _person(person_id, Permission.REQUEST_ACCESS)
    except NotFound:
        return False
    return True
