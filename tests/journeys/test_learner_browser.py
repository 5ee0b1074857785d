"""A learner's way in a real browser: at 320 px without JavaScript, by keyboard alone, interrupted, and in haste."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from elearn import clock
from elearn.acknowledgements.models import Acknowledgement
from elearn.db import db, let_go
from elearn.ledger.service import current_keys
from elearn.pdf import verify_pdf
from elearn.people.service import PersonView
from elearn.quizzes.models import Response
from elearn.quizzes.service import QuestionView
from elearn.quizzes.wording import button_words
from elearn.scenarios.vocabulary import ScenarioType
from tests import factories
from tests.journeys.browsing import FOCUS, HEIGHT, NARROW, Site, listen, look, question_on, violations_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

MUST_GET_RIGHT = "pupil-contact"
REACHED = """([selector, text]) => {
  const at = document.activeElement;
  return at.matches(selector) && at.innerText.trim().startsWith(text);
}"""


@pytest.fixture
def open_phone(chrome: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    """Makes phones of 320 px; at the end none of them asked a foreign address or met its content policy."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = chrome.new_context(viewport={"width": NARROW, "height": HEIGHT}, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        listen(context, site.address, said)
        return context

    yield make
    for context in contexts:
        context.close()
    assert said == []


# --- the steps, by touch -----------------------------------------------------------------------------


def press(page: Page, name: str) -> None:
    """Press the button, or the link that looks like one, and look at the page it leads to."""
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()
    look(page)


def follow(page: Page, name: str) -> None:
    """Follow the link, and look at the page it leads to."""
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_load_state()
    look(page)


def enter(page: Page, site: Site, code: str) -> None:
    """From the start page with the slip's code to the learner's own page."""
    page.goto(f"{site.address}/")
    look(page)
    page.get_by_label("Code").fill(code)
    press(page, "Start now")
    assert heading(page) == "Is this you?"
    press(page, "Yes, this is me")


def read_rules(page: Page) -> int:
    """Read every key rule; how many there were."""
    press(page, "Start now")
    count = 0
    while "/rules/" in page.url:
        count += 1
        press(page, "Got it")
    return count


def heading(page: Page) -> str:
    """The main heading."""
    return page.locator("h1").inner_text()


def choose(page: Page, question: QuestionView, values: list[str]) -> None:
    """Touch these choices."""
    if question.asked.type is ScenarioType.ORDER:
        for place, value in enumerate(values, start=1):
            page.select_option(f"select[name=place-{value}]", str(place))
        return
    for value in values:
        page.locator(f"input[name=choice][value='{value}']").check()


def answer(page: Page, site: Site, person: PersonView, *, right: bool) -> QuestionView:
    """Answer the situation on the page, and see what happens next."""
    question = question_on(site, page, person)
    choose(page, question, factories.values(question, right=right))
    press(page, button_words(question.asked.type))
    assert heading(page) == "What happens next"
    assert ("This keeps everyone safe" in page.locator("main").inner_text()) is right
    return question


def go_on(page: Page) -> None:
    """From what happened to the next situation, or to how it went."""
    page.locator("main a.govuk-button").click()
    page.wait_for_load_state()
    look(page)


def answer_all(page: Page, site: Site, person: PersonView, *, miss: str = "") -> None:
    """Answer every situation of the round; the first one on the topic `miss` wrongly, the others rightly."""
    missed = False
    while "/questions/" in page.url:
        question = question_on(site, page, person)
        wrong = not missed and question.attempt.paper[question.number - 1].topic == miss
        missed = missed or wrong
        answer(page, site, person, right=not wrong)
        go_on(page)


def time_zone_recorded(site: Site, person: PersonView) -> str | None:
    """The time zone under somebody's signature: a browser tells it where it runs the page's script."""
    with site.app.app_context():
        query = select(Acknowledgement.time_zone).where(Acknowledgement.person_id == person.id)
        return db.session.scalars(query).one()


# --- the ways -----------------------------------------------------------------------------------------


