"""`elearn policy publish`, with the import and the content that go before it."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from elearn import clock
from elearn.config import data_folder
from elearn.courses.service import INDUCTION, current_course
from elearn.db import db
from elearn.drafts.service import decide, get_draft, stances_to_json
from elearn.people.organisations import add_academy, get_organisation_by_slug
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.policies.models import Publication
from elearn.policies.service import list_publications
from elearn.scenarios.bundles import bundle_to_json, frozen
from elearn.scenarios.loader import load_content
from elearn.scenarios.service import load_bundle
from tests.command_line import run
from tests.factories import Trust, make_organisation, make_person

POLICY_TEXT = (Path(__file__).parents[2] / "scenarios/policies/model/policy.md").read_text(encoding="utf-8")


@pytest.fixture
def slug(app: Flask) -> str:
    """An organisation with content, still without its text."""
    slug = f"fernhill-{secrets.token_hex(4)}"
    added = ("--name", "Fernhill Academies Trust", "--short-name", "Fernhill", "--policy", "model")
    result = run("organisation", "add", slug, *added)
    assert result.exit_code == 0, result.output
    assert "No policy text yet" in result.output
    return slug


def import_text(slug: str, folder: Path, text: str = POLICY_TEXT, *more: str) -> Result:
    path = folder / "policy.md"
    path.write_text(text, encoding="utf-8")
    return run("policy", "import", str(path), "--organisation", slug, *more)


def somebody(slug: str, *roles: Role) -> PersonView:
    """Somebody of this trust, at an academy of their own."""
    organisation = get_organisation_by_slug(slug)
    academy = add_academy(organisation.id, secrets.token_hex(4), name="Mill Road Academy", at=clock.now())
    return make_person(Trust(organisation, academy), roles=roles)


def publish(slug: str, *more: str, by: PersonView | None = None) -> Result:
    who = by or somebody(slug, Role.AUTHOR)
    return run("policy", "publish", "--organisation", slug, "--by", str(who.id), *more)


def test_a_policy_is_imported_and_published_with_its_courses(slug: str, tmp_path: Path) -> None:
    assert import_text(slug, tmp_path).exit_code == 0
    result = publish(slug)
    assert result.exit_code == 0, result.output
    assert "is in force at Fernhill Academies Trust" in result.output
    assert current_course(get_organisation_by_slug(slug).id, INDUCTION, clock.today()) is not None


def test_who_publishes_is_named_and_recorded(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    assert "--by" in run("policy", "publish", "--organisation", slug).stderr
    trust = get_organisation_by_slug(slug)
    assert not list_publications(trust.id)
    publisher = somebody(slug, Role.AUTHOR)
    assert f"Published by {publisher.name}" in publish(slug, by=publisher).output
    found = select(Publication.published_by_id).where(Publication.organisation_id == trust.id)
    assert db.session.scalars(found).all() == [publisher.id]


def test_nobody_publishes_who_may_not_or_is_of_another_trust(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    stranger = make_person(make_organisation(published=False), roles=[Role.AUTHOR])
    for who in (somebody(slug), somebody(slug, Role.HR), stranger):
        result = publish(slug, by=who)
        assert result.exit_code == 1
        assert "may not publish policies at Fernhill Academies Trust" in result.stderr
    assert not list_publications(get_organisation_by_slug(slug).id)


def test_content_that_nobody_else_accepted_is_not_published_by_who_answered_its_questions(
    slug: str, tmp_path: Path
) -> None:
    import_text(slug, tmp_path)
    author = somebody(slug, Role.AUTHOR)
    draft = get_draft(get_organisation_by_slug(slug))
    value = stances_to_json(draft.proposal("tag_pupil").stances)
    decide(draft, {"position:tag_pupil": value}, decided_by_id=author.id, at=clock.now())
    result = publish(slug, by=author)
    assert result.exit_code == 1
    assert "Somebody else has to publish this" in result.stderr
    assert not list_publications(draft.organisation.id)
    assert publish(slug).exit_code == 0


def test_content_that_does_not_fit_the_imported_text_is_not_loaded(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path, POLICY_TEXT.replace("6.1 ", "6.99 "))
    result = run("content", "load", "--organisation", slug, "--policy", "model")
    assert result.exit_code == 1
    assert re.search(
        r"^policies/model/clauses.yaml:\d+: the imported text has no clause 6.1\. ", result.stderr, re.M
    )


def test_a_citation_of_a_clause_that_neither_lists_is_refused_before_publication(
    slug: str, tmp_path: Path
) -> None:
    """Such content cannot be loaded by command any more; what was loaded before that is still refused."""
    import_text(slug, tmp_path)
    trust = get_organisation_by_slug(slug)
    content = load_content(data_folder("scenarios"), ["model"])
    policy = content.policies["model"]
    text = json.dumps(bundle_to_json(content.bundle("model"))["policy"])
    told = json.loads(text)
    told["positions"]["tag_pupil"]["default"]["clauses"][0]["ref"] = "99.1"
    told["key_rules"][0]["clauses"] = ["99.2"]
    wrong = type(policy).model_validate(frozen(told))
    load_bundle(trust.id, replace(content, policies={"model": wrong}), "model", at=clock.now())
    result = publish(slug)
    assert result.exit_code == 1
    assert "The text has no clause 99.1, on which the answer to “" in result.stderr
    assert (
        f"The text has no clause 99.2, on which the rule “{policy.key_rules[0].title}” rests" in result.stderr
    )
    assert not list_publications(trust.id)


def test_the_same_file_again_changes_nothing(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    assert "already; nothing changed" in import_text(slug, tmp_path).output


def test_publishing_twice_is_refused(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    publish(slug)
    result = publish(slug)
    assert (result.exit_code, result.stderr) == (1, "This version is in force already\n")


def test_a_text_that_the_content_was_not_written_for_is_refused_clause_by_clause(
    slug: str, tmp_path: Path
) -> None:
    import_text(slug, tmp_path, POLICY_TEXT.replace("must", "may"))
    result = publish(slug)
    assert result.exit_code == 1
    assert "reads differently" in result.stderr


def test_of_several_versions_one_is_named(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    import_text(slug, tmp_path, POLICY_TEXT + "\n", "--version", "9")
    result = publish(slug)
    assert result.exit_code == 1
    assert "--version" in result.stderr
    assert publish(slug, "--version", "8").exit_code == 1
    assert publish(slug, "--version", "9").exit_code == 0


def test_without_text_or_content_nothing_is_published(app: Flask, slug: str, tmp_path: Path) -> None:
    result = publish(slug)
    assert result.exit_code == 1
    assert "elearn policy import" in result.stderr
    bare = make_organisation(published=False).organisation.slug
    import_text(bare, tmp_path)
    result = publish(bare)
    assert result.exit_code == 1
    assert "elearn content load" in result.stderr


def test_import_needs_an_organisation_or_a_dry_run(tmp_path: Path) -> None:
    path = tmp_path / "policy.md"
    path.write_text(POLICY_TEXT, encoding="utf-8")
    assert run("policy", "import", str(path)).exit_code == 64
    assert run("policy", "import", str(path), "--dry-run").exit_code == 0
    assert run("policy", "import", str(tmp_path / "missing.md"), "--dry-run").exit_code == 2


def test_content_is_loaded_again_without_change(slug: str) -> None:
    again = run("content", "load", "--organisation", slug)
    assert again.exit_code == 0, again.output
    assert "nothing changed" in again.output
    assert run("content", "load", "--organisation", slug, "--policy", "nobody").exit_code == 1
