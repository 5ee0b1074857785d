"""Forms of people: everything typed is plain values, checked here for shape and in the service for sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from wtforms import HiddenField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Regexp

from elearn.fields import DayField, PageForm, PlainForm, choices
from elearn.people.organisations import AcademyView
from elearn.people.rules import LINE_MANAGER, JobGroup, PersonKind
from elearn.permissions import Role

KIND_WORDS: Mapping[PersonKind, str] = {
    kind: kind.value.replace("_", " ").capitalize() for kind in PersonKind
} | {PersonKind.AGENCY: "Agency staff"}
JOB_WORDS: Mapping[JobGroup, str] = {
    group: group.value.replace("_", " ").capitalize() for group in JobGroup
} | {
    JobGroup.IT: "IT",
    JobGroup.SUPPLY: "Supply staff",
    JobGroup.LEADER: "Senior leader",
    JobGroup.HEAD: "Head of a school",
}
ROLE_WORDS: Mapping[Role, str] = {role: role.value.capitalize() for role in Role} | {
    Role.HR: "HR",
    Role.IT: "IT",
}
ROLE_HINTS: Mapping[Role, str] = {
    Role.MANAGER: "Sees whether their people are done, and asks for access for them",
    Role.HR: "Adds people, issues slips, sees who is done",
    Role.APPROVER: "Decides requests for access, never for themselves",
    Role.IT: "Keeps the register of accounts, starts and lifts holds",
    Role.AUTHOR: "Imports and publishes the policy",
    Role.AUDITOR: "Reads records and checks them, changes nothing",
    Role.ADMINISTRATOR: "People, roles, accounts and policy",
}
CHOOSE = ("", "Choose one")
EVERYWHERE = ("", "The whole organisation")


class SearchForm(PlainForm):
    """One search box; it changes nothing, so it is sent in the address."""

    search = StringField("Name, payroll number or e-mail", [Length(max=100)])


class PlacementForm(PageForm):
    """One post at one academy."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "ends_on"}

    academy = SelectField("Academy", [InputRequired("Choose the academy")])
    kind = SelectField(
        "Works here as",
        [InputRequired("Choose how they work here")],
        choices=choices([CHOOSE, *((kind.value, words) for kind, words in KIND_WORDS.items())]),
    )
    job_title = StringField("Job title", [InputRequired("Enter the job title"), Length(max=120)])
    job_group = SelectField(
        "Kind of work",
        [InputRequired("Choose the kind of work")],
        description="Decides which situations they meet",
        choices=choices([CHOOSE, *((group.value, words) for group, words in JOB_WORDS.items())]),
    )
    starts_on = DayField("First day")
    ends_on = DayField("Last day, if it is known", needed=False)

    def __init__(self, academies: Sequence[AcademyView], **others: Any) -> None:
        super().__init__(**others)
        self.academy.choices = choices([CHOOSE, *((str(a.id), a.name) for a in academies)])

    def placement(self) -> dict[str, Any]:
        """The post, as the service takes it."""
        return {
            "academy_id": UUID(self.academy.data),
            "kind": PersonKind(self.kind.data),
            "job_title": self.job_title.data,
            "job_group": JobGroup(self.job_group.data),
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
        }


class PersonForm(PlacementForm):
    """Somebody new, with their first post and who manages them."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "ends_on", "for": "manager"}

    name = StringField(
        "Full name", [InputRequired("Enter the full name"), Length(max=200)], description="As they write it"
    )
    payroll_number = StringField(
        "Payroll number",
        [InputRequired("Enter the payroll number"), Length(max=40)],
        description="Any number that is theirs alone. Never a National Insurance number",
    )
    email = StringField(
        "E-mail address (optional)",
        [Length(max=200)],
        description="They can do everything without one, with a slip",
    )
    manager = StringField(
        "Line manager's payroll number (optional)",
        [Length(max=40)],
        description="The manager then sees whether they are done",
    )

    def __init__(self, academies: Sequence[AcademyView], **others: Any) -> None:
        super().__init__(academies, **others)
        first = ("name", "payroll_number", "email")
        given: dict[str, Any] = self._fields
        self._fields = {name: given[name] for name in (*first, *given)}  # as on the page


class LastDayForm(PageForm):
    """The last day of something."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "ends_on"}

    ends_on = DayField("Last day")


