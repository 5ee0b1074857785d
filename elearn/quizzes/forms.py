"""The form of one situation: radios, checkboxes, or a place for each step.

Its values are the places of the options on the page, so that nothing in it tells which one is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from elearn.fields import PostedForm, choices
from elearn.quizzes.service import Choice
from elearn.scenarios.asked import Asked
from elearn.scenarios.vocabulary import ScenarioType

ASK_SURE = "Are you sure enough to act on this today?"
ARE_YOU_SURE = (("yes", "Yes"), ("no", "Not yet"))


class Posed(Protocol):
    """What a form asks: a question of somebody's paper, or an author's preview of one."""

    @property
    def asked(self) -> Asked:
        """The situation."""

    @property
    def step(self) -> str:
        """Its step."""

    @property
    def choices(self) -> Sequence[Choice]:
        """Its options as they stand on the page."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A situation as its form asks it, its options in the order written."""

    asked: Asked

    @property
    def step(self) -> str:
        """Its step."""
        return self.asked.step

    @property
    def choices(self) -> list[Choice]:
        """Its options, by their places."""
        return [Choice(str(place), option.text) for place, option in enumerate(self.asked.options)]


class AnswerForm(PostedForm):
    """What every situation asks beside the choice. Whether somebody was sure never counts for or against them."""

    step = HiddenField(validators=[InputRequired(), Length(max=60)])
    sure = RadioField(ASK_SURE, [Optional()], choices=choices(ARE_YOU_SURE))
    are_you_sure = ARE_YOU_SURE

    @property
    def is_sure(self) -> bool | None:
        """Sure, not yet, or not said."""
        return {"yes": True, "no": False}.get(self.sure.data)

    def chosen(self) -> Sequence[str]:
        """The values chosen."""
        raise NotImplementedError


class _Offered:
    """Refuses a value that this question did not offer, in words of our own."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: PostedForm, field: Field) -> None:
        given = [field.data] if isinstance(field.data, str) else field.data or []
        if not given or not set(given) <= {choice.value for choice in field.choices}:
            raise ValidationError(self.message)


class ChooseForm(AnswerForm):
    """One option of several."""

    choice = RadioField(validators=[_Offered("Choose what you would do")], choices=[], validate_choice=False)

    def chosen(self) -> Sequence[str]:
        """The one value chosen."""
        return [self.choice.data]


class ChooseAllForm(AnswerForm):
    """Every option that applies."""

    choice = SelectMultipleField(
        validators=[_Offered("Choose at least one")], choices=[], validate_choice=False
    )

    def chosen(self) -> Sequence[str]:
        """The values chosen, each once."""
        return list(dict.fromkeys(self.choice.data))


class MarkForm(ChooseAllForm):
    """Every part of a post that should not be there."""

    choice = SelectMultipleField(
        validators=[_Offered("Mark at least one part")], choices=[], validate_choice=False
    )


class OrderForm(AnswerForm):
    """A place for each step."""

    def __init__(self, *args: Any, **others: Any) -> None:
        super().__init__(*args, **others)
        self.places: list[Field] = [
            field for name, field in self._fields.items() if name.startswith("place-")
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Every step has a place, and every place one step."""
        if not super().validate(extra_validators):
            return False
        given = [field.data for field in self.places]
        twice = [field for field in self.places if given.count(field.data) > 1]
        for field in twice[1:]:
            field.errors = [f"Give one step only the place {field.data}"]
        return not twice

    def chosen(self) -> Sequence[str]:
        """The values in the order given to them."""
        ordered = sorted(self.places, key=lambda field: int(field.data))
        return [field.name.removeprefix("place-") for field in ordered]


def practice_form(question: Posed, sent: MultiDict[str, str] | None) -> AnswerForm:
    """The form that a situation is practised with: `sent` is what the address brings, since nothing is posted.

    An address that names no step means the first one.
    """
    given = None if sent is None else MultiDict([("step", question.step), *sent.items(multi=True)])
    return answer_form(question, formdata=given, meta={"csrf": False})


def answer_form(question: Posed, **how: Any) -> AnswerForm:
    """The form that this question is answered with; `how` it is read, where not from what was posted."""
    offered = [(choice.value, choice.text) for choice in question.choices]
    if question.asked.type is ScenarioType.ORDER:
        form: AnswerForm = _order_form(offered)(**how)
    else:
        forms = {ScenarioType.CHOOSE_ALL: ChooseAllForm, ScenarioType.MARK: MarkForm}
        form = forms.get(question.asked.type, ChooseForm)(**how)
        form.choice.choices = choices(offered)
        form.choice.label.text = question.asked.ask
    if not form.is_submitted():
        form.step.data = question.step
    return form


def _order_form(offered: Sequence[tuple[str, str]]) -> type[OrderForm]:
    numbers = [str(place) for place in range(1, len(offered) + 1)]
    places = [SelectChoice("", "Choose"), *(SelectChoice(number, number) for number in numbers)]
    fields = {
        f"place-{value}": SelectField(
            text,
            choices=places,
            validators=[
                _Offered(f"Choose a place for: {text}"),
                InputRequired(f"Choose a place for: {text}"),
            ],
            validate_choice=False,
        )
        for value, text in offered
    }
    return type("OrderForm", (OrderForm,), fields)
