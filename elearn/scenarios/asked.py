"""The answers of `rules.py`: a situation as one organisation's staff meet it, or why it is not asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from elearn.scenarios.bank_content import Artefact
from elearn.scenarios.vocabulary import Does, ScenarioType


class Why(StrEnum):
    """Why an organisation is not asked a situation."""

    SILENT = "silent"
    INDIRECT = "indirect"
    UNCLEAR = "unclear"
    CONDITION = "condition"
    AUDIENCE = "audience"
    TABLE = "table"
    UNREADABLE = "unreadable"
    HOLE = "hole"
    OVERLAP = "overlap"
    UNFILLED = "unfilled"
    TOO_FEW = "too_few"
    RIGHT_NOT_OFFERED = "right_not_offered"
    NO_CLAUSE = "no_clause"

    @property
    def is_fault(self) -> bool:
        """Whether the content is wrong, rather than the policy quiet."""
        return self not in _QUIET


_QUIET = frozenset({Why.SILENT, Why.INDIRECT, Why.UNCLEAR, Why.CONDITION, Why.AUDIENCE, Why.TABLE})


@dataclass(frozen=True, slots=True)
class Cited:
    """A clause (or part of it) that carries the key, with the force it is cited for."""

    ref: str
    part: str | None
    force: str


@dataclass(frozen=True, slots=True)
class Used:
    """One answer that a key was read from."""

    name: str
    position: str
    case: str | None
    answer: str


@dataclass(frozen=True, slots=True)
class Offered:
    """An option as offered. `consequence` is the one for this organisation, `does` what choosing it comes to.

    `leads_to` is the next step of a branch that this organisation is asked, None where the branch ends.
    """

    id: str
    text: str
    consequence: str
    is_right: bool
    leads_to: str | None = None
    does: Does | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A situation (or a step of one) with all texts filled for one organisation.

    `right` is in order for the type `order`; `used` are all positions that were read and `carriers` the names
    of those that decide the key; `people` are the words for people and channels in it; `row` is the table's
    row, from 0; `cell_hash` changes whenever what is shown or how it is marked does.
    """

    scenario: str
    variant: int
    step: str
    type: ScenarioType
    story: str
    ask: str
    artefact: Artefact | None
    options: tuple[Offered, ...]
    right: tuple[str, ...]
    citations: tuple[Cited, ...]
    carriers: tuple[str, ...]
    used: tuple[Used, ...]
    people: tuple[str, ...]
    row: int
    cell_hash: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Why a situation is not asked in one organisation."""

    why: Why
    reason: str
    used: tuple[Used, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario and variant in one organisation. `steps` has every step of a branch, or the only one."""

    scenario: str
    variant: int
    case: str | None
    result: Asked | NotAsked
    steps: tuple[tuple[str, Asked | NotAsked], ...]
    cell_hash: str

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Its steps that are asked; none where the situation as a whole is not."""
        if isinstance(self.result, NotAsked):
            return ()
        return tuple(result for _, result in self.steps if isinstance(result, Asked))
