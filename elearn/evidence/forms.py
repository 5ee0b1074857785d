"""Forms of evidence."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from elearn.fields import PlainForm


class ReferenceForm(PlainForm):
    """The reference of a record; looking it up changes nothing, so it is sent in the address."""

    reference = StringField(
        "Reference of the record",
        [InputRequired("Enter the reference of the record"), Length(max=40)],
        description="On the record and its PDF copy, for example R-7K4M-9PXQ-2FTA",
    )
