"""PDF copies: drawn whole or not at all, nothing fetched, and no changed byte passes for sound."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from elearn import pdf
from elearn.ledger.keys import Keys, create_keys, load_keys
from elearn.pdf import MissingGlyph, PdfRefused, qr_png_data_uri, render_pdf, sign_pdf, verify_pdf
from tests.cost import cost

AT = datetime(2026, 9, 3, 8, 15, 20, tzinfo=UTC)
ADDRESS = "https://policy.example.org/verify/4f0c9a7e2b1d4c63a8f0e2d19b7c5a31"
NAMES = [
    "O'Neill-Ángel",
    "Łukasz",
    "Siân Llŷr ŵ",
    "Žižek",
    "Nguyễn",
    "Sukarno",
    "Ανδρέας Иванов",
    "<b>Bobby</b> & {{ 7*7 }}",
]
RECORD = {
    "organisation": "Example Learning Trust",
    "name": "Sample Person",
    "role": "Teaching assistant",
    "academy": "Sample Street Primary Academy",
    "policy_title": "Social Media Policy",
    "policy_version": "3.1",
    "policy_date": "1 September 2025",
    "statement": "I have read and understood this policy and I will follow it.",
    "quoted": "Clause 4.3.2",
    "reference": "4f0c9a7e-2b1d-4c63-a8f0-e2d19b7c5a31",
    "signed_at": "3 September 2026, 09:15:20 BST",
    "method": "Signed in again with password",
    "situations_passed": "8 of 8",
    "review_status": "Past its own review date of 1 March 2023",
    "entry_number": "1204",
    "entry_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "verify_url": ADDRESS,
}


def record_html(**changes: str) -> str:
    loader = FileSystemLoader(Path(pdf.__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    record = RECORD | {"verify_qr": qr_png_data_uri(ADDRESS)} | changes
    return environment.get_template("pdf/record.html").render(record=record)


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(content))


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("instance") / "keys"
    create_keys(folder, "Example Learning Trust", at=AT - timedelta(days=30))
    return load_keys(folder)


@pytest.fixture(scope="module")
def sealed(keys: Keys) -> bytes:
    return seal(render_pdf(record_html(), title="Record"), keys)


def seal(content: bytes, keys: Keys, at: datetime = AT) -> bytes:
    return sign_pdf(
        content, certificate=keys.certificate, key=keys.document_key, reason=RECORD["reference"], at=at
    )


# Rendering


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_of_a_name_is_in_the_pdf(name: str):
    assert name in words(render_pdf(record_html(name=name), title="Record"))


def test_a_name_typed_with_separate_accents_is_drawn_with_joined_ones():
    typed = unicodedata.normalize("NFD", "Nguyễn Siân")
    assert "Nguyễn Siân" in words(render_pdf(f"<p>{typed}</p>", title="Record"))


def test_the_record_says_everything_on_one_page():
    content = render_pdf(record_html(), title="Record")
    text = words(content)
    assert len(read(content).pages) == 1
    for value in RECORD.values():
        assert value in text
    assert "Simple electronic signature; sealed by the trust's system" in text
    assert "no independent timestamp" in text


def test_long_values_still_fit_one_page():
    long = dict.fromkeys(("organisation", "role", "method"), "Unusually long words of an organisation " * 3)
    html = record_html(**long, statement="I will follow it. " * 40)
    assert len(read(render_pdf(html, title="Record")).pages) == 1


def test_the_qr_code_is_placed_as_a_picture():
    page = read(render_pdf(record_html(), title="Record")).pages[0]
    assert len(page.images) == 1


def test_title_and_language_are_set_and_stay_out_of_the_text():
    content = render_pdf("<h1>Heading</h1>", title="Record of Łukasz", language="cy")
    assert read(content).metadata.title == "Record of Łukasz"
    assert read(content).trailer["/Root"]["/Lang"] == "cy"
    assert words(content) == "Heading"


def test_the_given_title_is_the_one_that_counts():
    html = "<html><head><title>Other</title></head><body><p>x</p></body></html>"
    assert read(render_pdf(html, title="Mine")).metadata.title == "Mine"


@pytest.mark.parametrize(
    "html", ["<pre>Łukasz</pre>", "<code>ŵ</code>", "<b><i>Ž</i></b>", "<ul><li>ễ</li></ul>"]
)
def test_no_element_falls_back_to_a_font_without_the_letter(html: str):
    assert render_pdf(html, title="Record")


@pytest.mark.parametrize(
    ("html", "missing"),
    [
        ("<p>漢字</p>", "字漢"),
        ("<p>&#x6f22;</p>", "漢"),
        ("<p>a\N{GRINNING FACE WITH SMILING EYES}\U0001f9d1\u200d\U0001f3eb</p>", None),
        ("<b>\ue000</b>", "\ue000"),
    ],
)
def test_a_letter_that_cannot_be_drawn_is_an_error_not_a_box(html: str, missing: str | None):
    with pytest.raises(MissingGlyph, match=r"U\+") as caught:
        render_pdf(html, title="Record")
    assert missing is None or caught.value.characters == missing


def test_a_missing_letter_brought_in_by_a_style_is_refused_too():
    with pytest.raises(PdfRefused):
        render_pdf('<style>p:before { content: "\\6f22" }</style><p>x</p>', title="Record")


# Hostile documents


@dataclass
class Listener:
    port: int
    connections: list[object] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        found = Listener(server.getsockname()[1])
        stop = threading.Event()

        def accept() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                found.connections.append(address)
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield found
        time.sleep(0.1)
        stop.set()
        thread.join()


FETCHES = [
    '<img src="{url}">',
    '<img src="//127.0.0.1:{port}/x.png">',
    '<img src="data:image/svg+xml,&lt;svg xmlns=&quot;http://www.w3.org/2000/svg&quot;&gt;'
    '&lt;image href=&quot;{url}&quot; width=&quot;9&quot; height=&quot;9&quot;/&gt;&lt;/svg&gt;">',
    '<link rel="stylesheet" href="{url}"><p>x</p>',
    '<style>@import url("{url}");</style><p>x</p>',
    '<style>@font-face {{ font-family: own; src: url("{url}"); }} p {{ font-family: own }}</style><p>x</p>',
    '<style>p {{ background-image: url("{url}") }}</style><p>x</p>',
    '<p style="background: url({url})">x</p>',
    '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    '<style>@page {{ background-image: url("{url}") }}</style><p>x</p>',
    '<base href="http://127.0.0.1:{port}/"><img src="x.png">',
    '<object data="{url}"></object><embed src="{url}"><iframe src="{url}"></iframe><p>x</p>',
    '<pdf:font name="own" src="{url}"><p>x</p>',
]


@pytest.mark.parametrize("html", FETCHES)
def test_no_address_is_ever_opened(listener: Listener, html: str):
    address = f"http://127.0.0.1:{listener.port}/x.png"
    with contextlib.suppress(PdfRefused):
        render_pdf(html.format(url=address, port=listener.port), title="Record")
    time.sleep(0.05)
    assert listener.connections == []


@pytest.mark.parametrize(
    "html",
    [
        '<img src="{file}">',
        '<img src="file:///etc/passwd">',
        '<img src="/etc/passwd">',
        '<img src="../../../../etc/passwd">',
        '<img src="pyproject.toml">',
        '<link rel="stylesheet" href="{file}"><p>x</p>',
        '<style>@import url("{file}");</style><p>x</p>',
        '<style>@page {{ background-image: url("{file}") }}</style><p>x</p>',
        '<style>p {{ background-image: url("{file}") }}</style><p>x</p>',
        '<style>@font-face {{ font-family: own; src: url("{file}") }} p {{ font-family: own }}</style><p>x',
    ],
)
def test_a_document_that_asks_for_a_file_or_address_is_refused(tmp_path: Path, html: str):
    file = tmp_path / "x.png"
    shutil.copy(pdf.FONTS / "DejaVuSans.ttf", file)
    with pytest.raises(PdfRefused):
        render_pdf(html.format(file=file), title="Record")


HUGE = {
    "tags nested 5,000 deep": "<div>" * 5000 + "x",
    "tags nested 100 deep": "<div>" * 100 + "x" + "</div>" * 100,
    "a wrong end between nested tags": "<div></b>" * 5000,
    "a table of 15,000 rows": "<table>" + "<tr><td>a</td><td>b</td></tr>" * 12_000 + "</table>",
    "a row of 40,000 cells": "<table><tr>" + "<td>a</td>" * 38_000 + "</tr></table>",
    "a paragraph of 70,000 words": "<p>" + "word " * 70_000 + "</p>",
    "40,000 paragraphs": "<p>a</p>" * 40_000,
    "formatting to be made again in each paragraph": "<p>"
    + "".join(f"<b id=b{number}>" for number in range(60))
    + "<p>x" * 20_000,
    "too many bytes": "x" * 400_001,
}


@pytest.mark.parametrize("html", HUGE.values(), ids=HUGE.keys())
def test_a_document_too_large_or_deep_is_refused_within_its_time(html: str, monkeypatch: pytest.MonkeyPatch):
    """It stops soon after its time is up: within what forty records cost to draw on this machine."""
    record_page = record_html()
    record = cost(lambda: render_pdf(record_page, title="Record"))
    monkeypatch.setattr(pdf, "MOST_SECONDS", 1)

    def refuse() -> None:
        with pytest.raises(PdfRefused):
            render_pdf(html, title="Record")

    assert cost(refuse, times=1) < 1 + 40 * record


def test_nobody_waits_longer_than_the_seconds_that_the_refusal_names():
    with pytest.raises(PdfRefused, match=f"longer than the {pdf.MOST_SECONDS} seconds"):
        render_pdf("<p>" + "word " * 70_000 + "</p>", title="Record")
    assert pdf.MOST_SECONDS < 5


def test_a_large_document_is_not_written_to_a_temporary_file(monkeypatch: pytest.MonkeyPatch):
    from xhtml2pdf.files import pisaTempFile

    made: list[BytesIO] = []

    def on_disk() -> BytesIO:
        made.append(BytesIO())
        return made[-1]

    monkeypatch.setattr(pisaTempFile, "STRATEGIES", (BytesIO, on_disk))
    assert render_pdf("<p>x</p><!--" + "x" * 150_000 + "-->", title="Record")
    assert made == []


def test_an_image_that_would_unpack_to_gigabytes_is_refused():
    from PIL import Image

    packed = BytesIO()
    Image.new("1", (2000, 2000)).save(packed, "PNG")
    address = "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode()
    with pytest.raises(PdfRefused):
        render_pdf(f'<img src="{address}">', title="Record")


def test_refusals_and_logs_do_not_quote_the_document(caplog: pytest.LogCaptureFixture):
    name = "Siobhan Secretperson"
    for html in (f'<p>{name} <img src="http://127.0.0.1:9/x"></p>', "<div>" * 70 + name, f"<p>{name} 漢</p>"):
        with pytest.raises(PdfRefused) as caught, caplog.at_level(logging.DEBUG):
            render_pdf(html, title=name)
        assert "Secretperson" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "Secretperson" not in caplog.text


def test_documents_rendered_at_once_do_not_disturb_each_other():
    results: dict[int, str] = {}

    def render(number: int) -> None:
        if number % 2:
            try:
                render_pdf('<img src="/etc/passwd">', title="Record")
            except PdfRefused:
                results[number] = "refused"
        else:
            results[number] = words(render_pdf(f"<p>Łukasz {number}</p>", title="Record"))

    threads = [threading.Thread(target=render, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: "refused" if n % 2 else f"Łukasz {n}" for n in range(6)}


def test_importing_the_module_does_not_import_the_renderer_or_the_signer():
    heavy = ("xhtml2pdf", "pyhanko", "reportlab", "asyncio", "segno")
    program = f"import sys, elearn.pdf; print([name for name in {heavy} if name in sys.modules])"
    folder = Path(pdf.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stdout.strip() == "[]"


# Sealing and checking


def test_a_sealed_record_is_sound(sealed: bytes, keys: Keys):
    verdict = verify_pdf(sealed, certificate=keys.certificate)
    assert (verdict.sound, verdict.reason) == (True, "Sealed by this certificate and unchanged since.")


def test_the_seal_certifies_allows_no_change_and_states_reason_and_time(sealed: bytes):
    seal_value = read(sealed).trailer["/Root"]["/Perms"]["/DocMDP"]
    assert seal_value["/SubFilter"] == "/ETSI.CAdES.detached"
    assert seal_value["/Reference"][0]["/TransformParams"]["/P"] == 1
    assert seal_value["/Reason"] == RECORD["reference"]
    assert seal_value["/M"].startswith("D:20260903081520")


def test_the_longest_name_leaves_room_for_the_seal(tmp_path: Path):
    create_keys(tmp_path / "keys", "Ŵ" * 32, at=AT)
    longest = load_keys(tmp_path / "keys")
    content = seal(render_pdf("<p>x</p>", title="Record"), longest)
    assert verify_pdf(content, certificate=longest.certificate).sound


def told_by_poppler(content: bytes, folder: Path) -> str:
    """What poppler's own program says of a file's signature."""
    program = shutil.which("pdfsig")
    if program is None:
        if "pdfsig" in os.environ.get("ELEARN_TEST_REQUIRE", ""):
            pytest.fail("pdfsig is required by ELEARN_TEST_REQUIRE and is not installed")
        pytest.skip("pdfsig (poppler) is not installed")
    path = folder / "record.pdf"
    path.write_bytes(content)
    return subprocess.run([program, path], capture_output=True, text=True, check=False).stdout


def test_poppler_agrees_that_the_seal_is_valid(sealed: bytes, tmp_path: Path):
    told = told_by_poppler(sealed, tmp_path)
    assert "Signature is Valid" in told
    assert "Total document signed" in told


@pytest.mark.parametrize("words", [b"/BaseFont /Helvetica", b"/Reason (4f0c9a7e"])
def test_poppler_refuses_a_letter_changed_before_or_after_the_seal(
    sealed: bytes, tmp_path: Path, words: bytes
):
    changed = bytearray(sealed)
    changed[sealed.index(words) + len(words) - 1] ^= 1
    told = told_by_poppler(bytes(changed), tmp_path)
    assert "Digest Mismatch" in told
    assert "Signature is Valid" not in told


def regions(content: bytes) -> dict[str, tuple[int, int]]:
    """Where the parts of a sealed file lie, so that each is tried."""
    byte_range = content.rindex(b"/ByteRange")
    gap = content.index(b"/Contents <") + len(b"/Contents ")
    gap_end = content.index(b">", gap) + 1
    envelope_end = gap + len(content[gap:gap_end].rstrip(b"0>"))
    update = content.index(b"%%EOF") + 5
    xref = content.rindex(b"xref", 0, content.rindex(b"startxref"))
    trailer = content.rindex(b"trailer")
    return {
        "header": (0, 20),
        "objects": (20, update),
        "update": (update, byte_range),
        "byte range": (byte_range, byte_range + 72),
        "envelope": (gap, envelope_end),
        "padding": (envelope_end, gap_end),
        "after the seal": (gap_end, xref),
        "cross-references": (xref, trailer),
        "trailer": (trailer, len(content)),
    }


def test_no_file_with_one_changed_byte_is_sound(sealed: bytes, keys: Keys):
    chance = random.Random(20260903)
    tried = 0
    for name, (start, end) in regions(sealed).items():
        assert start < end, name
        places = {start, end - 1} | {chance.randrange(start, end) for _ in range(15)}
        for place in sorted(places):
            changed = bytearray(sealed)
            # A flipped 32 turns a hexadecimal digit into the same digit in the other case.
            changed[place] ^= chance.choice((1, 2, 16, 32, 255))
            tried += 1
            assert not verify_pdf(bytes(changed), certificate=keys.certificate).sound, (name, place)
    assert tried >= 130


def test_the_case_of_every_digit_of_the_envelope_counts(sealed: bytes, keys: Keys):
    start, end = regions(sealed)["envelope"]
    letters = [place for place in range(start, end) if chr(sealed[place]).isalpha()]
    for place in letters[::10]:
        changed = bytearray(sealed)
        changed[place] ^= 32
        assert not verify_pdf(bytes(changed), certificate=keys.certificate).sound, place


@pytest.mark.parametrize("addition", [b"\n", b"x", b"\0", b"%%EOF\n", b"%" * 5000])
def test_nothing_may_follow_the_end(sealed: bytes, keys: Keys, addition: bytes):
    assert not verify_pdf(sealed + addition, certificate=keys.certificate).sound


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_nothing_may_be_cut_off(sealed: bytes, keys: Keys, cut: int):
    assert not verify_pdf(sealed[:-cut], certificate=keys.certificate).sound


def test_an_update_that_only_names_an_author_is_refused(sealed: bytes, keys: Keys):
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(sealed))
    writer.set_info(generic.DictionaryObject({generic.pdf_name("/Author"): generic.pdf_string("someone")}))
    output = BytesIO()
    writer.write(output)
    assert output.getvalue().startswith(sealed)
    assert not verify_pdf(output.getvalue(), certificate=keys.certificate).sound


def test_another_certificate_of_the_same_name_is_refused(keys: Keys, tmp_path: Path):
    create_keys(tmp_path / "keys", "Example Learning Trust", at=AT)
    other = load_keys(tmp_path / "keys")
    content = seal(render_pdf("<p>x</p>", title="Record"), other)
    verdict = verify_pdf(content, certificate=keys.certificate)
    assert (verdict.sound, verdict.reason) == (False, "The seal is by another certificate.")


def test_a_file_without_a_seal_is_not_sound(keys: Keys):
    verdict = verify_pdf(render_pdf("<p>x</p>", title="Record"), certificate=keys.certificate)
    assert (verdict.sound, verdict.reason) == (False, "The file does not carry exactly one seal.")


@pytest.mark.parametrize("content", [b"", b"x", b"%PDF-1.4\n", b"%PDF-1.4\n%%EOF", b"\xff" * 1000])
def test_what_is_no_pdf_is_not_sound_and_cannot_be_sealed(keys: Keys, content: bytes):
    assert not verify_pdf(content, certificate=keys.certificate).sound
    with pytest.raises(PdfRefused):
        seal(content, keys)


def test_sealing_and_checking_work_where_an_event_loop_is_running(keys: Keys):
    async def both() -> bool:
        content = seal(render_pdf("<p>x</p>", title="Record"), keys)
        return verify_pdf(content, certificate=keys.certificate).sound

    assert asyncio.run(both())


def test_a_sealed_file_is_not_sealed_again(sealed: bytes, keys: Keys):
    with pytest.raises(PdfRefused):
        seal(sealed, keys)


def test_a_copy_stays_sound_after_the_certificate_has_ended(tmp_path: Path):
    create_keys(tmp_path / "keys", "Example Learning Trust", at=datetime(2005, 1, 1, tzinfo=UTC))
    old = load_keys(tmp_path / "keys")
    content = render_pdf("<p>x</p>", title="Record")
    assert verify_pdf(seal(content, old, datetime(2010, 1, 1, tzinfo=UTC)), certificate=old.certificate).sound
    for outside in (datetime(2004, 1, 1, tzinfo=UTC), datetime(2016, 1, 1, tzinfo=UTC)):
        assert not verify_pdf(seal(content, old, outside), certificate=old.certificate).sound
