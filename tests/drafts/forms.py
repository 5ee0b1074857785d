"""Forms of a page as somebody finds them, to fill in and to send, with every choice counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Values = dict[str, list[str]]


@dataclass
class Found(HTMLParser):
    """The last form of a page that is sent by POST to the page itself: its values as shown, and what it offers."""

    values: Values = field(default_factory=dict)
    offered: Values = field(default_factory=dict)
    _inside: bool = False
    _select: str = ""
    _area: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = told.get("method") == "post" and told.get("action", "") != "/end"
            if self._inside:
                self.values, self.offered = {}, {}
        elif self._inside and tag == "input":
            self._input(told)
        elif self._inside and tag in ("select", "option"):
            self._list(tag, told)
        elif self._inside and tag == "textarea":
            self._area = told["name"]
            self.values[self._area] = [""]

    def _input(self, told: dict[str, str]) -> None:
        name, value = told.get("name", ""), told.get("value", "")
        if told.get("type") not in ("radio", "checkbox"):
            self.values[name] = [value]
            return
        self.offered.setdefault(name, []).append(value)
        if "checked" in told:
            self.values.setdefault(name, []).append(value)

    def _list(self, tag: str, told: dict[str, str]) -> None:
        if tag == "select":
            self._select = told["name"]
            return
        self.offered.setdefault(self._select, []).append(told["value"])
        if "selected" in told:
            self.values[self._select] = [told["value"]]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "form":
            self._inside = False


def form_of(page: TestResponse) -> Found:
    """The form of a page."""
    assert page.status_code == 200, page.text
    found = Found()
    found.feed(page.text)
    return found


@dataclass
class Author:
    """Somebody at a browser, and how many choices they have made: each form sent, and each control changed."""

    client: FlaskClient
    choices: int = 0

    def send(self, address: str, found: Found, changed: Values | None = None) -> TestResponse:
        """Send a form as shown but for what is changed; every value put in or taken out is a choice."""
        values = found.values | (changed or {})
        self.choices += 1 + sum(changes(found.values.get(name, []), values[name]) for name in values)
        return self.client.post(address, data=values)

    def confirm(self, address: str, changed: Values | None = None) -> TestResponse:
        """Open a page, change its form and send it."""
        answer = self.send(address, form_of(self.client.get(address)), changed)
        assert answer.status_code == 303, answer.text
        return answer


def changes(before: list[str], after: list[str]) -> int:
    """How many controls are touched: another radio or another line of a list is one, each tick one."""
    if len(before) == len(after) == 1:
        return int(before != after)
    return len(set(before) ^ set(after))
