"""The chain as somebody outside may hold it: its end, and every entry, without a value of anybody's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from elearn.db import db
from elearn.ledger import rules
from elearn.ledger.models import LedgerEntry, LedgerHead

BATCH = 500


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where an organisation's chain ends, and its last signed checkpoint (0 and None where there is none)."""

    entries: int
    hash: str
    checkpoint_seq: int
    checkpoint_at: datetime | None


def chain_end(organisation_id: UUID) -> ChainEnd:
    """The end of a chain; one that has not begun has no entries."""
    head = db.session.get(LedgerHead, organisation_id)
    if head is None:
        return ChainEnd(0, rules.GENESIS, 0, None)
    return ChainEnd(head.seq, head.hash, head.checkpoint_seq, head.checkpoint_at)


def chain_lines(organisation_id: UUID) -> Iterator[str]:
    """Each entry as a line of JSON: its number, its body as it was hashed, and its hash.

    Read a batch at a time, so that somebody who stops reading leaves nothing open.
    """
    columns = LedgerEntry.__table__.c
    query = (
        select(columns.seq, columns.body, columns.hash)
        .where(columns.organisation_id == organisation_id)
        .order_by(columns.seq)
        .limit(BATCH)
    )
    last = 0
    while batch := db.session.execute(query.where(columns.seq > last)).all():
        for seq, body, digest in batch:
            yield json.dumps({"seq": seq, "body": body, "hash": digest}, ensure_ascii=False) + "\n"
        last = batch[-1].seq
