"""The pages people see: right markup; and in a browser accessible and no wider than the screen."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from elearn.policies.wording import cited
from elearn.scenarios.bank_content import Artefact
from tests.look.gallery import ARTEFACTS, ERROR_CODES, PACKAGE, PAGES, create_gallery

ADDRESSES = [
    *(f"/page/{name}" for name in PAGES),
    *(f"/error/{code}" for code in ERROR_CODES),
    "/page/situation?plain",
    "/page/records?light",
]
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
VOID = {"input", "br", "meta", "link", "hr", "img"}


class Outline(HTMLParser):
    """The elements of a page in order, each with its attributes, and whether every one was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closed out of order"

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]

    def having(self, attribute: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.elements if attribute in attributes]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_gallery().test_client()


def _page(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_element_is_closed_and_every_id_is_used_once(client: FlaskClient, address: str) -> None:
    outline = Outline(_page(client, address))
    assert outline.open == []
    assert len(outline.ids()) == len(set(outline.ids()))


@pytest.mark.parametrize("address", ADDRESSES)
def test_labels_descriptions_and_error_links_point_at_something_on_the_page(
    client: FlaskClient, address: str
) -> None:
    outline = Outline(_page(client, address))
    wanted = {(attributes["for"] or "") for attributes in outline.having("for")}
    for attributes in outline.having("aria-describedby"):
        wanted |= set((attributes["aria-describedby"] or "").split())
    wanted |= {(a["href"] or "")[1:] for a in outline.having("href") if (a["href"] or "").startswith("#")}
    assert wanted <= set(outline.ids())


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_needs_an_inline_style_or_an_unmarked_script(client: FlaskClient, address: str) -> None:
    outline = Outline(_page(client, address))
    assert outline.having("style") == []
    assert not any(name.startswith("on") for _, attributes in outline.elements for name in attributes)
    assert "style" not in {tag for tag, _ in outline.elements}
    scripts = [attributes for tag, attributes in outline.elements if tag == "script"]
    assert scripts
    assert all(attributes.get("nonce") for attributes in scripts)


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_page_has_one_main_heading_and_the_same_help(client: FlaskClient, address: str) -> None:
    text = _page(client, address)
    assert text.count("<h1") == 1
    places = [
        text.index(words) for words in ("Help: ", ">Read the policy<", ">Accessibility<", ">Your data<")
    ]
    assert places == sorted(places)
    assert places[0] > text.index('<footer class="govuk-footer')


def test_only_someone_signed_in_is_offered_to_end_and_clear(client: FlaskClient) -> None:
    assert "End and clear this device" in _page(client, "/page/situation")
    assert "End and clear this device" not in _page(client, "/page/situation?plain")


@pytest.mark.parametrize(
    ("name", "said"),
    [("situation", False), ("situation-error", True), ("form-error", True), ("wtforms", True)],
)
def test_the_title_of_a_page_in_error_says_so_first(client: FlaskClient, name: str, said: bool) -> None:
    assert ("<title>Error: " in _page(client, f"/page/{name}")) is said


def test_an_error_is_told_in_the_summary_and_at_the_field_in_the_same_words(client: FlaskClient) -> None:
    text = _page(client, "/page/wtforms")
    for field, words in (("number", "Type your staff number"), ("answer", "Choose an answer")):
        assert f'<a href="#{field}">{words}</a>' in text
        message = rf'id="{field}-error" class="govuk-error-message">.*?</span> {words}</p>'
        assert re.search(message, text)


def test_an_error_of_a_date_leads_to_the_part_to_mend(client: FlaskClient) -> None:
    text = _page(client, "/page/form-error")
    assert '<a href="#due_on-day">31 February is not a date</a>' in text
    assert text.count("govuk-date-input__input govuk-input--width-2 govuk-input--error") == 1


def test_a_name_with_accent_and_apostrophe_stands_unharmed_in_its_field(client: FlaskClient) -> None:
    assert 'value="O&#39;Neill-Ángel"' in _page(client, "/page/form")


@pytest.mark.parametrize(
    ("kind", "caption"),
    [
        ("post", "A post on Facebook from Amira Begum"),
        ("direct_message", "A direct message on Snapchat from Ellie"),
        ("follow_request", "A follow request on Instagram from Kacper W."),
        ("group_chat", "A group chat on WhatsApp called Year 4 team"),
        ("email", "An e-mail from Local Gazette news desk"),
        ("review", "A review on Google from A parent"),
        ("notification", "A notification on TikTok from Mill Road Leavers"),
    ],
)
def test_an_artefact_says_first_what_it_is(client: FlaskClient, kind: str, caption: str) -> None:
    text = _page(client, "/page/drawings")
    opening = f'<figure class="app-artefact app-artefact--{kind}"><figcaption class="govuk-visually-hidden">'
    assert f"{opening}{caption}</figcaption>" in text


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("7.3", "Clause 7.3"),
        ("10.4(a)(ii)", "Clause 10.4(a)(ii)"),
        ("5.1 bullet 15", "Clause 5.1, bullet 15"),
        ("4 ¶3 bullet 2", "Clause 4, paragraph 3, bullet 2"),
        ("5 closing ¶", "Clause 5, closing paragraph"),
        ("10.4(a) closing words", "Clause 10.4(a) closing words"),
        ("Purpose ¶1", "Section Purpose, paragraph 1"),
        ("Use of it ¶4 bullet 4.1", "Section Use of it, paragraph 4, bullet 4.1"),
        ("SCOPE > ¶3 bullet 2", "Section SCOPE, paragraph 3, bullet 2"),
        ("Monitoring > bullet 3", "Section Monitoring, bullet 3"),
    ],
)
def test_where_a_clause_stands_is_said_in_words(ref: str, said: str) -> None:
    macros: Any = create_gallery().jinja_env.get_template("components.html").module
    assert cited(ref) == said
    assert f'<figcaption class="app-clause__ref">{said}</figcaption>' in macros.clause(ref, "Its words")
    assert cited(ref, inside=True) == said[:1].lower() + said[1:]


