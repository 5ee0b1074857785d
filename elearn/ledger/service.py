"""Recording facts, and the end of every write unit: the chain, written last."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask, current_app
from sqlalchemy import Uuid, bindparam, insert, inspect, select, update

from elearn import __version__
from elearn.db import before_commit, current_unit, db, has_entities, transaction
from elearn.ledger import rules
from elearn.ledger.facts import Fact, plain_value
from elearn.ledger.keys import Keys
from elearn.ledger.models import LedgerEntry, LedgerHead, LedgerSalts
from elearn.prepared import Prepared, PreparedChange

CHECKPOINT_EVERY = 500
CHECKPOINT_AFTER = timedelta(minutes=15)

AnyFact = TypeVar("AnyFact", bound=Fact)


@dataclass(frozen=True, slots=True)
class EntryView:
    """Where a record stands in its organisation's chain."""

    seq: int
    hash: str
    rec: UUID


@dataclass(slots=True)
class _Pending:
    """An entry waiting for the end of the unit."""

    kind: str
    rec: UUID
    at: datetime
    public: dict[str, Any]
    committed: dict[str, Any]


def use_keys(app: Flask, keys: Keys | None) -> None:
    """Give the application the keys that sign checkpoints; without them signatures still work."""
    app.extensions["elearn_keys"] = keys


def current_keys() -> Keys | None:
    """The signing keys of this installation, where it has them."""
    keys: Keys | None = current_app.extensions.get("elearn_keys")
    return keys


def record(fact: AnyFact) -> AnyFact:
    """Store a fact in the current unit, and its entry at the unit's end.

    What it refers to, and rows that belong to it (`child_values`), must have been flushed before; so it is in the
    session already where they refer to it.
    """
    if not (has_entities() and fact in db.session):
        fact.id = fact.id or uuid4()
        columns = _columns_of(type(fact))
        _insert_into(type(fact)).make(**{name: getattr(fact, key) for name, key in columns})
    values = column_values(fact)
    values.update(type(fact).child_values([fact]).get(fact.id, {}))
    public = {name: values.pop(name) for name in fact.PUBLIC}
    _queue(fact.organisation_id).append(_Pending(fact.KIND, fact.id, fact.recorded_at, public, values))
    return fact


def append_event(kind: str, organisation_id: UUID, *, at: datetime, public: dict[str, Any]) -> None:
    """Enter something that has no row of its own, such as a new key. `public` holds no personal data."""
    _queue(organisation_id).append(_Pending(kind, uuid4(), at, public, {}))


def enter_keys(
    kind: str, organisation_ids: Iterable[UUID], keys: Keys | None, *, at: datetime, note: str = ""
) -> None:
    """Enter the installation's public keys in these chains, as `key.created` or `key.rotated`.

    `note` is the old key's signature under a rotation. Without keys there is nothing to enter.
    """
    if keys is None:
        return
    public = {"vkey": keys.log_key.vkey, "certificate_sha256": keys.certificate.fingerprint(SHA256()).hex()}
    with transaction():
        for organisation_id in organisation_ids:
            append_event(kind, organisation_id, at=at, public=public | ({"note": note} if note else {}))


def column_values(fact: Fact) -> dict[str, Any]:
    """Every value of a fact's own row that its entry states or commits to."""
    return {
        key: plain_value(getattr(fact, key))
        for _, key in _columns_of(type(fact))
        if key not in IDENTITY_COLUMNS
    }


@cache
def _columns_of(table: type[Fact]) -> tuple[tuple[str, str], ...]:
    """The columns of a table of facts: what each is called there, and as an attribute of the fact."""
    return tuple((attribute.columns[0].key, attribute.key) for attribute in inspect(table).column_attrs)


@cache
def _insert_into(table: type[Fact]) -> PreparedChange:
    return PreparedChange(insert(table))


IDENTITY_COLUMNS = frozenset({"id", "organisation_id", "recorded_at"})
"""Columns that an entry states as `rec`, `tenant` and `ts`."""


_entries = LedgerEntry.__table__.c
ENTRY_OF = Prepared(
    select(_entries.seq, _entries.hash).where(
        _entries.organisation_id == bindparam("organisation_id", type_=Uuid()),
        _entries.rec == bindparam("rec"),
    )
)


def find_entry(organisation_id: UUID, rec: UUID) -> EntryView | None:
    """The entry of one record, or None where there is none."""
    found = ENTRY_OF.first(organisation_id=organisation_id, rec=rec)
    return None if found is None else EntryView(found.seq, found.hash, rec)


def _queue(organisation_id: UUID) -> list[_Pending]:
    queues: dict[UUID, list[_Pending]] = current_unit().notes.setdefault("ledger", {})
    return queues.setdefault(organisation_id, [])


def sign_checkpoint(organisation_id: UUID, *, at: datetime) -> bool:
    """Sign the chain as it stands, where something was added since the last checkpoint and keys are there.

    Otherwise checkpoints come with what is added, so that the end of a busy day would wait for the next entry.
    """
    with transaction():
        head = _lock_head(organisation_id)
        if current_keys() is None or head.seq == head.checkpoint_seq:
            return False
        chain = _chain_from(organisation_id, head)
        chain.add_checkpoint(at)
        _store(chain)
        return True


