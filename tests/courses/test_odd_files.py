"""A policy's file that is empty, binary, in UTF-16 or far too large: right or a clear error, by command and by page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from elearn.cli import main
from elearn.db import Base, db
from elearn.permissions import Role
from elearn.policies.service import list_clauses, list_versions
from tests.factories import POLICY_TEXT, Trust, csrf_token, make_organisation, make_person
from tests.staff_world import browser

UPLOAD = "/policy/versions/upload"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8
TWENTY_MB = b"1.1 Staff must ask.\n" * (1024 * 1024)
UNREADABLE = {
    "empty": (b"", "policy.txt", "the file is empty"),
    "blank": (b" \n\t\n", "policy.md", "the file is empty"),
    "binary": (bytes(range(256)) * 40, "policy.txt", "save it as UTF-8"),
    "picture": (PNG, "policy.txt", "save it as UTF-8"),
    "pdf called a text": (b"%PDF-1.7\n%\xe2\xe3", "policy.txt", "give it a name that ends in .pdf"),
    "broken pdf": (b"%PDF-1.7\n%\xe2\xe3", "policy.pdf", "PDF"),
    "broken Word document": (b"PK\x03\x04" + bytes(200), "policy.docx", "Word"),
    "half a UTF-16": ("1.1 Staff must ask.".encode("utf-16")[:-1], "policy.txt", "save it as UTF-8"),
    "UTF-16 without its mark": ("1.1 Staff must ask.".encode("utf-16-le"), "policy.txt", "UTF-16"),
    "20 MB": (TWENTY_MB, "policy.txt", "larger than 10 MB"),
}


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation(published=False)


@pytest.fixture
def client(app: Flask, trust: Trust) -> FlaskClient:
    return browser(app, make_person(trust, roles=[Role.AUTHOR]))


def stored() -> dict[str, int]:
    """How many rows each table has."""
    db.session.rollback()
    tables = Base.metadata.tables.values()
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def upload(client: FlaskClient, data: bytes, name: str) -> TestResponse:
    """Send a file as a browser does, from memory: the test client's own way leaves a large one open on the disk."""
    fields = {"csrf_token": csrf_token(client.get(UPLOAD)), "step": "preview"}
    parts = [f'name="{field}"\r\n\r\n{value}'.encode() for field, value in fields.items()]
    parts.append(f'name="file"; filename="{name}"\r\n\r\n'.encode() + data)
    body = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
    return client.post(UPLOAD, data=body + b"--edge--\r\n", content_type="multipart/form-data; boundary=edge")


def kept(page: TestResponse) -> dict[str, str]:
    """What the preview's form sends back."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


@pytest.mark.parametrize("what", UNREADABLE)
def test_the_command_says_why_it_cannot_read_a_file_and_stores_nothing(
    trust: Trust, tmp_path: Path, what: str
) -> None:
    data, name, why = UNREADABLE[what]
    path = tmp_path / name
    path.write_bytes(data)
    before = stored()
    for more in (["--dry-run", "--json"], ["--organisation", trust.organisation.slug]):
        result = CliRunner().invoke(main, ["policy", "import", str(path), *more])
        assert result.exit_code == 2
        assert result.stdout == ""
        assert why in result.stderr
        assert "Traceback" not in result.stderr
    assert stored() == before


@pytest.mark.parametrize("what", UNREADABLE)
def test_the_page_says_why_it_cannot_read_a_file_and_stores_nothing(client: FlaskClient, what: str) -> None:
    data, name, why = UNREADABLE[what]
    before = stored()
    page = upload(client, data, name)
    if what == "20 MB":
        assert page.status_code == 413
        assert "The file is too large" in page.text
        assert "Nothing from it was saved" in page.text
    else:
        assert page.status_code == 422
        assert "There is a problem" in page.text
        assert why in page.text
    assert stored() == before


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_text_in_utf_16_is_read_right_by_command_and_by_page(
    trust: Trust, client: FlaskClient, tmp_path: Path, encoding: str
) -> None:
    text = POLICY_TEXT.replace("is not part of", "– pupils’ “friends” £5 – is not part of", 1)
    path = tmp_path / "policy.md"
    path.write_bytes(text.encode(encoding))
    result = CliRunner().invoke(
        main, ["policy", "import", str(path), "--organisation", trust.organisation.slug]
    )
    assert result.exit_code == 0, result.output
    seen = upload(client, (text + "\nA last line.\n").encode(encoding), "policy.md")
    assert client.post(UPLOAD, data=kept(seen)).status_code == 303
    versions = list_versions(trust.organisation.id)
    assert len(versions) == 2
    for version in versions:
        assert any("– pupils’ “friends” £5" in clause.text for clause in list_clauses(version.id))


def test_a_file_between_what_the_page_and_what_the_command_takes_is_sent_to_the_command(
    client: FlaskClient, trust: Trust
) -> None:
    page = upload(client, b"1.1 Staff must ask.\n" * 110_000, "policy.txt")
    assert page.status_code == 422
    assert "Use “elearn policy import” for it" in page.text
    assert list_versions(trust.organisation.id) == []


def test_the_largest_file_that_the_page_takes_is_imported(client: FlaskClient, trust: Trust) -> None:
    data = POLICY_TEXT.encode()
    data += b"\n" * (2_000_000 - len(data))
    seen = upload(client, data, "policy.md")
    assert seen.status_code == 200
    assert client.post(UPLOAD, data=kept(seen)).status_code == 303
    assert len(list_versions(trust.organisation.id)) == 1
