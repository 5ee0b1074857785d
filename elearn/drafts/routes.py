"""Pages that lead an author from a policy's text to content that somebody else can accept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.auth.viewer import viewer
from elearn.courses.quoting import Quotation, lead_ins
from elearn.drafts import forms, service
from elearn.drafts.assembling import key_rule, rules_to_choose
from elearn.drafts.position_forms import position_form
from elearn.drafts.service import COVERS, Draft
from elearn.errors import NotFound
from elearn.fields import PageForm, page
from elearn.people.rules import JobGroup, PersonKind
from elearn.permissions import Permission, requires
from elearn.quizzes.forms import Preview, empty_sheet
from elearn.redirects import SeeOther
from elearn.scenarios.asked import Asked
from elearn.scenarios.content import Position
from elearn.scenarios.coverage import coverage, tally
from elearn.scenarios.forms import PreviewForm
from elearn.scenarios.grids import list_bank
from elearn.scenarios.previews import reasons_not_put, steps_asked, tellings
from elearn.scenarios.service import find_latest_bundle

bp = Blueprint("setup", __name__, url_prefix="/content/setup")

Page = str | tuple[str, int] | Response


def _draft() -> Draft:
    return service.get_draft(viewer().organisation)


def _decide(draft: Draft, values: Mapping[str, Any]) -> None:
    service.decide(draft, values, decided_by_id=viewer().person.id, at=clock.now())


def _save(form: PageForm, draft: Draft, read: Callable[[], Mapping[str, Any]]) -> bool:
    """Store what a posted form decides; False where it was not posted or has errors."""
    return form.carry_out(lambda: _decide(draft, read()))


@bp.get("")
@requires(Permission.MANAGE_POLICIES)
def overview() -> str:
    """How far the content of the policy that was imported last is decided, and what comes next."""
    draft = service.find_draft(viewer().organisation)
    if draft is None:
        return render_template("drafts/overview.html", draft=None)
    waiting = {position.id for position in draft.undecided}
    topics = [(topic, draft.positions_of(topic.id)) for topic in draft.content.catalogue.topics]
    return render_template(
        "drafts/overview.html",
        draft=draft,
        loaded=find_latest_bundle(draft.organisation.id),
        topics=[(topic, len(found), sum(p.id in waiting for p in found)) for topic, found in topics],
        total=len(draft.content.catalogue.positions),
        must=sum(p.id in waiting for topic, found in topics if topic.must_get_right for p in found),
    )


@bp.get("/changes")
@requires(Permission.MANAGE_POLICIES)
def changes() -> str:
    """What differs from the text before: which answers stand, which are asked again, and because of which clauses."""
    draft = _draft()
    if draft.carried is None:
        raise NotFound("nothing was decided for an earlier text")
    return render_template("drafts/changes.html", draft=draft, carried=draft.carried)


@bp.route("/covers", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def covers() -> Page:
    """Whom the policy covers, kind by kind."""
    draft = _draft()
    form = forms.covers_form(draft)
    if _save(form, draft, lambda: {COVERS: forms.covers_value(form)}):
        return SeeOther(url_for(".names"))
    return page("drafts/covers.html", form)


@bp.route("/names", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def names() -> Page:
    """What the policy calls the people and channels that situations name."""
    draft = _draft()
    form = forms.names_form(draft)
    if _save(form, draft, lambda: forms.names_value(form)):
        return SeeOther(url_for(".topic", topic_id=draft.content.catalogue.topics[0].id))
    return page("drafts/names.html", form)


@bp.route("/topics/<topic_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def topic(topic_id: str) -> Page:
    """The positions of a topic: what is decided, and those that can be settled together, each beside its clause."""
    draft = _draft()
    found = draft.topic(topic_id)
    form = forms.together_form(draft, found)
    if _save(form, draft, lambda: forms.together_values(draft, form)):
        apart = [] if found.must_get_right else form.left_out
        return SeeOther(_next(_draft(), topic_id, apart=apart))
    positions = draft.positions_of(topic_id)
    return page(
        "drafts/topic.html", form, topic=found, positions=positions, draft=draft, next=_one(draft, topic_id)
    )


def _onward(draft: Draft, position: Position) -> str:
    """After an answer is saved: the same page where that was asked for, else what waits next."""
    if "stay" in request.form:
        return url_for(".position", position_id=position.id)
    return _next(draft, position.topic, position.id, request.args.getlist("apart"))


def _next(draft: Draft, topic_id: str, after: str = "", apart: Sequence[str] = ()) -> str:
    """Where to go on: what was taken out to be answered alone, what this topic settles together, its other questions.

    Where silence must be confirmed by itself, the questions with an answer come first.
    """
    waiting = [p for p in draft.undecided if p.topic == topic_id and p.id != after]
    alone = [p.id for p in waiting if p.id in apart]
    if alone:
        return url_for(".position", position_id=alone[0], apart=alone[1:])
    together = [p for p in waiting if draft.is_plain(p) or draft.proposal(p.id).is_silent]
    if together and (len(together) == len(waiting) or not draft.topic(topic_id).must_get_right):
        return url_for(".topic", topic_id=topic_id)
    return _one(draft, topic_id, after)


def _one(draft: Draft, topic_id: str, after: str = "") -> str:
    """The first question of the topic that is answered by itself, else the next topic."""
    waiting = [p for p in draft.undecided if p.topic == topic_id and p.id != after]
    for position in waiting:
        if not draft.is_plain(position) and not draft.proposal(position.id).is_silent:
            return url_for(".position", position_id=position.id)
    return _next_topic(draft, topic_id, after)


def _next_topic(draft: Draft, topic_id: str, after: str) -> str:
    for topic in draft.content.catalogue.topics:
        if any(p.topic == topic.id and p.id != after for p in draft.undecided if topic.id != topic_id):
            return url_for(".topic", topic_id=topic.id)
    return url_for(".overview")


@bp.route("/positions/<position_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def position(position_id: str) -> Page:
    """One question: the proposed answer with its clause, to confirm or to answer otherwise."""
    draft = _draft()
    proposal = draft.proposal(position_id)
    form = position_form(draft, proposal.position)
    stances: list[Any] = []
    if form.carry_out(lambda: stances.append(form.stances(clock.today()))):
        before = draft.decided.positions.get(position_id)
        changes = (
            service.changes_of(draft, position_id, stances[0]) if before not in (None, stances[0]) else []
        )
        if changes and "confirmed" not in request.form:
            return render_template(
                "drafts/change.html", proposal=proposal, cells=changes, sent=forms.sent_again()
            )
        _decide(draft, {service.POSITION + position_id: service.stances_to_json(stances[0])})
        return SeeOther(_onward(draft, proposal.position))
    return page(
        "drafts/position.html", form, draft=draft, proposal=proposal, quoted=_quoted(draft, proposal.near[:4])
    )


def _quoted(draft: Draft, refs: tuple[str, ...]) -> list[Quotation]:
    """Clauses as printed, each after the clause that leads into it."""
    wanted = dict.fromkeys(ref for near in refs for ref in (*lead_ins(near), near))
    return [Quotation(ref, draft.text_of(ref), "") for ref in wanted if draft.text_of(ref)]


@bp.route("/key-rules", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def key_rules() -> Page:
    """Which answers become the rules that everybody reads first."""
    draft = _draft()
    catalogue, decided = draft.content.catalogue, draft.decided
    possible = rules_to_choose(catalogue, decided.positions)[: forms.RULES_SHOWN]
    names = dict.fromkeys([*(name for name in decided.key_rules if name in possible), *possible])
    titles = {n: key_rule(catalogue, n, decided, draft.clauses).title for n in names}
    form = forms.rules_form(titles, decided.key_rules or possible[:8])
    if _save(form, draft, lambda: forms.rules_value(form)):
        return SeeOther(url_for(".signing"))
    chosen = {name: titles[name] for name in decided.key_rules if name in titles}
    return page("drafts/key_rules.html", form, waiting=len(draft.undecided), chosen=chosen)


@bp.route("/key-rules/<position_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def key_rule_words(position_id: str) -> Page:
    """The title and the reason of one rule, in the author's own words."""
    draft = _draft()
    if position_id not in rules_to_choose(draft.content.catalogue, draft.decided.positions):
        raise NotFound("no such rule")
    rule = key_rule(draft.content.catalogue, position_id, draft.decided, draft.clauses)
    form = forms.RuleForm(data={"title": rule.title, "why": rule.why})

    def read() -> Mapping[str, Any]:
        text = forms.rule_value(form)
        return {service.RULE_TEXT + position_id: {"title": text.title, "why": text.why}}

    if _save(form, draft, read):
        return SeeOther(url_for(".key_rules"))
    return page("drafts/key_rule_words.html", form, quoted=_quoted(draft, rule.clauses))


