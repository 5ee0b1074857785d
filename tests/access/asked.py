"""What tests of access ask the database and the gate: reasons, statements, and verbs that race."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from elearn.access import service
from elearn.db import db, let_go
from elearn.errors import ActionRefused

DAY = timedelta(days=1)


def codes(error: pytest.ExceptionInfo[ActionRefused]) -> list[str]:
    return [reason.code for reason in error.value.refusal.reasons]


def check(ready: Any, day: date | None = None, *, at: datetime | None = None) -> tuple[str, ...]:
    moment = at or ready.trust.now
    return service.check_access(ready.kim.id, ready.account.id, day or moment.date(), at=moment).codes


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement of the block, but for the beginning of transactions."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def together(app: Flask, *verbs: Callable[[], object]) -> list[object]:
    """Run verbs at the same moment, each in its own thread and session; what each gave or raised."""
    outcomes: list[object] = [None] * len(verbs)
    barrier = threading.Barrier(len(verbs))

    def run(number: int, verb: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                outcomes[number] = verb()
            except Exception as error:
                outcomes[number] = error
            finally:
                let_go()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes
