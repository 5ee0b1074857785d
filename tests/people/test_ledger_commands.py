"""`elearn keys`, `elearn verify`, `elearn witness`: codes, sentences, and what is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from elearn.app import create_app
from elearn.db import Base, db, let_go
from elearn.ledger.keys import load_keys
from elearn.ledger.service import find_entry
from tests.command_line import run
from tests.conftest import fresh_postgresql_database, settings_for
from tests.factories import Trust, make_organisation, make_person


@pytest.fixture(params=["sqlite", "postgresql"])
def own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application with a database of its own, which a test may damage, and no keys yet."""
    url = f"sqlite:///{tmp_path / 'test.db'}"
    if request.param == "postgresql":
        url = fresh_postgresql_database("elearn_test_verify")
    app = create_app(settings_for(tmp_path, url), TESTING=True)
    with app.app_context():
        Base.metadata.create_all(db.engine)
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


def test_verify_without_a_database_cannot_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELEARN_INSTANCE", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
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
