"""When the chain is signed: with what is added, by time and by number, and at the latest by the nightly pass."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from elearn import clock
from elearn.db import db, let_go, transaction
from elearn.ledger import service
from elearn.ledger.models import LedgerEntry
from elearn.ledger.service import append_event, current_keys, sign_checkpoint, use_keys
from elearn.ledger.verification import verify_organisation
from tests.factories import Trust, make_organisation


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation(published=False)


def add(trust: Trust, at: datetime, number: int = 1) -> None:
    with transaction():
        for _ in range(number):
            append_event("key.created", trust.organisation.id, at=at, public={})


def checkpoints(trust: Trust) -> list[int]:
    """The places in the chain at which it was signed."""
    let_go()
    query = select(LedgerEntry.seq).where(
        LedgerEntry.organisation_id == trust.organisation.id, LedgerEntry.kind == "checkpoint.signed"
    )
    return list(db.session.scalars(query.order_by(LedgerEntry.seq)))


def test_what_is_added_is_signed_once_a_quarter_of_an_hour_has_passed(trust: Trust) -> None:
    """trust.md 4.2: every 15 minutes if the head moved."""
    begun, [*before] = clock.now(), checkpoints(trust)
    assert before, "the first entry is signed at once"
    add(trust, begun + timedelta(minutes=14, seconds=59))
    assert checkpoints(trust) == before
    add(trust, begun + timedelta(minutes=16))
    assert len(checkpoints(trust)) == len(before) + 1
    add(trust, begun + timedelta(minutes=30))
    assert len(checkpoints(trust)) == len(before) + 1
    assert verify_organisation(trust.organisation.id).sound


def test_five_hundred_entries_are_signed_at_once(trust: Trust) -> None:
    """trust.md 4.2: at every 500 entries."""
    before = checkpoints(trust)
    now = clock.now()
    add(trust, now, service.CHECKPOINT_EVERY - 100)
    assert checkpoints(trust) == before
    add(trust, now, 100)
    assert len(checkpoints(trust)) == len(before) + 1
    assert service.CHECKPOINT_EVERY == 500


def test_the_end_of_the_day_is_signed_by_itself_and_once(trust: Trust) -> None:
    add(trust, clock.now())
    signed = len(checkpoints(trust))
    assert sign_checkpoint(trust.organisation.id, at=clock.now())
    assert not sign_checkpoint(trust.organisation.id, at=clock.now()), "nothing was added since"
    assert len(checkpoints(trust)) == signed + 1
    verdict = verify_organisation(trust.organisation.id)
    assert verdict.sound
    assert checkpoints(trust)[-1] == verdict.entries


def test_without_keys_nothing_is_signed(trust: Trust, app: Flask) -> None:
    keys = current_keys()
    use_keys(app, None)
    try:
        add(trust, clock.now())
        assert not sign_checkpoint(trust.organisation.id, at=clock.now())
    finally:
        use_keys(app, keys)
    assert verify_organisation(trust.organisation.id).sound
