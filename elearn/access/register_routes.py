"""Pages of IT: the register of accounts, their contacts, inductions and rights, and holds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.access import accounts, granting, holds, inducting, service
from elearn.access.facts import HoldScope
from elearn.access.forms import (
    HOLD_WORD,
    AccountForm,
    ConfirmForm,
    ContactForm,
    EndContactForm,
    EndGrantForm,
    HoldForm,
    InductionForm,
)
from elearn.access.gathering import start_of
from elearn.access.pages import list_inductions
from elearn.access.request_routes import bp
from elearn.access.requests import get_request, list_requests, list_to_grant
from elearn.access.views import AccountLine, AccountView, ContactView, HoldView
from elearn.auth.viewer import viewer
from elearn.errors import NotFound
from elearn.fields import page
from elearn.people.joining import find_by_typed_number
from elearn.people.organisations import AcademyView, list_academies
from elearn.people.scopes import Scope, scope_of
from elearn.permissions import Permission, requires
from elearn.redirects import SeeOther

Page = str | tuple[str, int] | Response
CONTACTS_NEEDED = 2


# --- the register ------------------------------------------------------------------------------------


@bp.get("/accounts")
@requires(Permission.MANAGE_ACCOUNTS)
def list_accounts() -> Page:
    """The register: every account in scope with its contacts, posters, enforcement and holds."""
    lines = _lines()
    show = request.args.get("show", "")
    groups = {
        "": lines,
        "short": [line for line in lines if line.reachable_contacts < CONTACTS_NEEDED],
        "hold": [line for line in lines if line.on_hold],
    }
    return render_template(
        "access/list_accounts.html",
        lines=groups.get(show, lines),
        counts={key: len(group) for key, group in groups.items()},
        show=show if show in groups else "",
        holds=_holds(),
        needed=CONTACTS_NEEDED,
    )


@bp.route("/accounts/register", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def register_account() -> Page:
    """Put an account in the register: a new one, or one that somebody has already set up."""
    form = AccountForm(_academies())
    me, added = viewer().person, []
    register = partial(accounts.register_account, me.organisation_id, registered_by_id=me.id)
    if form.carry_out(lambda: added.append(register(**form.values(), at=clock.now()))):
        return _to_account(added[0].id)
    return page("access/register_account.html", form)


@bp.get("/accounts/<uuid:account_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def show_account(account_id: UUID) -> Page:
    """One account: contacts, inductions, who may post, what waits, holds and history."""
    account, day = _account(account_id), clock.today()
    organisation_id = account.organisation_id
    return render_template(
        "access/show_account.html",
        account=account,
        contacts=accounts.list_contacts(account_id, day=day),
        needed=CONTACTS_NEEDED,
        inductions=list_inductions(account),
        roster=service.roster(account_id, day, at=clock.now()),
        to_grant=[r for r in list_to_grant(organisation_id, day) if r.account_id == account_id],
        holds=[hold for hold in _holds() if _reaches(hold, account)],
        history=[r for r in list_requests(organisation_id) if r.account_id == account_id][::-1],
        form=ConfirmForm(),
    )


@bp.route("/accounts/<uuid:account_id>/contacts/add", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def name_contact(account_id: UUID) -> Page:
    """Name an administrative contact."""
    account, form = _account(account_id), ContactForm(data={"starts_on": clock.today()})
    organisation_id, me = account.organisation_id, viewer().person

    def name() -> None:
        person = find_by_typed_number(organisation_id, form.number.data, "contact")
        keep = partial(accounts.name_contact, account_id, person.id, organisation_id=organisation_id)
        keep(starts_on=form.starts_on.data, named_by_id=me.id, at=clock.now())

    return (
        _to_account(account_id)
        if form.carry_out(name)
        else page("access/name_contact.html", form, account=account)
    )


@bp.route("/accounts/<uuid:account_id>/contacts/<uuid:contact_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def end_contact(account_id: UUID, contact_id: UUID) -> Page:
    """Give a contact their last day; where too few are left, ask first."""
    account = _account(account_id)
    contact, left = _contact(account, contact_id)
    form = EndContactForm(asks=left < CONTACTS_NEEDED, data={"ends_on": clock.today()})
    end = partial(accounts.end_contact, contact_id, organisation_id=account.organisation_id)
    if form.carry_out(lambda: end(ends_on=form.ends_on.data, at=clock.now())):
        return _to_account(account_id)
    return page("access/end_contact.html", form, account=account, contact=contact, left=left)


@bp.route("/accounts/<uuid:account_id>/inductions/add", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def record_induction(account_id: UUID) -> Page:
    """Record the short induction that the viewer gave to somebody."""
    account, me = _account(account_id), viewer().person
    need = inducting.induction_need(account, me.id, at=clock.now())
    people = _to_induct(account)
    mine = inducting.may_be_inducted_by(me.id, people, account, need, clock.today())
    form = InductionForm(
        [(str(key), people[key]) for key in people if key in mine], data={"given_on": clock.today()}
    )
    keep = partial(inducting.record_induction, account_id, organisation_id=account.organisation_id)
    if form.carry_out(
        lambda: keep(UUID(form.person.data), given_by_id=me.id, given_on=form.given_on.data, at=clock.now())
    ):
        return _to_account(account_id)
    elsewhere = need.by if need is not None and not mine and set(people) - {me.id} else ""
    return page("access/record_induction.html", form, account=account, given_by=elsewhere)


@bp.post("/requests/<uuid:request_id>/grant")
@requires(Permission.MANAGE_ACCOUNTS)
def grant_access(request_id: UUID) -> Page:
    """Grant an approved request whose last requirement has been met since; the gate is asked again."""
    asked = get_request(request_id)
    account = _account(asked.account_id)
    form, me = ConfirmForm(), viewer().person
    if form.carry_out(lambda: granting.grant_access(request_id, granted_by_id=me.id, at=clock.now())):
        return _to_account(account.id)
    return page("access/not_granted.html", form, account=account, asked=asked)


@bp.route("/accounts/<uuid:account_id>/grants/<uuid:grant_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def end_grant(account_id: UUID, grant_id: UUID) -> Page:
    """Take somebody's right back from now on."""
    account, form, me = _account(account_id), EndGrantForm(), viewer().person
    entry = next((e for e in service.roster(account_id, clock.today()) if e.grant_id == grant_id), None)
    if entry is None:
        raise NotFound("no such access")
    end = partial(granting.end_grant, grant_id, organisation_id=account.organisation_id, ended_by_id=me.id)
    if form.carry_out(lambda: end(reason=form.reason.data, at=clock.now())):
        return _to_account(account_id)
    return page("access/end_grant.html", form, account=account, entry=entry)


