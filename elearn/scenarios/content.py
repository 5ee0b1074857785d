"""All content together: the catalogue, the bank, the policies, and where each node is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, StringConstraints

from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.policy_content import PolicyContent
from elearn.scenarios.shapes import ContentModel, Fact, Id, Kind, Text, Words, YesNo
from elearn.scenarios.vocabulary import WhoRule

# catalogue.yaml


TopicWord = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9'’-]*( [a-z0-9'’-]+)*\*?$", max_length=60)
]
"""A word or phrase in small letters; a star at its end stands for any ending."""


class Topic(ContentModel):
    """A subject that situations are drawn by, with the words that propose it for a clause."""

    id: Id
    title: Text
    must_get_right: YesNo = False
    words: tuple[TopicWord, ...] = ()


class Named(ContentModel):
    """An office or a channel. `words` are those by which policies name it."""

    id: Id
    title: Text
    words: Words | None = None


class Position(ContentModel):
    """One situation that a social media policy can answer.

    A clause that speaks of it holds every idea of `words`; of one case, those of `case_words` too; a clause that
    holds those of `answer_words` gives that answer. Where none does, one that holds those of `wider_words` speaks of
    the act at large, and one that holds those of `bearing_words` of something close to it. A case of `cases_apart` is
    settled only by words of its own; one of `case_within` goes with another where no clause speaks of it.
    """

    id: Id
    topic: Id
    question: Text
    why: Text
    cases: dict[Id, Text] = Field(default_factory=dict)
    answers: Annotated[tuple[Fact, ...], Field(min_length=1)]
    who: Annotated[WhoRule, Field(strict=False)] = WhoRule.NONE
    words: tuple[Words, ...] = ()
    case_words: dict[Id, tuple[Words, ...]] = Field(default_factory=dict)
    answer_words: dict[Fact, tuple[Words, ...]] = Field(default_factory=dict)
    wider_words: tuple[Words, ...] = ()
    bearing_words: tuple[Words, ...] = ()
    cases_apart: tuple[Id, ...] = ()
    case_within: dict[Id, Id] = Field(default_factory=dict)


class Catalogue(ContentModel):
    """What all organisations share: topics, offices, channels, positions, and the words that speak of them."""

    topics: tuple[Topic, ...]
    offices: tuple[Named, ...]
    channels: tuple[Named, ...] = ()
    word_groups: dict[Id, Words] = Field(default_factory=dict)
    kind_words: dict[Kind, Words] = Field(default_factory=dict)
    positions: tuple[Position, ...]


# overrides.yaml


class Override(ContentModel):
    """A finding that somebody accepts, with the reason."""

    code: Fact
    at: Text
    policy: Id | None = None
    reason: Text


# The whole


class Bundle(ContentModel):
    """What one organisation teaches: the catalogue, the whole bank, its policy."""

    catalogue: Catalogue
    bank: tuple[Scenario, ...]
    policy: PolicyContent


@dataclass(frozen=True, slots=True)
class Place:
    """A file (relative to the content folder) and a line, 0 where it is not known."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything in the content folder, with the place of every node.

    Paths of places begin with ("catalogue",), ("scenario", id), ("override", index) or
    ("policy", slug, "positions"), and go on with keys and indexes as in the file. `is_whole` is False where
    only some policies were read: then nothing can be said about all organisations.
    """

    catalogue: Catalogue
    bank: tuple[Scenario, ...]
    policies: Mapping[str, PolicyContent]
    overrides: tuple[Override, ...] = ()
    places: Mapping[Path, Place] = field(default_factory=dict)
    is_whole: bool = True

    def bundle(self, slug: str) -> Bundle:
        """One organisation's bundle. Raises KeyError where there is no such policy."""
        return Bundle(catalogue=self.catalogue, bank=self.bank, policy=self.policies[slug])

    def place(self, path: Path) -> Place:
        """Where this node is written, or the nearest node around it."""
        for length in range(len(path), 0, -1):
            found = self.places.get(path[:length])
            if found is not None:
                return found
        return Place("/".join(str(part) for part in path[:2]), 0)
