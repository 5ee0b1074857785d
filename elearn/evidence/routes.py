"""Pages for an auditor. They show what is proven and how to check it, and no name, answer or score."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template, request, stream_with_context

from elearn import clock
from elearn.acknowledgements.service import SignatureView, find_signature, ledger_entry
from elearn.auth.viewer import viewer
from elearn.completion.records import METHODS, quoted_words, review_status, spoken_moment
from elearn.errors import NotFound
from elearn.evidence.forms import ReferenceForm
from elearn.ledger.export import chain_end, chain_lines
from elearn.ledger.service import current_keys
from elearn.ledger.verification import verify_organisation, verify_record
from elearn.ledger.witnesses import latest_checkpoint
from elearn.people.scopes import get_person_in_scope, scope_of
from elearn.permissions import Permission, requires
from elearn.policies.service import get_version

bp = Blueprint("evidence", __name__, url_prefix="/evidence")

Page = str | tuple[str, int] | Response
FINDINGS_SHOWN = 50
VERIFIER = Path(__file__).with_name("verify_chain.py")


@bp.get("")
@requires(Permission.SEE_EVIDENCE)
def show_ledger() -> Page:
    """Where the chain ends, what to download, and how to check it elsewhere."""
    keys = current_keys()
    return render_template(
        "evidence/show_ledger.html",
        end=chain_end(viewer().organisation.id),
        verifier_keys=() if keys is None else keys.log_keys,
    )


@bp.get("/check")
@requires(Permission.SEE_EVIDENCE)
def check_ledger() -> Page:
    """Walk the whole chain now. Nothing is stored: a note kept beside the records would prove nothing."""
    keys = current_keys()
    verdict = verify_organisation(
        viewer().organisation.id, trusted_note_keys=() if keys is None else keys.log_keys
    )
    return render_template(
        "evidence/check_ledger.html",
        verdict=verdict,
        findings=verdict.findings[:FINDINGS_SHOWN],
        checked_at=spoken_moment(clock.now()),
        has_keys=keys is not None,
    )


@bp.get("/records")
@requires(Permission.SEE_EVIDENCE)
def find_record() -> Page:
    """One record by its reference: when, under which text, how; recomputed now. No name, no answers."""
    form = ReferenceForm(request.args)
    if "reference" not in request.args:
        return render_template("evidence/find_record.html", form=ReferenceForm(), record=None)
    if not form.validate():
        return render_template("evidence/find_record.html", form=form, record=None), 422
    signature = find_signature(form.reference.data or "")
    if signature is None or not _is_theirs(signature):
        return render_template("evidence/find_record.html", form=form, record=None, unknown=True), 404
    findings = verify_record(signature.organisation_id, signature.id)
    return render_template(
        "evidence/find_record.html", form=form, record=_words(signature), findings=findings
    )


@bp.get("/chain.jsonl")
@requires(Permission.SEE_EVIDENCE)
def download_chain() -> Page:
    """Every entry of the chain. It holds commitments and random ids, nothing of anybody's."""
    lines = stream_with_context(chain_lines(viewer().organisation.id))
    return _file(Response(lines, mimetype="application/x-ndjson"), "chain.jsonl")


@bp.get("/checkpoint.txt")
@requires(Permission.SEE_EVIDENCE)
def download_checkpoint() -> Page:
    """The last signed checkpoint, to be kept outside."""
    note = latest_checkpoint(viewer().organisation.id)
    return _file(Response(note, mimetype="text/plain"), "checkpoint.txt")


@bp.get("/verify_chain.py")
@requires(Permission.SEE_EVIDENCE)
def download_verifier() -> Page:
    """The check of a downloaded chain that needs Python and nothing of ours."""
    return _file(Response(VERIFIER.read_bytes(), mimetype="text/x-python"), "verify_chain.py")


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _is_theirs(signature: SignatureView) -> bool:
    """Whether a record is of somebody in the auditor's scope."""
    scope = scope_of(viewer().person, clock.today(), Permission.SEE_EVIDENCE)
    try:
        get_person_in_scope(scope, signature.person_id, day=clock.today())
    except NotFound:
        return False
    return True


def _words(signature: SignatureView) -> dict[str, str]:
    version = get_version(signature.version_id, organisation_id=signature.organisation_id)
    words = {
        "Reference": signature.reference,
        "Signed at": spoken_moment(signature.at),
        "How signed": METHODS.get(signature.method, signature.method),
        "Policy": f"{version.title}, version {version.version}",
        "Review of the policy": review_status(version, overdue=signature.review_overdue),
        "Hash of the policy’s text": signature.policy_sha256,
        "Quoted beside the statement": quoted_words(signature.quoted_clauses),
    }
    try:
        entry = ledger_entry(signature)
    except NotFound:
        return words | {"Ledger entry": "None"}
    return words | {"Ledger entry": str(entry.seq), "Hash of the entry": entry.hash}
