"""Forms of the ways in. None of them ever shows again what was typed as a password."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from elearn.auth.rules import LONGEST_PASSWORD
from elearn.fields import PostedForm


class CodeForm(PostedForm):
    """The code of a slip."""

    code = StringField(
        "Code on your slip",
        [InputRequired("Enter the code on your slip"), Length(max=40, message="Check the code on your slip")],
        description="For example, K7M4-PX9T. Capitals, spaces and the hyphen do not matter.",
    )


class PasswordForm(PostedForm):
    """Sign-in name and password."""

    login = StringField(
        "E-mail address or sign-in name",
        [
            InputRequired("Enter your e-mail address or sign-in name"),
            Length(max=200, message="Check your sign-in name"),
        ],
    )
    password = PasswordField(
        "Password",
        [InputRequired("Enter your password"), Length(max=LONGEST_PASSWORD, message="Check your password")],
    )


class CodeAgainForm(CodeForm):
    """The code again, before something that counts."""

    next = HiddenField(validators=[Length(max=300)])


class PasswordAgainForm(PostedForm):
    """The password again, before something that counts."""

    password = PasswordField(
        "Password",
        [InputRequired("Enter your password"), Length(max=LONGEST_PASSWORD, message="Check your password")],
    )
    next = HiddenField(validators=[Length(max=300)])
