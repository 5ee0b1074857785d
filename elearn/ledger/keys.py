"""The installation's two signing keys, as files and nowhere else: not in the database, environment or logs.

An Ed25519 key signs checkpoints of the ledger; an EC P-256 key with its own certificate seals PDF documents
(many readers do not take Ed25519). The folder holds::

    log.pem documents.pem        the private halves now in use, readable by their owner only
    public/log-<id>.vkey         every log key there ever was, as a verifier key
    public/documents-<id>.pem    every certificate there ever was
    public/rotation-<id>.note    the old log key's signature under each change of keys

Which public half is current follows from the private one, so no crash can leave a pointer to the wrong key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
import shutil
import stat
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID

from elearn import clock
from elearn.errors import ConfigurationError, InvalidInput

LOG_FILE = "log.pem"
DOCUMENTS_FILE = "documents.pem"
PUBLIC = "public"
# Ten years: longer than most records are kept, so that keys are changed by decision and not by surprise.
CERTIFICATE_LIFE = timedelta(days=3653)
# A certificate starts a day early, so that a clock put back a little does not make new signatures too early.
CERTIFICATE_HEAD_START = timedelta(days=1)
# X.520 bounds a common name at 64; counted in bytes of UTF-8 here, as the certificate library counts.
LONGEST_NAME = 64
# C2SP signed-note: type byte of plain Ed25519, and our bound on the signature lines we read (at least 16).
ED25519_TYPE = b"\x01"
MOST_SIGNATURES = 100


@dataclass(frozen=True, slots=True)
class PublicLogKey:
    """The public half of a log key under the name that appears in signed notes."""

    name: str
    key: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """Four bytes that say which key signed (C2SP signed-note): SHA-256 of name, newline, type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519_TYPE + self._raw).digest()[:4]

    @property
    def vkey(self) -> str:
        """The verifier key that outside tools read: `<name>+<hex id>+<base64 of type and key>`."""
        encoded = base64.b64encode(ED25519_TYPE + self._raw).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    @property
    def _raw(self) -> bytes:
        return self.key.public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of this installation. Printing one shows public halves only.

    `log_keys` and `certificates` are all there ever were, for checking older checkpoints and documents.
    """

    log_key: PublicLogKey
    certificate: x509.Certificate
    log_keys: tuple[PublicLogKey, ...]
    certificates: tuple[x509.Certificate, ...]
    log_private_key: Ed25519PrivateKey = field(repr=False)
    document_key: EllipticCurvePrivateKey = field(repr=False)

    def sign_note(self, text: str) -> str:
        """The text as a C2SP signed note under the log key.

        The text ends with a newline and has no other control character; ValueError otherwise, since only the
        program writes such texts.
        """
        _check_note_text(text)
        signature = base64.b64encode(self.log_key.id + self.log_private_key.sign(text.encode())).decode()
        return f"{text}\n— {self.log_key.name} {signature}\n"


def create_keys(folder: Path, name: str, *, at: datetime | None = None) -> None:
    """Make both keys for the installation called `name`, in a folder that has none yet.

    The folder appears whole or not at all. Raises ConfigurationError where keys exist, InvalidInput for a
    name that a certificate cannot carry. `at` is when the certificate starts to count; default now.
    """
    subject = _check_name(name)
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"there are keys in {folder} already; they are never overwritten")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.parent / f"{folder.name}.new-{secrets.token_hex(4)}"
    try:
        (fresh / PUBLIC).mkdir(parents=True)
        fresh.chmod(0o700)
        keys = _new_keys(subject, at or clock.now())
        _write_public(fresh / PUBLIC, keys)
        _write_private(fresh / LOG_FILE, keys.log_private_key)
        _write_private(fresh / DOCUMENTS_FILE, keys.document_key)
        _put_in_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def load_keys(folder: Path) -> Keys:
    """The keys in a folder.

    Raises ConfigurationError when they are missing or damaged, or when a private half may be read by others
    than its owner (POSIX only: elsewhere the folder's own access list decides).
    """
    log_private = _read_private(folder / LOG_FILE)
    document_private = _read_private(folder / DOCUMENTS_FILE)
    if not isinstance(log_private, Ed25519PrivateKey):
        raise ConfigurationError(f"{folder / LOG_FILE} is not an Ed25519 key")
    if not isinstance(document_private, EllipticCurvePrivateKey):
        raise ConfigurationError(f"{folder / DOCUMENTS_FILE} is not an elliptic curve key")
    log_keys = tuple(_read_vkey(path) for path in sorted((folder / PUBLIC).glob("log-*.vkey")))
    certificates = tuple(
        _read_certificate(path) for path in sorted((folder / PUBLIC).glob("documents-*.pem"))
    )
    raw = log_private.public_key().public_bytes_raw()
    document_public = document_private.public_key()
    log_key = next((each for each in log_keys if each.key.public_bytes_raw() == raw), None)
    certificate = next((each for each in certificates if each.public_key() == document_public), None)
    if log_key is None or certificate is None:
        raise ConfigurationError(f"{folder / PUBLIC} lacks the public half of a key in use; restore it")
    return Keys(log_key, certificate, log_keys, certificates, log_private, document_private)


def rotate_keys(folder: Path, *, at: datetime | None = None) -> str:
    """Put new keys in use under the same name and keep every public half.

    Answers a note, signed by the old log key, that names the new ones; the ledger records it. The note is on
    disk before the old key goes. After a crash half-way each key is wholly old or wholly new, and rotating
    again is safe.
    """
    old = load_keys(folder)
    moment = at or clock.now()
    subject = old.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    new = _new_keys(_check_name(str(subject)), moment)
    _write_public(folder / PUBLIC, new)
    note = old.sign_note(
        "elearn key rotation\n"
        f"old log key: {old.log_key.vkey}\n"
        f"new log key: {new.log_key.vkey}\n"
        f"new certificate SHA-256: {new.certificate.fingerprint(hashes.SHA256()).hex()}\n"
        f"at: {moment.isoformat(timespec='milliseconds')}\n"
    )
    _write(folder / PUBLIC / f"rotation-{new.log_key.id.hex()}.note", note.encode(), 0o644)
    for name, key in ((LOG_FILE, new.log_private_key), (DOCUMENTS_FILE, new.document_key)):
        fresh = folder / f"{name}.new-{secrets.token_hex(4)}"
        _write_private(fresh, key)
        fresh.replace(folder / name)
    return note


def open_note(note: str, public_key: PublicLogKey) -> str | None:
    """The text that this key signed, or None: a text must not be used unless it comes from here.

    Lines of other keys are passed over, as C2SP signed-note asks; a false line under this key spoils it.
    """
    text, blank, lines = note.rpartition("\n\n")
    text += "\n"
    rows = lines.removesuffix("\n").split("\n")
    if not (blank and lines.endswith("\n")) or _has_control_characters(note) or len(rows) > MOST_SIGNATURES:
        return None
    signatures = [_signature_line(row) for row in rows]
    ours = [each[2] for each in signatures if each and each[:2] == (public_key.name, public_key.id)]
    if None in signatures or not ours:
        return None
    try:
        for signature in ours:
            public_key.key.verify(signature, text.encode())
    except (InvalidSignature, UnicodeEncodeError):
        return None
    return text


def verify_note(note: str, public_key: PublicLogKey) -> bool:
    """Whether a note in C2SP signed-note format carries this key's signature; never raises."""
    return open_note(note, public_key) is not None


def parse_vkey(vkey: str) -> PublicLogKey:
    """A public log key from its one-line form; InvalidInput when it is not one or contradicts its own id."""
    try:
        name, key_id, encoded = vkey.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = PublicLogKey(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
    except ValueError as error:
        raise InvalidInput(f"this is not a verifier key: {vkey.strip()[:120]}") from error
    if raw[:1] != ED25519_TYPE or key.id.hex() != key_id or not _is_key_name(name):
        raise InvalidInput(f"this verifier key contradicts itself: {vkey.strip()[:120]}")
    return key


def _check_name(name: str) -> str:
    stripped = name.strip()
    if not stripped or not stripped.isprintable() or len(stripped.encode()) > LONGEST_NAME:
        raise InvalidInput(
            "name: give the installation's name in printable characters, "
            f"at most {LONGEST_NAME} bytes of UTF-8"
        )
    return stripped


def _is_key_name(name: str) -> bool:
    return bool(name) and name.isprintable() and not re.search(r"[\s+]", name)


def _has_control_characters(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)


def _check_note_text(text: str) -> None:
    if not text.strip("\n") or not text.endswith("\n") or _has_control_characters(text):
        raise ValueError("a note's text ends with a newline and has no other control character")


def _signature_line(row: str) -> tuple[str, bytes, bytes] | None:
    """Key name, key id and signature of one line, or None when it is not a signature line."""
    dash, _, rest = row.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    canonical = base64.b64encode(raw).decode() == encoded
    if dash != "—" or not _is_key_name(name) or len(raw) < 5 or not canonical:
        return None
    return name, raw[:4], raw[4:]


def _new_keys(subject: str, at: datetime) -> Keys:
    log_private = Ed25519PrivateKey.generate()
    document_private = generate_private_key(SECP256R1())
    # A note's key name has neither spaces nor plus signs; the certificate keeps the name as it was given.
    log_key = PublicLogKey(re.sub(r"[\s+]+", "-", subject), log_private.public_key())
    certificate = _certificate(subject, document_private, at)
    return Keys(log_key, certificate, (log_key,), (certificate,), log_private, document_private)


def _certificate(subject: str, key: EllipticCurvePrivateKey, at: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - CERTIFICATE_HEAD_START)
        .not_valid_after(at + CERTIFICATE_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNS_DOCUMENTS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


# `content_commitment` is today's name of nonRepudiation.
_SIGNS_DOCUMENTS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _write_public(folder: Path, keys: Keys) -> None:
    _write(folder / f"log-{keys.log_key.id.hex()}.vkey", f"{keys.log_key.vkey}\n".encode(), 0o644)
    fingerprint = keys.certificate.fingerprint(hashes.SHA256()).hex()
    pem = keys.certificate.public_bytes(serialization.Encoding.PEM)
    _write(folder / f"documents-{fingerprint[:16]}.pem", pem, 0o644)


def _write_private(path: Path, key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, pem, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """A new file with these permissions from its first moment, on the disk before we go on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(fresh: Path, folder: Path) -> None:
    """Rename the finished folder; of two that try at once, one fails and overwrites nothing."""
    try:
        if folder.exists():
            folder.rmdir()
        fresh.rename(folder)
    except OSError as error:
        raise ConfigurationError(f"keys cannot be put into {folder}: {error.strerror}") from error


def _read_private(path: Path) -> object:
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: make keys with `elearn keys init`, or restore them")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigurationError(
            f"{path} may be read by others: make it readable by its owner only (chmod 600)"
        )
    try:
        return serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} is not a private key") from error


def _read_vkey(path: Path) -> PublicLogKey:
    try:
        return parse_vkey(path.read_text(encoding="utf-8"))
    except (InvalidInput, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is damaged: {error}") from error


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise ConfigurationError(f"{path} is not a certificate") from error
