"""Changing a file of the policy: what it changes is seen first, one person proposes, another says yes."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from elearn import clock
from elearn.courses.service import accept_content
from elearn.db import transaction
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.ledger.service import record
from elearn.ledger.verification import verify_organisation
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.scenarios import proposals
from elearn.scenarios.changes import value_changes
from elearn.scenarios.content import Content
from elearn.scenarios.loader import POLICY_FILES
from elearn.scenarios.models import ContentAcceptance
from elearn.scenarios.service import BundleView, find_latest_bundle, load_bundle
from tests.factories import (
    CONTENT,
    Trust,
    content,
    course_of,
    csrf_token,
    make_organisation,
    make_person,
    post,
)
from tests.staff_world import browser

UPLOAD = "/content/upload"
FOLDER = CONTENT / "policies" / "fernhill"
POSITIONS = (FOLDER / "positions.yaml").read_text(encoding="utf-8")
TOLD = "report: {default: {is: tell, who: {any: [dsl]}"
MOVED = POSITIONS.replace(TOLD, "report: {default: {is: tell, who: {any: [head]}")
"""A concern goes to the Head: the right option of `late-message` names somebody else."""


def latest(trust: Trust) -> BundleView:
    bundle = find_latest_bundle(trust.organisation.id)
    assert bundle is not None
    return bundle


def upload(client: FlaskClient, text: str, file: str = "positions") -> TestResponse:
    token = csrf_token(client.get(UPLOAD))
    sent = (io.BytesIO(text.encode()), f"{file}.yaml")
    data = {"csrf_token": token, "step": "look", "file": file, "sent": sent}
    return client.post(UPLOAD, data=data, content_type="multipart/form-data")


def kept(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


def propose(trust: Trust, text: str = MOVED) -> proposals.ProposalView:
    author = make_person(trust, roles=[Role.AUTHOR])
    return proposals.propose_change(
        latest(trust), "positions", text.encode(), note="", proposed_by_id=author.id, at=clock.now()
    )


def accept(trust: Trust, proposal: UUID, person: UUID) -> BundleView:
    return proposals.accept_proposal(
        proposal, organisation_id=trust.organisation.id, accepted_by_id=person, at=clock.now()
    )


def test_a_change_is_seen_then_proposed_then_accepted_by_somebody_else(app: Flask) -> None:
    trust = make_organisation()
    author, second = (browser(app, make_person(trust, roles=[Role.AUTHOR])) for _ in range(2))
    before, course = latest(trust), course_of(trust)
    seen = upload(author, MOVED)
    assert "Nothing is stored yet" in seen.text
    link, story = re.findall(
        r'href="/content/scenarios/late-message">([^<]*)</a><br>([^,]*), telling 1', seen.text
    )[0]
    assert (
        link.split()[:3]
        == next(s for s in content().bank if s.id == "late-message").situations[0].story.split()[:3]
    )
    assert story.endswith("late-message"), "the id stays, small"
    question = next(item.question for item in content().catalogue.positions if item.id == "report")
    assert re.search(
        re.escape(str(escape(question))) + r'<br><span class="app-small">report.default.who.any<', seen.text
    )
    assert "Tell the Safeguarding Lead today" in seen.text
    assert "Tell the Head today" in seen.text
    assert proposals.list_proposals(trust.organisation.id) == []
    answer = author.post(UPLOAD, data=kept(seen) | {"note": "Trustees, July"})
    assert answer.status_code == 303
    address = answer.location
    assert latest(trust) == before
    assert "Somebody else who manages policies has to say yes" in author.get(address).text
    assert post(author, address, {}, page=UPLOAD).status_code == 422
    shown = second.get(address).text
    assert "Trustees, July" in shown
    assert "Accept this change" in shown
    assert post(second, address, {}).status_code == 303
    assert latest(trust).sha256 != before.sha256
    assert course_of(trust).bundle_id == latest(trust).id != course.bundle_id
    assert "Accepted by" in second.get(address).text
    assert "Tell the Head today" in second.get("/content/scenarios/late-message").text
    assert verify_organisation(trust.organisation.id).sound


def test_errors_are_told_with_their_lines_and_nothing_is_stored(app: Flask) -> None:
    trust = make_organisation()
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    for broken, told in (
        (POSITIONS.replace("is: tell", "is: shout"), "positions.yaml:2: "),
        (POSITIONS.replace('"2.2"', '"9.9"'), "positions.yaml:2: "),
        (POSITIONS + "speak: {}\n", "speak is given twice"),
        (POSITIONS.replace("}}", "}", 1), "this is not YAML"),
        (POSITIONS, "says the same as the content that is loaded"),
        ("", ""),
    ):
        answer = upload(client, broken)
        assert answer.status_code == 422, broken
        assert told in answer.text
    assert upload(client, MOVED, "nothing").status_code == 422
    assert upload(client, "x" * 140_000).status_code == 422
    assert proposals.list_proposals(trust.organisation.id) == []


def test_every_file_of_a_policy_can_be_changed_by_itself(app: Flask) -> None:
    trust = make_organisation()
    for name in POLICY_FILES:
        text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
        with pytest.raises(InvalidInput, match="says the same"):
            proposals.read_change(latest(trust), name, text.encode())


def test_bytes_that_are_no_text_and_another_slug_are_refused(app: Flask) -> None:
    trust = make_organisation()
    with pytest.raises(InvalidInput, match="not UTF-8"):
        proposals.read_change(latest(trust), "positions", b"\xff\xfe\x00")
    other = (FOLDER / "policy.yaml").read_text(encoding="utf-8").replace("slug: fernhill", "slug: other")
    with pytest.raises(InvalidInput, match="the slug is other"):
        proposals.read_change(latest(trust), "policy", other.encode())


def test_nobody_accepts_what_they_proposed_themselves(app: Flask) -> None:
    trust = make_organisation()
    proposal = propose(trust)
    with pytest.raises(ActionRefused, match="Somebody else"):
        accept(trust, proposal.id, proposal.proposed_by_id)
    with pytest.raises(IntegrityError), transaction():
        record(
            ContentAcceptance(
                organisation_id=trust.organisation.id,
                recorded_at=clock.now(),
                proposal_id=proposal.id,
                bundle_id=latest(trust).id,
                proposed_by_id=proposal.proposed_by_id,
                accepted_by_id=proposal.proposed_by_id,
            )
        )


def test_a_proposal_is_accepted_once_and_only_while_its_content_is_the_latest(app: Flask) -> None:
    trust = make_organisation()
    first, second = propose(trust), propose(trust, POSITIONS.replace("any: [dsl]", "any: [it_slt]"))
    approver = make_person(trust, roles=[Role.AUTHOR])
    accept(trust, first.id, approver.id)
    with pytest.raises(ActionRefused, match="accepted already"):
        accept(trust, first.id, approver.id)
    with pytest.raises(ActionRefused, match="Other content has been loaded since"):
        accept(trust, second.id, approver.id)


def test_a_change_of_content_that_somebody_loaded_alone_is_a_yes_to_all_of_it(app: Flask) -> None:
    """Neither does a small change hide from the second person what else is new, nor can its loader say yes."""
    trust = make_organisation()
    loader = make_person(trust, "Ruth Amadi", roles=[Role.AUTHOR])
    other = make_person(trust, "Sam Patel", roles=[Role.AUTHOR])
    own = content()
    policy = own.policies["fernhill"]
    named = policy.policy.model_copy(update={"short_name": "Own"})
    own = replace(own, policies={"fernhill": policy.model_copy(update={"policy": named})})
    loaded = load_bundle(trust.organisation.id, own, "fernhill", loaded_by_id=loader.id, at=clock.now())

    def yes(proposal: proposals.ProposalView, person: PersonView) -> None:
        accept_content(
            proposal.id, organisation_id=trust.organisation.id, accepted_by_id=person.id, at=clock.now()
        )

    def page(person: PersonView, proposal: proposals.ProposalView) -> str:
        return browser(app, person).get(f"/content/proposals/{proposal.id}").text

    mine, theirs = propose(trust), propose(trust, POSITIONS.replace("any: [dsl]", "any: [it_slt]"))
    warned = "content that Ruth Amadi loaded from files, and nobody else has accepted or published it"
    assert warned in page(other, mine)
    assert "Accept this change" in page(other, mine)
    assert "Accept this change" not in page(loader, theirs)
    with pytest.raises(ActionRefused, match="builds on content that you loaded"):
        yes(theirs, loader)
    assert latest(trust).id == loaded.id
    yes(mine, other)
    assert warned not in page(other, mine)
    later = propose(trust, POSITIONS)
    assert warned not in page(other, later)
    yes(later, loader)


def test_a_change_can_be_taken_back_by_a_second_one(app: Flask) -> None:
    trust = make_organisation()
    approver = make_person(trust, roles=[Role.AUTHOR])
    before = latest(trust)
    accept(trust, propose(trust).id, approver.id)
    accept(trust, propose(trust, POSITIONS).id, approver.id)
    assert latest(trust).id == before.id


def test_a_proposal_of_another_organisation_does_not_exist(app: Flask) -> None:
    trust, other = make_organisation(), make_organisation()
    with pytest.raises(NotFound):
        accept(other, propose(trust).id, make_person(other).id)


def test_content_that_does_not_fit_the_text_in_force_is_not_accepted(app: Flask) -> None:
    trust = make_organisation()
    clauses = (FOLDER / "clauses.yaml").read_text(encoding="utf-8")
    changed = clauses.replace("66cba46e2ddec25c", "0123456789abcdef")
    assert changed != clauses
    author = make_person(trust, roles=[Role.AUTHOR])
    before = latest(trust)
    proposal = proposals.propose_change(
        before, "clauses", changed.encode(), note="", proposed_by_id=author.id, at=clock.now()
    )
    client = browser(app, make_person(trust, roles=[Role.AUTHOR]))
    answer = post(client, f"/content/proposals/{proposal.id}", {})
    assert answer.status_code == 422
    assert "reads differently" in answer.text
    assert latest(trust) == before


def test_moving_an_item_of_a_list_changes_no_value(sound: Content) -> None:
    slug = sorted(sound.policies)[0]
    bundle = sound.bundle(slug)
    turned = bundle.policy.model_copy(update={"key_rules": bundle.policy.key_rules[::-1]})
    assert value_changes(bundle, bundle.model_copy(update={"policy": turned}), "key_rules") == []
