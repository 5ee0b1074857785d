"""The shapes of content files (docs/content-format.md): strict, closed and frozen.

Every value arrives as text; whole numbers and yes/no are converted only where a field asks for them.
What needs several files to judge is in `checking.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from elearn.scenarios.vocabulary import (
    RESERVED_IDS,
    ArtefactKind,
    CitationForce,
    ClauseForce,
    CourseId,
    Difficulty,
    Does,
    FlagKind,
    JobGroup,
    KindOfPerson,
    NonAnswer,
    RequirementCode,
    ScenarioType,
    WhoRule,
)


def _refuse_reserved(value: str) -> str:
    if value in RESERVED_IDS:
        raise ValueError(f"{value} has a meaning of its own and cannot be an id")
    return value


def _whole_number(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9]{1,6}", value):
            raise ValueError(f"{value} is not a whole number")
        return int(value)
    return value


def _yes_or_no(value: object) -> object:
    if isinstance(value, str):
        if value not in {"yes", "no"}:
            raise ValueError(f"{value} is neither yes nor no")
        return value == "yes"
    return value


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _everyone_or_list(value: object) -> object:
    return "everyone" if value in (("everyone",), ["everyone"]) else value


def _month_or_day(value: str) -> str:
    """A date by day (2024-01-31) or by month (2024-01)."""
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", value):
        raise ValueError(f"{value} is not a date such as 2024-01 or 2024-01-31")
    date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    return value


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$"), AfterValidator(_refuse_reserved)]
Fact = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Ref = Text
PartialDate = Annotated[str, AfterValidator(_month_or_day)]
Number = Annotated[int, BeforeValidator(_whole_number), Field(ge=0)]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_one_or_several), Field(min_length=1)]
Refs = Annotated[tuple[Ref, ...], Field(min_length=1)]

# Enumerations are written as their text.
Kind = Annotated[KindOfPerson, Field(strict=False)]
Group = Annotated[JobGroup, Field(strict=False)]
Kinds = Annotated[Literal["everyone"] | tuple[Kind, ...], BeforeValidator(_everyone_or_list)]
Groups = Annotated[Literal["everyone"] | tuple[Group, ...], BeforeValidator(_everyone_or_list)]


class ContentModel(BaseModel):
    """What all shapes share: unknown keys are errors, nothing is coerced, nothing changes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# catalogue.yaml


class Topic(ContentModel):
    """A subject that situations are drawn by."""

    id: Id
    title: Text
    must_get_right: YesNo = False


class Named(ContentModel):
    """An office or a channel."""

    id: Id
    title: Text


class Position(ContentModel):
    """One situation that a social media policy can answer."""

    id: Id
    topic: Id
    question: Text
    why: Text
    cases: dict[Id, Text] = {}
    answers: Annotated[tuple[Fact, ...], Field(min_length=1)]
    who: Annotated[WhoRule, Field(strict=False)] = WhoRule.NONE


class Catalogue(ContentModel):
    """What all organisations share: topics, offices, channels, positions."""

    topics: tuple[Topic, ...]
    offices: tuple[Named, ...]
    channels: tuple[Named, ...] = ()
    positions: tuple[Position, ...]


# policies/<slug>/positions.yaml


class Citation(ContentModel):
    """A clause (or a part of it) and how strongly it says what it is cited for."""

    ref: Ref
    force: Annotated[CitationForce, Field(strict=False)]
    part: Text | None = None


