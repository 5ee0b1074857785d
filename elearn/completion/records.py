"""The record of one signature as people read it, on the page and in its PDF copy: the same words in both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from elearn.acknowledgements.service import SignatureView, ledger_entry
from elearn.auth.rules import Method
from elearn.clock import local_time, spoken_date
from elearn.people.organisations import get_organisation
from elearn.policies.service import VersionView, get_version
from elearn.quizzes.rules import score_words

METHODS = {
    Method.SLIP.value: "With a one-time code, entered within ten minutes of signing",
    Method.PASSWORD.value: "With a password, entered within ten minutes of signing",
}


def record_words(signature: SignatureView, *, verify_url: str) -> dict[str, str]:
    """What templates/pdf/record.html asks for, but for its QR code; names and dates as they were at signing."""
    version = get_version(signature.version_id, organisation_id=signature.organisation_id)
    entry = ledger_entry(signature)
    return {
        "organisation": get_organisation(signature.organisation_id).name,
        "name": signature.typed_name,
        "role": signature.job_title,
        "academy": signature.academy,
        "policy_title": version.title,
        "policy_version": version.version,
        "policy_date": spoken_date(version.dated) or "not stated",
        "statement": signature.statement,
        "quoted": quoted_words(signature.quoted_clauses),
        "reference": signature.reference,
        "signed_at": spoken_moment(signature.at),
        "method": METHODS.get(signature.method, signature.method),
        "situations_passed": score_words(signature.score),
        "review_status": review_status(version, overdue=signature.review_overdue),
        "entry_number": str(entry.seq),
        "entry_hash": entry.hash,
        "verify_url": verify_url,
    }


def quoted_words(refs: Sequence[str]) -> str:
    """Which clauses the sign page quoted beside the statement."""
    return ("Clause " if len(refs) == 1 else "Clauses ") + ", ".join(refs) if refs else "No clause"


def review_status(version: VersionView, *, overdue: bool) -> str:
    """Whether the policy was past its own review date when it was signed."""
    due = spoken_date(version.review_due)
    if not due:
        return "The policy states no review date"
    return f"Past its own review date of {due}" if overdue else f"In date: next review {due}"


def spoken_moment(moment: datetime) -> str:
    """A moment on a clock in the United Kingdom: 3 September 2026, 09:15:20 BST."""
    local = local_time(moment)
    return f"{local.day} {local:%B %Y, %H:%M:%S %Z}"


def sealed_copy(words: dict[str, str], html: str, keys: Any, *, at: datetime) -> bytes:
    """The PDF of a record's page, sealed with the installation's document key. Raises PdfRefused."""
    from elearn.pdf import render_pdf, sign_pdf

    pdf = render_pdf(html, title=f"Record of training and signature {words['reference']}")
    return sign_pdf(
        pdf, certificate=keys.certificate, key=keys.document_key, reason=words["reference"], at=at
    )
