"""Pages after signing: done, the record with its PDF copy, and the check that anybody may make."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.acknowledgements.service import SignatureView, find_signature, get_signature, ledger_entry
from elearn.assignments.learning import find_holder_course, find_learning, tasks_of
from elearn.auth.viewer import viewer
from elearn.completion.records import record_words, sealed_copy, spoken_moment
from elearn.errors import NotFound
from elearn.ledger.service import current_keys
from elearn.ledger.verification import verify_record as verify_entry
from elearn.pdf import PdfRefused, qr_png_data_uri
from elearn.people.organisations import get_organisation
from elearn.permissions import Permission, requires
from elearn.policies.service import get_version
from elearn.redirects import SeeOther

bp = Blueprint("completion", __name__)

Page = str | tuple[str, int] | Response


@bp.get("/done/<reference>")
@requires(Permission.TAKE_TRAINING)
def done(reference: str) -> Page:
    """Signed: the reference, until when it counts, and what comes next. Safe to keep as a bookmark."""
    signature = _mine(reference)
    person, today = viewer().person, clock.today()
    learning = find_learning(person, today)
    return render_template(
        "completion/done.html",
        signature=signature,
        signed_at=spoken_moment(signature.at),
        tasks=tasks_of(learning, today) if learning and learning.is_covered else None,
        holder=find_holder_course(person, today),
    )


@bp.get("/records/<reference>")
@requires(Permission.TAKE_TRAINING)
def show_record(reference: str) -> Page:
    """The record: the accessible original of its PDF copy."""
    return render_template("completion/show_record.html", record=_words(_mine(reference)))


@bp.get("/records/<reference>.pdf")
@requires(Permission.TAKE_TRAINING)
def download_record(reference: str) -> Page:
    """A sealed copy of the record. Nothing is stored: the record itself is the proof."""
    words, keys = _words(_mine(reference)), current_keys()
    if keys is None:
        return render_template("completion/no_copy.html", reference=words["reference"], reason=""), 503
    html = render_template(
        "pdf/record.html", record=words | {"verify_qr": qr_png_data_uri(words["verify_url"])}
    )
    try:
        pdf = sealed_copy(words, html, keys, at=clock.now())
    except PdfRefused as error:
        return render_template("completion/no_copy.html", reference=words["reference"], reason=error), 422
    response = make_response(pdf)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="record-{words["reference"]}.pdf"'
    return response


@bp.get("/verify")
@requires(Permission.PUBLIC)
def verify() -> Page:
    """The box for a reference."""
    reference = request.args.get("reference", "").strip().upper()[:40]
    if reference:
        return SeeOther(url_for("completion.verify_record", reference=reference))
    return render_template("completion/verify.html", asked="reference" in request.args)


@bp.get("/verify/<reference>")
@requires(Permission.PUBLIC)
def verify_record(reference: str) -> Page:
    """Whether a record is as it was entered: recomputed now, and without a name."""
    signature = find_signature(reference)
    if signature is None:
        return render_template("completion/verify_record.html", reference=reference, signature=None), 404
    return render_template(
        "completion/verify_record.html",
        reference=signature.reference,
        signature=signature,
        findings=verify_entry(signature.organisation_id, signature.id),
        version=get_version(signature.version_id, organisation_id=signature.organisation_id),
        signed_by=get_organisation(signature.organisation_id).name,
        signed_at=spoken_moment(signature.at),
        entry=_entry(signature),
    )


def _mine(reference: str) -> SignatureView:
    return get_signature(reference.upper(), person_id=viewer().person.id)


def _words(signature: SignatureView) -> dict[str, str]:
    base = current_app.extensions["elearn_settings"].base_url
    return record_words(
        signature, verify_url=base + url_for("completion.verify_record", reference=signature.reference)
    )


def _entry(signature: SignatureView) -> int | None:
    try:
        return ledger_entry(signature).seq
    except NotFound:
        return None
