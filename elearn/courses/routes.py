"""Pages of policy versions: what is in force, importing a text, publishing it with the courses that teach it."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.auth.viewer import viewer
from elearn.courses.forms import CHANGE_WORDS, PublishForm, UploadForm, at_file_field
from elearn.courses.service import check_content_fits, find_publishing_bar, publish_with_courses
from elearn.decisions import Reason
from elearn.errors import ActionRefused, InvalidInput
from elearn.fields import encoded, page
from elearn.people.service import names_of
from elearn.permissions import Permission, requires
from elearn.policies import service
from elearn.policies.importing import ImportedPolicy
from elearn.policies.rules import Change, publication_in_force, review_is_overdue
from elearn.policies.service import VersionView
from elearn.redirects import SeeOther
from elearn.scenarios.installed import installed_content
from elearn.scenarios.proposals import list_acceptances
from elearn.scenarios.proposing import propose_all_topics
from elearn.scenarios.service import BundleView, find_latest_bundle, get_bundle, list_loadings

bp = Blueprint("courses", __name__)

Page = str | tuple[str, int] | Response


@bp.get("/policy/versions")
@requires(Permission.MANAGE_POLICIES)
def list_versions() -> Page:
    """Every imported version with its dates; which is in force, which is past its review; the content loaded."""
    organisation_id, day = viewer().organisation.id, clock.today()
    publications = service.list_publications(organisation_id)
    versions = service.list_versions(organisation_id)
    bundle = find_latest_bundle(organisation_id)
    return render_template(
        "courses/list_versions.html",
        versions=versions,
        publications=publications,
        in_force=publication_in_force(publications, day),
        overdue={
            v.id: _months_past(v.review_due, day) for v in versions if review_is_overdue(v.review_due, day)
        },
        bundle=bundle,
        content=None if bundle is None else get_bundle(bundle.id).bundle,
        origin=[] if bundle is None else _origin(bundle),
        change_words=CHANGE_WORDS,
        imported=request.args.get("imported"),
    )


@bp.route("/policy/versions/upload", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def upload_version() -> Page:
    """Look at what a file gives before anything is stored; then import it."""
    form, seen = UploadForm(), []
    importing = request.form.get("step") == "import"
    if not form.carry_out(lambda: _import(form) if importing else seen.append(form.document())):
        return page("courses/upload_version.html", form)
    if importing:
        return SeeOther(url_for(".list_versions", imported=1))
    data, name, policy = seen[0]
    form.kept.data, form.kept_name.data = encoded(data), name
    return render_template(
        "courses/preview_version.html",
        form=form,
        policy=policy,
        forces=_forces(policy),
        dates=_dates(policy),
        topics=_topics(policy),
    )


def _import(form: UploadForm) -> None:
    data, name = form.content()
    version, dated = form.version.data or None, form.dated.data or None
    take = partial(service.import_policy, viewer().organisation.id, version=version, dated=dated)
    with at_file_field(name):
        outcome = take(data, name, at=clock.now())
    if not outcome.added:
        raise InvalidInput(f"file: this text is here already, as version {outcome.version.version}")


@bp.route("/policy/versions/<uuid:version_id>/publish", methods=["GET", "POST"])
@requires(Permission.MANAGE_POLICIES)
def publish_version(version_id: UUID) -> Page:
    """Put a version in force from a day, with the courses of the content that is loaded."""
    me = viewer().person
    version = service.get_version(version_id, organisation_id=me.organisation_id)
    bundle = find_latest_bundle(me.organisation_id)
    form = PublishForm(data={"in_force_from": clock.today()})

    def publish() -> None:
        if bundle is None:
            raise InvalidInput("No content is loaded, so nothing would teach this version")
        publish_with_courses(
            version_id,
            bundle.id,
            organisation_id=me.organisation_id,
            in_force_from=form.in_force_from.data,
            change=Change(form.change.data),
            note=form.note.data or "",
            published_by_id=me.id,
            at=clock.now(),
        )

    if form.carry_out(publish):
        return SeeOther(url_for(".list_versions"))
    return page(
        "courses/publish_version.html",
        form,
        version=version,
        bundle=bundle,
        misfits=_misfits(version, bundle),
        barred=None if bundle is None else find_publishing_bar(me.organisation_id, bundle.id, me.id),
    )


def _origin(bundle: BundleView) -> list[tuple[str, str]]:
    """Who loaded the content by command and who accepted it on the pages, each with the day."""
    loadings, acceptances = list_loadings(bundle.id), list_acceptances(bundle.id)
    who = {loading.loaded_by_id for loading in loadings}
    who |= {each for found in acceptances for each in (found.proposed_by_id, found.accepted_by_id)}
    names = names_of(who)
    rows = [
        ("Loaded", f"By {names[loading.loaded_by_id]} on {_spoken(loading.loaded_at)}")
        for loading in loadings
    ]
    rows += [
        (
            "Accepted",
            f"By {names[found.accepted_by_id]} on {_spoken(found.accepted_at)}, "
            f"proposed by {names[found.proposed_by_id]}",
        )
        for found in acceptances
    ]
    return rows or [("Loaded", f"On {_spoken(bundle.loaded_at)}; it is not recorded by whom")]


def _spoken(at: datetime) -> str:
    return clock.spoken_date(clock.local_day(at).isoformat())


def _misfits(version: VersionView, bundle: BundleView | None) -> tuple[Reason, ...]:
    """Where the content does not fit this text."""
    if bundle is None:
        return ()
    try:
        check_content_fits(version.id, bundle.id)
    except ActionRefused as error:
        return error.refusal.reasons
    return ()


def _forces(policy: ImportedPolicy) -> dict[str, int]:
    """How many clauses of each force the text has."""
    found: dict[str, int] = {}
    for clause in policy.clauses:
        found[clause.force.value] = found.get(clause.force.value, 0) + 1
    return found


def _topics(policy: ImportedPolicy) -> dict[str, str]:
    """The titles of the topics that are proposed for each clause, by its reference."""
    content = installed_content().content
    if content is None:
        return {}
    titles = {topic.id: topic.title for topic in content.catalogue.topics}
    proposed = propose_all_topics(policy.clauses, content.catalogue.topics)
    return {ref: ", ".join(titles[topic] for topic in topics) for ref, topics in proposed.items()}


def _dates(policy: ImportedPolicy) -> list[tuple[str, str]]:
    """The dates of the document's record, as people read them."""
    return [
        (entry.role.value.replace("_", " ").capitalize(), clock.spoken_date(entry.on or "") or "not known")
        for entry in policy.dates
    ]


def _months_past(review_due: str, day: date) -> int:
    """How many whole months a review is late; the due date has day or month precision."""
    year, month = int(review_due[:4]), int(review_due[5:7])
    due = int(review_due[8:10]) if len(review_due) == 10 else 1
    return (day.year - year) * 12 + day.month - month - (day.day < due)
