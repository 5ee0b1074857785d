"""The policy's own words beside what a course teaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from elearn.courses.service import CourseView
from elearn.policies.service import clauses_by_ref
from elearn.scenarios.service import get_bundle


@dataclass(frozen=True, slots=True)
class Quotation:
    """One clause as printed; where the text does not have it, `text` is empty and `summary` in our words stands in."""

    ref: str
    text: str
    summary: str


def quote_clauses(course: CourseView, refs: Iterable[str]) -> list[Quotation]:
    """These clauses of the course's policy version, each once and in this order."""
    return quote_content(course.bundle_id, course.policy_version_id, refs)


def quote_content(bundle_id: UUID, version_id: UUID | None, refs: Iterable[str]) -> list[Quotation]:
    """Clauses that content cites, as a policy version prints them; without one, in our words alone."""
    wanted = list(dict.fromkeys(refs))
    printed = {} if version_id is None else clauses_by_ref(version_id, wanted)
    ours = get_bundle(bundle_id).clauses
    quotations = []
    for ref in wanted:
        text = printed[ref].text if ref in printed else ""
        summary = ours[ref].summary if ref in ours and not text else ""
        if text or summary:
            quotations.append(Quotation(ref, text, summary))
    return quotations
