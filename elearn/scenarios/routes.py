"""Pages of authors and owners: the bank, positions, previews, coverage, checks and what is wrong with the policy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.auth.viewer import viewer
from elearn.courses.quoting import quote_content
from elearn.courses.service import accept_content, loaders_beneath
from elearn.errors import NotFound
from elearn.fields import encoded, page
from elearn.people.rules import JobGroup, PersonKind
from elearn.people.service import get_person, names_of
from elearn.permissions import Permission, requires
from elearn.policies.rules import review_is_overdue
from elearn.policies.service import VersionView, list_versions, version_in_force
from elearn.quizzes.forms import Preview, empty_sheet
from elearn.redirects import SeeOther
from elearn.scenarios import forms, proposals
from elearn.scenarios.authoring import bank_of, coverage_of, report_of, teachings_of
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.clashes import clashes_to_confirm
from elearn.scenarios.coverage import RECOMMENDATIONS, tally
from elearn.scenarios.findings import Finding
from elearn.scenarios.flags import questions
from elearn.scenarios.forms import AcceptForm, BankForm, ChangeForm, PreviewForm
from elearn.scenarios.grids import BankItem, list_positions, position_grid, scenario_grid
from elearn.scenarios.installed import installed_content
from elearn.scenarios.previews import reasons_not_put, steps_asked, tellings
from elearn.scenarios.rules import CompiledBundle
from elearn.scenarios.service import BundleView, find_latest_bundle, get_bundle

bp = Blueprint("content", __name__)
bp.add_app_template_filter(forms.answer_words, "answer")
bp.add_app_template_filter(forms.reason_words, "left_out")

Page = str | tuple[str, int] | Response
MOST_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """The content that the viewer's organisation has loaded."""

    bundle: BundleView
    compiled: CompiledBundle


def _loaded() -> Loaded:
    """Raises NotFound where nothing is loaded."""
    bundle = find_latest_bundle(viewer().organisation.id)
    if bundle is None:
        raise NotFound("no content is loaded")
    return Loaded(bundle, get_bundle(bundle.id))


def _scenario(loaded: Loaded, scenario_id: str) -> Scenario:
    found = loaded.compiled.scenarios.get(scenario_id)
    if found is None:
        raise NotFound("no such situation")
    return found


def _version() -> VersionView | None:
    """The text to quote: the version in force, else the last imported."""
    organisation_id = viewer().organisation.id
    imported = list_versions(organisation_id)
    return version_in_force(organisation_id, clock.today()) or (imported[0] if imported else None)


@bp.get("/content")
@requires(Permission.MANAGE_POLICIES)
def list_scenarios() -> str:
    """The bank by topic, and whether this organisation is asked each situation or why not."""
    bundle = find_latest_bundle(viewer().organisation.id)
    if bundle is None:
        return render_template("scenarios/list_scenarios.html", bundle=None)
    topics = get_bundle(bundle.id).bundle.catalogue.topics
    form = BankForm.of(request.args, topics)
    bank = bank_of(bundle.id)
    return render_template(
        "scenarios/list_scenarios.html",
        bundle=bundle,
        form=form,
        topics=[(topic, [item for item in bank if _fits(item, form, topic.id)]) for topic in topics],
        asked=sum(1 for item in bank if item.asked),
        total=len(bank),
        words=forms,
    )


def _fits(item: BankItem, form: BankForm, topic: str) -> bool:
    """Whether a scenario is of this topic and of what the form asks for."""
    states = {"asked": bool(item.asked), "not": not item.asked}
    return (
        item.scenario.topic == topic
        and form.topic.data in ("", topic)
        and (not form.group.data or item.is_for(form.group.data))
        and states.get(form.state.data, True)
    )


@bp.get("/content/scenarios/<scenario_id>")
@requires(Permission.MANAGE_POLICIES)
def show_scenario(scenario_id: str) -> str:
    """One situation over every organisation: the stance, the right option, its clause, or why it is not asked."""
    loaded = _loaded()
    scenario = _scenario(loaded, scenario_id)
    teachings = teachings_of(loaded.bundle)
    others = [teaching.compiled.scenarios.get(scenario_id) for teaching in teachings[1:]]
    item = next(item for item in bank_of(loaded.bundle.id) if item.scenario.id == scenario_id)
    return render_template(
        "scenarios/show_scenario.html",
        scenario=scenario,
        item=item,
        topic=_topic_title(loaded.compiled, scenario.topic),
        sections=scenario_grid(teachings, scenario_id),
        differs=any(other is not None and other != scenario for other in others),
        problems=installed_content().problems,
        words=forms,
    )


