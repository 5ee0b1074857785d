"""What reading a policy document gives: clauses, headings, dates, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Force(StrEnum):
    """What a clause does to its reader; proposed by rule at import and settled by a person."""

    PROHIBITION = "prohibition"
    DUTY = "duty"
    RECOMMENDATION = "recommendation"
    PERMISSION = "permission"
    PROCEDURE = "procedure"
    CONSEQUENCE = "consequence"
    DEFINITION = "definition"
    INFORMATION = "information"


class Kind(StrEnum):
    """How a clause stands on the page."""

    HEADING = "heading"
    CLAUSE = "clause"
    ITEM = "item"
    BULLET = "bullet"
    PARAGRAPH = "paragraph"
    CLOSING = "closing"


class DateRole(StrEnum):
    """What happened, or is due, on a date printed in the document's own record."""

    APPROVED = "approved"
    RATIFIED = "ratified"
    CONSULTED = "consulted"
    PUBLISHED = "published"
    EFFECTIVE = "effective"
    LAST_REVIEWED = "last_reviewed"
    REVIEW_DUE = "review_due"
    WRITTEN = "written"
    VERSION = "version"
    DATED = "dated"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Clause:
    """One addressable piece of policy text. Line numbers count from 1 in the file as given."""

    ref: str
    parent: str | None
    heading: str | None
    kind: Kind
    text: str
    force: Force
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A title of the document; `ref` is its number where it has one, otherwise its words."""

    ref: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One line that is in no clause, and why."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class PolicyDate:
    """A date of the document's record. `on` is a day (2024-01-31) or a month (2024-01); None is unknown."""

    role: DateRole
    label: str
    on: str | None
    line: int


@dataclass(frozen=True, slots=True)
class ImportedPolicy:
    """A policy document as read; nothing in it has been judged by a person yet."""

    organisation: str | None
    title: str
    version: str | None
    dates: tuple[PolicyDate, ...]
    clauses: tuple[Clause, ...]
    headings: tuple[Heading, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
