"""What is drawn once."""

from __future__ import annotations

from jinja2 import Environment
from markupsafe import Markup

from elearn.kept import drawn_once


def test_the_same_thing_is_drawn_once_and_another_anew() -> None:
    drawn: list[str] = []
    template = Environment(autoescape=True).from_string(
        "{% macro post(text, by='') %}{{ note(text) }}<p>{{ text }}{{ by }}</p>{% endmacro %}",
        globals={"note": lambda text: drawn.append(text) or ""},
    )
    post = vars(template.module)["post"]
    first, again = drawn_once(post, "a < b"), drawn_once(post, "a < b")
    assert first == again == Markup("<p>a &lt; b</p>")
    assert drawn_once(post, "a < b", by="Jo") == Markup("<p>a &lt; bJo</p>")
    assert drawn_once(post, "c") == Markup("<p>c</p>")
    assert drawn == ["a < b", "a < b", "c"]
