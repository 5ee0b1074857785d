"""The fixed words of content: docs/content-format.md, "Fixed words"."""

from __future__ import annotations

from enum import StrEnum


class Answer(StrEnum):
    """The answers every position may offer beside words of its own."""

    ALLOWED = "allowed"
    NOT_BARRED = "not_barred"
    ALLOWED_IF = "allowed_if"
    JUDGEMENT = "judgement"
    ASK_FIRST = "ask_first"
    TELL = "tell"
    NOT_ALLOWED = "not_allowed"


class NonAnswer(StrEnum):
    """What a policy may do instead of answering; never scored, save silence that a scenario allows."""

    SILENT = "silent"
    INDIRECT = "indirect"
    UNCLEAR = "unclear"


class OfficeAnswer(StrEnum):
    """Whether an office is among those that a stance names."""

    YES = "yes"
    NO = "no"
    UNNAMED = "unnamed"


class ClauseForce(StrEnum):
    """What a clause does."""

    PROHIBITION = "prohibition"
    DUTY = "duty"
    RECOMMENDATION = "recommendation"
    PERMISSION = "permission"
    PROCEDURE = "procedure"
    CONSEQUENCE = "consequence"
    DEFINITION = "definition"
    INFORMATION = "information"


class CitationForce(StrEnum):
    """How strongly a clause says what it is cited for."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"
    SAYS = "says"


class Does(StrEnum):
    """What an option does: the act at once, the act after a step, no act, or telling somebody."""

    DO = "do"
    AFTER = "after"
    AVOID = "avoid"
    TELL = "tell"


class ScenarioType(StrEnum):
    """How a situation is answered."""

    CHOOSE = "choose"
    CHOOSE_ALL = "choose_all"
    MARK = "mark"
    ORDER = "order"
    BRANCH = "branch"


class Difficulty(StrEnum):
    """How hard the author thinks a situation is."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class WhoRule(StrEnum):
    """Whether the stances on a position name offices."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class ArtefactKind(StrEnum):
    """What a situation shows as the real thing would look."""

    POST = "post"
    DIRECT_MESSAGE = "direct_message"
    FOLLOW_REQUEST = "follow_request"
    GROUP_CHAT = "group_chat"
    EMAIL = "email"
    REVIEW = "review"
    NOTIFICATION = "notification"


class FlagKind(StrEnum):
    """What is wrong with a passage of a policy, for its owner."""

    AMBIGUOUS = "ambiguous"
    CONTRADICTORY = "contradictory"
    OUTDATED = "outdated"
    GAP = "gap"
    UNSAFE = "unsafe"


class CourseId(StrEnum):
    """The three courses of the product."""

    INDUCTION = "induction"
    REFRESHER = "refresher"
    ACCOUNT_HOLDER = "account_holder"


class RequirementCode(StrEnum):
    """What the gate may ask for. `approval` is written under its own key in access.yaml."""

    TRAINING = "training"
    SIGNATURE = "signature"
    APPROVAL = "approval"
    REGISTERED = "registered"
    TWO_CONTACTS = "two_contacts"
    ACCOUNT_INDUCTION = "account_induction"
    EQUIPMENT = "equipment"
    TWO_STEP = "two_step"


# YAML readers elsewhere take the first ones for booleans; the others mean something in this format.
RESERVED_IDS = frozenset(
    {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}
    | {"end", "everyone", "product", "office", "organisation", "unnamed"}
    | {word.value for word in NonAnswer}
)
END = "end"
EVERYONE = "everyone"