def _topic_title(compiled: CompiledBundle, topic_id: str) -> str:
    return next((t.title for t in compiled.bundle.catalogue.topics if t.id == topic_id), topic_id)


@bp.get("/content/positions")
@requires(Permission.MANAGE_POLICIES)
def list_all_positions() -> str:
    """Every question that a policy can answer, and what this one answers."""
    compiled = _loaded().compiled
    items = list_positions(compiled)
    return render_template(
        "scenarios/list_positions.html",
        topics=[
            (topic, [item for item in items if item.position.topic == topic.id])
            for topic in compiled.bundle.catalogue.topics
        ],
    )


@bp.get("/content/positions/<position_id>")
@requires(Permission.MANAGE_POLICIES)
def show_position(position_id: str) -> str:
    """One question over every organisation: the answer by case, who is named, on which clauses, and flags."""
    loaded = _loaded()
    position = loaded.compiled.positions.get(position_id)
    if position is None:
        raise NotFound("no such position")
    reading = [item for item in bank_of(loaded.bundle.id) if _reads(item.scenario, position_id)]
    return render_template(
        "scenarios/show_position.html",
        position=position,
        topic=_topic_title(loaded.compiled, position.topic),
        cases=position_grid(teachings_of(loaded.bundle), position_id),
        reading=reading,
        problems=installed_content().problems,
        words=forms,
    )


def _reads(scenario: Scenario, position_id: str) -> bool:
    texts = [text for step in scenario.situations for text in step.decide.values()]
    return any(text.partition("[")[0].partition("?")[0] == position_id for text in texts)


@bp.get("/content/scenarios/<scenario_id>/preview")
@requires(Permission.MANAGE_POLICIES)
def preview(scenario_id: str) -> str:
    """The situation as somebody would meet it, what each option leads to and its clauses; or why they do not."""
    loaded = _loaded()
    compiled = loaded.compiled
    scenario = _scenario(loaded, scenario_id)
    form = PreviewForm.of(request.args, tellings(compiled, scenario))
    variant = int(form.variant.data) - 1
    asked = steps_asked(compiled, scenario, variant)
    wanted = request.args.get("step")
    found = next((step for step in asked if step.step == wanted), asked[0] if asked else None)
    refs = [cited.ref for cited in found.citations] if found else []
    version = _version()
    return render_template(
        "scenarios/preview.html",
        scenario=scenario,
        here="content.preview",
        back=url_for(".show_scenario", scenario_id=scenario_id),
        form=form,
        steps=[step.step for step in asked],
        asked=found,
        sheet=empty_sheet(Preview(found)) if found else None,
        quotations=quote_content(loaded.bundle.id, None if version is None else version.id, refs),
        reasons=reasons_not_put(
            compiled, scenario_id, variant, PersonKind(form.kind.data), JobGroup(form.group.data)
        ),
    )


@bp.get("/content/coverage")
@requires(Permission.MANAGE_POLICIES)
def show_coverage() -> str:
    """Duty by duty what covers it: gaps first, then what is covered, then what is left out and why."""
    loaded = _loaded()
    rows = coverage_of(loaded.bundle.id)
    duties = [row for row in rows if row.is_duty]
    return render_template(
        "scenarios/coverage.html",
        policy=loaded.compiled.bundle.policy.policy,
        tally=tally(rows),
        gaps=[row for row in duties if row.is_gap],
        covered=[row for row in duties if row.is_quizable and row.is_asked],
        left_out=[row for row in duties if row.is_quizable and not row.is_asked and not row.is_gap],
        nobodys=[row for row in duties if not row.is_quizable],
        recommended=tally(rows, RECOMMENDATIONS),
        open_recommendations=[row for row in rows if row.is_recommendation and not row.is_asked],
        others=sum(not row.is_duty and not row.is_recommendation for row in rows),
        positions=loaded.compiled.positions,
        openings={item.scenario.id: item.opening for item in bank_of(loaded.bundle.id)},
        titles={topic.id: topic.title for topic in loaded.compiled.bundle.catalogue.topics},
        words=forms,
    )


@bp.get("/content/check")
@requires(Permission.MANAGE_POLICIES)
def check() -> str:
    """What the checks say about the content that is loaded, and which warnings somebody accepted, and why."""
    loaded = _loaded()
    version = _version()
    report = report_of(loaded.bundle, None if version is None else version.id)
    return render_template(
        "scenarios/check.html",
        version=version,
        report=report,
        errors=report.errors[:MOST_FINDINGS],
        warnings=_by_code(report.warnings[:MOST_FINDINGS]),
        openings={item.scenario.id: item.opening for item in bank_of(loaded.bundle.id)},
        questions={position.id: position.question for position in loaded.compiled.positions.values()},
    )


