"""Many at once, and a server that dies, on each database as it comes."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import text

from elearn.acknowledgements.service import list_signatures
from elearn.db import db, let_go, transaction
from elearn.ledger.service import current_keys
from elearn.ledger.verification import Verdict, verify_organisation
from tests import factories
from tests.conftest import Databases
from tests.journeys.serving import (
    Answer,
    Browser,
    Server,
    installation,
    open_browser_cookie,
    ready_to_sign,
    sign,
)

SIGNERS, READERS = 50, 20
ROUNDS, PER_ROUND = 50, 6
LEAST_CUT = 40


def verdict(trust: factories.Trust) -> Verdict:
    keys = current_keys()
    assert keys is not None
    return verify_organisation(trust.organisation.id, trusted_note_keys=keys.log_keys)


def test_fifty_people_sign_at_once_while_twenty_read(tmp_path: Path, databases: Databases) -> None:
    with installation(tmp_path, databases.with_tables("crowd")) as app:
        trust = factories.make_organisation()
        with transaction():
            people = [ready_to_sign(trust, f"Person {number}") for number in range(SIGNERS)]
            cookies = [open_browser_cookie(app, person) for person in people]
        server = Server(app)
        try:
            signed, read = crowd(server.port, cookies)
        finally:
            server.kill()
        assert [answer.status for answer in signed] == [303] * SIGNERS
        assert set(read) == {200}
        assert len(read) >= READERS
        signatures = list_signatures(trust.organisation.id, [person.id for person in people])
        assert [len(signatures[person.id]) for person in people] == [1] * SIGNERS
        assert verdict(trust).sound


def crowd(port: int, cookies: list[str]) -> tuple[list[Answer], list[int]]:
    """Everybody opens the sign page, then all press the button together while the readers go on reading."""
    browsers = [Browser(port, cookie) for cookie in cookies]
    together, over = threading.Barrier(SIGNERS), threading.Event()

    def one_signs(number: int) -> Answer:
        page = browsers[number].get("/sign")
        together.wait(60)
        return sign(browsers[number], f"Person {number}", page)

    def one_reads(number: int) -> list[int]:
        seen = []
        while not over.is_set() or not seen:
            seen.append(browsers[number % SIGNERS].get("/policy").status)
        return seen

    with ThreadPoolExecutor(SIGNERS + READERS) as pool:
        reading = [pool.submit(one_reads, number) for number in range(READERS)]
        signing = [pool.submit(one_signs, number) for number in range(SIGNERS)]
        signed = [future.result(120) for future in signing]
        over.set()
        read = [status for future in reading for status in future.result(120)]
    return signed, read


@pytest.mark.slow
def test_no_receipt_that_was_shown_is_lost_when_the_server_is_killed(
    tmp_path: Path, databases: Databases
) -> None:
    chance = random.Random(20260901)
    with installation(tmp_path, databases.with_tables("crowd")) as app:
        trust = factories.make_organisation()
        whole = one_round(app, trust, "whole", None)
        assert whole.cut == 0
        assert len(whole.shown) == PER_ROUND
        rounds = [whole]
        for number in range(ROUNDS):
            rounds.append(one_round(app, trust, str(number), a_moment(chance, rounds)))
        shown = [reference for each in rounds[1:] for reference in each.shown]
        kept = set(db.session.scalars(text("SELECT reference FROM acknowledgements")))
        assert {*whole.shown, *shown} <= kept
        assert verdict(trust).sound
        assert faults_left() == []
        cut = sum(each.cut > 0 for each in rounds)
        assert cut >= LEAST_CUT, f"only {cut} rounds cut a request: the test did not test"
        assert shown, "no receipt was shown in a round that was killed: the test did not test"


def faults_left() -> list[str]:
    """What the servers that were killed have left in the database behind them, as the database itself finds it.

    SQLite's file is checked from end to end. On PostgreSQL the files are another process's, which nobody killed: there
    it is transactions that could be left open and hold others up. They end once it notices that nobody is there.
    """
    if db.engine.dialect.name == "sqlite":
        return [found for found in db.session.scalars(text("PRAGMA integrity_check")) if found != "ok"]
    others = text(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    until = time.monotonic() + 10
    while (found := list(db.session.scalars(others))) and time.monotonic() < until:
        let_go()
        time.sleep(0.1)
    return found


@dataclass(frozen=True)
class Moment:
    """When a round's server dies: this long after this many answers have come."""

    answers: int
    later: float


def a_moment(chance: random.Random, rounds: Sequence[Round]) -> Moment:
    """Any moment of a round, by what has happened rather than by the clock: machines and databases differ in speed.

    It is until the first answer, or from one answer to the next, as long as that took in the rounds before: about one
    more answer comes meanwhile, so that somebody is still waiting.
    """
    answers = chance.randrange(PER_ROUND - 2)
    first = [each.answered[0] for each in rounds if each.answered]
    between = [later - earlier for each in rounds for earlier, later in pairwise(each.answered)]
    return Moment(answers, chance.uniform(0, median(between if answers else first)))


@dataclass(frozen=True)
class Round:
    """The receipts shown in a round, how many requests were cut, and when the others were answered, in order."""

    shown: list[str]
    cut: int
    answered: list[float]


def one_round(app: Flask, trust: factories.Trust, name: str, dies: Moment | None) -> Round:
    """All press the button, and the server is killed meanwhile (None: when all have their answer)."""
    server = Server(app, wait=False)
    names = [f"Person {name}-{place}" for place in range(PER_ROUND)]
    with transaction():
        cookies = [open_browser_cookie(app, ready_to_sign(trust, each)) for each in names]
    let_go()
    server.wait()
    browsers = [Browser(server.port, cookie) for cookie in cookies]
    pages = [browser.get("/sign") for browser in browsers]
    together, arrived = threading.Barrier(PER_ROUND + 1), threading.Semaphore(0)
    answered: list[float] = []

    def press(place: int) -> Answer | None:
        """The answer, or None where the connection broke before it was whole."""
        together.wait(60)
        try:
            answer = sign(browsers[place], names[place], pages[place])
            answered.append(time.monotonic())
            return answer
        except (OSError, http.client.HTTPException):
            return None
        finally:
            arrived.release()

    with ThreadPoolExecutor(PER_ROUND) as pool:
        futures = [pool.submit(press, place) for place in range(PER_ROUND)]
        together.wait(60)
        began = time.monotonic()
        for _ in range(PER_ROUND if dies is None else dies.answers):
            arrived.acquire(timeout=60)
        time.sleep(0 if dies is None else dies.later)
        server.kill()
        answers = [future.result(60) for future in futures]
    shown = [answer.location.rpartition("/")[2] for answer in answers if answer and answer.status == 303]
    return Round(shown, answers.count(None), sorted(moment - began for moment in answered))
