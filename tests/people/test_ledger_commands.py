"""`elearn keys`, `elearn verify`, `elearn witness`: codes, sentences, and what is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from elearn import clock
from elearn.app import create_app
from elearn.auth.service import confirm_identity, end_session, sign_in_with_slip
from elearn.db import db, let_go
from elearn.errors import ActionRefused
from elearn.ledger.keys import load_keys
from elearn.ledger.service import find_entry
from tests.command_line import run
from tests.conftest import Databases, settings_for
from tests.factories import Trust, answer_round, make_organisation, make_person, make_slip


@pytest.fixture
def own_app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """An application with a database of its own, which a test may damage, and no keys yet."""
    app = create_app(settings_for(tmp_path, databases.with_tables("verify")), TESTING=True)
    with app.app_context():
        yield app
        let_go()
        db.engine.dispose()


def damage(statement: str) -> None:
    """Change the database behind the program's back."""
    let_go()
    with db.engine.connect() as connection:
        connection.execute(text(statement))
        connection.commit()


def write_receipt(folder: Path, trust: Trust) -> Path:
    person = make_person(trust)
    entry = find_entry(trust.organisation.id, person.id)
    assert entry is not None
    path = folder / "receipt.json"
    path.write_text(
        json.dumps({"organisation": trust.organisation.slug, "seq": entry.seq, "hash": entry.hash})
    )
    return path


def test_verify_is_sound_on_untouched_records(own_app: Flask) -> None:
    run("keys", "init")
    make_organisation()
    result = run("verify")
    assert result.exit_code == 0, result.output
    assert "sound" in result.output


def test_verify_names_what_was_changed_and_exits_with_1(own_app: Flask) -> None:
    trust = make_organisation(published=False)
    make_person(trust)
    damage("UPDATE people SET name = 'Somebody Else'")
    result = run("verify", "--organisation", trust.organisation.slug)
    assert result.exit_code == 1
    assert "TAMPERED" in result.output
    assert "(person.added): name is not what was recorded" in result.output
    found = json.loads(run("verify", "--json").stdout)
    assert found["sound"] is False
    assert found["organisations"][0]["findings"][0]["code"] == "changed"


def test_verify_without_an_organisation_cannot_tell(own_app: Flask) -> None:
    result = run("verify")
    assert (result.exit_code, result.stderr) == (
        2,
        "There is no organisation, so there is nothing to verify\n",
    )
    assert run("verify", "--organisation", "nowhere").exit_code == 2


@pytest.mark.usefixtures("installation")
def test_verify_without_a_database_cannot_tell() -> None:
    assert run("verify").exit_code == 2


def test_verify_of_a_damaged_schema_cannot_tell(own_app: Flask) -> None:
    make_organisation(published=False)
    damage("DROP TABLE ledger_salts")
    assert run("verify").exit_code == 2


def test_a_receipt_matches_until_its_entry_is_another(own_app: Flask, tmp_path: Path) -> None:
    receipt = write_receipt(tmp_path, make_organisation(published=False))
    assert run("verify", "--receipt", str(receipt)).exit_code == 0
    given = json.loads(receipt.read_text())
    receipt.write_text(json.dumps(given | {"hash": "0" * 64}))
    result = run("verify", "--receipt", str(receipt))
    assert result.exit_code == 1
    assert "is not the one its receipt names" in result.output
    receipt.write_text(json.dumps(given | {"seq": 999}))
    assert run("verify", "--receipt", str(receipt)).exit_code == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"organisation": "x", "seq": true, "hash": "y"}', "\x00"]
)
def test_a_receipt_that_is_none_cannot_tell(own_app: Flask, tmp_path: Path, content: str) -> None:
    make_organisation(published=False)
    path = tmp_path / "receipt.json"
    path.write_text(content)
    result = run("verify", "--receipt", str(path))
    assert result.exit_code == 2
    assert "receipt.json" in result.stderr


def test_a_file_that_is_not_there_cannot_tell(own_app: Flask) -> None:
    make_organisation(published=False)
    assert run("verify", "--receipt", "missing.json").exit_code == 2
    assert run("verify", "--witness", "missing.txt").exit_code == 2


