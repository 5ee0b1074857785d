"""What all content shapes share: text that is never coerced, ids, lists of kinds of person, strict models."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from elearn.people.rules import JobGroup, PersonKind
from elearn.scenarios.vocabulary import (
    RESERVED_IDS,
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


def one_or_several(value: object) -> object:
    """A single text as a list of one."""
    return (value,) if isinstance(value, str) else value


def everyone_or_list(value: object) -> object:
    """`[everyone]` as `everyone`."""
    return "everyone" if value in (("everyone",), ["everyone"]) else value


def _month_or_day(value: str) -> str:
    """A date by day (2024-01-31) or by month (2024-01)."""
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", value):
        raise ValueError(f"{value} is not a date such as 2024-01 or 2024-01-31")
    date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    return value


def _words(value: str) -> str:
    """Alternatives between bars, none of them empty."""
    if not all(part.strip() for part in value.lstrip("?! ").split("|")):
        raise ValueError("words are alternatives between bars, and one of them is empty")
    return value


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$"), AfterValidator(_refuse_reserved)]
Fact = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Ref = Text
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), AfterValidator(_words)]
PartialDate = Annotated[str, AfterValidator(_month_or_day)]
Number = Annotated[int, BeforeValidator(_whole_number), Field(ge=0)]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(one_or_several), Field(min_length=1)]
Refs = Annotated[tuple[Ref, ...], Field(min_length=1)]

# Enumerations are written as their text.
Kind = Annotated[PersonKind, Field(strict=False)]
Group = Annotated[JobGroup, Field(strict=False)]
Kinds = Annotated[Literal["everyone"] | tuple[Kind, ...], BeforeValidator(everyone_or_list)]
Groups = Annotated[Literal["everyone"] | tuple[Group, ...], BeforeValidator(everyone_or_list)]


class ContentModel(BaseModel):
    """What all shapes share: unknown keys are errors, nothing is coerced, nothing changes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
