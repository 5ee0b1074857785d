"""Forms as pages use them: plain messages, a day in three boxes, and a service's refusals as errors of the form."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from flask import render_template
from flask_wtf import FlaskForm
from wtforms import Field, Form, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.meta import DefaultMeta

from elearn.errors import ActionRefused, InvalidInput

PARTS = ("day", "month", "year")

PLAIN: Mapping[str, str] = {
    "Field cannot be longer than %(max)d characters.": "use at most %(max)d characters",
    "Field must be at least %(min)d characters long.": "use at least %(min)d characters",
    "Field must be exactly %(max)d characters long.": "use exactly %(max)d characters",
    "Field must be between %(min)d and %(max)d characters long.": "use %(min)d to %(max)d characters",
    "Not a valid choice.": "choose one of those listed",
    "Invalid Choice: could not coerce.": "choose one of those listed",
    "This field is required.": "enter something here",
    "Not a valid integer value.": "use a whole number, such as 12",
}
"""What WTForms says by itself, and what people read in its place after the field's name."""
OTHERWISE = "this cannot be used. Check it and try again"


def about(field: Field, problem: str, *, escape: bool = False) -> str:
    """A problem with the name of its field before it; after a question it stands alone."""
    name = field.label.text.removesuffix(" (optional)").removesuffix(", if it is known")
    name = name.replace("%", "%%") if escape else name
    return problem[:1].upper() + problem[1:] if name.endswith("?") else f"{name}: {problem}"


class _PlainMessages:
    """Stands where WTForms asks for a translation of a message of its own."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def gettext(self, message: str) -> str:
        """The plain message. WTForms puts numbers into those that have room for them."""
        plain = PLAIN.get(message, OTHERWISE)
        return about(self.field, plain, escape="%(" in plain)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The same, for one or for several."""
        return self.gettext(plural)


class PlainForm(Form):
    """What every form has: each message that WTForms would give by itself is in words of our own."""

    class Meta(DefaultMeta):
        """How fields come to the form."""

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """The field, with our messages."""
            field = super().bind_field(form, unbound_field, options)
            field._translations = _PlainMessages(field)
            return field


class PostedForm(PlainForm, FlaskForm):
    """A form that is posted. Its page carries the token, which the application checks before any route is reached."""

    class Meta:
        """No token of the form's own beside it."""

        csrf = False


class DayField(Field):
    """A day of the calendar, typed as day, month and year (GOV.UK date input). Drawn by `day` in forms.html."""

    def __init__(self, label: str, *, needed: bool = True, **others: Any) -> None:
        super().__init__(label, **others)
        self.needed = needed
        self.id = f"{self.name}-day"
        self.typed: dict[str, str] = dict.fromkeys(PARTS, "")

    @property
    def shown(self) -> Mapping[str, str]:
        """What stands in the three boxes."""
        if isinstance(self.data, date):
            return {part: str(getattr(self.data, part)) for part in PARTS}
        return self.typed

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the three boxes; `data` is a date or nothing."""
        self.process_errors: list[str] = []
        default = self.default() if callable(self.default) else self.default
        self.data = data if isinstance(data, date) else default
        names = {part: f"{self.name}-{part}" for part in PARTS}
        if formdata is None:
            return
        self.data = None
        self.typed = {part: str(formdata.get(name, "")).strip()[:10] for part, name in names.items()}
        self._read()

    def _read(self) -> None:
        if not any(self.typed.values()):
            return
        missing = [part for part in PARTS if not self.typed[part]]
        if missing:
            self.process_errors.append(f"{self.label.text}: enter the {' and the '.join(missing)} too")
            return
        try:
            numbers = [int(self.typed[part]) for part in reversed(PARTS)]
            if not 2000 <= numbers[0] <= 2100:
                raise ValueError
            self.data = date(*numbers)
        except ValueError:
            typed = " ".join(self.typed.values())
            self.process_errors.append(f"{self.label.text}: {typed} is not a day, use one like 31 8 2027")

    def pre_validate(self, form: Any) -> None:
        """Refuse an empty day where one is needed."""
        if self.needed and self.data is None and not self.process_errors:
            raise ValidationError(f"{self.label.text}: enter a day, such as 31 8 2027")


class PageForm(PostedForm):
    """A form of a page. `NAMES` says which field a service's "name: problem" belongs to."""

    NAMES: ClassVar[Mapping[str, str]] = {}
    _fields: dict[str, Any]

    def carry_out(self, act: Callable[[], object]) -> bool:
        """Run one service call for a posted form; what it refuses becomes errors, and the answer is False."""
        if not self.validate_on_submit():
            return False
        try:
            act()
        except InvalidInput as error:
            self.add_problems(error.problems)
        except ActionRefused as error:
            self.form_errors.extend(reason.sentence for reason in error.refusal.reasons)
        return not self.errors

    def add_problems(self, problems: Sequence[str]) -> None:
        """Put each problem beside the field it names, or at the head of the page."""
        for problem in problems:
            name, _, rest = problem.partition(": ")
            field = self._fields.get(self.NAMES.get(name, name.replace(" ", "_").replace("-", "")))
            if field is None:
                self.form_errors.append(problem)
            else:
                field.errors = [*field.errors, about(field, rest)]


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What may be chosen, from pairs of value and words."""
    return [SelectChoice(value, words) for value, words in pairs]


def laid_out(
    name: str, options: Iterable[Iterable[Any]], chosen: Iterable[Any] | None
) -> list[tuple[str, str, str, str, bool]]:
    """What radios or checkboxes of one name draw, in order: id, value, text, hint, and whether it is chosen.

    The first one's id is the name itself, which is where an error leads. An option is a value and a text, and where
    it has one a hint; what else a WTForms field says of its choices is passed over.
    """
    marked = {str(value) for value in chosen or ()}
    rows = []
    for place, (value, text, *others) in enumerate(options, start=1):
        hint = others[0] if others and isinstance(others[0], str) else ""
        rows.append((name if place == 1 else f"{name}-{place}", str(value), text, hint, str(value) in marked))
    return rows


def page(template: str, form: FlaskForm, **words: Any) -> tuple[str, int]:
    """A page with a form: 200 as asked for, 422 where what was posted has errors."""
    return render_template(template, form=form, **words), 422 if form.errors else 200


def encoded(data: bytes) -> str:
    """The file as the page keeps it between preview and import, byte for byte."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes:
    """The file that a page kept. Raises InvalidInput."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("file: select the file again") from None
