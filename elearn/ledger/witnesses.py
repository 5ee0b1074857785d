"""Evidence kept outside: receipts and checkpoints that somebody else holds, against the chain here.

A rewrite of the whole chain by somebody with the database and the key agrees with itself; only what was kept
elsewhere tells.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from elearn.db import db, look_at_one_moment
from elearn.errors import InvalidInput, NotFound
from elearn.ledger import rules
from elearn.ledger.facts import FACT_TABLES
from elearn.ledger.keys import PublicLogKey, open_note
from elearn.ledger.models import LedgerEntry, LedgerHead
from elearn.ledger.verification import Finding


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a signer was given: entry `seq` of an organisation's chain has this hash."""

    organisation: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Witness:
    """A checkpoint kept outside: the chain's first `size` entries have this root."""

    organisation_id: UUID
    size: int
    root: str
    note: str


def list_chains() -> dict[UUID, int]:
    """Every chain there is a trace of, if only a fact that names its organisation, with the number of its entries."""
    counted = select(LedgerEntry.organisation_id, func.count()).group_by(LedgerEntry.organisation_id)
    found = {row[0]: int(row[1]) for row in db.session.execute(counted)}
    for column in (LedgerHead.organisation_id, *(table.organisation_id for table in FACT_TABLES.values())):
        for organisation_id in db.session.scalars(select(column).distinct()):
            found.setdefault(organisation_id, 0)
    return found


def latest_checkpoint(organisation_id: UUID) -> str:
    """The last signed note of a chain, as somebody outside may keep it. Raises NotFound where there is none."""
    body = db.session.scalar(
        select(LedgerEntry.body)
        .where(LedgerEntry.organisation_id == organisation_id, LedgerEntry.kind == "checkpoint.signed")
        .order_by(LedgerEntry.seq.desc())
        .limit(1)
    )
    if body is None:
        raise NotFound("there is no signed checkpoint yet: keys make them (`elearn keys init`)")
    return str(json.loads(body)["public"]["note"])


def read_receipt(text: str, name: str) -> Receipt:
    """The receipt that a JSON file holds. Raises InvalidInput naming file and field."""
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{name}: line {error.lineno}: this is not JSON") from error
    if not isinstance(given, dict):
        raise InvalidInput(f"{name}: a receipt holds organisation, seq and hash")
    for field, kind in (("organisation", str), ("seq", int), ("hash", str)):
        if not isinstance(given.get(field), kind) or isinstance(given.get(field), bool):
            raise InvalidInput(f"{name}: {field} is missing or malformed")
    return Receipt(given["organisation"], given["seq"], given["hash"].lower())


def check_receipt(organisation_id: UUID, receipt: Receipt) -> Finding | None:
    """What is wrong with the chain by this receipt, or None where it has that entry."""
    found = db.session.scalar(
        select(LedgerEntry.hash).where(
            LedgerEntry.organisation_id == organisation_id, LedgerEntry.seq == receipt.seq
        )
    )
    if found is None:
        return Finding(
            "receipt_missing", f"entry {receipt.seq}, for which there is a receipt, is gone", receipt.seq
        )
    if found != receipt.hash:
        return Finding(
            "receipt_differs", f"entry {receipt.seq} is not the one its receipt names", receipt.seq
        )
    return None


def read_witness(text: str, name: str) -> Witness:
    """The checkpoint that a file holds. Raises InvalidInput naming file and line."""
    lines = text.split("\n")
    try:
        prefix, _, organisation = lines[0].partition("/")
        if prefix != "elearn":
            raise ValueError
        organisation_id = UUID(organisation)
    except ValueError as error:
        raise InvalidInput(f"{name}: line 1: this is not a checkpoint of ours") from error
    if len(lines) < 5 or not lines[1].isdecimal():
        raise InvalidInput(f"{name}: line 2: the number of entries is missing")
    try:
        root = base64.b64decode(lines[2], validate=True).hex()
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(f"{name}: line 3: the root is malformed") from error
    return Witness(organisation_id, int(lines[1]), root, text)


def check_witness(witness: Witness, name: str, keys: Iterable[PublicLogKey]) -> Finding | None:
    """What is wrong with the chain by this checkpoint, or None where its first entries have that root.

    Raises InvalidInput where none of this installation's keys signed it: then it says nothing.
    """
    if not any(open_note(witness.note, key) for key in keys):
        raise InvalidInput(f"{name}: no key of this installation signed this checkpoint")
    session = look_at_one_moment()
    bodies = session.scalars(
        select(LedgerEntry.body)
        .where(LedgerEntry.organisation_id == witness.organisation_id, LedgerEntry.seq <= witness.size)
        .order_by(LedgerEntry.seq)
        .execution_options(yield_per=500)
    )
    frontier: list[str] = []
    size = 0
    for body in bodies:
        frontier = rules.extend_frontier(frontier, size, body)
        size += 1
    if size < witness.size:
        return Finding(
            "witness_longer", f"the chain has {size} of the {witness.size} entries that were witnessed"
        )
    if rules.tree_root(frontier) != witness.root:
        return Finding("witness_differs", f"the first {size} entries are not those that were witnessed")
    return None
