"""Expected failures, each of which the edge (page, command, API) turns into an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elearn.decisions import Refused


class ElearnError(Exception):
    """Something we expected might go wrong; its message is fit to show to a person."""


class NotFound(ElearnError):
    """What was asked for does not exist, or is not this person's to see: the two look the same (404)."""


class ActionRefused(ElearnError):
    """A rule said no. Carries every reason."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__("; ".join(reason.message for reason in refusal.reasons))
        self.refusal = refusal


class InvalidInput(ElearnError):
    """Input that cannot be used. Each problem names its row, field or line."""

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("; ".join(self.problems))


class ConfigurationError(ElearnError):
    """The installation cannot start or work as it is set up; the message says what to set."""
