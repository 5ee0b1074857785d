"""The search of a manager's list."""

from __future__ import annotations

from typing import ClassVar

from wtforms import SelectField, StringField
from wtforms.validators import Length

from elearn.fields import PageForm, PlainForm, choices

SHOWN = (
    ("", "Everybody"),
    ("done", "Done"),
    ("left", "To do"),
    ("overdue", "Overdue or lapsed"),
    ("questions", "Question raised"),
    ("not_covered", "Not covered"),
)


class StaffSearchForm(PlainForm):
    """One search box and whom to show; it changes nothing, so it is sent in the address."""

    search = StringField("Name, payroll number or e-mail of one of your staff", [Length(max=100)])
    show = SelectField("Show", choices=choices(SHOWN), default="")


class HelpForm(PageForm):
    """That somebody has gone through the rules with them: nothing to fill in."""

    NAMES: ClassVar[dict[str, str]] = {}
