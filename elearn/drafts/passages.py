"""The sentences of a policy as a proposer reads them: with what leads into them, and how strongly they speak. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from elearn.scenarios.vocabulary import CitationForce
from elearn.scenarios.words import folded

_BANS = re.compile(
    r"\b(?:must|may|shall|will|can|should|ought to)(?: \w+){0,2} (?:not|never)\b|\bcannot\b|\bnever\b"
    r"|(?:^|[.;:,] |\b(?:and|but) )(?:please )?(?:do not|don't)\b|\band not (?:with|on|from)\b"
    r"|\bkeep(?: \w+){1,4} out\b"
    r"|\b(?:is|are|be) (?:also |strictly )?(?:prohibited|forbidden|banned|inappropriate|unacceptable|discouraged)\b"
    r"|\bnot (?:be )?(?:permitted|allowed|acceptable|appropriate|advisable)\b|\bno (?:one|body|member of staff)\b"
    r"|\bnobody (?:may|must|should)\b|\b(?:avoid|refrain|decline|refuse)\b|\bunder no circumstances\b"
    r"|\bno \w+(?: \w+){0,4} (?:may|must|should|shall)\b"
    r"|\bonly (?:\w+ ){1,12}may\b"
)
_MUST = re.compile(
    r"\b(?:must|shall|never|prohibited|forbidden|banned|mandatory|will not|may not|nobody may)\b"
    r"|\b(?:you|staff|employees|they|users|individuals) cannot\b"
    r"|(?:^|[.;:,] |\b(?:and|but) )(?:please )?(?:do not|don't)\b"
    r"|\b(?:required|obliged|expected) to\b|\b(?:have|has|need|needs) to\b|\bnot (?:be )?(?:permitted|allowed)\b"
    r"|\bonly (?:\w+ ){1,12}may\b|\b(?:is|are) responsible for\b"
    r"|\bha(?:s|ve) (?:a |the )?(?:\w+ )?responsibility\b|\bunder no circumstances\b|\bunacceptable\b"
)
_SHOULD = re.compile(
    r"\bshould\b|\b(?:recommend|advis|encourag|discourag)\w*|\bought\b|\b(?:avoid|refrain|inappropriate)\b"
    r"|\b(?:be (?:aware|careful|mindful|cautious)|use your|take care|consider|think)\b"
)
_MAY = re.compile(
    r"\b(?:may|can|could)\b(?! (?:also |well |in itself |then )*(?:result|lead|constitute|amount|cause|include|affect"
    r"|be (?:liable|subject|treated|seen|viewed|deemed|perceived|regarded|considered|misconstrued)))"
    r"|\b(?:permitted|allowed|free to|entitled|reserves? the right)\b|\bwe (?:authori[sz]e|allow|permit|accept)\b"
)
"""A permission; what "may result" from something is none."""
_IMPERATIVE = re.compile(
    r"(?:^|, )(?:please )?(?:report|tell|inform|contact|ask|keep|block|stop|check|ensure|use|remove|send|pass|refer"
    r"|record|print|direct|discuss|seek|notify|get|obtain|make|call|move|delete|write|correct)\b"
)
_SENTENCE = re.compile(
    r"(?<=[.!?;])\s+(?=[A-Z“\"'(])|,?\s+(?:and|but)\s+(?=(?:must|should|may|shall)\s"
    r"(?![^.]*\b(?:if so|this is the case|do(?:ing)? so)\b))"
)
"""Where one sentence ends and the next begins; a second verb of a sentence says something of its own."""


@dataclass(frozen=True, slots=True)
class SourceClause:
    """One clause of an imported text."""

    ref: str
    parent: str
    heading: str
    text: str
    force: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence of a clause, all its texts folded; `lead` is what stands above it in the document's outline.

    `told` is the sentence, after the words that open its list where it has no verb of its own.
    """

    ref: str
    own: str
    clause: str
    lead: str
    heading: str
    told: str
    force: CitationForce
    bans: bool


def passages(clauses: Sequence[SourceClause]) -> tuple[Passage, ...]:
    """Every sentence, in the order of the document."""
    by_ref = {clause.ref: clause for clause in clauses}
    return tuple(found for clause in clauses for found in _of_clause(clause, by_ref))


def _of_clause(clause: SourceClause, by_ref: Mapping[str, SourceClause]) -> Iterator[Passage]:
    lead = " ".join(folded(above.text) for above in _above(clause, by_ref))
    opening = _last_sentence(lead)
    for sentence in _SENTENCE.split(clause.text):
        own = folded(sentence)
        told = own if _speaks(own) or not opening else f"{opening} {own}"
        yield Passage(
            clause.ref,
            own,
            folded(clause.text),
            lead,
            folded(clause.heading),
            told,
            force_of(told),
            bool(_BANS.search(told)),
        )


def _above(clause: SourceClause, by_ref: Mapping[str, SourceClause]) -> list[SourceClause]:
    """The clauses that lead into this one, the outermost first."""
    found: list[SourceClause] = []
    ref = clause.parent
    while ref in by_ref and by_ref[ref] not in found:
        found.insert(0, by_ref[ref])
        ref = by_ref[ref].parent
    return found


def _last_sentence(text: str) -> str:
    """The words that open a list stand last before it."""
    return re.split(r"(?<=[.!?])\s+", text)[-1]


def _speaks(text: str) -> bool:
    return bool(_MUST.search(text) or _SHOULD.search(text) or _MAY.search(text))


def force_of(text: str) -> CitationForce:
    """How strongly a folded sentence says what it says. "Should" is never taken for "must"."""
    if _MUST.search(text):
        return CitationForce.MUST
    if _SHOULD.search(text):
        return CitationForce.SHOULD
    if _MAY.search(text):
        return CitationForce.MAY
    return CitationForce.MUST if _IMPERATIVE.search(text) else CitationForce.SAYS
