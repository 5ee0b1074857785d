"""The statement of each policy: reading and understanding, and never words that make a signature a consent."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from elearn.acknowledgements import service
from elearn.acknowledgements.rules import asked_by_signer, statement_text
from elearn.config import data_folder
from elearn.policies.importing import read_policy
from elearn.policies.service import get_version
from elearn.scenarios.content import Content
from elearn.scenarios.loader import load_content
from tests.factories import course_of, make_organisation, make_person

CONSENT = re.compile(r"consent|agree|accept|permi|authori|allow|waive|monitor", re.IGNORECASE)
QUOTED = {"creating_tomorrow": ("4.3.2",), "model": ("17.3",)}


@pytest.fixture(scope="module")
def content() -> Content:
    """The content that the program teaches."""
    return load_content(data_folder("scenarios"))


def test_no_statement_makes_a_signature_a_consent(content: Content) -> None:
    for slug, policy in content.policies.items():
        values = {"who_to_ask": asked_by_signer([policy.policy.names[n] for n in policy.policy.who_to_ask])}
        statement = statement_text(policy.policy.statement, values)
        assert CONSENT.search(statement) is None, f"{slug}: {statement}"
        assert "have read" in statement, slug
        assert "understand" in statement, slug
        assert " your " not in statement, f"{slug}: {statement}"


def test_what_the_policy_says_about_signing_stands_beside_the_signature(content: Content) -> None:
    """One clause calls a signature a consent, one of our own says that it is none. No other speaks of signing."""
    quoted = {slug: policy.policy.quote_beside_signature for slug, policy in content.policies.items()}
    assert {slug: refs for slug, refs in quoted.items() if refs} == QUOTED


def test_the_quoted_clause_of_the_model_says_that_a_signature_is_no_consent() -> None:
    file = data_folder("scenarios") / "policies" / "model" / "policy.md"
    [text] = [
        clause.text for clause in read_policy(file.read_bytes(), file.name).clauses if clause.ref == "17.3"
    ]
    assert "signature" in text
    assert "is not consent to monitoring" in text


def test_the_quoted_clause_of_a_published_policy_says_that_a_signature_is_a_consent(
    policy_texts: Path,
) -> None:
    file = policy_texts / "creating_tomorrow.txt"
    [text] = [
        clause.text for clause in read_policy(file.read_bytes(), file.name).clauses if clause.ref == "4.3.2"
    ]
    assert "consent" in text
    assert "acknowledgement" in text


@pytest.mark.parametrize(
    ("version", "dated", "said"),
    [
        ("V1.0", "2020-12-14", "version 1.0, dated 14 December 2020."),
        ("2.1", "2020-12", "version 2.1, dated December 2020."),
        ("Vision 3", "2020-12", "version Vision 3, dated December 2020."),
        ("2021-03-22", "2021-03-22", "Fernhill Academies Trust, dated 22 March 2021."),
    ],
)
def test_the_statement_says_version_and_date_as_people_do(
    app: Flask, monkeypatch: pytest.MonkeyPatch, version: str, dated: str, said: str
) -> None:
    trust = make_organisation()
    course = course_of(trust)
    held = get_version(course.policy_version_id, organisation_id=trust.organisation.id)
    monkeypatch.setattr(
        service, "get_version", lambda *asked, **told: replace(held, version=version, dated=dated)
    )
    assert said in service.to_sign(course, make_person(trust)).statement
