"""The form of one situation: radios, checkboxes, or a place for each step.

Its values are the places of the options on the page, so that nothing in it tells which one is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField, ValidationError
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page of a situation draws: its options and, where what was posted can't be kept, that and why.

    A situation that nobody has answered is drawn without a form, whose fields are made anew each time.
    """

    step: str
    choices: Sequence[Choice]
    chosen: Sequence[str] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    """By an option's value, the place given to it, where the steps are to be put in order."""
    sure: str | None = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By the name of a field, what is wrong with it."""

    ask_sure: ClassVar[str] = ASK_SURE
    are_you_sure: ClassVar[tuple[tuple[str, str], ...]] = ARE_YOU_SURE

    @property
    def offered_places(self) -> list[tuple[str, str]]:
        """What can be chosen for each step that is to be put in order."""
        return _places(len(self.choices))

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Everything that is wrong: the field and a sentence."""
        return [(name, sentence) for name, sentences in self.errors.items() for sentence in sentences]

    def error(self, name: str) -> str:
        """What is wrong with one field; "" where nothing is."""
        return next(iter(self.errors.get(name, ())), "")


class AnswerForm(PostedForm):
    """What every situation asks beside the choice. Whether somebody was sure never counts for or against them."""

    step = HiddenField(validators=[InputRequired(), Length(max=60)])
    sure = RadioField(ASK_SURE, [Optional()], choices=choices(ARE_YOU_SURE))

    @property
    def is_sure(self) -> bool | None:
        """Sure, not yet, or not said."""
        return {"yes": True, "no": False}.get(self.sure.data)

    def chosen(self) -> Sequence[str]:
        """The values chosen."""
        raise NotImplementedError

    def posted(self) -> Mapping[str, Any]:
        """What was posted, as its sheet shows it again."""
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

    def posted(self) -> Mapping[str, Any]:
        """The value, where it is one."""
        return {"chosen": [self.choice.data] if self.choice.data else []}


class ChooseAllForm(AnswerForm):
    """Every option that applies."""

    choice = SelectMultipleField(
        validators=[_Offered("Choose at least one")], choices=[], validate_choice=False
    )

    def chosen(self) -> Sequence[str]:
        """The values chosen, each once."""
        return list(dict.fromkeys(self.choice.data))

    def posted(self) -> Mapping[str, Any]:
        """The values."""
        return {"chosen": self.choice.data or []}


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
            place for name, place in self._fields.items() if name.startswith("place-")
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Every step has a place, and every place one step."""
        if not super().validate(extra_validators):
            return False
        given = [place.data for place in self.places]
        twice = [place for place in self.places if given.count(place.data) > 1]
        for place in twice[1:]:
            place.errors = [f"Give one step only the place {place.data}"]
        return not twice

    def chosen(self) -> Sequence[str]:
        """The values in the order given to them."""
        ordered = sorted(self.places, key=lambda place: int(place.data))
        return [place.name.removeprefix("place-") for place in ordered]

    def posted(self) -> Mapping[str, Any]:
        """The places."""
        return {"places": {place.name.removeprefix("place-"): place.data or "" for place in self.places}}


def sheet_of(question: Posed, form: AnswerForm | None = None) -> Sheet:
    """What the page of this situation draws: as nobody has answered it, or as it was posted and can't be kept."""
    if form is None:
        return Sheet(question.step, question.choices)
    step = form.step.data or ""
    return Sheet(step, question.choices, sure=form.sure.data, errors=form.errors, **form.posted())


def practice_form(question: Posed, sent: MultiDict[str, str]) -> AnswerForm:
    """The form that a situation is practised with: `sent` is what the address brings, since nothing is posted.

    An address that names no step means the first one.
    """
    given = MultiDict([("step", question.step), *sent.items(multi=True)])
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
    return form


def _places(number: int) -> list[tuple[str, str]]:
    return [("", "Choose"), *((str(place), str(place)) for place in range(1, number + 1))]


def _order_form(offered: Sequence[tuple[str, str]]) -> type[OrderForm]:
    places = choices(_places(len(offered)))
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
