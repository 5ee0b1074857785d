"""Verification: walks every chain and recomputes every commitment from the rows that rules read."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, Text, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from elearn.db import db, look_at_one_moment
from elearn.ledger import rules
from elearn.ledger.facts import FACT_TABLES, Fact, plain_value
from elearn.ledger.keys import PublicLogKey, verify_note
from elearn.ledger.macs import MAC_TABLES, MacState, mac_state
from elearn.ledger.models import LedgerEntry, LedgerHead, LedgerSalts
from elearn.ledger.service import column_values, origin

BATCH = 500
HASH = re.compile(r"[0-9a-f]{64}")
SALT = re.compile(r"[0-9a-f]{32}")
UNREADABLE = (ValueError, TypeError, LookupError, SQLAlchemyError)
"""What a row raises when a column holds what it cannot hold."""
NO_ORGANISATION = UUID(int=0)
"""Whose rows those are that belong to no organisation."""
EVENTS_WITHOUT_ROWS = frozenset({"checkpoint.signed", "key.created", "key.rotated", "rows.accepted"})

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was recorded."""

    code: str
    message: str
    seq: int | None = None
    kind: str = ""


@dataclass(slots=True)
class Verdict:
    """What verification found of one organisation's chain, or of the rows of `NO_ORGANISATION`."""

    organisation_id: UUID
    entries: int = 0
    values: int = 0
    checkpoints: int = 0
    not_entered: int = 0
    """Rows that count although no entry commits to them yet: each is checked by its MAC."""
    other_key: bool = False
    """Whether these could not be checked: they are under another secret key than those known here, if any is."""
    clock_reversals: int = 0
    head: str = rules.GENESIS
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Nothing was changed, removed or added outside the ledger."""
        return not self.findings


@dataclass(slots=True)
class _Walk:
    """The state of one walk along a chain."""

    verdict: Verdict
    previous: str = rules.GENESIS
    frontier: list[str] = field(default_factory=list)
    leaves: int = 0
    last_at: str = ""
    checkpoint: tuple[int, str | None] = (0, None)
    note_keys: tuple[PublicLogKey, ...] = ()
    recs: dict[str, set[UUID]] = field(default_factory=dict)

    def report(self, code: str, message: str, seq: int | None = None, kind: str = "") -> None:
        self.verdict.findings.append(Finding(code, message, seq, kind))


def verify_organisation(
    organisation_id: UUID,
    *,
    trusted_note_keys: Iterable[PublicLogKey] = (),
    on_progress: Callable[[int], object] = lambda entries: None,
) -> Verdict:
    """Whether an organisation's records are as they were entered.

    `trusted_note_keys` are this installation's public log keys: a checkpoint signed by another key is a
    finding, even where the chain itself introduces that key. `on_progress` is told of entries as they are done.
    """
    session = look_at_one_moment()
    verdict = Verdict(organisation_id)
    walk = _Walk(verdict, note_keys=tuple(trusted_note_keys))
    for batch in batches(_entries(session, organisation_id), BATCH):
        opened = [
            (entry, salts, body) for entry, salts in batch if (body := _check_link(walk, entry)) is not None
        ]
        _check_rows(session, walk, organisation_id, opened)
        on_progress(len(batch))
    _check_head(session, walk, organisation_id)
    _check_orphans(session, walk, organisation_id)
    _check_macs(session, walk, organisation_id)
    verdict.head = walk.previous
    return verdict


def verify_record(organisation_id: UUID, rec: UUID) -> list[Finding]:
    """What is not as it was entered of one record: its entry's link to the one before, and every value of its row.

    Nothing found means that this record is sound as far as its entry goes; only `verify_organisation` says that
    the whole chain is.
    """
    session = db.session()
    entries = LedgerEntry.__table__.c
    query = _with_salts().where(entries.organisation_id == organisation_id, entries.rec == rec)
    found = session.execute(query.order_by(entries.seq).limit(1)).one_or_none()
    if found is None:
        return [Finding("orphan", "this record was never entered in the ledger")]
    query_before = select(LedgerEntry.hash).where(
        LedgerEntry.organisation_id == organisation_id, LedgerEntry.seq == found.seq - 1
    )
    before = session.scalar(query_before) or ""
    walk = _Walk(Verdict(organisation_id, entries=found.seq - 1))
    if HASH.fullmatch(before):
        walk.previous = before
    elif found.seq > 1:
        walk.report("gap", f"entry {found.seq - 1} is missing", found.seq)
    body = _check_link(walk, found)
    if body is not None:
        _check_rows(session, walk, organisation_id, [(found, _read_salts(found.salts), body)])
    return walk.verdict.findings


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _entries(session: Session, organisation_id: UUID) -> Iterator[Sequence[Any]]:
    entries = LedgerEntry.__table__.c
    query = _with_salts().where(entries.organisation_id == organisation_id).order_by(entries.seq)
    for row in session.execute(query.execution_options(yield_per=BATCH)):
        yield row, _read_salts(row.salts)


def _read_salts(text: str | None) -> dict[str, str]:
    """The salts of an entry; none where they are missing or not readable: then its values count as removed."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _with_salts() -> Select[Any]:
    """Entries with the salts that open their commitments."""
    entries, salts = LedgerEntry.__table__.c, LedgerSalts.__table__.c
    return select(LedgerEntry.__table__, type_coerce(salts.salts, Text).label("salts")).outerjoin_from(
        LedgerEntry.__table__,
        LedgerSalts.__table__,
        (entries.organisation_id == salts.organisation_id) & (entries.seq == salts.seq),
    )