def test_a_row_that_a_day_names_says_on_a_phone_what_the_day_is() -> None:
    macros: Any = create_gallery().jinja_env.get_template("components.html").module
    head, rows = ["Issued", "Last day"], [["1 May 2026", "31 May 2026"]]
    assert 'app-table__name" data-label="Issued">1 May 2026</th>' in macros.table(head, rows, say_first=True)
    assert 'app-table__name">1 May 2026</th>' in macros.table(head, rows)
    styles = (PACKAGE / "static" / "app.css").read_text(encoding="utf-8")
    assert ".app-table th[data-label]::before { content: attr(data-label)" in styles


def test_an_e_mail_to_mark_says_from_whom_it_is_as_other_e_mails_do() -> None:
    macros: Any = create_gallery().jinja_env.get_template("artefacts.html").module
    told = {"kind": "email", "platform": "E-mail", "from": "Local Gazette", "text": "Plan", "image": "a plan"}
    mail = Artefact.model_validate(told)
    text = macros.markable(mail, [("a", "One line")], "Mark it")
    assert "<dt>From</dt><dd>Local Gazette" in text
    assert "<strong>Picture:</strong> A plan" in text


@pytest.mark.parametrize(
    ("platform", "noun", "wants"),
    [
        ("Facebook", "A friend request", "wants to be your friend"),
        ("Snapchat", "A friend request", "wants to be your friend"),
        ("Instagram", "A follow request", "wants to follow you"),
        ("LinkedIn", "An invitation to connect", "wants to connect"),
    ],
)
def test_a_request_is_called_what_its_platform_calls_it(platform: str, noun: str, wants: str) -> None:
    page = "{% from 'artefacts.html' import artefact %}{{ artefact(told) }}"
    written = {"kind": "follow_request", "platform": platform, "from": "Kacper W."}
    told = Artefact.model_validate(written, strict=False)
    drawn = create_gallery().jinja_env.from_string(page).render(told=told)
    assert f">{noun} on {platform} from Kacper W.<" in drawn
    assert f"<span>{noun.split(maxsplit=1)[1].capitalize()}</span>" in drawn
    assert wants in drawn


