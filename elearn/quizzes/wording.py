"""What a page says of an answer: true of what was chosen, and no more."""

from __future__ import annotations

from elearn.quizzes.service import ConsequenceView
from elearn.scenarios.vocabulary import Does, ScenarioType

SAFE = "This keeps everyone safe"
INCOMPLETE = "This is right, but something is missing"
ORDER = "The policy gives another order"
SOME = "Some of this is not what the policy says"
RISK = "This would put you and others at risk"
OTHERWISE = "The policy asks something else of you"


def consequence_title(found: ConsequenceView) -> str:
    """The heading over what follows an answer. Only an act that the policy does not let one do puts people at risk:
    somebody who was too careful, or marked a harmless line, is told that and nothing worse."""
    if found.right:
        return SAFE
    kind = found.question.asked.type
    if kind is ScenarioType.ORDER:
        return ORDER
    wrong = [option for option in found.chosen if not option.is_right]
    if not wrong:
        return INCOMPLETE
    if kind in (ScenarioType.CHOOSE_ALL, ScenarioType.MARK):
        return SOME
    return RISK if all(option.does is Does.DO for option in wrong) else OTHERWISE
