"""Standing: who must do a course by when, and how far they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from elearn.completion.rules import TrainingRecord
from elearn.courses.rules import expiring_from
from elearn.decisions import Reason


class State(StrEnum):
    """Where somebody stands with a course on a day."""

    NOT_COVERED = "not_covered"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    QUESTION_RAISED = "question_raised"
    OVERDUE = "overdue"
    CURRENT = "current"
    EXPIRING = "expiring"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """What is known of one person and one course.

    `placed_from` is the first day of the posts that the policy covers, None where none does; `record` what they
    have passed and signed on accepted versions.
    """

    placed_from: date | None
    left_on: date | None
    record: TrainingRecord
    started: bool
    question_open: bool


@dataclass(frozen=True, slots=True)
class StandingRules:
    """The course's due rule: so many days after the start of a post, or after a version that must be signed anew."""

    due_days: int
    in_force_from: date


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer: state, the day it is due by, the last day it counts, when it next changes, and what is left."""

    state: State
    due_on: date | None
    valid_until: date | None
    next_change_on: date | None
    left: tuple[Reason, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether training and signature stand."""
        return self.state in (State.CURRENT, State.EXPIRING)


def standing(facts: StandingFacts, rules: StandingRules, today: date) -> Standing:
    """Where somebody stands today. The last valid day and the due day itself still count."""
    if facts.placed_from is None or (facts.left_on is not None and facts.left_on < today):
        return Standing(State.NOT_COVERED, None, None, None)
    until = facts.record.valid_until
    if until is not None and today <= until:
        return _done(until, today)
    due_on = due_day(facts, rules)
    left = tuple(_left(facts, today))
    if facts.question_open:
        return Standing(State.QUESTION_RAISED, due_on, until, None, left)
    if until is not None:
        return Standing(State.LAPSED, until, until, None, left)
    if today > due_on:
        return Standing(State.OVERDUE, due_on, None, None, left)
    state = State.IN_PROGRESS if facts.started else State.NOT_STARTED
    return Standing(state, due_on, None, due_on + timedelta(days=1), left)


def _done(until: date, today: date) -> Standing:
    warned_from = expiring_from(until)
    if today >= warned_from:
        return Standing(State.EXPIRING, until, until, until + timedelta(days=1))
    return Standing(State.CURRENT, None, until, warned_from)


def due_day(facts: StandingFacts, rules: StandingRules) -> date:
    """The last day to be done by: counted from the start of the post, or of the version for those here before."""
    begins = facts.placed_from or rules.in_force_from
    return max(begins, rules.in_force_from) + timedelta(days=rules.due_days)


def _left(facts: StandingFacts, today: date) -> list[Reason]:
    left = []
    if not facts.record.training_counts_on(today):
        left.append(Reason("training", "the situations", next_step="Do the situations"))
    if not facts.record.signature_counts_on(today):
        left.append(Reason("signature", "the signature", next_step="Sign the policy"))
    return left
