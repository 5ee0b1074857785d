"""The shapes of the scenario bank (docs/content-format.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    ConfigDict,
    Field,
    model_validator,
)

from elearn.scenarios.shapes import ContentModel, Fact, Groups, Id, Text
from elearn.scenarios.vocabulary import (
    ArtefactKind,
    Difficulty,
    Does,
    ScenarioType,
)

# bank/<topic>.yaml


class Message(ContentModel):
    """One message or comment."""

    sender: Text = Field(alias="from")
    text: Text
    time: Text | None = None


FRIENDS_ON = frozenset({"BeReal", "Discord", "Facebook", "Roblox", "Snapchat", "WhatsApp", "Xbox"})
"""Where people ask to be somebody's friend; on other platforms they ask to follow somebody."""
CONNECTIONS_ON = frozenset({"LinkedIn"})


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

    @property
    def noun(self) -> str:
        """What such a thing is called, on its platform."""
        if self.kind is ArtefactKind.FOLLOW_REQUEST and self.platform in FRIENDS_ON:
            return "friend request"
        if self.kind is ArtefactKind.FOLLOW_REQUEST and self.platform in CONNECTIONS_ON:
            return "invitation to connect"
        return "e-mail" if self.kind is ArtefactKind.EMAIL else self.kind.value.replace("_", " ")


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