def _by_code(findings: tuple[Finding, ...]) -> list[tuple[str, list[Finding]]]:
    """Warnings of one kind together."""
    ordered = sorted(findings, key=lambda finding: finding.code)
    return [(code, list(found)) for code, found in groupby(ordered, key=lambda finding: finding.code)]


@bp.get("/content/flags")
@requires(Permission.MANAGE_POLICIES)
def list_flags() -> str:
    """What is wrong with the policy's own text, for whoever owns it, what follows for the situations, which decisions
    on it the trust has still to confirm, and whether its review is overdue."""
    loaded = _loaded()
    policy = loaded.compiled.bundle.policy.policy
    version = _version()
    due = (version.review_due if version else "") or policy.review_due_on or ""
    order = list(forms.FLAG_COLOURS)
    return render_template(
        "scenarios/flags.html",
        policy=policy,
        flags=sorted(policy.flags, key=lambda flag: order.index(flag.kind)),
        clauses=loaded.compiled.clauses,
        questions=partial(questions, positions=tuple(loaded.compiled.positions.values())),
        to_confirm=clashes_to_confirm(loaded.compiled.bundle.policy, loaded.compiled.positions),
        review_due=due,
        overdue=review_is_overdue(due, clock.today()),
        words=forms,
    )


@bp.route("/content/upload", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def upload() -> Page:
    """What a changed file of the policy changes, before anything is stored; then propose it."""
    me, loaded = viewer().person, _loaded()
    form = ChangeForm()
    changes: list[tuple[bytes, proposals.Change]] = []
    proposed: list[UUID] = []

    def read() -> None:
        data = form.content()
        if request.form.get("step") == "propose":
            note, at = form.note.data or "", clock.now()
            made = proposals.propose_change(
                loaded.bundle, form.file.data, data, note=note, proposed_by_id=me.id, at=at
            )
            proposed.append(made.id)
        else:
            changes.append((data, proposals.read_change(loaded.bundle, form.file.data, data)))

    if not form.carry_out(read):
        found = proposals.list_proposals(me.organisation_id)
        return page("scenarios/upload.html", form, proposals=found, latest=loaded.bundle.id)
    if proposed:
        return SeeOther(url_for(".show_proposal", proposal_id=proposed[0]))
    data, change = changes[0]
    form.kept.data = encoded(data)
    return render_template("scenarios/preview_change.html", form=form, change=change)


@bp.get("/content/proposals/<uuid:proposal_id>")
@requires(Permission.MANAGE_POLICIES)
def show_proposal(proposal_id: UUID) -> Page:
    """What a proposal changes, who proposed it, and who accepted it or may."""
    return _proposal_page(proposal_id, AcceptForm())


@bp.post("/content/proposals/<uuid:proposal_id>")
@requires(Permission.MANAGE_POLICIES)
def accept_proposal(proposal_id: UUID) -> Page:
    """A second person's yes: loads the content, and opens its courses on the version in force."""
    me, form = viewer().person, AcceptForm()

    def accept() -> None:
        accept_content(proposal_id, organisation_id=me.organisation_id, accepted_by_id=me.id, at=clock.now())

    if form.carry_out(accept):
        return SeeOther(url_for(".show_proposal", proposal_id=proposal_id))
    return _proposal_page(proposal_id, form)


def _proposal_page(proposal_id: UUID, form: AcceptForm) -> Page:
    me = viewer().person
    latest = find_latest_bundle(me.organisation_id)
    proposal = proposals.get_proposal(proposal_id, organisation_id=me.organisation_id)
    beneath = frozenset() if proposal.accepted_at else loaders_beneath(proposal)
    return page(
        "scenarios/show_proposal.html",
        form,
        proposal=proposal,
        change=proposals.change_of(proposal),
        proposer=get_person(proposal.proposed_by_id).name,
        accepter=get_person(proposal.accepted_by_id).name if proposal.accepted_by_id else "",
        is_mine=proposal.proposed_by_id == me.id or me.id in beneath,
        loaders=sorted(names_of(beneath).values()),
        is_current=proposal.base_id == (None if latest is None else latest.id),
        is_published=version_in_force(me.organisation_id, clock.today()) is not None,
    )
