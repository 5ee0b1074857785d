"""Forms of policy versions: the file of a text, and putting one in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from elearn.errors import InvalidInput
from elearn.fields import DayField, PageForm, choices, decoded
from elearn.policies.importing import ImportedPolicy, read_policy
from elearn.policies.rules import Change

MOST_BYTES = 2_000_000
"""A document that is previewed travels in the page's form and back, which may hold 3 MB."""
CHANGE_WORDS: Mapping[Change, tuple[str, str]] = {
    Change.EDITORIAL: ("Editorial", "Spelling, numbering, names. Nobody has to do anything"),
    Change.MATERIAL: ("Material", "Rules changed. Everybody signs again; training stands"),
    Change.MAJOR: ("Major", "Everybody trains and signs again. Choose it for the first version"),
}


class UploadForm(PageForm):
    """A file of the policy, looked at before it is imported."""

    NAMES: ClassVar[Mapping[str, str]] = {"date": "dated", "file": "file"}

    file = FileField(
        "File of the policy", description="A Word document (.docx), PDF or text (.txt, .md) of up to 2 MB"
    )
    version = StringField(
        "Version (optional)", [Length(max=60)], description="Where the text does not say it, such as 2.1"
    )
    dated = StringField(
        "Date (optional)",
        [Length(max=30)],
        description="Where the text does not say it, such as 1 September 2026 or September 2026",
    )
    kept = HiddenField(validators=[Length(max=2_800_000)])
    kept_name = HiddenField(validators=[Length(max=200)])

    def content(self) -> tuple[bytes, str]:
        """The bytes and name of the file: just sent, or kept in the page. Raises InvalidInput."""
        if self.file.data:
            with self.file.data.stream:
                data = self.file.data.read(MOST_BYTES + 1)
            name = self.file.data.filename[-200:]
        elif self.kept.data:
            data, name = decoded(self.kept.data), self.kept_name.data or "policy.txt"
        else:
            raise InvalidInput("file: select a file")
        if len(data) > MOST_BYTES:
            raise InvalidInput("file: this is larger than 2 MB. Use “elearn policy import” for it")
        return data, name

    def document(self) -> tuple[bytes, str, ImportedPolicy]:
        """The file, its name, and what it says. Raises InvalidInput, at the field of the file."""
        data, name = self.content()
        with at_file_field(name):
            return data, name, read_policy(data, name)


@contextmanager
def at_file_field(name: str) -> Iterator[None]:
    """Have what is wrong with the file of this name said beside its field."""
    try:
        yield
    except InvalidInput as error:
        own = f"{name}: "
        found = [f"file: {p.removeprefix(own)}" if p.startswith(own) else p for p in error.problems]
        raise InvalidInput(found) from error


class PublishForm(PageForm):
    """From when a version is in force, and how much it changes."""

    OPTIONS: ClassVar[Sequence[tuple[str, str, str]]] = [
        (change.value, *words) for change, words in CHANGE_WORDS.items()
    ]

    change = RadioField(
        "How much does it change?",
        [InputRequired("Choose how much it changes")],
        choices=choices([(change.value, words[0]) for change, words in CHANGE_WORDS.items()]),
    )
    in_force_from = DayField("In force from")
    note = StringField(
        "Who decided, and why (optional)",
        [Length(max=500)],
        description="For example: trustees, 3 September; unions consulted in July",
    )
