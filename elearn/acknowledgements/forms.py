"""Forms of questions and of the signature, and the seal on what the sign page had shown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from elearn.acknowledgements.questions import LONGEST_TEXT, QUESTION_KINDS
from elearn.acknowledgements.service import Shown, ToSign
from elearn.fields import PostedForm
from elearn.people.rules import has_letter_or_digit

REASONS = [SelectChoice(kind, words) for kind, words in QUESTION_KINDS.items()]
NEEDS_WORDS = frozenset({"question", "other"})


class QuestionForm(PostedForm):
    """A question about the policy."""

    kind = RadioField("What is it about?", [InputRequired("Choose what it is about")], choices=REASONS)
    text = TextAreaField(
        "What would you like to ask or say?",
        [Length(max=LONGEST_TEXT, message=f"Use at most {LONGEST_TEXT:,} characters")],
        description="Do not name pupils here.",
    )
    about = HiddenField(validators=[Length(max=300)])

    def validate_text(self, field: TextAreaField) -> None:
        """A question needs its words; that somebody disagrees or needs help reading may stand alone."""
        if self.kind.data in NEEDS_WORDS and not (field.data or "").strip():
            raise ValidationError("Write what you would like to ask or say")


class DeclineForm(QuestionForm):
    """Why somebody does not sign now."""

    kind = RadioField(
        "Why do you not want to sign now?",
        [InputRequired("Choose why you do not want to sign now")],
        choices=REASONS,
    )


class AnswerForm(PostedForm):
    """What somebody answers to a question, or that they did by word of mouth."""

    how = RadioField(
        "How do you answer?",
        [InputRequired("Choose how you answer")],
        choices=[
            SelectChoice("here", "In writing, here: they read it when they next sign in"),
            SelectChoice("spoken", "I have talked with them, or written to them"),
        ],
    )
    text = TextAreaField(
        "Your answer",
        [Length(max=LONGEST_TEXT, message=f"Use at most {LONGEST_TEXT:,} characters")],
        description="Only if you answer here. It explains the policy and does not change it. Do not name pupils.",
    )

    def validate_text(self, field: TextAreaField) -> None:
        """An answer in writing has its words."""
        if self.how.data == "here" and not (field.data or "").strip():
            raise ValidationError("Write your answer")

    @property
    def words(self) -> str:
        """What was written; nothing where the answer was by word of mouth."""
        return (self.text.data or "") if self.how.data == "here" else ""


class SignForm(PostedForm):
    """The signature: a name, a tick, and what the page had shown. The browser's time zone is filled in by a script."""

    typed_name = StringField(
        "Your full name",
        [
            InputRequired("Type your full name, as on your staff badge"),
            Length(max=200, message="Use at most 200 characters for your name"),
        ],
        description="As on your staff badge. Any spelling, accents, or a single name will do.",
    )
    ticked = BooleanField(validators=[DataRequired("Tick the box to say that this is your signature")])
    shown = HiddenField(validators=[InputRequired()])
    time_zone = HiddenField()

    def validate_typed_name(self, field: StringField) -> None:
        """A name has something that can be read."""
        if not has_letter_or_digit(field.data):
            raise ValidationError("Type your full name, as on your staff badge")


def seal_shown(offered: ToSign, person_id: UUID, at: datetime) -> str:
    """What the sign page shows to this person, sealed so that its form brings back exactly that."""
    version = offered.version
    text = [version.text_sha256, offered.statement, list(offered.quoted_refs)]
    return str(_sealer().dumps([str(person_id), str(version.id), *text, at.isoformat()]))


def open_shown(token: str, person_id: UUID) -> Shown | None:
    """What the sign page had shown to this person; None where the seal is broken or somebody else's."""
    try:
        owner, version_id, text, statement, quoted, at = _sealer().loads(token)
    except (BadSignature, ValueError):
        return None
    if owner != str(person_id):
        return None
    return Shown(UUID(version_id), text, statement, tuple(quoted), datetime.fromisoformat(at))


def seal_opened(person_id: UUID, version_id: UUID, at: datetime) -> str:
    """That somebody opened the text of a version, and when, sealed for the form below it."""
    return str(_sealer().dumps([str(person_id), str(version_id), at.isoformat()]))


def opened_at(token: str, person_id: UUID, version_id: UUID) -> datetime | None:
    """When this person opened this text; None where the seal is broken or of something else."""
    try:
        owner, version, at = _sealer().loads(token)
    except (BadSignature, ValueError):
        return None
    return datetime.fromisoformat(at) if (owner, version) == (str(person_id), str(version_id)) else None


def _sealer() -> URLSafeSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt="elearn-sign-page-v2")
