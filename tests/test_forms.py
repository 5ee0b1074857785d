"""Every form: bounded text, no field for a credential of a social account, nothing copied wholesale."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from wtforms import Form
from wtforms.validators import Length

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
