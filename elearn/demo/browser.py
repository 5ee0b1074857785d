"""A small browser for the check: cookies, links and forms, over real HTTP, without JavaScript."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin, urlsplit

TIMEOUT = 30
TEXT_FIELDS = ("hidden", "text", "email", "number", "password", "search", "tel", "date", "")
Values = Mapping[str, str | Sequence[str]]


class PageProblem(Exception):
    """A page is not as the walk needs it; the message says which page and what is missing."""


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, what stands in it, what can be chosen, its buttons."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    selects: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, given: Values) -> list[tuple[str, str]]:
        """What a browser would send: what stands in the form, with the given values in place of theirs."""
        sent = [(name, value) for name, value in self.values if name not in given]
        for name, value in given.items():
            sent += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        return sent


@dataclass(slots=True)
class Page:
    """One answer of the server."""

    address: str
    status: int
    body: bytes
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    text: str = ""

    @property
    def path(self) -> str:
        """The path that the browser ended at."""
        return urlsplit(self.address).path

    def form(self, *, has: str = "", action: str = "") -> Form:
        """The first form with this field and with this in its address. Raises PageProblem."""
        for form in self.forms:
            if (not has or has in form.names) and action in form.action:
                return form
        raise PageProblem(f"{self.path} ({self.status}) has no form for {has or action}")

    def link(self, part: str) -> str:
        """The first link with this in its address. Raises PageProblem."""
        for link in self.links:
            if part in link:
                return link
        raise PageProblem(f"{self.path} ({self.status}) has no link to {part}")

    def expect(self, *words: str, status: int = 200) -> Page:
        """This page, where it says all of these words. Raises PageProblem naming what is missing."""
        if self.status != status:
            raise PageProblem(f"{self.path} answered {self.status} in place of {status}")
        for word in words:
            if word.casefold() not in self.text.casefold():
                raise PageProblem(f"{self.path} does not say '{word}'")
        return self


class _Reader(HTMLParser):
    """Reads forms, links and text out of a page."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.words: list[str] = []
        self.form: Form | None = None
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.area: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this element gives a browser to send or to follow."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        elif tag == "form":
            action = urljoin(self.page.address, given.get("action", "")) or self.page.address
            self.form = Form(action, given.get("method", "get").lower())
            self.page.forms.append(self.form)
        elif self.form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self.form is not None
        name = given.get("name", "")
        if tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.form.names.add(name)
            self.select, self.area = name, []
        elif tag == "button" and name:
            self.form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and name:
            self._input(name, given)

    def _input(self, name: str, given: dict[str, str]) -> None:
        assert self.form is not None
        self.form.names.add(name)
        kind = given.get("type", "").lower()
        if kind in TEXT_FIELDS or (kind in ("radio", "checkbox") and "checked" in given):
            self.form.values.append((name, given.get("value", "" if kind in TEXT_FIELDS else "on")))

    def handle_endtag(self, tag: str) -> None:
        """Close a form, a list to choose from, or a text area."""
        if tag == "form":
            self.form = None
        elif tag == "select" and self.form is not None:
            self.form.names.add(self.select)
            self.form.selects.append(self.select)
            chosen = [value for value, is_chosen in self.options if is_chosen]
            first = chosen or [value for value, _ in self.options[:1]]
            self.form.values += [(self.select, value) for value in first]
            self.select = ""
        elif tag == "textarea" and self.form is not None and self.area is not None:
            self.form.values.append((self.select, "".join(self.area).removeprefix("\n")))
            self.select, self.area = "", None

    def handle_data(self, data: str) -> None:
        """Gather the words of the page."""
        if self.area is not None:
            self.area.append(data)
        self.words.append(data)


class Browser:
    """One browser with its own cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, address: str, *, headers: Mapping[str, str] | None = None) -> Page:
        """Open an address of the server."""
        return self._open(urllib.request.Request(urljoin(self.base, address), headers=dict(headers or {})))

    def submit(self, form: Form, values: Values | None = None) -> Page:
        """Send a form with these values, and follow to where it leads."""
        data = urlencode(form.filled(values or {}))
        if form.method == "get":
            return self.get(f"{form.action}?{data}")
        headers = {"Referer": form.action}
        return self._open(urllib.request.Request(form.action, data=data.encode(), headers=headers))

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                page = Page(answer.url, answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                page = Page(error.url or request.full_url, error.code, error.read())
        if page.body[:5] != b"%PDF-":
            reader = _Reader(page)
            reader.feed(page.body.decode("utf-8", "replace"))
            page.text = " ".join(" ".join(reader.words).split())
        return page
