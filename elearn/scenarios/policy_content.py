"""The shapes of one policy's folder (docs/content-format.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)

from elearn.scenarios.shapes import (
    ContentModel,
    Fact,
    Group,
    Groups,
    Id,
    Ids,
    Kind,
    Kinds,
    Number,
    PartialDate,
    Ref,
    Refs,
    Text,
    YesNo,
    everyone_or_list,
    one_or_several,
)
from elearn.scenarios.vocabulary import (
    CitationForce,
    ClauseForce,
    CourseId,
    FlagKind,
    NonAnswer,
    RequirementCode,
)

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


AUTHOR = "author"
"""In place of who decided: whoever wrote the content, for now. Nobody at the trust has confirmed it yet."""


class Resolved(ContentModel):
    """Who decided what is taught where clauses clash or a flag bears on it, when and why: the trust, or `author`."""

    by: Text
    on: PartialDate
    why: Text

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody of the trust has decided."""
        return self.by != AUTHOR


_NON_ANSWERS = frozenset(word.value for word in NonAnswer)


class Stance(ContentModel):
    """What a policy says on one position in one or more cases."""

    answer: Fact = Field(alias="is")
    clauses: tuple[Citation, ...] = ()
    who: Who | None = None
    how: Annotated[tuple[Id, ...], BeforeValidator(one_or_several)] = ()
    condition: Fact | None = Field(default=None, alias="if")
    binds: tuple[Kind, ...] | None = None
    but: tuple[Ref, ...] = ()
    despite: tuple[Text, ...] = ()
    """Flags of the policy that bear on this answer, which stands all the same: `resolved` says why."""
    resolved: Resolved | None = None
    note: Text | None = None
    seen_by: tuple[Text, ...] = ()
    proposed: YesNo = False
    """Proposed by the program, and nobody has confirmed it: such content is not loaded."""

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

    cases: Annotated[tuple[Id, ...], BeforeValidator(one_or_several), Field(min_length=1)]


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


class FlaggedPart(ContentModel):
    """A part of a clause that a flag is about, where it is not about all of it."""

    ref: Ref
    part: Text


class Apart(ContentModel):
    """Positions (in a case: `position[case]`) that rest on a flag's clauses and that it does not bear on, and why."""

    positions: Annotated[tuple[Text, ...], BeforeValidator(one_or_several), Field(min_length=1)]
    why: Text


class Flag(ContentModel):
    """Something wrong with the policy's text, for its owner.

    `open` are the positions that the policy leaves open because of it: nobody is scored on them. `never_say` are words
    that no text uses which this policy's staff are told.
    """

    id: Text
    kind: Annotated[FlagKind, Field(strict=False)]
    refs: tuple[Ref, ...]
    text: Text
    parts: tuple[FlaggedPart, ...] = ()
    open: tuple[Text, ...] = ()
    apart: tuple[Apart, ...] = ()
    never_say: tuple[Text, ...] = ()


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
    proposed: YesNo = False
    """As for a stance: of whom it covers, its names for people and channels, or what is signed."""
    flags: tuple[Flag, ...] = ()


# policies/<slug>/clauses.yaml

_REASONS = (
    "heading|definition|information|for_the_organisation|legal_background|outdated|unclear|duplicate_of_.+"
)


Reason = Annotated[str, StringConstraints(pattern=rf"^({_REASONS})$")]
"""Why no situation asks about a clause, or about a part of one."""


class ClausePart(ContentModel):
    """A part of a compound clause. Its own reason goes before that of the clause."""

    part: Text
    force: Annotated[ClauseForce, Field(strict=False)]
    topics: tuple[Id, ...] = ()
    summary: Text
    not_quizable: Reason | None = None


class Clause(ContentModel):
    """One addressable piece of a policy, in our own words, with the fingerprint of its text."""

    ref: Ref
    parent: Ref | None = None
    heading: Text | None = None
    force: Annotated[ClauseForce, Field(strict=False)]
    topics: tuple[Id, ...] = ()
    who: Annotated[Literal["everyone"] | tuple[Kind | Group, ...], BeforeValidator(everyone_or_list)] = (
        "everyone"
    )
    summary: Text
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    not_quizable: Reason | None = None
    parts: tuple[ClausePart, ...] = ()
    proposed: YesNo = False
    """As for a stance: of its force, its topics and whether it is asked about."""


# policies/<slug>/key_rules.yaml


class KeyRule(ContentModel):
    """One of the rules shown before the situations."""

    id: Id
    title: Text
    why: Text
    clauses: Refs
    position: Text | None = None
    proposed: YesNo = False


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
    rounds: Annotated[Number, Field(ge=1, le=3)]
    valid_months: Annotated[Number, Field(ge=1)]
    due_days: Number
    basis: Literal["product"] | Refs
    proposed: YesNo = False


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
    only: Refs | None = None
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
        if self.only is not None and self.position is None:
            raise ValueError("only needs from: it says which of the position's clauses ask for this")
        if self.code is RequirementCode.APPROVAL:
            raise ValueError("approval is written under its own key")
        if self.code is RequirementCode.TRAINING and self.course is None:
            raise ValueError("training names its course")
        return self


class Access(ContentModel):
    """What the gate asks of somebody who is to use a business account."""

    approval: ApprovalRule
    requirements: tuple[Requirement, ...]
    proposed: YesNo = False
    """As for a stance: of the whole file."""


class PolicyContent(ContentModel):
    """Everything in one policy's folder."""

    policy: Policy
    clauses: tuple[Clause, ...]
    positions: dict[Id, Stances]
    key_rules: tuple[KeyRule, ...]
    access: Access
    courses: tuple[Course, ...]

    def resting(self) -> Iterator[tuple[str, str, str]]:
        """What rests on a clause: `position` or `key rule`, its id, and the clause's ref; clashing clauses too."""
        for name, stances in self.positions.items():
            for stance in (stances.default, *stances.exceptions):
                if stance is not None:
                    refs = [*(citation.ref for citation in stance.clauses), *stance.but]
                    yield from (("position", name, ref) for ref in refs)
        for rule in self.key_rules:
            yield from (("key rule", rule.id, ref) for ref in rule.clauses)
