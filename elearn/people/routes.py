"""Pages of people: who is on the list, their posts, roles, offices and ways in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.assignments.service import standings_of
from elearn.assignments.wording import standing_line
from elearn.auth.service import SlipView, list_slips
from elearn.auth.service import issue_slip as record_slip
from elearn.auth.service import void_slip as record_void
from elearn.auth.viewer import viewer
from elearn.dates import spoken_day
from elearn.errors import NotFound
from elearn.fields import page
from elearn.pdf import qr_png_data_uri
from elearn.people import offices, organisations, placements, roles, service
from elearn.people.forms import (
    JOB_WORDS,
    KIND_WORDS,
    ROLE_WORDS,
    AcademyForm,
    EndForm,
    OfficeForm,
    PersonForm,
    PlacementForm,
    RoleForm,
    SearchForm,
    SlipForm,
    VoidForm,
)
from elearn.people.joining import add_joiner, find_by_typed_number
from elearn.people.organisations import AcademyView
from elearn.people.roles import RoleView
from elearn.people.rules import LINE_MANAGER, OFFICES, OfficeView, PlacementView
from elearn.people.scopes import Scope, get_person_in_scope, scope_of, search_people
from elearn.people.service import PersonView
from elearn.people.taking_back import placement_may_be_taken_back, take_back_placement
from elearn.permissions import Permission, Role, requires
from elearn.redirects import SeeOther
from elearn.scenarios.service import find_latest_bundle, get_bundle

bp = Blueprint("people", __name__)
bp.add_app_template_filter(spoken_day, "day")

Page = str | tuple[str, int] | Response
MOST_SHOWN = 50
SLIP_DAYS = 28


@bp.get("/people")
@requires(Permission.MANAGE_PEOPLE)
def list_people() -> Page:
    """Everybody in scope, or those a search finds, with their post and how far they are."""
    form = SearchForm(request.args)
    text = form.search.data if form.validate() and form.search.data else ""
    day, scope = clock.today(), _scope()
    people = search_people(scope, text, day=day, limit=MOST_SHOWN + 1)
    ids = [person.id for person in people[:MOST_SHOWN]]
    return render_template(
        "people/list_people.html",
        form=form,
        people=people[:MOST_SHOWN],
        more=len(people) > MOST_SHOWN,
        placements=placements.list_placements(scope.organisation_id, ids),
        standings=_standings(ids),
        academies=organisations.list_academies(scope.organisation_id),
    )


@bp.route("/people/add", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def add_person() -> Page:
    """Add somebody with their first post, all or nothing."""
    form = PersonForm(_academies())
    added: list[PersonView] = []

    def add() -> None:
        words = {"name": form.name.data, "payroll_number": form.payroll_number.data, "email": form.email.data}
        values = form.placement() | words | {"manager_number": form.manager.data or ""}
        added.append(add_joiner(viewer().organisation.id, **values, at=clock.now()))

    if form.carry_out(add):
        return _to_person(added[0].id)
    return page("people/add_person.html", form)


@bp.get("/people/<uuid:person_id>")
@requires(Permission.MANAGE_PEOPLE)
def show_person(person_id: UUID) -> Page:
    """One person: posts, standing, line managers, offices, roles and slips."""
    person = _person(person_id)
    held = offices.list_offices(person_id)
    managers = offices.list_line_managers(person_id)
    others = [o.for_person_id for o in held if o.for_person_id] + [o.person_id for o in managers]
    return render_template(
        "people/show_person.html",
        person=person,
        placements=placements.list_posts(person),
        standing=_standings([person_id])[person_id],
        roles=roles.list_roles(person_id),
        offices=held,
        managers=managers,
        names=service.names_of(others),
        slips=list_slips(person_id),
        scope=_scope(),
        words={"kind": KIND_WORDS, "job": JOB_WORDS, "role": ROLE_WORDS, "office": dict(_offices())},
        academies={a.id: a.name for a in organisations.list_academies(person.organisation_id)},
    )


# --- posts -----------------------------------------------------------------------------------------


@bp.route("/people/<uuid:person_id>/placements/add", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def add_placement(person_id: UUID) -> Page:
    """Give somebody a further post."""
    person = _person(person_id)
    form = PlacementForm(_academies())
    if form.carry_out(lambda: placements.add_placement(person_id, **form.placement(), at=clock.now())):
        return _to_person(person_id)
    return page("people/add_placement.html", form, person=person)


@bp.route("/people/<uuid:person_id>/placements/<uuid:placement_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def end_placement(person_id: UUID, placement_id: UUID) -> Page:
    """Give a post its last day, or take back one that was given by mistake today."""
    person = _person(person_id)
    post = _placement(person_id, placement_id)
    form = EndForm(data={"ends_on": post.term.ends_on})
    whose: dict[str, Any] = {"organisation_id": person.organisation_id, "at": clock.now()}
    if form.carry_out(lambda: _end_placement(placement_id, form.last_day, **whose)):
        return _to_person(person_id)
    is_of_today = placement_may_be_taken_back(placement_id, **whose)
    return page("people/end_placement.html", form, person=person, post=post, is_of_today=is_of_today)


def _end_placement(placement_id: UUID, last_day: date | None, *, organisation_id: UUID, at: datetime) -> None:
    if last_day is None:
        take_back_placement(placement_id, organisation_id=organisation_id, at=at)
    else:
        placements.end_placement(placement_id, ends_on=last_day, organisation_id=organisation_id, at=at)


# --- permission roles and offices ------------------------------------------------------------------


@bp.route("/people/<uuid:person_id>/roles/give", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROLES)
def give_role(person_id: UUID) -> Page:
    """Give a permission role, everywhere or at one academy."""
    person, scope = _person(person_id, Permission.MANAGE_ROLES), _scope(Permission.MANAGE_ROLES)
    form = RoleForm(_academies(Permission.MANAGE_ROLES), everywhere=scope.everybody, data=_from_today())
    if form.carry_out(
        lambda: roles.give_role(person_id, Role(form.role.data), **form.term(), at=clock.now())
    ):
        return _to_person(person_id)
    return page("people/give_role.html", form, person=person)


@bp.route("/people/<uuid:person_id>/roles/<uuid:holding_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROLES)
def take_role(person_id: UUID, holding_id: UUID) -> Page:
    """Stop a role at once, or give it its last day."""
    person = _person(person_id, Permission.MANAGE_ROLES)
    role = _role(person_id, holding_id)
    form = EndForm(data={"ends_on": role.term.ends_on or clock.today()})
    take = partial(roles.take_role, holding_id, organisation_id=person.organisation_id)
    if form.carry_out(lambda: take(ends_on=form.last_day, at=clock.now())):
        return _to_person(person_id)
    return page("people/take_role.html", form, person=person, what=ROLE_WORDS[role.role])


@bp.route("/people/<uuid:person_id>/offices/give", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROLES)
def give_office(person_id: UUID) -> Page:
    """Record that somebody holds an office, or is somebody's line manager."""
    person, scope = _person(person_id, Permission.MANAGE_ROLES), _scope(Permission.MANAGE_ROLES)
    academies = _academies(Permission.MANAGE_ROLES)
    form = OfficeForm(_offices(), academies, everywhere=scope.everybody, data=_from_today())

    def give() -> None:
        number = (form.manages.data or "").strip()
        managed = find_by_typed_number(person.organisation_id, number, "manages").id if number else None
        offices.give_office(person_id, form.office.data, for_person_id=managed, **form.term(), at=clock.now())

    return (
        _to_person(person_id)
        if form.carry_out(give)
        else page("people/give_office.html", form, person=person)
    )


