"""`elearn policy publish`, with the import and the content that go before it."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from elearn import clock
from elearn.config import data_folder
from elearn.courses.service import INDUCTION, accept_content, current_course
from elearn.db import db
from elearn.drafts.service import decide, get_draft, stances_to_json
from elearn.ledger.verification import verify_organisation
from elearn.people.organisations import add_academy, get_organisation_by_slug
from elearn.people.service import PersonView, resolve_person
from elearn.permissions import Role
from elearn.policies.models import Publication
from elearn.policies.service import list_publications
from elearn.scenarios.bundles import bundle_to_json, frozen
from elearn.scenarios.loader import load_content
from elearn.scenarios.proposals import propose_content
from elearn.scenarios.service import BundleView, find_latest_bundle, list_loadings, load_bundle, loaders_of
from tests.command_line import run
from tests.factories import Trust, make_organisation, make_person

POLICY_TEXT = (Path(__file__).parents[2] / "scenarios/policies/model/policy.md").read_text(encoding="utf-8")


@pytest.fixture
def slug(app: Flask) -> str:
    """An organisation with content, still without its text."""
    slug = add_trust()
    author, content = somebody(slug, Role.AUTHOR), load_content(data_folder("scenarios"), ["model"])
    load_bundle(author.organisation_id, content, "model", loaded_by_id=author.id, at=clock.now())
    return slug


def add_trust() -> str:
    """An organisation with nothing in it yet."""
    slug = f"fernhill-{secrets.token_hex(4)}"
    added = run("organisation", "add", slug, "--name", "Fernhill Academies Trust", "--short-name", "Fernhill")
    assert added.exit_code == 0, added.output
    assert "No administrator yet" in added.output
    return slug


def load(slug: str, by: PersonView, *more: str) -> Result:
    return run("content", "load", "--organisation", slug, "--policy", "model", "--by", str(by.id), *more)


def import_text(slug: str, folder: Path, text: str = POLICY_TEXT, *more: str) -> Result:
    path = folder / "policy.md"
    path.write_text(text, encoding="utf-8")
    return run("policy", "import", str(path), "--organisation", slug, *more)


def somebody(slug: str, *roles: Role) -> PersonView:
    """Somebody of this trust, with a name and an academy of their own."""
    organisation = get_organisation_by_slug(slug)
    academy = add_academy(organisation.id, secrets.token_hex(4), name="Mill Road Academy", at=clock.now())
    return make_person(Trust(organisation, academy), f"Kim {secrets.token_hex(4)}", roles=roles)


def publish(slug: str, *more: str, by: PersonView | None = None) -> Result:
    who = by or somebody(slug, Role.AUTHOR)
    return run("policy", "publish", "--organisation", slug, "--by", str(who.id), *more)


def test_content_is_loaded_before_there_is_a_text_and_what_is_missing_is_said(app: Flask) -> None:
    slug = add_trust()
    author = somebody(slug, Role.AUTHOR)
    result = load(slug, author)
    assert result.exit_code == 0, result.output
    assert "No policy text yet" in result.output
    found, content = latest(slug), load_content(data_folder("scenarios"), ["model"])
    assert loaders_of(found.id) == {author.id}
    assert load_bundle(author.organisation_id, content, "model", at=clock.now()) == found


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
    result = load(slug, somebody(slug, Role.AUTHOR))
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
    bundle = latest(slug)
    [loading] = list_loadings(bundle.id)
    by = ("--by", str(loading.loaded_by_id))
    again = run("content", "load", "--organisation", slug, *by)
    assert again.exit_code == 0, again.output
    assert "nothing changed" in again.output
    assert (latest(slug), list_loadings(bundle.id)) == (bundle, [loading])
    assert run("content", "load", "--organisation", slug, "--policy", "nobody", *by).exit_code == 1


# --- who loads does not publish ------------------------------------------------------------------


def latest(slug: str) -> BundleView:
    bundle = find_latest_bundle(get_organisation_by_slug(slug).id)
    assert bundle is not None
    return bundle


def edited(folder: Path, words: str) -> tuple[str, str]:
    """A content folder of somebody's own, in which the short name of the trust is these words."""
    shutil.copytree(data_folder("scenarios"), folder)
    file = folder / "policies/model/policy.yaml"
    text = re.sub(r"(?m)^short_name: .*$", f"short_name: {words}", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    return "--folder", str(folder)


def test_who_loads_files_is_named_recorded_and_does_not_publish_alone(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    author, other = somebody(slug, Role.AUTHOR), somebody(slug, Role.ADMINISTRATOR)
    loaded = load(slug, author, *edited(tmp_path / "own", "Own"))
    assert f"Loaded by {author.name}" in loaded.output
    assert f"--by PERSON (somebody other than {author.name})\n" in loaded.output
    assert [loading.loaded_by_id for loading in list_loadings(latest(slug).id)] == [author.id]
    refused = publish(slug, by=author)
    assert refused.exit_code == 1
    assert "Somebody else has to publish this: whoever loaded this content cannot" in refused.stderr
    assert "Ask another author or administrator" in refused.stderr
    trust = get_organisation_by_slug(slug)
    assert not list_publications(trust.id)
    assert publish(slug, by=other).exit_code == 0
    assert verify_organisation(trust.id).sound


def test_everybody_who_loaded_the_same_content_is_kept_from_publishing_it(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    bundle = latest(slug)
    first = list_loadings(bundle.id)[0].loaded_by_id
    second, third = somebody(slug, Role.AUTHOR), somebody(slug, Role.AUTHOR)
    again = load(slug, second)
    assert f"was loaded already; now it is recorded as loaded by {second.name} too" in again.output
    assert latest(slug) == bundle
    assert loaders_of(bundle.id) == {first, second.id}
    for who in (resolve_person(str(first)), second):
        assert "Somebody else has to publish this" in publish(slug, by=who).stderr
    assert publish(slug, by=third).exit_code == 0


def test_content_that_is_loaded_once_more_after_other_content_is_the_latest(
    slug: str, tmp_path: Path
) -> None:
    first = latest(slug)
    author = resolve_person(str(list_loadings(first.id)[0].loaded_by_id))
    load(slug, author, *edited(tmp_path / "own", "Own"))
    assert latest(slug).id != first.id
    assert "Loaded the content of policy model" in load(slug, author).output
    assert latest(slug) == first


def test_content_is_not_loaded_without_somebody_who_may_manage_policies(slug: str, tmp_path: Path) -> None:
    own, before = edited(tmp_path / "own", "Own"), latest(slug)
    without = run("content", "load", "--organisation", slug, "--policy", "model", *own)
    assert without.exit_code == 64
    assert "--by" in without.stderr
    load_by = ("content", "load", "--organisation", slug, "--policy", "model", *own, "--by")
    unknown = run(*load_by, f"{slug}/nobody")
    assert (unknown.exit_code, unknown.stderr) == (1, f"Nobody at {slug} has payroll number nobody\n")
    assert "is neither organisation/payroll-number nor an id" in run(*load_by, "Jo Reed").stderr
    stranger = make_person(make_organisation(published=False), roles=[Role.AUTHOR])
    for who in (somebody(slug), somebody(slug, Role.HR), stranger):
        refused = load(slug, who, *own)
        assert refused.exit_code == 1
        assert (
            f"By: {who.name} may not load content at Fernhill Academies Trust. "
            "It takes the role author or administrator there"
        ) in refused.stderr
    assert latest(slug) == before


def test_content_that_two_people_agreed_on_by_page_is_published_by_either_of_them(
    slug: str, tmp_path: Path
) -> None:
    """Whoever loads the same files afterwards adds nothing to what was proposed and accepted."""
    import_text(slug, tmp_path)
    trust = get_organisation_by_slug(slug)
    author, other = somebody(slug, Role.AUTHOR), somebody(slug, Role.AUTHOR)
    own = edited(tmp_path / "own", "Own")
    bundle = load_content(tmp_path / "own", ["model"]).bundle("model")
    proposal = propose_content(
        trust.id, latest(slug), bundle, note="", proposed_by_id=author.id, at=clock.now()
    )
    accept_content(proposal.id, organisation_id=trust.id, accepted_by_id=other.id, at=clock.now())
    assert "was loaded already" in load(slug, author, *own).output
    assert publish(slug, by=author).exit_code == 0


def test_content_from_before_loaders_were_recorded_is_published_as_before(slug: str, tmp_path: Path) -> None:
    import_text(slug, tmp_path)
    trust = get_organisation_by_slug(slug)
    edited(tmp_path / "own", "Own")
    load_bundle(trust.id, load_content(tmp_path / "own", ["model"]), "model", at=clock.now())
    assert not loaders_of(latest(slug).id)
    assert publish(slug, by=somebody(slug, Role.AUTHOR)).exit_code == 0
