"""A real browser on the real application: the server, what every page must hold, and a learner's hands."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from elearn.db import let_go
from elearn.demo.sample import Demonstration
from elearn.people.organisations import list_academies
from elearn.people.service import PersonView
from elearn.quizzes.service import QuestionView, get_question
from tests import factories
from tests.conftest import skip_unless_required

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NARROW, PHONE, WIDE, HEIGHT = 320, 390, 1280, 700
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
"""Nothing of the browser's own goes out, and no name but our own server's address is found."""

LOOK = """() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) faults.push(`is ${wide} px wide on a screen of ${window.innerWidth} px`);
  if (!document.title.trim()) faults.push('has no title');
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) faults.push(`has ${headings} h1`);
  const targets = document.querySelectorAll(`main input, main select, main textarea, main button, main summary,
    main a, footer a, footer button, header a, .govuk-back-link, nav a, nav button`);
  for (const target of targets) {
    const around = target.parentElement.textContent.trim();
    if (target.matches('main a') && around !== target.textContent.trim()) continue;  // inside a sentence
    if (!target.offsetParent || target.type === 'hidden') continue;
    const box = (target.closest('.govuk-task-list__item') || target).getBoundingClientRect();
    if (Math.min(box.width, box.height) < 24)
      faults.push(`has a target of ${box.width} by ${box.height} px: ${target.outerHTML.slice(0, 90)}`);
  }
  return faults;
}"""
"""What is wrong with the page as it stands: sideways scrolling, title, main heading, targets (WCAG 2.5.8)."""

FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return 'nothing has the focus';
  const choice = ['radio', 'checkbox'].includes(at.type);
  const shown = choice ? getComputedStyle(at.nextElementSibling, '::before') : getComputedStyle(at);
  const clear = /rgba\\(.*, 0\\)|transparent/;
  const wide = shown.outlineStyle !== 'none' && parseFloat(shown.outlineWidth) > 0;
  const outlined = wide && !clear.test(shown.outlineColor);
  if (!outlined && shown.boxShadow === 'none') return 'the focus cannot be seen on ' + at.outerHTML.slice(0, 90);
  const box = (choice ? at.nextElementSibling : at).getBoundingClientRect();
  if (box.bottom < 0 || box.top > window.innerHeight) return 'the focus is off the screen';
  return '';
}"""
"""Why whoever uses the keyboard would not see where they are (WCAG 2.4.7, 2.4.11); empty where they would."""


# --- the browser and the server ------------------------------------------------------------------


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, headless and silent on the network; the test is skipped where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        skip_unless_required("browser", "Chromium is not installed")
        raise AssertionError
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield opened
        opened.close()


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Keep the requests out of the test's report."""


@contextmanager
def serve(app: Flask, port: int) -> Iterator[str]:
    """The application at a port of this machine, in a thread: its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Site:
    """The served application with the model trust of the demonstration."""

    app: Flask
    address: str
    made: Demonstration

    @property
    def trust(self) -> factories.Trust:
        """The model trust and its first academy."""
        organisation = self.made.trusts["model"].organisation
        academy = next(a for a in list_academies(organisation.id) if a.slug == "mill-road")
        return factories.Trust(organisation, academy)

    def newcomer(self, name: str) -> tuple[PersonView, str]:
        """Somebody new at the academy, and the code on their slip."""
        with self.app.app_context():
            person = factories.make_person(self.trust, name)
            return person, factories.make_slip(person).code


# --- what every page must hold --------------------------------------------------------------------


def resize(page: Page, width: int) -> None:
    """A window of this width, once the page stands in it: a moment before, its widths are not of one layout."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.wait_for_function(
        "width => window.innerWidth === width && document.documentElement.clientWidth === width", arg=width
    )


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page as it stands in this window."""
    found: list[str] = page.evaluate(LOOK)
    return [f"{urlsplit(page.url).path} {fault}" for fault in found]


def violations_of(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2, levels A and AA, on the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": STANDARDS, "resultTypes": ["violations"]}).response
    path = urlsplit(page.url).path
    return [f"{path} {rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]]


def look(page: Page) -> None:
    """The page fits the screen, its targets can be hit, and it has a title and one main heading."""
    faults = faults_of(page)
    assert not faults, "\n".join(faults)


def listen(context: BrowserContext, address: str, said: list[str]) -> None:
    """Gather in `said` whatever asks a foreign address, breaks the content policy or fails in a script."""
    context.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((f"{address}/", "data:"))
            else said.append(f"{request.frame.url} asks {request.url}")
        ),
    )
    context.on(
        "console",
        lambda message: (
            said.append(message.text)
            if message.type in ("error", "warning") and "Failed to load resource" not in message.text
            else None
        ),
    )
    context.on("weberror", lambda error: said.append(str(error.error)))


# --- a situation ---------------------------------------------------------------------------------


def question_on(site: Site, page: Page, person: PersonView) -> QuestionView:
    """The question that this page asks."""
    found = re.search(r"/attempts/([0-9a-f-]{36})/questions/(\d+)$", urlsplit(page.url).path)
    assert found, page.url
    with site.app.app_context():
        question = get_question(UUID(found[1]), int(found[2]), person_id=person.id)
        let_go()
    return question
