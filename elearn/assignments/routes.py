"""Pages of a manager: whether their people are done, and what is left. Never how they answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.access.accounts import list_accounts
from elearn.assignments.forms import SHOWN, HelpForm, StaffSearchForm
from elearn.assignments.rules import Standing, State
from elearn.assignments.service import standing_of, standings_of
from elearn.assignments.wording import standing_line
from elearn.auth.viewer import viewer
from elearn.courses.service import ACCOUNT_HOLDER, INDUCTION, CourseView, current_course
from elearn.errors import NotFound
from elearn.fields import page
from elearn.people.organisations import list_academies
from elearn.people.placements import list_placements, list_posts
from elearn.people.scopes import Scope, get_person_in_scope, scope_of, search_people
from elearn.people.service import PersonView
from elearn.permissions import Permission, requires
from elearn.quizzes import service as quizzes
from elearn.redirects import SeeOther

bp = Blueprint("assignments", __name__)

Page = str | tuple[str, int] | Response
MOST_SHOWN = 200
GROUPS: dict[str, tuple[State, ...]] = {
    "done": (State.CURRENT, State.EXPIRING),
    "left": (State.NOT_STARTED, State.IN_PROGRESS),
    "overdue": (State.OVERDUE, State.LAPSED),
    "questions": (State.QUESTION_RAISED,),
    "not_covered": (State.NOT_COVERED,),
}
"""Every state is in one group, so that the counts add up to the number of people."""


@bp.get("/staff")
@requires(Permission.SEE_STAFF)
def list_staff() -> Page:
    """A manager's people with where they stand, or those a search finds."""
    form = StaffSearchForm(request.args)
    text, group = (form.search.data or "", form.show.data or "") if form.validate() else ("", "")
    day, scope = clock.today(), _scope()
    people = search_people(scope, text, day=day, limit=MOST_SHOWN + 1)
    standings = _standings(people[:MOST_SHOWN], scope, day)
    stuck = _needing_help(people[:MOST_SHOWN], scope.organisation_id, day)
    shown = [p for p in people[:MOST_SHOWN] if not group or _group_of(standings[p.id]) == group]
    return render_template(
        "assignments/list_staff.html",
        form=form,
        whom=_whom(scope),
        group=group,
        groups=SHOWN,
        people=shown,
        stuck=[person for person in people[:MOST_SHOWN] if person.id in stuck],
        more=len(people) > MOST_SHOWN,
        counts=Counter(_group_of(standing) for standing in standings.values()),
        lines={person.id: standing_line(standings[person.id]) for person in shown},
        placements=list_placements(viewer().person.organisation_id, [person.id for person in shown]),
    )


@bp.get("/staff/<uuid:person_id>")
@requires(Permission.SEE_STAFF)
def show_staff_member(person_id: UUID) -> Page:
    """One of a manager's people: done or not, the dates, what is left, and the accounts to check."""
    person = _person(person_id)
    return _staff_page(person, HelpForm())


@bp.post("/staff/<uuid:person_id>/help")
@requires(Permission.SEE_STAFF)
def give_help(person_id: UUID) -> Page:
    """Record that somebody has gone through the rules with them, so that they may try again."""
    person, form = _person(person_id), HelpForm()
    courses = _courses(person.organisation_id)
    if not courses:
        raise NotFound("no course is in force")
    course = next((c for c in courses if _needs_help(c, person)), courses[0])
    by = viewer().person.id
    if form.carry_out(lambda: quizzes.give_help(course, person_id, given_by_id=by, at=clock.now())):
        return SeeOther(url_for(".show_staff_member", person_id=person_id, helped=1))
    return _staff_page(person, form)


def _courses(organisation_id: UUID) -> list[CourseView]:
    """The courses in force in which somebody may have come to need help."""
    keys = (INDUCTION, ACCOUNT_HOLDER)
    found = (current_course(organisation_id, key, clock.today()) for key in keys)
    return [course for course in found if course is not None]


def _needing_help(people: Sequence[PersonView], organisation_id: UUID, day: date) -> frozenset[UUID]:
    ids = [person.id for person in people]
    found = (quizzes.list_needing_help(course, ids, day=day) for course in _courses(organisation_id))
    return frozenset().union(*found)


def _needs_help(course: CourseView, person: PersonView) -> bool:
    return quizzes.progress(course, person.id, day=clock.today()).needs_help


def _staff_page(person: PersonView, form: HelpForm) -> Page:
    day = clock.today()
    standing = standing_of(person.id, organisation_id=person.organisation_id, day=day)
    posts = list_posts(person)
    here = {post.academy_id for post in posts if post.term.holds_on(day)}
    return page(
        "assignments/show_staff_member.html",
        form,
        person=person,
        standing=standing,
        line=standing_line(standing),
        placements=posts,
        needs_help=any(_needs_help(course, person) for course in _courses(person.organisation_id)),
        helped=request.args.get("helped") == "1",
        accounts=sorted(
            (line.account for line in list_accounts(person.organisation_id, day=day)),
            key=lambda account: account.academy_id not in here,
        ),
        here=here,
    )


def _whom(scope: Scope) -> str:
    """Whom the list is of, in words."""
    names = [a.name for a in list_academies(scope.organisation_id) if a.id in scope.academy_ids]
    everybody = [f"everybody at {name}" for name in names]
    if scope.everybody:
        everybody = ["everybody in the organisation"]
    managed = ["the people you manage"] if scope.line_managed and not scope.everybody else []
    return " and ".join([*managed, *everybody])


def _standings(people: Sequence[PersonView], scope: Scope, day: date) -> dict[UUID, Standing | None]:
    ids = [person.id for person in people]
    found = standings_of(ids, organisation_id=scope.organisation_id, day=day)
    return {key: None if found is None else found[key] for key in ids}


def _group_of(standing: Standing | None) -> str:
    """Which of the counts somebody is in; where no course is in force nobody has anything to do."""
    state = State.NOT_COVERED if standing is None else standing.state
    return next(group for group, states in GROUPS.items() if state in states)


def _scope() -> Scope:
    return scope_of(viewer().person, clock.today(), Permission.SEE_STAFF)


def _person(person_id: UUID) -> PersonView:
    return get_person_in_scope(_scope(), person_id, day=clock.today())