class Who(ContentModel):
    """The offices a stance names: any one of them, or all."""

    any: Annotated[tuple[Id, ...], Field(min_length=1)] | None = None
    all: Annotated[tuple[Id, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.any is None) == (self.all is None):
            raise ValueError("who has either any or all")
        return self

    @property
    def offices(self) -> tuple[str, ...]:
        """The office ids, in the order written."""
        return self.any or self.all or ()


class Resolved(ContentModel):
    """Who decided between clauses that clash, when and why."""

    by: Text
    on: PartialDate
    why: Text


_NON_ANSWERS = frozenset(word.value for word in NonAnswer)


class Stance(ContentModel):
    """What a policy says on one position in one or more cases."""

    answer: Fact = Field(alias="is")
    clauses: tuple[Citation, ...] = ()
    who: Who | None = None
    how: Annotated[tuple[Id, ...], BeforeValidator(_one_or_several)] = ()
    condition: Fact | None = Field(default=None, alias="if")
    binds: tuple[Kind, ...] | None = None
    but: tuple[Ref, ...] = ()
    resolved: Resolved | None = None
    note: Text | None = None
    seen_by: tuple[Text, ...] = ()

    @property
    def is_answer(self) -> bool:
        """Whether the policy settles the position: not silent, indirect or unclear."""
        return self.answer not in _NON_ANSWERS

    @property
    def offices(self) -> tuple[str, ...]:
        """The office ids it names, none where it names nobody."""
        return self.who.offices if self.who else ()


class CaseStance(Stance):
    """A stance that differs from the default in some cases."""

    cases: Annotated[tuple[Id, ...], BeforeValidator(_one_or_several), Field(min_length=1)]


class Stances(ContentModel):
    """The default stance on a position and its exceptions by case."""

    default: Stance | None = None
    exceptions: tuple[CaseStance, ...] = Field(default=(), alias="except")

    def stance(self, case: str | None) -> Stance | None:
        """The stance in this case (None: a position without cases)."""
        for exception in self.exceptions:
            if case in exception.cases:
                return exception
        return self.default


# policies/<slug>/policy.yaml


class Flag(ContentModel):
    """Something wrong with the policy's text, for its owner."""

    id: Text
    kind: Annotated[FlagKind, Field(strict=False)]
    refs: tuple[Ref, ...]
    text: Text


class Policy(ContentModel):
    """One policy version's facts, its words for offices and channels, whom it covers, what is signed."""

    slug: Id
    organisation: Text
    short_name: Text
    title: Text
    version: Text
    approved_on: PartialDate | None = None
    review_due_on: PartialDate | None = None
    names: dict[Id, Text]
    covers: dict[Kind, Literal["silent"] | Refs]
    statement: Text
    who_to_ask: Ids
    quote_beside_signature: tuple[Ref, ...] = ()
    flags: tuple[Flag, ...] = ()


# policies/<slug>/clauses.yaml

_REASONS = (
    "heading|definition|information|for_the_organisation|legal_background|outdated|unclear|duplicate_of_.+"
)


class ClausePart(ContentModel):
    """A part of a compound clause."""

    part: Text
    force: Annotated[ClauseForce, Field(strict=False)]
    topics: tuple[Id, ...] = ()
    summary: Text


class Clause(ContentModel):
    """One addressable piece of a policy, in our own words, with the fingerprint of its text."""

    ref: Ref
    parent: Ref | None = None
    heading: Text | None = None
    force: Annotated[ClauseForce, Field(strict=False)]
    topics: tuple[Id, ...] = ()
    who: Annotated[Literal["everyone"] | tuple[Kind | Group, ...], BeforeValidator(_everyone_or_list)] = (
        "everyone"
    )
    summary: Text
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    not_quizable: Annotated[str, StringConstraints(pattern=rf"^({_REASONS})$")] | None = None
    parts: tuple[ClausePart, ...] = ()


# policies/<slug>/key_rules.yaml


class KeyRule(ContentModel):
    """One of the rules shown before the situations."""

    id: Id
    title: Text
    why: Text
    clauses: Refs
    position: Text | None = None


# policies/<slug>/courses.yaml


class Course(ContentModel):
    """Who must do which situations, how often, and what passes."""

    id: Annotated[CourseId, Field(strict=False)]
    title: Text
    kinds: Kinds
    job_groups: Groups
    topics: dict[Id, Number]
    questions: Annotated[Number, Field(ge=1)]
    pass_mark: Annotated[Number, Field(ge=1)] = Field(alias="pass")
    must_get_right: tuple[Id, ...] = ()
    rounds: Annotated[Number, Field(ge=1)]
    valid_months: Annotated[Number, Field(ge=1)]
    due_days: Number
    basis: Literal["product"] | Refs


# policies/<slug>/access.yaml


class ClauseBasis(ContentModel):
    """Clauses of this policy that ask for something."""

    clauses: Refs


Basis = Literal["product"] | ClauseBasis


class OtherwiseBasis(ContentModel):
    """The basis of a requirement where the position does not ask for it."""

    basis: Basis


class ApprovalRule(ContentModel):
    """Who approves: read from a position, or named with a basis."""

    position: Id | None = Field(default=None, alias="from")
    case: Id | None = None
    offices: Ids | None = None
    basis: Basis | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.position is None) == (self.offices is None):
            raise ValueError("approval has either from or offices")
        if (self.offices is None) != (self.basis is None):
            raise ValueError("offices need a basis, and from brings its own")
        return self


class Requirement(ContentModel):
    """One thing the gate asks for, and on what basis."""

    code: Annotated[RequirementCode, Field(strict=False)]
    course: Annotated[CourseId, Field(strict=False)] | None = None
    position: Id | None = Field(default=None, alias="from")
    case: Id | None = None
    on: tuple[Fact, ...] = ()
    otherwise: OtherwiseBasis | None = Field(default=None, alias="else")
    basis: Basis | None = None
    why: Text | None = None
    count: Annotated[Number, Field(ge=1)] | None = None
    by: Ids | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.position is None) == (self.basis is None):
            raise ValueError("a requirement has either from or basis")
        if (self.position is None) != (not self.on):
            raise ValueError("from needs on, the answers that ask for it, and on needs from")
        if self.otherwise is not None and self.position is None:
            raise ValueError("else needs from")
        if self.code is RequirementCode.APPROVAL:
            raise ValueError("approval is written under its own key")
        if self.code is RequirementCode.TRAINING and self.course is None:
            raise ValueError("training names its course")
        return self


