"""How far somebody is, in words: never how they answered."""

from __future__ import annotations

from dataclasses import dataclass

from elearn.assignments.rules import Standing, State
from elearn.dates import spoken_day


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A standing as a list shows it. The words say it all; the colour only repeats them."""

    words: str
    colour: str
    detail: str = ""


WORDS: dict[State, tuple[str, str]] = {
    State.NOT_COVERED: ("Not covered", "grey"),
    State.NOT_STARTED: ("Not started", ""),
    State.IN_PROGRESS: ("In progress", ""),
    State.QUESTION_RAISED: ("Question raised", "purple"),
    State.OVERDUE: ("Overdue", "red"),
    State.CURRENT: ("Done", "green"),
    State.EXPIRING: ("Done, ends soon", "yellow"),
    State.LAPSED: ("Lapsed", "red"),
}


def standing_line(standing: Standing | None) -> StandingLine:
    """A standing in words; None is an organisation without a course in force."""
    if standing is None:
        return StandingLine("No course yet", "grey", "no policy is in force")
    words, colour = WORDS[standing.state]
    return StandingLine(words, colour, _detail(standing))


def _detail(standing: Standing) -> str:
    if standing.is_done:
        return f"until {spoken_day(standing.valid_until)}"
    if standing.state is State.LAPSED:
        return f"counted until {spoken_day(standing.valid_until)}"
    if standing.state is State.OVERDUE:
        return f"was due {spoken_day(standing.due_on)}"
    if standing.state is State.NOT_COVERED:
        return "no post that the policy covers"
    return f"due {spoken_day(standing.due_on)}"
