"""Commands of the ledger: keys, verification, and evidence to keep outside.

They stand here and not in the ledger's package because they name organisations.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import click
from flask import current_app, has_app_context
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from elearn import clock
from elearn.config import Settings, load_settings, secret_keys
from elearn.db import db
from elearn.errors import ConfigurationError, InvalidInput, NotFound
from elearn.ledger.keys import PublicLogKey, create_keys, load_keys, rotate_keys
from elearn.ledger.macs import renew_macs
from elearn.ledger.service import current_keys, enter_keys, sign_checkpoint, use_keys
from elearn.ledger.verification import (
    NO_ORGANISATION,
    Finding,
    Verdict,
    verify_installation,
    verify_organisation,
)
from elearn.ledger.witnesses import (
    check_receipt,
    check_witness,
    latest_checkpoint,
    list_chains,
    read_receipt,
    read_witness,
)
from elearn.people.options import json_option, organisation_option
from elearn.people.organisations import get_organisation_by_slug, list_organisations
from elearn.terminal import CANNOT_TELL, exits, needs_app, needs_database, print_json

FINDINGS_SHOWN = 10
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
"""What a value that a column can't hold raises when it is read: then nothing can be told."""
LONG = 5000
"""From how many entries on a terminal is shown how far verification is."""


# --- keys ----------------------------------------------------------------------------------------


@click.group("keys")
def key_commands() -> None:
    """The installation's signing keys: files in the instance folder, and nowhere else."""


@key_commands.command("init")
@click.option("--name", help="The installation's name in signatures; the host of its address unless given.")
def init_keys(name: str | None) -> None:
    """Make the signing keys, and enter their public halves in every organisation's chain.

    Example: elearn keys init --name policy.fernhill.example
    """
    settings = _settings()
    create_keys(settings.keys, name or urlsplit(settings.base_url).hostname or "elearn")
    _enter("key.created")
    click.echo(f"Made the keys in {settings.keys}: back this folder up, apart from the database")
    click.echo(f"Verifier key: {load_keys(settings.keys).log_key.vkey}")


@key_commands.command("rotate")
def rotate() -> None:
    """Put new keys in use and keep the old public halves. Restart the server afterwards.

    Example: elearn keys rotate
    """
    settings = _settings()
    note = rotate_keys(settings.keys)
    _enter("key.rotated", note)
    click.echo(f"New keys are in use. Verifier key: {load_keys(settings.keys).log_key.vkey}")


@key_commands.command("renew-macs")
@click.option(
    "--accept", is_flag=True, help="Take rows that fit no key as they stand; the records say how many."
)
@click.pass_context
@needs_database
def renew(context: click.Context, accept: bool) -> None:
    """Put rows that the chain does not hold yet under the secret key now set, before an earlier one is given up.

    Answers, reading and sessions carry a code made with the secret key until the chain commits to them. Set the new
    key, name the old one in ELEARN_SECRET_KEY_FALLBACKS, run this, and the old one can go. Exits with 1 where a row
    fits neither: it was changed, or its key is missing. --accept is for when the old key is lost, or when a server of
    an older version went on during an update.

    Example: elearn keys renew-macs
    """
    total = 0
    names: dict[UUID | None, str] = {each.id: each.slug for each in list_organisations()}
    for chain, name in (names | {None: "of no organisation"}).items():
        renewed, left = renew_macs(chain, accept=accept, at=clock.now())
        total += left
        if chain or renewed or left:
            click.echo(f"{name}: {renewed} under the key now set" + (f", {left} fit no key" if left else ""))
    if total:
        click.echo("What fits no key was left as it is, and `elearn verify` names it", err=True)
    context.exit(1 if total else 0)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["elearn_settings"] if has_app_context() else load_settings()
    return settings


@needs_app
def _enter(kind: str, note: str = "") -> None:
    """Enter the keys now in use in every chain, where there is a database yet."""
    use_keys(current_app, load_keys(_settings().keys))
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    if inspect(db.engine).has_table("organisations"):
        chains = [organisation.id for organisation in list_organisations()]
        enter_keys(kind, chains, current_keys(), at=clock.now(), note=note)


# --- verification --------------------------------------------------------------------------------