@bp.route("/clause", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def split_clause() -> Page:
    """A clause that says several things, split into parts that answers can rest on."""
    draft, ref = _draft(), request.args.get("ref", "")
    if not draft.text_of(ref):
        raise NotFound("no such clause")
    form = forms.split_form(draft, ref)
    if _save(form, draft, lambda: service.split_values(draft, ref, forms.split_value(form))):
        return SeeOther(url_for(".split_clause", ref=ref, saved=1))
    return page(
        "drafts/split_clause.html",
        form,
        ref=ref,
        parts=draft.decided.parts.get(ref, ()),
        quoted=_quoted(draft, (ref,)),
        resting=draft.resting_on(ref),
        saved="saved" in request.args,
    )


@bp.route("/signing", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def signing() -> Page:
    """What people sign, whom they can ask, and the courses that follow from the answers."""
    draft = _draft()
    form = forms.signing_form(draft)
    if _save(form, draft, lambda: forms.signing_value(form)):
        return SeeOther(url_for(".review"))
    policy = service.compiled_of(draft).bundle.policy
    return page(
        "drafts/signing.html", form, courses=policy.courses, access=policy.access, topics=_titles(draft)
    )


def _titles(draft: Draft) -> dict[str, str]:
    return {topic.id: topic.title for topic in draft.content.catalogue.topics}


@bp.route("/review", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def review() -> Page:
    """What the checks say, which duties no situation covers, what is asked; then propose it."""
    draft, form = _draft(), forms.ProposeForm()
    made: list[Any] = []

    def propose() -> None:
        note, me = form.note.data or "", viewer().person.id
        made.append(service.propose(draft, note=note, proposed_by_id=me, at=clock.now()))

    if form.carry_out(propose):
        return SeeOther(url_for("content.show_proposal", proposal_id=made[0].id))
    return page("drafts/review.html", form, **_reviewed(draft))


def _reviewed(draft: Draft) -> dict[str, Any]:
    """What the page of the review says about a draft."""
    compiled, cells = service.compiled_of(draft), service.cells_of(draft)
    rows, bank = coverage(compiled, cells), list_bank(compiled, cells)
    return {
        "draft": draft,
        "report": service.report_of(draft),
        "obstacles": service.obstacles_of(draft),
        "lost": service.lost_of(draft),
        "faulty": service.faulty_of(draft),
        "openings": {item.scenario.id: item.opening for item in bank},
        "tally": tally(rows),
        "gaps": [row for row in rows if row.is_gap],
        "asked": [item for item in bank if item.asked],
        "topics": _titles(draft),
        "questions": {position.id: position.question for position in draft.content.catalogue.positions},
    }


@bp.get("/situations/<scenario_id>")
@requires(Permission.MANAGE_POLICIES)
def preview(scenario_id: str) -> str:
    """A situation of the draft as somebody would meet it, before anything is in use."""
    draft = _draft()
    compiled = service.compiled_of(draft)
    scenario = compiled.scenarios.get(scenario_id)
    if scenario is None:
        raise NotFound("no such situation")
    form = PreviewForm.of(request.args, tellings(compiled, scenario))
    variant = int(form.variant.data) - 1
    asked = steps_asked(compiled, scenario, variant)
    found = next(
        (step for step in asked if step.step == request.args.get("step")), asked[0] if asked else None
    )
    kind, group = PersonKind(form.kind.data), JobGroup(form.group.data)
    return render_template(
        "scenarios/preview.html",
        scenario=scenario,
        here="setup.preview",
        back=url_for(".review"),
        form=form,
        steps=[step.step for step in asked],
        asked=found,
        sheet=empty_sheet(Preview(found)) if found else None,
        quotations=_quoted(draft, _refs(found)),
        reasons=reasons_not_put(compiled, scenario_id, variant, kind, group),
    )


def _refs(asked: Asked | None) -> tuple[str, ...]:
    return tuple(cited.ref for cited in asked.citations) if asked else ()
