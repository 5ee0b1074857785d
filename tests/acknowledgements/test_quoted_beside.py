"""A clause about signing is quoted beside the signature, and the record holds exactly what stood there."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from elearn import clock
from elearn.acknowledgements import service
from elearn.acknowledgements.models import Acknowledgement
from elearn.courses.service import publish_with_courses
from elearn.db import db
from elearn.ledger.verification import verify_organisation
from elearn.people.service import PersonView
from elearn.policies.rules import Change
from elearn.policies.service import clauses_by_ref, get_version, import_policy
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import load_bundle
from tests import factories
from tests.acknowledgements.test_routes import ready, sign_form
from tests.factories import Trust, make_organisation, sign_in

QUOTED = ["5.1", "1.2"]


def publish(trust: Trust, folder: Path, quoted: list[str]) -> None:
    """Put the policy in force with content that has these clauses quoted beside the signature."""
    shutil.copytree(factories.CONTENT, folder)
    with (folder / "policies" / "fernhill" / "policy.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nquote_beside_signature: {quoted}\n".replace("'", '"'))
    organisation_id = trust.organisation.id
    at = clock.now()
    version = import_policy(organisation_id, factories.POLICY_TEXT.encode(), "policy.md", at=at).version
    bundle = load_bundle(organisation_id, load_content(folder), "fernhill", at=at)
    publish_with_courses(
        version.id,
        bundle.id,
        organisation_id=organisation_id,
        in_force_from=clock.local_day(at),
        change=Change.MAJOR,
        at=at,
    )


@pytest.fixture
def trust(app: Flask, tmp_path: Path) -> Trust:
    made = make_organisation(published=False)
    publish(made, tmp_path / "content", QUOTED)
    return made


def figures(page: str) -> list[tuple[str, str]]:
    """The clauses that a page quotes: reference and words."""
    found = re.findall(
        r'app-clause__ref">Clause ([^<]+?)</figcaption><blockquote[^>]*>(.+?)</blockquote>', page, re.S
    )
    return [(ref, html.unescape(words)) for ref, words in found]


def signed_by_page(client: FlaskClient, person: PersonView) -> Acknowledgement:
    assert client.post("/sign", data=sign_form(client, person.name)).status_code == 303
    db.session.rollback()
    return db.session.query(Acknowledgement).filter_by(person_id=person.id).one()


def test_the_record_holds_exactly_what_was_shown_beside_it_and_verification_recomputes_it(
    app: Flask, trust: Trust
) -> None:
    person, client = ready(trust), app.test_client()
    sign_in(client, person)
    shown = figures(client.get("/sign").text)
    assert [ref for ref, _ in shown] == QUOTED
    row = signed_by_page(client, person)
    assert "With a one-time code, entered within ten minutes" in client.get(f"/records/{row.reference}").text
    assert row.quoted_clauses == QUOTED
    version = get_version(row.policy_version_id, organisation_id=row.organisation_id)
    assert row.policy_sha256 == version.text_sha256
    printed = clauses_by_ref(version.id, QUOTED)
    assert shown == [(ref, printed[ref].text) for ref in QUOTED]
    assert "Clauses 5.1, 1.2" in client.get(f"/records/{row.reference}").text
    assert verify_organisation(row.organisation_id).sound
    for change in ("'[\"5.1\"]'", '\'["1.2","5.1"]\'', "'[]'"):
        with db.engine.begin() as connection:
            connection.execute(
                text(f"UPDATE acknowledgements SET quoted_clauses = {change} WHERE reference = :reference"),
                {"reference": row.reference},
            )
        verdict = verify_organisation(trust.organisation.id)
        assert [finding.message for finding in verdict.findings] == [
            "quoted_clauses is not what was recorded"
        ]


def test_a_quoted_clause_is_no_reason_to_call_the_signature_a_consent(app: Flask, trust: Trust) -> None:
    person, client = ready(trust), app.test_client()
    sign_in(client, person)
    page = client.get("/sign").text
    assert (
        "What you sign is the statement above, and that does not ask for your consent to monitoring." in page
    )
    assert "This is not consent to monitoring." not in page
    assert page.index('id="statement"') < page.index("app-clause") < page.index("What you sign is")


def test_what_was_to_stand_beside_it_changed_so_nothing_is_signed(
    app: Flask, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, client = ready(trust), app.test_client()
    sign_in(client, person)
    form = sign_form(client, person.name)
    asked = service.clauses_by_ref
    monkeypatch.setattr(service, "clauses_by_ref", lambda version_id, refs: asked(version_id, refs[:1]))
    answer = client.post("/sign", data=form)
    assert answer.status_code == 422
    assert "What stands beside the statement changed" in answer.text
    assert [ref for ref, _ in figures(answer.text)] == QUOTED[:1]
    assert db.session.query(Acknowledgement).filter_by(person_id=person.id).count() == 0
