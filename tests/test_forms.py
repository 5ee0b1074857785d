"""Every form: bounded text, no field for a credential of a social account, nothing copied wholesale."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from elearn.fields import PlainForm, choices

PACKAGE = Path(__file__).resolve().parents[1] / "elearn"
MODULES = sorted(path.parent.name for path in PACKAGE.glob("*/forms.py"))
CREDENTIAL = re.compile(r"passw|pwd|\bpin\b|secret|credential|recovery", re.IGNORECASE)


def forms(package: str) -> list[type[Form]]:
    module = importlib.import_module(f"elearn.{package}.forms")
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Form) and value.__module__ == module.__name__
    ]


def unbound(form: type[Form]) -> dict[str, object]:
    names = [name for name in dir(form) if hasattr(getattr(form, name), "field_class")]
    return {name: getattr(form, name) for name in names}


@pytest.mark.parametrize("package", MODULES)
def test_every_text_field_is_bounded(package: str) -> None:
    for form in forms(package):
        for name, field in unbound(form).items():
            if field.field_class.__name__ not in ("StringField", "TextAreaField", "EmailField"):
                continue
            validators = field.kwargs.get("validators") or next(
                (value for value in field.args if isinstance(value, list)), []
            )
            assert any(isinstance(v, Length) for v in validators), f"{form.__name__}.{name}"


@pytest.mark.parametrize("package", sorted(set(MODULES) - {"auth", "acknowledgements"}))
def test_no_form_has_a_field_for_a_credential(package: str) -> None:
    """The program's own sign-in and the signature, which ask for its own password again, are the exceptions."""
    for form in forms(package):
        for name, field in unbound(form).items():
            assert not CREDENTIAL.search(name), f"{form.__name__}.{name}"
            assert field.field_class.__name__ != "PasswordField", f"{form.__name__}.{name}"


def test_nothing_is_copied_from_a_form_wholesale() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert "populate_obj" not in path.read_text(encoding="utf-8"), path


# --- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", MODULES)
def test_every_form_has_the_plain_messages(package: str) -> None:
    for form in forms(package):
        assert issubclass(form, PlainForm), form.__name__


class Everything(PlainForm):
    name = StringField("Name at 100% (optional)", [Length(max=3)])
    code = StringField("Code", [Regexp("^[a-z]+$")])
    given = StringField("Given name", [InputRequired()])
    place = SelectField("Where, at 5%", choices=choices([("a", "A")]))
    kind = RadioField("What is it?", choices=choices([("a", "A")]))
    number = IntegerField("Number")


def test_what_the_form_library_says_by_itself_is_said_plainly_with_the_name_of_the_field() -> None:
    form = Everything(
        MultiDict({"name": "long", "code": "1", "given": "", "place": "z", "kind": "z", "number": "x"})
    )
    assert not form.validate()
    assert form.errors == {
        "name": ["Name at 100%: use at most 3 characters"],
        "code": ["Code: this cannot be used. Check it and try again"],
        "given": ["Given name: enter something here"],
        "place": ["Where, at 5%: choose one of those listed"],
        "kind": ["Choose one of those listed"],
        "number": ["Number: use a whole number, such as 12"],
    }
