"""Topics proposed for a clause from its words, as a draft that an author confirms or corrects. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from elearn.policies.importing import Clause, ImportedPolicy, to_json, without_quotations
from elearn.scenarios.content import Topic

MOST_PROPOSED = 3
_HEADING_WEIGHT = 1.5
_LEAD_IN_WEIGHT = 0.5
_MOST_READ = 8000


def propose_topics(heading: str, text: str, topics: Sequence[Topic], *, lead_in: str = "") -> tuple[str, ...]:
    """The ids of the topics that the words suggest, the likeliest first; of equals, the catalogue's first.

    `lead_in` is the text above the list that an item belongs to. Quoted text proposes nothing.
    """
    places = ((text, 1.0), (heading, _HEADING_WEIGHT), (lead_in, _LEAD_IN_WEIGHT))
    read = [(without_quotations(place[:_MOST_READ]), weight) for place, weight in places if place]
    scores = {topic.id: sum(weight * _weight_of(topic, place) for place, weight in read) for topic in topics}
    ranked = sorted((name for name in scores if scores[name]), key=lambda name: -scores[name])
    return tuple(ranked[:MOST_PROPOSED])


def propose_all_topics(clauses: Sequence[Clause], topics: Sequence[Topic]) -> dict[str, tuple[str, ...]]:
    """The topics proposed for each clause of a document, by reference; an item is read with its lead-in."""
    texts = {clause.ref: clause.text for clause in clauses}
    return {
        clause.ref: propose_topics(
            clause.heading or "", clause.text, topics, lead_in=texts.get(clause.parent or "", "")
        )
        for clause in clauses
    }


def imported_to_json(policy: ImportedPolicy, topics: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What an import found, ready for JSON, with the topics proposed for each clause."""
    data = to_json(policy)
    for clause in data["clauses"]:
        clause["topics"] = list(topics.get(clause["ref"], ()))
    return data


def _weight_of(topic: Topic, text: str) -> int:
    """How much of the topic's words a text holds: each counts once, by the number of its words."""
    in_small = text.casefold()
    weight = 0
    for term in map(_term, topic.words):
        # Most words are not there, and that is sooner seen without a pattern.
        if term.begins in in_small and term.pattern.search(text):
            weight += term.weight
    return weight


class _Term(NamedTuple):
    """A topic's word: its first word in small letters, how it is found, and how many words it has."""

    begins: str
    pattern: re.Pattern[str]
    weight: int


@lru_cache(maxsize=4096)
def _term(word: str) -> _Term:
    """Found whole, in either case; a star at its end stands for any ending."""
    parts = word.removesuffix("*").split()
    stem = r"\s+".join(map(re.escape, parts))
    end = "" if word.endswith("*") else r"(?!\w)"
    return _Term(parts[0].casefold(), re.compile(rf"\b{stem}{end}", re.IGNORECASE), len(word.split()))