def _check_link(walk: _Walk, entry: Any) -> dict[str, Any] | None:
    """Follow the chain over one entry. Returns its body, or None where that can't be read."""
    verdict = walk.verdict
    expected = verdict.entries + 1
    if entry.seq != expected:
        walk.report("gap", f"entry {expected} is missing: the next one is {entry.seq}", expected)
    verdict.entries = entry.seq
    chained = rules.entry_hash(walk.previous, entry.body)
    if entry.hash != chained:
        walk.report("broken_link", "this entry was changed, or one before it", entry.seq, entry.kind)
    walk.previous = entry.hash if HASH.fullmatch(entry.hash) else chained
    body = _read_body(walk, entry)
    if body is not None:
        _check_event(walk, entry, body)
    walk.frontier = rules.extend_frontier(walk.frontier, walk.leaves, entry.body)
    walk.leaves += 1
    return body


def _read_body(walk: _Walk, entry: Any) -> dict[str, Any] | None:
    """An entry's body, where it says what its columns say."""
    try:
        body: dict[str, Any] = json.loads(entry.body)
        stated = (body["seq"], body["kind"], body["rec"], body["tenant"])
        at, fields, public = str(body["ts"]), dict(body["fields"]), dict(body["public"])
    except (KeyError, TypeError, ValueError, RecursionError):
        walk.report("unreadable", "this entry's body is not readable", entry.seq, entry.kind)
        return None
    if stated != (entry.seq, entry.kind, str(entry.rec), str(entry.organisation_id)):
        message = "this entry's columns do not say what its body says"
        walk.report("mislabelled", message, entry.seq, entry.kind)
    walk.verdict.clock_reversals += at < walk.last_at
    walk.last_at = at
    return body | {"fields": fields, "public": public}


def _check_event(walk: _Walk, entry: Any, body: dict[str, Any]) -> None:
    """Checkpoints: the right size and root, signed by a key of ours."""
    if entry.kind != "checkpoint.signed":
        if entry.kind not in EVENTS_WITHOUT_ROWS and entry.kind not in FACT_TABLES:
            walk.report(
                "unknown_kind", "this program does not know this kind of entry", entry.seq, entry.kind
            )
        return
    walk.verdict.checkpoints += 1
    walk.checkpoint = entry.seq, walk.last_at
    note = str(body["public"].get("note"))
    root = rules.tree_root(walk.frontier)
    text = rules.checkpoint_text(origin(walk.verdict.organisation_id), entry.seq - 1, root)
    if not note.startswith(text + "\n"):
        walk.report(
            "checkpoint_differs", "a signed checkpoint does not match the entries before it", entry.seq
        )
    elif walk.note_keys and not any(verify_note(note, key) for key in walk.note_keys):
        walk.report(
            "checkpoint_forged", "a checkpoint was not signed with this installation's key", entry.seq
        )


def _check_rows(
    session: Session,
    walk: _Walk,
    organisation_id: UUID,
    opened: Sequence[tuple[Any, dict[str, str], dict[str, Any]]],
) -> None:
    """Recompute the commitments of a batch of entries from their rows."""
    by_kind: dict[str, list[tuple[Any, dict[str, str], dict[str, Any]]]] = {}
    for item in opened:
        if item[0].kind in FACT_TABLES:
            by_kind.setdefault(item[0].kind, []).append(item)
    for kind, items in by_kind.items():
        table = FACT_TABLES[kind]
        rows, children = _rows(session, table, [entry.rec for entry, _, _ in items])
        walk.recs.setdefault(kind, set()).update(rows)
        for entry, salts, body in items:
            row = rows.get(entry.rec)
            if row is None or row.organisation_id != organisation_id:
                walk.report("missing_row", "the record of this entry is gone or unreadable", entry.seq, kind)
                continue
            values = column_values(row) | dict(children.get(row.id, {}))
            _compare(walk, entry, salts, body, row, values)
    session.expunge_all()


