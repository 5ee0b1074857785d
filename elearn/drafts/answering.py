"""How a sentence of a policy speaks: which answers it may give, with which force, and whom it names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from elearn.drafts.passages import Passage
from elearn.scenarios.checking_policy import CARRIES
from elearn.scenarios.vocabulary import Answer, CitationForce
from elearn.scenarios.words import Idea, Role

_ASKS = re.compile(
    r"\b(?:permission|consent|approv\w*|(?<!we )authori[sz]\w*|authority|agree(?:d|ment|s)?|ask|asking|seek|consult"
    r"|check with|get a yes)\b"
)
_TELLS = re.compile(
    r"\b(?:report\w*|tell|inform\w*|notify|notified|refer(?:red)?|alert|raise[ds]?|pass(?:ed)?|contact|discuss\w*"
    r"|make(?:s)? (?:\S+ ){1,5}aware|made aware|declare\w*|disclose\w*|escalat\w*|direct(?:ed)?|bring"
    r"|brought|speak to|let \w+ know|draw\w* attention)\b"
)
_JUDGES = re.compile(
    r"\b(?:judge?ments?|discretion|think|thought|take care|careful\w*|caution|cautious\w*|consider|considering"
    r"|mindful|sensibl\w*|appropriate\w*|wary|be aware|reflect)\b"
)
_UNLESS = re.compile(
    r"\b(?:unless|without|until|before|except with|prior|first|only (?:with|if|after|\w+ (?:who|with)))\b"
)
_IF = re.compile(
    r"\b(?:if|provided|as long as|so long as|unless|reasonable|occasional|subject to|must not)\b"
)
_SO_LONG = re.compile(
    r"^(?:if|where|when) you\b.*\b(?:must|should)\b|\bso long as\b|\bas long as\b|\bprovided\b"
)
_SPARES = re.compile(
    r"\b(?:does not (?:stop|apply|prevent|extend|include)|do(?:es)? not need|need not|no objection)\b"
)
REQUIRES = {"required": CitationForce.MUST, "recommended": CitationForce.SHOULD}


def answers(answers: Sequence[str], passage: Passage) -> Iterator[str]:
    """What a sentence may answer by how it speaks, the likeliest first."""
    told, offered = passage.told, set(answers)
    possible: list[str] = []
    if _SPARES.search(told):
        possible += [Answer.NOT_BARRED, "not_required", "exempt", Answer.ALLOWED]
    if _ASKS.search(told) and (not passage.bans or _UNLESS.search(told)):
        possible.append(Answer.ASK_FIRST)
    if _TELLS.search(told):
        possible.append(Answer.TELL)
    if _SO_LONG.search(told) and not passage.bans:
        possible.append(Answer.ALLOWED_IF)
    if passage.bans:
        possible.append(Answer.NOT_ALLOWED)
    if _JUDGES.search(passage.own) and passage.force is not CitationForce.SAYS:
        possible.append(Answer.JUDGEMENT)
    if passage.force is CitationForce.MAY and not passage.bans:
        has_condition = _IF.search(told)
        possible += (
            [Answer.ALLOWED_IF, Answer.ALLOWED] if has_condition else [Answer.ALLOWED, Answer.ALLOWED_IF]
        )
        possible.append(Answer.NOT_BARRED)
    possible += [answer for answer, force in REQUIRES.items() if passage.force is force]
    return (answer for answer in possible if answer in offered)


def carrying(answer: str, force: CitationForce) -> CitationForce | None:
    """The force with which a clause carries an answer, or None where it cannot."""
    needed = CARRIES.get(answer)
    if needed is None or force in needed:
        return force
    if CitationForce.SAYS in needed:
        return CitationForce.SAYS
    return None


def holds(text: str, ideas: Sequence[Idea]) -> bool:
    """Whether a text holds every idea, and none that shows that it is about something else."""
    return all(bool(idea.found_in(text)) is (idea.role is not Role.EXCLUDES) for idea in ideas)


_JOINED = re.compile(r"(?:,? or|,? and|,|/| /) ?(?:the |a |an |your )?")
_BRACKETS = re.compile(r"\s?\([^)]*\)")
_ACTS = re.compile(r"\s(?:must|may|should|shall|will|hears|who)\b")


def _named_whole(text: str, named: Iterable[tuple[str, Idea]]) -> list[tuple[str, int, int]]:
    """Where a text names them, save where the words are only part of another's."""
    found = [
        (name, match.start(), match.end()) for name, idea in named for match in idea.pattern.finditer(text)
    ]
    return [
        item
        for item in found
        if not any(
            other is not item
            and other[1] <= item[1]
            and item[2] <= other[2]
            and other[2] - other[1] > item[2] - item[1]
            for other in found
        )
    ]


def channels_in(text: str, channels: Sequence[tuple[str, Idea]]) -> tuple[str, ...]:
    """The channels that a text names, in their own order: "permission in writing" is no written note."""
    found = {name for name, _start, _end in _named_whole(text, channels)}
    return tuple(name for name, _idea in channels if name in found)


def offices_in(text: str, offices: Iterable[tuple[str, Idea]]) -> list[tuple[str, int, int]]:
    """The offices that a text names, in its order.

    One that is part of another's words is left out, and so is one that acts ("the head must tell …") beside others.
    """
    whole = _named_whole(text, offices)
    first: dict[str, tuple[str, int, int]] = {}
    for item in sorted(whole, key=lambda item: item[1]):
        first.setdefault(item[0], item)
    named = list(first.values())
    asked = [
        item
        for before, item in zip([None, *named], named, strict=False)
        if not _ACTS.match(text, item[2])
        or (before is not None and _JOINED.fullmatch(text, before[2], item[1]))
    ]
    return asked or named


_THEIRS = re.compile(
    r"\btheir (?:(?:own|prior|written|express|explicit|clear|full) ){0,3}(?:permission|consent)\b"
)


def whose_permission(
    text: str, clause: str, asked: str, people: Iterable[tuple[str, Idea]]
) -> tuple[str, int, int] | None:
    """Whom "their permission" means: of those named in the clause the one the question is about, else the nearest
    before it; where the clause names nobody, the one the question is about.

    `people` are the offices that may be meant, each with its words.
    """
    theirs = _THEIRS.search(text)
    if theirs is None:
        return None
    people = list(people)
    about = [name for name, idea in people if idea.found_in(asked)]
    named = [name for name, idea in people if idea.found_in(clause)]
    before = [
        (match.end(), name)
        for name, idea in people
        for match in idea.pattern.finditer(text, 0, theirs.start())
    ]
    likely = [name for name in about if name in named] or [name for _end, name in sorted(before)[-1:]]
    likely = likely or named[:1] or about
    return (likely[0], theirs.start(), theirs.end()) if likely else None


def of_this_case(
    text: str, found: list[tuple[str, int, int]], case: Sequence[Idea]
) -> list[tuple[str, int, int]]:
    """Of several offices those in whose brackets the case stands: "the head (academies) or the CEO (central team)"."""
    told = [
        item
        for item in found
        if (brackets := _BRACKETS.match(text, item[2])) and any(idea.found_in(brackets[0]) for idea in case)
    ]
    return told or found


def joins_all(text: str, found: Sequence[tuple[str, int, int]]) -> bool:
    """Whether "and", rather than "or", stands between the last two."""
    if len(found) < 2:
        return False
    return bool(re.search(r"\band\b", text[found[-2][2] : found[-1][1]]))
