"""Forms of accounts, requests and holds. None has a field for a credential, and free text that holds one is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from wtforms import BooleanField, Field, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from elearn.access.credentials import looks_like_credential
from elearn.access.facts import Enforcement, HoldScope, Platform, Right
from elearn.access.views import AccountView
from elearn.fields import DayField, PageForm, choices
from elearn.people.organisations import AcademyView

PLATFORM_WORDS: Mapping[Platform, str] = {p: p.value.capitalize() for p in Platform} | {
    Platform.LINKEDIN: "LinkedIn",
    Platform.YOUTUBE: "YouTube",
    Platform.TIKTOK: "TikTok",
    Platform.WHATSAPP: "WhatsApp",
    Platform.OTHER: "Another platform",
}
RIGHT_WORDS: Mapping[Right, str] = {Right.POSTER: "Post and reply", Right.HOLDER: "Look after the account"}
ENFORCEMENT_WORDS: Mapping[Enforcement, tuple[str, str]] = {
    Enforcement.ATTESTED: ("Attested", "Somebody adds and removes people by hand, and confirms it"),
    Enforcement.CHECKED: ("Checked", "The platform's own list is compared with ours"),
    Enforcement.ENFORCED: ("Enforced", "A group that we own decides who can sign in"),
}
SCOPE_WORDS: Mapping[HoldScope, str] = {
    HoldScope.ACCOUNT: "One account",
    HoldScope.ACADEMY: "Every account of one academy",
    HoldScope.ORGANISATION: "Every account of the whole organisation",
}
CHOOSE = ("", "Choose one")
HOLD_WORD = "HOLD"


def no_credential(form: Any, field: Field) -> None:
    """Refuse text that seems to hold a password, PIN or recovery code."""
    if looks_like_credential(field.data or ""):
        raise ValidationError(
            "This looks like a password or code. Take it out: passwords are never kept here"
        )


class RequestForm(PageForm):
    """What somebody asks for: least access first."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "ends_on", "asset number": "asset_number"}
    OPTIONS: ClassVar[Sequence[tuple[str, str, str]]] = [
        (Right.POSTER.value, RIGHT_WORDS[Right.POSTER], "Enough for nearly everybody"),
        (
            Right.HOLDER.value,
            RIGHT_WORDS[Right.HOLDER],
            "Also changes settings and adds or removes people there",
        ),
    ]

    right = RadioField(
        "What do they need to do?",
        [InputRequired("Choose what they need to do")],
        choices=choices([(right.value, words) for right, words in RIGHT_WORDS.items()]),
    )
    purpose = TextAreaField(
        "What is it for?",
        [InputRequired("Say what it is for"), Length(max=500), no_credential],
        description="For example: photos of school events, replies to parents. Do not put any password here",
    )
    starts_on = DayField("From")
    ends_on = DayField("Until")
    asset_number = StringField("Asset number of the device", [Length(max=60), no_credential])
    equipment_attested = BooleanField("Only equipment of the trust will be used for this")
    two_step_confirmed = BooleanField("Two-step sign-in is on")

    def __init__(self, *, needs_equipment: bool, needs_two_step: bool, **others: Any) -> None:
        super().__init__(**others)
        self.needs_equipment, self.needs_two_step = needs_equipment, needs_two_step

    def options(self, offered: Collection[Right]) -> list[tuple[str, str, str]]:
        """What can be chosen of these rights; all, where another was chosen, which the page says is refused."""
        if self.right.data and self.right.data not in offered:
            return [*self.OPTIONS]
        return [option for option in self.OPTIONS if option[0] in offered]

    def validate_asset_number(self, field: Field) -> None:
        """The policy asks for equipment of the trust: which?"""
        if self.needs_equipment and not (field.data or "").strip():
            raise ValidationError("Enter the asset number of the device that will be used")

    def validate_equipment_attested(self, field: Field) -> None:
        """The policy asks for equipment of the trust: confirmed?"""
        if self.needs_equipment and not field.data:
            raise ValidationError("Confirm that only equipment of the trust will be used")

    def validate_two_step_confirmed(self, field: Field) -> None:
        """The rules ask for two-step sign-in: confirmed?"""
        if self.needs_two_step and not field.data:
            raise ValidationError("Confirm that two-step sign-in is on")

    def values(self) -> dict[str, Any]:
        """What is asked for, as the service takes it."""
        return {
            "right": Right(self.right.data),
            "purpose": self.purpose.data,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
            "asset_number": self.asset_number.data or None,
            "equipment_attested": bool(self.equipment_attested.data),
            "two_step_confirmed": bool(self.two_step_confirmed.data),
        }