class EndForm(LastDayForm):
    """How a role or office ends: stopped at once, or on a last day. The page has a form of its own for each."""

    at_once = HiddenField()

    @property
    def last_day(self) -> date | None:
        """The last day; none where it is stopped at once."""
        day: date | None = self.ends_on.data
        return None if self.at_once.data else day

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """A last day is needed only where it is not stopped at once."""
        self.ends_on.needed = not self.at_once.data
        return bool(super().validate(extra_validators))


class RoleForm(PageForm):
    """A permission role, everywhere or at one academy."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "ends_on"}

    OPTIONS: ClassVar[Sequence[tuple[str, str, str]]] = [
        (role.value, ROLE_WORDS[role], hint) for role, hint in ROLE_HINTS.items()
    ]

    role = RadioField(
        "Role",
        [InputRequired("Choose the role")],
        choices=choices([(role.value, ROLE_WORDS[role]) for role in ROLE_HINTS]),
    )
    academy = SelectField("Where")
    starts_on = DayField("First day")
    ends_on = DayField("Last day, if it is known", needed=False)

    def __init__(self, academies: Sequence[AcademyView], *, everywhere: bool, **others: Any) -> None:
        super().__init__(**others)
        self.academy.choices = choices(
            [
                *([EVERYWHERE] if everywhere else []),
                *((str(a.id), a.name) for a in academies),
            ]
        )

    def term(self) -> dict[str, Any]:
        """Where and when, as the service takes it."""
        return {
            "academy_id": UUID(self.academy.data) if self.academy.data else None,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
        }


class OfficeForm(PageForm):
    """An office named in the policy, or line manager of somebody."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "ends_on", "for": "manages"}

    office = SelectField("Office", [InputRequired("Choose the office")])
    academy = SelectField("Where", description="A line manager is named for a person, not a place")
    manages = StringField(
        "For a line manager: the payroll number of the person they manage",
        [Length(max=40)],
    )
    starts_on = DayField("First day")
    ends_on = DayField("Last day, if it is known", needed=False)

    def __init__(
        self,
        offices: Sequence[tuple[str, str]],
        academies: Sequence[AcademyView],
        *,
        everywhere: bool,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        self.office.choices = choices([CHOOSE, *offices])
        self.academy.choices = choices(
            [
                *([EVERYWHERE] if everywhere else []),
                *((str(a.id), a.name) for a in academies),
            ]
        )

    def validate_manages(self, field: StringField) -> None:
        """A line manager is recorded for somebody, any other office for nobody."""
        if self.office.data == LINE_MANAGER and not (field.data or "").strip():
            raise ValidationError("Enter the payroll number of the person they manage")
        if self.office.data != LINE_MANAGER and (field.data or "").strip():
            raise ValidationError("Only a line manager is named for a person: leave this empty")

    def term(self) -> dict[str, Any]:
        """Where and when, as the service takes it. A line manager has no academy."""
        here = self.academy.data if self.office.data != LINE_MANAGER else ""
        return {
            "academy_id": UUID(here) if here else None,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
        }


class SlipForm(PageForm):
    """A one-time code to print."""

    NAMES: ClassVar[Mapping[str, str]] = {"last day": "expires_on"}

    expires_on = DayField("Last day on which the code works")


class VoidForm(PageForm):
    """Why a code is stopped."""

    reason = StringField("Why", [InputRequired("Say why, for example: lost"), Length(max=200)])


class AcademyForm(PageForm):
    """A school, or the central team."""

    NAMES: ClassVar[Mapping[str, str]] = {"slug": "slug"}

    name = StringField("Name", [InputRequired("Enter the name"), Length(max=200)])
    slug = StringField(
        "Short name for addresses and files",
        [
            InputRequired("Enter the short name"),
            Length(max=60),
            Regexp(r"^[a-z0-9]+(?:[_-][a-z0-9]+)*$", message="Use small letters, digits, - and _ only"),
        ],
        description="For example, mill-road",
    )
    central = RadioField(
        "What is it?",
        [InputRequired("Choose what it is")],
        choices=choices([("no", "A school"), ("yes", "The central team")]),
        default="no",
    )