def test_somebody_without_javascript_gets_from_the_slip_to_a_verified_record_on_a_narrow_phone(
    site: Site,
    open_phone: Callable[..., BrowserContext],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    person, code = site.newcomer("Siân O'Neill-Ángel")
    page = open_phone(java_script_enabled=False).new_page()
    enter(page, site, code)
    assert heading(page) == "Who can see what"
    press(page, "Continue")
    assert read_rules(page) >= 6

    press(page, "Start the situations")
    press(page, button_words(question_on(site, page, person).asked.type))
    assert page.title().startswith("Error: ")
    answer_all(page, site, person, miss=MUST_GET_RIGHT)
    assert heading(page) == "Not there yet"
    assert "7 of 8 right" in page.locator("main").inner_text()
    assert "must be right, because a mistake there can do real harm" in page.locator("main").inner_text()
    press(page, "Try new situations")
    answer_all(page, site, person)
    assert heading(page) == "You have done the situations"

    press(page, "Go on to sign")
    assert "Read it before you sign" in page.locator("main").inner_text()
    follow(page, "Read whole policy")
    press(page, "I have read it")
    assert "You said that you have read it" in page.locator("main").inner_text()
    sign_when_stale(page, person, code, monkeypatch)
    assert "Signed" in heading(page)
    keep_record(page, site, tmp_path)
    assert time_zone_recorded(site, person) is None
    page.goto(f"{site.address}/")
    assert heading(page).startswith("You are up to date until")
    look(page)


def sign_when_stale(page: Page, person: PersonView, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on to sign eleven minutes after the code was entered, so that it has to be entered once more."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=11))
    press(page, "Go on to sign")
    assert heading(page) == "Show again that it is you"
    press(page, "Continue")
    assert page.title().startswith("Error: ")
    page.get_by_label("Code").fill(code)
    press(page, "Continue")
    assert heading(page).startswith("Sign the ")
    press(page, "Sign the policy")
    assert page.title().startswith("Error: ")
    page.get_by_label("full name").fill(person.name)
    page.get_by_text("This is my signature under the statement above").click()
    press(page, "Sign the policy")


def keep_record(page: Page, site: Site, folder: Path) -> None:
    """Open the record and download its copy, whose seal holds."""
    press(page, "See your record")
    assert "Siân O'Neill-Ángel" in page.locator("main").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download a PDF copy").click()
    path = folder / "record.pdf"
    download.value.save_as(path)
    with site.app.app_context():
        keys = current_keys()
    assert keys is not None
    assert verify_pdf(path.read_bytes(), certificate=keys.certificate).sound
    program = shutil.which("pdfsig")
    if program is not None:
        told = subprocess.run([program, path], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in told


def test_somebody_comes_back_to_the_next_situation_and_another_device_is_refused(
    site: Site, open_phone: Callable[..., BrowserContext]
) -> None:
    person, code = site.newcomer("Dave Porter")
    phone = open_phone()
    page = phone.new_page()
    enter(page, site, code)
    press(page, "Continue")
    read_rules(page)
    press(page, "Start the situations")
    answer(page, site, person, right=True)
    while page.get_by_role("button", name="Go on with this situation").count():
        go_on(page)
        answer(page, site, person, right=True)
    kept = phone.storage_state()
    phone.close()

    page = open_phone(storage_state=kept).new_page()
    page.goto(f"{site.address}/")
    press(page, "Carry on from situation 2 of 8")
    assert heading(page) == "Situation 2 of 8"

    other = open_phone().new_page()
    other.goto(f"{site.address}/")
    other.get_by_label("Code").fill(code)
    press(other, "Start now")
    words = other.locator("main").inner_text()
    assert "This code has already been used on another phone or computer" in words
    assert "If that was not you, tell the office" in words
    assert "You can get a new one there." in words


@pytest.mark.parametrize("scripted", [True, False])
def test_a_double_tap_on_a_slow_line_stores_one_answer(
    site: Site, open_phone: Callable[..., BrowserContext], scripted: bool
) -> None:
    person, code = site.newcomer("Quick Tapper")
    phone = open_phone(java_script_enabled=scripted)
    page = phone.new_page()
    enter(page, site, code)
    press(page, "Continue")
    read_rules(page)
    press(page, "Start the situations")
    question = question_on(site, page, person)
    choose(page, question, factories.values(question))
    line = phone.new_cdp_session(page)
    slow = {"offline": False, "latency": 600, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
    line.send("Network.emulateNetworkConditions", slow)
    button = page.get_by_role("button", name=button_words(question.asked.type))
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # The second tap may cut the first one's answer off: what counts is the page that is there in the end.
    page.get_by_role("heading", level=1, name="What happens next").wait_for()
    with site.app.app_context():
        stored = db.session.scalar(
            select(func.count()).select_from(Response).where(Response.attempt_id == question.attempt.id)
        )
        let_go()
    assert stored == 1


# --- by keyboard alone ---------------------------------------------------------------------------------


class Keyboard:
    """A page used by its keys only. Wherever the focus goes, it can be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.had_focus = ""

    def key(self, name: str) -> None:
        """Press one key."""
        self.page.keyboard.press(name)

    def tab_to(self, selector: str, text: str = "") -> None:
        """Press Tab until the focus is on what this selector and text name."""
        for _ in range(80):
            self.key("Tab")
            assert self.page.evaluate(FOCUS) == "", self.page.url
            if self.page.evaluate(REACHED, [selector, text]):
                return
        raise AssertionError(f"no Tab leads to {selector} {text} on {self.page.url}")

    def press(self, text: str) -> None:
        """Go to the button with these words and press Enter."""
        self.enter("main button, main a.govuk-button", text)

    def enter(self, selector: str, text: str) -> None:
        """Go to what this selector and text name, press Enter, and look at the page it leads to."""
        self.tab_to(selector, text)
        with self.page.expect_navigation():
            self.key("Enter")
        self.had_focus = self.page.evaluate("document.activeElement.className")
        assert violations_of(self.page) == []

    def choose(self, question: QuestionView, values: list[str]) -> None:
        """Choose by Tab, arrows and Space."""
        if question.asked.type is ScenarioType.ORDER:
            places = {value: str(place) for place, value in enumerate(values, start=1)}
            for value in [choice.value for choice in question.choices]:
                self.tab_to(f"select[name=place-{value}]")
                self.page.keyboard.type(places[value])
        elif question.asked.type in (ScenarioType.CHOOSE_ALL, ScenarioType.MARK):
            for value in sorted(values, key=int):
                self.tab_to(f"input[name=choice][value='{value}']")
                self.key("Space")
        else:
            self.tab_to("input[name=choice]")
            self.key("Space")
            for _ in range(int(values[0]) - 1):
                self.key("ArrowDown")

    def error_has_focus(self) -> None:
        """The summary of errors has the focus, and the title says so first."""
        assert self.had_focus == "govuk-error-summary"
        assert self.page.title().startswith("Error: ")


def test_somebody_who_only_uses_the_keyboard_gets_from_the_slip_to_the_downloaded_record(
    site: Site, open_phone: Callable[..., BrowserContext]
) -> None:
    person, code = site.newcomer("Kay Board")
    page = open_phone(timezone_id="Atlantic/Canary").new_page()
    keys = Keyboard(page)
    page.goto(f"{site.address}/")
    keys.press("Start now")
    keys.error_has_focus()
    keys.tab_to("#code")
    page.keyboard.type(code)
    keys.press("Continue")
    keys.press("Yes, this is me")
    keys.press("Continue")
    keys.press("Start now")
    while "/rules/" in page.url:
        keys.press("Got it")
    keys.press("Start the situations")
    keys.press(button_words(question_on(site, page, person).asked.type))
    keys.error_has_focus()
    while "/questions/" in page.url:
        question = question_on(site, page, person)
        keys.choose(question, factories.values(question))
        keys.press(button_words(question.asked.type))
        assert "This keeps everyone safe" in page.locator("main").inner_text()
        keys.press("")
    assert heading(page) == "You have done the situations"
    keys.press("Go on to sign")
    read_by_keyboard(keys)
    keys.press("Go on to sign")
    keys.press("Sign the policy")
    keys.error_has_focus()
    keys.tab_to("#typed_name")
    page.keyboard.type(person.name)
    keys.tab_to("#ticked")
    keys.key("Space")
    keys.press("Sign the policy")
    assert "Signed" in heading(page)
    keys.press("See your record")
    assert heading(page) == "Record of training and signature"
    download_by_keyboard(keys)
    assert time_zone_recorded(site, person) == "Atlantic/Canary"


def read_by_keyboard(keys: Keyboard) -> None:
    """Open the whole policy from what is checked before signing, and say there that it has been read."""
    main = keys.page.locator("main")
    assert "Read it before you sign" in main.inner_text()
    keys.enter("main a[href='/policy']", "Read")
    assert "This is the whole text, as the trust wrote it" in main.inner_text()
    assert main.locator(".app-policy").count() > 20
    keys.press("I have read it")
    assert "You said that you have read it" in main.inner_text()


def download_by_keyboard(keys: Keyboard) -> None:
    """Download the record's copy from its page."""
    keys.tab_to("main a.govuk-button", "Download a PDF copy")
    with keys.page.expect_download() as download:
        keys.key("Enter")
    assert download.value.suggested_filename.endswith(".pdf")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