def test_what_is_written_in_an_artefact_is_text_and_never_markup() -> None:
    app = create_gallery()
    macros = app.jinja_env.get_template("artefacts.html").module
    nasty = "<b>&\"'"
    for kind in ARTEFACTS:
        said = {"from": nasty, "text": nasty}
        told = {"kind": kind, "platform": nasty, "handle": nasty, "time": nasty, "image": nasty, **said}
        drawn = macros.artefact(  # type: ignore[attr-defined]
            Artefact.model_validate({**told, "messages": [said], "comments": [said]}, strict=False)
        )
        assert "<b>" not in drawn
        assert Outline(drawn).open == []


def test_an_artefact_with_the_least_told_says_none_of_what_is_missing() -> None:
    macros = create_gallery().jinja_env.get_template("artefacts.html").module
    for kind in ARTEFACTS:
        least = Artefact.model_validate({"kind": kind, "platform": "Chat", "from": "Jo", "text": "Hello"})
        timed = least.model_copy(update={"time": "now"})
        for told in (least, timed):
            drawn = macros.artefact(told)  # type: ignore[attr-defined]
            assert "None" not in drawn
            assert "Hello" in drawn


def test_nothing_in_an_artefact_can_be_pressed(client: FlaskClient) -> None:
    text = _page(client, "/page/drawings")
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) == len(ARTEFACTS)
    assert not any(re.search(r"<(a|button|input)\b", figure) for figure in figures)


def test_the_vendored_files_carry_no_branding_of_the_government() -> None:
    css = (PACKAGE / "static/vendor/govuk-frontend.min.css").read_text(encoding="utf-8")
    assert '--govuk-frontend-version:"6.3.0"' in css
    for word in ("GDS Transport", "@font-face", "/assets/", "crest", "crown", "sourceMappingURL", "url("):
        assert word not in css
    script = (PACKAGE / "static/vendor/govuk-frontend.min.js").read_text(encoding="utf-8")
    assert "sourceMappingURL" not in script


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_gallery(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if "browser" in os.environ.get("ELEARN_TEST_REQUIRE", ""):
            pytest.fail("Chromium is not installed, and ELEARN_TEST_REQUIRE asks for it")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(Path(found)), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_is_accessible_and_no_wider_than_the_screen(
    browser: Any, address: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 700})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("response", lambda answer: said.append(answer.url) if answer.status >= 400 else None)
    faults: list[str] = []
    for path in ADDRESSES:
        page.goto(address + path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{path} is wider than {width} px")
        found = Axe().run(page, options={"runOnly": STANDARDS, "resultTypes": ["violations"]}).response
        faults += [f"{path} {rule['id']}: {rule['nodes'][0]['html']}" for rule in found["violations"]]
    page.close()
    assert faults == []
    assert said == []


@pytest.mark.browser
def test_every_target_is_at_least_24_pixels_high_and_wide(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 700})
    small: list[str] = []
    for path in ADDRESSES:
        page.goto(address + path)
        small += page.evaluate(
            """() => [...document.querySelectorAll(`main input, main select, main button, main .govuk-button,
                 main summary, main textarea, footer a, footer button, header a, .govuk-back-link, nav a`)]
                 .filter(e => e.offsetParent && e.type !== 'hidden')
                 .filter(e => [e.getBoundingClientRect()].some(box => Math.min(box.width, box.height) < 24))
                 .map(e => location.pathname + ' ' + e.outerHTML.slice(0, 90))"""
        )
    page.close()
    assert small == []


@pytest.mark.browser
def test_a_touch_anywhere_in_an_answers_row_chooses_it(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{address}/page/situation")
    row = page.locator(".app-cards .govuk-radios__item").nth(1)
    box = row.bounding_box()
    row.click(position={"x": box["width"] - 6, "y": box["height"] - 6})
    assert page.locator("#answer-2").is_checked()
    page.close()


@pytest.mark.browser
def test_the_error_summary_takes_the_focus(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/page/form-error")
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "full_name"
    page.close()
