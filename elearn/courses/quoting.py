"""The policy's own words beside what a course teaches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from elearn.courses.service import CourseView
from elearn.kept import Kept
from elearn.policies.service import clauses_by_ref
from elearn.scenarios.service import get_bundle


@dataclass(frozen=True, slots=True)
class Quotation:
    """One clause as printed; where the text does not have it, `text` is empty and `summary` in our words stands in."""

    ref: str
    text: str
    summary: str


def quote_clauses(course: CourseView, refs: Iterable[str]) -> tuple[Quotation, ...]:
    """These clauses of the course's policy version, each once, to be read from the top."""
    return quote_content(course.bundle_id, course.policy_version_id, refs)


_quotations: Kept[tuple[UUID | None, UUID | None, tuple[str, ...]], tuple[Quotation, ...]] = Kept(2_000)

SUB_CLAUSE = re.compile(r"\(| bullet |(?<= bullet \d)\.|(?<= bullet \d\d)\.")
"""Where a reference goes one level down: 6.3 to 6.3(a), 4.4.2 to 4.4.2 bullet 3, that to 4.4.2 bullet 3.1."""


def quote_content(
    bundle_id: UUID | None, version_id: UUID | None, refs: Iterable[str]
) -> tuple[Quotation, ...]:
    """Clauses that content cites, as a policy version prints them; without one, in our words, where there are any.

    A sub-clause is half a sentence, so the clause that leads into it comes before it, cited or not, and its
    siblings follow in the order of the document.
    """
    cited = tuple(dict.fromkeys(refs))
    return _quotations.get((bundle_id, version_id, cited), lambda: _quote(bundle_id, version_id, cited))


def _quote(bundle_id: UUID | None, version_id: UUID | None, cited: Sequence[str]) -> tuple[Quotation, ...]:
    leads = {lead for ref in cited for lead in lead_ins(ref)}
    printed = {} if version_id is None else clauses_by_ref(version_id, [*cited, *(leads - set(cited))])
    ours = {} if bundle_id is None else get_bundle(bundle_id).clauses
    quotations = []
    for ref in _to_be_read(cited, list(printed)):
        text = printed[ref].text if ref in printed else ""
        summary = ours[ref].summary if ref in ours and not text else ""
        if text or summary:
            quotations.append(Quotation(ref, text, summary))
    return tuple(quotations)


def lead_ins(ref: str) -> list[str]:
    """The clauses that lead into a sub-clause: 6.3 and 6.3(a) into 6.3(a)(ii), 4.4.2 into 4.4.2 bullet 3."""
    return [ref[: found.start()] for found in SUB_CLAUSE.finditer(ref) if found.start()]


def _to_be_read(cited: Sequence[str], printed: Sequence[str]) -> list[str]:
    """Clauses in the order of their first mention, those under one clause in that of the document."""
    found = [*printed, *(ref for ref in cited if ref not in printed)]
    mentioned = list(dict.fromkeys(map(_root, cited)))
    return sorted(found, key=lambda ref: mentioned.index(_root(ref)))


def _root(ref: str) -> str:
    return next(iter(lead_ins(ref)), ref)