class Access(ContentModel):
    """What the gate asks of somebody who is to use a business account."""

    approval: ApprovalRule
    requirements: tuple[Requirement, ...]


# bank/<topic>.yaml


class Message(ContentModel):
    """One message or comment."""

    sender: Text = Field(alias="from")
    text: Text
    time: Text | None = None


class Artefact(ContentModel):
    """The post, message or review that a situation shows."""

    kind: Annotated[ArtefactKind, Field(strict=False)]
    platform: Text
    sender: Text = Field(alias="from")
    handle: Text | None = None
    time: Text | None = None
    text: Text | None = None
    messages: tuple[Message, ...] = ()
    image: Text | None = None
    comments: tuple[Message, ...] = ()


class Consequence(ContentModel):
    """What happens next where an option is right, and where it is not."""

    right: Text
    wrong: Text


class Option(ContentModel):
    """Something that can be chosen, marked or put in order."""

    id: Id
    text: Text
    does: Annotated[Does, Field(strict=False)] | None = None
    then: Text | Consequence | None = None
    office: Id | None = None
    next: Fact | None = None


class Row(ContentModel):
    """One row of a decision table: for which answers which options are right, or why it is not asked."""

    when: dict[Fact, Annotated[tuple[Fact, ...], Field(min_length=1)]]
    right: Annotated[tuple[Id, ...], Field(min_length=1)] | None = None
    drop: tuple[Id, ...] = ()
    not_asked: Text | None = None

    @model_validator(mode="after")
    def _one_outcome(self) -> Self:
        if (self.right is None) == (self.not_asked is None):
            raise ValueError("a row has either right or not_asked")
        return self


class Step(ContentModel):
    """One situation: a whole scenario, or a step of a branch."""

    id: Id
    story: Text
    artefact: Artefact | None = None
    ask: Text
    decide: Annotated[dict[Id, Text], Field(min_length=1)]
    may_be_silent: tuple[Id, ...] = ()
    options: Annotated[tuple[Option, ...], Field(min_length=2)]
    answers: Annotated[tuple[Row, ...], Field(min_length=1)]
    otherwise: Fact | None = Field(default=None, alias="else")


class Variant(ContentModel):
    """One telling of a scenario: its case, who meets it, and words for the slots."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Text]

    case: Id | None = None
    job_groups: Groups | None = None

    @property
    def words(self) -> Mapping[str, str]:
        """Its own keys, for the slots of the texts."""
        return self.__pydantic_extra__


_ONLY_VARIANT = Variant.model_validate({})
_WHOLE = "whole"
_SITUATION = ("story", "ask", "decide", "options", "answers")


class Scenario(ContentModel):
    """A situation keyed on positions, for every organisation."""

    id: Id
    topic: Id
    type: Annotated[ScenarioType, Field(strict=False)]
    difficulty: Annotated[Difficulty, Field(strict=False)]
    job_groups: Groups = "everyone"
    given: tuple[Fact, ...] = ()
    story: Text | None = None
    artefact: Artefact | None = None
    ask: Text | None = None
    decide: Annotated[dict[Id, Text], Field(min_length=1)] | None = None
    may_be_silent: tuple[Id, ...] = ()
    options: Annotated[tuple[Option, ...], Field(min_length=2)] | None = None
    answers: Annotated[tuple[Row, ...], Field(min_length=1)] | None = None
    steps: tuple[Step, ...] = ()
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)] = (_ONLY_VARIANT,)

    @model_validator(mode="after")
    def _steps_or_situation(self) -> Self:
        given = [name for name in (*_SITUATION, "artefact") if getattr(self, name) is not None]
        if self.type is ScenarioType.BRANCH:
            if not self.steps or given or self.may_be_silent:
                raise ValueError(
                    f"a branch has steps, and in them what belongs to a step: {', '.join(given)}"
                )
            return self
        missing = [name for name in _SITUATION if getattr(self, name) is None]
        if missing or self.steps:
            raise ValueError(f"a scenario that is no branch has no steps, and needs {', '.join(_SITUATION)}")
        return self

    @property
    def situations(self) -> tuple[Step, ...]:
        """Its steps, or itself as the only step."""
        if self.steps:
            return self.steps
        whole: dict[str, Any] = {
            name: getattr(self, name) for name in (*_SITUATION, "artefact", "may_be_silent")
        }
        return (Step.model_construct(id=_WHOLE, **whole),)


# overrides.yaml


class Override(ContentModel):
    """A warning that somebody accepts, with the reason."""

    code: Fact
    at: Text
    policy: Id | None = None
    reason: Text


# The whole


class PolicyContent(ContentModel):
    """Everything in one policy's folder."""

    policy: Policy
    clauses: tuple[Clause, ...]
    positions: dict[Id, Stances]
    key_rules: tuple[KeyRule, ...]
    access: Access
    courses: tuple[Course, ...]


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
