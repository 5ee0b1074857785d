"""The page of the policy's text."""

from __future__ import annotations

from flask import Flask

from elearn.acknowledgements.service import POLICY_READ, steps_read
from tests.factories import POLICY_TEXT, course_of, make_organisation, make_person, post, sign_in


def test_the_whole_text_is_there_with_its_numbers_and_headings(app: Flask) -> None:
    trust = make_organisation()
    person = make_person(trust)
    client = app.test_client()
    sign_in(client, person)
    page = client.get("/policy").text.replace("&#39;", "'")
    for line in POLICY_TEXT.splitlines():
        if line[:3] in ("1.1", "2.2", "5.1"):
            number, _, words = line.partition(" ")
            assert f"<strong>{number}</strong> {words}" in page
    assert "Contact with pupils</h2>" in page
    version_id = course_of(trust).policy_version_id
    assert POLICY_READ not in steps_read(person.id, version_id)
    assert post(client, "/policy/read", page="/policy").location == "/check"
    assert POLICY_READ in steps_read(person.id, version_id)


def test_signed_out_the_policy_is_behind_the_code(app: Flask) -> None:
    assert app.test_client().get("/policy").location == "/code"
