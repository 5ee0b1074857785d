"""Words of content as people read them, and the forms that choose what to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from elearn.errors import InvalidInput
from elearn.fields import PageForm, PlainForm, choices, decoded
from elearn.people.forms import JOB_WORDS, KIND_WORDS
from elearn.scenarios.content import Topic
from elearn.scenarios.vocabulary import (
    Answer,
    ClauseForce,
    Difficulty,
    FlagKind,
    NonAnswer,
    OfficeAnswer,
    ScenarioType,
)

ANSWER_WORDS: Mapping[str, str] = {
    Answer.ALLOWED: "Allowed",
    Answer.NOT_BARRED: "Not barred by the policy",
    Answer.ALLOWED_IF: "Allowed with a condition",
    Answer.JUDGEMENT: "A matter of judgement",
    Answer.ASK_FIRST: "Ask first",
    Answer.TELL: "Tell somebody",
    Answer.NOT_ALLOWED: "Not allowed",
    NonAnswer.SILENT: "The policy says nothing",
    NonAnswer.INDIRECT: "Not named, but another clause bears on it",
    NonAnswer.UNCLEAR: "Unclear, or contradicts itself",
    OfficeAnswer.YES: "Yes",
    OfficeAnswer.NO: "No",
    OfficeAnswer.UNNAMED: "The policy does not say who",
    "ask_named_person": "Ask somebody whom the policy names",
}
TYPE_WORDS: Mapping[ScenarioType, str] = {
    ScenarioType.CHOOSE: "Choose one",
    ScenarioType.CHOOSE_ALL: "Choose all",
    ScenarioType.MARK: "Mark parts",
    ScenarioType.ORDER: "Put in order",
    ScenarioType.BRANCH: "In steps",
}
DIFFICULTY_WORDS: Mapping[Difficulty, str] = {level: level.value.capitalize() for level in Difficulty}
FORCE_WORDS: Mapping[ClauseForce, str] = {force: force.value.capitalize() for force in ClauseForce}
FLAG_WORDS: Mapping[FlagKind, str] = {
    FlagKind.AMBIGUOUS: "Ambiguous",
    FlagKind.CONTRADICTORY: "Contradictory",
    FlagKind.OUTDATED: "Out of date",
    FlagKind.GAP: "Gap",
    FlagKind.UNSAFE: "Unsafe",
}
FLAG_COLOURS: Mapping[FlagKind, str] = {
    FlagKind.UNSAFE: "red",
    FlagKind.CONTRADICTORY: "orange",
    FlagKind.AMBIGUOUS: "yellow",
    FlagKind.OUTDATED: "grey",
    FlagKind.GAP: "",
}
_REASON_WORDS: Mapping[str, str] = {
    "heading": "It is a heading",
    "definition": "It defines a word",
    "information": "It informs and asks nothing of staff",
    "for_the_organisation": "It binds the organisation, not its staff",
    "legal_background": "It tells what the law is",
    "outdated": "It is out of date",
    "unclear": "It is not clear what it asks",
}


def answer_words(answer: str) -> str:
    """An answer as people read it: a fixed word, or a position's own."""
    return ANSWER_WORDS.get(answer) or answer.replace("_", " ").capitalize()


def reason_words(not_quizable: str) -> str:
    """Why no situation asks about a clause."""
    same_as = not_quizable.removeprefix("duplicate_of_")
    if same_as != not_quizable:
        return f"It says the same as {same_as}"
    return _REASON_WORDS[not_quizable]


class BankForm(PlainForm):
    """Which scenarios of the bank to list. Sent in the address; it changes nothing."""

    topic = SelectField("Topic", validate_choice=False)
    group = SelectField("Kind of work", validate_choice=False)
    state = SelectField(
        "Asked here", choices=choices([("", "Either"), ("asked", "Asked"), ("not", "Not asked")])
    )

    @classmethod
    def of(cls, asked_for: Mapping[str, str], topics: Iterable[Topic]) -> BankForm:
        """The form as filled in by the address; what is not a choice counts as no choice."""
        form = cls(data={name: asked_for.get(name, "") for name in ("topic", "group", "state")})
        form.topic.choices = [
            SelectChoice("", "All topics"),
            *choices((topic.id, topic.title) for topic in topics),
        ]
        form.group.choices = [
            SelectChoice("", "Any"),
            *choices((group.value, words) for group, words in JOB_WORDS.items()),
        ]
        for field in form:
            if field.data not in {choice.value for choice in field.choices}:
                field.data = ""
        return form


class PreviewForm(PlainForm):
    """As whom to look at which telling of a situation. Sent in the address; it changes nothing."""

    variant = SelectField("Telling", validate_choice=False)
    kind = SelectField(
        "Somebody who works here as",
        choices=choices((kind.value, words) for kind, words in KIND_WORDS.items()),
    )
    group = SelectField(
        "Kind of work", choices=choices((group.value, words) for group, words in JOB_WORDS.items())
    )

    @classmethod
    def of(cls, asked_for: Mapping[str, str], tellings: Iterable[str]) -> PreviewForm:
        """The form as filled in by the address; what is not a choice counts as the first one."""
        form = cls(data={name: asked_for.get(name, "") for name in ("variant", "kind", "group")})
        form.variant.choices = choices((str(number), words) for number, words in enumerate(tellings, start=1))
        for field in form:
            if field.data not in {choice.value for choice in field.choices}:
                field.data = field.choices[0].value
        return form


MOST_BYTES = 130_000
"""A file that is looked at first travels in the page's form and back, which may hold 200 kB."""
FILE_WORDS: Mapping[str, str] = {
    "positions": "positions.yaml: what the policy answers",
    "policy": "policy.yaml: its facts, words and flags",
    "clauses": "clauses.yaml: the clauses in our words",
    "key_rules": "key_rules.yaml: the rules shown first",
    "access": "access.yaml: what the gate asks for",
    "courses": "courses.yaml: who must do what",
}


class ChangeForm(PageForm):
    """A changed file of the policy, looked at before it is proposed."""

    NAMES: ClassVar[Mapping[str, str]] = {"file": "sent"}

    file = SelectField("Which file is it?", choices=choices(FILE_WORDS.items()))
    sent = FileField("The changed file", description="A file of up to 130 kB, as “elearn content” reads it")
    kept = HiddenField(validators=[Length(max=180_000)])
    note = StringField("Why (optional)", [Length(max=500)], description="For whoever says yes to it")

    def content(self) -> bytes:
        """The bytes of the file: just sent, or kept in the page. Raises InvalidInput."""
        if self.sent.data:
            data: bytes = self.sent.data.read(MOST_BYTES + 1)
        elif self.kept.data:
            data = decoded(self.kept.data)
        else:
            raise InvalidInput("file: select a file")
        if len(data) > MOST_BYTES:
            raise InvalidInput("file: this is larger than 130 kB. Use “elearn content load” for it")
        return data


class AcceptForm(PageForm):
    """A second person's yes."""
