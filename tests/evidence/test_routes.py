"""An auditor's pages: the ledger's state, a check outside this program, single records without names or answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from elearn import clock
from elearn.acknowledgements.service import SignatureView
from elearn.db import db
from elearn.ledger.keys import open_note
from elearn.ledger.service import current_keys
from elearn.ledger.verification import verify_organisation
from elearn.people.organisations import add_academy
from elearn.people.roles import give_role
from elearn.permissions import Role
from tests.factories import Trust, make_done, make_organisation, make_person
from tests.staff_world import browser


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation()


@pytest.fixture
def signature(trust: Trust) -> SignatureView:
    return make_done(trust, make_person(trust, "Łukasz O'Neill-Ángel"))


@pytest.fixture
def client(app: Flask, trust: Trust) -> FlaskClient:
    return browser(app, make_person(trust, "Owen Pryce", roles=[Role.AUDITOR]))


def test_the_state_of_the_ledger_is_what_verification_finds(
    trust: Trust, signature: SignatureView, client: FlaskClient
) -> None:
    page, keys = client.get("/evidence").text, current_keys()
    verdict = verify_organisation(trust.organisation.id)
    assert f"{verdict.entries:,}" in page
    assert verdict.head in page
    assert keys is not None
    assert keys.log_key.vkey in page.replace("&#43;", "+")
    assert "/evidence" in client.get("/").text


def downloads(client: FlaskClient, folder: Path) -> tuple[Path, Path, Path]:
    """The three files that an auditor takes away."""
    names = ("verify_chain.py", "chain.jsonl", "checkpoint.txt")
    for name in names:
        answer = client.get(f"/evidence/{name}")
        assert answer.status_code == 200
        assert name in answer.headers["Content-Disposition"]
        (folder / name).write_bytes(answer.data)
    return folder / names[0], folder / names[1], folder / names[2]


def check(*files: Path) -> tuple[int, str]:
    """What the downloaded check says, run by Python alone: without this program, its libraries or its folder."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        cwd=files[0].parent,
        env={},
    )
    return done.returncode, done.stdout


def test_the_chain_is_checked_without_this_program(
    trust: Trust, signature: SignatureView, client: FlaskClient, tmp_path: Path
) -> None:
    files, keys = downloads(client, tmp_path), current_keys()
    code, told = check(*files)
    assert (code, told.partition(":")[0]) == (0, "sound")
    assert keys is not None
    assert open_note(files[2].read_text(encoding="utf-8"), keys.log_key) is not None
    for hidden in ("ukasz", "Neill", "ngel"):
        assert hidden not in files[1].read_text(encoding="utf-8")


def test_one_changed_letter_a_missing_entry_or_a_cut_end_is_found(
    trust: Trust, signature: SignatureView, client: FlaskClient, tmp_path: Path
) -> None:
    program, chain, checkpoint = downloads(client, tmp_path)
    lines = chain.read_text(encoding="utf-8").splitlines(keepends=True)
    entry = json.loads(lines[2])
    changed = json.dumps(entry | {"body": entry["body"].replace("system", "sYstem")}) + "\n"
    named = int(checkpoint.read_text(encoding="utf-8").split("\n")[1])
    for wrong in ([*lines[:2], changed, *lines[3:]], [*lines[:2], *lines[3:]], lines[: named - 1], ["{}"]):
        chain.write_text("".join(wrong), encoding="utf-8")
        assert check(program, chain, checkpoint)[0] == 1
    assert check(program, tmp_path / "none", checkpoint)[0] == 2


def test_a_whole_chain_made_again_is_found_by_the_checkpoint_that_was_kept(
    signature: SignatureView, client: FlaskClient, app: Flask, tmp_path: Path
) -> None:
    program, _, checkpoint = downloads(client, tmp_path)
    other = browser(app, make_person(make_organisation(), "Al Elsewhere", roles=[Role.AUDITOR]))
    (tmp_path / "other").mkdir()
    _, made_again, _ = downloads(other, tmp_path / "other")
    assert check(program, made_again, checkpoint)[0] == 1


def change(signature: SignatureView, words: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(
            text("UPDATE acknowledgements SET statement = :words WHERE reference = :reference"),
            {"words": words, "reference": signature.reference},
        )


def test_checking_every_record_by_page_finds_a_changed_one(
    signature: SignatureView, client: FlaskClient
) -> None:
    assert "Every record is as it was entered" in client.get("/evidence/check").text
    change(signature, "I agree")
    page = client.get("/evidence/check").text
    assert "Records are not as they were entered" in page
    assert "statement is not what was recorded" in page


def test_a_record_is_looked_up_without_name_answers_or_score(
    signature: SignatureView, client: FlaskClient
) -> None:
    page = client.get(f"/evidence/records?reference={signature.reference.lower()}").text
    assert "As it was entered" in page
    assert signature.policy_sha256 in page
    assert "With a" in page
    for hidden in ("ukasz", "Neill", "ngel", "4 of 4", signature.score, "Teaching assistant"):
        assert hidden not in page
    change(signature, "I agree")
    assert "Not as it was entered" in client.get(f"/evidence/records?reference={signature.reference}").text


def test_records_of_another_trust_or_academy_look_as_if_they_were_not(
    app: Flask, trust: Trust, signature: SignatureView
) -> None:
    other = add_academy(trust.organisation.id, "heron", name="Heron Primary", at=clock.now())
    local, here = make_person(trust, "Lou Local"), make_person(trust, "Hal Here")
    for person, academy in ((local, other), (here, trust.academy)):
        give_role(person.id, Role.AUDITOR, academy_id=academy.id, starts_on=clock.today(), at=clock.now())
    elsewhere = make_person(make_organisation(), "Al Elsewhere", roles=[Role.AUDITOR])
    address = f"/evidence/records?reference={signature.reference}"
    assert browser(app, here).get(address).status_code == 200
    for person in (local, elsewhere):
        answer = browser(app, person).get(address)
        assert answer.status_code == 404
        assert "no record with this reference that is yours to see" in answer.text