# --- holds -------------------------------------------------------------------------------------------


@bp.route("/holds/start", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def start_hold() -> Page:
    """Stop posting, in two steps: where, why and until when; then whom it reaches, and the word typed."""
    form = _hold_form()
    confirming = request.form.get("step") == "confirm"
    if request.method == "GET" or not form.validate():
        return page("access/start_hold.html", form)
    preview = partial(holds.preview_hold, viewer().organisation.id, day=clock.today())
    if not confirming or (form.confirm.data or "").strip().upper() != HOLD_WORD:
        if confirming:
            form.confirm.errors = [f"Type {HOLD_WORD} to stop posting"]
        return page("access/confirm_hold.html", form, preview=preview(**form.place()), word=HOLD_WORD)
    if form.carry_out(lambda: _start(form)):
        return SeeOther(url_for(".list_accounts"))
    return page("access/start_hold.html", form)


def _start(form: HoldForm) -> None:
    me, now, last = viewer().person, clock.now(), form.ends_on.data
    holds.start_hold(
        me.organisation_id,
        **form.place(),
        reason=form.reason.data,
        starts_at=now,
        ends_at=None if last is None else start_of(last + timedelta(days=1)),
        started_by_id=me.id,
        at=now,
    )


@bp.route("/holds/<uuid:hold_id>/lift", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def lift_hold(hold_id: UUID) -> Page:
    """Lift a hold; nobody who has lapsed meanwhile is restored by it."""
    hold = next((hold for hold in _holds() if hold.id == hold_id), None)
    if hold is None or not _may_lift(hold):
        raise NotFound("no such hold")
    me, form = viewer().person, ConfirmForm()
    lift = partial(holds.lift_hold, hold_id, organisation_id=me.organisation_id, lifted_by_id=me.id)
    if form.carry_out(lambda: lift(at=clock.now())):
        return SeeOther(url_for(".list_accounts"))
    return page("access/lift_hold.html", form, hold=hold)


def _hold_form() -> HoldForm:
    listed = [line.account for line in _lines()]
    chosen = request.args.get("account", "")
    first = {"account": chosen, "scope": HoldScope.ACCOUNT.value} if chosen else {}
    return HoldForm(listed, _academies(), everywhere=_scope().everybody, data=first)


# --- what the pages share ------------------------------------------------------------------------------


def _scope() -> Scope:
    return scope_of(viewer().person, clock.today(), Permission.MANAGE_ACCOUNTS)


def _academies() -> list[AcademyView]:
    scope = _scope()
    return [academy for academy in list_academies(scope.organisation_id) if scope.reaches(academy.id)]


def _lines() -> list[AccountLine]:
    scope = _scope()
    listed = accounts.list_accounts(scope.organisation_id, day=clock.today(), at=clock.now())
    return [line for line in listed if scope.reaches(line.account.academy_id)]


def _account(account_id: UUID) -> AccountView:
    """An account in scope. Raises NotFound for any other."""
    scope = _scope()
    account = accounts.get_account_of(scope.organisation_id, account_id)
    if not scope.reaches(account.academy_id):
        raise NotFound("no such account")
    return account


def _contact(account: AccountView, contact_id: UUID) -> tuple[ContactView, int]:
    """A contact of the account, and how many people would be left without them. Raises NotFound."""
    listed = accounts.list_contacts(account.id, day=clock.today())
    found = next((contact for contact in listed if contact.id == contact_id), None)
    if found is None:
        raise NotFound("no such contact")
    return found, len({c.person_id for c in listed if c.in_post and c.person_id != found.person_id})


def _to_induct(account: AccountView) -> dict[UUID, str]:
    """The account's contacts, and everybody for whom access was asked for, by name."""
    day = clock.today()
    people = {c.person_id: c.name for c in accounts.list_contacts(account.id, day=day)}
    asked = [r for r in list_requests(account.organisation_id) if r.account_id == account.id]
    people |= {r.person_id: r.person_name for r in asked}
    return dict(sorted(people.items(), key=lambda pair: pair[1]))


def _holds() -> list[HoldView]:
    """The holds that reach something in scope: all of the organisation's, and its own academies' and accounts'."""
    scope = _scope()
    mine = {line.account.id for line in _lines()}
    return [
        hold
        for hold in holds.list_holds(scope.organisation_id, at=clock.now())
        if hold.scope is HoldScope.ORGANISATION or hold.account_id in mine or scope.reaches(hold.academy_id)
    ]


def _may_lift(hold: HoldView) -> bool:
    return hold.scope is not HoldScope.ORGANISATION or _scope().everybody


def _reaches(hold: HoldView, account: AccountView) -> bool:
    return (
        hold.scope is HoldScope.ORGANISATION
        or account.id == hold.account_id
        or (hold.academy_id == account.academy_id)
    )


def _to_account(account_id: UUID) -> Response:
    return SeeOther(url_for("access.show_account", account_id=account_id))