@before_commit
def write_queue() -> None:
    """Chain what this unit recorded. Locks each organisation's head row, last of all and in one order."""
    if has_entities():
        db.session.flush()
    queues: dict[UUID, list[_Pending]] = current_unit().notes.pop("ledger", {})
    for organisation_id in sorted(queues):
        _write_chain(organisation_id, queues[organisation_id])


def _write_chain(organisation_id: UUID, pending: Sequence[_Pending]) -> None:
    chain = _chain_from(organisation_id, _lock_head(organisation_id))
    for item in pending:
        chain.add(item)
    chain.add_checkpoint_when_due(pending[-1].at)
    _store(chain)


def _chain_from(organisation_id: UUID, head: Any) -> _Chain:
    return _Chain(
        organisation_id, head.seq, head.hash, list(head.frontier), head.checkpoint_seq, head.checkpoint_at
    )


def _store(chain: _Chain) -> None:
    ADD_ENTRIES.make_all(chain.entries)
    ADD_SALTS.make_all(chain.salts)
    MOVE_HEAD.make(
        organisation_id=chain.organisation_id,
        seq=chain.seq,
        hash=chain.hash,
        frontier=chain.frontier,
        checkpoint_seq=chain.checkpoint_seq,
        checkpoint_at=chain.checkpoint_at,
    )


_head = LedgerHead.__table__.c
_head_of = _head.organisation_id == bindparam("organisation_id", type_=Uuid())
HEAD_OF = Prepared(
    select(_head.seq, _head.hash, _head.frontier, _head.checkpoint_seq, _head.checkpoint_at)
    .where(_head_of)
    .with_for_update()
)
MOVE_HEAD = PreparedChange(
    update(LedgerHead)
    .where(_head_of)
    .values(
        {name: bindparam(name) for name in ("seq", "hash", "frontier", "checkpoint_seq", "checkpoint_at")}
    )
)
ADD_HEAD = PreparedChange(insert(LedgerHead))
ADD_ENTRIES = PreparedChange(insert(LedgerEntry))
ADD_SALTS = PreparedChange(insert(LedgerSalts))


def _lock_head(organisation_id: UUID) -> Any:
    head = HEAD_OF.first(organisation_id=organisation_id)
    if head is None:
        ADD_HEAD.make(
            organisation_id=organisation_id,
            seq=0,
            hash=rules.GENESIS,
            frontier=[],
            checkpoint_seq=0,
            checkpoint_at=None,
        )
        head = HEAD_OF.first(organisation_id=organisation_id)
    return head


@dataclass(slots=True)
class _Chain:
    """An organisation's chain while entries are added to its end."""

    organisation_id: UUID
    seq: int
    hash: str
    frontier: list[str]
    checkpoint_seq: int
    checkpoint_at: datetime | None
    entries: list[dict[str, Any]] = field(default_factory=list)
    salts: list[dict[str, Any]] = field(default_factory=list)

    def add(self, item: _Pending) -> None:
        """Chain one entry."""
        rec = str(item.rec)
        salts = {name: secrets.token_bytes(rules.SALT_BYTES) for name in item.committed}
        body = rules.canonical_text(
            {
                "v": rules.FORMAT_VERSION,
                "seq": self.seq + 1,
                "kind": item.kind,
                "rec": rec,
                "tenant": str(self.organisation_id),
                "ts": plain_value(item.at),
                "clock": "system",
                "app": __version__,
                "public": item.public,
                "fields": {
                    name: rules.commitment(salts[name], rec, name, value)
                    for name, value in item.committed.items()
                },
            }
        )
        self.frontier = rules.extend_frontier(self.frontier, self.seq, body)
        self.seq += 1
        self.hash = rules.entry_hash(self.hash, body)
        key = {"organisation_id": self.organisation_id, "seq": self.seq}
        self.entries.append({**key, "kind": item.kind, "rec": item.rec, "body": body, "hash": self.hash})
        self.salts.append({**key, "salts": {name: salt.hex() for name, salt in salts.items()}})

    def add_checkpoint_when_due(self, at: datetime) -> None:
        """Sign the tree so far when enough was added or enough time has passed, and keys are there."""
        last = self.checkpoint_at
        due = (
            self.seq - self.checkpoint_seq >= CHECKPOINT_EVERY
            or last is None
            or at - last >= CHECKPOINT_AFTER
        )
        if due:
            self.add_checkpoint(at)

    def add_checkpoint(self, at: datetime) -> None:
        """Sign the tree so far, where keys are there."""
        keys = current_keys()
        if keys is None:
            return
        note = keys.sign_note(
            rules.checkpoint_text(origin(self.organisation_id), self.seq, rules.tree_root(self.frontier))
        )
        self.add(_Pending("checkpoint.signed", uuid4(), at, {"note": note}, {}))
        self.checkpoint_seq, self.checkpoint_at = self.seq, at


def origin(organisation_id: UUID) -> str:
    """The first line of this organisation's checkpoints."""
    return f"elearn/{organisation_id}"