class DecisionForm(PageForm):
    """An approver's yes, perhaps with conditions and an earlier end, or no with its reason."""

    NAMES: ClassVar[Mapping[str, str]] = {"until": "ends_on"}
    CHOICES: ClassVar = [("approve", "Approve"), ("refuse", "Refuse")]

    decision = RadioField(
        "Your decision", [InputRequired("Choose approve or refuse")], choices=choices(CHOICES)
    )
    conditions = TextAreaField(
        "Conditions (optional)",
        [Length(max=500), no_credential],
        description="If you approve: the person sees them beside the account",
    )
    ends_on = DayField("Approve only until (optional)", needed=False)
    reason = TextAreaField(
        "Reason", [Length(max=500), no_credential], description="If you refuse: both of them are told it"
    )

    def validate_reason(self, field: Field) -> None:
        """A refusal says why."""
        if self.decision.data == "refuse" and not (field.data or "").strip():
            raise ValidationError("Say why you refuse")

    def values(self) -> dict[str, Any]:
        """The decision, as the service takes it."""
        approved = self.decision.data == "approve"
        return {
            "approved": approved,
            "conditions": (self.conditions.data if approved else self.reason.data) or "",
            "ends_on": self.ends_on.data if approved else None,
        }


class AccountForm(PageForm):
    """An account of the register, new or existing."""

    NAMES: ClassVar[Mapping[str, str]] = {"short name": "slug", "work e-mail": "work_email"}
    OPTIONS: ClassVar[Sequence[tuple[str, str, str]]] = [
        (level.value, *words) for level, words in ENFORCEMENT_WORDS.items()
    ]

    platform = SelectField(
        "Platform",
        [InputRequired("Choose the platform")],
        choices=choices([CHOOSE, *((p.value, words) for p, words in PLATFORM_WORDS.items())]),
    )
    handle = StringField(
        "Name of the account there",
        [InputRequired("Enter the name of the account"), Length(max=120), no_credential],
        description="The handle or address, such as @MillRoadAcademy",
    )
    academy = SelectField("Academy", [InputRequired("Choose the academy")])
    purpose = TextAreaField(
        "What is it for?", [InputRequired("Say what it is for"), Length(max=500), no_credential]
    )
    work_email = StringField(
        "Work e-mail address it is registered to",
        [InputRequired("Enter the work e-mail address"), Length(max=200)],
        description="A shared mailbox of the organisation, never somebody's own",
    )
    enforcement = RadioField(
        "How does a decision here reach the platform?",
        [InputRequired("Choose how")],
        choices=choices([(level.value, words[0]) for level, words in ENFORCEMENT_WORDS.items()]),
        default=Enforcement.ATTESTED.value,
    )
    slug = StringField(
        "Short name (optional)",
        [Length(max=60)],
        description="For files and commands. Made of the account's name where you leave it empty",
    )

    def __init__(self, academies: Sequence[AcademyView], **others: Any) -> None:
        super().__init__(**others)
        self.academy.choices = choices([CHOOSE, *((str(a.id), a.name) for a in academies)])

    def values(self) -> dict[str, Any]:
        """The account, as the service takes it."""
        return {
            "academy_id": UUID(self.academy.data),
            "platform": Platform(self.platform.data),
            "handle": self.handle.data,
            "purpose": self.purpose.data,
            "work_email_address": self.work_email.data,
            "enforcement": Enforcement(self.enforcement.data),
            "slug": (self.slug.data or "").strip() or None,
        }


