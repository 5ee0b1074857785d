"""Pages of policy versions: importing and publishing."""

from __future__ import annotations

import io
import random
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from elearn import clock
from elearn.courses.service import accept_content
from elearn.drafts.service import decide, get_draft, stances_to_json
from elearn.permissions import Role
from elearn.policies.rules import sha256_hex
from elearn.policies.service import VersionView, import_policy, list_publications, list_versions
from elearn.scenarios.service import load_bundle
from tests.factories import (
    POLICY_TEXT,
    Trust,
    content,
    csrf_token,
    make_organisation,
    make_person,
    make_proposal,
    post,
)
from tests.policies import documents
from tests.staff_world import browser

UPLOAD = "/policy/versions/upload"


def upload(client: FlaskClient, data: bytes, name: str = "policy.md", **fields: str) -> TestResponse:
    token = csrf_token(client.get(UPLOAD))
    file = (io.BytesIO(data), name)
    return client.post(
        UPLOAD,
        data={"csrf_token": token, "step": "preview", "file": file, **fields},
        content_type="multipart/form-data",
    )


def kept(page: TestResponse) -> dict[str, str]:
    """What the preview's form sends back."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    return dict(fields)


def test_a_file_is_looked_at_before_anything_is_stored_and_kept_byte_for_byte(app: Flask) -> None:
    trust = make_organisation(published=False)
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    data = POLICY_TEXT.replace("\n", "\r\n").encode()
    seen = upload(client, data)
    assert "Nothing is stored yet" in seen.text
    assert "Clauses" in seen.text
    assert list_versions(trust.organisation.id) == []
    assert client.post(UPLOAD, data=kept(seen)).status_code == 303
    stored = list_versions(trust.organisation.id)
    assert [version.source_sha256 for version in stored] == [sha256_hex(data)]
    assert "Not published" in client.get("/policy/versions").text


@pytest.mark.parametrize(
    ("given", "kept_as", "shown"),
    [
        ("1 March 2021", "2021-03-01", "1 March 2021"),
        ("March 2021", "2021-03", "March 2021"),
        ("2021-03-01", "2021-03-01", "1 March 2021"),
    ],
)
def test_the_date_of_a_version_is_given_and_shown_in_words(
    app: Flask, given: str, kept_as: str, shown: str
) -> None:
    trust = make_organisation(published=False)
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    text = "# Policy\n\n1.1 Staff must not tag a pupil in a photo.\n"
    seen = upload(client, text.encode(), dated=given)
    assert client.post(UPLOAD, data=kept(seen)).status_code == 303
    [version] = list_versions(trust.organisation.id)
    assert version.dated == kept_as
    for page in ("/policy/versions", "/content/setup", f"/policy/versions/{version.id}/publish"):
        found = client.get(page).text
        assert kept_as not in found
        assert shown in found


@pytest.mark.parametrize("given", ["31 February 2021", "2021-02-31", "last spring"])
def test_what_is_no_date_is_asked_for_again(app: Flask, given: str) -> None:
    trust = make_organisation(published=False)
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    seen = upload(client, b"# Policy\n\n1.1 Staff must not tag a pupil in a photo.\n", dated=given)
    answer = client.post(UPLOAD, data=kept(seen))
    assert answer.status_code == 422
    assert 'id="dated-error"' in answer.text
    assert list_versions(trust.organisation.id) == []


def test_the_preview_shows_force_and_topics_proposed_for_each_clause(app: Flask) -> None:
    client = browser(app, make_person(make_organisation(published=False), roles=[Role.AUTHOR]))
    text = "# Policy\n\n1.1 Staff must not tag a pupil in a photo.\n\n1.2 The gates are green.\n"
    page = upload(client, text.encode()).text
    row = page[page.index("must not tag a pupil") :]
    assert row.index("Prohibition") < row.index("Contact with pupils") < row.index("The gates are green")
    assert "None found" in row[row.index("The gates are green") :]


def test_the_same_file_again_is_said_to_be_here(app: Flask) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    seen = upload(client, POLICY_TEXT.encode())
    answer = client.post(UPLOAD, data=kept(seen))
    assert answer.status_code == 422
    assert "this text is here already" in answer.text
    assert len(list_versions(trust.organisation.id)) == 1


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elearn.courses.forms.MOST_BYTES", 50_000)
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    stored = list_versions(trust.organisation.id)
    for data, name, words in (
        (b"PK\x03\x04", "policy.exe", "use .txt, .md, .docx or .pdf"),
        (b"PK\x03\x04 cut short", "policy.docx", "the Word file is damaged"),
        (b"<!doctype html><p>Staff must ask.", "policy.pdf", "this is a web page"),
        (b"x" * 50_001, "policy.txt", "larger than 2 MB"),
        (b"", "", "select a file"),
    ):
        answer = upload(client, data, name)
        assert answer.status_code == 422
        assert re.search(rf'id="file-error"[^<]*<span[^>]*>Error:</span>[^<]*{words}', answer.text), name
    assert list_versions(trust.organisation.id) == stored


@pytest.mark.parametrize("extension", [".docx", ".pdf"])
def test_a_document_larger_than_other_forms_is_kept_between_preview_and_import(
    app: Flask, extension: str
) -> None:
    trust = make_organisation(published=False)
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    make = documents.typed_word if extension == ".docx" else documents.pdf_file
    data = make(POLICY_TEXT)
    # A comment at the end of a zip, and bytes before the last line of a PDF, change nothing in them.
    data = _padded_zip(data) if extension == ".docx" else data + b"%" + b"x" * 250_000 + b"\n"
    seen = upload(client, data, f"Our policy{extension}")
    assert "Nothing is stored yet" in seen.text
    assert client.post(UPLOAD, data=kept(seen), content_type="multipart/form-data").status_code == 303
    stored = list_versions(trust.organisation.id)
    assert [version.source_sha256 for version in stored] == [sha256_hex(data)]


def _padded_zip(data: bytes) -> bytes:
    padded = io.BytesIO(data)
    with zipfile.ZipFile(padded, "a") as zipped:
        zipped.writestr("word/media/logo.png", random.Random(1).randbytes(250_000))
    return padded.getvalue()


def test_a_text_that_the_content_does_not_fit_is_not_published(app: Flask) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    other = POLICY_TEXT.replace("must", "may")
    client.post(UPLOAD, data=kept(upload(client, other.encode(), version="2.0")))
    version = list_versions(trust.organisation.id)[0]
    address = f"/policy/versions/{version.id}/publish"
    assert "was written for another text" in client.get(address).text
    day = clock.today()
    data = {"change": "major", "in_force_from-day": str(day.day), "in_force_from-month": str(day.month)}
    answer = post(client, address, data | {"in_force_from-year": str(day.year)})
    assert answer.status_code == 422
    assert "reads differently from what the content was written for" in answer.text
    assert len(list_publications(trust.organisation.id)) == 1


def test_a_version_is_published_with_its_change_and_day(app: Flask) -> None:
    trust = make_organisation()
    author = make_person(trust, roles=[Role.AUTHOR])
    client = browser(app, author)
    longer = POLICY_TEXT + "\n"
    client.post(UPLOAD, data=kept(upload(client, longer.encode(), version="1.1")))
    version = list_versions(trust.organisation.id)[0]
    day = clock.today() + timedelta(days=10)
    data = {"change": "editorial", "note": "Trustees, 3 September", "in_force_from-day": str(day.day)}
    data |= {"in_force_from-month": str(day.month), "in_force_from-year": str(day.year)}
    assert post(client, f"/policy/versions/{version.id}/publish", data).status_code == 303
    publication = list_publications(trust.organisation.id)[-1]
    assert (publication.version_id, publication.in_force_from) == (version.id, day)
    text = client.get("/policy/versions").text
    assert "Editorial change" in text
    assert "Trustees, 3 September" in text


def later_version(trust: Trust) -> VersionView:
    """The same text with another number, which is not in force."""
    text = POLICY_TEXT + "\n"
    return import_policy(
        trust.organisation.id, text.encode(), "policy.md", version="9", at=clock.now()
    ).version


def test_by_page_too_the_author_of_content_that_nobody_accepted_does_not_publish_it(app: Flask) -> None:
    trust = make_organisation()
    version = later_version(trust)
    author, other = (make_person(trust, roles=[Role.AUTHOR]) for _ in range(2))
    draft = get_draft(trust.organisation)
    value = stances_to_json(draft.proposal("tag_pupil").stances)
    decide(draft, {"position:tag_pupil": value}, decided_by_id=author.id, at=clock.now())
    address, day = f"/policy/versions/{version.id}/publish", clock.today()
    data = {"change": "major", "in_force_from-day": str(day.day), "in_force_from-month": str(day.month)}
    data |= {"in_force_from-year": str(day.year)}
    refused = post(browser(app, author), address, data)
    assert "Somebody else has to publish this" in refused.text
    assert len(list_publications(trust.organisation.id)) == 1
    assert post(browser(app, other), address, data).status_code == 303
    assert len(list_publications(trust.organisation.id)) == 2


def test_by_page_too_whoever_loaded_the_content_by_command_does_not_publish_it(app: Flask) -> None:
    trust = make_organisation()
    version = later_version(trust)
    loader = make_person(trust, "Łucja Dunn", roles=[Role.AUTHOR])
    other = make_person(trust, "Sam Patel", roles=[Role.ADMINISTRATOR])
    his, hers = browser(app, other), browser(app, loader)
    before = his.get("/policy/versions").text
    assert f"On {clock.spoken_date(clock.today().isoformat())}; it is not recorded by whom" in before
    load_bundle(trust.organisation.id, content(), "fernhill", loaded_by_id=loader.id, at=clock.now())
    shown = his.get("/policy/versions").text
    assert f"By Łucja Dunn on {clock.spoken_date(clock.today().isoformat())}" in shown
    address, day = f"/policy/versions/{version.id}/publish", clock.today()
    data = {"change": "major", "in_force_from-day": str(day.day), "in_force_from-month": str(day.month)}
    data |= {"in_force_from-year": str(day.year)}
    assert "You cannot publish this version. Somebody else has to publish this" in hers.get(address).text
    refused = post(hers, address, data)
    assert refused.status_code == 422
    assert "Ask another author or administrator" in refused.text
    assert len(list_publications(trust.organisation.id)) == 1
    assert "You cannot publish" not in his.get(address).text
    assert post(his, address, data).status_code == 303
    assert len(list_publications(trust.organisation.id)) == 2


def test_the_page_says_who_proposed_and_who_accepted_the_content(app: Flask) -> None:
    trust = make_organisation()
    author, other = (make_person(trust, name, roles=[Role.AUTHOR]) for name in ("Ruth Amadi", "Sam Patel"))
    proposal = make_proposal(trust, author)
    accept_content(
        proposal.id, organisation_id=trust.organisation.id, accepted_by_id=other.id, at=clock.now()
    )
    shown = browser(app, other).get("/policy/versions").text
    day = clock.spoken_date(clock.today().isoformat())
    assert f"By Sam Patel on {day}, proposed by Ruth Amadi" in shown
    assert "not recorded by whom" not in shown


def test_a_version_past_its_review_date_is_marked_and_stays_in_force(app: Flask) -> None:
    trust = make_organisation(published=False)
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    late = POLICY_TEXT.replace("2027", "2024").replace("2026", "2023")
    client.post(UPLOAD, data=kept(upload(client, late.encode())))
    assert "months late" in client.get("/policy/versions").text