def _rows(
    session: Session, table: type[Fact], ids: Sequence[UUID]
) -> tuple[dict[UUID, Fact], Mapping[UUID, dict[str, Any]]]:
    """The rows of a batch and the values committed with them; unreadable rows are left out."""
    try:
        rows = list(session.scalars(select(table).where(table.id.in_(ids))))
        return {row.id: row for row in rows}, table.child_values(rows)
    except UNREADABLE:
        if len(ids) == 1:
            return {}, {}
        halves = [_rows(session, table, half) for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :])]
        return halves[0][0] | halves[1][0], {**halves[0][1], **halves[1][1]}


def _compare(
    walk: _Walk, entry: Any, salts: dict[str, str], body: dict[str, Any], row: Fact, values: dict[str, Any]
) -> None:
    seq, kind = entry.seq, entry.kind
    if plain_value(row.recorded_at) != body["ts"]:
        walk.report("changed", "recorded_at is not what was recorded", seq, kind)
    for name, stated in body["public"].items():
        if values.pop(name, None) != stated:
            walk.report("changed", f"{name} is not what was recorded", seq, kind)
    for name, digest in body["fields"].items():
        walk.verdict.values += 1
        if not SALT.fullmatch(str(salts.get(name))) or name not in values:
            walk.report("missing_value", f"{name} was removed without a record of its erasure", seq, kind)
            continue
        value = values.pop(name)
        if rules.commitment(bytes.fromhex(salts[name]), str(entry.rec), name, value) != digest:
            walk.report("changed", f"{name} is not what was recorded", seq, kind)
    for name, value in values.items():
        if value is not None:
            walk.report("added_value", f"{name} was added after the record was made", seq, kind)


def _check_head(session: Session, walk: _Walk, organisation_id: UUID) -> None:
    columns = LedgerHead.__table__.c
    query = select(
        columns.seq,
        columns.hash,
        type_coerce(columns.frontier, Text).label("frontier"),
        columns.checkpoint_seq,
        columns.checkpoint_at,
    )
    head = session.execute(query.where(columns.organisation_id == organisation_id)).one_or_none()
    if head is None:
        if walk.verdict.entries:
            walk.report("head_missing", "the end of the chain is not marked")
        return
    if (head.seq, head.hash, head.frontier) != (
        walk.verdict.entries,
        walk.previous,
        rules.canonical_text(walk.frontier),
    ):
        walk.report(
            "head_differs", f"the chain should end at entry {head.seq}; it ends at {walk.verdict.entries}"
        )
    if (head.checkpoint_seq, plain_value(head.checkpoint_at)) != walk.checkpoint:
        walk.report(
            "head_differs", "the last signed checkpoint is not the one that the end of the chain names"
        )


def _check_orphans(session: Session, walk: _Walk, organisation_id: UUID) -> None:
    """Every row of a fact table has its entry."""
    for kind, table in FACT_TABLES.items():
        for row_id in session.scalars(select(table.id).where(table.organisation_id == organisation_id)):
            if row_id not in walk.recs.get(kind, set()):
                walk.report(
                    "orphan", f"a row of {table.__tablename__} was never entered in the ledger", kind=kind
                )


def verify_installation() -> Verdict:
    """Whether the rows that belong to no organisation are as they were stored: those of failed sign-ins."""
    walk = _Walk(Verdict(NO_ORGANISATION))
    _check_macs(look_at_one_moment(), walk, None)
    return walk.verdict


def _check_macs(session: Session, walk: _Walk, organisation_id: UUID | None) -> None:
    """Rows that no entry commits to yet are as they were stored.

    Where none of them is under a key that is known here, nothing can be told. Where some are, each other one is a
    finding: whoever changes a row could name a strange key in it.
    """
    states: Counter[tuple[str, MacState]] = Counter()
    for name, table in MAC_TABLES.items():
        query = table.not_entered(organisation_id)
        if query is None:
            continue
        try:
            rows = session.execute(query.execution_options(yield_per=BATCH)).mappings()
            states.update((name, mac_state(table, row)) for row in rows)
        except UNREADABLE:
            walk.report("unreadable", f"a row of {name} is not readable")
    verdict = walk.verdict
    verdict.not_entered = states.total()
    strange = sum(number for (_, state), number in states.items() if state is MacState.OTHER_KEY)
    verdict.other_key = 0 < strange == verdict.not_entered
    for (name, state), number in sorted(states.items()):
        if state is not MacState.HOLDS and not verdict.other_key:
            why = (
                "not as stored" if state is MacState.CHANGED else "under a secret key that is not known here"
            )
            walk.report("changed", f"of {name}, in rows not entered yet: {number} {why}")