class ContactForm(PageForm):
    """An administrative contact."""

    NAMES: ClassVar[Mapping[str, str]] = {"contact": "number", "last day": "ends_on"}

    number = StringField("Their payroll number", [InputRequired("Enter the payroll number"), Length(max=40)])
    starts_on = DayField("First day")


class EndContactForm(PageForm):
    """The last day of a contact; fewer than two left asks first."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "ends_on"}

    ends_on = DayField("Last day")
    sure = BooleanField("I know that the account then has too few contacts, and will name another")

    def __init__(self, *, asks: bool, **others: Any) -> None:
        super().__init__(**others)
        self.asks = asks

    def validate_sure(self, field: Field) -> None:
        """Nobody leaves an account without contacts by a slip of the finger."""
        if self.asks and not field.data:
            raise ValidationError("Name another contact first, or confirm that you will")


class InductionForm(PageForm):
    """The short induction to an account."""

    NAMES: ClassVar[Mapping[str, str]] = {"given on": "given_on"}

    person = SelectField("Who was given it?", [InputRequired("Choose the person")])
    given_on = DayField("On which day?")

    def __init__(self, people: Sequence[tuple[str, str]], **others: Any) -> None:
        super().__init__(**others)
        self.person.choices = choices([CHOOSE, *people])


class EndGrantForm(PageForm):
    """Why a right is taken back."""

    reason = StringField("Why?", [InputRequired("Say why"), Length(max=500), no_credential])


class HoldForm(PageForm):
    """Stop posting: where, why, until when."""

    NAMES: ClassVar[Mapping[str, str]] = {"until": "ends_on"}

    scope = RadioField("What do you want to stop?", [InputRequired("Choose what to stop")])
    account = SelectField("If one account: which?")
    academy = SelectField("If one academy: which?")
    reason = StringField(
        "Why?",
        [InputRequired("Say why"), Length(max=500), no_credential],
        description="Everybody who is stopped sees it. Name no pupil",
    )
    ends_on = DayField("Until the end of (optional)", needed=False)
    confirm = StringField(f"Type {HOLD_WORD} to stop posting", [Length(max=10)])

    def __init__(
        self,
        accounts: Sequence[AccountView],
        academies: Sequence[AcademyView],
        *,
        everywhere: bool,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        offered = [scope for scope in SCOPE_WORDS if everywhere or scope is not HoldScope.ORGANISATION]
        self.scope.choices = choices([(scope.value, SCOPE_WORDS[scope]) for scope in offered])
        self.account.choices = choices(
            [CHOOSE, *((str(a.id), f"{a.handle}, {a.academy_name}") for a in accounts)]
        )
        self.academy.choices = choices([CHOOSE, *((str(a.id), a.name) for a in academies)])

    def validate_account(self, field: Field) -> None:
        """One account is named."""
        if self.scope.data == HoldScope.ACCOUNT and not field.data:
            raise ValidationError("Choose the account")

    def validate_academy(self, field: Field) -> None:
        """One academy is named."""
        if self.scope.data == HoldScope.ACADEMY and not field.data:
            raise ValidationError("Choose the academy")

    def place(self) -> dict[str, Any]:
        """What is stopped, as the service takes it."""
        scope = HoldScope(self.scope.data)
        return {
            "scope": scope,
            "account_id": UUID(self.account.data) if scope is HoldScope.ACCOUNT else None,
            "academy_id": UUID(self.academy.data) if scope is HoldScope.ACADEMY else None,
        }


class ConfirmForm(PageForm):
    """Nothing to fill in: the button says the act."""
