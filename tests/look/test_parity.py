"""Our macros give the markup of GOV.UK Frontend's own templates, as the component library renders them.

Each case renders one component twice from the same values: by our macro, and by govuk-frontend-jinja. What the library
lets a page add (classes, attributes) is added there too, so that it is compared and not left out. Order of attributes
and white space do not matter. What differs on purpose is in DELIBERATE, each with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

import elearn
from elearn.app import PAGE_FUNCTIONS
from tests.look.parity_cases import CASES, Case

TEMPLATES = Path(elearn.__file__).parent / "templates"
VOID = {"input", "br", "meta", "link", "hr", "img", "path"}


# --- rendering both -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def jinja() -> Environment:
    library = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    found = Environment(loader=ChoiceLoader([FileSystemLoader(TEMPLATES), library]), autoescape=True)
    found.globals.update(PAGE_FUNCTIONS)
    return found


def ours(jinja: Environment, macro: str, values: Mapping[str, Any]) -> Element:
    given = ", ".join(f"{name}=values['{name}']" for name in values)
    source = f"{{% from 'components.html' import {macro} %}}{{{{ {macro}({given}) }}}}"
    return tree(jinja.from_string(source).render(values=values))


def theirs(jinja: Environment, macro: str, params: Mapping[str, Any]) -> Element:
    folder = "-".join(re.findall("[A-Z][a-z]+", macro)).lower()
    file = f"govuk_frontend_jinja/components/{folder}/macro.html"
    source = f"{{% from '{file}' import govuk{macro} %}}{{{{ govuk{macro}(params) }}}}"
    return tree(jinja.from_string(source).render(params=params))


@dataclass
class Element:
    """One element without what does not matter: order of attributes and classes, white space."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)


class Reader(HTMLParser):
    """Builds the tree of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if "class" in attributes:
            attributes["class"] = " ".join(sorted(attributes["class"].split()))
        element = Element(tag, attributes)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text:
            self.open[-1].children.append(text)


def tree(html: str) -> Element:
    reader = Reader()
    reader.feed(html)
    assert len(reader.open) == 1, f"{reader.open[-1].tag} is not closed"
    return reader.open[0]


# --- what differs on purpose ------------------------------------------------------------------------


def as_plain_table(element: Element | str) -> Element | str:
    """Our table without what makes it fit a narrow screen."""
    if isinstance(element, str):
        return element
    attributes = {n: v for n, v in element.attributes.items() if n not in ("role", "data-label")}
    children: list[Element | str] = []
    for child in map(as_plain_table, element.children):
        wraps = isinstance(child, Element) and child.attributes.get("class") == "app-table__value"
        children += child.children if isinstance(child, Element) and wraps else [child]
    return Element(element.tag, attributes, children)


DELIBERATE: Mapping[str, tuple[str, Callable[[Element | str], Element | str]]] = {
    "table": (
        "On a narrow screen each row is drawn as a block, whose cells carry their column's name so that nothing "
        "scrolls sideways; the roles keep it a table to a screen reader when it is drawn so.",
        as_plain_table,
    ),
}
"""Why a macro differs from the library, and what takes the difference away."""
NOT_COMPARED = {
    "header": "GOV.UK's header carries its crown and name; ours carries the trust's name and colour.",
    "footer": "GOV.UK's footer carries its crest and licence; ours has help, the policy and the way out.",
}
"""Components whose markup is our own altogether, in templates/layout.html."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_macro_gives_the_librarys_markup(jinja: Environment, case: Case) -> None:
    mine: Element | str = ours(jinja, case.macro, case.values)
    library = theirs(jinja, case.library, case.params)
    if case.name in DELIBERATE:
        assert mine != library, "it differs no longer: take it out of DELIBERATE"
        mine = DELIBERATE[case.name][1](mine)
    assert mine == library


def test_every_macro_with_a_component_of_the_library_is_compared() -> None:
    text = (TEMPLATES / "components.html").read_text(encoding="utf-8")
    macros = set(re.findall(r"macro ([a-z]\w*)\(", text))
    own = {"clause", "consequence", "csrf", "field"}
    assert macros - own == {case.macro for case in CASES}


# --- the page around them ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def layout(jinja: Environment) -> Element:
    jinja.globals.update(url_for=lambda *args, **values: "/x", csp_nonce=str, csrf_token=str)
    page = jinja.get_template("layout.html")
    navigation = [("/", "Start", False), ("/staff", "Staff", True)]
    return tree(page.render(navigation=navigation).replace("<!DOCTYPE html>", ""))


def having(element: Element, name: str) -> Element:
    """The first element inside with this class. Raises StopIteration without one."""
    return next(found for found in every(element) if name in found.attributes.get("class", "").split())


def every(element: Element) -> Iterator[Element]:
    for child in element.children:
        if isinstance(child, Element):
            yield child
            yield from every(child)


def test_the_skip_link_and_the_menu_are_the_librarys(jinja: Environment, layout: Element) -> None:
    skip = {"href": "#main-content", "text": "Skip to main content"}
    assert having(layout, "govuk-skip-link") == having(theirs(jinja, "SkipLink", skip), "govuk-skip-link")
    menu = {
        "menuButtonText": "Menu",
        "navigationId": "navigation",
        "navigation": [{"href": "/", "text": "Start"}, {"href": "/staff", "text": "Staff", "active": True}],
    }
    library = theirs(jinja, "ServiceNavigation", menu)
    name = "govuk-service-navigation"
    assert having(layout, name) == having(library, name)