@bp.route("/people/<uuid:person_id>/offices/<uuid:holding_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROLES)
def take_office(person_id: UUID, holding_id: UUID) -> Page:
    """Give an office its last day."""
    person = _person(person_id, Permission.MANAGE_ROLES)
    office = _office(person_id, holding_id)
    form = EndForm(data={"ends_on": office.term.ends_on or clock.today()})
    take = partial(offices.take_office, holding_id, organisation_id=person.organisation_id)
    if form.carry_out(lambda: take(ends_on=form.last_day, at=clock.now())):
        return _to_person(person_id)
    what = dict(_offices()).get(office.office, office.office)
    return page("people/take_office.html", form, person=person, what=what)


# --- slips -----------------------------------------------------------------------------------------


@bp.route("/people/<uuid:person_id>/slips/issue", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def issue_slip(person_id: UUID) -> Page:
    """Issue a one-time code. It is kept nowhere, so the answer to the form shows it, once."""
    person = _person(person_id)
    form = SlipForm(data={"expires_on": clock.today() + timedelta(days=SLIP_DAYS)})
    issued = []

    def issue() -> None:
        by, last = viewer().person.id, form.expires_on.data
        issued.append(record_slip(person_id, expires_on=last, issued_by_id=by, at=clock.now()))

    if not form.carry_out(issue):
        return page("people/issue_slip.html", form, person=person, open_slips=_open(list_slips(person_id)))
    address = current_app.extensions["elearn_settings"].base_url
    link = address.rstrip("/") + url_for("auth.enter_code", code=issued[0].whole_code)
    return render_template("people/show_slip.html", slip=issued[0], address=address, qr=qr_png_data_uri(link))


@bp.route("/people/<uuid:person_id>/slips/<uuid:slip_id>/void", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def void_slip(person_id: UUID, slip_id: UUID) -> Page:
    """Stop a code and whatever it opened."""
    person = _person(person_id)
    if slip_id not in {slip.id for slip in list_slips(person_id)}:
        raise NotFound("no such slip")
    form = VoidForm()
    stop = partial(record_void, slip_id, organisation_id=person.organisation_id, at=clock.now())
    if form.carry_out(lambda: stop(reason=form.reason.data, voided_by_id=viewer().person.id)):
        return _to_person(person_id)
    return page("people/void_slip.html", form, person=person)


# --- academies -------------------------------------------------------------------------------------


@bp.route("/academies/add", methods=["GET", "POST"])
@requires(Permission.MANAGE_ROLES)
def add_academy() -> Page:
    """Add a school, or the central team. Only for somebody whose scope is the whole organisation."""
    if not _scope(Permission.MANAGE_ROLES).everybody:
        raise NotFound("not theirs to add")
    form = AcademyForm()
    add = partial(organisations.add_academy, viewer().organisation.id, at=clock.now())
    if form.carry_out(
        lambda: add(form.slug.data, name=form.name.data, is_central=form.central.data == "yes")
    ):
        return SeeOther(url_for(".list_people"))
    return page("people/add_academy.html", form)


# --- what the pages share --------------------------------------------------------------------------


def _scope(permission: Permission = Permission.MANAGE_PEOPLE) -> Scope:
    return scope_of(viewer().person, clock.today(), permission)


def _person(person_id: UUID, permission: Permission = Permission.MANAGE_PEOPLE) -> PersonView:
    return get_person_in_scope(_scope(permission), person_id, day=clock.today())


def _academies(permission: Permission = Permission.MANAGE_PEOPLE) -> list[AcademyView]:
    scope = _scope(permission)
    return [
        academy
        for academy in organisations.list_academies(scope.organisation_id)
        if scope.reaches(academy.id)
    ]


def _placement(person_id: UUID, placement_id: UUID) -> PlacementView:
    """A post of theirs at an academy in scope. Raises NotFound."""
    scope = _scope()
    for post in placements.list_posts(service.get_person(person_id)):
        if post.id == placement_id and scope.reaches(post.academy_id):
            return post
    raise NotFound("no such post")


def _role(person_id: UUID, holding_id: UUID) -> RoleView:
    """A role of theirs whose place is in scope. Raises NotFound."""
    scope = _scope(Permission.MANAGE_ROLES)
    for role in roles.list_roles(person_id):
        if role.id == holding_id and scope.reaches(role.academy_id):
            return role
    raise NotFound("no such role")


def _office(person_id: UUID, holding_id: UUID) -> OfficeView:
    """An office of theirs whose place is in scope; line managing goes with the person. Raises NotFound."""
    scope = _scope(Permission.MANAGE_ROLES)
    for office in offices.list_offices(person_id):
        in_scope = office.office == LINE_MANAGER or scope.reaches(office.academy_id)
        if office.id == holding_id and in_scope:
            return office
    raise NotFound("no such office")


def _offices() -> list[tuple[str, str]]:
    """The offices that somebody may hold, in the words of this organisation's policy where it has some."""
    bundle = find_latest_bundle(viewer().organisation.id)
    if bundle is None:
        return [("head", "Head"), ("dsl", "Safeguarding lead"), (LINE_MANAGER, "Line manager")]
    content = get_bundle(bundle.id).bundle
    names = content.policy.policy.names
    found = [(o.id, names.get(o.id, o.title)) for o in content.catalogue.offices if o.id in OFFICES]
    return [(key, words.removeprefix("the ").removeprefix("your ").capitalize()) for key, words in found]


def _standings(person_ids: Sequence[UUID]) -> dict[UUID, object]:
    day = clock.today()
    found = standings_of(person_ids, organisation_id=viewer().organisation.id, day=day)
    return {key: standing_line(None if found is None else found[key]) for key in person_ids}


def _open(slips: Sequence[SlipView]) -> list[SlipView]:
    return [slip for slip in slips if not slip.voided and slip.expires_on >= clock.today()]


def _from_today() -> dict[str, object]:
    return {"starts_on": clock.today()}


def _to_person(person_id: UUID) -> Response:
    return SeeOther(url_for("people.show_person", person_id=person_id))
