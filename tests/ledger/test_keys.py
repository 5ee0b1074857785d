"""The installation's keys as files, and signed notes as outside tools read them."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1

from elearn.errors import ConfigurationError, InvalidInput
from elearn.ledger.keys import (
    Keys,
    PublicLogKey,
    create_keys,
    load_keys,
    open_note,
    parse_vkey,
    rotate_keys,
    verify_note,
)

AT = datetime(2026, 2, 28, 9, 30, tzinfo=UTC)
CHECKPOINT = "policy.example.org/elearn\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n"
POSIX = pytest.mark.skipif(os.name != "posix", reason="file permissions are POSIX's")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "keys"


@pytest.fixture
def keys(folder: Path) -> Keys:
    create_keys(folder, "Model Trust policy training", at=AT)
    return load_keys(folder)


@POSIX
def test_private_files_belong_to_their_owner_only(keys: Keys, folder: Path):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("log.pem", "documents.pem"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_the_public_folder_holds_no_private_key_and_nothing_else_is_left_about(keys: Keys, folder: Path):
    assert sorted(path.suffix for path in (folder / "public").iterdir()) == [".pem", ".vkey"]
    assert all(b"PRIVATE" not in path.read_bytes() for path in (folder / "public").iterdir())
    assert [path.name for path in folder.parent.iterdir()] == ["keys"]


def test_the_certificate_is_for_signing_documents_for_ten_years(keys: Keys):
    certificate = keys.certificate
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert certificate.subject.rfc4514_string() == "CN=Model Trust policy training"
    assert certificate.issuer == certificate.subject
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert certificate.not_valid_before_utc <= AT
    assert certificate.not_valid_after_utc - AT >= timedelta(days=3652)
    assert isinstance(keys.document_key.curve, SECP256R1)
    certificate.verify_directly_issued_by(certificate)


def test_keys_are_never_overwritten(keys: Keys, folder: Path):
    before = (folder / "log.pem").read_bytes()
    with pytest.raises(ConfigurationError, match="already"):
        create_keys(folder, "Another")
    assert (folder / "log.pem").read_bytes() == before


def test_an_empty_folder_may_be_there_already(folder: Path):
    folder.mkdir(parents=True)
    create_keys(folder, "Model Trust")
    assert load_keys(folder).log_key.name == "Model-Trust"


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "two\nlines", "nul\0"])
def test_a_name_that_a_certificate_cannot_carry_is_refused_and_leaves_nothing(folder: Path, name: str):
    with pytest.raises(InvalidInput, match="name"):
        create_keys(folder, name)
    assert not folder.exists()


@pytest.mark.parametrize("missing", ["log.pem", "documents.pem"])
def test_a_missing_private_file_is_named(keys: Keys, folder: Path, missing: str):
    (folder / missing).unlink()
    with pytest.raises(ConfigurationError, match=missing):
        load_keys(folder)


@pytest.mark.parametrize("pattern", ["log-*.vkey", "documents-*.pem"])
def test_a_missing_public_half_is_an_error(keys: Keys, folder: Path, pattern: str):
    next((folder / "public").glob(pattern)).unlink()
    with pytest.raises(ConfigurationError, match="public half"):
        load_keys(folder)


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", ["log.pem", "documents.pem"])
def test_a_private_file_that_others_may_read_stops_us(keys: Keys, folder: Path, name: str, mode: int):
    (folder / name).chmod(mode)
    with pytest.raises(ConfigurationError, match=rf"{name}.*readable by its owner only"):
        load_keys(folder)


@pytest.mark.parametrize("path", ["log.pem", "documents.pem", "public/log-*.vkey", "public/documents-*.pem"])
def test_a_damaged_file_is_named_without_its_content(keys: Keys, folder: Path, path: str):
    found = next(folder.glob(path))
    found.write_bytes(b"damaged")
    with pytest.raises(ConfigurationError, match=found.name):
        load_keys(folder)


def test_keys_of_the_wrong_kind_are_refused(keys: Keys, folder: Path):
    log, documents = (folder / "log.pem").read_bytes(), (folder / "documents.pem").read_bytes()
    (folder / "log.pem").write_bytes(documents)
    with pytest.raises(ConfigurationError, match="not an Ed25519 key"):
        load_keys(folder)
    (folder / "log.pem").write_bytes(log)
    (folder / "documents.pem").write_bytes(log)
    with pytest.raises(ConfigurationError, match="not an elliptic curve key"):
        load_keys(folder)


def test_printing_keys_shows_no_private_half(keys: Keys):
    private = keys.log_private_key.private_bytes_raw().hex()
    assert "private" not in repr(keys).lower()
    assert private not in repr(keys)


def test_a_published_note_of_another_implementation_verifies():
    key = parse_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    note = f"{text}\n— PeterNeumann {signature}\n"
    assert key.id.hex() == "c74f20a3"
    assert open_note(note, key) == text


def test_a_signed_note_has_the_text_a_blank_line_and_one_signature_line(keys: Keys):
    note = keys.sign_note(CHECKPOINT)
    text, _, line = note.rpartition("\n\n")
    dash, name, signature = line.removesuffix("\n").split(" ")
    assert text + "\n" == CHECKPOINT
    assert (dash, name) == ("—", "Model-Trust-policy-training")
    assert len(signature) == 92  # base64 of 4 + 64 bytes
    assert open_note(note, keys.log_key) == CHECKPOINT


def test_a_text_with_empty_lines_is_split_at_the_last_one(keys: Keys):
    text = "a\n\nb\n"
    assert open_note(keys.sign_note(text), keys.log_key) == text


@pytest.mark.parametrize("text", ["", "\n", "no newline", "a\tb\n", "a\r\n"])
def test_a_text_that_no_note_may_carry_is_not_signed(keys: Keys, text: str):
    with pytest.raises(ValueError, match="newline"):
        keys.sign_note(text)


def test_no_changed_character_leaves_a_note_valid(keys: Keys):
    note = keys.sign_note(CHECKPOINT)
    for place, character in enumerate(note):
        changed = note[:place] + ("A" if character != "A" else "B") + note[place + 1 :]
        assert not verify_note(changed, keys.log_key), place


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.removesuffix("\n"),
        lambda note: note + "\n",
        lambda note: note + "x",
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("—", "-"),
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note + "— someone AAAAAA\n",
        lambda note: note + "— someone !!!!\n",
        lambda note: note + note.splitlines()[-1].replace("— ", "—  ") + "\n",
        lambda note: note + note.splitlines()[-1][:-8] + "AAAAAAA=\n",
        lambda note: note + (note.splitlines()[-1] + "\n") * 100,
        lambda note: "\ud800" + note,
        lambda note: "",
    ],
)
def test_a_malformed_note_is_refused_without_an_error(keys: Keys, spoil):
    assert not verify_note(spoil(keys.sign_note(CHECKPOINT)), keys.log_key)


def test_signatures_of_unknown_witnesses_are_passed_over(keys: Keys, tmp_path: Path):
    create_keys(tmp_path / "witness", "Witness")
    witness = load_keys(tmp_path / "witness")
    line = witness.sign_note(CHECKPOINT).splitlines()[-1]
    both = f"{keys.sign_note(CHECKPOINT)}{line}\n"
    assert verify_note(both, keys.log_key)
    assert verify_note(both, witness.log_key)
    assert not verify_note(keys.sign_note(CHECKPOINT), witness.log_key)


def test_the_same_key_under_another_name_does_not_verify(keys: Keys):
    renamed = PublicLogKey("another.example", keys.log_key.key)
    assert not verify_note(keys.sign_note(CHECKPOINT), renamed)


@pytest.mark.parametrize(
    "vkey",
    ["", "name", "a+b+c", "n+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "n+c74f20a3+AQ=="],
)
def test_a_text_that_is_no_verifier_key_is_refused(vkey: str):
    with pytest.raises(InvalidInput, match="verifier key"):
        parse_vkey(vkey)


def test_rotation_keeps_every_public_half_and_the_old_key_vouches_for_the_new(keys: Keys, folder: Path):
    before = keys.sign_note(CHECKPOINT)
    note = rotate_keys(folder, at=AT + timedelta(days=400))
    new = load_keys(folder)
    assert new.log_key.vkey != keys.log_key.vkey
    assert new.certificate != keys.certificate
    assert {each.vkey for each in new.log_keys} == {keys.log_key.vkey, new.log_key.vkey}
    assert set(new.certificates) == {keys.certificate, new.certificate}
    assert any(verify_note(before, each) for each in new.log_keys)
    assert not verify_note(before, new.log_key)
    vouched = open_note(note, keys.log_key)
    assert vouched is not None
    assert new.log_key.vkey in vouched
    assert (folder / "public" / f"rotation-{new.log_key.id.hex()}.note").read_text(encoding="utf-8") == note
    assert new.certificate.subject == keys.certificate.subject


def test_a_rotation_that_stopped_half_way_leaves_keys_that_work(keys: Keys, folder: Path):
    old_documents = (folder / "documents.pem").read_bytes()
    rotate_keys(folder)
    (folder / "documents.pem").write_bytes(old_documents)
    half = load_keys(folder)
    assert half.certificate == keys.certificate
    assert half.log_key.vkey != keys.log_key.vkey


def test_the_private_files_are_plain_pem_that_other_tools_read(keys: Keys, folder: Path):
    loaded = serialization.load_pem_private_key((folder / "documents.pem").read_bytes(), password=None)
    assert loaded.public_key() == keys.certificate.public_key()