@click.command("verify")
@click.option("--organisation", metavar="SLUG", help="Only this organisation's records.")
@click.option(
    "--receipt",
    "receipts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A receipt that a signer kept.",
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A checkpoint kept outside.",
)
@json_option
@click.pass_context
@exits(CANNOT_TELL)
@needs_database
def verify(
    context: click.Context,
    organisation: str | None,
    receipts: tuple[Path, ...],
    witnesses: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Say whether every record is as it was entered. Exits with 0 sound, 1 tampered, 2 cannot tell.

    It needs the same settings as the server. Without a secret key (on a computer of the auditor's own, say) rows that
    are not entered yet are not checked.

    Example: elearn verify --witness checkpoint.txt
    """
    try:
        wanted = _wanted(organisation)
        outside = [*_check_receipts(receipts), *_check_witnesses(witnesses)]
        verdicts = _verify_all(wanted, shows_progress=not as_json)
    except (SQLAlchemyError, *UNREADABLE) as error:
        raise ConfigurationError(f"the database cannot be read: {error}") from error
    if as_json:
        print_json(_data(wanted, verdicts, outside))
    else:
        _tell(wanted, verdicts, outside)
    if not (all(verdict.sound for verdict in verdicts) and all(finding is None for _, finding in outside)):
        context.exit(1)
    context.exit(CANNOT_TELL if secret_keys() and any(verdict.other_key for verdict in verdicts) else 0)


def _wanted(slug: str | None) -> dict[UUID, str]:
    """The chains to verify with their names, those without an organisation too. Raises NotFound."""
    if slug is not None:
        found = get_organisation_by_slug(slug)
        return {found.id: found.slug}
    names = {each.id: each.slug for each in list_organisations()}
    names |= {chain: str(chain) for chain in list_chains() if chain not in names}
    if not names:
        raise NotFound("there is no organisation, so there is nothing to verify")
    return names | {NO_ORGANISATION: "of no organisation"}


def _log_keys() -> tuple[PublicLogKey, ...]:
    keys = current_keys()
    return () if keys is None else keys.log_keys


def _verify_all(wanted: dict[UUID, str], *, shows_progress: bool) -> list[Verdict]:
    chains = list_chains()
    entries = sum(chains.get(chain, 0) for chain in wanted)
    verdicts = []
    with _progress(entries, shows_progress and entries >= LONG and sys.stderr.isatty()) as bar:
        for chain in wanted:
            if chain == NO_ORGANISATION:
                verdicts.append(verify_installation())
            else:
                verdicts.append(verify_organisation(chain, trusted_note_keys=_log_keys(), on_progress=bar))
    return verdicts


@contextmanager
def _progress(length: int, shown: bool) -> Iterator[Any]:
    if not shown:
        yield lambda entries: None
        return
    with click.progressbar(length=length, label="Verifying", file=sys.stderr) as bar:
        yield bar.update


def _check_receipts(paths: tuple[Path, ...]) -> list[tuple[str, Finding | None]]:
    found = []
    for path in paths:
        receipt = read_receipt(_read(path), str(path))
        found.append((str(path), check_receipt(_organisation_id(receipt.organisation), receipt)))
    return found


def _check_witnesses(paths: tuple[Path, ...]) -> list[tuple[str, Finding | None]]:
    found = []
    for path in paths:
        witness = read_witness(_read(path), str(path))
        found.append((str(path), check_witness(witness, str(path), _log_keys())))
    return found


def _organisation_id(reference: str) -> UUID:
    try:
        return UUID(reference)
    except ValueError:
        return get_organisation_by_slug(reference).id


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: this file cannot be read") from error


def _data(
    wanted: dict[UUID, str], verdicts: list[Verdict], outside: list[tuple[str, Finding | None]]
) -> dict[str, Any]:
    return {
        "sound": all(v.sound for v in verdicts) and all(finding is None for _, finding in outside),
        "organisations": [
            {
                "organisation": wanted[verdict.organisation_id],
                "id": str(verdict.organisation_id),
                "sound": verdict.sound,
                "entries": verdict.entries,
                "values": verdict.values,
                "rows_not_entered": verdict.not_entered,
                "rows_checked": not verdict.other_key,
                "checkpoints": verdict.checkpoints,
                "clock_reversals": verdict.clock_reversals,
                "head": verdict.head,
                "findings": [asdict(finding) for finding in verdict.findings],
            }
            for verdict in verdicts
        ],
        "outside": [
            {"file": name, "sound": finding is None, "finding": asdict(finding) if finding else None}
            for name, finding in outside
        ],
    }


def _tell(
    wanted: dict[UUID, str], verdicts: list[Verdict], outside: list[tuple[str, Finding | None]]
) -> None:
    for verdict in verdicts:
        if verdict.organisation_id == NO_ORGANISATION and not verdict.not_entered:
            continue
        click.echo(
            f"{wanted[verdict.organisation_id]}: {'sound' if verdict.sound else 'TAMPERED'}: "
            f"{verdict.entries} entries, {verdict.values} values, {verdict.not_entered} rows not entered yet, "
            f"{verdict.checkpoints} checkpoints, {verdict.clock_reversals} clock reversals"
        )
        for finding in verdict.findings[:FINDINGS_SHOWN]:
            click.echo(f"  {_sentence(finding)}")
        if len(verdict.findings) > FINDINGS_SHOWN:
            click.echo(f"  and {len(verdict.findings) - FINDINGS_SHOWN} more")
    for name, differs in outside:
        click.echo(f"{name}: {'matches' if differs is None else 'DIFFERS: ' + differs.message}")
    if not _log_keys():
        click.echo("There are no keys here, so the signatures under checkpoints were not checked")
    if any(verdict.other_key for verdict in verdicts):
        why = "The secret key here is not theirs" if secret_keys() else "There is no secret key here"
        click.echo(f"{why}, so rows that are not entered yet were not checked")


def _sentence(finding: Finding) -> str:
    where = f"entry {finding.seq}" if finding.seq is not None else "the chain"
    kind = f" ({finding.kind})" if finding.kind else ""
    return f"{where}{kind}: {finding.message}"


# --- evidence to keep outside --------------------------------------------------------------------


@click.group("witness")
def witness_commands() -> None:
    """Signed checkpoints to keep outside this installation."""


@witness_commands.command("export")
@organisation_option
@needs_database
def export_witness(organisation: str) -> None:
    """Print a signed checkpoint of all there is: keep it elsewhere, and give it to `elearn verify --witness` later.

    Example: elearn witness export --organisation fernhill > checkpoint.txt
    """
    chain = get_organisation_by_slug(organisation).id
    sign_checkpoint(chain, at=clock.now())
    click.echo(latest_checkpoint(chain), nl=False)
