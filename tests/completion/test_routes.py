"""Done, the record and its copy, and the check that anybody may make."""

from __future__ import annotations

import base64
import html
import re
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import delete, text

from elearn.acknowledgements.service import SignatureView
from elearn.db import transaction
from elearn.ledger.models import LedgerSalts
from elearn.ledger.service import current_keys, use_keys
from elearn.ledger.verification import verify_organisation, verify_record
from elearn.pdf import qr_png_data_uri, verify_pdf
from tests.factories import Trust, make_done, make_organisation, make_person, sign_in

NAME = "Łukasz O'Neill-Ángel"


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signature(trust: Trust, client: FlaskClient) -> SignatureView:
    person = make_person(trust, NAME)
    sign_in(client, person)
    return make_done(trust, person)


def words(page: str) -> str:
    """A page's text with single spaces."""
    main = page.split("<main")[1].split("</main")[0]
    plain = re.sub(r"<[^>]+>", " ", main).replace("&#39;", "'").replace("&amp;", "&")
    return " ".join(plain.split())


def test_done_has_reference_time_and_the_next_steps(client: FlaskClient, signature: SignatureView) -> None:
    page = client.get(f"/done/{signature.reference}").text
    assert "Signed" in page
    assert signature.reference in page
    assert re.search(r"\d{2}:\d{2}:\d{2} (GMT|BST)", page)
    assert "If you post for Fernhill, or want to" in page
    assert "/courses/account_holder/situations/start" in page
    assert "Posting for Fernhill is a separate step" in page


def test_the_pdf_says_what_the_page_says_and_is_sealed(client: FlaskClient, signature: SignatureView) -> None:
    page = words(client.get(f"/records/{signature.reference}").text)
    answer = client.get(f"/records/{signature.reference}.pdf")
    assert answer.mimetype == "application/pdf"
    keys = current_keys()
    assert keys is not None
    assert verify_pdf(answer.data, certificate=keys.certificate).sound
    copy = " ".join(PdfReader(BytesIO(answer.data)).pages[0].extract_text().split())
    for shown in (NAME, "4 of 4", signature.reference, " ".join(signature.statement.split())[:60]):
        assert shown in page
        assert shown in copy


def test_the_qr_code_of_the_copy_leads_to_the_page_that_checks_this_record(
    app: Flask, client: FlaskClient, signature: SignatureView, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded, make = [], segno.make

    def noted(text: str, **options: Any) -> segno.QRCode:
        encoded.append(text)
        return make(text, **options)

    monkeypatch.setattr(segno, "make", noted)
    copy = client.get(f"/records/{signature.reference}.pdf")
    address = f"{app.extensions['elearn_settings'].base_url}/verify/{signature.reference}"
    assert encoded == [address]
    [drawn] = PdfReader(BytesIO(copy.data)).pages[0].images
    expected = Image.open(BytesIO(base64.b64decode(qr_png_data_uri(address).partition(",")[2])))
    assert drawn.image is not None
    assert drawn.image.convert("L").tobytes() == expected.convert("L").tobytes()
    page = app.test_client().get(address.removeprefix(app.extensions["elearn_settings"].base_url)).text
    assert "This record is sound" in page
    assert signature.reference in page


def test_without_keys_there_is_no_copy_and_a_page_says_why(
    app: Flask, client: FlaskClient, signature: SignatureView
) -> None:
    keys = current_keys()
    use_keys(app, None)
    try:
        answer = client.get(f"/records/{signature.reference}.pdf")
    finally:
        use_keys(app, keys)
    assert answer.status_code == 503
    assert "no keys yet" in answer.text


def test_a_name_the_font_cannot_draw_has_no_copy_but_a_page(trust: Trust, client: FlaskClient) -> None:
    person = make_person(trust, "李小龍")
    sign_in(client, person)
    signature = make_done(trust, person)
    assert "李小龍" in client.get(f"/records/{signature.reference}").text
    answer = client.get(f"/records/{signature.reference}.pdf")
    assert answer.status_code == 422
    assert "cannot draw" in answer.text


def test_somebody_elses_record_is_not_found(app: Flask, trust: Trust, signature: SignatureView) -> None:
    other = app.test_client()
    sign_in(other, make_person(trust, "Dave"))
    for path in ("done/{}", "records/{}", "records/{}.pdf"):
        assert other.get("/" + path.format(signature.reference)).status_code == 404


def test_anybody_may_check_a_record_and_sees_no_name(app: Flask, signature: SignatureView) -> None:
    anybody = app.test_client()
    asked = anybody.get(f"/verify?reference= {signature.reference.lower()} ")
    page = anybody.get(asked.location)
    assert page.status_code == 200
    assert "This record is sound" in page.text
    for part in ("Łukasz", "Neill", "Ángel"):
        assert part not in page.text


def test_the_check_of_a_sound_record_says_when_and_which_version_and_no_name(
    app: Flask, signature: SignatureView
) -> None:
    page = html.unescape(words(app.test_client().get(f"/verify/{signature.reference}").text))
    local = signature.at.astimezone(ZoneInfo("Europe/London"))
    assert f"Signed at {local.day} {local:%B %Y, %H:%M:%S} " in page
    assert "Policy Social Media Policy of Fernhill" in page
    assert "Version 1.0 " in page
    for part in NAME.split():
        assert part not in page


def test_an_unknown_reference_is_not_found(client: FlaskClient) -> None:
    page = client.get("/verify/R-AAAA-BBBB-CCCC")
    assert page.status_code == 404
    assert "Not found" in page.text
    assert "Enter the reference" in client.get("/verify?reference=").text


@pytest.mark.parametrize(
    "change",
    [
        "typed_name = 'Somebody Else'",
        "score = '3/4'",
        "statement = 'I agree'",
        "recorded_at = '2020-01-01 10:00:00'",
    ],
)
def test_a_changed_record_does_not_match(
    client: FlaskClient, trust: Trust, signature: SignatureView, change: str
) -> None:
    with transaction() as session:
        statement = text(f"UPDATE acknowledgements SET {change} WHERE reference = :reference")
        session.execute(statement, {"reference": signature.reference})
    page = client.get(f"/verify/{signature.reference}").text
    assert "This record does not match" in page
    assert "Somebody Else" not in page


def test_a_record_whose_salts_are_gone_does_not_match(trust: Trust, signature: SignatureView) -> None:
    assert verify_record(trust.organisation.id, signature.id) == []
    with transaction() as session:
        session.execute(delete(LedgerSalts).where(LedgerSalts.organisation_id == trust.organisation.id))
    codes = {finding.code for finding in verify_record(trust.organisation.id, signature.id)}
    assert "missing_value" in codes


def test_every_record_that_the_whole_chain_holds_sound_is_sound_by_itself(
    trust: Trust, signature: SignatureView
) -> None:
    assert verify_organisation(trust.organisation.id).sound
    assert verify_record(trust.organisation.id, signature.id) == []
    assert verify_record(trust.organisation.id, trust.organisation.id) == []
    assert [finding.code for finding in verify_record(trust.organisation.id, trust.academy.id)] == []
    assert [finding.code for finding in verify_record(make_organisation().organisation.id, signature.id)] == [
        "orphan"
    ]