def test_a_witness_finds_a_chain_that_was_cut_short(own_app: Flask, tmp_path: Path) -> None:
    run("keys", "init")
    trust = make_organisation(published=False)
    make_person(trust)
    witness = tmp_path / "checkpoint.txt"
    witness.write_text(
        run("witness", "export", "--organisation", trust.organisation.slug).stdout, encoding="utf-8"
    )
    assert run("verify", "--witness", str(witness)).exit_code == 0
    damage(
        "DROP TRIGGER ledger_entries_no_delete"
        if db.engine.name == "sqlite"
        else "DROP TRIGGER ledger_entries_append_only ON ledger_entries"
    )
    damage("DELETE FROM ledger_entries")
    result = run("verify", "--witness", str(witness))
    assert result.exit_code == 1
    assert "that were witnessed" in result.output


def test_a_witness_that_no_key_of_ours_signed_cannot_tell(own_app: Flask, tmp_path: Path) -> None:
    run("keys", "init")
    trust = make_organisation(published=False)
    note = run("witness", "export", "--organisation", trust.organisation.slug).stdout
    witness = tmp_path / "checkpoint.txt"
    lines = note.split("\n")
    witness.write_text("\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]]), encoding="utf-8")
    assert run("verify", "--witness", str(witness)).exit_code == 2
    witness.write_text("something else", encoding="utf-8")
    assert run("verify", "--witness", str(witness)).exit_code == 2


def test_a_witness_needs_a_checkpoint(own_app: Flask) -> None:
    trust = make_organisation(published=False)
    result = run("witness", "export", "--organisation", trust.organisation.slug)
    assert result.exit_code == 1
    assert "no signed checkpoint" in result.stderr


def test_a_witness_holds_all_there_is(own_app: Flask) -> None:
    """Whatever was entered since the last checkpoint too, such as the last signatures before a quiet weekend."""
    run("keys", "init")
    trust = make_organisation(published=False)
    make_person(trust)
    note = run("witness", "export", "--organisation", trust.organisation.slug).output
    told = json.loads(run("verify", "--json").stdout)["organisations"][0]
    assert int(note.split("\n")[1]) == told["entries"] - 1, "all but the checkpoint's own entry"


def test_keys_are_made_once_and_entered_in_every_chain(own_app: Flask, tmp_path: Path) -> None:
    trust = make_organisation(published=False)
    result = run("keys", "init", "--name", "policy.example.org")
    assert result.exit_code == 0, result.output
    vkey = load_keys(tmp_path / "keys").log_key.vkey
    assert vkey in result.output
    assert kinds(trust)["key.created"] == vkey
    assert run("keys", "init").exit_code == 1


def test_rotated_keys_leave_the_chain_sound(own_app: Flask, tmp_path: Path) -> None:
    run("keys", "init")
    trust = make_organisation(published=False)
    before = load_keys(tmp_path / "keys").log_key.vkey
    result = run("keys", "rotate")
    assert result.exit_code == 0, result.output
    assert kinds(trust)["key.rotated"] == load_keys(tmp_path / "keys").log_key.vkey != before
    make_person(trust)
    assert run("verify").exit_code == 0


def kinds(trust: Trust) -> dict[str, str]:
    """The verifier keys that a chain names, by kind of entry."""
    query = text("SELECT kind, body FROM ledger_entries WHERE kind LIKE 'key.%'")
    with db.engine.connect() as connection:
        return {row.kind: json.loads(row.body)["public"]["vkey"] for row in connection.execute(query)}


# --- rows that are not entered yet ---------------------------------------------------------------


def test_a_choice_changed_in_a_round_under_way_exits_with_1(own_app: Flask) -> None:
    trust = make_organisation()
    answer_round(trust, make_person(trust), answers=1)
    assert "1 rows not entered yet" in run("verify").output
    damage("UPDATE responses SET chosen = '[\"another\"]'")
    result = run("verify")
    assert result.exit_code == 1
    assert "of responses, in rows not entered yet: 1 not as stored" in result.output


def test_a_sign_in_made_later_than_it_was_exits_with_1(own_app: Flask) -> None:
    """Whoever could do that could sign more than ten minutes after the code was typed."""
    trust = make_organisation()
    code = make_slip(make_person(trust)).code
    sign_in_with_slip(code, device=None, address="127.0.0.1", at=clock.now())
    assert run("verify").exit_code == 0
    damage("UPDATE sign_in_sessions SET authenticated_at = expires_at")
    result = run("verify")
    assert result.exit_code == 1
    assert "of sign_in_sessions, in rows not entered yet: 1 not as stored" in result.output


def test_an_ended_session_opened_again_exits_with_1(own_app: Flask) -> None:
    trust = make_organisation()
    code = make_slip(make_person(trust)).code
    signed_in, _ = sign_in_with_slip(code, device=None, address="127.0.0.1", at=clock.now())
    confirm_identity(signed_in.session)
    end_session(signed_in.session, at=clock.now())
    assert run("verify").exit_code == 0
    damage("UPDATE sign_in_sessions SET ended_at = NULL")
    assert run("verify").exit_code == 1


def test_without_a_secret_key_rows_not_entered_are_not_checked_and_that_is_said(own_app: Flask) -> None:
    """On a computer of the auditor's own, with a copy of the database and no secret."""
    trust = make_organisation()
    own_app.config["SECRET_KEY"] = ""
    assert "no secret key" not in run("verify").output, "there are no such rows yet"
    own_app.config["SECRET_KEY"] = "a secret key for tests, long enough"
    answer_round(trust, make_person(trust), answers=1)
    own_app.config["SECRET_KEY"] = ""
    result = run("verify")
    assert result.exit_code == 0
    assert "There is no secret key here, so rows that are not entered yet were not checked" in result.output
    told = json.loads(run("verify", "--json").stdout)["organisations"][0]
    assert (told["sound"], told["rows_not_entered"], told["rows_checked"]) == (True, 1, False)


def test_with_another_secret_key_than_the_servers_it_cannot_tell(own_app: Flask) -> None:
    """A command run without the server's settings is no reason to say that somebody tampered."""
    trust = make_organisation()
    answer_round(trust, make_person(trust), answers=1)
    own_app.config["SECRET_KEY"] = "a key that was left over from a trial"
    result = run("verify")
    assert result.exit_code == 2
    assert "The secret key here is not theirs" in result.output
    assert "TAMPERED" not in result.output


def test_rows_are_put_under_a_new_secret_key_before_the_old_one_goes(own_app: Flask) -> None:
    trust = make_organisation()
    answer_round(trust, make_person(trust), answers=2)
    with pytest.raises(ActionRefused):
        sign_in_with_slip("ABCD-EFGH", device=None, address="127.0.0.1", at=clock.now())
    slug, old = trust.organisation.slug, own_app.config["SECRET_KEY"]
    own_app.config.update(SECRET_KEY="a new secret key for tests, long enough", SECRET_KEY_FALLBACKS=[])
    result = run("keys", "renew-macs")
    assert result.exit_code == 1
    assert f"{slug}: 0 under the key now set, 2 fit no key" in result.output
    assert "of no organisation: 0 under the key now set, 2 fit no key" in result.output
    assert "`elearn verify` names it" in result.stderr
    own_app.config["SECRET_KEY_FALLBACKS"] = [old]
    assert run("keys", "renew-macs").output.splitlines() == [
        f"{slug}: 2 under the key now set",
        "of no organisation: 2 under the key now set",
    ]
    own_app.config["SECRET_KEY_FALLBACKS"] = []
    assert run("verify").exit_code == 0


def test_where_the_old_secret_key_is_lost_rows_can_be_taken_as_they_stand(own_app: Flask) -> None:
    trust = make_organisation()
    answer_round(trust, make_person(trust), answers=2)
    own_app.config["SECRET_KEY"] = "a new secret key for tests, long enough"
    assert run("verify").exit_code == 2
    assert run("keys", "renew-macs", "--accept").exit_code == 0
    assert run("verify").exit_code == 0
